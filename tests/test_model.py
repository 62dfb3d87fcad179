"""The model: three architectures, three output layers, one gradient."""

import numpy as np
import pytest
from oracle import numeric_gradient

from w2vlib import Example, Model, toy_corpus

OUTPUTS = ["softmax", "hierarchical", "negative"]
ARCHITECTURES = {
    "one-word": Example((3,), (4,), negatives=((4, 1, 1, 6),)),
    "cbow": Example((3, 1, 3), (1,), negatives=((2, 1, 0, 2),)),
    "skip-gram": Example((3,), (1, 2, 1), negatives=((2, 1, 0, 2), (3, 3, 3, 2), (1, 1, 5, 6))),
}


def make_model(output: str, **options) -> Model:
    _, vocabulary = toy_corpus()
    return Model(vocabulary, N=3, output=output, K=4, **options)


@pytest.mark.parametrize("output", OUTPUTS)
@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_gradients_are_those_of_the_loss(architecture, output):
    """Repeated words, the target among the negatives and repeated negatives are all in there."""
    model, example = make_model(output, seed=3), ARCHITECTURES[architecture]
    dW, dW_prime = model.gradients(example)
    for gradient, weights in ((dW, model.W), (dW_prime, model.W_prime)):
        numeric = numeric_gradient(lambda: model.loss(example), weights)
        assert np.abs(gradient).max() > 0.01
        np.testing.assert_allclose(gradient, numeric, rtol=1e-7, atol=1e-9)
