"""Small sabotages of the library, each of which the tests must notice.

A mutation replaces a piece of text, found once in a file, in a copy of ``w2vlib``. Where it lists
equations, their checks in ``test_equations.py`` must fail; where not, another quick test must.
"""

import multiprocessing
import re
import shutil
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import NamedTuple

import pytest

import w2vlib

PACKAGE = Path(w2vlib.__file__).parent
TESTS = Path(__file__).parent
GUARDED = ["logistic", "neuron", "corpus", "hidden", "softmax", "hierarchical", "negative", "model"]


class Mutation(NamedTuple):
    label: str
    file: str
    old: str
    new: str
    equations: tuple[int, ...] = ()


MUTATIONS = [
    # the logistic function and its decisions
    Mutation("sigma(-u) for sigma(u)", "logistic", "(u >= 0, 1, z)", "(u >= 0, z, 1)", (67,)),
    Mutation("sigma(|u|)", "logistic", "np.where(u >= 0, 1, z) /", "1 /", (67, 68)),
    Mutation(
        "sigma for its slope",
        "logistic",
        "sigmoid(u) * sigmoid(np.negative(u))",
        "sigmoid(u)",
        (69, 71, 72, 73),
    ),
    Mutation(
        "right counts 0",
        "logistic",
        "np.where(t == 1, 1, -1)",
        "np.where(t == 1, 1, 0)",
        (38, 46, 55),
    ),
    Mutation(
        "left and right swapped",
        "logistic",
        "np.where(t == 1, 1, -1)",
        "np.where(t == 1, -1, 1)",
        (38, 46, 49, 55),
    ),
    Mutation(
        "sigma without its logarithm",
        "logistic",
        "-log_sigmoid(sign * u)",
        "-sigmoid(sign * u)",
        (38, 46, 55),
    ),
    Mutation(
        "t - y in a decision",
        "logistic",
        "e = y - t",
        "e = t - y",
        (47, 48, 49, 50, 51, 52, 53, 54, 56, 57, 58, 59, 60, 61),
    ),
    Mutation(
        "squared error in a decision",
        "logistic",
        "e = y - t",
        "e = (y - t) * y * (1 - y)",
        (47, 48, 49, 56, 57),
    ),
    Mutation(
        "decisions climb",
        "logistic",
        "np.subtract.at(W_prime.T",
        "np.add.at(W_prime.T",
        (51, 59),
    ),
    Mutation(
        "a set of columns for a multiset",
        "logistic",
        "np.subtract.at(W_prime.T, columns, eta * dW_prime.T)",
        "W_prime.T[columns] -= eta * dW_prime.T",
        (59,),
    ),
    # one neuron
    Mutation("no link function", "neuron", "f(net_input(w, x))", "net_input(w, x)", (62, 66)),
    Mutation("mean of the inputs", "neuron", "return w @ x", "return w @ x / len(x)", (63, 64)),
    Mutation("a bias", "neuron", "return w @ x", "return w @ x + 1", (63,)),
    Mutation("step at 0 and above", "neuron", "np.asarray(u) > 0", "np.asarray(u) >= 0", (65,)),
    Mutation("perceptron flees", "neuron", "w -= eta * (y - t)", "w += eta * (y - t)", (66,)),
    Mutation("squared error not halved", "neuron", "0.5 * np.square", "np.square", (70, 76)),
    Mutation(
        "mean squared error", "neuron", "np.square(y - t).sum()", "np.square(y - t).mean()", (76,)
    ),
    Mutation("factor y(1 - y) dropped", "neuron", "dE_dy * dy_du * x", "dE_dy * x", (71, 72, 73)),
    Mutation(
        "logistic unit climbs",
        "neuron",
        "w -= eta * logistic_gradient",
        "w += eta * logistic_gradient",
        (73,),
    ),
    # the two-layer network
    Mutation("linear hidden layer", "neuron", "h = sigmoid(W.T @ x)", "h = W.T @ x", (74,)),
    Mutation("linear output", "neuron", "y = sigmoid(W_prime.T @ h)", "y = W_prime.T @ h", (75,)),
    Mutation("t - y in the network", "neuron", "dE_dy = y - t", "dE_dy = t - y", (77, 78, 79)),
    Mutation("EI' without 1 - y", "neuron", "dE_dy * y * (1 - y)", "dE_dy * y", (78, 79, 82)),
    Mutation(
        "dW' from dE/dy", "neuron", "np.outer(h, EI_prime)", "np.outer(h, dE_dy)", (79, 80, 81)
    ),
    Mutation("output weights climb", "neuron", "W_prime -= eta", "W_prime += eta", (80, 81)),
    Mutation("EH from dE/dy", "neuron", "W_prime @ EI_prime", "W_prime @ dE_dy", (82, 83)),
    Mutation("EI without 1 - h", "neuron", "EH * h * (1 - h)", "EH * h", (83, 84)),
    Mutation("dW from EH", "neuron", "np.outer(x, EI)", "np.outer(x, EH)", (84, 85)),
    Mutation(
        "dW from the new W'",
        "neuron",
        "W -= eta * step.dW",
        "W -= eta * backward(W, W_prime, x, t).dW",
        (85,),
    ),
    # the hidden layer
    Mutation(
        "an activation on h",
        "hidden",
        "return W[words].T @ x",
        "return np.tanh(W[words].T @ x)",
        (1, 13, 17, 18, 24),
    ),
    Mutation("sum for mean in h", "hidden", "x = m / len(inputs)", "x = m", (13, 17, 18)),
    Mutation(
        "a set of inputs in h",
        "hidden",
        "x = m / len(inputs)",
        "x = np.ones(len(words)) / len(words)",
        (17, 18),
    ),
    Mutation("sign of dW", "hidden", "np.outer(x, EH)", "np.outer(x, -EH)", (14, 15)),
    Mutation("a set of inputs in dW", "hidden", "np.outer(x, EH)", "np.outer(x > 0, EH)"),
    Mutation("1/C dropped in dW", "hidden", "minlength=V) / len(inputs)", "minlength=V)"),
    Mutation(
        "input vectors climb", "hidden", "np.subtract.at(W", "np.add.at(W", (16, 23, 35, 54, 61)
    ),
    Mutation(
        "1/C dropped in the step", "hidden", "eta * EH / len(inputs)", "eta * EH", (23, 54, 61)
    ),
    Mutation(
        "a set of inputs in the step",
        "hidden",
        "np.subtract.at(W, list(inputs), eta * EH / len(inputs))",
        "W[list(inputs)] -= eta * EH / len(inputs)",
        (23, 54, 61),
    ),
    # softmax
    Mutation(
        "scores divided by N", "softmax", "W_prime.T @ h", "W_prime.T @ h / len(h)", (2, 4, 21, 26)
    ),
    Mutation("one more outcome", "softmax", "z / z.sum()", "z / (1 + z.sum())", (3, 4, 5, 7, 25)),
    Mutation("a sigmoid a word", "softmax", "return z / z.sum()", "return z / (1 + z)", (3, 4, 25)),
    Mutation("panels add", "softmax", "[list(outputs)].prod()", "[list(outputs)].sum()", (28,)),
    Mutation(
        "probability of the others",
        "softmax",
        "softmax(u)[list(outputs)].prod()",
        "(1 - softmax(u))[list(outputs)].prod()",
        (5, 6, 28),
    ),
    Mutation("log p = E", "softmax", "return -loss(u", "return loss(u", (6, 19, 27)),
    Mutation(
        "target score added",
        "softmax",
        "log_sum - u[",
        "log_sum + u[",
        (6, 7, 8, 19, 20, 21, 27, 29),
    ),
    Mutation(
        "one log Z for C panels", "softmax", "len(outputs) * log_sum", "log_sum", (27, 29, 31)
    ),
    Mutation("softmax at half heat", "softmax", "y = softmax(u)", "y = softmax(2 * u)", (4, 9, 12)),
    Mutation("loss of y", "softmax", "E = loss(u, outputs)", "E = loss(u / 2, outputs)", (20, 21)),
    Mutation(
        "t - y",
        "softmax",
        "e = y - t",
        "e = t - y",
        (8, 9, 12, 14, 16, 22, 23, 30, 31, 32, 34, 35, 36),
    ),
    Mutation(
        "y minus multi-hot, as in wevi",
        "softmax",
        "EI = e.sum(axis=0)",
        "EI = y - t.max(axis=0)",
        (31, 32, 33, 34, 35, 36),
    ),
    Mutation("mean over panels", "softmax", "e.sum(axis=0)", "e.mean(axis=0)", (31, 32, 33, 34)),
    Mutation("dW' from y", "softmax", "np.outer(h, EI)", "np.outer(h, y)", (9, 10, 11, 22, 32)),
    Mutation("EH from y", "softmax", "W_prime @ EI", "W_prime @ y", (12, 14, 16, 23, 35, 36)),
    Mutation(
        "output vectors climb",
        "softmax",
        "W_prime -= eta * dW_prime",
        "W_prime += eta * dW_prime",
        (10, 11, 22, 33, 34),
    ),
    Mutation("no largest score in softmax", "softmax", "z = np.exp(u - u.max())", "z = np.exp(u)"),
    Mutation(
        "no largest score in the loss",
        "softmax",
        "u.max() + np.log(np.exp(u - u.max()).sum())",
        "np.log(np.exp(u).sum())",
    ),
    # hierarchical softmax
    Mutation(
        "t = 1 for the right child",
        "hierarchical",
        "children[units[w], 0]",
        "children[units[w], 1]",
        (37, 41, 42, 44, 53),
    ),
    Mutation(
        "left twice as sure",
        "hierarchical",
        "p_left = sigmoid(u)",
        "p_left = sigmoid(2 * u)",
        (37, 39, 41, 42, 43),
    ),
    Mutation(
        "right as probable as left",
        "hierarchical",
        "p_right = sigmoid(-u)",
        "p_right = sigmoid(u)",
        (37, 40, 41, 42, 43),
    ),
    Mutation(
        "last decision forgotten",
        "hierarchical",
        "p_right[units]).prod()",
        "p_right[units])[:-1].prod()",
        (37, 41, 42, 46),
    ),
    Mutation(
        "one word a unit", "hierarchical", "passes[units] += p[w]", "passes[units] = p[w]", (43,)
    ),
    Mutation(
        "path read from the leaf",
        "hierarchical",
        "W_prime[:, columns]",
        "W_prime[:, columns[::-1]]",
        (45, 46, 50, 53),
    ),
    Mutation("dW' from y", "hierarchical", "np.outer(h, e)", "np.outer(h, y)", (50, 51)),
    Mutation("EH from y", "hierarchical", "v_prime @ e", "v_prime @ y", (52, 53, 54)),
    Mutation(
        "only the first output",
        "hierarchical",
        "tree.units[w] for w in outputs",
        "tree.units[w] for w in outputs[:1]",
        (54,),
    ),
    Mutation(
        "the two most frequent joined",
        "hierarchical",
        "[(n, w, w) for w, n",
        "[(-n, w, w) for w, n",
    ),
    Mutation("later words first", "hierarchical", "[(n, w, w) for w, n", "[(n, -w, w) for w, n"),
    Mutation("rarer child right", "hierarchical", "(left[2], right[2])", "(right[2], left[2])"),
    # negative sampling
    Mutation(
        "a set of negatives", "negative", "[w, *row]", "[w, *list(dict.fromkeys(row))]", (55, 61)
    ),
    Mutation(
        "the word itself not drawn",
        "negative",
        "[w, *row]",
        "[w, *(j for j in row if j != w)]",
        (57, 60),
    ),
    Mutation(
        "labels swapped",
        "negative",
        "np.arange(rows.shape[1]) == 0",
        "np.arange(rows.shape[1]) != 0",
        (55, 56, 57),
    ),
    Mutation("dW' from y", "negative", "np.outer(h, e)", "np.outer(h, y)", (58, 59)),
    Mutation("EH from y", "negative", "v_prime @ e", "v_prime @ y", (60, 61)),
    Mutation("noise as the text", "negative", "power: float = 0.75", "power: float = 1"),
    Mutation("noise that is flat", "negative", ", p=noise)", ")"),
    # the model
    Mutation(
        "EH from the new W'",
        "model",
        "example.inputs, out.EH, eta)",
        "example.inputs, self._forward(example)[1].EH, eta)",
        (16, 23, 35, 54, 61),
    ),
    Mutation(
        "a set of columns in dW'",
        "model",
        "np.add.at(dW_prime.T, out.columns, out.dW_prime.T)",
        "dW_prime.T[out.columns] = out.dW_prime.T",
        (58,),
    ),
    Mutation("draws thrown away", "model", "example.negatives is None:", "True:", (59, 61)),
    Mutation(
        "weights from a half", "model", "uniform(-0.5, 0.5, (V, N))", "uniform(0, 0.5, (V, N))"
    ),
    Mutation(
        "logarithm of a rounded sigma",
        "logistic",
        "-np.logaddexp(0, -np.asarray(u, dtype=float))",
        "-np.log1p(np.exp(-np.asarray(u, dtype=float)))",
    ),
    # what is refused
    Mutation("index -1", "corpus", "if not 0 <= j < V", "if not j < V"),
    Mutation("index V", "corpus", "if not 0 <= j < V", "if not 0 <= j <= V"),
    Mutation("eta = inf", "corpus", "math.isfinite(eta) and eta > 0", "eta > 0"),
    Mutation("eta = 0", "corpus", "eta > 0)", "eta >= 0)"),
    Mutation("size 0", "corpus", "or value < 1", "or value < 0"),
]

