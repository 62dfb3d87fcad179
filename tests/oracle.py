"""The oracle of the library's tests: central finite differences."""

from collections.abc import Callable

import numpy as np

from w2vlib.logistic import Array


def numeric_gradient(f: Callable[[], float], A: Array, step: float = 1e-5) -> Array:
    """Central finite differences of ``f()`` at each entry of A, which f reads."""
    gradient = np.zeros_like(A)
    for place in np.ndindex(A.shape):
        a = A[place]
        A[place] = a + step
        above = f()
        A[place] = a - step
        below = f()
        A[place] = a
        gradient[place] = (above - below) / (2 * step)
    return gradient
