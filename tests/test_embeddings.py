"""Vectors: what they say about words, and the files they live in."""

import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.stats import spearmanr

from w2vlib import Embeddings
from w2vlib.embeddings import read_analogies, read_similarities

WORDS = ["king", "man", "woman", "queen", "röd", "蜜蜂"]


@pytest.fixture
def vectors():
    W = np.random.default_rng(3).normal(size=(6, 4))
    W[3] = W[0] / np.linalg.norm(W[0]) - W[1] / np.linalg.norm(W[1])
    W[3] += W[2] / np.linalg.norm(W[2]) + 0.05
    return Embeddings(WORDS, W)


def cosine(a, b):
    return float(a @ b / np.sqrt((a @ a) * (b @ b)))


# Words


def test_similarity_is_the_cosine(vectors):
    for a in WORDS:
        for b in WORDS:
            assert vectors.similarity(a, b) == pytest.approx(
                cosine(vectors[a], vectors[b]), abs=1e-6
            )


def test_neighbours_are_ordered_by_cosine_without_the_word(vectors):
    found = vectors.most_similar("king", 3)
    all_cosines = {word: cosine(vectors["king"], vectors[word]) for word in WORDS[1:]}
    assert [word for word, _ in found] == sorted(all_cosines, key=lambda w: -all_cosines[w])[:3]
    assert found[0][1] == pytest.approx(max(all_cosines.values()), abs=1e-6)
    assert len(vectors.most_similar("king", 99)) == 5
    assert vectors.most_similar(2 * vectors["man"], 1)[0] == ("man", pytest.approx(1, abs=1e-6))
    assert ("man", pytest.approx(1)) not in vectors.most_similar(vectors["man"], exclude=["man"])


def test_an_analogy_is_king_minus_man_plus_woman(vectors):
    unit = {word: vectors[word] / np.linalg.norm(vectors[word]) for word in WORDS}
    target = unit["king"] - unit["man"] + unit["woman"]
    (best, score), *_ = vectors.analogy("man", "king", "woman")
    assert best == "queen" and score == pytest.approx(cosine(target, vectors["queen"]), abs=1e-5)
    inputs = {"man", "king", "woman"}
    assert not inputs & {word for word, _ in vectors.analogy("man", "king", "woman")}
    shown = {word for word, _ in vectors.analogy("man", "king", "woman", exclude_inputs=False)}
    assert inputs < shown


def test_excluding_the_inputs_can_decide_an_analogy():
    close = Embeddings(["a", "b", "c", "d"], [[0, 1], [0.1, 1], [1, 0], [1, 0.5]])
    assert close.analogy("a", "b", "c", 1)[0][0] == "d"
    assert close.analogy("a", "b", "c", 1, exclude_inputs=False)[0][0] == "c"
    question = [("a", "b", "c", "d")]
    assert close.evaluate_analogies(question).accuracy == 1
    assert close.evaluate_analogies(question, exclude_inputs=False).accuracy == 0


@settings(deadline=None)
@given(st.lists(st.integers(0, 5), min_size=3, max_size=15).filter(lambda x: len(set(x)) > 1))
def test_spearman_is_that_of_scipy(scores):
    rng = np.random.default_rng(1)
    words = [f"w{j}" for j in range(len(scores) + 1)]
    vectors = Embeddings(words, rng.integers(-1, 3, (len(words), 3)) + 0.5)
    pairs = [(words[j], words[j + 1], score) for j, score in enumerate(scores)]
    ours = [round(vectors.similarity(a, b), 12) for a, b, _ in pairs]
    if len(set(ours)) > 1:
        result = vectors.evaluate_similarity([*pairs, ("W0", "unknown", 3.0)])
        exact = [vectors.similarity(a, b) for a, b, _ in pairs]
        assert result.spearman == pytest.approx(spearmanr(exact, scores).statistic)
        assert (result.used, result.pairs) == (len(scores), len(scores) + 1)


def test_evaluation_counts_what_it_leaves_out(vectors):
    questions = [("man", "KING", "woman", "queen"), ("man", "king", "woman", "nobody")]
    assert vectors.evaluate_analogies(questions) == (1, 1, 2)
    assert vectors.evaluate_analogies(questions, limit=3) == (0, 0, 2)
    assert np.isnan(vectors.evaluate_analogies([]).accuracy)
    assert np.isnan(vectors.evaluate_similarity([("man", "nobody", 1.0)]).spearman)


def test_word_lists_are_read_and_faults_named(tmp_path):
    path = tmp_path / "list"
    path.write_text("Word 1,Word 2,Human\nlove,sex,6.77\ntiger\tcat\t7.35\n# a remark\n")
    assert read_similarities(path) == [("love", "sex", 6.77), ("tiger", "cat", 7.35)]
    path.write_text("a\tb\t1\nc\td\tlow\n")
    with pytest.raises(ValueError, match="line 2: no score"):
        read_similarities(path)
    path.write_text(": capitals\nAthens Greece Rome Italy\n\n")
    assert read_analogies(path) == [("Athens", "Greece", "Rome", "Italy")]
    path.write_text(": capitals\nAthens Greece Rome\n")
    with pytest.raises(ValueError, match="line 2: 3 words"):
        read_analogies(path)


