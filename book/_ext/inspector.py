"""Puts the inspector's script, and where the equations are, onto the pages that show one.

A cell that draws a figure may name the moments it shows, as the inspector copies their addresses,
in its metadata: ``{"inspector": [["before", "preset=cbow"], ["after", "preset=cbow&step=1"]]}``.
Links under the figure lead there.
"""

import json
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging

from w2vlib.inspector import DEFAULTS, FOLDER, PRESETS, script

from .maths import node_program

logger = logging.getLogger(__name__)

SCRIPT = "w2v-inspector.js"
HOME = "book/inspector"
KEYS = {"preset", *DEFAULTS, "step", "phase", "acts", "view"}
VIEWS = ("network", "output", "weights", "vectors", "loss", "compare", "ask")
OPEN = """import { readAddress } from %s;
for (const query of %s) {
  try { readAddress(query, %s); } catch (error) { console.log(`${query}: ${error.message}`); }
}"""


def refused(queries: list[str]) -> list[str]:
    """Which addresses the inspector could not open, and why."""
    found = []
    for query in queries:
        given = dict(parse_qsl(query, keep_blank_values=True))
        if unknown := sorted(given.keys() - KEYS):
            found.append(f"{query}: it does not know {', '.join(unknown)}")
        if (view := given.get("view", "network")) not in VIEWS:
            found.append(f"{query}: there is no view {view}: use one of {', '.join(VIEWS)}")
    engine = json.dumps((FOLDER / "engine.mjs").as_uri())
    program = OPEN % (engine, json.dumps(queries), json.dumps(PRESETS))
    command = [node_program(), "--input-type=module", "--eval", program]
    done = subprocess.run(command, capture_output=True, check=True, text=True, encoding="utf-8")
    return found + done.stdout.splitlines()


class LinkFigures(SphinxPostTransform):
    """Let the figure of a cell lead to the moments that its metadata names."""

    default_priority = 100
    formats = ("html",)

    def run(self, **kwargs: object) -> None:
        home = self.app.builder.get_relative_uri(self.env.docname, HOME)
        queries: list[str] = []
        for cell in list(self.document.findall(nodes.container)):
            states = cell.get("cell_metadata", {}).get("inspector", [])
            if not states or cell.get("nb_element") != "cell_code":
                continue
            line = nodes.paragraph("", "In the inspector: ", classes=["to-inspector"])
            for k, (label, query) in enumerate(states):
                line += nodes.Text(" · " if k else "")
                line += nodes.reference("", label, refuri=f"{home}?{query}", internal=True)
            cell += line
            queries += [query for _, query in states]
        for problem in refused(queries) if queries else ():
            logger.warning("the inspector cannot open %s", problem, location=self.env.docname)


def write_script(app: Sphinx) -> None:
    """A classic script, since a page opened from a disk may not import modules."""
    if app.builder.format == "html" and not app.builder.embedded:
        folder = Path(app.outdir) / "_static"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / SCRIPT).write_text(script(), encoding="utf-8")


def add_script(
    app: Sphinx, pagename: str, template: str, context: dict[str, Any], doctree: nodes.document
) -> None:
    if app.builder.embedded or "<w2v-inspector" not in context.get("body", ""):
        return
    app.add_js_file(SCRIPT, loading_method="defer")
    app.add_css_file("inspector.css")
    labels = app.env.domaindata["std"]["anonlabels"]

    def link(target: str) -> str:
        return app.builder.get_relative_uri(pagename, target)

    equations = {
        name.removeprefix("eq-"): f"{link(page) if page != pagename else ''}#{anchor}"
        for name, (page, anchor, *_) in sorted(labels.items())
        if name.startswith("eq-")
    }
    links = json.dumps({"home": link(HOME), "equations": equations})
    own = " data-own" if pagename == HOME else ""
    context["body"] += (
        f'<script type="application/json" id="w2v-inspector-links"{own}>{links}</script>'
    )


def setup(app: Sphinx) -> None:
    app.add_post_transform(LinkFigures)
    app.connect("builder-inited", write_script)
    app.connect("html-page-context", add_script)
