"""What the tests compare the library with: finite differences, and sums written out."""

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from w2vlib.logistic import Array


def slope(f: Callable[[], float], A: Array, step: float = 1e-5) -> Array:
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


def close(actual: ArrayLike, expected: ArrayLike, atol: float = 1e-9) -> None:
    """Assert that two arrays agree in shape and value."""
    assert np.shape(actual) == np.shape(expected)
    np.testing.assert_allclose(actual, expected, rtol=0, atol=atol)


def dot(a: ArrayLike, b: ArrayLike) -> float:
    """Inner product, summed number by number."""
    return math.fsum(float(p) * float(q) for p, q in zip(a, b, strict=True))


def sigma(u: float) -> float:
    """The logistic function of one number, as the paper prints it."""
    return 1 / (1 + math.exp(-u))
