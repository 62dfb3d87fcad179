"""Writes the repository's address, which ``_config.yml`` names, into Markdown pages.

``REPOSITORY`` is the whole address, ``REPOSITORY_QUOTED`` the same as part of another address,
``REPOSITORY_PATH`` its owner and name, ``REPOSITORY_NAME`` its name.
"""

from pathlib import Path
from urllib.parse import quote, urlsplit

from sphinx.application import Sphinx


def write_address(app: Sphinx, docname: str, source: list[str]) -> None:
    address = app.config.html_theme_options.get("repository_url", "")
    path = urlsplit(address).path.strip("/")
    parts = {
        "REPOSITORY_QUOTED": quote(address, safe=""),
        "REPOSITORY_PATH": path,
        "REPOSITORY_NAME": path.rpartition("/")[2],
        "REPOSITORY": address,
    }
    if Path(app.env.doc2path(docname)).suffix == ".md":
        for name, part in parts.items():
            source[0] = source[0].replace(name, part)


def setup(app: Sphinx) -> None:
    app.connect("source-read", write_address)
