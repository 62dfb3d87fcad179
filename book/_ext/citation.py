"""``{citation} book`` and ``{citation} paper``: BibTeX, made from CITATION.cff."""

from pathlib import Path
from typing import Any

import yaml
from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

SOURCE = "CITATION.cff"
CHOICES = ("book", "paper")


def _authors(entry: dict[str, Any]) -> str:
    """People as ``Rong, Xin``; a group in braces of its own, which keep it whole."""
    return " and ".join(
        f"{author['family-names']}, {author['given-names']}"
        if "family-names" in author
        else f"{{{author['name']}}}"
        for author in entry["authors"]
    )


def _entry(kind: str, key: str, fields: dict[str, str]) -> str:
    lines = "".join(f"  {name} = {{{value}}},\n" for name, value in fields.items())
    return f"@{kind}{{{key},\n{lines}}}"


def book(citation: dict[str, Any], address: str) -> str:
    fields = {
        "author": _authors(citation),
        "title": f"{{{citation['title']}}}",
        "year": str(citation["date-released"])[:4],
        "version": citation["version"],
        "url": address,
    }
    return _entry("misc", "word2vec-equation-by-equation", fields)


def paper(citation: dict[str, Any], address: str) -> str:
    [reference] = citation["references"]
    [identifier] = reference["identifiers"]
    fields = {
        "author": _authors(reference),
        "title": f"{{{reference['title']}}}",
        "year": str(reference["year"]),
        "journal": f"{reference['journal']} preprint {identifier['value']}",
        "url": reference["url"],
    }
    return _entry("article", "rong2014word2vec", fields)


class Citation(SphinxDirective):
    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        make = {"book": book, "paper": paper}[directives.choice(self.arguments[0], CHOICES)]
        path = Path(self.env.srcdir, SOURCE)
        self.env.note_dependency(str(path))
        citation = yaml.safe_load(path.read_text(encoding="utf-8"))
        text = make(citation, self.env.config.html_baseurl)
        return [nodes.literal_block(text, text, language="bibtex")]


def setup(app: Sphinx) -> None:
    app.add_directive("citation", Citation)