@pytest.mark.parametrize(
    ("words", "W", "message"),
    [
        (["a"], [[1, 2], [3, 4]], "give a row for each word"),
        ([], np.zeros((0, 3)), "give a row for each word"),
        (["a", "b", "a"], np.ones((3, 2)), "'a' more than once"),
        (["a", "b"], [[1, 2], [3, np.nan]], "not finite"),
    ],
)
def test_bad_vectors_are_refused(words, W, message):
    with pytest.raises(ValueError, match=message):
        Embeddings(words, W)


def test_bad_questions_are_refused(vectors):
    with pytest.raises(ValueError, match="'prince' has no vector here"):
        vectors["prince"]
    with pytest.raises(ValueError, match="n=0"):
        vectors.most_similar("king", 0)
    with pytest.raises(ValueError, match=r"shape \(3,\)"):
        vectors.most_similar([1, 2, 3])


# Files

names = st.lists(
    st.text(st.characters(codec="utf-8", exclude_characters=" \t\r\n\0"), min_size=1, max_size=5),
    min_size=1, max_size=5, unique=True,
)  # fmt: skip
numbers = st.floats(width=32, allow_nan=False, allow_infinity=False)


@pytest.mark.parametrize("name", ["v.bin", "v.txt", "v.vec", "v.tsv"])
@settings(deadline=None)
@given(names, st.integers(1, 4), st.data())
@example(["\u3000", "\x85x", "2"], 1, None)
def test_what_is_saved_is_loaded(tmp_path_factory, name, words, N, data):
    row = st.lists(numbers, min_size=N, max_size=N)
    W = np.ones((3, 1)) if data is None else [data.draw(row) for _ in words]
    path = tmp_path_factory.mktemp("files") / name
    Embeddings(words, W).save(path)
    back = Embeddings.load(path)
    assert back.words == tuple(words)
    assert np.array_equal(back.W, np.asarray(W, np.float32))
    assert not [file for file in path.parent.iterdir() if file.name.startswith(".")]


def test_files_of_word2vec_c_are_read(tmp_path):
    """As printf("%lld %lld\\n") and fwrite leave them: a newline after each binary vector."""
    binary = (
        b"2 3\nking " + struct.pack("<3f", 1, -2, 0.5) + b"\n</s> " + struct.pack("<3f", *b"\n1 ")
    )
    (tmp_path / "v.bin").write_bytes(binary + b"\n")
    (tmp_path / "v.txt").write_text("2 3\nking 1.000000 -2.000000 0.500000 \n</s> 10 49 32 \n")
    for name in ("v.bin", "v.txt"):
        vectors = Embeddings.load(tmp_path / name)
        assert vectors.words == ("king", "</s>")
        assert vectors.W.tolist() == [[1, -2, 0.5], [10, 49, 32]]


def test_files_of_gensim_are_read(tmp_path):
    """gensim 4 writes no newline between binary vectors."""
    (tmp_path / "v.bin").write_bytes(
        b"2 2\nking " + struct.pack("<2f", 1, -2) + b"queen " + struct.pack("<2f", 0.25, 4)
    )
    assert Embeddings.load(tmp_path / "v.bin").W.tolist() == [[1, -2], [0.25, 4]]


def test_our_files_are_as_the_formats_ask(tmp_path):
    vectors = Embeddings(["king", "röd"], [[1, -2], [0.1, 3e-8]])
    for name in ("v.bin", "v.txt", "v.tsv"):
        vectors.save(tmp_path / name)
    rows = struct.pack("<2f", 1, -2), struct.pack("<2f", 0.1, 3e-8)
    binary = b"2 2\nking " + rows[0] + b"\nr\xc3\xb6d " + rows[1] + b"\n"
    assert (tmp_path / "v.bin").read_bytes() == binary
    assert (tmp_path / "v.txt").read_text("utf-8") == "2 2\nking 1.0 -2.0\nröd 0.1 3e-08\n"
    assert (tmp_path / "v.tsv").read_text() == "1.0\t-2.0\n0.1\t3e-08\n"
    assert (tmp_path / "v.metadata.tsv").read_text("utf-8") == "king\nröd\n"