UNTOUCHED = [
    Mutation("nothing", "model", "W", "W", tuple(range(1, 86))),
    Mutation("nothing", "model", "W", "W"),
]


def formulas(file: str) -> dict[str, set[int]]:
    """The lines of a file that state equations, each with its numbers."""
    lines = (PACKAGE / f"{file}.py").read_text().splitlines()
    stated = {line: re.search(r"# (\(\d+\) ?)+$", line) for line in lines}
    return {
        line: {int(n) for n in re.findall(r"\d+", comment[0])}
        for line, comment in stated.items()
        if comment
    }


def run(mutation: Mutation) -> tuple[int, set[int]]:
    """Run the tests on a mutated copy: pytest's exit code, and the equations that failed."""
    failed: set[int] = set()

    def equations(item):
        return {n for mark in item.iter_markers("equation") for n in mark.args}

    class Recorder:
        def pytest_collection_modifyitems(self, items):
            if mutation.equations:
                items[:] = [item for item in items if equations(item) & set(mutation.equations)]

        def pytest_runtest_makereport(self, item, call):
            if call.excinfo:
                failed.update(equations(item))

    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, "w2vlib")
        shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
        path = copy / f"{mutation.file}.py"
        text = path.read_text()
        path.write_text(text.replace(mutation.old, mutation.new))
        files = ["equations"] if mutation.equations else ["corpus", "tree", "model"]
        for name in list(sys.modules):
            if re.match(r"(w2vlib|test_|oracle)", name) and name != __name__:
                del sys.modules[name]
        sys.path.insert(0, folder)
        arguments = ["-q", "--assert=plain", "--tb=no"]
        for plugin in ("cacheprovider", "unraisableexception", "xdist"):
            arguments += ["-p", f"no:{plugin}"]
        if not mutation.equations:
            arguments.append("-x")
        try:
            paths = [str(TESTS / f"test_{name}.py") for name in files]
            return pytest.main([*arguments, *paths], plugins=[Recorder()]), failed
        finally:
            sys.path.remove(folder)


