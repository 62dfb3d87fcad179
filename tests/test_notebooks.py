"""The notebooks are stored in one form, and a wrong number in one of them is noticed."""

import ast
import json
import re
import socket
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parents[1]
NOTEBOOKS = sorted((ROOT / "book").glob("*.ipynb"))
LONGEST = 12
SILENT = ("plots.book_style",)  # calls that may end a cell and show nothing
TIMING = {"execution", "ExecuteTime"}
FIGURES = {"image/svg+xml", "image/png"}
FOLDER = re.compile(r"(?<![\w.])/(?:home|root|tmp|work|usr|opt|var|Users|Volumes)/|\b[A-Z]:\\")
ADDRESS = re.compile(r"https?://|\blocalhost\b|\b127\.0\.0\.1\b")


def must_show(source):
    """Whether a cell has an output for certain: it prints, or its last line is a value."""
    body = ast.parse(re.sub(r"^(\s*)[%!].*$", r"\1pass", source, flags=re.M)).body
    calls = [
        ast.unparse(node.func)
        for statement in body
        if not isinstance(statement, ast.FunctionDef | ast.ClassDef)
        for node in ast.walk(statement)
        if isinstance(node, ast.Call)
    ]
    if {"print", "plt.show"} & set(calls):
        return True
    value = body[-1].value if body and isinstance(body[-1], ast.Expr) else None
    return value is not None and not (
        isinstance(value, ast.Call) and ast.unparse(value.func) in SILENT
    )


def complaints(notebook):
    """What is wrong with the form of a notebook."""
    cells = notebook["cells"]
    for cell, following in pairwise(cells):
        hidden = "self-check" in following["metadata"].get("tags", [])
        if cell["cell_type"] == following["cell_type"] == "code" and not hidden:
            yield f"{following['id']}: no prose between two code cells"
    for cell in cells:
        if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", cell["id"]):
            yield f"{cell['id']}: not a readable id"
        if TIMING & set(cell["metadata"]):
            yield f"{cell['id']}: timing in the metadata"
    run = [c for c in cells if c["cell_type"] == "code" and c["id"] != "colab"]
    for count, cell in enumerate(run, start=1):
        yield from (f"{cell['id']}: {problem}" for problem in code_complaints(cell, count))


def code_complaints(cell, count):
    tags = cell["metadata"].get("tags", [])
    if cell["execution_count"] != count:
        yield f"execution count {cell['execution_count']}, not {count}"
    if len(cell["source"].splitlines()) > LONGEST:
        yield f"more than {LONGEST} lines"
    if must_show(cell["source"]) and not cell["outputs"] and "remove-output" not in tags:
        yield "shows something, but no output is stored"
    for output in cell["outputs"]:
        data = output.get("data", {"text/plain": output.get("text", "")})
        if FIGURES & set(data) and not cell["metadata"].get("mystnb", {}).get("image", {}).get(
            "alt"
        ):
            yield "a figure without alt text"
        for kind, content in data.items():
            text = json.dumps(content)
            if FOLDER.search(text) or socket.gethostname() in text:
                yield f"a path or name of one machine in {kind}"
            if kind not in FIGURES and ADDRESS.search(text):
                yield f"an address in {kind}"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_form(path):
    assert list(complaints(nbformat.read(path, as_version=4))) == []


def code(source, output=None, count=1, **metadata):
    data = [{"output_type": "display_data", "metadata": {}, "data": output}] if output else []
    cell = nbformat.v4.new_code_cell(
        source, id="a-cell", execution_count=count, outputs=data, metadata=metadata
    )
    return json.loads(json.dumps(cell))


@pytest.mark.parametrize(
    "cell, complaint",
    [
        (code("a = 1", count=2), "execution count 2, not 1"),
        (code("\n".join(["a = 1"] * 13)), "more than 12 lines"),
        (code("print(1)"), "shows something, but no output is stored"),
        (code("for a in b:\n    print(a)"), "shows something, but no output is stored"),
        (code("a = 1\na"), "shows something, but no output is stored"),
        (code("f(1)"), "shows something, but no output is stored"),
        (code("plt.plot(a)\nplt.show()"), "shows something, but no output is stored"),
        (code("a = 1", {"image/svg+xml": "<svg/>"}), "a figure without alt text"),
        (
            code("a = 1", {"text/plain": "/home/me/x"}),
            "a path or name of one machine in text/plain",
        ),
        (code("a = 1", {"text/html": "http://x"}), "an address in text/html"),
        (code("a = 1", ExecuteTime={}), "timing in the metadata"),
    ],
)
def test_each_complaint_is_made(cell, complaint):
    assert list(complaints({"cells": [cell]})) == [f"a-cell: {complaint}"]


