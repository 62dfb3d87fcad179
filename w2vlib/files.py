"""Files that appear whole or not at all."""

import errno
import os
import shutil
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
        if error.errno == errno.ENOSPC:
            raise OSError(errno.ENOSPC, f"no space left to write {path}: free some") from error
        raise
    finally:
        draft.unlink(missing_ok=True)


def check_writable(path: Path, size: int) -> None:
    """Refuse to start on a file that could not be written in the end.

    Raises
    ------
    OSError
        If its folder is missing or closed to us, or has fewer than ``size`` bytes left.
    """
    with TemporaryFile(dir=path.parent):
        pass
    free = shutil.disk_usage(path.parent).free
    if free < size:
        raise OSError(
            errno.ENOSPC,
            f"{path} will need {size:,} bytes, but its disk has {free:,} left: free some or "
            "choose another place",
        )
