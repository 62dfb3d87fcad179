"""Trained vectors: neighbours, analogies, evaluation, and the file formats others read."""

import math
from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from w2vlib.files import replacing

Floats = NDArray[np.float32]
Scored = list[tuple[str, float]]


class SimilarityResult(NamedTuple):
    """How well similarities follow human judgement."""

    spearman: float  # rank correlation, from -1 to 1
    used: int  # pairs whose two words are known
    pairs: int


class AnalogyResult(NamedTuple):
    """How many analogies the vectors complete."""

    correct: int
    used: int  # questions whose four words are known
    questions: int

    @property
    def accuracy(self) -> float:
        """Share of the used questions that came out right; nan if none was used."""
        return self.correct / self.used if self.used else math.nan


class Embeddings:
    """A vector for each word.

    Parameters
    ----------
    words : the V words, each once.
    W : (V, N) vectors as rows; kept as float32.
    W_prime : (N, V) output vectors as columns, if there are any.
    counts : how often each word occurred, if known.
    """

    def __init__(
        self,
        words: Sequence[str],
        W: ArrayLike,
        W_prime: ArrayLike | None = None,
        counts: Sequence[int] | None = None,
    ) -> None:
        self.words = tuple(words)
        self.W = np.asarray(W, np.float32)
        self.W_prime = None if W_prime is None else np.asarray(W_prime, np.float32)
        self.counts = None if counts is None else tuple(counts)
        if self.W.ndim != 2 or len(self.W) != len(self.words) or self.W.size == 0:
            raise ValueError(
                f"W has shape {self.W.shape} for {len(self.words)} words: give a row for each word"
            )
        if len(self._index) < len(self.words):
            twice = next(word for j, word in enumerate(self.words) if self._index[word] != j)
            raise ValueError(f"words has {twice!r} more than once: list each word once")
        if not np.isfinite(self.W).all():
            raise ValueError("W holds a number that is not finite: the vectors are damaged")

    def __len__(self) -> int:
        return len(self.words)

    def __contains__(self, word: object) -> bool:
        return word in self._index

    def __getitem__(self, word: str) -> Floats:
        """The (N,) vector of a word; ``ValueError`` for an unknown word."""
        return self.W[self.index(word)]

    def index(self, word: str) -> int:
        """Row of a word; ``ValueError`` for an unknown word."""
        if word not in self._index:
            raise ValueError(
                f"word {word!r} has no vector here: use one of the {len(self)} .words, such as "
                f"{self.words[0]!r}"
            )
        return self._index[word]

    @cached_property
    def _index(self) -> dict[str, int]:
        return {word: j for j, word in enumerate(self.words)}

    @cached_property
    def directions(self) -> Floats:
        """(V, N) the vectors scaled to length 1; a zero vector stays zero."""
        lengths = np.linalg.norm(self.W.astype(float), axis=1, keepdims=True)
        return (self.W / np.where(lengths == 0, 1, lengths)).astype(np.float32)

    def similarity(self, a: str, b: str) -> float:
        """Cosine of the angle between two words, from -1 to 1."""
        return float(self.directions[self.index(a)] @ self.directions[self.index(b)])

    def most_similar(
        self, word: str | ArrayLike, n: int = 10, exclude: Iterable[str] | None = None
    ) -> Scored:
        """The n words of largest cosine with a word or an (N,) vector, the nearest first.

        ``exclude`` names words to leave out; by default the word itself.
        """
        if n < 1:
            raise ValueError(f"n={n}: ask for at least 1 word")
        if isinstance(word, str):
            vector = self[word]
            exclude = [word] if exclude is None else exclude
        else:
            vector = np.asarray(word, np.float32)
            if vector.shape != self.W.shape[1:]:
                raise ValueError(
                    f"the vector has shape {vector.shape}: these have {self.W.shape[1:]}"
                )
        cosines = self.directions @ (vector / (np.linalg.norm(vector) or 1))
        cosines[[self.index(word) for word in exclude or ()]] = -np.inf
        found = np.argsort(-cosines, kind="stable")[:n]
        return [(self.words[j], float(cosines[j])) for j in found if cosines[j] > -np.inf]

    def analogy(self, a: str, b: str, c: str, n: int = 10, exclude_inputs: bool = True) -> Scored:
        """Words that are to c as b is to a: nearest to b - a + c, all three of length 1.

        The three words themselves are left out, as is usual; without that one of them, often c,
        tends to come first. ``exclude_inputs=False`` shows it.
        """
        i, j, k = self.index(a), self.index(b), self.index(c)
        target = self.directions[j] - self.directions[i] + self.directions[k]
        return self.most_similar(target, n, exclude=(a, b, c) if exclude_inputs else ())

    def evaluate_similarity(self, pairs: Iterable[tuple[str, str, float]]) -> SimilarityResult:
        """Spearman's rank correlation of the cosines with human scores.

        Pairs with an unknown word are left out and counted.
        """
        pairs = [(a.lower(), b.lower(), score) for a, b, score in pairs]
        known = [(a, b, score) for a, b, score in pairs if a in self and b in self]
        if len(known) < 2:
            return SimilarityResult(math.nan, len(known), len(pairs))
        ours = _ranks([self.similarity(a, b) for a, b, _ in known])
        theirs = _ranks([score for _, _, score in known])
        return SimilarityResult(float(np.corrcoef(ours, theirs)[0, 1]), len(known), len(pairs))

    def evaluate_analogies(
        self,
        questions: Iterable[tuple[str, str, str, str]],
        limit: int = 30_000,
        exclude_inputs: bool = True,
    ) -> AnalogyResult:
        """How many questions a : b = c : d find d among the ``limit`` first words.

        Questions with a word that is not among these are left out and counted.
        """
        limit = min(limit, len(self))
        rows = [
            [self._index.get(word.lower(), limit) for word in question] for question in questions
        ]
        known = np.array([row for row in rows if max(row) < limit], int).reshape(-1, 4)
        directions = self.directions[:limit]
        correct = 0
        for first in range(0, len(known), 512):
            a, b, c, d = known[first : first + 512].T
            cosines = (directions[b] - directions[a] + directions[c]) @ directions.T
            if exclude_inputs:
                for inputs in (a, b, c):
                    cosines[np.arange(len(a)), inputs] = -np.inf
            correct += int((cosines.argmax(axis=1) == d).sum())
        return AnalogyResult(correct, len(known), len(rows))

    def save(self, path: str | Path) -> None:
        """Write the vectors W in the format that the name asks for; the file appears whole.

        ``.bin``: word2vec's binary format. ``.txt`` or ``.vec``: its text format. ``.tsv``: the
        Embedding Projector's, with the words in a second file, ``v.metadata.tsv`` for ``v.tsv``.
        """
        path = Path(path)
        kind = file_format(path)
        for word in self.words:
            if not _storable(word):
                raise ValueError(f"word {word!r} has white space in it: no format can hold it")
        header = f"{len(self)} {self.W.shape[1]}\n".encode()
        if kind == "tsv":
            with replacing(_metadata(path)) as words, words.open("wb") as file:
                file.writelines(f"{word}\n".encode() for word in self.words)
        with replacing(path) as draft, draft.open("wb") as file:
            if kind != "tsv":
                file.write(header)
            for word, vector in zip(self.words, self.W, strict=True):
                if kind == "bin":
                    file.write(f"{word} ".encode() + vector.astype("<f4").tobytes() + b"\n")
                elif kind == "txt":
                    file.write(f"{word} {' '.join(vector.astype(str))}\n".encode())
                else:
                    file.write("\t".join(vector.astype(str)).encode() + b"\n")

    @classmethod
    def load(cls, path: str | Path) -> "Embeddings":
        """Read vectors that ``save``, word2vec.c or gensim wrote; see ``save`` for the names.

        Raises
        ------
        OSError
            If a file cannot be opened.
        ValueError
            For a damaged file; the message gives the byte or the line.
        """
        path = Path(path)
        return {"bin": _load_binary, "txt": _load_text, "tsv": _load_tsv}[file_format(path)](path)


