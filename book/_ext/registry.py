"""Where each numbered equation of the paper stands: read from the sources, never listed by hand.

An equation has five places: its statement in ``book/equations.yml``, its ``\\tag{8}`` in a chapter,
a code line ending in the comment ``# (8)`` in a chapter, one in ``w2vlib``, and a test marked
``@pytest.mark.equation(8)``.

The paper's prose facts P01 to P35, its errata E01 to E38 (``book/errata.yml``) and the deviations
D1 to D17 of real programs stand in the cells whose metadata names them, as in
``{"paper": ["P04", "E02"]}``; a Markdown page names them in a comment, ``% paper: P34``.
"""

import ast
import io
import json
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import yaml

EQUATIONS = range(1, 86)
FACTS = [
    *(f"P{n:02}" for n in range(1, 36)),
    *(f"E{n:02}" for n in range(1, 39)),
    *(f"D{n}" for n in range(1, 18)),
]

TAG = re.compile(r"\\tag\{([^}]*)\}")
LINK = re.compile(r"\]\(#eq-([^)\s]*)\)")
COMMENT = re.compile(r"# (\(\d+\)(?: \(\d+\))*)")
DISPLAY = re.compile(r"\$\$(.*?)\$\$", re.S)
ROW_TOKEN = re.compile(r"\\begin\{[^}]*\}|\\end\{[^}]*\}|\\\\|&|.", re.S)
FACT_COMMENT = re.compile(r"^% paper: (.+)$", re.M)
CODE_SPAN = re.compile(r"(`+)(?!`).*?(?<!`)\1(?!`)|^(`{3,}|~{3,}).*?^\2", re.S | re.M)


@dataclass(frozen=True)
class Place:
    """One line of a source: its file, its cell (in a notebook), its line number and its text."""

    path: Path
    line: int
    text: str
    cell: str = ""

    def __str__(self) -> str:
        return f"{self.path}, " + (f"cell {self.cell}" if self.cell else f"line {self.line}")


@dataclass(frozen=True)
class Cell:
    """A cell of a notebook, or a whole Markdown page."""

    kind: str
    source: str
    id: str = ""
    tags: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()


Places = dict[int, list[Place]]


