"""Print the book: all pages as one, by a headless Chromium or Chrome, to _build/book.pdf.

The browser sets the formulas, numbers and figures exactly as on the pages. LaTeX was tried: it
needs half a gigabyte of packages and a second way to draw each formula, colour and box.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
BUILD = ROOT / "_build"
PDF = BUILD / "book.pdf"
LINK = re.compile(r'href="book/[^"#]+#?([^"]*)"')  # to another page of the book
CHROMIUMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


def one_page(folder: Path) -> Path:
    """Build the whole book as one page."""
    program = Path(sys.executable).with_name("jupyter-book")
    options = ["--builder", "singlehtml", "-n", "-W", "--quiet", "--path-output", folder]
    subprocess.run([program, "build", ".", *options], cwd=ROOT, check=True)
    out = folder / "_build" / "singlehtml"
    page = (out / "book" / "index.html").read_text(encoding="utf-8")
    style = Path(__file__).with_name("print.css").read_text(encoding="utf-8")
    page = page.replace("</head>", f"<style>{style}</style></head>", 1)
    anchors = set(re.findall(r'\bid="([^"]+)"', page))
    page = LINK.sub(lambda link: f'href="#{link[1]}"' if link[1] in anchors else "", page)
    (out / "index.html").write_text(page, encoding="utf-8")
    return out / "index.html"


def print_page(page: Path, pdf: Path) -> None:
    """Print a page that has been built."""
    browser = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, CHROMIUMS)), None)
    if browser is None:
        sys.exit("no Chromium or Chrome on PATH: install one, or set CHROMIUM to its path")
    with tempfile.TemporaryDirectory() as profile:
        options = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        options += ["--no-first-run", f"--user-data-dir={profile}", "--no-pdf-header-footer"]
        options += ["--generate-pdf-document-outline", f"--print-to-pdf={pdf}"]
        subprocess.run([browser, *options, page.as_uri()], check=True, stderr=subprocess.DEVNULL)


if __name__ == "__main__":
    print_page(one_page(BUILD / "print"), PDF)
    print(f"wrote {PDF}")
