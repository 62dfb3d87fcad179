"""Join sections of chapters into one notebook, for a lecture of one's own.

    python tools/lecture.py --list CHAPTER...
    python tools/lecture.py OUT CHAPTER[:SECTIONS]...

Sections are numbered as ``--list`` shows them; ``book/cbow.ipynb:0-3,7`` takes five of them, 0
being the title. Run the result with ``tools/notebooks.py --execute``: a section may need an earlier
one.
"""

import argparse
import re
from pathlib import Path

import nbformat


def sections(path: Path) -> list[list[nbformat.NotebookNode]]:
    """The cells of each section of a chapter; the first holds its title."""
    found: list[list[nbformat.NotebookNode]] = [[]]
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.id == "colab":  # tools/notebooks.py gives the new notebook its own
            continue
        if cell.cell_type == "markdown" and cell.source.startswith("## "):
            found.append([])
        found[-1].append(cell)
    return found


def chosen(argument: str) -> list[nbformat.NotebookNode]:
    """The cells of ``CHAPTER:SECTIONS``."""
    path, _, numbers = argument.partition(":")
    found = sections(Path(path))
    ranges = re.findall(r"(\d+)(?:-(\d+))?", numbers) or [("0", str(len(found) - 1))]
    wanted = [n for first, last in ranges for n in range(int(first), int(last or first) + 1)]
    if max(wanted) >= len(found):
        raise SystemExit(f"{path} has sections 0 to {len(found) - 1}, not {max(wanted)}")
    return [cell for number in wanted for cell in found[number]]


def join(chapters: list[str]) -> nbformat.NotebookNode:
    """A notebook with the chosen sections, each cell with an id of its own."""
    notebook = nbformat.v4.new_notebook()
    for number, chapter in enumerate(chapters, start=1):
        for cell in chosen(chapter):
            cell.id = cell.id if number == 1 else f"{cell.id}-{number}"
            notebook.cells.append(cell)
    return notebook


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--list", action="store_true", help="show the sections of chapters")
    parser.add_argument("paths", nargs="+", metavar="PATH")
    arguments = parser.parse_args()
    if arguments.list:
        for path in arguments.paths:
            print(path)
            for number, cells in enumerate(sections(Path(path))):
                print(f"{number:4} {cells[0].source.splitlines()[0].lstrip('# ')}")
        return
    out, *chapters = arguments.paths
    Path(out).parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(join(chapters), out)
    print(f"wrote {out}")


if __name__ == "__main__":
    main()
