"""One check for each numbered equation, by a way the library does not go itself.

A derivative is compared with finite differences or with SymPy; an identity, a definition or an
update with sums written out, with a second formula, or with a property it must have.
"""

import itertools
import math

import numpy as np
import pytest
import sympy
from oracle import close, dot, sigma, slope

from w2vlib import Example, Model, Vocabulary, hierarchical, negative, neuron, softmax
from w2vlib.hidden import hidden, input_gradient
from w2vlib.logistic import decide, sigmoid, sigmoid_derivative

VOCABULARY = Vocabulary(tuple("abcdef"), (9, 7, 5, 3, 2, 1))
V, N = 6, 3
FIGURE_4 = (((0, 1), (2, 3)), (4, 5))  # word w_2 is number 1: left, left, right
ONE_WORD = Example((3,), (1,), negatives=((2, 0, 5),))
CBOW = Example((3, 0, 3), (1,), negatives=((2, 0, 2),))
SKIP_GRAM = Example((3,), (1, 4, 1), negatives=((2, 0, 2), (4, 5, 0), (1, 1, 0)))
ETA = 0.1


@pytest.fixture
def rng():
    return np.random.default_rng(1411)


@pytest.fixture
def W(rng):
    return rng.normal(size=(V, N))


@pytest.fixture
def W_prime(rng):
    return rng.normal(size=(N, V))


@pytest.fixture
def h(rng):
    return rng.normal(size=N)


@pytest.fixture
def u(rng):
    return rng.normal(size=V)


@pytest.fixture
def units(rng):
    """The vectors of the V - 1 inner units of a tree, as columns."""
    return rng.normal(size=(N, V - 1))


@pytest.fixture
def tree():
    return hierarchical.build_tree(FIGURE_4)


def make_model(output):
    model = Model(VOCABULARY, N, output, K=3, seed=2738)
    model.W *= 3
    model.W_prime *= 3
    return model


def moves(model, example):
    """How far one step moves W and W_prime, divided by -eta."""
    W, W_prime = model.W.copy(), model.W_prime.copy()
    model.step(example, ETA)
    return (W - model.W) / ETA, (W_prime - model.W_prime) / ETA


def slopes(model, example):
    """Finite differences of the loss at W and W_prime."""
    return [slope(lambda: model.loss(example), A) for A in (model.W, model.W_prime)]


# One-word context


@pytest.mark.equation(1)
def test_eq_01_h_is_a_row_of_W(W):
    for k in range(V):
        close(hidden(W, [k]), W[k])


@pytest.mark.equation(2)
def test_eq_02_a_score_is_an_inner_product(W_prime, h):
    close(softmax.scores(W_prime, h), [dot(W_prime[:, j], h) for j in range(V)])


@pytest.mark.equation(3)
def test_eq_03_softmax_makes_odds_of_differences(u):
    y = softmax.softmax(u)
    assert y.sum() == pytest.approx(1)
    close(np.divide.outer(y, y), np.exp(np.subtract.outer(u, u)))


@pytest.mark.equation(4)
def test_eq_04_probability_from_two_vectors_a_word(W, W_prime):
    y = softmax.output_layer(W_prime, hidden(W, [3]), [1]).y
    weights = [math.exp(dot(W_prime[:, j], W[3])) for j in range(V)]
    close(y, np.array(weights) / math.fsum(weights))


@pytest.mark.equation(5)
def test_eq_05_the_most_probable_word_has_the_largest_score(u):
    p = [softmax.probability(u, [j]) for j in range(V)]
    assert math.fsum(p) == pytest.approx(1)
    assert np.argsort(p).tolist() == np.argsort(u).tolist()


@pytest.mark.equation(6)
def test_eq_06_the_logarithm_keeps_the_maximum(u):
    p = [softmax.probability(u, [j]) for j in range(V)]
    log_p = [softmax.log_probability(u, [j]) for j in range(V)]
    close(log_p, [math.log(value) for value in p])
    assert np.argmax(log_p) == np.argmax(p)


