"""Every chapter in JupyterLab, by a reader: open it, run all cells, turn each knob, see it answer,
train the inspector.

``make test`` runs this in its own environment, ``make test-fresh`` in a new one made from
requirements.txt, as Binder does; $LAB_PYTHON is the Python of that environment.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

ROOT = Path(__file__).parents[1]
NOTEBOOKS = sorted(path.name for path in (ROOT / "book").glob("*.ipynb"))
ADDRESS = re.compile(r"(http://localhost:\d+)/lab")
QUIET = """
c.ServerApp.open_browser = False
c.ServerApp.ip = "localhost"
c.ServerApp.port = 0
c.IdentityProvider.token = ""
c.ServerApp.allow_root = True
c.ServerApp.disable_check_xsrf = True
c.LabApp.expose_app_in_browser = True
c.LabApp.news_url = ""
"""
RUN_ALL = """async () => {
    const notebook = jupyterapp.shell.currentWidget;
    await notebook.context.ready;
    await notebook.sessionContext.ready;
    await jupyterapp.commands.execute("notebook:run-all-cells");
    const cells = notebook.model.sharedModel.cells.filter((cell) => cell.cell_type === "code");
    return cells.map((cell) => ({
        id: cell.id,
        ran: cell.execution_count,
        errors: cell.outputs.filter((output) => output.output_type === "error")
            .map((output) => `${output.ename}: ${output.evalue}`),
    }));
}"""
SHOW_CELL = """async (id) => {
    const {content} = jupyterapp.shell.currentWidget;
    const index = content.widgets.findIndex((cell) => cell.model.id === id);
    content.activeCellIndex = index;
    await content.scrollToItem(index, "start");
}"""


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a JupyterLab that shows copies of the notebooks."""
    folder = tmp_path_factory.mktemp("lab")
    for name in NOTEBOOKS:
        shutil.copy(ROOT / "book" / name, folder)
    settings = folder / "settings"
    settings.mkdir()
    (settings / "jupyter_server_config.py").write_text(QUIET, encoding="utf-8")
    environment = {
        **os.environ,
        "JUPYTER_CONFIG_DIR": str(settings),
        "JUPYTERLAB_SETTINGS_DIR": str(settings / "lab"),
        "JUPYTERLAB_WORKSPACES_DIR": str(settings / "workspaces"),
        "IPYTHONDIR": str(settings / "ipython"),
    }
    python = os.environ.get("LAB_PYTHON", sys.executable)
    log = folder / "log"
    with log.open("w", encoding="utf-8") as errors:
        server = subprocess.Popen(
            [python, "-m", "jupyterlab"], cwd=folder, env=environment, stderr=errors,
            start_new_session=True,
        )  # fmt: skip
    for _ in range(600):
        text = log.read_text(encoding="utf-8")
        if address := ADDRESS.search(text):
            break
        if server.poll() is not None:
            pytest.fail(f"JupyterLab did not start:\n{text}", pytrace=False)
        time.sleep(0.2)
    yield address[1]
    os.killpg(server.pid, signal.SIGKILL)  # it may wait long for its kernels, which nobody needs
    server.wait(60)


def show(page: Page, cell_id: str) -> Locator:
    """Scroll to a cell, as a reader does: JupyterLab builds only what is near."""
    page.evaluate(SHOW_CELL, cell_id)
    return page.locator(".jp-Notebook .jp-Cell.jp-mod-active")


def move_the_control(cell: Locator) -> None:
    """Turn the knob of a cell as a reader with a keyboard does, and see the figure change."""
    figure = cell.locator(".widget-output img")
    before = figure.get_attribute("src")
    chooser = cell.locator(".widget-select-multiple select")
    if chooser.count():
        chooser.select_option(index=[0])
    else:
        cell.locator(".noUi-handle").last.press("ArrowRight")
    for _ in range(300):
        if figure.count() and figure.get_attribute("src") != before:
            return
        cell.page.wait_for_timeout(100)
    pytest.fail("the figure of the control stayed as it was", pytrace=False)


def train_the_inspector(cell: Locator) -> None:
    """One update, then many, and stop."""
    status = cell.locator(".status")
    expect(status).to_contain_text("step ")
    step = int(re.search(r"step ([\d,]+)", status.inner_text())[1])
    cell.locator('[data-do="step"]').click()
    expect(status).to_contain_text(f"step {step + 1}")
    cell.locator('[data-do="play"]').click()
    expect(status).not_to_contain_text(f"step {step + 1}")
    cell.locator('[data-do="play"]').click()


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_reader_runs_the_chapter(browser: Browser, lab: str, name: str) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 1000})
    page.set_default_timeout(120_000)
    outside: list[str] = []
    page.on("request", lambda r: r.url.startswith(("http", "ws")) and lab not in r.url
            and outside.append(r.url))  # fmt: skip
    page.goto(f"{lab}/lab/tree/{name}?reset")
    page.wait_for_selector(".jp-Notebook .jp-Cell")
    cells = page.evaluate(RUN_ALL)
    assert [(cell["id"], cell["errors"]) for cell in cells if cell["errors"]] == []
    assert [cell["ran"] for cell in cells] == list(range(1, len(cells) + 1))
    for cell in nbformat.read(ROOT / "book" / name, as_version=4).cells:
        if cell.cell_type == "code" and "interact(" in cell.source:
            move_the_control(show(page, cell.id))
        elif cell.cell_type == "code" and cell.source.split("\n")[-1].startswith("Inspector("):
            train_the_inspector(show(page, cell.id))
    assert outside == []
    page.evaluate("jupyterapp.commands.execute('notebook:shutdown-kernel').catch(() => {})")
    page.context.close()
