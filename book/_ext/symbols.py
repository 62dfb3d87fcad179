"""The symbols of the paper in colour: wraps them in TeX, and writes the colours as CSS."""

import re

from w2vlib.plots import COLOURS

LETTERS = frozenset("xhuyte")  # coloured when bold or with a subscript
BOLD = LETTERS | frozenset("vW")
VERBATIM = frozenset(
    "begin end text textbf textit textrm mathrm mathcal mathbb operatorname tag label href".split()
)
TOKEN = re.compile(r"\\(?:[A-Za-z]+\*?|.)|.", re.S)
ENTRY = re.compile(r"_\{[a-z0-9]{2}\}")  # w_{ki} is an entry of W; w_I and w_{O,c} are words


def css_class(symbol: str) -> str:
    """The CSS class of a symbol: ``sym-v-prime`` for ``v_prime``."""
    return "sym-" + symbol.replace("_", "-")


def coloured(tex: str) -> str:
    r"""TeX with each symbol of the paper wrapped: ``{\htmlClass{sym-h}{h_i}}``."""
    out: list[str] = []
    position = 0
    while position < len(tex):
        name, end = _symbol(tex, position)
        if name:
            end, primed = _scripts(tex, end)
            symbol = f"{name}_prime" if primed and name in ("v", "W") else name
            out.append(rf"{{\htmlClass{{{css_class(symbol)}}}{{{tex[position:end]}}}}}")
        else:
            end = _skip(tex, position)
            out.append(tex[position:end])
        position = end
    return "".join(out)


def _symbol(tex: str, start: int) -> tuple[str, int]:
    """The name of the symbol that starts here and where its letter ends, or an empty name."""
    if match := re.compile(r"\\mathbf(?:\s*\{(\w)\}|\s+(\w))").match(tex, start):
        letter = match[1] or match[2]
        return (letter if letter in BOLD else ""), match.end()
    if match := re.compile(r"\\mathrm\s*\{(EH|EI)\}").match(tex, start):
        return match[1], match.end()
    if tex[start] in LETTERS and tex.startswith("_", start + 1):
        return tex[start], start + 1
    if match := re.compile(r"w('?)(?=_)").match(tex, start):
        if match[1] or ENTRY.match(tex, match.end()):
            return "W", start + 1
    return "", start


def _scripts(tex: str, position: int) -> tuple[int, bool]:
    """Where the primes, subscripts and superscripts that follow end; whether there is a prime."""
    primed = False
    while position < len(tex) and tex[position] in "'_^":
        if tex[position] == "'":
            primed = True
            position += 1
        else:
            position = _argument(tex, position + 1)
    return position, primed


def _argument(tex: str, position: int) -> int:
    """Where the TeX argument that starts here ends: a balanced group, a command or a character."""
    while position < len(tex) and tex[position].isspace():
        position += 1
    depth = 0
    while position < len(tex):
        token = TOKEN.match(tex, position)[0]
        depth += {"{": 1, "}": -1}.get(token, 0)
        position += len(token)
        if depth == 0:
            return _argument(tex, position) if token == r"\mathbf" else position
    return position


def _skip(tex: str, position: int) -> int:
    """Where a token that is no symbol ends, with the argument of a command whose text is words."""
    token = TOKEN.match(tex, position)[0]
    position += len(token)
    if token[1:].rstrip("*") in VERBATIM and token.startswith("\\"):
        position = _argument(tex, position)
    return position


def stylesheet() -> str:
    """The colours as CSS: a custom property and a class for each symbol, light and dark."""
    light, dark, classes = [], [], []
    for symbol, (on_light, on_dark) in COLOURS.items():
        name = css_class(symbol)
        light.append(f"  --{name}: {on_light};")
        dark.append(f"  --{name}: {on_dark};")
        classes.append(f".{name} {{ color: var(--{name}); }}")
    return "\n".join(
        [":root {", *light, "}", 'html[data-theme="dark"] {', *dark, "}", *classes, ""]
    )