@pytest.mark.equation(7)
def test_eq_07_loss_is_the_cross_entropy(u):
    t = np.eye(V)[1]
    assert softmax.loss(u, [1]) == pytest.approx(-(t * np.log(softmax.softmax(u))).sum())
    assert softmax.loss(np.full(V, 7.0), [1]) == pytest.approx(math.log(V))


@pytest.mark.equation(8)
def test_eq_08_error_is_the_slope_at_the_scores(W_prime, h):
    symbols = sympy.symbols("u0:6", real=True)
    Z = sum(map(sympy.exp, symbols))
    E = -symbols[1] + sympy.log(Z)
    for j, u_j in enumerate(symbols):
        assert sympy.simplify(sympy.diff(E, u_j) - (sympy.exp(u_j) / Z - int(j == 1))) == 0
    out = softmax.output_layer(W_prime, h, [1])
    close(out.e, slope(lambda: softmax.loss(out.u, [1]), out.u))


@pytest.mark.equation(9)
def test_eq_09_gradient_of_the_output_weights(W_prime, h):
    out = softmax.output_layer(W_prime, h, [1])
    close(out.dW_prime, slope(lambda: softmax.output_layer(W_prime, h, [1]).E, W_prime))


@pytest.mark.equation(10)
def test_eq_10_each_output_weight_moves_by_error_times_hidden():
    model = make_model("softmax")
    old = model.W_prime.copy()
    step = model.step(ONE_WORD, ETA)
    for i, j in np.ndindex(N, V):
        assert model.W_prime[i, j] == pytest.approx(old[i, j] - ETA * step.e[j] * step.h[i])


@pytest.mark.equation(11)
def test_eq_11_every_output_vector_moves_and_their_sum_stays():
    model = make_model("softmax")
    old = model.W_prime.copy()
    step = model.step(ONE_WORD, ETA)
    assert np.abs(model.W_prime - old).max(axis=0).min() > 0
    close(model.W_prime.sum(axis=1), old.sum(axis=1))
    close(model.W_prime.T @ step.h - step.u, -ETA * step.e * dot(step.h, step.h))


@pytest.mark.equation(12)
def test_eq_12_EH_is_the_slope_at_h(W_prime, h):
    EH = softmax.output_layer(W_prime, h, [1]).EH
    close(EH, slope(lambda: softmax.output_layer(W_prime, h, [1]).E, h))


@pytest.mark.equation(13)
def test_eq_13_h_component_by_component(W):
    x = [0, 0.5, 0, 0.5, 0, 0]
    close(hidden(W, [1, 3]), [dot(x, W[:, i]) for i in range(N)])


@pytest.mark.equation(14)
def test_eq_14_gradient_of_the_input_weights():
    model = make_model("softmax")
    close(model.gradients(ONE_WORD)[0], slopes(model, ONE_WORD)[0])


@pytest.mark.equation(15)
def test_eq_15_only_the_row_of_the_input_word_is_not_zero(h):
    dW = input_gradient([3], h, V)
    close(dW, [h if k == 3 else np.zeros(N) for k in range(V)])


@pytest.mark.equation(16)
def test_eq_16_the_input_vector_moves_against_its_slope():
    model = make_model("softmax")
    expected = slopes(model, ONE_WORD)[0]
    moved = moves(model, ONE_WORD)[0]
    close(moved, expected)
    assert np.flatnonzero(moved.any(axis=1)).tolist() == [3]


# Continuous bag-of-words


@pytest.mark.equation(17)
def test_eq_17_h_from_the_mean_one_hot_vector(W):
    x = np.eye(V)[[3, 0, 3]].mean(axis=0)
    close(hidden(W, [3, 0, 3]), W.T @ x)


@pytest.mark.equation(18)
def test_eq_18_h_is_the_mean_of_the_input_vectors(W):
    for inputs in itertools.permutations([3, 0, 3]):
        close(hidden(W, inputs), (W[3] + W[0] + W[3]) / 3)


@pytest.mark.equation(19)
def test_eq_19_loss_of_a_word_given_its_context():
    model = make_model("softmax")
    u = model.step(CBOW).u
    E = [-softmax.log_probability(u, [j]) for j in range(V)]
    assert math.fsum(math.exp(-value) for value in E) == pytest.approx(1)


