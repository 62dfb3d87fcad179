"""The logistic function and its logarithm, written so that no score overflows."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


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
