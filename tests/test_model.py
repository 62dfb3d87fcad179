"""The model: three architectures times three output layers, and what holds for all of them."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracle import close, slope

from w2vlib import Example, Model, Vocabulary, hierarchical, negative, softmax, toy_corpus, windows
from w2vlib.logistic import decide, log_sigmoid, sigmoid

OUTPUTS = ["softmax", "hierarchical", "negative"]
ARCHITECTURES = {  # repeated words, repeated negatives, the target among the negatives
    "one-word": Example((3,), (4,), negatives=((4, 1, 1, 6),)),
    "cbow": Example((3, 1, 3), (1,), negatives=((2, 1, 0, 2),)),
    "skip-gram": Example((3,), (1, 2, 1), negatives=((2, 1, 0, 2), (3, 3, 3, 2), (1, 1, 5, 6))),
    "many-to-many": Example((0, 0, 5), (5, 0), negatives=((5, 5, 5, 5), (1, 2, 3, 0))),
}
every_output = pytest.mark.parametrize("output", OUTPUTS)
every_example = pytest.mark.parametrize("example", ARCHITECTURES.values(), ids=ARCHITECTURES)


def make_model(output, N=3, **options):
    _, vocabulary = toy_corpus()
    return Model(vocabulary, N, output, K=4, **options)


# The gradient and the step


@every_output
@every_example
def test_gradients_are_those_of_the_loss(example, output):
    model = make_model(output, seed=3)
    dW, dW_prime = model.gradients(example)
    for gradient, weights in ((dW, model.W), (dW_prime, model.W_prime)):
        assert np.abs(gradient).max() > 0.01
        close(gradient, slope(lambda: model.loss(example), weights))


@every_output
@every_example
def test_a_step_moves_by_the_gradient_at_the_old_weights(example, output):
    model = make_model(output)
    W, W_prime = model.W.copy(), model.W_prime.copy()
    dW, dW_prime = model.gradients(example)
    E = model.loss(example)
    step = model.step(example, eta=0.7)
    assert step.E == E
    close(model.W, W - 0.7 * dW, atol=1e-14)
    close(model.W_prime, W_prime - 0.7 * dW_prime, atol=1e-14)
    total, EH = np.zeros_like(W_prime), np.zeros(3)
    for column, error in zip(step.columns, step.EI, strict=True):
        total[:, column] += error * step.h
        EH += error * W_prime[:, column]
    close(dW_prime, total, atol=1e-14)
    close(step.EH, EH, atol=1e-14)


@every_output
@pytest.mark.parametrize("architecture", ["one-word", "cbow", "skip-gram"])
def test_training_lowers_the_loss(architecture, output):
    sentences, vocabulary = toy_corpus()
    model = Model(vocabulary, N=3, output=output, K=2)
    history = model.train(windows(sentences, vocabulary, architecture), eta=0.2, epochs=60)
    assert history.shape == (60,)
    assert history[-10:].mean() < 0.9 * history[0]


@every_output
def test_the_history_holds_the_loss_before_each_step(output):
    model, twin = make_model(output), make_model(output)
    examples = [ARCHITECTURES["one-word"], ARCHITECTURES["cbow"]]
    history = model.train(iter(examples), eta=0.3, epochs=2)
    expected = [[twin.step(example, 0.3).E for example in examples] for _ in range(2)]
    close(history, np.mean(expected, axis=1), atol=0)


# What must not change the model


@every_output
def test_the_order_of_the_context_changes_nothing(output):
    model = make_model(output)
    rows = ((2, 1, 0, 2), (3, 3, 3, 2), (1, 1, 5, 6))
    one = Example((3, 1, 3, 0), (1, 2, 1), rows)
    other = Example((0, 3, 3, 1), (1, 1, 2), (rows[2][::-1], rows[0], rows[1]))
    assert model.loss(one) == pytest.approx(model.loss(other), abs=1e-14)
    for a, b in zip(model.gradients(one), model.gradients(other), strict=True):
        close(a, b, atol=1e-14)


@every_output
@every_example
def test_only_products_of_input_and_output_vectors_count(example, output):
    model = make_model(output)
    E = model.loss(example)
    A = np.random.default_rng(4).normal(size=(3, 3))
    model.W[:] = model.W @ A
    model.W_prime[:] = np.linalg.inv(A) @ model.W_prime
    assert model.loss(example) == pytest.approx(E, abs=1e-12)


def test_softmax_does_not_notice_a_shift_of_all_output_vectors():
    example = ARCHITECTURES["cbow"]
    model = make_model("softmax")
    E = model.loss(example)
    model.W_prime += np.array([[1.0], [-2.0], [0.5]])
    assert model.loss(example) == pytest.approx(E, abs=1e-12)


word = st.integers(0, 6)


@settings(derandomize=True, deadline=None, max_examples=50)
@given(st.lists(word, min_size=1, max_size=6), st.lists(word, min_size=1, max_size=6))
def test_errors_of_softmax_add_up_to_zero(inputs, outputs):
    model = make_model("softmax")
    centre = model.W_prime.sum(axis=1)
    step = model.step(Example(tuple(inputs), tuple(outputs)), eta=0.5)
    close(step.e.sum(axis=-1), np.zeros(step.e.shape[:-1]), atol=1e-14)
    assert step.EI.sum() == pytest.approx(0, abs=1e-14)
    close(model.W_prime.sum(axis=1), centre, atol=1e-13)


# Relations between the output layers


def test_hierarchical_softmax_is_softmax_for_two_words():
    vocabulary = Vocabulary(("yes", "no"), (3, 1))
    tree_model = Model(vocabulary, N=3, output="hierarchical")
    model = Model(vocabulary, N=3)
    model.W[:] = tree_model.W
    left, right = tree_model.tree.children[0] - 1  # the leaves of the two words
    tree_model.W_prime[:, 0] = model.W_prime[:, left] - model.W_prime[:, right]
    for w_I in (0, 1):
        h = model.W[w_I]
        p = hierarchical.word_probabilities(tree_model.W_prime, h, tree_model.tree)
        close(p, softmax.softmax(softmax.scores(model.W_prime, h)), atol=1e-15)
        for w_O in (0, 1):
            example = Example((w_I,), (w_O,))
            assert tree_model.loss(example) == pytest.approx(model.loss(example), abs=1e-15)
            close(tree_model.gradients(example)[0], model.gradients(example)[0], atol=1e-15)


@pytest.mark.parametrize("m", [0, 1, 4])
def test_the_output_word_among_the_negatives_counts_as_often_as_drawn(m):
    model = make_model("negative")
    row = (1,) * m + (2,) * (4 - m)
    dW_prime = model.gradients(Example((3,), (1,), (row,)))[1]
    y = 1 / (1 + np.exp(-model.W_prime.T @ model.W[3]))
    close(dW_prime[:, 1], ((1 + m) * y[1] - 1) * model.W[3])
    close(dW_prime[:, 2], (4 - m) * y[2] * model.W[3])


def test_the_same_example_serves_every_output_layer():
    for output in OUTPUTS:
        assert math.isfinite(make_model(output).loss(ARCHITECTURES["cbow"]))


def test_step_says_which_columns_it_speaks_of():
    example = ARCHITECTURES["skip-gram"]
    step = make_model("softmax").step(example)
    assert step.columns.tolist() == list(range(7))
    assert (step.u.shape, step.t.shape, step.EI.shape) == ((7,), (3, 7), (7,))
    step = make_model("negative").step(example)
    assert step.columns.tolist() == [1, 2, 1, 0, 2, 2, 3, 3, 3, 2, 1, 1, 1, 5, 6]
    assert step.t.tolist() == [1, 0, 0, 0, 0] * 3
    model = make_model("hierarchical")
    step = model.step(example)
    paths = [model.tree.units[w].tolist() for w in (1, 2, 1)]
    assert step.columns.tolist() == sum(paths, [])
    assert step.u.shape == step.y.shape == step.t.shape == step.e.shape == step.EI.shape


# Large scores


def test_sigmoid_and_its_logarithm_are_finite_for_large_scores():
    u = np.array([-1e4, -50, 0, 50, 1e4])
    close(sigmoid(u), [0, math.exp(-50), 0.5, 1, 1], atol=1e-30)
    close(log_sigmoid(u), [-1e4, -50, -math.log(2), -math.exp(-50), 0], atol=1e-24)
    E, _, e = decide(np.array([1e4, -1e4]), np.array([0.0, 1.0]))
    assert E == 2e4
    assert e.tolist() == [1, -1]


@every_output
@pytest.mark.parametrize("sign", [1, -1])
def test_loss_and_gradients_are_finite_for_large_scores(sign, output):
    model = make_model(output, N=1)
    model.W[:] = sign
    model.W_prime[:] = np.linspace(-1e4, 1e4, model.W_prime.shape[1])
    example = ARCHITECTURES["skip-gram"]
    assert 1e3 < model.loss(example) < 2e5
    assert all(np.isfinite(gradient).all() for gradient in model.gradients(example))


# Seeds and draws


@every_output
def test_a_seed_fixes_weights_and_draws(output):
    examples = [Example((3,), (1, 2))]
    twins = [make_model(output, seed=8) for _ in range(2)]
    histories = [model.train(examples, epochs=3) for model in twins]
    assert histories[0].tolist() == histories[1].tolist()
    assert twins[0].W_prime.tolist() == twins[1].W_prime.tolist()
    assert twins[0].W.tolist() != make_model(output, seed=9).W.tolist()


@every_output
def test_initial_weights_fill_their_range(output):
    model = make_model(output, N=200)
    assert model.W.shape == (7, 200)
    assert model.W_prime.shape == (200, 6 if output == "hierarchical" else 7)
    for A in (model.W, model.W_prime):
        assert -0.5 <= A.min() < -0.49
        assert 0.49 < A.max() <= 0.5


def test_noise_is_the_word_distribution_to_the_power_three_quarters():
    noise = negative.noise_distribution([16, 81, 1])
    close(noise, [8 / 36, 27 / 36, 1 / 36], atol=1e-15)
    close(negative.noise_distribution([16, 81, 1], power=0), [1 / 3] * 3, atol=1e-15)
    _, vocabulary = toy_corpus()
    close(make_model("negative").noise, negative.noise_distribution(vocabulary.counts))


def test_draws_follow_the_noise():
    model = make_model("negative", seed=1)
    model.noise = negative.noise_distribution([5, 1, 1, 1, 1, 1, 1], power=2)
    rows = [model.draw(Example((3,), (1, 0))).negatives for _ in range(2000)]
    shares = np.bincount(np.ravel(rows), minlength=7) / np.size(rows)
    assert np.shape(rows) == (2000, 2, 4)
    spread = np.sqrt(model.noise * (1 - model.noise) / np.size(rows))
    assert (np.abs(shares - model.noise) < 4 * spread).all()


def test_every_step_draws_again_unless_the_example_says_what():
    model = make_model("negative")
    draws = {tuple(model.step(Example((3,), (1,))).columns.tolist()) for _ in range(20)}
    assert len(draws) > 10
    assert {columns[0] for columns in draws} == {1}
    example = ARCHITECTURES["cbow"]
    assert model.step(example).columns.tolist() == [1, 2, 1, 0, 2]
    assert model.draw(example).inputs == example.inputs


# Bad input


@every_output
@pytest.mark.parametrize("j", [7, -1])
@pytest.mark.parametrize("place", ["inputs", "outputs", "negatives"])
def test_a_word_outside_the_vocabulary_is_refused(place, j, output):
    words = {"inputs": (3,), "outputs": (1,), "negatives": ((0, 1, 2, 3),)}
    words[place] = ((0, 1, j, 3),) if place == "negatives" else (0, j)
    if place == "outputs":
        words["negatives"] = ((0, 1, 2, 3), (0, 1, 2, 3))
    model, example = make_model(output), Example(**words)
    for method in (model.loss, model.gradients, model.step, lambda e: model.train([e])):
        with pytest.raises(ValueError, match=rf"{place} holds word index {j}, .* use 0 to 6"):
            method(example)


@pytest.mark.parametrize("eta", [0, -0.1, math.nan, math.inf, True, "0.1", None])
def test_a_learning_rate_must_be_finite_and_above_zero(eta):
    model = make_model("softmax")
    with pytest.raises(ValueError, match=r"eta=.*finite and above 0, e\.g\. 0\.1"):
        model.step(ARCHITECTURES["cbow"], eta)
    with pytest.raises(ValueError, match="eta="):
        model.train([ARCHITECTURES["cbow"]], eta)


def test_a_learning_rate_may_be_any_real_number():
    for eta in (1, np.float32(0.5)):
        make_model("softmax").step(ARCHITECTURES["cbow"], eta)


@pytest.mark.parametrize("value", [0, -2, 2.0, True, "3", None])
@pytest.mark.parametrize("name", ["N", "K", "epochs"])
def test_sizes_are_whole_numbers_of_at_least_one(name, value):
    _, vocabulary = toy_corpus()
    with pytest.raises(ValueError, match=rf"{name}={value!r}: .* at least 1"):
        if name == "epochs":
            make_model("softmax").train([ARCHITECTURES["cbow"]], epochs=value)
        else:
            Model(vocabulary, **{"N": 2, "output": "negative", name: value})


@pytest.mark.parametrize("output", ["Softmax", "", "hs", None, True, 1, ["softmax"]])
def test_an_unknown_output_layer_is_refused(output):
    _, vocabulary = toy_corpus()
    with pytest.raises(ValueError, match='choose "softmax", "hierarchical" or "negative"'):
        Model(vocabulary, 2, output)


def test_training_needs_examples():
    with pytest.raises(ValueError, match=r"examples is empty: .*windows"):
        make_model("softmax").train([])


def test_a_bad_example_is_found_before_the_first_step():
    model = make_model("softmax")
    before = model.W.copy()
    with pytest.raises(ValueError, match="word index 7"):
        model.train([Example((3,), (1,)), Example((3,), (7,))])
    close(model.W, before, atol=0)


def test_a_loss_of_negative_sampling_needs_negatives():
    model = make_model("negative")
    for method in (model.loss, model.gradients):
        with pytest.raises(ValueError, match=r"negatives is None: .*model\.draw\(example\)"):
            method(Example((3,), (1,)))


def test_each_output_needs_K_negatives():
    with pytest.raises(ValueError, match=r"rows of 2 words, but the model has K=4: .*draw"):
        make_model("negative").step(Example((3,), (1,), ((0, 1),)))


@pytest.mark.parametrize("output", ["softmax", "hierarchical"])
def test_only_negative_sampling_draws(output):
    with pytest.raises(ValueError, match=f"output={output!r} draws no words"):
        make_model(output).draw(Example((3,), (1,)))


def test_a_tree_needs_two_words():
    with pytest.raises(ValueError, match="1 words: a tree needs at least 2"):
        Model(Vocabulary(("alone",), (3,)), 2, "hierarchical")
