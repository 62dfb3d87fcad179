"""The errata page: each entry of ``book/errata.yml`` with links to where the book treats it."""

import re
from collections.abc import Iterator
from pathlib import Path

import yaml
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from . import registry
from .equation_index import cell_anchor, page_title
from .equations import pages
from .registry import Place
from .sources import relative

NUMBER = re.compile(r"\((\d+)\)")


class Errata(SphinxDirective):
    """``{errata}``: the list of errata in their order."""

    def run(self) -> list[nodes.Node]:
        self.env.note_reread()
        root = Path(self.env.srcdir)
        self.found = registry.read(root, pages(self.env.app))
        entries = yaml.safe_load((root / "book" / "errata.yml").read_text(encoding="utf-8"))
        return [nodes.bullet_list("", *map(self.entry, entries), classes=["errata"])]

    def entry(self, erratum: dict[str, str]) -> nodes.list_item:
        """One erratum: where it stands, what it is, how to read it, where the book treats it."""
        title = nodes.paragraph("", "", nodes.strong("", erratum["id"]), nodes.Text(" "))
        title += [*self.linked(erratum["where"]), nodes.Text(f" · {erratum['kind']}")]
        item = nodes.list_item("", title, ids=[erratum["id"]])
        item += nodes.paragraph("", "", *self.parse_inline(erratum["issue"])[0])
        correction = nodes.paragraph("", "", nodes.emphasis("", "Remedy: "))
        correction += self.parse_inline(erratum["correction"])[0]
        item += correction
        places = self.found.facts.get(erratum["id"], [])
        treated = nodes.paragraph("", "Treated in: " if places else "Not treated yet.")
        for page in dict.fromkeys(place.path for place in places):
            if len(treated) > 1:
                treated += nodes.Text(", ")
            treated += self.link(next(place for place in places if place.path == page))
        item += treated
        return item

    def linked(self, text: str) -> Iterator[nodes.Node]:
        """The text with each equation number as a link to the equation."""
        for index, part in enumerate(NUMBER.split(text)):
            tags = self.found.tags.get(int(part), []) if index % 2 else []
            if tags:
                page = tags[0].path.with_suffix("").as_posix()
                uri = relative(self.env, page, f"eq-{part}")
                yield nodes.reference("", f"({part})", refuri=uri, internal=True)
            else:
                yield nodes.Text(f"({part})" if index % 2 else part)

    def link(self, place: Place) -> nodes.reference:
        page = place.path.with_suffix("").as_posix()
        uri = relative(self.env, page, cell_anchor(place.cell))
        title = page_title(Path(self.env.srcdir) / place.path)
        return nodes.reference("", title, refuri=uri, internal=True)


def setup(app: Sphinx) -> None:
    app.add_directive("errata", Errata)
