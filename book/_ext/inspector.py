"""Puts the inspector's script, and where the equations are, onto the pages that show one."""

import json
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

from w2vlib.inspector import script

SCRIPT = "w2v-inspector.js"
HOME = "book/inspector"


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
    app.connect("builder-inited", write_script)
    app.connect("html-page-context", add_script)
