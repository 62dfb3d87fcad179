"""Turn chapters into decks of slides: a folder each, which any browser shows without a network.

    python tools/slides.py [--out _build/slides] NOTEBOOK...

What is shown follows from the form of a chapter. Each ``##`` begins a row of slides, each Markdown
cell that leads to a formula or to code a slide; formulas, code and output appear step by step. Of
a paragraph the slide keeps the opening, sentences with a bold term and the sentence that leads to
a formula; the rest goes to the speaker's notes, with the boxes about the paper. A figure stands
alone, without the code that drew it, unless an equation is numbered there. Imports, solutions,
references and live controls are left out; an answer is the last step of its question.

A cell's ``slideshow.slide_type`` overrules this: ``slide`` and ``subslide`` begin a slide,
``fragment`` and ``-`` continue one, and all four show the whole cell; ``notes`` and ``skip`` hide
it. What does not fit on a slide is moved to the next by slides/slides.js, when the deck opens.
"""

import argparse
import html
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import nbformat
from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.dollarmath import dollarmath_plugin
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from w2vlib.inspector import script

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "book"))

from _ext import look, maths  # noqa: E402
from _ext.registry import TAG, numbered_lines  # noqa: E402

PARTS = Path(__file__).with_suffix("")
REVEAL = maths.MODULES / "reveal.js" / "dist"
HIDDEN = {"solution", "self-check", "remove-cell", "remove-output"}
SHORT = 150  # characters: a paragraph no longer than this is shown whole
OPENING = 70  # characters: the opening of a paragraph is at least this long
SENTENCE_END = re.compile(r"(?:(?<=[.!?])|(?<=[.!?]\)))\s+(?=[A-Z0-9(“]|$)")
PICTURE = ("<img", '<div class="inspector"')
PROSE = ("paragraph_open", "blockquote_open")
ASKED = re.compile(r"\*\*(Question|Exercise) ")
IMPORTS = re.compile(r"(?:from|import) .*\n(?s:.*)plots\.book_style\(\)")
MATHML = re.compile(r"<math.*?</math>", re.S)
LINK = re.compile(r'<a (?:class="\S*" )?href="([^"]*)"[^>]*>(.*?)</a>', re.S)


@dataclass
class Slide:
    """Steps of HTML that appear one after the other, and notes for the speaker."""

    name: str
    title: str
    steps: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    begins_row: bool = False


def _markdown(renderer: Callable[[str, dict[str, bool]], str]) -> MarkdownIt:
    parser = MarkdownIt("commonmark").enable("table")
    return parser.use(dollarmath_plugin, renderer=renderer, double_inline=True)


def _formula(tex: str, options: dict[str, bool]) -> str:
    anchors = "".join(f'<span id="eq-{number}"></span>' for number in TAG.findall(tex))
    return anchors + maths.render(tex, options["display_mode"])


def _spoken(tex: str, options: dict[str, bool]) -> str:
    """A formula for the speaker's window, which has no style sheet: MathML alone."""
    return MATHML.search(maths.render(tex, options["display_mode"]))[0]


SHOWN, SPOKEN = _markdown(_formula), _markdown(_spoken)


def blocks(tokens: list[Token], level: int = 0) -> Iterator[list[Token]]:
    """Yield the blocks of a Markdown text, or of what stands at a level of it."""
    block: list[Token] = []
    for token in tokens:
        block.append(token)
        if token.level == level and token.nesting <= 0:
            yield block
            block = []


def parts(block: list[Token]) -> Iterator[list[Token]]:
    """Yield a box for each paragraph of a box; any other block as it is."""
    if block[0].type != "blockquote_open":
        yield block
        return
    for part in blocks(block[1:-1], level=1):
        yield [block[0], *part, block[-1]]


def plain(tokens: list[Token]) -> str:
    """What tokens say, without markup."""
    return "".join(token.content for token in tokens)


def sentences(inline: list[Token]) -> Iterator[list[Token]]:
    """Yield the sentences of a paragraph; what is bold, slanted or in brackets is never cut."""
    sentence: list[Token] = []
    for token in inline:
        pieces = SENTENCE_END.split(token.content) if token.type == "text" else [token.content]
        for number, piece in enumerate(pieces):
            said = plain(sentence)
            if number and token.level == 0 and said.count("(") == said.count(")"):
                yield sentence
                sentence = []
            elif number:
                piece = " " + piece
            sentence.append(token.copy(content=piece))
    if plain(sentence).strip():
        yield sentence