@pytest.mark.equation(20)
def test_eq_20_loss_from_the_scores():
    model = make_model("softmax")
    E = model.loss(CBOW)
    u = model.step(CBOW).u
    assert E == pytest.approx(-u[1] + math.log(math.fsum(map(math.exp, u))))


@pytest.mark.equation(21)
def test_eq_21_loss_from_the_vectors():
    model = make_model("softmax")
    h = (model.W[3] + model.W[0] + model.W[3]) / 3
    products = [dot(model.W_prime[:, j], h) for j in range(V)]
    Z = math.fsum(math.exp(product) for product in products)
    assert model.loss(CBOW) == pytest.approx(-products[1] + math.log(Z))


@pytest.mark.equation(22)
def test_eq_22_output_vectors_move_against_the_slope_of_cbow():
    model = make_model("softmax")
    expected = slopes(model, CBOW)[1]
    close(moves(model, CBOW)[1], expected)


@pytest.mark.equation(23)
def test_eq_23_each_context_word_gets_its_share():
    model = make_model("softmax")
    expected = slopes(model, CBOW)[0]
    moved = moves(model, CBOW)[0]
    close(moved, expected)
    close(moved[3], 2 * moved[0])


# Skip-gram


@pytest.mark.equation(24)
def test_eq_24_h_does_not_depend_on_the_context():
    model = make_model("softmax")
    row = model.W[3].copy()
    close(model.step(SKIP_GRAM).h, row)


@pytest.mark.equation(25)
def test_eq_25_each_panel_is_one_softmax(W_prime, h):
    out = softmax.output_layer(W_prime, h, SKIP_GRAM.outputs)
    for panel in out.e + out.t:
        assert panel.sum() == pytest.approx(1)
        close(np.log(panel) - out.u, np.full(V, np.log(panel[0]) - out.u[0]))


@pytest.mark.equation(26)
def test_eq_26_panels_share_their_scores(W_prime, h):
    for outputs in ([1, 4, 1], [0, 2], [5]):
        u = softmax.output_layer(W_prime, h, outputs).u
        close(u, [dot(W_prime[:, j], h) for j in range(V)])


@pytest.mark.equation(27)
def test_eq_27_joint_loss_belongs_to_a_distribution_over_contexts(u):
    contexts = itertools.product(range(V), repeat=3)
    p = [math.exp(softmax.log_probability(u, context)) for context in contexts]
    assert math.fsum(p) == pytest.approx(1)


@pytest.mark.equation(28)
def test_eq_28_panels_multiply(u):
    Z = math.fsum(map(math.exp, u))
    p_1, p_4 = math.exp(u[1]) / Z, math.exp(u[4]) / Z
    assert softmax.probability(u, [1, 4, 1]) == pytest.approx(p_1 * p_4 * p_1)


@pytest.mark.equation(29)
def test_eq_29_the_least_loss_is_the_entropy_of_the_context():
    outputs = [0, 1, 1, 2, 2, 2]
    shares = np.array([1, 2, 3]) / 6
    entropy = -(shares * np.log(shares)).sum()
    assert softmax.loss(np.log(shares) + 0.7, outputs) == pytest.approx(6 * entropy)


@pytest.mark.equation(30)
def test_eq_30_error_is_the_slope_at_the_scores_of_each_panel(W_prime, h):
    outputs = [1, 4, 1]
    out = softmax.output_layer(W_prime, h, outputs)
    U = np.tile(out.u, (3, 1))  # untied: each panel may be moved alone

    def loss():
        return sum(math.log(np.exp(U[c]).sum()) - U[c, j] for c, j in enumerate(outputs))

    close(out.e, slope(loss, U))


@pytest.mark.equation(31)
def test_eq_31_EI_is_the_slope_at_the_shared_scores(W_prime, h):
    out = softmax.output_layer(W_prime, h, [1, 4, 1])
    close(out.EI, 3 * out.y - [0, 2, 0, 0, 1, 0])
    close(out.EI, slope(lambda: softmax.loss(out.u, [1, 4, 1]), out.u))


