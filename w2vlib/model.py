"""The model: a hidden layer, an output layer, one step, and a loop of steps."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from tqdm.auto import tqdm

from w2vlib import softmax
from w2vlib.corpus import Example, Vocabulary, check_indices, check_rate
from w2vlib.hidden import Output, hidden, input_gradient, update_inputs
from w2vlib.logistic import Array


@dataclass(frozen=True)
class Step:
    """One SGD update in the paper's symbols, all taken before the weights moved.

    Attributes
    ----------
    h : (N,) hidden state.
    u, y, t, e : scores, predictions, targets and errors, shaped as the output layer says.
    EI : (M,) errors added up for each column of W_prime.
    EH : (N,) gradient of the loss at h.
    E : loss of the example, in nats.
    """

    h: Array
    u: Array
    y: Array
    t: Array
    e: Array
    EI: Array
    EH: Array
    E: float


class Model:
    """A word2vec model: one hidden layer and one output layer.

    Parameters
    ----------
    vocabulary : the V words.
    N : size of the hidden layer, at least 1.
    output : the output layer, ``"softmax"``.
    seed : seeds ``numpy.random.default_rng``.

    Attributes
    ----------
    W : (V, N) input vectors as rows, drawn from U(-1/2, 1/2).
    W_prime : (N, V) output vectors as columns, drawn likewise.

    Both are the weights themselves: write into them to continue from your own. The paper names no
    initial weights.
    """

    def __init__(
        self, vocabulary: Vocabulary, N: int, output: str = "softmax", seed: int = 0
    ) -> None:
        if N < 1:
            raise ValueError(f"N={N}: the hidden layer needs at least 1 unit")
        if output != "softmax":
            raise ValueError(f'output={output!r}: choose "softmax"')
        self.vocabulary = vocabulary
        self.output = output
        rng = np.random.default_rng(seed)
        self.W = rng.uniform(-0.5, 0.5, (len(vocabulary), N))
        self.W_prime = rng.uniform(-0.5, 0.5, (N, len(vocabulary)))

    def loss(self, example: Example) -> float:
        """Loss E of one example in nats, Eq. (7), (20), (29)."""
        return self._forward(example)[1].E

    def gradients(self, example: Example) -> tuple[Array, Array]:
        """Exact gradient of ``loss``: (dW, dW_prime), dense, shaped as W and W_prime."""
        _, out = self._forward(example)
        return input_gradient(example.inputs, out.EH, len(self.W)), out.dW_prime

    def step(self, example: Example, eta: float = 0.1) -> Step:
        """One SGD update of both matrices in place; EH comes from W_prime before it moves.

        Raises ``ValueError`` unless eta is finite and above 0.
        """
        check_rate(eta)
        h, out = self._forward(example)
        softmax.update_outputs(self.W_prime, out.dW_prime, eta)
        update_inputs(self.W, example.inputs, out.EH, eta)
        return Step(h, out.u, out.y, out.t, out.e, out.EI, out.EH, out.E)

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
        if epochs < 1:
            raise ValueError(f"epochs={epochs}: pass over the examples at least once")
        for example in examples:
            check_indices(example, len(self.vocabulary))
        passes = tqdm(range(epochs), desc="train", disable=not progress)
        return np.array(
            [np.mean([self.step(example, eta).E for example in examples]) for _ in passes]
        )

    def _forward(self, example: Example) -> tuple[Array, Output]:
        check_indices(example, len(self.vocabulary))
        h = hidden(self.W, example.inputs)
        return h, softmax.output_layer(self.W_prime, h, example.outputs)
