"""The Sphinx extension of the book, a part a file."""

import hashlib
from pathlib import Path

from sphinx.application import Sphinx

PARTS = (
    "maths",
    "equations",
    "equation_index",
    "errata",
    "sources",
    "details",
    "address",
    "citation",
    "look",
    "inspector",
    "offline",
    "weight",
    "publish",
)


def setup(app: Sphinx) -> dict[str, bool]:
    code = b"".join(path.read_bytes() for path in sorted(Path(__file__).parent.glob("*.*")))
    app.add_config_value("book_extension_digest", hashlib.sha256(code).hexdigest(), "env")
    for part in PARTS:
        app.setup_extension(f"{__name__}.{part}")
    return {"parallel_read_safe": True, "parallel_write_safe": False}