def shorten(block: list[Token], leads_on: bool) -> None:
    """Keep what the audience should read of a paragraph: see the top of this file."""
    for inline in (token for token in block if token.type == "inline"):
        if len(inline.content) <= SHORT:
            continue
        found, kept, opening = list(sentences(inline.children or [])), [], 0
        for sentence in found:
            bold = any(token.type == "strong_open" for token in sentence)
            if opening < OPENING or bold or (leads_on and sentence is found[-1]):
                kept += [*sentence, Token("text", "", 0, content=" ")]
            opening += len(plain(sentence))
        inline.children = kept


def is_about_the_paper(block: list[Token]) -> bool:
    """Whether a block is a box about the paper's text, which is for the speaker."""
    return block[0].type == "blockquote_open" and "**A closer look" in block[2].content


def text_steps(source: str, whole: bool, boxes: bool) -> list[str]:
    """A Markdown cell as steps: each ends with a formula, a list or a table, or with the cell."""
    steps, step = [], ""
    found = [
        part
        for block in blocks(SHOWN.parse(source))
        if block[0].type != "heading_open" and (boxes or not is_about_the_paper(block))
        for part in parts(block)
    ]
    for block, following in pairwise([*found, []]):
        kind = block[0].type
        if kind in PROSE and not whole:
            shorten(block, leads_on=bool(following) and following[0].type not in PROSE)
        step += SHOWN.renderer.render(block, SHOWN.options, {})
        if kind != "paragraph_open":
            steps.append(step)
            step = ""
    return [*steps, step] if step else steps


def outputs(cell: nbformat.NotebookNode, figures: Path) -> list[str]:
    """The outputs of a code cell; pictures become files."""
    found = []
    for number, output in enumerate(cell.outputs):
        data = output.get("data", {"text/plain": output.get("text", "")})
        if "image/svg+xml" in data:
            path = figures / f"{cell.id}-{number}.svg"
            path.write_text(data["image/svg+xml"], encoding="utf-8")
            alt = html.escape(cell.metadata.get("mystnb", {}).get("image", {}).get("alt", ""))
            found.append(f'<img src="{figures.name}/{path.name}" alt="{alt}">')
        elif "<w2v-inspector" in data.get("text/html", ""):
            found.append(f'<div class="inspector">{data["text/html"]}</div>')
        elif "text/html" in data:
            found.append(f'<div class="output fragment">{data["text/html"]}</div>')
        else:
            text = html.escape(data["text/plain"].rstrip())
            found.append(f'<pre class="output fragment">{text}</pre>')
    return found


def code_steps(cell: nbformat.NotebookNode, figures: Path, whole: bool) -> list[str]:
    """A code cell as steps: the code with its printed output, then each figure."""
    found = outputs(cell, figures)
    pictures = [output for output in found if output.startswith(PICTURE)]
    if pictures and not whole and not any(numbered_lines(cell.source)):
        return pictures
    printed = "".join(output for output in found if output not in pictures)
    code = highlight(cell.source, PythonLexer(), HtmlFormatter())
    return [f'<div class="cell">{code}{printed}</div>', *pictures]


def needs_kernel(cells: list[nbformat.NotebookNode], index: int) -> bool:
    """Whether a cell is a live control, or the text that introduces one."""
    following = cells[index : index + 2] if cells[index].cell_type == "markdown" else []
    return any("remove-output" in cell.metadata.get("tags", []) for cell in following)


def begins(cells: list[nbformat.NotebookNode], index: int) -> bool:
    """Whether a cell begins a slide: text with a formula or with code after it, or a question."""
    source = cells[index].source
    return cells[index].cell_type == "markdown" and (
        "$$" in source or source.startswith("**Question ") or followed_by_code(cells, index)
    )


def followed_by_code(cells: list[nbformat.NotebookNode], index: int) -> bool:
    return any(cell.cell_type == "code" for cell in cells[index + 1 : index + 2])


