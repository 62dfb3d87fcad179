"""Run the book's notebooks in order and write them in one canonical form.

    python tools/notebooks.py [--execute] [--check] NOTEBOOK...

``--execute`` runs each notebook first, in a fresh kernel. ``--check`` writes nothing and exits 1
if a notebook is not in canonical form, which is: a first cell that installs the library on Colab
and does nothing elsewhere, the kernel named ``python3`` and nothing else in the notebook's
metadata, no timing or editor state in a cell's, no output that is a live control and nothing else,
execution counts from 1.
"""

import argparse
import sys
from pathlib import Path

import nbformat
import yaml
from nbclient import NotebookClient

CONFIG = Path(__file__).parents[1] / "_config.yml"
COLAB = """\
# @title Only on Google Colab: install the library of this book
import sys

if "google.colab" in sys.modules:
    %pip install --quiet "w2vlib[train] @ git+{address}"
"""
HIDDEN = {
    "cellView": "form",  # Colab shows the title alone, JupyterLab a bar
    "jupyter": {"source_hidden": True},
    "tags": ["remove-cell", "skip-execution"],
}
METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
WIDGET = "application/vnd.jupyter.widget-view+json"
EDITOR_STATE = ("execution", "ExecuteTime", "collapsed", "scrolled", "editable", "trusted")


def execute(notebook: nbformat.NotebookNode, folder: Path) -> None:
    """Run all cells in order in a fresh kernel, storing their outputs; the first error stops."""
    NotebookClient(
        notebook,
        timeout=300,
        kernel_name="python3",
        record_timing=False,
        coalesce_streams=True,
        resources={"metadata": {"path": str(folder)}},
    ).execute()


def colab_cell() -> nbformat.NotebookNode:
    """The first cell of a chapter, with the repository's address from ``_config.yml``."""
    address = yaml.safe_load(CONFIG.read_text(encoding="utf-8"))["repository"]["url"]
    source = COLAB.format(address=address).rstrip()
    return nbformat.v4.new_code_cell(source, id="colab", metadata=HIDDEN)


def needs_kernel(output: nbformat.NotebookNode) -> bool:
    """Whether an output is a live control, which stores nothing that a page could show."""
    data = output.get("data", {})
    return WIDGET in data and set(data) <= {WIDGET, "text/plain"}


def canonical(notebook: nbformat.NotebookNode) -> str:
    """The notebook as the text to store."""
    notebook.metadata = nbformat.from_dict(METADATA)
    own = [cell for cell in notebook.cells if cell.get("id") != "colab"]
    notebook.cells = [colab_cell(), *own]
    count = 0
    for cell in notebook.cells:
        for key in EDITOR_STATE:
            cell.metadata.pop(key, None)
        if cell.cell_type != "code":
            continue
        cell.outputs = [output for output in cell.outputs if not needs_kernel(output)]
        if cell.execution_count is not None:
            count += 1
            cell.execution_count = count
        for output in cell.outputs:
            if "execution_count" in output:
                output.execution_count = count
            if "data" in output:  # the view of a widget is nothing without its kernel
                output.data.pop("application/vnd.jupyter.widget-view+json", None)
    nbformat.validate(notebook)
    return nbformat.writes(notebook).rstrip("\n") + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--execute", action="store_true", help="run each notebook first")
    parser.add_argument("--check", action="store_true", help="write nothing, only compare")
    parser.add_argument("notebooks", nargs="+", type=Path)
    arguments = parser.parse_args()
    different = 0
    for path in arguments.notebooks:
        notebook = nbformat.read(path, as_version=4)
        if arguments.execute:
            execute(notebook, path.parent)
        text = canonical(notebook)
        if text == path.read_text(encoding="utf-8"):
            continue
        different += 1
        if arguments.check:
            print(f"not canonical: {path}: run `make notebooks`")
        else:
            path.write_text(text, encoding="utf-8")
            print(f"wrote {path}")
    return 1 if arguments.check and different else 0


if __name__ == "__main__":
    sys.exit(main())
