"""word2vec Parameter Learning Explained, as NumPy: every numbered equation is a line here."""

from typing import TYPE_CHECKING, Any

from w2vlib.corpus import Example, Vocabulary, toy_corpus, windows
from w2vlib.embeddings import Embeddings
from w2vlib.model import Model, Step
from w2vlib.trainer import train

if TYPE_CHECKING:
    from w2vlib.inspector import Inspector

__all__ = [
    "Embeddings",
    "Example",
    "Inspector",
    "Model",
    "Step",
    "Vocabulary",
    "toy_corpus",
    "train",
    "windows",
]


def __getattr__(name: str) -> Any:
    """Load the inspector, and the widgets under it, when it is first asked for."""
    if name == "Inspector":
        from w2vlib.inspector import Inspector

        return Inspector
    raise AttributeError(f"module 'w2vlib' has no attribute {name!r}")
