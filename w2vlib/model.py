"""The model: a hidden layer, an output layer, one step, and a loop of steps."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from tqdm.auto import tqdm

from w2vlib import hierarchical, logistic, negative, softmax
from w2vlib.corpus import Example, Vocabulary, check_count, check_indices, check_rate
from w2vlib.hidden import Output, hidden, input_gradient, update_inputs
from w2vlib.logistic import Array, Indices


@dataclass(frozen=True)
class Step:
    """One SGD update in the paper's symbols, all taken before the weights moved.

    Attributes
    ----------
    h : (N,) hidden state.
    u, y, t, e : scores, predictions, targets and errors. Softmax: (V,), an entry a word; t and e
        (C, V) for C > 1 output words. Hierarchical: (D,), an entry a decision, the path of the
        first output word from the root down, then the next path. Negative: (D,), the first output
        word, its K negatives, the next output word, and so on.
    EI : as e; for softmax (V,), e added up over the panels.
    EH : (N,) gradient of the loss at h.
    E : loss of the example, in nats.
    columns : the column of W_prime that each entry of u, y and EI speaks of.
    """

    h: Array
    u: Array
    y: Array
    t: Array
    e: Array
    EI: Array
    EH: Array
    E: float
    columns: Indices


class Model:
    """A word2vec model: one hidden layer and one output layer.

    Parameters
    ----------
    vocabulary : the V words.
    N : size of the hidden layer, at least 1.
    output : the output layer, ``"softmax"``, ``"hierarchical"`` or ``"negative"``.
    K : words drawn from noise for each output word, at least 1; only negative sampling draws.
    seed : seeds ``numpy.random.default_rng``.

    Attributes
    ----------
    W : (V, N) input vectors as rows, drawn from U(-1/2, 1/2).
    W_prime : (N, V) output vectors as columns, drawn likewise; hierarchical: (N, V - 1), a column
        for each inner unit of the tree.
    tree : hierarchical only, the Huffman tree of the word counts.
    noise : negative only, (V,) the noise distribution, counts to the power 3/4.

    They are the model itself: write into W and W_prime, or assign another tree of V words or
    another noise, to continue from your own. The paper names no initial weights.
    """

    tree: hierarchical.Tree
    noise: Array

    def __init__(
        self,
        vocabulary: Vocabulary,
        N: int,
        output: str = "softmax",
        K: int = 5,
        seed: int = 0,
    ) -> None:
        check_count("N", N)
        check_count("K", K)
        if output == "hierarchical":
            self.tree = hierarchical.huffman_tree(vocabulary.counts)
        elif output == "negative":
            self.noise = negative.noise_distribution(vocabulary.counts)
        elif output != "softmax":
            raise ValueError(f'output={output!r}: choose "softmax", "hierarchical" or "negative"')
        self.vocabulary = vocabulary
        self.output = output
        self.K = K
        self.rng = np.random.default_rng(seed)
        V = len(vocabulary)
        columns = V - 1 if output == "hierarchical" else V
        self.W = self.rng.uniform(-0.5, 0.5, (V, N))
        self.W_prime = self.rng.uniform(-0.5, 0.5, (N, columns))

    def loss(self, example: Example) -> float:
        """Loss E of one example in nats, Eq. (7), (20), (29), (46), (55).

        Negative sampling needs an example with negatives: else there is no one loss to speak of.
        """
        return self._forward(example)[1].E

    def gradients(self, example: Example) -> tuple[Array, Array]:
        """Exact gradient of ``loss``: (dW, dW_prime), dense, shaped as W and W_prime."""
        _, out = self._forward(example)
        dW_prime = np.zeros_like(self.W_prime)
        np.add.at(dW_prime.T, out.columns, out.dW_prime.T)
        return input_gradient(example.inputs, out.EH, len(self.W)), dW_prime

    def draw(self, example: Example) -> Example:
        """The example with K new negatives for each output word, drawn from ``noise``."""
        if self.output != "negative":
            raise ValueError(f'output={self.output!r} draws no words: only "negative" does')
        rows = negative.draw(self.noise, example.outputs, self.K, self.rng)
        return replace(example, negatives=rows)

    def step(self, example: Example, eta: float = 0.1) -> Step:
        """One SGD update of both matrices in place; EH comes from W_prime before it moves.

        Negative sampling draws negatives if the example has none. Raises ``ValueError`` unless
        eta is finite and above 0.
        """
        check_rate(eta)
        if self.output == "negative" and example.negatives is None:
            example = self.draw(example)
        h, out = self._forward(example)
        if self.output == "softmax":
            softmax.update_outputs(self.W_prime, out.dW_prime, eta)
        else:
            logistic.update_outputs(self.W_prime, out.columns, out.dW_prime, eta)
        update_inputs(self.W, example.inputs, out.EH, eta)
        return Step(h, out.u, out.y, out.t, out.e, out.EI, out.EH, out.E, out.columns)

    def train(
        self,
        examples: Iterable[Example],
        eta: float = 0.1,
        epochs: int = 50,
        progress: bool = False,
    ) -> Array:
        """Take one step on each example, in the order given, ``epochs`` times over.

        Parameters
        ----------
        examples : at least one.
        eta : learning rate, finite and above 0.
        epochs : passes over the examples, at least 1.
        progress : show a progress bar.

        Returns
        -------
        history : (epochs,) mean loss of each pass, each example measured before its own step.
        """
        examples = list(examples)
        if not examples:
            raise ValueError("examples is empty: give at least one, e.g. from windows(...)")
        check_count("epochs", epochs)
        for example in examples:
            check_indices(example, len(self.vocabulary))
        passes = tqdm(range(epochs), desc="train", disable=not progress)
        return np.array(
            [np.mean([self.step(example, eta).E for example in examples]) for _ in passes]
        )

    def _forward(self, example: Example) -> tuple[Array, Output]:
        check_indices(example, len(self.vocabulary))
        h = hidden(self.W, example.inputs)
        outputs, negatives = example.outputs, example.negatives
        if self.output == "softmax":
            return h, softmax.output_layer(self.W_prime, h, outputs)
        if self.output == "hierarchical":
            return h, hierarchical.output_layer(self.W_prime, h, outputs, self.tree)
        if negatives is None:
            raise ValueError(
                "negatives is None: the loss of negative sampling depends on the words drawn; "
                "fix them with example = model.draw(example)"
            )
        if len(negatives[0]) != self.K:
            raise ValueError(
                f"negatives has rows of {len(negatives[0])} words, but the model has K={self.K}: "
                "give K for each output, or draw them with model.draw(example)"
            )
        return h, negative.output_layer(self.W_prime, h, outputs, negatives)
