"""The decks of slides in a real browser: whole, within a screenful, and alone on a USB stick."""

import json
import re
import sys
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tools"))

import slides  # noqa: E402

CHAPTERS = sorted((ROOT / "book").glob("*.ipynb"))
WIDTH, HEIGHT = 1280, 720
SMALLEST = 0.7  # how far a step that is too tall may be shrunk

# Every slide with all its steps shown: what sticks out, what is small, which numbers are in sight.
LOOK = """() => {
  const seen = { outside: [], small: [], numbers: [], images: [] };
  const inside = ({ left, top, right, bottom }) =>
    left >= 0 && top >= 0 && right <= innerWidth && bottom <= innerHeight;
  for (const slide of Reveal.getSlides()) {
    const { h, v } = Reveal.getIndices(slide);
    Reveal.slide(h, v, 999);
    const boxes = slide.querySelectorAll(".step, .step > *, pre, td, img, .katex-html");
    for (const box of boxes) {
      const tooWide = box.matches("pre") && box.scrollWidth > box.clientWidth;
      if (tooWide || !inside(box.getBoundingClientRect()))
        seen.outside.push(`${slide.id || "continued"}: ${box.textContent.slice(0, 60)}`);
    }
    for (const step of slide.querySelectorAll(".step"))
      if (step.style.zoom) seen.small.push([slide.id, Number(step.style.zoom)]);
    for (const number of slide.querySelectorAll(".equation-number"))
      if (number.checkVisibility({ visibilityProperty: true, opacityProperty: true }))
        seen.numbers.push(Number(number.textContent.slice(1, -1)));
    for (const image of slide.querySelectorAll("img"))
      seen.images.push([image.naturalWidth, image.alt]);
  }
  return seen;
}"""


@pytest.fixture(scope="module", autouse=True)
def node_modules():
    slides.maths.install_node_modules()


def show(browser, folder):
    """Open a deck from the disk; requests outside its folder and errors are complaints."""
    complaints = []
    context = browser.new_context(viewport={"width": WIDTH, "height": HEIGHT})
    page = context.new_page()
    page.on("pageerror", lambda error: complaints.append(f"exception: {error}"))
    page.on("console", lambda message: complaints.append(f"console: {message.text}"))
    page.on("requestfailed", lambda request: complaints.append(f"failed: {request.url}"))
    page.on(
        "request",
        lambda request: (
            complaints.append(f"outside: {request.url}")
            if not request.url.startswith((folder.as_uri(), "data:"))
            else None
        ),
    )
    page.goto((folder / "index.html").as_uri())
    page.wait_for_function("Reveal.isReady()")
    return page, complaints


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_a_deck_is_whole_and_each_slide_a_screenful(path, browser, tmp_path):
    slides.write(path, tmp_path / "deck")
    page, complaints = show(browser, tmp_path / "deck")
    seen = page.evaluate(LOOK)
    page.context.close()
    assert complaints == []
    assert seen["outside"] == []
    assert [step for step in seen["small"] if step[1] < SMALLEST] == []
    cells = nbformat.read(path, as_version=4).cells
    text = "".join(cell.source for cell in cells if cell.cell_type == "markdown")
    assert seen["numbers"] == [int(number) for number in slides.TAG.findall(text)]
    assert all(width and alt for width, alt in seen["images"])
    pictures = [cell for cell in cells if "image/svg+xml" in json.dumps(cell.get("outputs", []))]
    shown = [cell for cell in pictures if "solution" not in cell.metadata.get("tags", [])]
    assert len(seen["images"]) == len(shown)


def test_no_solution_is_on_the_slides(tmp_path):
    for path in CHAPTERS:
        cells = nbformat.read(path, as_version=4).cells
        deck = slides.page(slides.slides(cells, tmp_path))
        assert "Solution" not in deck and "google.colab" not in deck
        questions = [cell for cell in cells if cell.source.startswith("**Question ")]
        assert deck.count("<strong>Question ") == len(questions)
        assert len(re.findall(r'<div class="step fragment"><p><strong>Answer ', deck)) == len(
            questions
        )