def test_two_code_cells_need_prose_between():
    cells = [code("a = 1"), code("b = 1", count=2)]
    assert list(complaints({"cells": cells})) == ["a-cell: no prose between two code cells"]


def test_silent_cells_need_no_output():
    quiet = ["plots.book_style()", "def f():\n    print(1)", "a = 1\nassert a", "%time a = 1"]
    for source in quiet:
        assert list(complaints({"cells": [code(source)]})) == []


# ---- Controls ----


def controls(notebook):
    """Yield (index, function, knobs) of each cell that ends in ``control = interact(...)``."""
    for index, cell in enumerate(notebook.cells):
        if cell.cell_type == "code" and "interact(" in cell.source:
            call = ast.parse(cell.source).body[-1].value
            yield index, call.args[0].id, {keyword.arg for keyword in call.keywords}


def names(tree, kind):
    return {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, kind)}


def changed_later(cells, index, function):
    """What a function of a cell needs, directly or not, and a later cell sets anew."""
    trees = [
        ast.parse(re.sub(r"^(\s*)[%!].*$", r"\1pass", cell.source, flags=re.M))
        if cell.cell_type == "code"
        else ast.Module([], [])
        for cell in cells
    ]
    before = [statement for tree in trees[: index + 1] for statement in tree.body]
    functions = {f.name: f for f in before if isinstance(f, ast.FunctionDef)}
    needed, waiting = set(), {function}
    while waiting:
        name = waiting.pop()
        needed.add(name)
        if name in functions:
            body = functions[name]
            own = {node.arg for node in ast.walk(body) if isinstance(node, ast.arg)}
            waiting |= names(body, ast.Load) - own - names(body, ast.Store) - needed
    after = [statement for tree in trees[index + 1 :] for statement in tree.body]
    set_anew = {f.name for f in after if isinstance(f, ast.FunctionDef)}
    set_anew.update(*(names(s, ast.Store) for s in after if not isinstance(s, ast.FunctionDef)))
    return needed & set_anew


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_control_has_a_figure_a_task_and_works_after_all_cells_have_run(path):
    cells = nbformat.read(path, as_version=4).cells
    for index, function, _ in controls(nbformat.read(path, as_version=4)):
        assert cells[index].metadata.tags == ["nbval-ignore-output", "remove-output"]
        assert "In a running notebook" in cells[index - 1].source
        figures = [FIGURES & set(o.get("data", {})) for c in cells[index - 6 : index]
                   for o in c.get("outputs", [])]  # fmt: skip
        assert any(figures), f"{cells[index].id}: no figure stands in for it on the page"
        assert changed_later(cells, index, function) == set()


def test_every_quantity_that_teaches_has_a_knob():
    knobs = set()
    for path in NOTEBOOKS:
        for _, _, names_of_knobs in controls(nbformat.read(path, as_version=4)):
            knobs |= names_of_knobs
    assert {"eta", "N", "window", "K", "power", "T"} <= knobs


def test_a_control_that_a_later_cell_spoils_is_noticed():
    sources = ["a = 1", "def f(x):\n    return a * x", "def g(x):\n    f(x)", "b = 2"]
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    assert changed_later(cells, 2, "g") == set()
    assert changed_later([*cells, nbformat.v4.new_code_cell("a, c = 2, 3")], 2, "g") == {"a"}


# ---- Comparison ----


def run_nbval(path):
    command = [sys.executable, "-m", "pytest", "--nbval", "-q", "-p", "no:cacheprovider"]
    return subprocess.run([*command, str(path)], cwd=ROOT, capture_output=True, text=True)


def test_a_changed_digit_is_noticed_in_text_html_and_figures(tmp_path):
    show = "from IPython.display import display\n"
    figure = "<svg xmlns='http://www.w3.org/2000/svg'><text>3</text></svg>"
    cells = [
        code(show + "print(1 + 2)", {"text/plain": "3"}),
        code(show + "display({'text/html': '<b>3</b>'}, raw=True)", {"text/html": "<b>3</b>"}),
        code(
            show + f'display({{"image/svg+xml": "{figure}"}}, raw=True)', {"image/svg+xml": figure}
        ),
    ]
    cells[0]["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "3\n"}]
    for number, cell in enumerate(cells):
        cell["id"] = f"cell-{number}"
    notebook = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    notebook["metadata"]["kernelspec"] = {"name": "python3", "display_name": "", "language": ""}
    path = tmp_path / "tiny.ipynb"
    path.write_text(json.dumps(notebook), encoding="utf-8")
    right = run_nbval(path)
    assert right.returncode == 0, right.stdout
    for cell in cells:
        cell["outputs"] = json.loads(json.dumps(cell["outputs"]).replace("3", "4"))
    path.write_text(json.dumps(notebook), encoding="utf-8")
    wrong = run_nbval(path)
    assert wrong.returncode == 1
    assert "3 failed" in wrong.stdout
