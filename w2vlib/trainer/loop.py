"""Training on a file: settings, the run through the text, checkpoints."""

import errno
import hashlib
import json
import math
import threading
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm.auto import tqdm

from w2vlib.corpus import Vocabulary
from w2vlib.embeddings import Embeddings
from w2vlib.files import replacing
from w2vlib.hierarchical import huffman_tree
from w2vlib.negative import noise_distribution
from w2vlib.trainer import text

Floats = NDArray[np.float32]

SLICE = 10_000  # tokens between two looks at the clock, the learning rate and the stop flag
BLOCK = 64  # examples of a block, at most
LOSS_EXAMPLES = 8  # examples of each slice whose loss is measured
CHECKPOINT_SECONDS = 60.0


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What decides the result of training; ``train`` explains each."""

    architecture: str = "skip-gram"
    output: str = "negative"
    N: int = 100
    window: int = 5
    K: int = 5
    sample: float = 1e-3
    min_count: int = 5
    epochs: int = 5
    eta: float = 0.025
    seed: int = 1
    dynamic_window: bool = True
    decay: bool = True
    noise_power: float = 0.75
    divide: bool = True
    blocks: bool = True

    def __post_init__(self) -> None:
        _check_choice("architecture", self.architecture, ("skip-gram", "cbow"))
        _check_choice("output", self.output, ("negative", "hierarchical"))
        for name, most in (
            ("N", 10_000),
            ("window", 1000),
            ("K", 1000),
            ("min_count", 2**62),
            ("epochs", 100_000),
        ):
            _check_whole(name, getattr(self, name), 1, most)
        _check_whole("seed", self.seed, 0, 2**63)
        _check_real("eta", self.eta, 1e-12, 10)
        _check_real("sample", self.sample, 0, 1)
        _check_real("noise_power", self.noise_power, -1, 2)
        for name in ("dynamic_window", "decay", "divide", "blocks"):
            if not isinstance(getattr(self, name), bool):
                raise ValueError(f"{name}={getattr(self, name)!r}: use True or False")


class Run:
    """Weights, and the slices of a corpus that train them.

    Slice i of an epoch is always the same piece of text with the same draws, so the number of
    slices done is all that a run has to remember.

    Attributes
    ----------
    W : (V, N) float32 input vectors as rows.
    W_prime : (N, V) or (N, V - 1) float32 output vectors as columns, kept column by column.
    done : slices trained on.
    slices : slices of all epochs.
    loss : running mean of the loss E of an output word, in nats.
    """

    def __init__(self, corpus: text.Corpus, settings: Settings) -> None:
        self.corpus = corpus
        self.settings = settings
        V, N = len(corpus.vocabulary), settings.N
        columns = V if settings.output == "negative" else V - 1
        rng = np.random.default_rng(settings.seed)
        self.W = (rng.random((V, N), np.float32) - np.float32(0.5)) / np.float32(N)
        self.W_prime = np.zeros((columns, N), np.float32).T
        self.done = 0
        self.per_epoch = max(1, math.ceil(len(corpus.ids) / SLICE))
        self.slices = self.per_epoch * settings.epochs
        self.loss = math.nan
        counts = np.array(corpus.vocabulary.counts)
        self.paths = self.noise = None
        self.block, self.shared = block_shape(settings, counts)
        self.keep = keep_thresholds(counts, settings.sample)
        if settings.output == "negative":
            self.noise = noise_table(counts, settings.noise_power)
        else:
            self.paths = tree_paths(corpus.vocabulary)

    def go(
        self, threads: int, progress: bool = False, checkpoint: "Checkpoint | None" = None
    ) -> None:
        """Train on the slices that are left.

        Ctrl-C ends the run after the slices begun, and saves it if there is a checkpoint.
        """
        import scipy.linalg  # noqa: F401  (the BLAS of the kernels: what is not loaded has no limit)
        from threadpoolctl import threadpool_limits

        words = self.settings.epochs * len(self.corpus.ids)
        with (
            threadpool_limits(1, "blas"),
            ThreadPoolExecutor(threads) as pool,
            tqdm(
                total=words,
                desc="train",
                unit=" words",
                unit_scale=True,
                disable=not progress,
                initial=min(words, self.done * SLICE),
            ) as bar,
        ):
            while self.done < self.slices:
                until = time.monotonic() + CHECKPOINT_SECONDS
                if checkpoint is not None:
                    until += 20 * checkpoint.seconds
                self._round(pool, threads, bar, until, checkpoint)
        if math.isnan(self.loss):
            raise ValueError(
                "corpus: no word has a neighbour, so there is nothing to learn; put whole "
                "sentences on a line"
            )

    def _round(
        self,
        pool: ThreadPoolExecutor,
        threads: int,
        bar: Any,
        until: float,
        checkpoint: "Checkpoint | None",
    ) -> None:
        """Hand out slices in order until a time, then save.

        All slices before ``done`` are complete then. After a fault within a slice, or a second
        Ctrl-C while the last ones end, they may not be, and what was saved before stays.
        """
        left = iter(range(self.done, self.slices))
        lock = threading.Lock()
        stop = threading.Event()

        def work() -> None:
            while not stop.is_set():
                with lock:
                    i = next(left, None)
                if i is None:
                    return
                loss = self.slice(i)
                with lock:
                    self.done += 1
                    old = loss if math.isnan(self.loss) else self.loss
                    self.loss = 0.98 * old + 0.02 * loss

        workers = [pool.submit(work) for _ in range(threads)]
        try:
            while wait(workers, timeout=0.2).not_done:
                self._show(bar)
                if time.monotonic() > until:
                    stop.set()
        finally:
            stop.set()
            for worker in workers:
                worker.result()
            self._show(bar)
            self.check_finite()
            if checkpoint is not None:
                checkpoint.save(self)

    def _show(self, bar: Any) -> None:
        if math.isnan(self.loss):
            bar.set_postfix_str("compiling, the first time only")
        else:
            bar.set_postfix(loss=f"{self.loss:.3f}", refresh=False)
        bar.update(min(bar.total, self.done * SLICE) - bar.n)

    def slice(self, i: int) -> float:
        """Train on slice i; the mean loss of its first output words before it, in nats."""
        from w2vlib.trainer import kernels

        settings = self.settings
        first = i % self.per_epoch * SLICE
        state = np.array([mixed(settings.seed, i)], np.uint64)
        kept = kernels.thin(self.corpus.ids[first : first + SLICE], self.keep, state)
        centres, contexts, start = kernels.windows(
            kept, settings.window, settings.dynamic_window, state
        )
        if len(centres) == 0:
            return self.loss
        each = np.arange(len(centres) + 1, dtype=np.int32)
        if settings.architecture == "skip-gram":
            examples = kernels.Examples(centres, each, contexts, start)
        else:
            examples = kernels.Examples(contexts, start, centres, each)
        few = kernels.head(examples, LOSS_EXAMPLES)
        loss = kernels.loss(few, self.decisions(few.outputs, state), self.W, self.W_prime.T)
        eta = settings.eta * (max(1 - i / self.slices, 1e-4) if settings.decay else 1)
        rest = (eta, settings.divide)
        if not settings.blocks:
            drawn = self.decisions(examples.outputs, state)
            kernels.steps(examples, drawn, self.W, self.W_prime.T, *rest)
        elif settings.output == "negative":
            kernels.block_negative(
                examples,
                self.W,
                self.W_prime.T,
                self.noise,
                settings.K,
                self.block,
                self.shared,
                *rest,
                state,
            )
        else:
            kernels.fast_hierarchical(examples, self.W, self.W_prime.T, self.paths, *rest)
        return loss / len(few.outputs)

    def decisions(self, outputs: NDArray[np.int32], state: NDArray[np.uint64]) -> Any:
        """The decisions of these output words: with drawn words, or along the tree."""
        from w2vlib.trainer import kernels

        if self.settings.output == "negative":
            return kernels.negative_decisions(outputs, self.noise, self.settings.K, state)
        return kernels.path_decisions(outputs, self.paths)

    def check_finite(self) -> None:
        """Refuse weights that grew without bound."""
        if not (np.isfinite(self.W).all() and np.isfinite(self.W_prime).all()):
            raise ValueError(
                f"eta={self.settings.eta}: the vectors grew without bound; use a smaller eta"
            )

    def embeddings(self) -> Embeddings:
        """The vectors as they are now."""
        self.check_finite()
        vocabulary = self.corpus.vocabulary
        words_out = self.W_prime if self.settings.output == "negative" else None
        return Embeddings(vocabulary.words, self.W, words_out, vocabulary.counts)


def keep_thresholds(counts: Any, sample: float) -> NDArray[np.uint32]:
    """Probability that an occurrence of each word is kept, as a whole number out of 2^32.

    With f the share of a word in the text, word2vec.c keeps sqrt(t / f) + t / f of it.
    """
    if sample == 0:
        return np.full(len(counts), 2**32 - 1, np.uint32)
    f = counts / counts.sum()
    share = np.sqrt(sample / f) + sample / f
    return (np.minimum(share, 1) * (2**32 - 1)).astype(np.uint32)


def block_shape(settings: Settings, counts: Any) -> tuple[int, int]:
    """How many examples a block has, and how many negatives they share.

    Within a block vectors are used as they were at its start. So that none of them goes far astray
    on stale errors, blocks shrink until the commonest word's input vector takes part in decisions
    worth at most 1 / eta, and a block shares so many negatives that each stands for draws worth
    at most 2 / eta. For the default settings and Wikipedia that means 64 examples with 24
    negatives (skip-gram) or 16 (CBOW).
    """
    pairs = 1.0
    if settings.architecture == "skip-gram":
        pairs = settings.window + 1.0 if settings.dynamic_window else 2.0 * settings.window
    kept = counts * (keep_thresholds(counts, settings.sample) / 2**32)
    commonest = kept.max() / kept.sum()
    most = 1 / (settings.eta * pairs * (1 + settings.K) * commonest)
    block = int(min(max(most, 1), BLOCK))
    return block, max(4, round(settings.eta * block * pairs * settings.K / 2))


def noise_table(counts: Any, power: float) -> NDArray[np.int32]:
    """Words in proportion to the noise distribution, 2^20 or more of them: to draw is to pick.

    The table has at least 16 places for each word on average; rounding to whole places is all
    that it changes.
    """
    P = noise_distribution(counts, power).cumsum()
    size = 1 << max(20, math.ceil(math.log2(16 * len(counts))))
    middles = (np.arange(size) + 0.5) / size
    return np.minimum(np.searchsorted(P, middles), len(counts) - 1).astype(np.int32)


def tree_paths(vocabulary: Vocabulary) -> Any:
    """The paths of Huffman's tree, one after another."""
    from w2vlib.trainer import kernels

    tree = huffman_tree(vocabulary.counts)
    return kernels.Decisions(
        np.concatenate(tree.units).astype(np.int32),
        np.concatenate(tree.labels).astype(np.float32),
        np.append(0, tree.lengths.cumsum()).astype(np.int32),
    )


