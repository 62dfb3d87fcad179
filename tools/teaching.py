"""Make two notebooks of each chapter: one for students, one with the solutions.

    python tools/teaching.py [--out _build/teaching] NOTEBOOK...

In the student's notebook the cells tagged ``solution`` and ``answer`` are gone. Where they stood
is room for an answer and, if the exercise has a code cell tagged ``self-check``, a skeleton and
that check. The skeleton follows from the two: it holds each name that the solution defines and the
check uses, ``name = ...`` or the head of a function, below the comments with which the check
begins. Until each has a value, the check says so.
``solutions.ipynb`` is the chapter as it is.
"""

import argparse
import ast
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import nbformat

ROOT = Path(__file__).parents[1]
LABEL = re.compile(r"\*\*(Exercise \d+)")
COMMENTS = re.compile(r"(?:#.*\n)*")
MAGIC = re.compile(r"^(\s*)[%!].*$", re.M)
FILL_IN = """\
# Run this cell when you have filled in the cell above.
for name in {names}:
    assert globals()[name] is not ..., f"{label}: give {{name}} a value in the cell above."
"""

Cell = nbformat.NotebookNode


def tagged(cell: Cell, *tags: str) -> bool:
    """Whether a cell has one of the tags."""
    return bool(set(tags) & set(cell.metadata.get("tags", [])))


def defined(cells: list[Cell]) -> dict[str, str]:
    """What code cells define at their top level: names, each with its skeleton."""
    skeletons = {}
    for cell in (cell for cell in cells if cell.cell_type == "code"):
        for statement in ast.parse(MAGIC.sub(r"\1pass", cell.source)).body:
            if isinstance(statement, ast.FunctionDef):
                head = f"def {statement.name}({ast.unparse(statement.args)}):"
                body = f'    raise NotImplementedError("{{label}}: write {statement.name}.")'
                skeletons[statement.name] = f"{head}\n{body}"
            else:
                for name in ast.walk(statement):
                    if isinstance(name, ast.alias):
                        bound = name.asname or name.name.split(".")[0]
                        skeletons.setdefault(bound, ast.unparse(statement))
                    elif isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store):
                        skeletons.setdefault(name.id, f"{name.id} = ...")
    return skeletons


def asked(check: Cell, solution: list[Cell]) -> dict[str, str]:
    """The names that a check takes from the solution, each with its skeleton."""
    skeletons, names = defined(solution), list(ast.walk(ast.parse(check.source)))
    names = [name for name in names if isinstance(name, ast.Name)]
    own = {name.id for name in names if isinstance(name.ctx, ast.Store)}
    used = dict.fromkeys(name.id for name in names if name.id not in own)
    return {name: skeletons[name] for name in used if name in skeletons}


def exercises(cells: list[Cell]) -> Iterator[tuple[str, list[Cell], Cell | None]]:
    """Yield label, solution and self-check of each exercise."""
    label, solution, check = "", [], None
    for cell in cells:
        if match := LABEL.match(cell.source):
            if label:
                yield label, solution, check
            label, solution, check = match[1], [], None
        elif tagged(cell, "self-check"):
            check = cell
        elif tagged(cell, "solution"):
            solution.append(cell)
    if label:
        yield label, solution, check


def room(label: str, solution: list[Cell], check: Cell | None) -> list[Cell]:
    """What a student finds in the place of a solution."""
    number = label.split()[1]
    answer = nbformat.v4.new_markdown_cell("*Your answer:*", id=f"answer-{number}")
    if check is None:
        return [answer]
    names = asked(check, solution)
    told = COMMENTS.match(check.source)[0]
    skeleton = told + "\n".join(names.values()).replace("{label}", label)
    values = [name for name, line in names.items() if line.endswith(" = ...")]
    first = FILL_IN.format(names=values, label=label) if values else ""
    return [
        answer,
        nbformat.v4.new_code_cell(skeleton, id=f"skeleton-{number}"),
        nbformat.v4.new_code_cell(
            f'{first}{check.source.removeprefix(told)}\nprint("{label}: solved.")',
            id=check.id,
            metadata={"tags": ["self-check"]},
        ),
    ]


def student(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """The chapter without solutions, with room for answers."""
    rooms = {label: room(label, *rest) for label, *rest in exercises(notebook.cells)}
    result = nbformat.from_dict({**notebook, "cells": []})
    for cell in notebook.cells:
        if not tagged(cell, "solution", "answer", "self-check"):
            result.cells.append(cell)
            if match := LABEL.match(cell.source):
                result.cells += rooms[match[1]]
    nbformat.validate(result)
    return result


def write(notebook: Path, out: Path) -> None:
    """Write both notebooks of a chapter into the folder ``out``."""
    out.mkdir(parents=True, exist_ok=True)
    shutil.copy(notebook, out / "solutions.ipynb")
    nbformat.write(student(nbformat.read(notebook, as_version=4)), out / "student.ipynb")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=ROOT / "_build" / "teaching")
    parser.add_argument("notebooks", nargs="+", type=Path)
    arguments = parser.parse_args()
    for notebook in arguments.notebooks:
        write(notebook, arguments.out / notebook.stem)
        print(f"wrote student.ipynb and solutions.ipynb into {arguments.out / notebook.stem}")


if __name__ == "__main__":
    main()
