"""The typeface, the boxes (a quotation that opens in bold is an aside) and the wide figures."""

import re
import shutil
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform
from sphinx.transforms.post_transforms import SphinxPostTransform

from .maths import ROOT

WIDE = 480  # points; on a phone, lettering of a wider figure would be too small to read
FONTS = ROOT / "node_modules" / "@fontsource-variable" / "source-serif-4" / "files"


class Asides(SphinxTransform):
    """``> **A closer look.** ...`` becomes a box."""

    default_priority = 210

    def apply(self) -> None:
        for quote in list(self.document.findall(nodes.block_quote)):
            if isinstance(next(iter(quote[0].children), None), nodes.strong):
                quote.replace_self(nodes.container("", *quote.children, classes=["aside"]))


class WideFigures(SphinxPostTransform):
    """A figure of several panels scrolls in its own box where it would shrink too far."""

    default_priority = 100
    formats = ("html",)

    def run(self, **kwargs: object) -> None:
        for image in self.document.findall(nodes.image):
            path = Path(self.env.srcdir, image["uri"])
            if path.suffix != ".svg" or "cell_output" not in image.parent.get("classes", []):
                continue
            head = path.read_text(encoding="utf-8")[:1000]
            width = re.search(r'<svg [^>]*\bwidth="([\d.]+)pt"', head)
            if width and float(width[1]) > WIDE:
                image.parent["classes"].append("scroll")


def write_fonts(app: Sphinx) -> None:
    if app.builder.format == "html":
        static = Path(app.outdir) / "_static"
        static.mkdir(parents=True, exist_ok=True)
        for style in ("normal", "italic"):
            shutil.copy(FONTS / f"source-serif-4-latin-wght-{style}.woff2", static)


def setup(app: Sphinx) -> None:
    app.add_transform(Asides)
    app.add_post_transform(WideFigures)
    app.connect("builder-inited", write_fonts)
