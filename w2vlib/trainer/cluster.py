"""Training on many machines with Dask: each trains on its part of the text, then they average.

Dask, because it runs from a notebook, on the processes of one machine as on a cluster, moves
NumPy arrays as they are, and starts the task of a dead worker again on another one.
"""

import math
from concurrent.futures import CancelledError
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from tqdm.auto import tqdm

from w2vlib.corpus import Vocabulary
from w2vlib.embeddings import Embeddings
from w2vlib.trainer import text
from w2vlib.trainer.loop import Floats, Run, Settings, mixed

RETRIES = 5  # of a round all of whose copies were lost


class Part(NamedTuple):
    """A part of the text."""

    number: int
    path: Path
    start: int
    stop: int


class Weights(NamedTuple):
    """Weights on their way between machines; W_prime transposed, (M, N)."""

    W: Floats
    W_prime: Floats


def train_on(
    client: Any, source: Path, settings: Settings, rounds: int, progress: bool
) -> Embeddings:
    """Train on the workers of a Dask ``client``, which must all see the file ``source``.

    Parameters
    ----------
    client : ``distributed.Client``.
    source : a text that is not packed, since a part of it has to be read on its own.
    settings : as for one machine.
    rounds : in each epoch; after each round the weights are averaged, see ``average``.
    progress : show the rounds, the loss and the time left.
    """
    if source.suffix in (".gz", ".bz2", ".xz"):
        raise ValueError(f"corpus={str(source)!r} is packed: unpack it, parts of it must be read")
    workers = len(client.scheduler_info(n_workers=-1)["workers"])
    if workers == 0:
        raise ValueError("client has no workers: start some, e.g. distributed.LocalCluster()")
    parts = [
        Part(number, source.absolute(), start, stop)
        for number, (start, stop) in enumerate(text.cuts(source, workers))
    ]
    counted = client.gather(client.map(count_part, parts, pure=False))
    words: dict[str, int] = {}
    for part_words, _ in counted:
        for word in part_words:
            words.setdefault(word, len(words))
    table = np.zeros((len(parts), len(words)), np.int64)
    for row, (part_words, counts) in zip(table, counted, strict=True):
        row[[words[word] for word in part_words]] = counts
    vocabulary = text.frequent(list(words), table.sum(axis=0), settings.min_count)
    shares = table[:, [words[word] for word in vocabulary.words]] / np.array(vocabulary.counts)

    start = Run(text.Corpus(vocabulary, np.zeros(0, np.int32)), settings)
    weights = Weights(start.W, start.W_prime.T)
    total = rounds * settings.epochs
    with tqdm(total=total, desc="train", unit=" rounds", disable=not progress) as bar:
        for i in range(total):
            weights, loss = _round(client, parts, vocabulary, weights, settings, (i, total), shares)
            bar.set_postfix(loss=f"{loss:.3f}", refresh=False)
            bar.update()
    start.W, start.W_prime = weights.W, weights.W_prime.T
    return start.embeddings()


def average(results: list[Weights], shares: NDArray[np.float64]) -> Weights:
    """Average of the weights of P parts, each vector by where its word occurs.

    Vector w of part p weighs c_pw / c_w, the share of the occurrences of w that lie in part p; so
    a word that only one part has keeps what that part learnt. Inner units weigh the same in all.

    Parameters
    ----------
    results : of the P parts.
    shares : (P, V), columns adding to 1.
    """
    even = np.full((len(results), len(results[0].W_prime)), 1 / len(results))
    out_shares = shares if shares.shape == even.shape else even
    return Weights(
        sum(_scaled(part.W, share) for part, share in zip(results, shares, strict=True)),
        sum(_scaled(part.W_prime, share) for part, share in zip(results, out_shares, strict=True)),
    )


def _scaled(vectors: Floats, share: NDArray[np.float64]) -> Any:
    return vectors * share[:, None].astype(np.float32)


def _round(
    client: Any,
    parts: list[Part],
    vocabulary: Vocabulary,
    weights: Weights,
    settings: Settings,
    when: tuple[int, int],
    shares: NDArray[np.float64],
) -> tuple[Weights, float]:
    """One round on all parts.

    Each worker gets a copy of the weights, so that a task of a dead worker can begin again
    elsewhere. Should all copies be lost, the round starts once more from the weights held here.
    """
    for attempt in range(RETRIES):
        try:
            sent = client.scatter([vocabulary, weights], broadcast=True, hash=False)
            tasks = client.map(
                train_part,
                parts,
                vocabulary=sent[0],
                weights=sent[1],
                settings=settings,
                when=when,
                pure=False,
            )
            results = client.gather(tasks)
            break
        except (CancelledError, TimeoutError):
            if attempt == RETRIES - 1:
                raise
    return (
        average([result for result, _ in results], shares),
        float(np.mean([loss for _, loss in results])),
    )


def count_part(part: Part) -> tuple[list[str], NDArray[np.int64]]:
    """On a worker: the words of a part and how often each occurs."""
    with TemporaryDirectory(prefix="w2vlib-") as folder:
        return text.number(part.path, Path(folder) / "words", part.start, part.stop)


_encoded: dict[Any, tuple[TemporaryDirectory[str], text.Corpus]] = {}


def train_part(
    part: Part,
    vocabulary: Vocabulary,
    weights: Weights,
    settings: Settings,
    when: tuple[int, int],
) -> tuple[Weights, float]:
    """On a worker: the slices of a part that belong to round i of n, from these weights."""
    import scipy.linalg  # noqa: F401  (the BLAS of the kernels: what is not loaded has no limit)
    from threadpoolctl import threadpool_limits

    key = (part, hash(vocabulary))
    if key not in _encoded:  # the first round here, or the first after another worker died
        _encoded.clear()
        folder = TemporaryDirectory(prefix="w2vlib-", ignore_cleanup_errors=True)
        file = Path(folder.name) / "corpus.ids"
        words, _ = text.number(part.path, file, part.start, part.stop)
        text.renumber(file, words, vocabulary)
        _encoded[key] = folder, text.Corpus(vocabulary, text.mapped(file))
    own_draws = replace(settings, seed=mixed(settings.seed, part.number) >> 1)
    run = Run(_encoded[key][1], own_draws)
    run.W, run.W_prime = weights.W.copy(), weights.W_prime.copy().T
    i, n = when
    with threadpool_limits(1, "blas"):
        losses = [run.slice(j) for j in range(run.slices * i // n, run.slices * (i + 1) // n)]
    return Weights(run.W, run.W_prime.T), float(np.mean(losses)) if losses else math.nan