DAMAGED = {
    "v.bin": [
        (b"", "line 1: b'' is not the number"),
        (b"PK\x03\x04 zip", "line 1"),
        (b"0 3\n", "line 1"),
        (b"9999999999 300\nking ", "byte 20: the file ends before the 9999999999 vectors"),
        (b"2 1\na \0\0\0\0b \0\0", "byte 14: the file ends before"),
        (b"2 1\na \0\0\0\0bbbbbb", "byte 10: the file ends within word 2 of 2"),
        (b"1 1\na \0\0\0\0b \0\0\0\0", "byte 10: more follows"),
        (b"1 1\n\xff \0\0\0\0", "byte 4: the word b'\\\\xff' is not UTF-8"),
        (b"1 1\na " + struct.pack("<f", np.nan), "byte 6: the vector of 'a' is not finite"),
        (b"2 1\na \0\0\0\0a \0\0\0\0", "'a' more than once"),
    ],
    "v.txt": [
        (b"king 1 2\n", "line 1"),
        (b"2 2\nking 1 2\nman 1\n", "line 3: 1 numbers after the word, not 2"),
        (b"1 2\nking 1 x\n", "line 2: not all of it is numbers"),
        (b"1 1\nking 1e39\n", "line 2: a number that is not finite"),
        (b"3 1\nking 1\nman 2\n", "line 4: 2 vectors, not 3"),
        (b"1 1\nking 1\nman 2\n", "line 4: 2 vectors, not 1"),
        (b"1 1\n\xc3 1\n", "line 2: .* not UTF-8"),
    ],
    "v.tsv": [
        (b"1\t2\n3\n", "line 2: 1 numbers, but 2 in line 1"),
        (b"1\n", "line 2: 1 vectors, but .* has 2 words"),
        (b"1\n\n", "line 2: not all of it is numbers"),
    ],
}


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [(name, content, message) for name, cases in DAMAGED.items() for content, message in cases],
)
def test_damage_is_named_with_its_place(tmp_path, name, content, message):
    (tmp_path / "v.metadata.tsv").write_text("a\nb\n")
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ValueError, match=message):
        Embeddings.load(tmp_path / name)


@pytest.mark.parametrize("name", ["v.bin", "v.txt", "v.tsv"])
@settings(deadline=None)
@given(st.data())
def test_no_damage_gets_through_as_anything_but_a_value_error(tmp_path_factory, name, data):
    """Cut, changed and inserted bytes: refused, or vectors that are as sound as any."""
    path = tmp_path_factory.mktemp("fuzz") / name
    Embeddings(["king", "röd", "b"], [[1, -2], [0.1, 3e-8], [5, 6]]).save(path)
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(content)))
        kind = data.draw(st.sampled_from(["cut", "insert", "change"]))
        if kind == "cut":
            del content[place : place + data.draw(st.integers(1, 30))]
        elif kind == "insert":
            content[place:place] = data.draw(st.binary(min_size=1, max_size=5))
        elif place < len(content):
            content[place] = data.draw(st.integers(0, 255))
    path.write_bytes(content)
    try:
        vectors = Embeddings.load(path)
    except ValueError as error:
        assert str(path.parent) in str(error)
    else:
        assert np.isfinite(vectors.W).all() and len(vectors.words) == len(vectors.W) > 0


@settings(deadline=None)
@given(st.binary(max_size=60))
@example(b"1 1\n")
def test_any_bytes_at_all_are_a_value_error_or_vectors(tmp_path_factory, content):
    folder = tmp_path_factory.mktemp("bytes")
    for name in ("v.bin", "v.txt", "v.tsv"):
        (folder / "v.metadata.tsv").write_bytes(content)
        (folder / name).write_bytes(content)
        try:
            Embeddings.load(folder / name)
        except ValueError as error:
            assert str(folder) in str(error)


def test_names_and_words_that_no_format_holds_are_refused(tmp_path, vectors):
    for path in (tmp_path / "v.npy", tmp_path / "v"):
        with pytest.raises(ValueError, match="end the name in"):
            vectors.save(path)
        with pytest.raises(ValueError, match="end the name in"):
            Embeddings.load(path)
    with pytest.raises(ValueError, match="'two words' has white space"):
        Embeddings(["two words"], [[1]]).save(tmp_path / "v.bin")
    with pytest.raises(FileNotFoundError):
        Embeddings.load(tmp_path / "none.bin")
    assert list(tmp_path.iterdir()) == []


def test_a_reader_of_the_older_file_is_not_disturbed(tmp_path, vectors):
    path, older = tmp_path / "v.txt", tmp_path / "older"
    vectors.save(path)
    before = path.read_bytes()
    older.hardlink_to(path)
    Embeddings(["other"], [[1]]).save(path)
    assert older.read_bytes() == before != path.read_bytes()


def test_a_fault_while_saving_keeps_the_older_file(tmp_path, vectors, monkeypatch):
    path = tmp_path / "v.txt"
    vectors.save(path)
    before = path.read_bytes()

    def fault(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", fault)
    with pytest.raises(OSError, match="no space left to write .*v.txt"):
        Embeddings(["other"], [[1]]).save(path)
    assert path.read_bytes() == before
    assert [file.name for file in Path(tmp_path).iterdir()] == ["v.txt"]