@pytest.mark.equation(32)
def test_eq_32_gradient_of_the_output_weights_over_panels(W_prime, h):
    out = softmax.output_layer(W_prime, h, [1, 4, 1])
    close(out.dW_prime, slope(lambda: softmax.output_layer(W_prime, h, [1, 4, 1]).E, W_prime))


@pytest.mark.equation(33)
def test_eq_33_each_output_weight_moves_by_EI_times_hidden():
    model = make_model("softmax")
    old = model.W_prime.copy()
    step = model.step(SKIP_GRAM, ETA)
    for i, j in np.ndindex(N, V):
        error = math.fsum(step.e[:, j])
        assert model.W_prime[i, j] == pytest.approx(old[i, j] - ETA * error * step.h[i])


@pytest.mark.equation(34)
def test_eq_34_every_output_vector_moves_against_its_slope():
    model = make_model("softmax")
    expected = slopes(model, SKIP_GRAM)[1]
    moved = moves(model, SKIP_GRAM)[1]
    close(moved, expected)
    close(moved.sum(axis=1), np.zeros(N))
    assert np.abs(moved).max(axis=0).min() > 0


@pytest.mark.equation(35)
def test_eq_35_the_input_vector_moves_once_for_the_whole_context():
    model = make_model("softmax")
    expected = slopes(model, SKIP_GRAM)[0]
    close(moves(model, SKIP_GRAM)[0], expected)


@pytest.mark.equation(36)
def test_eq_36_EH_adds_up_over_panels(W_prime, h):
    EH = softmax.output_layer(W_prime, h, [1, 4, 1]).EH
    close(EH, sum(softmax.output_layer(W_prime, h, [j]).EH for j in [1, 4, 1]))
    close(EH, slope(lambda: softmax.output_layer(W_prime, h, [1, 4, 1]).E, h))


# Hierarchical softmax


@pytest.mark.equation(37)
def test_eq_37_a_word_is_a_product_of_decisions(tree, units, h):
    s = [sigma(dot(units[:, n], h)) for n in range(V - 1)]
    expected = [
        s[0] * s[1] * s[2],
        s[0] * s[1] * (1 - s[2]),
        s[0] * (1 - s[1]) * s[3],
        s[0] * (1 - s[1]) * (1 - s[3]),
        (1 - s[0]) * s[4],
        (1 - s[0]) * (1 - s[4]),
    ]
    close(hierarchical.word_probabilities(units, h, tree), expected)


@pytest.mark.equation(38)
def test_eq_38_left_counts_plus_one_and_right_minus_one():
    u = np.array([0.7])
    left, right = (decide(u, np.array([t]))[0] for t in (1.0, 0.0))
    assert right - left == pytest.approx(0.7)  # log sigma(u) - log sigma(-u) = u


@pytest.mark.equation(39)
def test_eq_39_probability_of_a_step_to_the_left(units, h):
    tree = hierarchical.build_tree((0, 1))
    left, _ = hierarchical.word_probabilities(units[:, :1], h, tree)
    assert math.log(left / (1 - left)) == pytest.approx(dot(units[:, 0], h))


@pytest.mark.equation(40)
def test_eq_40_probability_of_a_step_to_the_right(units, h):
    tree = hierarchical.build_tree((0, 1))
    left, right = hierarchical.word_probabilities(units[:, :1], h, tree)
    assert right == pytest.approx(1 - left)
    assert right == pytest.approx(sigma(-dot(units[:, 0], h)))


@pytest.mark.equation(41)
def test_eq_41_the_walk_to_the_second_word_of_figure_4(tree, units, h):
    p = hierarchical.word_probabilities(units, h, tree)
    step_1 = p[:4].sum()  # words 0 to 3 hang on the left child of the root
    step_2 = p[:2].sum() / p[:4].sum()
    p_left = [sigma(dot(units[:, n], h)) for n in (0, 1, 2)]
    close([step_1, step_2, p[1]], [p_left[0], p_left[1], p_left[0] * p_left[1] * (1 - p_left[2])])


