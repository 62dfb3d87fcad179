"""Folds solutions and answers: cells tagged ``solution`` or ``answer`` that follow one another
become one ``<details>``. In Jupyter they are plain cells.

The first begins with its label in bold, ``**Solution 3.**`` or ``**Answer 2: c.**``; the page shows
"Solution 3" and "Answer 2" until it is opened.
"""

import re
from itertools import groupby
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform
from sphinx.util import logging

from . import registry

logger = logging.getLogger(__name__)

FOLDED = ("solution", "answer")
LABEL = re.compile(r"[A-Z]\w+ \d+")


class folded(nodes.General, nodes.Element):
    """Content that opens when the reader asks for it."""


class FoldTaggedCells(SphinxTransform):
    """Wrap each run of cells that carry one of the tags."""

    default_priority = 210

    def apply(self) -> None:
        source = Path(self.env.doc2path(self.env.docname))
        if source.suffix != ".ipynb":
            return
        cells = registry.cells(source)
        for parent in [self.document, *self.document.findall(nodes.section)]:
            self._fold(parent, cells)

    def _fold(self, parent: nodes.Element, cells: list[registry.Cell]) -> None:
        children: list[nodes.Node] = []
        for tag, run in groupby(list(parent.children), lambda node: _tag(node, cells)):
            if tag:
                children.append(_details(tag, list(run)))
            else:
                children.extend(run)
        parent.children = []
        parent.extend(children)


def _tag(node: nodes.Node, cells: list[registry.Cell]) -> str:
    """The folding tag of the cell that a node comes from, told by MyST-NB's line numbers."""
    if isinstance(node, nodes.section):
        return ""
    index = node.get("cell_index", registry.cell_index(node.line))
    tags = cells[index].tags if index >= 0 else ()
    return next((tag for tag in FOLDED if tag in tags), "")


def _details(tag: str, content: list[nodes.Node]) -> folded:
    bold = next(iter(content[0].findall(nodes.strong)), nodes.strong())
    label = LABEL.match(bold.astext())
    if not label:
        logger.warning("a cell tagged %s needs a label in bold first", tag, location=content[0])
    elif bold.astext() == label[0] + ".":
        bold.parent.remove(bold)
    wrapper = folded("", *content, classes=[tag])
    wrapper["summary"] = label[0] if label else tag.title()
    return wrapper


def visit_html(translator: Any, node: folded) -> None:
    translator.body.append(translator.starttag(node, "details"))
    translator.body.append(f"<summary>{node['summary']}</summary>\n")


def depart_html(translator: Any, node: folded) -> None:
    translator.body.append("</details>\n")


def setup(app: Sphinx) -> None:
    app.add_node(folded, html=(visit_html, depart_html))
    app.add_transform(FoldTaggedCells)
    app.add_js_file("details.js", loading_method="defer")
