"""Words, examples and windows."""

import numpy as np
import pytest

from w2vlib import Example, Vocabulary, toy_corpus, windows


def test_words_are_ranked_by_count_and_then_by_first_appearance():
    vocabulary = Vocabulary.from_tokens("b a c a b d".split())
    assert vocabulary.words == ("b", "a", "c", "d")
    assert vocabulary.counts == (2, 2, 1, 1)
    assert [vocabulary[word] for word in "bacd"] == [0, 1, 2, 3]
    assert len(vocabulary) == 4
    assert "a" in vocabulary
    assert "z" not in vocabulary


def test_the_toy_corpus_has_eighteen_tokens_and_seven_words():
    sentences, vocabulary = toy_corpus()
    assert sum(map(len, sentences)) == sum(vocabulary.counts) == 18
    assert vocabulary.words[0] == "the"
    assert len(vocabulary) == 7


@pytest.mark.parametrize(
    "make, problem",
    [
        (lambda: Vocabulary.from_tokens("the cat"), r"tokens is one string: .*text\.split"),
        (lambda: Vocabulary.from_tokens([]), "tokens is empty"),
        (lambda: Vocabulary((), ()), "words is empty"),
        (lambda: Vocabulary(("a", "b"), (1,)), "2 words but 1 counts"),
        (lambda: Vocabulary(("a", "a"), (1, 1)), "'a' more than once"),
        (lambda: Vocabulary(("a", "b"), (1, 0)), "counts has 0 for 'b': .*at least once"),
        (lambda: toy_corpus()[1]["mouse"], r"word 'mouse' is not in .* 7 words: use one of"),
    ],
)
def test_a_bad_vocabulary_says_what_to_do(make, problem):
    with pytest.raises(ValueError, match=problem):
        make()


def test_windows_of_each_architecture():
    vocabulary = Vocabulary(tuple("abcd"), (1, 1, 1, 1))
    text = ["abcd", "d"]
    sentences = [list(sentence) for sentence in text]

    def pairs(*arguments):
        return [(e.inputs, e.outputs) for e in windows(sentences, vocabulary, *arguments)]

    assert pairs("skip-gram") == [((0,), (1,)), ((1,), (0, 2)), ((2,), (1, 3)), ((3,), (2,))]
    assert pairs("cbow") == [(context, centre) for centre, context in pairs("skip-gram")]
    one_word = [((0,), (1,)), ((1,), (0,)), ((1,), (2,)), ((2,), (1,)), ((2,), (3,)), ((3,), (2,))]
    assert sorted(pairs("one-word")) == one_word
    assert pairs("cbow", 2)[0] == ((1, 2), (0,))
    assert pairs("cbow", 2)[1] == ((0, 2, 3), (1,))


@pytest.mark.parametrize(
    "arguments, problem",
    [
        ({"architecture": "glove"}, "architecture='glove': choose"),
        ({"window": 0}, "window=0: .* at least 1"),
        ({"window": 1.5}, "window=1.5: give a whole number"),
        ({"sentences": ["the cat"]}, "sentence 'the cat' is one string: split it"),
        ({"sentences": [["the", "mouse"]]}, "word 'mouse' is not in"),
    ],
)
def test_bad_windows_say_what_to_do(arguments, problem):
    sentences, vocabulary = toy_corpus()
    with pytest.raises(ValueError, match=problem):
        windows(**{"sentences": sentences, "vocabulary": vocabulary} | arguments)


def test_an_example_keeps_plain_integers():
    example = Example(np.array([1, 2]), [np.int64(0)], [[3, 3]])
    assert (example.inputs, example.outputs, example.negatives) == ((1, 2), (0,), ((3, 3),))
    assert all(type(j) is int for j in example.inputs + example.outputs)
    assert example == Example((1, 2), (0,), ((3, 3),))


@pytest.mark.parametrize("place", ["inputs", "outputs"])
@pytest.mark.parametrize(
    "indices, problem",
    [
        ((), "is empty: give at least one word index"),
        (3, "=3: give a tuple of indices"),
        ("cat", r"='cat': give a tuple of indices, e\.g\. \(vocabulary"),
        ((True,), "holds True: give word indices"),
        ((np.True_,), "holds .*True.*: give word indices"),
        ((1.0,), "holds 1.0: give word indices"),
        (("cat",), r"holds 'cat': give word indices, e\.g\. vocabulary"),
        (None, "=None: give a tuple of indices"),
    ],
)
def test_bad_indices_say_what_to_do(place, indices, problem):
    with pytest.raises(ValueError, match=f"{place}.*{problem}"):
        Example(**{"inputs": (1,), "outputs": (1,)} | {place: indices})


@pytest.mark.parametrize(
    "negatives, problem",
    [
        ((), "negatives has rows of .* for 2 outputs: give each output one row"),
        (((1, 2),), r"rows of \[2\] words for 2 outputs"),
        (((1, 2), (1,)), r"rows of \[2, 1\] words for 2 outputs"),
        ((1, 2), "negatives=1: give a tuple of indices"),
        (5, "negatives=5: give a row of indices for each output"),
        ("cat", "negatives='cat': give a row"),
        (((), ()), "negatives is empty"),
        (((1, 2.0), (1, 2)), "negatives holds 2.0"),
    ],
)
def test_bad_negatives_say_what_to_do(negatives, problem):
    with pytest.raises(ValueError, match=problem):
        Example((1,), (2, 3), negatives)
