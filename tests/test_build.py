"""The machine that builds the book: numbers, formulas, colours, the registry, the tiny book."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from _ext import registry
from _ext.maths import FormulaError, render
from _ext.symbols import coloured

from w2vlib.plots import COLOURS

ROOT = Path(__file__).parents[1]
CHAPTERS = sorted((ROOT / "book").glob("*.ipynb"))
CONF = """
import sys
sys.path.insert(0, {extension!r})
extensions = ["myst_nb", "_ext"]
nb_execution_mode = "off"
myst_enable_extensions = ["dollarmath"]
html_math_renderer = "katex"
html_theme = "basic"
paper_equations_complete = {complete}
"""


def markdown(cell_id, source, *tags, facts=()):
    metadata = {"tags": tags, "paper": facts}
    return {"cell_type": "markdown", "id": cell_id, "metadata": metadata, "source": source}


def code(cell_id, source, *tags):
    return {
        "cell_type": "code",
        "id": cell_id,
        "metadata": {"tags": tags},
        "source": source,
        "execution_count": None,
        "outputs": [],
    }


def tiny_book(root, *cells, complete=False):
    """Write a repository with one chapter, in which every equation has every place."""
    everything = [
        markdown("title", "# A chapter\n\nSee [(7)](#eq-7).", facts=registry.FACTS),
        markdown("first", "\n\n".join(rf"$$ h_{{{n}}} = 1 \tag{{{n}}} $$" for n in range(1, 84))),
        markdown(
            "rows",
            "$$\n\\begin{align*}\ny_1 &= 2 \\tag{84} \\\\\n"
            "&= \\begin{cases} 1 \\\\ 2 \\end{cases} \\tag{85}\n\\end{align*}\n$$",
        ),
        code("lines", "".join(f"h{n} = {n}  # ({n})\n" for n in range(1, 86))),
    ]
    chapter = {
        "cells": [*everything, *cells],
        "metadata": {"kernelspec": {"name": "python3"}, "language_info": {"name": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    numbers = range(1, 86)
    files = {
        "conf.py": CONF.format(extension=str(ROOT / "book"), complete=complete),
        "index.md": "# A book\n\n```{equation-index}\n```\n\n```{toctree}\nchapter\n```\n\n"
        "```{errata}\n```\n\nSee [(8)](#eq-8).\n",
        "book/errata.yml": "- {id: E02, where: '(2), (16)', kind: slip, issue: A, correction: B}\n",
        "chapter.ipynb": json.dumps(chapter),
        "book/equations.yml": "".join(
            f"- {{n: {n}, section: '1', kind: k, statement: 'About $h_{{{n}}}$.'}}\n"
            for n in numbers
        ),
        "w2vlib/all.py": '"""All."""\n' + "".join(f"a = {n}  # ({n})\n" for n in numbers),
        "tests/test_equations.py": '"""All."""\n'
        + "".join(f"@pytest.mark.equation({n})\ndef test_{n}(): ...\n" for n in numbers),
    }
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    return root


def build(root):
    """Build a tiny book as `make book` builds this one; (exit status, warnings)."""
    command = [sys.executable, "-m", "sphinx", "-q", "-n", "-W", "--keep-going", "."]
    run = subprocess.run([*command, "out"], cwd=root, capture_output=True, text=True)
    return run.returncode, run.stderr


def test_a_complete_book_builds(tmp_path):
    solution = [
        markdown("solution-3", "**Solution 3.** Because.\n\n- One.", "solution"),
        code("solution-3-code", "x = 1", "solution"),
        markdown("between", "Between."),
        markdown("quiz-1", "**Answer 1: b.** For a reason.", "answer"),
    ]
    assert build(tiny_book(tmp_path, *solution, complete=True)) == (0, "")
    page = (tmp_path / "out" / "chapter.html").read_text(encoding="utf-8")
    assert '<div class="math" id="eq-7">' in page
    assert '<div class="math" id="eq-84"><span id="eq-85"></span>' in page
    assert page.count('href="#eq-85" aria-label="Link to equation (85)"') == 1
    assert page.count('<span class="katex-html">') == page.count("<math ") == 84
    assert '<span class="enclosing sym-y">' in page
    assert "katex-error" not in page
    folds = re.findall(r"<details.*?</details>", page, re.S)
    assert [re.search("<summary>(.*)</summary>", fold)[1] for fold in folds] == [
        "Solution 3",
        "Answer 1",
    ]
    assert 'id="cell-solution-3-code"' in folds[0] and "Because" in folds[0]
    assert "Solution 3." not in folds[0] and "Answer 1: b." in folds[1]
    assert 'id="cell-title"' in page
    index = (tmp_path / "out" / "index.html").read_text(encoding="utf-8")
    assert "85 of 85 equations are complete" in index and "missing" not in index
    for target in (
        "chapter.html#eq-8",
        "chapter.html#eq-16",
        "chapter.html#cell-title",
        "chapter.html#cell-lines",
        "all.html#line-9",
        "test_equations.html#line-17",
    ):
        assert target + '"' in index
    source = tmp_path / "out" / "book" / "source" / "w2vlib" / "all.html"
    assert '<span id="line-9">' in source.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "source, message",
    [
        (
            r"$$ a \tag{8} $$",
            r"chapter.ipynb, cell extra: \tag{8} stands already in chapter.ipynb, cell first",
        ),
        (
            r"$$ a \tag{86} $$",
            r"chapter.ipynb, cell extra: \tag{86} is no equation of the paper (1 to 85)",
        ),
        ("See [(99)](#eq-99).", "chapter.ipynb, cell extra: the link #eq-99 leads to no equation"),
        (
            r"Let $\frac{1$ be.",
            r"chapter.ipynb:50002: WARNING: the formula \frac{1 does not render",
        ),
    ],
)
def test_a_wrong_number_or_formula_fails_the_build(tmp_path, source, message):
    status, warnings = build(tiny_book(tmp_path, markdown("extra", source)))
    assert status == 1
    assert message in warnings


def test_a_missing_piece_fails_the_build_once_the_book_is_complete(tmp_path):
    tests = tiny_book(tmp_path, complete=True) / "tests" / "test_equations.py"
    tests.write_text(tests.read_text(encoding="utf-8").replace("equation(41)", "equation(40)"))
    chapter = tmp_path / "chapter.ipynb"
    chapter.write_text(chapter.read_text(encoding="utf-8").replace(', "P34"', ""))
    status, warnings = build(tmp_path)
    assert status == 1
    assert "equation (41) has no test" in warnings
    assert "P34 has no place in a chapter" in warnings
    index = (tmp_path / "out" / "index.html").read_text(encoding="utf-8")
    assert "84 of 85 equations are complete" in index and index.count("missing") == 2


@pytest.mark.parametrize(
    "name, old, new, missing",
    [
        ("chapter.ipynb", r"\\tag{41}", "", r"equation (41) has no \tag in a chapter"),
        ("chapter.ipynb", "# (41)", "# 41", "equation (41) has no code line in a chapter"),
        ("chapter.ipynb", ', "P34"', "", "P34 has no place in a chapter"),
        ("w2vlib/all.py", "# (41)", "# Eq. (41)", "equation (41) has no code line in w2vlib"),
        ("book/equations.yml", "n: 41", "n: 40", "equation (41) has no statement in equations.yml"),
    ],
)
def test_each_piece_is_missed(tmp_path, name, old, new, missing):
    path = tiny_book(tmp_path) / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    assert registry.read(tmp_path, [tmp_path / "chapter.ipynb"]).missing() == [missing]


def test_a_page_names_its_facts(tmp_path):
    tiny_book(tmp_path)
    page = tmp_path / "page.md"
    page.write_text("% paper: P34 E99\n\n# A page\n", encoding="utf-8")
    found = registry.read(tmp_path, [page])
    assert list(found.facts) == ["P34", "E99"]
    assert found.problems == ["page.md, line 1: E99 is no fact, erratum or deviation"]


def test_the_errata_page_lists_every_erratum():
    entries = yaml.safe_load((ROOT / "book" / "errata.yml").read_text(encoding="utf-8"))
    listed = [entry["id"] for entry in entries]
    assert listed == [fact for fact in registry.FACTS if fact.startswith("E")]


def figure(query):
    cell = code("figure", "1")
    cell["metadata"]["inspector"] = [["before", "preset=cbow"], ["after", query]]
    return cell


def test_a_figure_leads_to_its_moments_in_the_inspector(tmp_path):
    assert build(tiny_book(tmp_path, figure("preset=cbow&step=1&view=vectors"))) == (0, "")
    page = (tmp_path / "out" / "chapter.html").read_text(encoding="utf-8")
    assert 'href="book/inspector.html?preset=cbow">before</a>' in page
    assert 'href="book/inspector.html?preset=cbow&amp;step=1&amp;view=vectors">after</a>' in page


@pytest.mark.parametrize(
    "query, message",
    [
        ("preset=wevi", "There is no preset “wevi”"),
        ("preset=cbow&etta=1", "it does not know etta"),
        ("preset=cbow&eta=fast", "eta = fast"),
        ("preset=cbow&view=3d", "there is no view 3d"),
        ("preset=cbow&acts=0_W_999_1", "no act of a reader"),
    ],
)
def test_an_address_that_the_inspector_could_not_open_fails_the_build(tmp_path, query, message):
    status, warnings = build(tiny_book(tmp_path, figure(query)))
    assert status != 0
    assert f"the inspector cannot open {query}: " in warnings and message in warnings


def test_a_number_counts_after_code_only():
    lines = [
        "%matplotlib inline  # (1)",
        "e = y - t  # (8)",
        "EH = W_prime @ EI  # (12) (36)",
        "# (2)",
        "s = '  # (3)'",
        "u = 1  # see (4)",
        "u = 1  # (5), the score",
    ]
    assert list(registry.numbered_lines("\n".join(lines))) == [
        (8, 2, "e = y - t"),
        (12, 3, "EH = W_prime @ EI"),
        (36, 3, "EH = W_prime @ EI"),
    ]


def test_marks_are_read_from_every_kind_of_decorator():
    source = """
