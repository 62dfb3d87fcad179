"""Take the picture of the first page that the README shows, from the built book.

python tools/picture.py
"""

import os
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "_build" / "html" / "book" / "index.html"
PICTURE = ROOT / "docs" / "page.png"

with sync_playwright() as playwright:
    browser = playwright.chromium.launch(
        executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"), args=["--no-sandbox"]
    )
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.goto(PAGE.as_uri())
    page.evaluate("document.fonts.ready.then(() => {})")
    page.wait_for_timeout(500)  # the list of contents settles
    page.screenshot(path=PICTURE)
Image.open(PICTURE).quantize(256).save(PICTURE, optimize=True)
