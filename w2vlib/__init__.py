"""word2vec Parameter Learning Explained, as NumPy: every numbered equation is a line here."""

from w2vlib.corpus import Example, Vocabulary, toy_corpus, windows
from w2vlib.model import Model, Step

__all__ = ["Example", "Model", "Step", "Vocabulary", "toy_corpus", "windows"]
