"""The softmax output layer: every word of the vocabulary is scored, judged and moved."""

from collections.abc import Sequence

import numpy as np

from w2vlib.hidden import Output
from w2vlib.logistic import Array


def scores(W_prime: Array, h: Array) -> Array:
    """Score of every word, u_j = v'_j . h, Eq. (2); the same for every panel, Eq. (26).

    Parameters
    ----------
    W_prime : (N, V) output vectors as columns.
    h : (N,) hidden state.

    Returns
    -------
    u : (V,)
    """
    return W_prime.T @ h  # (2) (26)


def softmax(u: Array) -> Array:
    """Probabilities from scores, Eq. (3), (25), shifted by the largest score.

    Parameters
    ----------
    u : (V,) finite scores of any size.

    Returns
    -------
    y : (V,) positive, adding to 1.
    """
    z = np.exp(u - u.max())
    return z / z.sum()  # (3) (25)


def probability(u: Array, outputs: Sequence[int]) -> float:
    """Probability of C output words, one a panel, the product of Eq. (28); Eq. (5) for C = 1.

    Parameters
    ----------
    u : (V,) scores.
    outputs : indices of the C output words.
    """
    return float(softmax(u)[list(outputs)].prod())  # (5) (28)


def log_probability(u: Array, outputs: Sequence[int]) -> float:
    """Logarithm of ``probability`` without its underflow: what Eq. (6) maximises.

    The loss is its negative, Eq. (19), (27).
    """
    return -loss(u, outputs)  # (6) (19) (27)


def loss(u: Array, outputs: Sequence[int]) -> float:
    """Negative log-likelihood of C output words, Eq. (7), (20), (29), in nats.

    Parameters
    ----------
    u : (V,) scores.
    outputs : indices of the C output words.
    """
    log_sum = u.max() + np.log(np.exp(u - u.max()).sum())
    return float(len(outputs) * log_sum - u[list(outputs)].sum())  # (7) (20) (29)


def output_layer(W_prime: Array, h: Array, outputs: Sequence[int]) -> Output:
    """Loss, dE/dW' and EH of the softmax output layer for C output words.

    Parameters
    ----------
    W_prime : (N, V) output vectors as columns.
    h : (N,) hidden state.
    outputs : indices of the C output words.

    Returns
    -------
    Output with u and y of shape (V,); t and e of shape (V,) for one output word and (C, V),
    a row for each panel, for several.
    """
    u = scores(W_prime, h)
    y = softmax(u)  # (4)
    E = loss(u, outputs)  # (21)
    columns = np.arange(len(u))
    t = (columns == np.array(outputs)[:, None]).astype(float)  # (C, V)
    e = y - t  # (8) (30)
    EI = e.sum(axis=0)  # (31)
    if len(outputs) == 1:
        t, e = t[0], e[0]
    dW_prime = np.outer(h, EI)  # (9) (32)
    EH = W_prime @ EI  # (12) (36)
    return Output(E, dW_prime, EH, u, y, t, e, EI, columns)


def update_outputs(W_prime: Array, dW_prime: Array, eta: float) -> None:
    """Move every output vector by -eta EI_j h in place, Eq. (10), (11), (22), (33), (34)."""
    W_prime -= eta * dW_prime  # (10) (11) (22) (33) (34)