@pytest.mark.equation(8, 9)
@pytest.mark.parametrize("C", [pytest.param(1, marks=pytest.mark.equation(18)), 2])
def test_it(C): ...
"""
    assert sorted(registry.marked_tests(source)) == [
        (8, 4, "test_it"),
        (9, 4, "test_it"),
        (18, 4, "test_it"),
    ]


def test_a_number_outside_the_paper_in_code_is_a_problem(tmp_path):
    root = tiny_book(tmp_path, code("extra", "a = 1  # (86)"))
    problems = registry.read(root, [root / "chapter.ipynb"]).problems
    assert problems == ["chapter.ipynb, cell extra: (86) is no equation of the paper (1 to 85)"]


def test_numbers_in_code_spans_are_not_read(tmp_path):
    example = "Write `\\tag{8}` and\n\n```\n[(99)](#eq-99)\n```\n"
    root = tiny_book(tmp_path, markdown("extra", example))
    assert registry.read(root, [root / "chapter.ipynb"]).problems == []


def test_a_row_takes_over_the_left_side():
    block = (
        r"\begin{align*} E &= a \tag{6} \\ &= \begin{cases} 1 \\ 2 \end{cases} \tag{7} \end{align*}"
    )
    assert list(registry.formula_rows(block)) == [
        r"E = a \tag{6}",
        r"E = \begin{cases} 1 \\ 2 \end{cases} \tag{7}",
    ]


@pytest.mark.parametrize(
    "tex, wrapped",
    [
        (
            r"\mathbf h = \mathbf W^\top \mathbf x",
            [r"h:\mathbf h", r"W:\mathbf W^\top", r"x:\mathbf x"],
        ),
        (
            r"u_j = {\mathbf v'_{w_j}}^\top \mathbf{h}",
            ["u:u_j", r"v-prime:\mathbf v'_{w_j}", r"h:\mathbf{h}"],
        ),
        (r"\mathbf v_{w_I}^{(\text{new})}", [r"v:\mathbf v_{w_I}^{(\text{new})}"]),
        (r"w_{ki}, w'_{ij}, \mathbf W'", ["W:w_{ki}", "W-prime:w'_{ij}", r"W-prime:\mathbf W'"]),
        (r"\mathrm{EH}_i + \mathrm{EI}'_j", [r"EH:\mathrm{EH}_i", r"EI:\mathrm{EI}'_j"]),
        (r"y_{c,j} - t_{c,j} =: e_{c,j}", ["y:y_{c,j}", "t:t_{c,j}", "e:e_{c,j}"]),
        (r"e^{u_{j'}}", ["u:u_{j'}"]),
        (r"\bar h_i x_\mathbf{k} \bar{\mathbf x}", ["h:h_i", r"x:x_\mathbf{k}", r"x:\mathbf x"]),
        (r"w_I w_O w_j w_{I,c} w_{j'} n(w, j) v_k y(1-y) \mathbf 0 \exp \theta_j \text{for h}", []),
    ],
)
def test_symbols_get_their_colour(tex, wrapped):
    found = re.findall(
        r"\{\\htmlClass\{sym-([\w-]+)\}\{((?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*)\}\}", coloured(tex)
    )
    assert [":".join(pair) for pair in found] == wrapped
    assert render(tex, display=False)


def test_colouring_changes_no_formula_of_the_book():
    unwrap = re.compile(r"\{\\htmlClass\{[\w-]+\}\{((?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*)\}\}")
    sources = [cell.source for path in CHAPTERS for cell in registry.cells(path)]
    formulas = [f for source in sources for f in re.findall(r"\$+([^$]+)\$+", source)]
    assert len(formulas) > 100
    assert [unwrap.sub(r"\1", coloured(f)) for f in formulas] == formulas


def test_a_formula_is_refused_with_its_reason():
    with pytest.raises(FormulaError, match="expected '}'"):
        render(r"\frac{1", display=True)
    with pytest.raises(FormulaError, match="Undefined control sequence"):
        render(r"\nosuch", display=False)


def luminance(colour):
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_symbols_stand_out_from_the_page(theme):
    css = (ROOT / "book" / "_static" / "book.css").read_text(encoding="utf-8")
    block = re.search(rf'html\[data-theme="{theme}"\] \{{(.*?)\}}', css, re.S)[1]
    grounds = re.findall(r"--(?:paper|margin|code-ground|tint): (#\w{6})", block)
    assert len(grounds) == 4
    for symbol, colours in COLOURS.items():
        for ground in grounds:
            pair = sorted(luminance(c) for c in (colours[theme == "dark"], ground))
            contrast = (pair[1] + 0.05) / (pair[0] + 0.05)
            assert contrast >= 4.5, f"{symbol} on {ground}: {contrast:.2f}"


def test_every_formula_of_this_book_renders(book):
    pages = [page for page in book.rglob("*.html") if page.name != "index.html"]
    assert len(pages) > 10
    assert [page.name for page in pages if "katex-error" in page.read_text("utf-8")] == []