@pytest.mark.equation(42)
def test_eq_42_the_same_walk_in_sigmas(tree, units, h):
    u1, u2, u3 = (dot(units[:, n], h) for n in (0, 1, 2))
    p = hierarchical.word_probabilities(units, h, tree)[1]
    assert p == pytest.approx(sigma(u1) * sigma(u2) * sigma(-u3))


@pytest.mark.equation(43)
def test_eq_43_probabilities_add_up_to_one(tree, units, h):
    p = hierarchical.word_probabilities(units, h, tree)
    passes = hierarchical.unit_probabilities(p, tree)
    assert passes[0] == pytest.approx(1)
    nodes = np.concatenate([passes, p])
    close(nodes[tree.children].sum(axis=1), passes)  # the step of the induction


@pytest.mark.equation(44)
def test_eq_44_labels_lead_from_the_root_to_the_word(tree):
    for w in range(V):
        node = 0
        for unit, t in zip(tree.units[w], tree.labels[w], strict=True):
            assert node == unit
            node = tree.children[node, 0 if t == 1 else 1]
        assert node == V - 1 + w


@pytest.mark.equation(45)
def test_eq_45_path_vectors_belong_to_the_units_on_the_path(tree, units, h):
    u = hierarchical.output_layer(units, h, [1], tree).u
    close(u, [dot(units[:, n], h) for n in (0, 1, 2)])
    u = hierarchical.output_layer(units, h, [4], tree).u
    close(u, [dot(units[:, n], h) for n in (0, 4)])


@pytest.mark.equation(46)
def test_eq_46_loss_is_minus_log_probability(tree, units, h):
    p = hierarchical.word_probabilities(units, h, tree)
    for w in range(V):
        E = hierarchical.output_layer(units, h, [w], tree).E
        assert E == pytest.approx(-math.log(p[w]))


def logistic_symbols():
    u = sympy.symbols("u", real=True)
    return u, lambda z: 1 / (1 + sympy.exp(-z))


@pytest.mark.equation(47)
def test_eq_47_slope_at_the_score_of_a_unit():
    u, s = logistic_symbols()
    for t, sign in ((1, 1), (0, -1)):
        form = (s(sign * u) - 1) * sign
        assert sympy.simplify(sympy.diff(-sympy.log(s(sign * u)), u) - form) == 0
        _, _, e = decide(np.array([0.7]), np.array([t]))
        close(e, [float(form.subs(u, 0.7))])


@pytest.mark.equation(48)
def test_eq_48_slope_by_cases():
    u, s = logistic_symbols()
    for t, sign, form in ((1, 1, s(u) - 1), (0, -1, s(u))):
        assert sympy.simplify((s(sign * u) - 1) * sign - form) == 0
        _, _, e = decide(np.array([-0.4]), np.array([t]))
        close(e, [float(form.subs(u, -0.4))])


@pytest.mark.equation(49)
def test_eq_49_slope_is_sigma_minus_label(u):
    symbol, s = logistic_symbols()
    for t, case in ((1, s(symbol) - 1), (0, s(symbol))):
        assert sympy.simplify(case - (s(symbol) - t)) == 0
    t = np.array([1, 0, 0, 1, 1, 0])
    close(decide(u, t)[2], slope(lambda: decide(u, t)[0], u))


@pytest.mark.equation(50)
def test_eq_50_gradient_of_the_unit_vectors():
    model = make_model("hierarchical")
    dW_prime = model.gradients(ONE_WORD)[1]
    close(dW_prime, slopes(model, ONE_WORD)[1])


@pytest.mark.equation(51)
def test_eq_51_only_the_units_on_the_path_move():
    model = make_model("hierarchical")
    expected = slopes(model, ONE_WORD)[1]
    moved = moves(model, ONE_WORD)[1]
    close(moved, expected)
    assert sorted(np.flatnonzero(moved.any(axis=0))) == sorted(model.tree.units[1])


