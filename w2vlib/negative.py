"""The negative sampling output layer: tell the observed word from K words drawn from noise."""

from collections.abc import Sequence

import numpy as np

from w2vlib.hidden import Output
from w2vlib.logistic import Array, decide

Negatives = tuple[tuple[int, ...], ...]


def noise_distribution(counts: Sequence[int], power: float = 0.75) -> Array:
    """Noise distribution P_n: word counts raised to a power, adding to 1.

    Parameters
    ----------
    counts : how often each of the V words occurs, each at least once: a word that noise never
        draws would never be pushed away.
    power : 3/4 in word2vec, chosen by trial (Mikolov et al. 2013, "Distributed Representations");
        1 draws words as often as the text does, 0 all alike.

    Returns
    -------
    noise : (V,)
    """
    weights = np.array(counts, dtype=float) ** power
    return weights / weights.sum()


def draw(noise: Array, outputs: Sequence[int], K: int, rng: np.random.Generator) -> Negatives:
    """Draw K words from noise for each output word, with replacement.

    They are a multiset: repeats stay, and so does the output word itself if it is drawn.
    """
    rows = rng.choice(len(noise), size=(len(outputs), K), p=noise)
    return tuple(tuple(row) for row in rows.tolist())


def output_layer(
    W_prime: Array, h: Array, outputs: Sequence[int], negatives: Sequence[Sequence[int]]
) -> Output:
    """Loss, dE/dW' and EH of negative sampling, summed over the output words, Eq. (55)-(61).

    Parameters
    ----------
    W_prime : (N, V) output vectors as columns.
    h : (N,) hidden state.
    outputs : indices of the output words.
    negatives : for each output word its K sampled words. A word drawn m times counts m times; if
        it is the output word as well, its errors add up to (1 + m) sigma(u) - 1.

    Returns
    -------
    Output with a column for each decision: the first output word, its negatives, the next output
    word, its negatives, and so on.
    """
    rows = np.array([[w, *row] for w, row in zip(outputs, negatives, strict=True)])
    columns = rows.ravel()
    t = np.tile(np.arange(rows.shape[1]) == 0, len(rows)).astype(float)
    v_prime = W_prime[:, columns]
    u = v_prime.T @ h
    E, y, e = decide(u, t)
    dW_prime = np.outer(h, e)  # (58)
    EH = v_prime @ e  # (60) (61)
    return Output(E, dW_prime, EH, u, y, t, e, e, columns)
