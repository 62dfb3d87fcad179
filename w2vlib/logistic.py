"""The logistic function and its logarithm, written so that no score overflows."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
Indices = NDArray[np.intp]


def sigmoid(u: ArrayLike) -> Array:
    """Logistic function sigma(u), Eq. (67), through sigma(-u) = 1 - sigma(u), Eq. (68).

    Parameters
    ----------
    u : scores, any shape. ``exp`` is only taken of ``-|u|``, so ``|u| = 1e4`` is as safe as 1.

    Returns
    -------
    Probabilities of the same shape, between 0 and 1.
    """
    u = np.asarray(u, dtype=float)
    z = np.exp(-np.abs(u))
    return np.where(u >= 0, 1, z) / (1 + z)  # (67) (68)


def sigmoid_derivative(u: ArrayLike) -> Array:
    """Slope of the logistic function, Eq. (69): at most 1/4, and 0 where the unit saturates."""
    return sigmoid(u) * sigmoid(np.negative(u))  # (69)


def log_sigmoid(u: ArrayLike) -> Array:
    """Logarithm of the logistic function, log sigma(u) = -log(1 + exp(-u)).

    Finite where ``log(sigmoid(u))`` is not: ``log_sigmoid(-1e4)`` is -1e4.

    Parameters
    ----------
    u : scores, any shape.

    Returns
    -------
    Natural logarithms of the same shape, at most 0.
    """
    return -np.logaddexp(0, -np.asarray(u, dtype=float))


def decide(u: Array, t: Array) -> tuple[float, Array, Array]:
    """Judge yes-or-no decisions: the step that Eq. (46)-(49) and Eq. (55)-(57) share.

    Parameters
    ----------
    u : (D,) score of each decision.
    t : (D,) target of each, 1 for yes (a turn to the left, an observed word), 0 for no.

    Returns
    -------
    E : sum of the logistic losses, in nats.
    y : (D,) predicted probability of yes.
    e : (D,) error, the derivative of E at each score.
    """
    sign = np.where(t == 1, 1, -1)  # (38)
    E = -log_sigmoid(sign * u).sum()  # (46) (55)
    y = sigmoid(u)
    e = y - t  # (47) (48) (49) (56) (57)
    return float(E), y, e


def update_outputs(W_prime: Array, columns: Indices, dW_prime: Array, eta: float) -> None:
    """Move the output vectors that took part in a decision, in place, Eq. (51), (59).

    Parameters
    ----------
    W_prime : (N, M) output vectors as columns.
    columns : (D,) the column of each decision; one that occurs twice moves twice.
    dW_prime : (N, D) gradient of each decision at its column.
    eta : learning rate.
    """
    np.subtract.at(W_prime.T, columns, eta * dW_prime.T)  # (51) (59)
