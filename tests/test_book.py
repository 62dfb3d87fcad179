"""The built book in a real browser: complete, private, accessible, and no wider than a phone.

Each check is a function that returns its complaints, so that the last tests here can show that it
complains about a page that is wrong.
"""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

import numpy as np
import pytest
from bs4 import BeautifulSoup
from playwright.sync_api import Browser, Page, expect

ROOT = Path(__file__).parents[1]
BUILT = ROOT / "_build" / "html"
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
PHONE = {"width": 375, "height": 812}
DESKTOP = {"width": 1280, "height": 900}
PAGES = sorted(
    str(path.relative_to(BUILT))
    for path in BUILT.rglob("*.html")
    if "_static" not in path.parts
    and path.name != "404.html"
    and 'http-equiv="refresh"' not in path.read_text("utf8")
) or ["book/index.html"]

every_page = pytest.mark.parametrize("name", [*PAGES, "404.html"])


def check(complaints: list[str]) -> None:
    """Fail with the complaints, if there are any."""
    if complaints:
        pytest.fail("\n".join(complaints), pytrace=False)


# ---- What is in the files ----


def parse(path: Path) -> BeautifulSoup:
    return BeautifulSoup(path.read_text("utf8"), "html.parser")


@cache
def anchors(path: Path) -> set[str]:
    return {tag["id"] for tag in parse(path).find_all(id=True)}


def broken_links(page: Path) -> list[str]:
    """Links and sources of a page that lead to no file, or to no anchor in a file."""
    soup = parse(page)
    complaints = []
    for tag in soup.find_all(["a", "link", "img", "script"]):
        address = tag.get("href") or tag.get("src")
        if not address or urlsplit(address).scheme:
            continue
        parts = urlsplit(address)
        target = page.parent / unquote(parts.path) if parts.path else page
        if not target.is_file():
            complaints.append(f"{address} leads to no file")
        elif parts.fragment and target.suffix == ".html":
            if unquote(parts.fragment) not in anchors(target.resolve()):
                complaints.append(f"{address} leads to no anchor")
    return complaints


def bad_markup(page: Path) -> list[str]:
    """Formulas that were not rendered, images without alt text, a page without a language."""
    soup = parse(page)
    complaints = []
    if not soup.html.get("lang"):
        complaints.append("the page names no language")
    complaints += [
        f"no alt text: {img['src']}" for img in soup.find_all("img") if not img.get("alt")
    ]
    complaints += [f"not rendered: {tag.text}" for tag in soup.select(".katex-error")]
    complaints += [
        f"no MathML: {tag.text}"
        for tag in soup.select("span.math, div.math")
        if not tag.find("math")
    ]
    for tag in soup.select("annotation, script, style, pre, code"):
        tag.decompose()
    raw = re.search(r"\$\$.*|\\begin\{.*|\\tag\{.*", soup.text)
    return complaints + ([f"raw TeX: {raw[0]}"] if raw else [])


@every_page
def test_every_link_and_anchor_resolves(book: Path, name: str) -> None:
    check(broken_links(book / name))


@every_page
def test_every_formula_is_rendered_and_every_image_described(book: Path, name: str) -> None:
    check(bad_markup(book / name))


# ---- What the browser sees ----


LAY_OUT_ALL = """addEventListener("DOMContentLoaded", () => {
    const style = document.createElement("style");
    style.textContent = "* { content-visibility: visible !important; }";
    document.head.append(style);
})"""


class Visit:
    """A page in a fresh profile, and everything that went wrong while it was open.

    Requests to any other host are recorded and refused.
    """

    def __init__(self, browser: Browser, url: str, viewport: dict[str, int], mode: str) -> None:
        self.complaints: list[str] = []
        home = "file://" if url.startswith("file:") else "/".join(url.split("/")[:3])
        context = browser.new_context(viewport=viewport, color_scheme=mode, reduced_motion="reduce")
        context.route(lambda address: not address.startswith((home, "data:")), self._refuse)
        context.add_init_script(LAY_OUT_ALL)
        self.page = context.new_page()
        self.page.set_default_timeout(10_000)
        self.page.on("pageerror", lambda error: self.complaints.append(f"exception: {error}"))
        self.page.on("console", self._console)
        self.page.on("requestfailed", lambda r: self.complaints.append(f"failed: {r.url}"))
        self.page.on("response", self._response)
        self.page.goto(url, wait_until="load")
        self.page.wait_for_timeout(50)  # observers have run

    def _refuse(self, route) -> None:
        self.complaints.append(f"another host: {route.request.url}")
        route.abort()

    def _console(self, message) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(f"console {message.type}: {message.text}")

    def _response(self, response) -> None:
        if response.status >= 400:
            self.complaints.append(f"{response.status}: {response.url}")

    def close(self) -> list[str]:
        self.page.evaluate("document.fonts.ready.then(() => {})")
        complaints = list(self.complaints)  # without the requests that closing cuts short
        self.page.context.close()
        return complaints


