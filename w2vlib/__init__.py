"""word2vec Parameter Learning Explained, as NumPy: every numbered equation is a line here."""

from w2vlib.corpus import Example, Vocabulary, toy_corpus, windows
from w2vlib.embeddings import Embeddings
from w2vlib.model import Model, Step
from w2vlib.trainer import train

__all__ = [
    "Embeddings",
    "Example",
    "Model",
    "Step",
    "Vocabulary",
    "toy_corpus",
    "train",
    "windows",
]
