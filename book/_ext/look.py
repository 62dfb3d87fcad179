"""The typeface, and the boxes: a quotation that opens in bold is an aside, not a quotation."""

import shutil
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform

from .maths import ROOT

FONTS = ROOT / "node_modules" / "@fontsource-variable" / "source-serif-4" / "files"


class Asides(SphinxTransform):
    """``> **A closer look.** ...`` becomes a box."""

    default_priority = 210

    def apply(self) -> None:
        for quote in list(self.document.findall(nodes.block_quote)):
            if isinstance(next(iter(quote[0].children), None), nodes.strong):
                quote.replace_self(nodes.container("", *quote.children, classes=["aside"]))


def write_fonts(app: Sphinx) -> None:
    if app.builder.format == "html":
        static = Path(app.outdir) / "_static"
        static.mkdir(parents=True, exist_ok=True)
        for style in ("normal", "italic"):
            shutil.copy(FONTS / f"source-serif-4-latin-wght-{style}.woff2", static)


def setup(app: Sphinx) -> None:
    app.add_transform(Asides)
    app.connect("builder-inited", write_fonts)
