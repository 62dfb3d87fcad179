"""Pack the built book and its notebooks into one file that needs no network.

    python tools/pack.py

Writes ``_build/word2vec-book.zip``: open ``index.html`` to read; start Jupyter in ``notebooks`` to
run, where the library lies beside the chapters. The same book gives the same bytes.
"""

import hashlib
import zipfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
SITE = ROOT / "_build" / "html"
PACKED = ROOT / "_build" / "word2vec-book.zip"
MIDNIGHT = (1980, 1, 1, 0, 0, 0)  # the first moment that a zip file knows


def members() -> Iterator[tuple[str, Path]]:
    """Each name in the zip file, and the file that it holds."""
    for folder, patterns, place in (
        (SITE, ["**/*"], ""),
        (ROOT / "book", ["*.ipynb"], "notebooks/"),
        (ROOT, ["w2vlib/**/*"], "notebooks/"),
        (ROOT, ["LICENSE", "CITATION.cff"], ""),
    ):
        for path in (path for pattern in patterns for path in folder.glob(pattern)):
            if path.is_file() and "__pycache__" not in path.parts and path.name != ".buildinfo":
                yield f"word2vec-book/{place}{path.relative_to(folder).as_posix()}", path


def pack() -> None:
    with zipfile.ZipFile(PACKED, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, path in sorted(members()):
            packed.writestr(
                zipfile.ZipInfo(name, MIDNIGHT), path.read_bytes(), zipfile.ZIP_DEFLATED
            )


if __name__ == "__main__":
    pack()
    print(f"{hashlib.sha256(PACKED.read_bytes()).hexdigest()}  {PACKED.name}")