@pytest.fixture
def visit(browser: Browser) -> Iterator:
    """Opens pages, and fails the test if anything went wrong on one of them."""
    visits = []

    def open_page(url: str, viewport: dict[str, int] = DESKTOP, mode: str = "light") -> Page:
        visits.append(Visit(browser, url, viewport, mode))
        return visits[-1].page

    yield open_page
    check([complaint for v in visits for complaint in v.close()])


def missing_images(page: Page) -> list[str]:
    return page.evaluate(
        """async () => {
            const images = [...document.images];
            for (const image of images) image.loading = "eager";
            await Promise.allSettled(images.map((image) => image.decode()));
            return images.filter((image) => !image.naturalWidth).map((image) => image.src);
        }"""
    )


def too_wide(page: Page) -> list[str]:
    """What reaches beyond the right edge of the window, unless a box of its own scrolls it."""
    return page.evaluate(
        """() => {
            const width = document.documentElement.clientWidth, found = [];
            if (document.scrollingElement.scrollWidth > width) found.push("scrolls sideways");
            const boxed = (e) => e && (boxed(e.parentElement) || e.scrollWidth > e.clientWidth
                && /auto|scroll|hidden/.test(getComputedStyle(e).overflowX));
            for (const e of document.querySelectorAll(".bd-article-container *")) {
                const {right, height} = e.getBoundingClientRect();
                if (right > width + 1 && height && !e.ownerSVGElement && !boxed(e.parentElement)
                        && e.checkVisibility({visibilityProperty: true}))
                    found.push(e.outerHTML.slice(0, 120));
            }
            return found;
        }"""
    )


def unreachable(page: Page) -> list[str]:
    """Boxes that scroll sideways but take no focus, so that no key can scroll them."""
    return page.evaluate(
        """async () => {
            await document.fonts.ready;
            await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
            return [...document.querySelectorAll("*")].filter((e) =>
            e.scrollWidth > e.clientWidth + 1 && /auto|scroll/.test(getComputedStyle(e).overflowX)
            && e.checkVisibility({visibilityProperty: true}) && e.tabIndex < 0
            ).map((e) => e.outerHTML.slice(0, 120));
        }"""
    )


def axe_violations(page: Page) -> list[str]:
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text("utf8"))
        page.evaluate(  # the visible half of formulas is hidden from axe, yet it walks through all
            """document.querySelectorAll(".katex-base[aria-hidden]").forEach((e) => {
                const {width, height} = e.getBoundingClientRect();
                Object.assign(e.style, {width: `${width}px`, height: `${height}px`});
                e.replaceChildren();
            })"""
        )
    result = page.evaluate(
        """axe.run(document, {preload: false, resultTypes: ['violations'],
            rules: {'target-size': {enabled: true}}})"""
    )
    return [
        f"{rule['id']}: {node['html'][:160]}"
        for rule in result["violations"]
        for node in rule["nodes"]
    ]


# Layout does not depend on the theme nor, but for the header, colours on the width: two visits show
# both to axe on every page, and all four combinations on one.


@every_page
def test_page_from_a_server_on_a_desktop(visit, site: str, name: str) -> None:
    page = visit(f"{site}/{name}", DESKTOP, "light")
    check(missing_images(page))
    check(axe_violations(page))


@every_page
def test_page_from_a_usb_stick_on_a_phone_in_the_dark(visit, book: Path, name: str) -> None:
    page = visit((book / name).as_uri(), PHONE, "dark")
    check(missing_images(page))
    check(too_wide(page))
    check(unreachable(page))
    check(axe_violations(page))


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_axe_in_each_theme_and_width(visit, site: str, viewport: dict[str, int], mode: str) -> None:
    page = visit(f"{site}/book/notation.html", viewport, mode)
    expect(page.locator(f"html[data-theme={mode}]")).to_have_count(1)
    check(axe_violations(page))


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_coloured_symbols_stand_out(visit, site: str, mode: str) -> None:
    """Formulas are hidden from axe: their contrast with the page is measured here."""
    page = visit(f"{site}/book/notation.html", DESKTOP, mode)
    colours = page.evaluate(
        """() => Object.fromEntries([document.body, ...document.querySelectorAll("[class*=sym-]")]
            .map((e, i) => [e.className, getComputedStyle(e)[i ? "color" : "backgroundColor"]]))"""
    )

    def luminance(colour: str) -> float:
        channels = [int(c) / 255 for c in re.findall(r"\d+", colour)[:3]]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
        return sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

    ground, *symbols = (luminance(colour) for colour in colours.values())
    contrasts = [(max(ground, s) + 0.05) / (min(ground, s) + 0.05) for s in symbols]
    assert len(contrasts) >= 10
    assert min(contrasts) >= 4.5


