"""The inspector: the paper's updates, one small step at a time, in a page or beside a notebook.

``Inspector`` is the widget. In a page the same code is the element ``<w2v-inspector>``; ``script``
gives it as one classic script, which also runs in a page opened from disk.
"""

import base64
import html
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import anywidget
import numpy as np
import traitlets

from w2vlib.corpus import Example, Vocabulary, windows
from w2vlib.logistic import Array
from w2vlib.model import Model
from w2vlib.negative import noise_distribution

FOLDER = Path(__file__).parent
PARTS = ("engine.mjs", "explain.mjs", "views.mjs", "inspector.mjs")
PRESETS: dict[str, dict[str, Any]] = json.loads((FOLDER / "presets.json").read_text("utf-8"))


def module() -> str:
    """The inspector as one ES module: its parts joined, style and presets included."""
    style = (FOLDER / "inspector.css").read_text("utf-8")
    constants = [f"const STYLE = {json.dumps(style)};", f"const PRESETS = {json.dumps(PRESETS)};"]
    parts = []
    for name in PARTS:
        text = (FOLDER / name).read_text("utf-8")
        text = re.sub(r"^import\b[^;]*;\n", "", text, flags=re.M)
        parts.append(re.sub(r"^export (?!default)", "", text, flags=re.M))
    return "\n".join(constants + parts)


def script() -> str:
    """The inspector as one classic script, which defines the element ``<w2v-inspector>``."""
    body = module().replace("export default { render };", "")
    return f'(() => {{\n"use strict";\n{body}}})();\n'


def read_corpus(
    text: str, architecture: str = "skip-gram", window: int = 1
) -> tuple[Vocabulary, list[Example]]:
    """Read text, a sentence a line, or examples written ``drink^juice|apple, eat|rice``.

    Raises ``ValueError`` for an example without exactly one ``|``.
    """
    if "|" not in text:
        lines = re.split(r"[.!?\n]+", text.lower())
        sentences = [re.findall(r"[^\W_][\w'’-]*", line) for line in lines]
        vocabulary = Vocabulary.from_tokens(word for line in sentences for word in line)
        return vocabulary, windows(sentences, vocabulary, architecture, window)
    pairs = []
    for part in re.split(r"[,\n]", text):
        if part.strip():
            sides = [[word.strip() for word in side.split("^")] for side in part.split("|")]
            if len(sides) != 2:
                raise ValueError(f"example {part.strip()!r}: write input|output, or a^b|c")
            pairs.append(sides)
    vocabulary = Vocabulary.from_tokens(word for pair in pairs for side in pair for word in side)
    return vocabulary, [
        Example(tuple(vocabulary[w] for w in a), tuple(vocabulary[w] for w in b)) for a, b in pairs
    ]


class Inspector(anywidget.AnyWidget):
    """Watch a model learn, and work with its weights in NumPy at the same time.

    Parameters
    ----------
    source : the name of a preset (``"cbow"``), the address of a moment as the inspector copies it
        (``"preset=cbow&eta=0.5&step=200"``; what was done by hand there is done once it shows), or
        a ``Model``.
    examples : the examples to train on; needed with a ``Model``, not used otherwise.
    eta : learning rate of the first step; with a preset, the preset's own.

    Attributes
    ----------
    model : the ``Model``. Training in the inspector writes into its ``W`` and ``W_prime``.
    W, W_prime : the weights as they are now, read-only. Assign new ones, and the inspector begins
        a run from them.
    step : updates taken. Assign a number, and the inspector goes there.

    Raises ``ValueError`` for an unknown preset and for a ``Model`` without examples.
    """

    _esm = module()
    _query = traitlets.Unicode().tag(sync=True)
    _corpus = traitlets.Dict(allow_none=True, default_value=None).tag(sync=True)
    _start = traitlets.Bytes(b"").tag(sync=True)
    _weights = traitlets.Bytes(b"").tag(sync=True, from_json=lambda value, _: bytes(value))
    _shape = traitlets.List(traitlets.Int()).tag(sync=True)
    step = traitlets.Int(0, min=0).tag(sync=True)

    def __init__(
        self,
        source: str | Model = "one-word-context",
        examples: Sequence[Example] = (),
        eta: float | None = None,
    ) -> None:
        if isinstance(source, Model):
            if not examples:
                raise ValueError("examples is empty: give the model something to train on")
            self.model = source
            query, corpus = "", _corpus_of(source, examples, 0.1 if eta is None else eta)
            start = _join(source.W, source.W_prime)
        else:
            query = source if "=" in source else f"preset={source}"
            if eta is not None:
                query += f"&eta={eta}"
            self.model, step = _model_of(query)
            corpus, start = None, b""
        V, N = self.model.W.shape
        super().__init__(
            _query=query,
            _corpus=corpus,
            _start=start,
            _weights=_join(self.model.W, self.model.W_prime),
            _shape=[V, N, self.model.W_prime.shape[1]],
            step=0 if isinstance(source, Model) else step,
        )

    def __repr__(self) -> str:
        source = self._query if "&" in self._query else self._query.removeprefix("preset=")
        return f'Inspector("{source}")' if source else "Inspector(model, examples)"

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        """The widget for a notebook that runs, and the element for a page that does not."""
        bundle = super()._repr_mimebundle_(**kwargs)
        data, metadata = bundle if isinstance(bundle, tuple) else (bundle, {})
        data = {**(data or {}), "text/plain": repr(self)}
        if len(self._start) <= LARGEST:
            data["text/html"] = self._element()
        return data, metadata

    def _element(self) -> str:
        """The element for a page: an address, and what no address could say."""
        given = ""
        if self._start:
            start = base64.b64encode(self._start).decode()
            content = {"corpus": self._corpus, "start": start, "step": self.step}
            given = f' given="{html.escape(json.dumps(content))}"'
        address = f' set="{html.escape(self._query)}"' if self._query else ""
        return f"<w2v-inspector{address}{given}>{NOTE}</w2v-inspector>"

    @property
    def W(self) -> Array:
        return self._parts()[0]

    @W.setter
    def W(self, value: Array) -> None:
        self._begin(value, self.W_prime)

    @property
    def W_prime(self) -> Array:
        return self._parts()[1]

    @W_prime.setter
    def W_prime(self, value: Array) -> None:
        self._begin(self.W, value)

    def _parts(self) -> tuple[Array, Array]:
        V, N, M = self._shape
        both = np.frombuffer(bytes(self._weights))
        return both[: V * N].reshape(V, N), both[V * N :].reshape(N, M)

    def _begin(self, W: Array, W_prime: Array) -> None:
        V, N, M = self._shape
        for name, value, shape in (("W", W, (V, N)), ("W_prime", W_prime, (N, M))):
            if np.shape(value) != shape:
                raise ValueError(f"{name} has shape {np.shape(value)}: give one of shape {shape}")
            if not np.isfinite(value).all():
                raise ValueError(f"{name} holds a number that is not finite: give finite weights")
        self._weights = self._start = _join(W, W_prime)
        self.step = 0

    @traitlets.observe("_weights")
    def _write(self, change: Any) -> None:
        """Let the model have the weights."""
        W, W_prime = self._parts()
        if (self.model.W.shape, self.model.W_prime.shape) == (W.shape, W_prime.shape):
            self.model.W[:] = W
            self.model.W_prime[:] = W_prime


