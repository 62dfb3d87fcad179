"""Word vectors from the command line: ``python -m w2vlib train corpus.txt --out v.bin``."""

import argparse
import inspect
import re
import sys
import tempfile
import typing
from pathlib import Path

from w2vlib.embeddings import Embeddings, file_format
from w2vlib.files import check_writable
from w2vlib.trainer import train


def main(arguments: list[str] | None = None) -> int:
    """Run one command; 0 if it went well, 1 for a fault, 130 after Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python -m w2vlib", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    _add_train(commands.add_parser("train", help="train vectors on a text"))
    near = commands.add_parser("similar", help="the nearest words of a word")
    near.add_argument("vectors", type=Path, help="a file that train wrote")
    near.add_argument("word")
    near.add_argument("--n", type=int, default=10, help="how many")
    text = commands.add_parser("corpus", help="write a text to train on")
    text.add_argument("name", choices=("library", "text8"), help="documentation, or Wikipedia")
    text.add_argument("--out", type=Path, required=True, help="the file, or for text8 its folder")
    options = vars(parser.parse_args(arguments))
    try:
        command = options.pop("command")
        if command == "train":
            _train(**options)
        elif command == "similar":
            _similar(**options)
        else:
            _corpus(**options)
    except (ValueError, OSError, MemoryError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        where = options.get("checkpoint")
        again = f"give the same command to go on from {where}" if where else "nothing was saved"
        print(f"\nstopped: {again}", file=sys.stderr)
        return 130
    return 0


def _add_train(parser: argparse.ArgumentParser) -> None:
    """An option for each parameter of ``train``, with its name, default and description."""
    parser.add_argument("corpus", type=Path, help="a UTF-8 text, also .gz, .bz2 or .xz")
    parser.add_argument("--out", type=Path, required=True, help="v.bin, v.txt or v.tsv")
    hints = typing.get_type_hints(train)
    described = re.findall(r"^    (\w+) : (.*(?:\n        .*)*)", train.__doc__ or "", re.M)
    helps = {name: " ".join(words.replace("``", "").split()) for name, words in described}
    for name, parameter in inspect.signature(train).parameters.items():
        if name in ("corpus", "client", "rounds"):
            continue
        kind = next(iter(typing.get_args(hints[name])), hints[name])  # of "float | None", float
        flags = dict.fromkeys(("--" + name, "--" + name.replace("_", "-")))
        if kind is bool:
            parser.add_argument(
                *flags,
                action=argparse.BooleanOptionalAction,
                default=parameter.default or name == "progress",
                help=helps[name],
            )
        else:
            parser.add_argument(
                *flags,
                type=kind,
                default=parameter.default,
                metavar=name[0].upper(),
                help=helps[name] + ("" if parameter.default is None else " [%(default)s]"),
            )


def _train(corpus: Path, out: Path, **settings: typing.Any) -> None:
    file_format(out)
    if out.exists() and corpus.exists() and out.samefile(corpus):
        raise ValueError(f"out={str(out)!r} is the corpus itself: choose another name")
    check_writable(out)
    vectors = train(corpus, **settings)
    try:
        vectors.save(out)
    except OSError as error:
        rescue = Path(tempfile.mkdtemp()) / out.name
        vectors.save(rescue)
        raise OSError(f"{error}; the vectors are in {rescue}") from error
    print(f"{out}: {len(vectors):,} words, {vectors.W.shape[1]} numbers each")


def _similar(vectors: Path, word: str, n: int) -> None:
    for found, cosine in Embeddings.load(vectors).most_similar(word, n):
        print(f"{cosine:6.3f}  {found}")


def _corpus(name: str, out: Path) -> None:
    from w2vlib.trainer.text import library_text, text8

    print(library_text(out) if name == "library" else text8(out))


if __name__ == "__main__":
    sys.exit(main())
