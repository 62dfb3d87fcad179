"""Skip-gram with negative sampling at every stage of the way from Eq. (59) to the trainer.

Each function trains on a list of ``(centre, contexts)`` and returns nothing: the weights move.
"""

import math
import random
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Pairs = Sequence[tuple[int, NDArray[np.int32]]]


def plain_python(pairs: Pairs, W: list[list[float]], W_prime: list[list[float]], noise: list[int],
                 K: int, eta: float, seed: int) -> None:  # fmt: skip
    """Eq. (56) to (61) with lists and loops; ``W_prime`` holds output vectors as rows."""
    rng = random.Random(seed)
    for centre, contexts in pairs:
        h = W[centre]
        EH = [0.0] * len(h)
        for context in contexts:
            for k in range(K + 1):
                j = rng.choice(noise) if k else int(context)
                v_prime = W_prime[j]
                u = sum(a * b for a, b in zip(v_prime, h, strict=True))
                e = 1 / (1 + math.exp(-u)) - (k == 0)  # (56)
                EH = [a + e * b for a, b in zip(EH, v_prime, strict=True)]  # (60)
                W_prime[j] = [b - eta * e * a for a, b in zip(h, v_prime, strict=True)]  # (59)
        W[centre] = [a - eta * b for a, b in zip(h, EH, strict=True)]  # (61)


def numpy_examples(pairs: Pairs, W: NDArray[np.float32], W_prime: NDArray[np.float32],
                   noise: NDArray[np.int32], K: int, eta: float, seed: int) -> None:  # fmt: skip
    """One example at a time, its vectors at once."""
    rng = np.random.default_rng(seed)
    for centre, contexts in pairs:
        h = W[centre]
        j = np.append(contexts, noise[rng.integers(len(noise), size=len(contexts) * K)])
        v_prime = W_prime[j]
        e = 1 / (1 + np.exp(-v_prime @ h))
        e[: len(contexts)] -= 1  # (56)
        EH = e @ v_prime  # (60)
        np.subtract.at(W_prime, j, eta * np.outer(e, h))  # (59)
        W[centre] -= eta * EH  # (61)


def numpy_blocks(pairs: Pairs, W: NDArray[np.float32], W_prime: NDArray[np.float32],
                 noise: NDArray[np.int32], K: int, eta: float, seed: int,
                 block: int = 64, shared: int = 24) -> None:  # fmt: skip
    """Blocks of examples that share negatives: matrix products, and no loop over examples."""
    rng = np.random.default_rng(seed)
    for begin in range(0, len(pairs), block):
        part = pairs[begin : begin + block]
        centres = np.array([centre for centre, _ in part])
        sizes = np.array([len(contexts) for _, contexts in part])
        row = np.repeat(np.arange(len(part)), sizes)
        outputs = np.concatenate([contexts for _, contexts in part])
        drawn = noise[rng.integers(len(noise), size=shared)]
        H, V_pos, V_neg = W[centres], W_prime[outputs], W_prime[drawn]
        e_pos = 1 / (1 + np.exp(-(H[row] * V_pos).sum(axis=1))) - 1  # (56)
        e_neg = 1 / (1 + np.exp(-H @ V_neg.T))  # (56)
        e_neg *= (sizes * K / shared)[:, None].astype(np.float32)
        EH = e_neg @ V_neg
        EH += np.add.reduceat(e_pos[:, None] * V_pos, sizes.cumsum() - sizes)  # (60)
        np.subtract.at(W_prime, outputs, eta * e_pos[:, None] * H[row])  # (59)
        np.subtract.at(W_prime, drawn, eta * (e_neg.T @ H))  # (59)
        np.subtract.at(W, centres, eta * EH)  # (61)