DEFAULTS: dict[str, Any] = {
    "text": "",
    "architecture": "skip-gram",
    "window": 1,
    "output": "softmax",
    "N": 2,
    "eta": 0.2,
    "K": 5,
    "power": 0.75,
    "seed": 0,
}
LARGEST = 40_000  # bytes of weights that a page may carry
NOTE = "The inspector shows here when this cell runs."


def _join(W: Array, W_prime: Array) -> bytes:
    return np.concatenate([np.ravel(W), np.ravel(W_prime)]).astype(float).tobytes()


def _corpus_of(model: Model, examples: Sequence[Example], eta: float) -> dict[str, Any]:
    several_outputs = any(len(example.outputs) > 1 for example in examples)
    several_inputs = any(len(example.inputs) > 1 for example in examples)
    return {
        "words": list(model.vocabulary.words),
        "counts": list(model.vocabulary.counts),
        "examples": [{"inputs": list(e.inputs), "outputs": list(e.outputs)} for e in examples],
        "setting": {
            "architecture": "skip-gram"
            if several_outputs
            else "cbow"
            if several_inputs
            else "one-word",
            "output": model.output,
            "N": model.W.shape[1],
            "K": model.K,
            "eta": eta,
        },
    }


def _model_of(query: str) -> tuple[Model, int]:
    """The model of an address, as it is after the steps that the address asks for."""
    given = dict(parse_qsl(query.removeprefix("?"), keep_blank_values=True))
    name = given.get("preset", None if "text" in given else "one-word-context")
    if name is not None and name not in PRESETS:
        raise ValueError(f"preset {name!r} is unknown: use one of {', '.join(PRESETS)}")
    preset = DEFAULTS | (PRESETS[name] if name else {})
    setting = preset | {key: _read(key, given[key]) for key in DEFAULTS.keys() & given.keys()}
    vocabulary, examples = read_corpus(setting["text"], setting["architecture"], setting["window"])
    model = Model(vocabulary, setting["N"], setting["output"], K=setting["K"], seed=setting["seed"])
    if model.output == "negative":
        model.noise = noise_distribution(vocabulary.counts, setting["power"])

    def as_preset(*keys: str) -> bool:
        return "W" in preset and all(setting[key] == preset[key] for key in keys)

    if as_preset("text", "N", "seed"):
        for weights, first in ((model.W, preset["W"]), (model.W_prime, preset["W_prime"])):
            if weights.shape == np.shape(first):
                weights[:] = first
    start = preset["first"] if as_preset("text", "N", "seed", "architecture", "window") else 0
    steps = _read("step", given.get("step", "0"))
    for s in range(start, start + steps):
        example = examples[s % len(examples)]
        if s == start and "negatives" in preset and setting == preset | {"eta": setting["eta"]}:
            example = Example(example.inputs, example.outputs, (tuple(preset["negatives"]),))
        model.step(example, setting["eta"])
    return model, steps


def _read(key: str, text: str) -> Any:
    """A value of an address as what it is: text, a whole number or a number."""
    kind = type(DEFAULTS.get(key, 0))
    try:
        return kind(text)
    except ValueError:
        raise ValueError(f"{key}={text!r}: give a number, e.g. {DEFAULTS.get(key, 0)}") from None
