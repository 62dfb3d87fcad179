"""Files that appear whole or not at all."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A draft that takes the name ``path`` when all went well.

    Until then an older file of that name stays as it is; after a fault no draft is left over.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        yield draft
        with draft.open("rb+") as file:
            os.fsync(file.fileno())
        os.replace(draft, path)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            text = f"no space left to write {path}; free some or choose another place"
            raise OSError(error.errno, text) from error
        raise
    finally:
        draft.unlink(missing_ok=True)


def check_writable(path: Path) -> None:
    """Refuse to start on a file that could not be written in the end, with ``OSError``."""
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, "a folder has this name; choose another", str(path))
    try:
        with TemporaryFile(dir=path.parent):
            pass
    except OSError as error:  # would name the file that could not be made beside it
        raise OSError(error.errno, error.strerror, str(path)) from error
