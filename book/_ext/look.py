"""The typeface, and the kinds of boxes: ``> **Check it.** ...`` becomes a box of class check-it."""

import shutil
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform

from .maths import ROOT

FONTS = ROOT / "node_modules" / "@fontsource-variable" / "source-serif-4" / "files"


class Boxes(SphinxTransform):
    """Quotations that open with a bold name are asides of that name, not quotations."""

    default_priority = 210

    def apply(self) -> None:
        for quote in list(self.document.findall(nodes.block_quote)):
            name = next(iter(quote[0].children), None) if quote.children else None
            if isinstance(name, nodes.strong):
                kind = nodes.make_id(name.astext())
                quote.replace_self(nodes.container("", *quote.children, classes=["aside", kind]))


def write_fonts(app: Sphinx) -> None:
    if app.builder.format == "html":
        static = Path(app.outdir) / "_static"
        static.mkdir(parents=True, exist_ok=True)
        for style in ("normal", "italic"):
            shutil.copy(FONTS / f"source-serif-4-latin-wght-{style}.woff2", static)


def setup(app: Sphinx) -> None:
    app.add_transform(Boxes)
    app.connect("builder-inited", write_fonts)