def slides(cells: list[nbformat.NotebookNode], figures: Path) -> list[Slide]:
    """The slides of a chapter."""
    deck: list[Slide] = []
    title, skipped = "", False
    for index, cell in enumerate(cells):
        tags = set(cell.metadata.get("tags", []))
        explicit = cell.metadata.get("slideshow", {}).get("slide_type", "")
        heading = re.match(r"#{1,2} (.+)", cell.source) if cell.cell_type == "markdown" else None
        if heading:
            title, skipped = heading[1], heading[1] == "References"
        left_out = tags & HIDDEN or IMPORTS.match(cell.source) or needs_kernel(cells, index)
        if explicit == "skip" or (not explicit and (skipped or left_out)):
            continue
        is_text = cell.cell_type == "markdown"
        continues = explicit in ("fragment", "-", "notes") or not (explicit or begins(cells, index))
        if heading or not (continues or is_title(deck[-1])):
            deck.append(Slide(cell.id, title, begins_row=bool(heading) or explicit == "slide"))
        whole = explicit != "" or "answer" in tags or cell.source.startswith("# ")
        whole = whole or bool(ASKED.match(cell.source))
        if explicit != "notes":
            if is_text:
                boxes = whole or followed_by_code(cells, index)
                deck[-1].steps += text_steps(cell.source, whole, boxes)
            else:
                deck[-1].steps += code_steps(cell, figures, whole)
        if is_text and not (whole and explicit != "notes"):
            deck[-1].notes.append(SPOKEN.render(re.sub(r"^#+ .*", "", cell.source)))
    return [slide for slide in deck if slide.steps or slide.begins_row]


def is_title(slide: Slide) -> bool:
    """Whether a slide has nothing but its title so far."""
    return slide.begins_row and not slide.steps


def page(deck: list[Slide]) -> str:
    """The deck as a page; a link that leads out of the deck stays as its text."""
    rows: list[str] = []
    for slide in deck:
        kind = "h2" if slide.begins_row else 'p class="running"'
        title = SHOWN.renderInline(slide.title)
        if slide is deck[0]:
            kind = "h1"
        steps = [
            f'<div class="step{" fragment" if number else ""}">{step}</div>'
            for number, step in enumerate(slide.steps)
        ]
        notes = f'<aside class="notes">{"".join(slide.notes)}</aside>' if slide.notes else ""
        body = f"<{kind}>{title}</{kind.split()[0]}>\n" + "\n".join(steps) + notes
        section = f'<section id="{slide.name}">{body}</section>'
        if slide.begins_row or not rows:
            rows.append("")
        rows[-1] += section + "\n"
    text = "\n".join(f"<section>\n{row}</section>" for row in rows)
    here = set(re.findall(r'id="(eq-\d+)"', text))

    def link(match: re.Match[str]) -> str:
        inside = match[1].removeprefix("#") in here
        return match[0] if inside or "://" in match[1] else match[2]

    template = (PARTS / "template.html").read_text(encoding="utf-8")
    inspectors = "<w2v-inspector" in text
    element = '<script src="inspector.js"></script>\n' if inspectors else ""
    template = template.replace("{inspector}", element)
    name = re.sub(r"<[^>]*>", "", SHOWN.renderInline(deck[0].title))
    return template.replace("{title}", name).replace("{slides}", LINK.sub(link, text))


def write(notebook: Path, out: Path) -> None:
    """Write the deck of one chapter into the folder ``out``."""
    shutil.rmtree(out, ignore_errors=True)
    (out / "figures").mkdir(parents=True)
    deck = slides(nbformat.read(notebook, as_version=4).cells, out / "figures")
    text = page(deck)
    (out / "index.html").write_text(text, encoding="utf-8")
    if "<w2v-inspector" in text:
        (out / "inspector.js").write_text(script(), encoding="utf-8")
    maths.write_styles(out)
    style = HtmlFormatter(style="friendly").get_style_defs(".highlight")
    (out / "code.css").write_text(style, encoding="utf-8")
    for path in (
        *look.FONTS.glob("source-serif-4-latin-wght-*.woff2"),
        ROOT / "book" / "_static" / "maths.css",
        PARTS / "slides.css",
        PARTS / "slides.js",
        REVEAL / "reveal.css",
        REVEAL / "reveal.js",
        REVEAL / "plugin" / "notes.js",
    ):
        shutil.copy(path, out)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=ROOT / "_build" / "slides")
    parser.add_argument("notebooks", nargs="+", type=Path)
    arguments = parser.parse_args()
    maths.install_node_modules()
    for notebook in arguments.notebooks:
        write(notebook, arguments.out / notebook.stem)
        print(f"wrote {arguments.out / notebook.stem / 'index.html'}")


if __name__ == "__main__":
    main()