@pytest.mark.equation(52)
def test_eq_52_chain_rule_from_the_scores_to_h(tree, units, h):
    out = hierarchical.output_layer(units, h, [1], tree)
    dE_du = slope(lambda: decide(out.u, out.t)[0], out.u)
    du_dh = [slope(lambda n=n: dot(units[:, n], h), h) for n in (0, 1, 2)]
    close(out.EH, dE_du @ du_dh)


@pytest.mark.equation(53)
def test_eq_53_slope_at_h_is_an_error_weighted_sum(tree, units, h):
    errors = [sigma(dot(units[:, n], h)) - t for n, t in ((0, 1), (1, 1), (2, 0))]
    EH = hierarchical.output_layer(units, h, [1], tree).EH
    close(EH, [dot(errors, units[i, :3]) for i in range(N)])


@pytest.mark.equation(54)
@pytest.mark.parametrize("example", [CBOW, SKIP_GRAM], ids=["cbow", "skip-gram"])
def test_eq_54_EH_moves_the_input_vectors(example):
    model = make_model("hierarchical")
    expected = slopes(model, example)[0]
    close(moves(model, example)[0], expected)


# Negative sampling


@pytest.mark.equation(55)
def test_eq_55_loss_of_one_word_against_its_negatives(W_prime, h):
    E = negative.output_layer(W_prime, h, [1], [[2, 0, 2]]).E
    observed, *noise = (dot(W_prime[:, j], h) for j in (1, 2, 0, 2))
    assert E == pytest.approx(
        -math.log(sigma(observed)) - math.fsum(math.log(sigma(-u)) for u in noise)
    )


@pytest.mark.equation(56)
def test_eq_56_slope_at_the_score_by_cases(W_prime, h):
    u, s = logistic_symbols()
    observed = sympy.diff(-sympy.log(s(u)), u)
    drawn = sympy.diff(-sympy.log(s(-u)), u)
    assert sympy.simplify(observed - (s(u) - 1)) == 0
    assert sympy.simplify(drawn - s(u)) == 0
    out = negative.output_layer(W_prime, h, [1], [[2]])
    close(out.e, [float(observed.subs(u, out.u[0])), float(drawn.subs(u, out.u[1]))])


@pytest.mark.equation(57)
@pytest.mark.parametrize("m", [0, 1, 3])
def test_eq_57_errors_add_up_when_the_word_itself_is_drawn(m, W_prime, h):
    u, s = logistic_symbols()
    E = -sympy.log(s(u)) - m * sympy.log(s(-u))
    coefficient = (s(u) - 1) + m * (s(u) - 0)
    assert sympy.simplify(sympy.diff(E, u) - coefficient) == 0
    out = negative.output_layer(W_prime, h, [1], [[1] * m])
    assert out.e.sum() == pytest.approx((1 + m) * sigma(dot(W_prime[:, 1], h)) - 1)


@pytest.mark.equation(58)
def test_eq_58_gradient_of_the_output_vectors():
    model = make_model("negative")
    close(model.gradients(SKIP_GRAM)[1], slopes(model, SKIP_GRAM)[1])


@pytest.mark.equation(59)
@pytest.mark.parametrize("example, moving", [(ONE_WORD, [0, 1, 2, 5]), (CBOW, [0, 1, 2])])
def test_eq_59_only_the_word_and_its_negatives_move(example, moving):
    model = make_model("negative")
    expected = slopes(model, example)[1]
    moved = moves(model, example)[1]
    close(moved, expected)
    assert np.flatnonzero(moved.any(axis=0)).tolist() == moving


@pytest.mark.equation(60)
def test_eq_60_chain_rule_from_the_scores_to_h(W_prime, h):
    out = negative.output_layer(W_prime, h, [1], [[2, 1, 2]])
    dE_du = slope(lambda: decide(out.u, out.t)[0], out.u)
    du_dh = [slope(lambda j=j: dot(W_prime[:, j], h), h) for j in (1, 2, 1, 2)]
    close(out.EH, dE_du @ du_dh)


@pytest.mark.equation(61)
@pytest.mark.parametrize("example", [CBOW, SKIP_GRAM], ids=["cbow", "skip-gram"])
def test_eq_61_EH_moves_the_input_vectors(example):
    model = make_model("negative")
    expected = slopes(model, example)[0]
    close(moves(model, example)[0], expected)


