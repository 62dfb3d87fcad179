"""The index of the 85 equations, put together from the registry each time the book is built."""

from collections.abc import Iterable
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform
from sphinx.util.docutils import SphinxDirective

from . import registry
from .equations import pages
from .registry import EQUATIONS, Place
from .sources import page_name, relative


def later_number(n: int) -> str:
    """The number of an equation in the author's later copy, which leaves (5) out."""
    return "no number" if n == 5 else f"({n if n < 5 else n - 1})"


def cell_anchor(cell_id: str) -> str:
    """The anchor of a code cell or of a cell that treats a fact; a Markdown page has none."""
    return cell_id and f"cell-{cell_id}"


def page_title(path: Path) -> str:
    """The title of a page: its first heading."""
    texts = (cell.source for cell in registry.cells(path) if cell.kind == "markdown")
    lines = (line for text in texts for line in text.splitlines())
    return next(line[2:] for line in lines if line.startswith("# "))


class CellAnchors(SphinxTransform):
    """Give each code cell, and each cell that treats a fact, an anchor named after its id."""

    default_priority = 205

    def apply(self) -> None:
        source = Path(self.env.doc2path(self.env.docname))
        if source.suffix != ".ipynb":
            return
        cells = registry.cells(source)
        texts = {index: cell for index, cell in enumerate(cells) if cell.facts}
        for node in self.document.findall(nodes.Element):
            if node.get("nb_element") == "cell_code":
                node["ids"].append(cell_anchor(cells[node["cell_index"]].id))
            elif isinstance(node, nodes.paragraph | nodes.title | nodes.block_quote):
                cell = texts.pop(registry.cell_index(node.line), None)
                if cell:
                    node["ids"].append(cell_anchor(cell.id))


class EquationIndex(SphinxDirective):
    """``{equation-index}``: what each equation states and where it is derived, coded, checked."""

    def run(self) -> list[nodes.Node]:
        self.env.note_reread()
        self.found = registry.read(Path(self.env.srcdir), pages(self.env.app))
        missing = [line.split() for line in self.found.missing()]
        incomplete = {words[1] for words in missing if words[0] == "equation"}
        complete = len(EQUATIONS) - len(incomplete)
        summary = nodes.paragraph("", f"{complete} of {len(EQUATIONS)} equations are complete.")
        jumps = nodes.bullet_list(classes=["equation-jumps"])
        entries = nodes.bullet_list(classes=["equation-index"])
        for n in EQUATIONS:
            jump = nodes.reference("", f"({n})", refid=f"equation-{n}", internal=True)
            jumps += nodes.list_item("", nodes.paragraph("", "", jump))
            entries += self.entry(n)
        return [summary, jumps, entries]

    def entry(self, n: int) -> nodes.list_item:
        """All that is known of equation n."""
        item = nodes.list_item(ids=[f"equation-{n}"])
        item += nodes.paragraph("", "", nodes.strong("", f"({n})"), classes=["equation-title"])
        tags, about = self.found.tags.get(n, []), self.found.statements.get(n, {})
        if about:
            kind = f" {about['kind']}, section {about['section']}; "
            item[0] += nodes.inline("", f"{kind}{later_number(n)} in the later copy")
            item += nodes.paragraph("", "", *self.parse_inline(about["statement"])[0])
        item += [nodes.math_block("", place.text) for place in tags[:1] if place.text]
        home = tags[0].path if tags else None
        chapter = sorted(self.found.chapter.get(n, []), key=lambda place: place.path != home)
        fields = nodes.field_list()
        fields += self.field("Derived", [self.derivation(p, n) for p in tags])
        fields += self.field("NumPy", self.code([p for p in chapter if p.path == chapter[0].path]))
        fields += self.field("w2vlib", self.code(self.found.library.get(n, [])))
        fields += self.field("Test", self.code(self.found.tests.get(n, [])))
        item += fields
        return item

    def derivation(self, place: Place, n: int) -> nodes.reference:
        """A link to the formula itself, named after its chapter."""
        title = nodes.Text(page_title(Path(self.env.srcdir) / place.path))
        return self.link(place, title, f"eq-{n}")

    def field(self, name: str, links: Iterable[nodes.Node]) -> nodes.field:
        """A named line of the entry; without links it says what is missing."""
        body = nodes.field_body()
        for link in links:
            body += nodes.paragraph("", "", link)
        if not body.children:
            body += nodes.paragraph("", "", nodes.inline("", "missing", classes=["missing"]))
        return nodes.field("", nodes.field_name("", name), body)

    def code(self, places: Iterable[Place]) -> list[nodes.Node]:
        """The code of each place, linked to where it stands; equal lines once."""
        once = {place.text: place for place in reversed(list(places))}
        return [self.link(place, nodes.literal("", text)) for text, place in reversed(once.items())]

    def link(self, place: Place, text: nodes.Node, anchor: str = "") -> nodes.reference:
        """A link to a place, which is a cell or a line of a source page."""
        if place.path.suffix == ".py":
            page, anchor = page_name(place.path), f"line-{place.line}"
        else:
            page = place.path.with_suffix("").as_posix()
            anchor = anchor or cell_anchor(place.cell)
        return nodes.reference("", "", text, refuri=relative(self.env, page, anchor), internal=True)


def setup(app: Sphinx) -> None:
    app.add_directive("equation-index", EquationIndex)
    app.add_transform(CellAnchors)
    app.add_css_file("equation-index.css")
