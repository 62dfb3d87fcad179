"""Shows the library and the tests of equations inside the book: a page a file, an anchor a line."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from docutils import nodes
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.docutils import SphinxDirective

from .registry import marked_tests

FOLDER = "book/source"


def shown(root: Path) -> list[Path]:
    """The files shown, relative to the root of the repository."""
    tests = (root / "tests").glob("test_*.py")
    marked = [path for path in tests if any(marked_tests(path.read_text(encoding="utf-8")))]
    files = sorted((root / "w2vlib").rglob("*.py")) + sorted(marked)
    return [path.relative_to(root) for path in files]


def page_name(path: Path) -> str:
    """The page of a file: ``book/source/w2vlib/softmax``."""
    return f"{FOLDER}/{path.with_suffix('').as_posix()}"


def relative(env: BuildEnvironment, page: str, anchor: str = "") -> str:
    """The address of a page seen from the page that is being read."""
    uri = env.app.builder.get_relative_uri(env.docname, page)
    return f"{uri}#{anchor}" if anchor else uri


def collect_pages(app: Sphinx) -> Iterator[tuple[str, dict[str, Any], str]]:
    """Yield a page for each file."""
    formatter = HtmlFormatter(linenos="inline", linespans="line", wrapcode=True)
    root = Path(app.srcdir)
    for path in shown(root):
        code = highlight((root / path).read_text(encoding="utf-8"), PythonLexer(), formatter)
        code = code.replace("<pre>", '<pre tabindex="0">')
        body = f'<h1>{path.as_posix()}</h1>\n<div class="highlight-python source">{code}</div>'
        yield page_name(path), {"title": path.as_posix(), "body": body}, "page.html"


class SourceList(SphinxDirective):
    """``{source-list}``: links to all files shown, each with the first line of its docstring."""

    def run(self) -> list[nodes.Node]:
        self.env.note_reread()
        root = Path(self.env.srcdir)
        items = nodes.definition_list(classes=["source-list"])
        for path in shown(root):
            link = nodes.reference(
                "", path.as_posix(), refuri=relative(self.env, page_name(path)), internal=True
            )
            docstring = (root / path).read_text(encoding="utf-8").split('"""', 2)[1]
            summary = nodes.paragraph("", "", *self.parse_inline(docstring.splitlines()[0])[0])
            items += nodes.definition_list_item(
                "", nodes.term("", "", link), nodes.definition("", summary)
            )
        return [items]


def setup(app: Sphinx) -> None:
    app.add_directive("source-list", SourceList)
    app.connect("html-collect-pages", collect_pages)
