"""Measure the inspector in a browser and write w2vlib/inspector/measured.json.

    python benchmarks/inspector.py

The example is wevi's first, of the same size as there: V = 8 words, N = 5 hidden units.
"""

import gzip
import json
import os
import platform
import shutil
import statistics
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from w2vlib.inspector import script

RESULT = Path(__file__).parents[1] / "w2vlib" / "inspector" / "measured.json"
PAGE = """<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>Benchmark</title>
<body><w2v-inspector preset="fruit-and-juice"></w2v-inspector>
<script src="inspector.js"></script></body></html>"""
# Of wevi at commit 6c6766a, measured in the same kind of browser; it has no published figures.
WEVI = {"updates_per_second": [35, 49], "kilobytes": 443}


def play(page: Page, seconds: float) -> tuple[float, float]:
    """Updates and frames a second while it plays at full speed."""
    state = "(() => [it.run.step, it.frames, performance.now()])()"
    step, frames, start = page.evaluate(state)
    page.wait_for_timeout(1000 * seconds)
    last, shown, end = page.evaluate(state)
    return 1000 * (last - step) / (end - start), 1000 * (shown - frames) / (end - start)


def measure() -> dict[str, object]:
    text = script().encode()
    browser_path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chrome")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        Path(folder, "inspector.js").write_bytes(text)
        Path(folder, "page.html").write_text(PAGE, "utf-8")
        browser = playwright.chromium.launch(executable_path=browser_path, args=["--no-sandbox"])
        starts, runs = [], []
        for _ in range(5):
            page = browser.new_page(viewport={"width": 1100, "height": 900})
            page.goto(f"file://{folder}/page.html")
            page.wait_for_function(
                "(window.it = document.querySelector('w2v-inspector').inspector)"
            )
            timing = "performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd"
            starts.append(page.evaluate(timing))
            page.click("[data-do=play]")
            page.wait_for_timeout(1000)
            runs.append(play(page, 3))
            page.close()
        version = browser.version
        browser.close()
    updates, frames = (statistics.median(column) for column in zip(*runs, strict=True))
    return {
        "inspector": {
            "updates_per_second": round(updates, -3),
            "frames_per_second": round(frames),
            "kilobytes": round(len(text) / 1000),
            "kilobytes_compressed": round(len(gzip.compress(text, 9)) / 1000),
            "milliseconds_to_start": round(statistics.median(starts)),
        },
        "wevi": WEVI,
        "machine": f"{os.cpu_count()} cores, {platform.system()}, Chromium {version.split('.')[0]}",
    }


if __name__ == "__main__":
    result = measure()
    RESULT.write_text(json.dumps(result, indent=2) + "\n", "utf-8")
    print(json.dumps(result, indent=2))