def mixed(seed: int, i: int) -> int:
    """A 64-bit number for slice i, unlike that of its neighbours (splitmix64)."""
    z = (seed * 0x9E3779B97F4A7C15 + (i + 1) * 0xD1B54A32D192ED03) % 2**64
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 % 2**64
    z = (z ^ z >> 27) * 0x94D049BB133111EB % 2**64
    return z ^ z >> 31


class Checkpoint:
    """What a run needs to go on after an interruption, in one folder.

    Parameters
    ----------
    directory : made if it is missing.
    source : the text.
    settings : of the run; a folder with other settings is refused.
    """

    def __init__(self, directory: Path, source: Path, settings: Settings) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self.ids = directory / "corpus.ids"
        self.path = directory / "state.npz"
        for path in (self.ids, self.path):
            for draft in directory.glob(f".{path.name}.*.part"):  # of a run killed while it saved
                draft.unlink()
        self.source = source
        self.settings = settings
        self.seconds = 0.0  # the last saving took
        with source.open("rb") as file:
            self.digest = hashlib.file_digest(file, "sha256").hexdigest()

    def begin(self, progress: bool) -> Run:
        """The run as it was saved, or a new one."""
        if not self.path.exists():
            coded = text.encode(self.source, self.ids, self.settings.min_count, progress)
            run = Run(coded, self.settings)
            self.save(run)
            return run
        try:
            with self.path.open("rb") as file, np.load(file, allow_pickle=False) as state:
                header = json.loads(state["header"].tobytes())
                W, W_prime = state["W"], state["W_prime"]
            then, digest = header["settings"], header["digest"]
            vocabulary = Vocabulary(tuple(header["words"]), tuple(header["counts"]))
            done, loss, tokens = header["done"], header["loss"], header["tokens"]
        except (ValueError, KeyError, TypeError, EOFError, OSError, zipfile.BadZipFile) as error:
            raise ValueError(
                f"{self.path} is damaged ({error}): delete its folder to train from the start"
            ) from error
        now = asdict(self.settings)
        for name in now:
            if then.get(name) != now[name]:
                raise ValueError(
                    f"{name}={now[name]!r}, but the run saved in {self.path.parent} has "
                    f"{then.get(name)!r}: use that, or another folder"
                )
        if digest != self.digest:
            raise ValueError(
                f"corpus={str(self.source)!r} is not the text of the run saved in "
                f"{self.path.parent}: use that text, or another folder"
            )
        if not self.ids.exists() or self.ids.stat().st_size != 4 * tokens:
            text.encode(self.source, self.ids, self.settings.min_count, progress)
        run = Run(text.Corpus(vocabulary, text.mapped(self.ids)), self.settings)
        run.W, run.W_prime, run.done, run.loss = W, W_prime.T, done, loss
        return run

    def save(self, run: Run) -> None:
        """Replace the saved state by that of the run, whole or not at all."""
        began = time.monotonic()
        header = {
            "settings": asdict(run.settings),
            "digest": self.digest,
            "words": run.corpus.vocabulary.words,
            "counts": run.corpus.vocabulary.counts,
            "tokens": len(run.corpus.ids),
            "done": run.done,
            "loss": run.loss,
        }
        with replacing(self.path) as draft, draft.open("wb") as file:
            np.savez(
                file,
                header=np.frombuffer(json.dumps(header).encode(), np.uint8),
                W=run.W,
                W_prime=run.W_prime.T,
            )
        self.seconds = time.monotonic() - began


