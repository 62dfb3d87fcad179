"""Makes the pages light: one style sheet without what no page uses, fonts without the characters
that no page shows, figures that wait until the reader comes near.
"""

import hashlib
import html
import json
import logging
import os
import re
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import tinycss2
from fontTools import subset
from fontTools.varLib import instancer
from sphinx.application import Sphinx

THEME = "sphinx_book_theme"
BUNDLE = "pages.css"
STYLE = re.compile(r'<link(?=[^>]*rel="stylesheet")[^>]*href="([^"]*)"[^>]*>\s*')
CLASSES = re.compile(r'\b(?:class|id)="([^"]*)"')
WORD = re.compile(r"[\w-]+")
MARKUP = re.compile(r"<[^>]*>")
FIRST_FORMAT = re.compile(r'(format\("?woff2"?\))[^;}]*')
URL = re.compile(r'url\("?(?!data:|#)([^")]+)"?\)')
TEXT_FONTS = [f"source-serif-4-latin-wght-{style}.woff2" for style in ("normal", "italic")]
WEIGHTS = (400, 700)  # the font faces in book.css name the same range
PRELOAD = """<script>
if (location.protocol !== "file:") for (const href of {fonts}) {{
  const link = {{rel: "preload", as: "font", type: "font/woff2", crossOrigin: "", href}};
  document.head.append(Object.assign(document.createElement("link"), link));
}}
</script>
"""  # a browser refuses to preload from a disk, and says so
IMAGE = re.compile(r'<img (?![^>]*loading=)([^>]*src="([^"]*_images/[^"]*\.svg)")')
SIZE = re.compile(r'<svg [^>]*?width="([\d.]+)pt" height="([\d.]+)pt"')
PIXELS = 4 / 3  # in a point
PREFIXES = ("bs-tooltip-",)  # classes that a script puts together from two words
ASCII = "".join(map(chr, range(32, 127)))


def used_names(pages: Iterable[str], scripts: Iterable[str]) -> set[str]:
    """Every class and id on a page, and every word of a script, which may set it as a class."""
    names = {name for page in pages for group in CLASSES.findall(page) for name in group.split()}
    return names.union(*(WORD.findall(script) for script in scripts))


def sheet(path: Path) -> list[Any]:
    """The rules of a style sheet, with those of the sheets that it imports."""
    rules = []
    text = path.read_text(encoding="utf-8")
    for rule in tinycss2.parse_stylesheet(text, skip_comments=True, skip_whitespace=True):
        if rule.type == "at-rule" and rule.lower_at_keyword == "import":
            url = next(token.value for token in rule.prelude if token.type in ("string", "url"))
            rules += sheet(path.parent / url)
        elif not (rule.type == "at-rule" and rule.lower_at_keyword == "charset"):
            rules.append((rule, path.parent))
    return rules


def _text(tokens: Iterable[Any]) -> str:
    text = tinycss2.serialize([token for token in tokens if token.type != "comment"])
    return re.sub(r"\s+", " ", text).strip()


def _can_match(selector: list[Any], used: set[str]) -> bool:
    """Whether every class and id in a selector is used; brackets are passed over."""
    names = [token.value for token in selector if token.type == "hash"]
    names += [after.value for dot, after in pairwise(selector) if dot == "."]
    return all(name in used or name.startswith(PREFIXES) for name in names)


def needed(rule: Any, used: set[str]) -> str:
    """A rule of a style sheet without the selectors that match nothing; "" if none is left."""
    if rule.type == "at-rule":
        if rule.lower_at_keyword in ("media", "supports", "layer") and rule.content:
            inner = tinycss2.parse_rule_list(rule.content, skip_comments=True, skip_whitespace=True)
            body = "".join(needed(r, used) for r in inner)
            return f"@{rule.at_keyword} {_text(rule.prelude)}{{{body}}}" if body else ""
        content = f"{{{_text(rule.content)}}}" if rule.content else ";"
        return f"@{rule.at_keyword} {_text(rule.prelude)}{content}"
    if rule.type != "qualified-rule":
        raise ValueError(f"a style sheet has an error in line {rule.source_line}: mend it")
    selectors: list[list[Any]] = [[]]
    for token in rule.prelude:
        if token == ",":
            selectors.append([])
        else:
            selectors[-1].append(token)
    kept = [_text(selector) for selector in selectors if _can_match(selector, used)]
    body = _text(rule.content)
    return f"{','.join(kept)}{{{body}}}" if kept and body else ""


def bundle(sheets: Iterable[Path], static: Path, used: set[str]) -> str:
    """All style sheets as one for the folder ``static``, fonts in one format."""
    parts = []
    for path in sheets:
        for rule, folder in sheet(path):
            text = needed(rule, used)
            if text.startswith("@font-face"):
                text = FIRST_FORMAT.sub(r"\1", text)
            base = os.path.relpath(folder, static)
            parts.append(
                URL.sub(lambda m, base=base: f'url("{os.path.normpath(f"{base}/{m[1]}")}")', text)
            )
    return "\n".join(filter(None, parts)).replace("\\\\", "/")


def shown_characters(pages: Iterable[str], css: str) -> set[str]:
    """Every character that a page or a style sheet can show."""
    return set(ASCII).union(css, *(html.unescape(MARKUP.sub("", page)) for page in pages))