# Appendix: one neuron


@pytest.fixture
def w():
    return np.array([0.5, -1.5, 2.0])


@pytest.fixture
def x():
    return np.array([1.0, 0.4, -0.3])


@pytest.mark.equation(62)
def test_eq_62_output_is_the_link_function_of_the_net_input(w, x):
    assert neuron.neuron(w, x, np.exp) == pytest.approx(math.exp(0.5 - 0.6 - 0.6))


@pytest.mark.equation(63)
def test_eq_63_net_input_is_a_weighted_sum(w, x):
    assert neuron.net_input(w, x) == pytest.approx(0.5 * 1 - 1.5 * 0.4 - 2 * 0.3)


@pytest.mark.equation(64)
def test_eq_64_net_input_is_an_inner_product(w, x):
    close(slope(lambda: neuron.net_input(w, x), x), w)
    close(slope(lambda: neuron.net_input(w, x), w), x)


@pytest.mark.equation(65)
def test_eq_65_the_step_is_at_zero():
    close(neuron.unit_step([-2, -1e-9, 0, 1e-9, 2]), [0, 0, 0, 1, 1])


@pytest.mark.equation(66)
def test_eq_66_a_perceptron_learns_and_then_stays():
    points = [np.array(p, dtype=float) for p in ((1, 0, 0), (1, 0, 1), (1, 1, 0), (1, 1, 1))]
    w = np.zeros(3)
    neuron.update_perceptron(w, points[3], 1, eta=0.5)
    close(w, [0.5, 0.5, 0.5])
    for _ in range(20):
        for p in points:
            neuron.update_perceptron(w, p, float(p.all()), eta=0.5)
    assert [neuron.neuron(w, p, neuron.unit_step) for p in points] == [0, 0, 0, 1]


@pytest.mark.equation(67)
def test_eq_67_sigmoid_turns_log_odds_into_a_probability():
    assert sigmoid(0) == 0.5
    for p in (0.01, 0.3, 0.9):
        assert sigmoid(math.log(p / (1 - p))) == pytest.approx(p)


@pytest.mark.equation(68)
def test_eq_68_sigmoid_is_symmetric(u):
    symbol, s = logistic_symbols()
    assert sympy.simplify(s(-symbol) - (1 - s(symbol))) == 0
    close(sigmoid(-u) + sigmoid(u), np.ones(V))


@pytest.mark.equation(69)
def test_eq_69_slope_of_the_sigmoid(u):
    symbol, s = logistic_symbols()
    assert sympy.simplify(sympy.diff(s(symbol), symbol) - s(symbol) * s(-symbol)) == 0
    close(sigmoid_derivative(u), [(sigma(z + 1e-5) - sigma(z - 1e-5)) / 2e-5 for z in u])


@pytest.mark.equation(70)
def test_eq_70_squared_error_of_one_output():
    assert neuron.squared_error(np.array(0.8), 1.0) == pytest.approx(0.02)


def unit_error(w, x, t):
    return 0.5 * (t - sigma(dot(w, x))) ** 2


@pytest.mark.equation(71)
def test_eq_71_chain_rule_for_a_logistic_unit(w, x):
    close(neuron.logistic_gradient(w, x, 1), slope(lambda: unit_error(w, x, 1), w))


@pytest.mark.equation(72)
def test_eq_72_closed_form_for_a_logistic_unit(w, x):
    w_i, x_i, rest, t = sympy.symbols("w_i x_i rest t", real=True)
    y = 1 / (1 + sympy.exp(-(w_i * x_i + rest)))
    form = (y - t) * y * (1 - y) * x_i
    assert sympy.simplify(sympy.diff((t - y) ** 2 / 2, w_i) - form) == 0
    values = {w_i: w[0], x_i: x[0], rest: dot(w[1:], x[1:]), t: 1}
    assert neuron.logistic_gradient(w, x, 1)[0] == pytest.approx(float(form.subs(values)))