def markdown(name, source, kind="", *tags):
    metadata = {"tags": list(tags), **({"slideshow": {"slide_type": kind}} if kind else {})}
    return nbformat.v4.new_markdown_cell(source, id=name, metadata=metadata)


def code(name, source, text=""):
    output = [nbformat.v4.new_output("stream", text=text)] if text else []
    return nbformat.v4.new_code_cell(source, id=name, outputs=output)


LONG = "This first sentence of the paragraph is long enough to stand there on its own."
PROSE = f"{LONG} The second is left out, with all it says. A **term** stays. So does what leads on:"


def test_what_a_slide_keeps(tmp_path):
    cells = [
        markdown("title", "# A chapter"),
        code("imports", "import numpy as np\nplots.book_style()"),
        markdown("one", f"## First\n\n{PROSE}\n\n$$ h = 1 \\tag{{1}} $$\n\nThe end."),
        code("sum", "print(1)  # (1)", "1"),
        markdown("hidden", "Hidden.", "skip"),
        markdown("two", "## Second\n\n> **A closer look at the paper.** A slip."),
        markdown("whole", PROSE, "subslide"),
        markdown("spoken", "Only spoken.", "notes"),
        markdown("answer-1", "**Answer 1: a.**", "", "answer"),
        markdown("solved", "**Solution 1.** Because.", "", "solution"),
    ]
    deck = slides.slides(cells, tmp_path)
    assert [(slide.name, slide.begins_row, len(slide.steps)) for slide in deck] == [
        ("title", True, 0),
        ("one", True, 3),
        ("two", True, 2),
    ]
    formula, end, sum_ = deck[1].steps
    assert LONG in formula and "second" not in formula and "<strong>term</strong>" in formula
    assert "leads on:" in formula and 'href="#eq-1"' in formula and 'id="eq-1"' in formula
    assert "The end." in end and "print" in sum_ and '<pre class="output fragment">1</pre>' in sum_
    assert "The second is left out" in deck[1].notes[0] and "<math" in deck[1].notes[0]
    assert "A slip." in deck[2].notes[0]
    assert "The second is left out" in deck[2].steps[0] and "Only spoken." in deck[2].notes[1]


def test_a_sentence_is_cut_neither_in_brackets_nor_in_bold():
    text = "One (a. B. C.) goes on. **Bold. Still bold.** Then $x$. Last."
    inline = slides.SHOWN.parse(text)[1].children
    assert [slides.plain(sentence).strip() for sentence in slides.sentences(inline)] == [
        "One (a. B. C.) goes on.",
        "Bold. Still bold. Then x.",
        "Last.",
    ]


def test_what_does_not_fit_goes_to_the_next_slide_and_steps_appear_in_order(browser, tmp_path):
    formulas = [f"Text {n}.\n\n$$ h_{{{n}}} = \\frac{{1}}{{2}} $$" for n in range(12)]
    cells = [
        markdown("title", "# A chapter"),
        markdown("one", "## Row\n\n" + "\n\n".join(formulas)),
    ]
    path = tmp_path / "tiny.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    slides.write(path, tmp_path / "deck")
    page, complaints = show(browser, tmp_path / "deck")
    slide_count = page.evaluate("Reveal.getTotalSlides()")
    visible = []
    for _ in range(12):
        page.keyboard.press("Space")
        visible.append(
            page.evaluate(
                """() => [...Reveal.getCurrentSlide().querySelectorAll(".step")]
                .filter((s) => s.checkVisibility({visibilityProperty: true})).at(-1).innerText"""
            )
        )
    seen = page.evaluate(LOOK)
    page.context.close()
    assert slide_count > 3 and complaints == [] and seen["outside"] == []
    assert [text.split(".")[0] for text in visible] == [f"Text {n}" for n in range(12)]