def test_the_picture_of_one_step_has_the_numbers_of_the_first_chapter() -> None:
    rng = np.random.default_rng(7)
    W, W_prime = rng.uniform(-1, 1, (7, 2)).round(1), rng.uniform(-1, 1, (2, 7)).round(1)
    h = W[1]
    y = np.exp(W_prime.T @ h) / np.exp(W_prime.T @ h).sum()
    e = y - np.eye(7)[3]
    drawn = parse(ROOT / "book" / "one-step.svg").text.replace("−", "-")
    numbers = [float(n) for n in re.findall(r"^\s*([+-]?\d\.\d+)\s*$", drawn, re.M)]
    tables = [*W.flat, *h, *W_prime.T.flat]
    assert numbers == [*tables, *y.round(2), *e.round(2)]


# ---- What a reader does ----


def test_the_first_address_leads_to_the_book(visit, book: Path) -> None:
    page = visit((book / "index.html").as_uri())
    page.wait_for_url("**/book/index.html")


def test_search_finds_softmax(visit, site: str) -> None:
    page = visit(f"{site}/search.html?q=softmax")
    expect(page.locator("#search-results")).to_contain_text("Search finished")
    unread = page.locator("#search-results li:not(:has(.context))")
    expect(unread).to_have_count(0)  # a click would cut off pages still read for their excerpts
    page.locator("#search-results li a").first.click()
    expect(page.locator("article")).to_contain_text("softmax")


def test_search_lists_titles_on_a_usb_stick(visit, book: Path) -> None:
    page = visit((book / "search.html").as_uri() + "?q=notation")
    expect(page.locator("#search-results li a").first).to_contain_text("Notation")


def test_dark_mode_switches_and_stays(visit, site: str) -> None:
    page = visit(f"{site}/{PAGES[0]}")

    def brightness() -> int:
        colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
        return sum(map(int, re.findall(r"\d+", colour)[:3]))

    seen = {}
    for _ in range(3):
        page.click(".theme-switch-button")
        seen[page.evaluate("document.documentElement.dataset.mode")] = brightness()
    assert seen["dark"] < 200 < 600 < seen["light"] == seen["auto"]
    while page.evaluate("document.documentElement.dataset.mode") != "dark":
        page.click(".theme-switch-button")
    page.goto(f"{site}/{PAGES[-1]}")
    assert brightness() == seen["dark"]


def test_an_equation_number_leads_to_its_address(visit, site: str, book: Path) -> None:
    name = next(name for name in PAGES if parse(book / name).select_one(".katex-tag a"))
    page = visit(f"{site}/{name}", PHONE)
    link = page.locator(".katex-tag a, .katex .tag a").first
    link.click()
    anchor = page.evaluate("location.hash")
    assert re.fullmatch(r"#eq-\d+", anchor)
    expect(page.locator(anchor)).to_be_in_viewport()


def test_the_first_tab_skips_to_the_text(visit, site: str) -> None:
    page = visit(f"{site}/{PAGES[0]}")
    page.keyboard.press("Tab")
    expect(page.locator("#pst-skip-link a")).to_be_focused()
    page.keyboard.press("Enter")
    assert page.evaluate("location.hash") == "#main-content"


def test_the_menu_opens_by_keyboard_on_a_phone(visit, site: str) -> None:
    page = visit(f"{site}/{PAGES[0]}", PHONE)
    menu = page.locator("#pst-primary-sidebar-modal")
    expect(menu).to_be_hidden()
    page.locator(".primary-toggle").focus()
    page.keyboard.press("Enter")
    expect(menu.get_by_role("link", name="Notation")).to_be_visible()
    page.keyboard.press("Escape")
    expect(menu).to_be_hidden()


# ---- The checks themselves ----

WRONG = """<!doctype html><html><head><title>wrong</title></head><body>
<main class="bd-article-container">
<img src="https://elsewhere.invalid/picture.png"><img src="missing.png" alt="lost">
<script>console.error("planted"); undefined.planted</script>
<p>$$ x $$</p><span class="math">y</span><span class="katex-error">z</span>
<a href="nowhere.html">gone</a><a href="#nowhere">gone</a><p style="width: 600px">wide</p>
<div style="overflow: auto; width: 99px"><p style="width: 999px">scrolls</p></div>
</main></body></html>"""


def test_the_checks_complain_about_a_wrong_page(browser: Browser, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.html"
    wrong.write_text(WRONG, "utf8")

    def complains(complaints: list[str], *about: str) -> None:
        for words in about:
            assert any(words in complaint for complaint in complaints), (words, complaints)

    complains(broken_links(wrong), "nowhere.html leads to no file", "#nowhere leads to no anchor")
    complains(bad_markup(wrong), "no alt", "language", "raw TeX: $$", "no MathML: y", "rendered: z")
    visit = Visit(browser, wrong.as_uri(), PHONE, "light")
    complains(missing_images(visit.page), "missing.png", "picture.png")
    complains(too_wide(visit.page), "sideways", "wide")
    complains(unreachable(visit.page), "scrolls")
    complains(axe_violations(visit.page), "image-alt", "html-has-lang")
    complains(
        visit.close(), "another host: https://elsewhere.invalid", "failed: file://",
        "console error: planted", "exception: ",
    )  # fmt: skip
