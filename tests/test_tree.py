"""Huffman's tree, and trees of any shape: every word a path, every path a probability."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracle import close

from w2vlib.hierarchical import (
    build_tree,
    huffman_tree,
    output_layer,
    unit_probabilities,
    word_probabilities,
)


def random_tree(words, rng):
    """A full binary tree over the words, split at random."""
    if len(words) == 1:
        return words[0]
    split = rng.integers(1, len(words))
    return random_tree(words[:split], rng), random_tree(words[split:], rng)


def shortest_total_length(counts):
    """Least total path length of any binary tree, by trying every order of joining subtrees."""
    if len(counts) == 1:
        return 0
    totals = []
    for a, b in itertools.combinations(range(len(counts)), 2):
        rest = [n for i, n in enumerate(counts) if i not in (a, b)]
        joined = counts[a] + counts[b]
        totals.append(joined + shortest_total_length([*rest, joined]))
    return min(totals)


def test_probabilities_add_up_to_one_on_any_full_tree():
    rng = np.random.default_rng(43)
    for _ in range(200):
        V, N = int(rng.integers(2, 40)), 4
        tree = build_tree(random_tree(rng.permutation(V).tolist(), rng))
        W_prime, h = rng.normal(0, 3, (N, V - 1)), rng.normal(size=N)
        p = word_probabilities(W_prime, h, tree)
        assert (p > 0).all()
        assert p.sum() == pytest.approx(1, abs=1e-14)
        assert unit_probabilities(p, tree)[0] == pytest.approx(1, abs=1e-14)
        E = [output_layer(W_prime, h, [w], tree).E for w in range(V)]
        close(E, -np.log(p))


counts_of_words = st.lists(st.integers(1, 1000), min_size=2, max_size=40)
deterministic = settings(derandomize=True, deadline=None, max_examples=100)


@deterministic
@given(counts_of_words)
def test_huffman_spends_the_entropy_and_less_than_a_bit_more(counts):
    shares = np.array(counts) / sum(counts)
    entropy = -(shares * np.log2(shares)).sum()
    mean = shares @ huffman_tree(counts).lengths
    assert entropy - 1e-12 <= mean < entropy + 1


@deterministic
@given(counts_of_words)
def test_huffman_gives_every_word_its_own_full_code(counts):
    tree = huffman_tree(counts)
    codes = {tuple(labels) for labels in tree.labels}
    assert len(codes) == len(counts)
    assert sum(0.5 ** int(length) for length in tree.lengths) == 1
    assert sorted(tree.children.ravel()) == list(range(1, 2 * len(counts) - 1))
    order = np.argsort(counts, kind="stable")
    assert (np.diff(tree.lengths[order][np.diff(np.sort(counts), prepend=0) > 0]) <= 0).all()


@settings(derandomize=True, deadline=None, max_examples=25)
@given(st.lists(st.integers(1, 9), min_size=2, max_size=6))
def test_no_tree_is_shorter_than_huffman(counts):
    assert np.dot(counts, huffman_tree(counts).lengths) == shortest_total_length(counts)


def test_the_example_every_textbook_has():
    """Counts 45, 13, 12, 16, 9, 5 cost 224 bits (Cormen et al., Introduction to Algorithms)."""
    counts = [45, 13, 12, 16, 9, 5]
    lengths = huffman_tree(counts).lengths
    assert lengths.tolist() == [1, 3, 3, 3, 4, 4]
    assert np.dot(counts, lengths) == 224


def test_fibonacci_counts_make_the_deepest_tree():
    counts = [1, 1]
    while len(counts) < 30:
        counts.append(counts[-1] + counts[-2])
    assert huffman_tree(counts).lengths.max() == 29


def test_ties_are_settled_by_word_index_and_words_come_before_subtrees():
    tree = huffman_tree([1, 1, 1, 1])
    assert [labels.tolist() for labels in tree.labels] == [[1, 1], [1, 0], [0, 1], [0, 0]]
    tree = huffman_tree([2, 1, 1])  # word 0 before the subtree of words 1 and 2
    assert [labels.tolist() for labels in tree.labels] == [[1], [0, 1], [0, 0]]


def test_the_rarer_subtree_is_the_left_child():
    tree = huffman_tree([9, 1])
    assert [labels.tolist() for labels in tree.labels] == [[0], [1]]
    tree = huffman_tree([9, 1, 3])
    assert [labels.tolist() for labels in tree.labels] == [[0], [1, 1], [1, 0]]


def test_numbers_run_from_the_root_down_and_from_left_to_right():
    tree = build_tree((((0, 1), 2), (3, 4)))
    assert tree.children.tolist() == [[1, 3], [2, 6], [4, 5], [7, 8]]
    assert [units.tolist() for units in tree.units] == [
        [0, 1, 2],
        [0, 1, 2],
        [0, 1],
        [0, 3],
        [0, 3],
    ]
    assert [t.tolist() for t in tree.labels] == [[1, 1, 1], [1, 1, 0], [1, 0], [0, 1], [0, 0]]
    assert tree.lengths.tolist() == [3, 3, 2, 2, 2]


def test_two_words_share_one_unit():
    tree = huffman_tree([1, 1])
    assert tree.children.tolist() == [[1, 2]]
    p = word_probabilities(np.array([[math.log(3)]]), np.array([1.0]), tree)
    close(p, [0.75, 0.25])


def test_a_tree_may_be_deeper_than_python_recurses():
    nested = 0
    for w in range(1, 1200):
        nested = (w, nested)
    assert build_tree(nested).lengths.max() == 1199


@pytest.mark.parametrize("counts", [[], [4]])
def test_huffman_needs_a_choice(counts):
    with pytest.raises(ValueError, match=f"counts has {len(counts)} words: .* at least 2"):
        huffman_tree(counts)


@pytest.mark.parametrize(
    "nested, problem",
    [
        (0, "at least two words"),
        ((0, 2), r"words \[0, 2\]: use 0 to V - 1"),
        ((0, 0), "holds 0: .* each word once"),
        ((-1, 0), r"words \[-1, 0\]"),
        ((0, (1,)), r"holds \(1,\): use pairs"),
        ((0, 1, 2), r"holds \(0, 1, 2\): use pairs"),
        ((0, True), "holds True"),
        ((0, "dog"), "holds 'dog'"),
        ((0, 1.0), r"holds 1\.0"),
        ([0, 1], r"holds \[0, 1\]"),
    ],
)
def test_a_tree_needs_pairs_and_each_word_once(nested, problem):
    with pytest.raises(ValueError, match=problem):
        build_tree(nested)