@pytest.mark.equation(73)
def test_eq_73_a_logistic_unit_moves_against_its_slope(w, x):
    expected = w - ETA * slope(lambda: unit_error(w, x, 1), w)
    neuron.update_logistic(w, x, 1, ETA)
    close(w, expected)


# Appendix: the two-layer network

T = np.array([1.0, 0.0])


@pytest.fixture
def U(rng):
    """The weights W' of a network with N hidden and two output units."""
    return rng.normal(size=(N, 2))


@pytest.fixture
def z(rng):
    return rng.normal(size=V)


def output_error(h, U):
    """Squared error of the output layer, summed unit by unit."""
    return 0.5 * math.fsum((sigma(dot(U[:, j], h)) - T[j]) ** 2 for j in range(2))


def network_error(W, U, z):
    return output_error([sigma(dot(W[:, i], z)) for i in range(N)], U)


@pytest.mark.equation(74)
def test_eq_74_hidden_layer_of_the_network(W, U, z):
    close(neuron.forward(W, U, z)[0], [sigma(dot(W[:, i], z)) for i in range(N)])


@pytest.mark.equation(75)
def test_eq_75_output_layer_of_the_network(W, U, z):
    h, y = neuron.forward(W, U, z)
    close(y, [sigma(dot(U[:, j], h)) for j in range(2)])


@pytest.mark.equation(76)
def test_eq_76_squared_error_of_all_outputs():
    assert neuron.squared_error(np.array([0.8, 0.3]), T) == pytest.approx(0.02 + 0.045)


@pytest.mark.equation(77)
def test_eq_77_slope_at_the_outputs(W, U, z):
    step = neuron.backward(W, U, z, T)
    dE_dy = slope(lambda: neuron.squared_error(step.y, T), step.y)
    close(step.EI_prime / (step.y * (1 - step.y)), dE_dy)


@pytest.mark.equation(78)
def test_eq_78_slope_at_the_net_input_of_the_outputs(W, U, z):
    step = neuron.backward(W, U, z, T)
    u_prime = np.log(step.y / (1 - step.y))
    outputs = np.eye(2)
    close(step.EI_prime, slope(lambda: output_error(u_prime, outputs), u_prime))


@pytest.mark.equation(79)
def test_eq_79_gradient_of_the_output_weights_of_the_network(W, U, z):
    close(neuron.backward(W, U, z, T).dW_prime, slope(lambda: network_error(W, U, z), U))


@pytest.mark.equation(80)
def test_eq_80_output_weights_move_against_their_slope(W, U, z):
    expected = U - ETA * slope(lambda: network_error(W, U, z), U)
    neuron.update_network(W, U, z, T, ETA)
    close(U, expected)


@pytest.mark.equation(81)
def test_eq_81_output_weights_move_by_EI_prime_times_hidden(W, U, z):
    old = U.copy()
    step = neuron.update_network(W, U, z, T, ETA)
    for i, j in np.ndindex(N, 2):
        assert U[i, j] == pytest.approx(old[i, j] - ETA * step.EI_prime[j] * step.h[i])


@pytest.mark.equation(82)
def test_eq_82_slope_at_the_hidden_layer(W, U, z):
    step = neuron.backward(W, U, z, T)
    close(step.EH, slope(lambda: output_error(step.h, U), step.h))


@pytest.mark.equation(83)
def test_eq_83_slope_at_the_net_input_of_the_hidden_layer(W, U, z):
    step = neuron.backward(W, U, z, T)
    u = np.log(step.h / (1 - step.h))
    close(step.EI, slope(lambda: output_error([sigma(u_i) for u_i in u], U), u))


@pytest.mark.equation(84)
def test_eq_84_gradient_of_the_input_weights_of_the_network(W, U, z):
    close(neuron.backward(W, U, z, T).dW, slope(lambda: network_error(W, U, z), W))


@pytest.mark.equation(85)
def test_eq_85_input_weights_move_against_their_slope(W, U, z):
    expected = W - ETA * slope(lambda: network_error(W, U, z), W)
    neuron.update_network(W, U, z, T, ETA)
    close(W, expected)
