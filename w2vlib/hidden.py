"""The hidden layer: the mean of the input vectors, forwards and backwards."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from w2vlib.logistic import Array, Indices


class Output(NamedTuple):
    """What an output layer owes (section 3): the loss, dE/dW' and EH, with the steps between.

    All but E and EH speak of D columns of W_prime, which ``columns`` names. Softmax visits each of
    the V words once. Hierarchical softmax and negative sampling visit one column a decision; a
    column that is visited twice stands there twice, and its gradients add up.
    """

    E: float  # loss, in nats
    dW_prime: Array  # (N, D) gradient of E at the columns of W_prime
    EH: Array  # (N,) gradient of E at h
    u: Array  # (D,) scores
    y: Array  # (D,) predictions
    t: Array  # (D,) targets; (C, V) for softmax over C > 1 panels
    e: Array  # prediction errors y - t, shaped as t
    EI: Array  # (D,) errors of the columns: e, added up over the panels of softmax
    columns: Indices  # (D,) the columns of W_prime


def hidden(W: Array, inputs: Sequence[int]) -> Array:
    """Hidden state h: the mean of the input vectors, Eq. (1), (13), (17), (18), (24).

    Parameters
    ----------
    W : (V, N) input vectors as rows.
    inputs : indices of the C input words.

    Returns
    -------
    h : (N,)
    """
    words, m = np.unique(list(inputs), return_counts=True)
    x = m / len(inputs)  # the mean one-hot vector, without its zeros
    return W[words].T @ x  # (1) (13) (17) (18) (24)


def input_gradient(inputs: Sequence[int], EH: Array, V: int) -> Array:
    """Gradient dE/dW at the input vectors, Eq. (14), (15).

    Parameters
    ----------
    inputs : indices of the C input words; one that occurs m times gets m EH / C.
    EH : (N,) gradient of the loss at h.
    V : number of words.

    Returns
    -------
    dW : (V, N), zero outside the rows of the input words.
    """
    x = np.bincount(inputs, minlength=V) / len(inputs)  # the mean one-hot vector
    return np.outer(x, EH)  # (14) (15)


def update_inputs(W: Array, inputs: Sequence[int], EH: Array, eta: float) -> None:
    """Move each input vector by -eta EH / C in place, Eq. (16), (23), (35).

    A word that occurs m times among the C inputs moves m times as far.
    """
    np.subtract.at(W, list(inputs), eta * EH / len(inputs))  # (16) (23) (35)
