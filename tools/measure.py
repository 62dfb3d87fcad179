"""Measure what a student needs: processor time and memory of each chapter, and of JupyterLab.

    python tools/measure.py [NOTEBOOK...]

Each chapter is run from its first cell to its last in a kernel of its own, which reports on itself
at the end. JupyterLab is started, asked for its page, and measured (on Linux) before any kernel.
"""

import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import nbformat
from nbclient import NotebookClient

ROOT = Path(__file__).parents[1]
REPORT = """
import resource
usage = resource.getrusage(resource.RUSAGE_SELF)
print(usage.ru_utime + usage.ru_stime, usage.ru_maxrss)
"""


def chapter(path: Path) -> tuple[float, float]:
    """Processor seconds and peak MB of a chapter's kernel."""
    notebook = nbformat.read(path, as_version=4)
    notebook.cells.append(nbformat.v4.new_code_cell(REPORT))
    NotebookClient(
        notebook, timeout=600, kernel_name="python3", resources={"metadata": {"path": path.parent}}
    ).execute()
    seconds, kilobytes = map(float, notebook.cells[-1].outputs[0].text.split())
    return seconds, kilobytes / 1024


def jupyterlab() -> float:
    """Peak MB of a JupyterLab server without a kernel."""
    with socket.socket() as free:
        free.bind(("localhost", 0))
        port = free.getsockname()[1]
    command = ["jupyterlab", "--no-browser", "--allow-root", f"--port={port}"]
    command += ["--IdentityProvider.token=", f"--ServerApp.root_dir={tempfile.gettempdir()}"]
    server = subprocess.Popen([sys.executable, "-m", *command], stderr=subprocess.DEVNULL)
    try:
        for _ in range(120):
            time.sleep(1)
            try:
                urllib.request.urlopen(f"http://localhost:{port}/lab").read()
                break
            except OSError:
                continue
        status = Path(f"/proc/{server.pid}/status").read_text(encoding="ascii")
    finally:
        server.terminate()
        server.wait()
    return int(re.search(r"VmHWM:\s+(\d+)", status)[1]) / 1024


if __name__ == "__main__":
    print(f"{'JupyterLab':24} {'':8} {jupyterlab():6.0f} MB")
    for path in map(Path, sys.argv[1:] or sorted((ROOT / "book").glob("*.ipynb"))):
        seconds, megabytes = chapter(path)
        print(f"{path.stem:24} {seconds:6.1f} s {megabytes:6.0f} MB")
