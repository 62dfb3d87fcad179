"""The book as one page, as it is printed: all numbers, all figures, no wider than the paper."""

import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tools"))

import pdf  # noqa: E402

TAG = re.compile(r"\\+tag\{(\d+)\}")
PAPER = {"width": 643, "height": 950}  # A4 less its margins, in CSS pixels

LOOK = """() => {
  const shown = (e) => e.checkVisibility();
  return {
    numbers: [...document.querySelectorAll(".bd-article div.math .equation-number")]
      .filter(shown).map((number) => Number(number.textContent.slice(1, -1))),
    images: [...document.images].filter(shown).map((image) => image.naturalWidth),
    wide: [...document.querySelectorAll(".bd-article :is(.katex-html, pre, img, table)")]
      .filter((e) => shown(e) && e.getBoundingClientRect().right > innerWidth + 2)
      .map((e) => e.textContent.slice(0, 60)),
    folded: document.querySelectorAll("details:not([open])").length,
    away: [...document.querySelectorAll(".bd-article a[href]")].map((a) => a.getAttribute("href"))
      .filter((href) => !/^(#|https:)/.test(href)),
  };
}"""


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    return pdf.one_page(tmp_path_factory.mktemp("print"))


def test_everything_is_on_the_page_that_is_printed(page, browser):
    context = browser.new_context(viewport=PAPER, reduced_motion="reduce")
    tab = context.new_page()
    tab.goto(page.as_uri(), wait_until="load")
    tab.emulate_media(media="print")
    tab.evaluate("dispatchEvent(new Event('beforeprint'))")
    seen = tab.evaluate(LOOK)
    context.close()
    assert "google.colab" not in page.read_text(encoding="utf-8")
    chapters = sorted((ROOT / "book").glob("*.ipynb"))
    tags = [n for path in chapters for n in TAG.findall(path.read_text(encoding="utf-8"))]
    assert sorted(set(seen["numbers"])) == sorted(map(int, tags)) and len(tags) >= 85
    figures = sum(path.read_text(encoding="utf-8").count('"image/svg+xml":') for path in chapters)
    assert len(seen["images"]) >= figures and all(seen["images"])
    assert seen["wide"] == []
    assert seen["folded"] == 0
    assert seen["away"] == []


def test_a_page_becomes_a_pdf(browser, tmp_path):
    """The browser is asked for only to fail early, and helpfully, where there is none."""
    page = tmp_path / "page.html"
    sheet = '<p style="break-after: page">A page</p>'
    page.write_text(f"<!DOCTYPE html><title>Two</title>{sheet}<p>Another</p>", encoding="utf-8")
    pdf.print_page(page, tmp_path / "page.pdf")
    content = (tmp_path / "page.pdf").read_bytes()
    assert content.startswith(b"%PDF") and b"/Count 2" in content