def thin(font: Path, thinned: Path, characters: set[str]) -> None:
    """Write a font file that has these characters only, and no weight that no page uses."""
    options = subset.Options(flavor="woff2", hinting=False, layout_features=["kern", "liga"])
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=map(ord, characters))
    with subset.load_font(str(font), options) as whole:
        subsetter.subset(whole)
        if "fvar" in whole:
            instancer.instantiateVariableFont(whole, {"wght": WEIGHTS}, inplace=True)
        subset.save_font(whole, str(thinned), options)


def waiting_figures(page: str, folder: Path) -> str:
    """The page with the size of each figure, so that nothing jumps; all but the first wait."""
    seen = 0

    def attributes(image: re.Match[str]) -> str:
        nonlocal seen
        seen += 1
        loading = "lazy" if seen > 1 else "eager"
        size = SIZE.search((folder / image[2]).read_text(encoding="utf-8"))
        if size:
            width, height = (round(float(points) * PIXELS) for points in size.groups())
            loading += f'" width="{width}" height="{height}'
        return f'<img loading="{loading}" {image[1]}'

    return IMAGE.sub(attributes, page)


def text_fonts(page: str) -> list[str]:
    """The fonts that the text of a page needs at once, so that it is never set twice."""
    return TEXT_FONTS if "<em>" in page else TEXT_FONTS[:1]


# What the theme does before the reader can do anything, although it needs the layout of the whole
# page: colours set twice, the place in the table of contents and the focus of boxes that scroll.
# book.js does the last two when they are needed. Until the reader moves, the page is not laid out
# to its end, unless the address leads to a place in it. The logos in a closed menu can wait too.
HASTE = {
    '<img alt="Binder logo"': '<img loading="lazy" alt="Binder logo"',
    '<img alt="Colab logo"': '<img loading="lazy" alt="Colab logo"',
    'document.documentElement.dataset.theme = localStorage.getItem("theme") || "auto";': """
    document.documentElement.classList.toggle("whole", location.hash !== "");
    {
      const { mode } = document.documentElement.dataset;
      const system = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
      document.documentElement.dataset.theme = mode === "auto" ? system : mode;
    }""",
    ' data-bs-spy="scroll"': "",
    ',"complete"===document.readyState?O():window.addEventListener("load",O)': "",
}


# Scripts that may run when the page stands; the options of the page are set in its head.
SCRIPT = re.compile(r'<script (?!defer)(?=src="[^"]*_static/(?!documentation_options))')


# The inspector comes when the reader comes near one, or moves: book.js fetches it.
LATER = re.compile(r'<script defer="defer" (src="[^"]*w2v-inspector\.js[^"]*")>')


def patient(text: str) -> str:
    """A page or a script without what the theme does in haste."""
    for hasty, instead in HASTE.items():
        text = text.replace(hasty, instead)
    text = LATER.sub(r'<script type="text/plain" data-\1>', text)
    return text if "searchtools.js" in text else SCRIPT.sub("<script defer ", text)


def finish(app: Sphinx, error: Exception | None) -> None:
    if error or app.builder.name != "html" or app.config.html_theme != THEME:
        return
    out = Path(app.outdir)
    static = out / "_static"
    paths = [path for path in out.rglob("*.html") if static not in path.parents]
    pages = {path: path.read_text(encoding="utf-8") for path in paths}
    sheets = {
        path.parent.joinpath(urlsplit(href).path).resolve(): None
        for path, page in pages.items()
        for href in STYLE.findall(page)
        if BUNDLE not in href
    }
    scripts = [path.read_text(encoding="utf-8") for path in static.rglob("*.*js")]
    css = bundle(sheets, static.resolve(), used_names(pages.values(), scripts))
    characters = shown_characters(pages.values(), css)

    originals: set[Path] = set()

    def thinned(font: re.Match[str]) -> str:
        original = static / font[1]
        originals.add(original)
        thin(original, static / "fonts" / original.name, characters)
        return f'url("fonts/{original.name}")'

    (static / "fonts").mkdir(exist_ok=True)
    css = re.sub(r'url\("([^"]+\.woff2)"\)', thinned, css)
    (static / BUNDLE).write_text(css, encoding="utf-8")
    version = hashlib.sha256(css.encode()).hexdigest()[:8]
    for path, page in pages.items():
        if STYLE.search(page):
            base = os.path.relpath(static, path.parent).replace(os.sep, "/")
            style = f'<link rel="stylesheet" href="{base}/{BUNDLE}?v={version}">\n'
            fonts = json.dumps([f"{base}/fonts/{font}" for font in text_fonts(page)])
            style += PRELOAD.format(fonts=fonts)
            links = iter([style])
            page = STYLE.sub(lambda _, links=links: next(links, ""), page)
            page = patient(waiting_figures(page, path.parent))
            path.write_text(page, encoding="utf-8")
    theme = static / "scripts" / "pydata-sphinx-theme.js"
    theme.write_text(patient(theme.read_text(encoding="utf-8")), encoding="utf-8")
    for unused in [*sheets, *originals, *static.rglob("*.map"), *static.rglob("*.ttf")]:
        unused.unlink()


def setup(app: Sphinx) -> None:
    logging.getLogger("fontTools").setLevel(logging.WARNING)
    app.connect("build-finished", finish, priority=950)