def read_similarities(path: str | Path) -> list[tuple[str, str, float]]:
    """Word pairs with scores, one in a line between tabs or commas, as WordSim-353 comes."""
    pairs = []
    for number, line in enumerate(Path(path).read_text(encoding="utf-8").splitlines(), 1):
        fields = line.replace(",", "\t").split("\t")
        if line.startswith("#") or len(fields) < 3:
            continue
        try:
            pairs.append((fields[0].strip(), fields[1].strip(), float(fields[2])))
        except ValueError:
            if number > 1:  # the first line may name the columns
                raise ValueError(f"{path}, line {number}: no score in {line!r}") from None
    return pairs


def read_analogies(path: str | Path) -> list[tuple[str, str, str, str]]:
    """Questions of four words in a line, as in word2vec's questions-words.txt."""
    questions = []
    for number, line in enumerate(Path(path).read_text(encoding="utf-8").splitlines(), 1):
        words = line.split()
        if not words or line.startswith(":"):
            continue
        if len(words) != 4:
            raise ValueError(f"{path}, line {number}: {len(words)} words, a question has 4")
        questions.append((words[0], words[1], words[2], words[3]))
    return questions


def file_format(path: Path) -> str:
    """Format that a name asks for: ``"bin"``, ``"txt"`` or ``"tsv"``; else ``ValueError``."""
    kinds = {".bin": "bin", ".txt": "txt", ".vec": "txt", ".tsv": "tsv"}
    if path.suffix not in kinds:
        raise ValueError(
            f"path={str(path)!r}: end the name in .bin, .txt or .vec (word2vec) or .tsv "
            "(Embedding Projector)"
        )
    return kinds[path.suffix]


