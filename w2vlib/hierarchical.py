"""The hierarchical softmax output layer: a word is a path of left-or-right decisions in a tree."""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from w2vlib.hidden import Output
from w2vlib.logistic import Array, Indices, decide, sigmoid


@dataclass(frozen=True, eq=False)
class Tree:
    """A binary tree with the V words as leaves and two children at each of V - 1 inner units.

    Inner unit n is column n of W_prime. Unit 0 is the root; a unit comes before those below it,
    and what hangs on its left child before what hangs on its right.

    Attributes
    ----------
    children : (V - 1, 2) left and right child of each inner unit: below V - 1 the number of an
        inner unit, from there on V - 1 + w for the leaf of word w.
    units : for each word w the inner units n(w, 1), n(w, 2), ... on its path, the root first.
    labels : for each word the decision at each of these units: 1 for left, 0 for right.
    """

    children: Indices
    units: tuple[Indices, ...]
    labels: tuple[Array, ...]

    @property
    def lengths(self) -> Indices:
        """(V,) decisions on the way to each word: its code length, L(w) - 1 in the paper."""
        return np.array([len(units) for units in self.units])


def build_tree(nested: Any) -> Tree:
    """Build a tree from nested pairs ``(left, right)`` whose leaves are word indices.

    ``build_tree(((0, 1), 2))`` has words 0 and 1 below the left child of the root. Raises
    ``ValueError`` unless V is at least 2, each of 0 to V - 1 is a leaf once, and each inner unit
    is a pair: below a single child, part of the probability would be lost.
    """
    pairs: list[list[int]] = []  # children of each inner unit, the leaf of word w as ~w
    paths: dict[int, list[int]] = {}
    waiting: list[tuple[Any, list[int], int]] = [(nested, [], 0)]
    while waiting:
        node, path, side = waiting.pop()
        if isinstance(node, tuple) and len(node) == 2:
            number = len(pairs)
            pairs.append([0, 0])
            waiting += [(node[1], [*path, number], 1), (node[0], [*path, number], 0)]
        elif isinstance(node, int) and not isinstance(node, bool) and node not in paths:
            number = ~node
            paths[node] = path
        else:
            raise ValueError(f"tree holds {node!r}: use pairs (left, right) and each word once")
        if path:
            pairs[path[-1]][side] = number
    V = len(paths)
    if V < 2 or sorted(paths) != list(range(V)):
        raise ValueError(f"tree has the words {sorted(paths)}: use 0 to V - 1, at least two words")
    children = np.array(pairs)
    children[children < 0] = V - 1 + ~children[children < 0]
    units = [np.array(paths[w]) for w in range(V)]
    labels = []
    for w in range(V):
        following = np.append(units[w][1:], V - 1 + w)
        labels.append((following == children[units[w], 0]).astype(float))  # (44)
    return Tree(children, tuple(units), tuple(labels))


def huffman_tree(counts: Sequence[int]) -> Tree:
    """Huffman's tree: of all trees the one with the shortest mean path, weighted by the counts.

    The two rarest subtrees are joined until one is left; the rarer becomes the left child. Among
    equally rare ones, words come first, in the order of their indices, then joined subtrees, in
    the order they were made; so equal counts always give the same tree.

    Raises ``ValueError`` for fewer than two words. Source: D. A. Huffman (1952), Proc. IRE 40.
    """
    if len(counts) < 2:
        raise ValueError(
            f"counts has {len(counts)} words: a tree needs at least 2, so that there is a choice"
        )
    heap: list[tuple[int, int, Any]] = [(n, w, w) for w, n in enumerate(counts)]
    heapq.heapify(heap)
    for number in range(len(counts), 2 * len(counts) - 1):
        left, right = heapq.heappop(heap), heapq.heappop(heap)
        heapq.heappush(heap, (left[0] + right[0], number, (left[2], right[2])))
    return build_tree(heap[0][2])


def word_probabilities(W_prime: Array, h: Array, tree: Tree) -> Array:
    """Probability of every word as a product of decisions, Eq. (37)-(42).

    Parameters
    ----------
    W_prime : (N, V - 1) vectors of the inner units as columns.
    h : (N,) hidden state.
    tree : of V words.

    Returns
    -------
    p : (V,) positive, adding to 1.
    """
    u = W_prime.T @ h
    p_left = sigmoid(u)  # (39)
    p_right = sigmoid(-u)  # (40)
    p = np.ones(len(tree.units))
    for w, (units, t) in enumerate(zip(tree.units, tree.labels, strict=True)):
        p[w] = np.where(t == 1, p_left[units], p_right[units]).prod()  # (37) (41) (42)
    return p


def unit_probabilities(p: Array, tree: Tree) -> Array:
    """Probability that the random walk from the root passes each inner unit.

    It is the sum over the words below the unit; at the root this is Eq. (43), which says 1.

    Parameters
    ----------
    p : (V,) probability of each word.
    tree : of V words.

    Returns
    -------
    (V - 1,) probabilities.
    """
    passes = np.zeros(len(tree.children))
    for w, units in enumerate(tree.units):
        passes[units] += p[w]  # (43)
    return passes


def output_layer(W_prime: Array, h: Array, outputs: Sequence[int], tree: Tree) -> Output:
    """Loss, dE/dW' and EH of hierarchical softmax, summed over the output words, Eq. (45)-(54).

    Parameters
    ----------
    W_prime : (N, V - 1) vectors of the inner units as columns.
    h : (N,) hidden state.
    outputs : indices of the output words.
    tree : of V words.

    Returns
    -------
    Output with a column for each decision: the path of the first output word from the root down,
    then the path of the next.
    """
    columns = np.concatenate([tree.units[w] for w in outputs])
    t = np.concatenate([tree.labels[w] for w in outputs])
    v_prime = W_prime[:, columns]  # (45)
    u = v_prime.T @ h
    E, y, e = decide(u, t)
    dW_prime = np.outer(h, e)  # (50)
    EH = v_prime @ e  # (52) (53) (54)
    return Output(E, dW_prime, EH, u, y, t, e, e, columns)