@dataclass
class Registry:
    """The places of every equation and fact; ``problems`` holds what is wrong with them."""

    statements: dict[int, dict[str, str]] = field(default_factory=dict)
    tags: Places = field(default_factory=dict)
    chapter: Places = field(default_factory=dict)
    library: Places = field(default_factory=dict)
    tests: Places = field(default_factory=dict)
    facts: dict[str, list[Place]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def missing(self) -> list[str]:
        """What is missing until each of the 85 equations and each fact has its places."""
        pieces = {
            "statement in equations.yml": self.statements,
            r"\tag in a chapter": self.tags,
            "code line in a chapter": self.chapter,
            "code line in w2vlib": self.library,
            "test": self.tests,
        }
        return [
            f"equation ({n}) has no {piece}"
            for n in EQUATIONS
            for piece, places in pieces.items()
            if not places.get(n)
        ] + [f"{fact} has no place in a chapter" for fact in FACTS if fact not in self.facts]


def cells(path: Path) -> list[Cell]:
    """The cells of a notebook in order; a Markdown page counts as one cell."""
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".ipynb":
        facts = " ".join(FACT_COMMENT.findall(text)).split()
        return [Cell("markdown", text, facts=tuple(facts))]
    return [
        Cell(
            cell["cell_type"],
            "".join(cell["source"]),
            cell.get("id", str(index)),
            tuple(cell["metadata"].get("tags", ())),
            tuple(cell["metadata"].get("paper", ())),
        )
        for index, cell in enumerate(json.loads(text)["cells"], start=1)
    ]


def cell_index(line: int | None) -> int:
    """The index of the cell that a line belongs to, as MyST-NB counts lines; -1 for none."""
    return (line or 0) // 10_000 - 1


def numbered_lines(code: str) -> Iterator[tuple[int, int, str]]:
    """Yield (equation, line number, the line's code) for each comment ``# (8)`` after code."""
    lines = code.splitlines()
    magic = re.compile(r"^\s*[%!].*$", re.M)
    for token in tokenize.generate_tokens(io.StringIO(magic.sub("", code)).readline):
        if token.type == tokenize.COMMENT and (match := COMMENT.fullmatch(token.string)):
            line = lines[token.start[0] - 1][: token.start[1]].strip()
            for number in re.findall(r"\d+", match[1]) if line else ():
                yield int(number), token.start[0], line


def marked_tests(code: str) -> Iterator[tuple[int, int, str]]:
    """Yield (equation, line number, test name) for each ``@pytest.mark.equation(8)``."""
    for function in ast.walk(ast.parse(code)):
        if isinstance(function, ast.FunctionDef):
            for call in (n for d in function.decorator_list for n in ast.walk(d)):
                if isinstance(call, ast.Call) and ast.unparse(call.func) == "pytest.mark.equation":
                    for number in call.args:
                        yield ast.literal_eval(number), function.lineno, function.name


def read(root: Path, chapters: list[Path]) -> Registry:
    """Read the registry of the repository at ``root`` whose pages, in order, are ``chapters``."""
    registry = Registry()
    statements = root / "book" / "equations.yml"
    if statements.exists():
        entries = yaml.safe_load(statements.read_text(encoding="utf-8"))
        registry.statements = {entry["n"]: entry for entry in entries}
    links: list[tuple[str, Place]] = []
    for path in chapters:
        for cell in cells(path):
            _note_facts(registry, cell, path.relative_to(root))
            if cell.kind == "markdown":
                _read_markdown(path.relative_to(root), cell, registry, links)
            elif cell.kind == "code":
                found = numbered_lines(cell.source)
                _note(registry, registry.chapter, found, path.relative_to(root), cell.id)
    for where, folder, pattern, find in (
        (registry.library, "w2vlib", "**/*.py", numbered_lines),
        (registry.tests, "tests", "test_*.py", marked_tests),
    ):
        for path in sorted((root / folder).glob(pattern)):
            found = find(path.read_text(encoding="utf-8"))
            _note(registry, where, found, path.relative_to(root))
    for number, place in links:
        if not number.isdecimal() or int(number) not in registry.tags:
            registry.problems.append(f"{place}: the link #eq-{number} leads to no equation")
    return registry


def formula_rows(block: str) -> Iterator[str]:
    r"""Yield the rows of a displayed formula; one that starts ``&=`` takes over the left side."""
    block = re.sub(r"^\s*\\begin\{align\*\}|\\end\{align\*\}\s*$", "", block)
    left, row, depth = "", [""], 0
    for token in [*ROW_TOKEN.findall(block), r"\\"]:
        depth += token.startswith(r"\begin") - token.startswith(r"\end")
        if depth == 0 and token == "&":
            row.append("")
        elif depth == 0 and token == r"\\":
            left = row[0].strip() or left
            yield " ".join([left, *row[1:]]).strip()
            row = [""]
        else:
            row[-1] += token


def _read_markdown(
    path: Path, cell: Cell, registry: Registry, links: list[tuple[str, Place]]
) -> None:
    source = CODE_SPAN.sub(lambda code: re.sub(r"[^\n]", " ", code[0]), cell.source)

    rows = [row for block in DISPLAY.findall(source) for row in formula_rows(block)]
    formulas = {match[0]: TAG.sub("", row).strip() for row in rows for match in TAG.finditer(row)}

    def place(match: re.Match[str]) -> Place:
        line = source.count("\n", 0, match.start()) + 1
        return Place(path, line, formulas.get(match[0], ""), cell.id)

    for match in TAG.finditer(source):
        here = place(match)
        if not match[1].isdecimal() or int(match[1]) not in EQUATIONS:
            registry.problems.append(f"{here}: {match[0]} is no equation of the paper (1 to 85)")
            continue
        earlier = registry.tags.setdefault(int(match[1]), [])
        if earlier:
            registry.problems.append(f"{here}: {match[0]} stands already in {earlier[0]}")
        earlier.append(here)
    links += [(match[1], place(match)) for match in LINK.finditer(source)]


def _note_facts(registry: Registry, cell: Cell, path: Path) -> None:
    for fact in cell.facts:
        place = Place(path, 1, fact, cell.id)
        registry.facts.setdefault(fact, []).append(place)
        if fact not in FACTS:
            registry.problems.append(f"{place}: {fact} is no fact, erratum or deviation")


def _note(
    registry: Registry,
    places: Places,
    found: Iterator[tuple[int, int, str]],
    path: Path,
    cell: str = "",
) -> None:
    for number, line, text in found:
        place = Place(path, line, text, cell)
        if number in EQUATIONS:
            places.setdefault(number, []).append(place)
        else:
            registry.problems.append(f"{place}: ({number}) is no equation of the paper (1 to 85)")
