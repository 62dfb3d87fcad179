"""Keeps the book whole without a network, even opened from a disk by ``file://``."""

import html
import re
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

NO_EXTRACTS = (
    'if (location.protocol === "file:") DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;'
)
# The theme draws its icons twice, by a script and by CSS with fonts; the second is enough.
ICON_SCRIPT = re.compile(r'\s*<script src="[^"]*scripts/fontawesome\.js[^"]*"></script>')
REDIRECT = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>{title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="0; url={url}">
</head>
<body><main><h1>{title}</h1><p><a href="{url}">Read the book</a></p></main></body>
</html>
"""


def titles_only_from_disk(
    app: Sphinx, pagename: str, template: str, context: dict[str, Any], doctree: nodes.document
) -> None:
    """A page opened from a disk may not read others: its search shows titles without extracts."""
    if pagename == "search":
        app.add_js_file(None, body=NO_EXTRACTS)


def finish(app: Sphinx, error: Exception | None) -> None:
    """Drop the icon script and two broken pages of the theme; let index.html lead to the book."""
    if error or app.builder.name != "html":
        return
    out = Path(app.outdir)
    for page in out.rglob("*.html"):
        if page.name.endswith("webpack-macros.html"):
            page.unlink()
            continue
        text = page.read_text(encoding="utf-8")
        trimmed = ICON_SCRIPT.sub("", text)
        if trimmed != text:
            page.write_text(trimmed, encoding="utf-8")
    (out / "_static" / "scripts" / "fontawesome.js").unlink(missing_ok=True)
    root = app.config.root_doc
    if root != "index":
        title = html.escape(app.config.html_title)
        page = REDIRECT.format(title=title, url=f"{root}.html")
        (out / "index.html").write_text(page, encoding="utf-8")


def setup(app: Sphinx) -> None:
    app.connect("html-page-context", titles_only_from_disk)
    app.connect("build-finished", finish, priority=900)
