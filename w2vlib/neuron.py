"""The paper's appendix: one artificial neuron, and the network that backpropagation trains."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from w2vlib.logistic import Array, sigmoid, sigmoid_derivative


def net_input(w: Array, x: Array) -> Array:
    """Net input u of a neuron, the weighted sum of its inputs, Eq. (63), (64).

    Parameters
    ----------
    w, x : (K,) weights and inputs. For a bias, let an input be 1.
    """
    return w @ x  # (63) (64)


def unit_step(u: ArrayLike) -> Array:
    """Unit step function, the link function of the perceptron, Eq. (65): 1 above 0, else 0."""
    return np.where(np.asarray(u) > 0, 1.0, 0.0)  # (65)


def neuron(w: Array, x: Array, f: Callable[[ArrayLike], Array] = sigmoid) -> Array:
    """Output y of a neuron with link function f, Eq. (62): ``sigmoid`` or ``unit_step``."""
    return f(net_input(w, x))  # (62)


def squared_error(y: Array, t: Array | float) -> float:
    """Squared error E of one output or of several, Eq. (70), (76)."""
    return float(0.5 * np.square(y - t).sum())  # (70) (76)


def update_perceptron(w: Array, x: Array, t: float, eta: float) -> None:
    """Move the weights of a perceptron in place by its learning rule, Eq. (66).

    The rule is no gradient of a loss the paper states: the unit step has slope 0.
    """
    y = neuron(w, x, unit_step)
    w -= eta * (y - t) * x  # (66)


def logistic_gradient(w: Array, x: Array, t: float) -> Array:
    """Gradient of the squared error at the weights of a logistic unit, Eq. (71), (72).

    Returns
    -------
    dw : (K,)
    """
    u = net_input(w, x)
    dE_dy = sigmoid(u) - t
    dy_du = sigmoid_derivative(u)
    return dE_dy * dy_du * x  # (71) (72)


def update_logistic(w: Array, x: Array, t: float, eta: float) -> None:
    """Move the weights of a logistic unit in place by -eta times their gradient, Eq. (73)."""
    w -= eta * logistic_gradient(w, x, t)  # (73)


class Pass(NamedTuple):
    """One pass through the two-layer network and back, in the paper's symbols."""

    h: Array  # (N,) hidden layer
    y: Array  # (M,) output layer
    E: float  # squared error
    EI_prime: Array  # (M,) dE/du', error at the net input of the output layer
    dW_prime: Array  # (N, M) gradient of E at W_prime
    EH: Array  # (N,) gradient of E at h
    EI: Array  # (N,) dE/du, error at the net input of the hidden layer
    dW: Array  # (K, N) gradient of E at W


def forward(W: Array, W_prime: Array, x: Array) -> tuple[Array, Array]:
    """Hidden and output layer of the two-layer network, all units logistic, Eq. (74), (75).

    Parameters
    ----------
    W : (K, N) weights between input and hidden layer.
    W_prime : (N, M) weights between hidden and output layer.
    x : (K,) input.

    Returns
    -------
    h : (N,)
    y : (M,)
    """
    h = sigmoid(W.T @ x)  # (74)
    y = sigmoid(W_prime.T @ h)  # (75)
    return h, y


def backward(W: Array, W_prime: Array, x: Array, t: Array) -> Pass:
    """Backpropagation: a pass forward, then the error from right to left, Eq. (76)-(84).

    Parameters
    ----------
    W, W_prime, x : as in ``forward``.
    t : (M,) target.
    """
    h, y = forward(W, W_prime, x)
    dE_dy = y - t  # (77)
    EI_prime = dE_dy * y * (1 - y)  # (78)
    dW_prime = np.outer(h, EI_prime)  # (79)
    EH = W_prime @ EI_prime  # (82)
    EI = EH * h * (1 - h)  # (83)
    dW = np.outer(x, EI)  # (84)
    return Pass(h, y, squared_error(y, t), EI_prime, dW_prime, EH, EI, dW)


def update_network(W: Array, W_prime: Array, x: Array, t: Array, eta: float) -> Pass:
    """One SGD step of both weight matrices in place, Eq. (80), (81), (85).

    Both gradients belong to the weights as they were before the step. Returns the pass they came
    from.
    """
    step = backward(W, W_prime, x, t)
    W_prime -= eta * step.dW_prime  # (80) (81)
    W -= eta * step.dW  # (85)
    return step
