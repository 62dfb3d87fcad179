"""Text on disk: read in pieces, counted, and kept as a file of word indices.

Memory holds one piece and the vocabulary, whatever the size of the text. Training then reads the
indices through a memory map, so a text larger than memory streams from disk.
"""

import ast
import bz2
import gzip
import importlib.util
import itertools
import lzma
import re
import warnings
import zlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray
from tqdm.auto import tqdm

from w2vlib.corpus import Vocabulary
from w2vlib.files import replacing

PIECE = 1 << 20  # bytes read at a time, and the longest word
BREAK = -1  # stands between two lines in a file of indices
_RARE = -2
_OPEN: dict[str, Any] = {".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open}

TEXT8_URL = "http://mattmahoney.net/dc/text8.zip"
TEXT8_SHA256 = "a6640522afe85d1963ad56c05b0ede0a0c000dddc9671758a6cc09b7a38e5232"


@dataclass(frozen=True)
class Corpus:
    """A text as word indices.

    Attributes
    ----------
    vocabulary : the V words, most frequent first.
    ids : int32 indices of the words in the order of the text, ``BREAK`` after each line.
    """

    vocabulary: Vocabulary
    ids: NDArray[np.int32]


def read(path: Path, start: int = 0, stop: int | None = None) -> Iterator[str]:
    """Yield a UTF-8 text in pieces that end after white space; .gz, .bz2 and .xz are unpacked.

    Parameters
    ----------
    path : the file.
    start, stop : read these bytes only; see ``cuts``.

    Raises
    ------
    OSError
        If the file cannot be opened.
    ValueError
        For bytes that are not UTF-8, a zero byte, a word of more than ``PIECE`` bytes (no text is
        like that) or a damaged archive; the message gives the position.
    """
    position, rest = start, b""  # position of the first byte of rest
    with _opened(path) as file:
        file.seek(start)
        while True:
            left = PIECE if stop is None else min(PIECE, stop - position - len(rest))
            block = file.read(left)
            rest += block
            end = 1 + max(rest.rfind(space) for space in b" \n\t\r") if block else len(rest)
            if end == 0 and len(rest) > PIECE:
                raise ValueError(
                    f"{path}, byte {position}: no white space in {len(rest)} bytes; "
                    "put spaces between the words"
                )
            if end:
                yield _decode(path, position, rest[:end])
                position, rest = position + end, rest[end:]
            if not block:
                return


def cuts(path: Path, parts: int) -> list[tuple[int, int]]:
    """Byte ranges that split a file into nearly equal parts, each ending after white space."""
    size = path.stat().st_size
    ends = [0]
    with path.open("rb") as file:
        for part in range(1, parts):
            middle = max(ends[-1], size * part // parts)
            file.seek(middle)
            found = re.search(rb"\s", file.read(PIECE))
            ends.append(size if found is None else middle + found.end())
    ends.append(size)
    return list(zip(ends, ends[1:], strict=False))


def number(
    path: Path, target: Path, start: int = 0, stop: int | None = None, progress: bool = False
) -> tuple[list[str], NDArray[np.int64]]:
    """Write a number for each word of a text to ``target``, in one reading.

    Words are what white space separates. They are numbered as they first appear; number 0 is the
    end of a line. ``renumber`` turns the numbers into the indices of a vocabulary.

    Returns
    -------
    words : the word of each number.
    counts : how often each occurs.
    """
    numbers: defaultdict[str, int] = defaultdict(itertools.count().__next__)
    line_end = "\0"  # no text holds a zero byte
    numbers[line_end]
    counts = np.zeros(1, np.int64)
    with (
        target.open("wb") as file,
        tqdm(desc="read", unit=" words", unit_scale=True, disable=not progress) as bar,
    ):
        for text in read(path, start, stop):
            words = text.replace("\n", f" {line_end} ").split()
            ids = np.fromiter(map(numbers.__getitem__, words), np.int32, len(words))
            file.write(ids.tobytes())
            counts = np.pad(counts, (0, len(numbers) - len(counts)))
            counts += np.bincount(ids, minlength=len(counts))
            bar.update(len(ids))
    return list(numbers), counts


def frequent(words: Sequence[str], counts: NDArray[np.int64], min_count: int) -> Vocabulary:
    """The words that ``number`` found at least ``min_count`` times; at least two must be left."""
    order = [j for j in np.argsort(-counts, kind="stable").tolist() if j > 0]
    if not order:
        raise ValueError("the corpus has no words: give a text with words between white space")
    order = [j for j in order if counts[j] >= min_count]
    if len(order) < 2:
        raise ValueError(
            f"min_count={min_count} leaves {len(order)} of the {len(words) - 1} words of the "
            "corpus: training needs at least 2; lower min_count or give more text"
        )
    return Vocabulary(tuple(words[j] for j in order), tuple(counts[order].tolist()))


def renumber(file: Path, words: Sequence[str], vocabulary: Vocabulary) -> None:
    """Replace the numbers that ``number`` wrote by word indices, in place; rare words go."""
    index = {word: j for j, word in enumerate(vocabulary.words)}
    new = np.array([BREAK] + [index.get(word, _RARE) for word in words[1:]], np.int32)
    with file.open("r+b") as numbers:
        done = 0
        for position in itertools.count(step=PIECE):
            numbers.seek(position)
            block = numbers.read(PIECE)
            if not block:
                break
            ids = new[np.frombuffer(block, np.int32)]
            numbers.seek(done)
            done += numbers.write(ids[ids != _RARE].tobytes())
        numbers.truncate(done)


def encode(path: Path, target: Path, min_count: int, progress: bool = False) -> Corpus:
    """Turn a text into word indices in the file ``target``, which appears when it is complete."""
    with replacing(target) as draft:
        words, counts = number(path, draft, progress=progress)
        vocabulary = frequent(words, counts, min_count)
        renumber(draft, words, vocabulary)
    return Corpus(vocabulary, mapped(target))


def mapped(path: Path) -> NDArray[np.int32]:
    """The indices in a file that ``renumber`` wrote."""
    if path.stat().st_size == 0:  # an empty file cannot be mapped
        return np.zeros(0, np.int32)
    return np.memmap(path, np.int32, mode="r")


def library_text(path: str | Path) -> Path:
    """Write a corpus that needs no download: the documentation of NumPy, SciPy and Matplotlib.

    A line is a paragraph of a docstring without its examples, in lower case, letters only. It is
    about a million words of English that the reader of this book has on disk already, and the
    versions fixed in requirements.txt give everyone the same text.
    """
    path = Path(path)
    with replacing(path) as draft, draft.open("wb") as file:
        for package in ("numpy", "scipy", "matplotlib"):
            found = importlib.util.find_spec(package)
            if found is None or found.origin is None:
                raise ValueError(f"{package} is not installed: pip install 'w2vlib[train]'")
            for source in sorted(Path(found.origin).parent.rglob("*.py")):
                if "tests" not in source.parts:
                    file.writelines(_paragraphs(source))
    return path


def text8(directory: str | Path | None = None) -> Path:
    """Download text8, 17 million words of English Wikipedia (31 MB), once, and check its sha256.

    ``directory`` is where it is kept, by default the cache folder of the user.
    """
    import pooch

    files = pooch.retrieve(
        TEXT8_URL,
        known_hash=f"sha256:{TEXT8_SHA256}",
        path=pooch.os_cache("w2vlib") if directory is None else Path(directory),
        processor=pooch.Unzip(),
    )
    return Path(files[0])


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    try:
        with _OPEN.get(path.suffix, open)(path, "rb") as file:
            yield file
    except (EOFError, gzip.BadGzipFile, lzma.LZMAError, zlib.error) as error:
        raise ValueError(f"{path} cannot be unpacked ({error}): fetch it again") from error


def _decode(path: Path, position: int, block: bytes) -> str:
    zero = block.find(b"\0")
    if zero >= 0:
        raise ValueError(
            f"{path}, byte {position + zero}: a zero byte; this is a binary file, give plain text"
        )
    try:
        return block.decode("utf-8-sig" if position == 0 else "utf-8")
    except UnicodeDecodeError as error:
        raise ValueError(
            f"{path}, byte {position + error.start}: not UTF-8; convert it, e.g. with "
            "iconv -t utf-8"
        ) from error


def _paragraphs(source: Path) -> Iterator[bytes]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)  # of the library's own source
        tree = ast.parse(source.read_bytes())
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            for paragraph in (ast.get_docstring(node) or "").split("\n\n"):
                words = re.findall("[a-z]+", paragraph.lower())
                if ">>>" not in paragraph and len(words) > 2:
                    yield " ".join(words).encode() + b"\n"