def train(
    corpus: str | Path,
    *,
    architecture: str = "skip-gram",
    output: str = "negative",
    N: int = 100,
    window: int = 5,
    K: int = 5,
    sample: float = 1e-3,
    min_count: int = 5,
    epochs: int = 5,
    eta: float | None = None,
    threads: int = 2,
    seed: int = 1,
    dynamic_window: bool = True,
    decay: bool = True,
    noise_power: float = 0.75,
    divide: bool = True,
    blocks: bool = True,
    checkpoint: str | Path | None = None,
    client: Any = None,
    rounds: int = 10,
    progress: bool = False,
) -> Embeddings:
    """Train word vectors on a text file by the updates of Eq. (47)-(54) or (56)-(61).

    Parameters
    ----------
    corpus : a UTF-8 text, words between white space, a sentence or paragraph a line; .gz, .bz2
        and .xz are unpacked. It may be larger than memory; 4 bytes a word go to the ``checkpoint``
        or the temporary folder.
    architecture : ``"skip-gram"`` or ``"cbow"``.
    output : ``"negative"`` or ``"hierarchical"``.
    N : size of the vectors.
    window : words to look left and right.
    K : words drawn from noise for each output word.
    sample : subsampling: a word whose share of the text is f stays with probability
        sqrt(sample / f) + sample / f; 0 keeps all.
    min_count : rarer words are left out.
    epochs : passes over the text.
    eta : learning rate at the start; by default 0.025, for CBOW 0.1, or 0.05 if undivided.
    threads : they share the weights without locks; with one, the same call gives the same bits.
    seed : seeds the initial weights and all draws.
    dynamic_window : look 1 to ``window`` words far, drawn anew for each word; else always
        ``window``.
    decay : let eta fall in a straight line to nearly 0; else it stays.
    noise_power : the noise distribution is the counts to this power.
    divide : CBOW only: move each of C input vectors by -eta EH / C, Eq. (23); else by -eta EH, as
        word2vec.c and gensim do.
    blocks : the fast kernels; else example by example as ``Model.step``, slower, and with one
        thread the same on every machine.
    checkpoint : a folder; an interrupted run with the same settings goes on from there.
    client : a ``distributed.Client``: train on the workers of its cluster, a part of the text
        each, and average their weights. Averaging shortens the steps: with P workers about P times
        the ``eta`` keeps pace with one. ``threads`` and ``checkpoint`` are for one machine.
    rounds : averages in each epoch, with a client.
    progress : show the words read, then words a second, loss and time left.

    Returns
    -------
    Embeddings with the input vectors W and, for negative sampling, W_prime.

    Raises
    ------
    OSError
        If a file cannot be read or written.
    ValueError
        For a setting or a text that cannot be used.
    """
    if eta is None:
        eta = 0.025 if architecture == "skip-gram" else 0.1 if divide else 0.05
    values = locals()
    settings = Settings(**{field.name: values[field.name] for field in fields(Settings)})
    _check_whole("threads", threads, 1, 1024)
    source = Path(corpus)
    if source.is_dir():
        raise IsADirectoryError(errno.EISDIR, "a folder; give the path of a text", str(source))
    if not source.is_file():
        raise FileNotFoundError(errno.ENOENT, "no such file; give the path of a text", str(source))
    if client is not None:
        from w2vlib.trainer.cluster import train_on

        _check_whole("rounds", rounds, 1, 100_000)
        if checkpoint is not None:
            raise ValueError(f"checkpoint={str(checkpoint)!r}: with a client there is none")
        return train_on(client, source, settings, rounds, progress)
    if checkpoint is not None:
        store = Checkpoint(Path(checkpoint), source, settings)
        run = store.begin(progress)
        run.go(threads, progress, store)
        return run.embeddings()
    with TemporaryDirectory(prefix="w2vlib-", ignore_cleanup_errors=True) as folder:
        coded = text.encode(source, Path(folder) / "corpus.ids", min_count, progress)
        run = Run(coded, settings)
        run.go(threads, progress)
        return run.embeddings()


def _check_choice(name: str, value: object, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise ValueError(f"{name}={value!r}: choose {' or '.join(map(repr, choices))}")


def _check_whole(name: str, value: object, least: int, most: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise ValueError(f"{name}={value!r}: give a whole number from {least} to {most}")


def _check_real(name: str, value: float, least: float, most: float) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
        raise ValueError(f"{name}={value!r}: give a number from {least} to {most}")
