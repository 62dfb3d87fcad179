"""What a page tells others: search engines, link previews, and a browser that guards its reader.

The address of the published book follows from ``repository: url`` in ``_config.yml``: GitHub Pages.
"""

import base64
import hashlib
import html
import re
import shutil
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config

PICTURE = "docs/page.png"
LONGEST = 160
INLINE = re.compile(r"<script(?![^>]*\bsrc=)[^>]*>(.*?)</script>", re.S)
HEAD = re.compile(r"<head>\s*")
REPEATED = re.compile(r'\s*<meta name="(?:docsearch:\w+|viewport)"[^>]*>')
VIEWPORT = '<meta name="viewport" content="width=device-width, initial-scale=1">'
POLICY = (
    "default-src 'self' file:; script-src 'self' file: {scripts}; "
    "style-src 'self' file: 'unsafe-inline'; img-src 'self' file: data:; "
    "object-src 'none'; base-uri 'none'; form-action 'self' file:"
)
PREVIEW = """
<meta name="description" content="{description}">
<meta property="og:type" content="article">
<meta property="og:title" content="{title}">
<meta property="og:description" content="{description}">
<meta property="og:url" content="{base}{name}.html">
<meta property="og:image" content="{base}_static/page.png">
<meta property="og:image:alt" content="The first page of the book: one training step, drawn">
<meta name="twitter:card" content="summary_large_image">
"""
NOT_FOUND = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>No such page: {title}</title>
{viewport}
<meta name="robots" content="noindex">
<style>
body {{ margin: 15vh auto; max-width: 32rem; padding: 0 1rem; font: 1.2rem/1.6 Georgia, serif; }}
:root {{ color-scheme: light dark; background: light-dark(#fffefb, #17191e); }}
:root, a {{ color: light-dark(#23262d, #dfe1e6); }}
</style>
</head>
<body><main>
<h1>No such page</h1>
<p>This address leads nowhere in <em>{title}</em>. Addresses of the book do not change, so it is
probably misspelt.</p>
<p><a href="{base}{root}.html">Contents</a> or <a href="{base}search.html">search</a></p>
</main></body>
</html>
"""
SITEMAP = """<?xml version="1.0" encoding="utf-8"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
{urls}
</urlset>
"""


def set_address(app: Sphinx, config: Config) -> None:
    """GitHub Pages publishes https://github.com/OWNER/NAME at https://OWNER.github.io/NAME/."""
    if url := config.html_theme_options.get("repository_url"):
        owner, name = url.rstrip("/").split("/")[-2:]
        config.html_baseurl = f"https://{owner}.github.io/{name}/"


def description(doctree: nodes.document | None, title: str) -> str:
    """The beginning of a page's text, whole sentences or else whole words."""
    paragraphs = doctree.findall(nodes.paragraph) if doctree else []
    text = " ".join(paragraph.astext() for paragraph in paragraphs)
    text = " ".join(f"{title}. {text}".split())
    short = text[: LONGEST + 1]
    sentence = short.rfind(". ")
    if len(text) <= LONGEST:
        return text
    return short[: sentence + 1] if sentence > LONGEST // 2 else short.rsplit(" ", 1)[0] + " …"


def preview(
    app: Sphinx, pagename: str, template: str, context: dict[str, Any], doctree: nodes.document
) -> None:
    for group in context.get("header_buttons", []):
        if group["label"] == "launch-buttons":
            group["buttons"].append(
                {
                    "type": "link",
                    "text": "Download .ipynb",
                    "tooltip": "The notebook with its outputs",
                    "icon": "fas fa-download",
                    "url": f"{context['pathto']('_sources', 1)}/{context['sourcename']}",
                }
            )
    title = re.sub("<[^>]*>", "", context.get("title", ""))
    context["metatags"] = context.get("metatags", "") + PREVIEW.format(
        title=html.escape(html.unescape(title)),
        description=html.escape(description(doctree, html.unescape(title))),
        base=app.config.html_baseurl,
        name=pagename,
    )


def guarded(page: str) -> str:
    """The page with a policy: it refuses other hosts, and scripts not written here."""
    hashes = [
        f"'sha256-{base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()}'"
        for code in dict.fromkeys(INLINE.findall(page))
    ]
    policy = POLICY.format(scripts=" ".join(hashes)).replace(" ;", ";")
    meta = f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
    page = REPEATED.sub("", page)
    return HEAD.sub(f'<head>\n<meta charset="utf-8">\n{meta}\n{VIEWPORT}\n', page, count=1)


def finish(app: Sphinx, error: Exception | None) -> None:
    """Guard all pages; write the page for wrong addresses, the sitemap, the picture."""
    if error or app.builder.name != "html" or not app.config.html_baseurl:
        return
    out = Path(app.outdir)
    base = app.config.html_baseurl
    title = html.escape(app.config.html_title)
    page = NOT_FOUND.format(title=title, viewport=VIEWPORT, base=base, root=app.config.root_doc)
    (out / "404.html").write_text(page, encoding="utf-8")
    urls = sorted(f"{base}{name}.html" for name in app.env.found_docs)
    locations = "\n".join(f"<url><loc>{html.escape(url)}</loc></url>" for url in urls)
    (out / "sitemap.xml").write_text(SITEMAP.format(urls=locations), encoding="utf-8")
    shutil.copy(Path(app.srcdir) / PICTURE, out / "_static")
    for path in out.rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        if "Content-Security-Policy" not in text:
            path.write_text(guarded(text.replace('<meta charset="utf-8" />', "")), encoding="utf-8")


def setup(app: Sphinx) -> None:
    app.connect("config-inited", set_address)
    app.connect("html-page-context", preview, priority=900)
    app.connect("build-finished", finish, priority=990)