@pytest.fixture(scope="module")
def outcomes():
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(2, mp_context=spawn) as pool:
        copies = UNTOUCHED + MUTATIONS
        return dict(zip(copies, pool.map(run, copies), strict=True))


@pytest.mark.parametrize(
    "mutation", MUTATIONS, ids=[f"{m.file}: {m.label}".replace(" ", "-") for m in MUTATIONS]
)
def test_the_tests_notice(mutation, outcomes):
    code, failed = outcomes[mutation]
    assert code == pytest.ExitCode.TESTS_FAILED
    assert set(mutation.equations) <= failed


@pytest.mark.parametrize("copy", UNTOUCHED, ids=["equations", "others"])
def test_an_untouched_copy_passes(copy, outcomes):
    assert outcomes[copy] == (pytest.ExitCode.OK, set())


@pytest.mark.parametrize("file", GUARDED)
def test_mutations_change_what_stands_there_once(file):
    text = (PACKAGE / f"{file}.py").read_text()
    for mutation in MUTATIONS:
        if mutation.file == file:
            assert text.count(mutation.old) == 1, mutation.label
            assert mutation.old != mutation.new


@pytest.mark.parametrize("file", GUARDED)
def test_every_formula_is_mutated(file):
    attacked = [mutation.old for mutation in MUTATIONS if mutation.file == file]
    for line in formulas(file):
        assert any(old in line for old in attacked), line


def test_the_check_of_each_equation_fails_when_its_own_line_is_mutated():
    guarded = set()
    for mutation in MUTATIONS:
        for line, numbers in formulas(mutation.file).items():
            if mutation.old in line:
                guarded |= numbers & set(mutation.equations)
    assert guarded == set(range(1, 86))