def _metadata(path: Path) -> Path:
    return path.with_name(f"{path.stem}.metadata.tsv")


def _ranks(values: Sequence[float]) -> NDArray[np.float64]:
    """Ranks from 1; equal values share the mean of their ranks."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = counts.cumsum()
    return (last - (counts - 1) / 2)[inverse]


def _load_binary(path: Path) -> Embeddings:
    data = path.read_bytes()
    end = data.find(b"\n", 0, 100)
    V, N = _header(path, data[: max(end, 0)])
    size = 4 * N
    if len(data) < end + 1 + V * (size + 2):  # each word takes at least a letter and a space
        raise ValueError(
            f"{path}, byte {len(data)}: the file ends before the {V} vectors of {N} numbers that "
            "its first line promises"
        )
    words = []
    W = np.empty((V, N), np.float32)
    position = end + 1
    for j in range(V):
        while data[position : position + 1] == b"\n":
            position += 1
        space = data.find(b" ", position)
        if space < 0 or space + 1 + size > len(data):
            raise ValueError(f"{path}, byte {position}: the file ends within word {j + 1} of {V}")
        words.append(_word(data[position:space], f"{path}, byte {position}"))
        W[j] = np.frombuffer(data, "<f4", N, space + 1)
        if not np.isfinite(W[j]).all():
            raise ValueError(f"{path}, byte {space + 1}: the vector of {words[j]!r} is not finite")
        position = space + 1 + size
    if data[position:].strip(b"\n"):
        raise ValueError(f"{path}, byte {position}: more follows the {V} vectors it promises")
    return _checked(path, words, W)


def _load_text(path: Path) -> Embeddings:
    words = []
    vectors = []
    with path.open("rb") as file:
        V, N = _header(path, file.readline(100).rstrip(b"\r\n"))
        for number, line in enumerate(file, 2):
            fields = line.rstrip(b" \r\n").split(b" ")
            place = f"{path}, line {number}"
            if len(fields) != N + 1:
                raise ValueError(f"{place}: {len(fields) - 1} numbers after the word, not {N}")
            words.append(_word(fields[0], place))
            vectors.append(_numbers(fields[1:], place))
    if len(words) != V:
        raise ValueError(f"{path}, line {len(words) + 2}: {len(words)} vectors, not {V}")
    return _checked(path, words, np.array(vectors, np.float32))


def _load_tsv(path: Path) -> Embeddings:
    meta = _metadata(path)
    with meta.open("rb") as file:
        words = [
            _word(line.rstrip(b"\r\n"), f"{meta}, line {number}")
            for number, line in enumerate(file, 1)
        ]
    vectors: list[Floats] = []
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            place = f"{path}, line {number}"
            vectors.append(_numbers(line.rstrip(b"\r\n").split(b"\t"), place))
            if len(vectors[-1]) != len(vectors[0]):
                raise ValueError(
                    f"{place}: {len(vectors[-1])} numbers, but {len(vectors[0])} in line 1"
                )
    if len(vectors) != len(words):
        raise ValueError(
            f"{path}, line {len(vectors) + 1}: {len(vectors)} vectors, but {meta} has "
            f"{len(words)} words"
        )
    return _checked(path, words, np.array(vectors, np.float32))


def _header(path: Path, line: bytes) -> tuple[int, int]:
    fields = line.split()
    if len(fields) == 2 and all(field.isdigit() and len(field) < 12 for field in fields):
        V, N = int(fields[0]), int(fields[1])
        if V > 0 and N > 0:
            return V, N
    raise ValueError(
        f"{path}, line 1: {line[:40]!r} is not the number of words and the size of the vectors; "
        "is it a word2vec file?"
    )


def _word(field: bytes, place: str) -> str:
    try:
        word = field.decode("utf-8")
    except UnicodeDecodeError:
        raise ValueError(f"{place}: the word {field[:40]!r} is not UTF-8") from None
    if not _storable(word):
        raise ValueError(f"{place}: {word[:40]!r} is not a word")
    return word


def _storable(word: str) -> bool:
    """Whether the formats can hold a word: they part words by these characters."""
    return bool(word) and not set(word) & set(" \t\r\n\0")


def _numbers(fields: Sequence[bytes], place: str) -> Floats:
    try:
        with np.errstate(over="ignore"):  # beyond float32 is refused below
            numbers = np.array([float(field) for field in fields]).astype(np.float32)
    except ValueError:
        raise ValueError(f"{place}: not all of it is numbers") from None
    if not np.isfinite(numbers).all():
        raise ValueError(f"{place}: a number that is not finite")
    return numbers


def _checked(path: Path, words: Sequence[str], W: Floats) -> Embeddings:
    try:
        return Embeddings(words, W)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None
