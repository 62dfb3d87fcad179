"""Words, examples and the windows that turn text into examples."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from numbers import Integral, Real

import numpy as np

TOY_CORPUS = """\
the cat drinks milk
the dog drinks water
the cat chases the dog
the dog chases the cat"""


@dataclass(frozen=True)
class Vocabulary:
    """The V words of a corpus, most frequent first; ties keep the order of first appearance.

    Attributes
    ----------
    words : the words; ``words[j]`` is w_j.
    counts : how often each occurs, in the same order.
    """

    words: tuple[str, ...]
    counts: tuple[int, ...]

    def __post_init__(self) -> None:
        if not self.words:
            raise ValueError("words is empty: a vocabulary needs at least one word")
        if len(self.words) != len(self.counts):
            raise ValueError(
                f"{len(self.words)} words but {len(self.counts)} counts: give one count for each"
            )
        for word, n in zip(self.words, self.counts, strict=True):
            if n < 1:
                raise ValueError(f"counts has {n} for {word!r}: each word occurs at least once")
        twice = [word for word, n in Counter(self.words).items() if n > 1]
        if twice:
            raise ValueError(f"words has {twice[0]!r} more than once: list each word once")

    @classmethod
    def from_tokens(cls, tokens: Iterable[str]) -> "Vocabulary":
        """Count the words of a text given as a flat sequence of tokens.

        Raises ``ValueError`` for a plain string (split it first) and for no tokens at all.
        """
        if isinstance(tokens, str):
            raise ValueError("tokens is one string: split it into words, e.g. text.split()")
        ranked = Counter(tokens).most_common()
        if not ranked:
            raise ValueError("tokens is empty: a vocabulary needs at least one word")
        return cls(tuple(word for word, _ in ranked), tuple(n for _, n in ranked))

    def __len__(self) -> int:
        return len(self.words)

    def __contains__(self, word: object) -> bool:
        return word in self._index

    def __getitem__(self, word: str) -> int:
        """Index j of a word; ``ValueError`` for a word the vocabulary does not hold."""
        if word not in self._index:
            raise ValueError(
                f"word {word!r} is not in the vocabulary of {len(self)} words: "
                f"use one of .words, such as {self.words[0]!r}"
            )
        return self._index[word]

    @cached_property
    def _index(self) -> dict[str, int]:
        return {word: j for j, word in enumerate(self.words)}


@dataclass(frozen=True)
class Example:
    """One training example: from these input words, predict these output words.

    Attributes
    ----------
    inputs : indices of the input words, at least one; repeats count.
    outputs : indices of the output words, at least one; repeats count.
    negatives : for negative sampling, a row of K word indices for each output word, drawn from
        noise: a multiset, so repeats count and the output word itself may be among them. None
        leaves the draw to the model; the other output layers do not read it.

    One-word context is 1 -> 1, CBOW is C -> 1, skip-gram is 1 -> C.
    """

    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    negatives: tuple[tuple[int, ...], ...] | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "inputs", _indices("inputs", self.inputs))
        object.__setattr__(self, "outputs", _indices("outputs", self.outputs))
        if self.negatives is None:
            return
        if isinstance(self.negatives, str) or not hasattr(self.negatives, "__iter__"):
            raise ValueError(f"negatives={self.negatives!r}: give a row of indices for each output")
        rows = tuple(_indices("negatives", row) for row in self.negatives)
        if len(rows) != len(self.outputs) or len({len(row) for row in rows}) != 1:
            raise ValueError(
                f"negatives has rows of {[len(row) for row in rows]} words for "
                f"{len(self.outputs)} outputs: give each output one row of K words"
            )
        object.__setattr__(self, "negatives", rows)


def _indices(name: str, indices: Iterable[int]) -> tuple[int, ...]:
    """Word indices as a tuple of ints, refusing all that is not a non-empty sequence of ints."""
    if isinstance(indices, str) or not hasattr(indices, "__iter__"):
        raise ValueError(f'{name}={indices!r}: give a tuple of indices, e.g. (vocabulary["cat"],)')
    indices = tuple(indices)
    if not indices:
        raise ValueError(f"{name} is empty: give at least one word index")
    for j in indices:
        if isinstance(j, (bool, np.bool_)) or not hasattr(j, "__index__"):
            raise ValueError(f'{name} holds {j!r}: give word indices, e.g. vocabulary["cat"]')
    return tuple(int(j) for j in indices)


def windows(
    sentences: Iterable[Sequence[str]],
    vocabulary: Vocabulary,
    architecture: str = "skip-gram",
    window: int = 1,
) -> list[Example]:
    """Slide a window over each sentence and collect its examples.

    Parameters
    ----------
    sentences : lists of words; a window never reaches across two of them.
    vocabulary : gives each word its index.
    architecture : ``"one-word"`` (one neighbour -> centre, an example for each neighbour),
        ``"cbow"`` (all neighbours -> centre) or ``"skip-gram"`` (centre -> all neighbours).
    window : how many words to look left and right, at least 1.

    Raises
    ------
    ValueError
        For another architecture, a window below 1, a word that is not in the vocabulary.
    """
    if architecture not in ("one-word", "cbow", "skip-gram"):
        raise ValueError(f'architecture={architecture!r}: choose "one-word", "cbow" or "skip-gram"')
    check_count("window", window)
    examples = []
    for sentence in sentences:
        if isinstance(sentence, str):
            raise ValueError(f"sentence {sentence!r} is one string: split it into words first")
        indices = [vocabulary[word] for word in sentence]
        for i, centre in enumerate(indices):
            context = tuple(indices[max(0, i - window) : i] + indices[i + 1 : i + 1 + window])
            if not context:
                continue
            if architecture == "one-word":
                examples += [Example((neighbour,), (centre,)) for neighbour in context]
            elif architecture == "cbow":
                examples.append(Example(context, (centre,)))
            else:
                examples.append(Example((centre,), context))
    return examples


def toy_corpus() -> tuple[list[list[str]], Vocabulary]:
    """The book's running corpus: four short sentences, 18 tokens, V = 7 words."""
    sentences = [line.split() for line in TOY_CORPUS.splitlines()]
    return sentences, Vocabulary.from_tokens(word for sentence in sentences for word in sentence)


def check_indices(example: Example, V: int) -> None:
    """Refuse an example that names a word outside a vocabulary of V words."""
    negatives = chain.from_iterable(example.negatives or ())
    for name, indices in (
        ("inputs", example.inputs),
        ("outputs", example.outputs),
        ("negatives", negatives),
    ):
        for j in indices:
            if not 0 <= j < V:
                raise ValueError(
                    f"{name} holds word index {j}, but the vocabulary has V={V} words: "
                    f"use 0 to {V - 1}"
                )


def check_rate(eta: float) -> None:
    """Refuse a learning rate that is not a finite number above 0."""
    number = isinstance(eta, Real) and not isinstance(eta, bool)
    if not (number and math.isfinite(eta) and eta > 0):
        raise ValueError(f"eta={eta!r}: the learning rate must be finite and above 0, e.g. 0.1")


def check_count(name: str, value: int) -> None:
    """Refuse a size that is not a whole number of at least 1."""
    if not isinstance(value, Integral) or isinstance(value, bool) or value < 1:
        raise ValueError(f"{name}={value!r}: give a whole number of at least 1")
