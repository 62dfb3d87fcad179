"""Every chapter in JupyterLab, by a reader: open it, run all cells, move a control, see it answer.

``make test-fresh`` runs this in a new environment made from requirements.txt, as Binder does;
$LAB_PYTHON is the Python of that environment.
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

import pytest
from playwright.sync_api import Browser, Page

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
SHOW_CONTROL = """async () => {
    const {content} = jupyterapp.shell.currentWidget;
    const index = content.widgets.findIndex(
        (cell) => cell.model.sharedModel.source.includes("control = interact("));
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


def shown(page: Page) -> str:
    """What the control's own output shows."""
    return page.locator(".jp-Notebook .widget-output").last.inner_html()


def move_a_control(page: Page) -> None:
    """Turn the knob as a reader with a keyboard does."""
    chooser = page.locator(".jp-Notebook .widget-select-multiple select")
    if chooser.count():
        chooser.select_option(index=[0])
    else:
        page.locator(".jp-Notebook .noUi-handle").last.press("ArrowRight")


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
    if "control = interact(" in (ROOT / "book" / name).read_text(encoding="utf-8"):
        page.evaluate(SHOW_CONTROL)
        page.wait_for_selector(".jp-Notebook .widget-output img, .jp-Notebook .widget-output svg")
        before = shown(page)
        move_a_control(page)
        page.wait_for_function(
            """(before) => [...document.querySelectorAll(".jp-Notebook .widget-output")].at(-1)
                .innerHTML !== before""",
            arg=before,
        )
        page.wait_for_selector(".jp-Notebook .widget-output img, .jp-Notebook .widget-output svg")
        assert "Traceback" not in shown(page)
    assert outside == []
    page.evaluate("jupyterapp.commands.execute('notebook:shutdown-kernel').catch(() => {})")
    page.context.close()
