"""The trainer: the same updates as Model.step, on files, whatever happens to them."""

import functools
import http.server
import json
import os
import signal
import subprocess
import sys
import threading
import time
import tracemalloc
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from w2vlib import Embeddings, Example, Model, Vocabulary, corpus, train
from w2vlib.__main__ import main
from w2vlib.logistic import sigmoid
from w2vlib.negative import noise_distribution
from w2vlib.trainer import kernels, loop, text

BOTH = [
    (architecture, output)
    for architecture in ("skip-gram", "cbow")
    for output in ("negative", "hierarchical")
]
all_four = pytest.mark.parametrize(("architecture", "output"), BOTH)
TOPICS = {
    "animals": "cat dog horse cow sheep goat".split(),
    "colours": "red green blue yellow white black".split(),
    "numbers": "one two three four five six".split(),
    "rooms": "kitchen cellar attic hall bath bedroom".split(),
}


@pytest.fixture(scope="module")
def planted(tmp_path_factory):
    """A text of known structure: each sentence speaks of one topic, around common words."""
    rng = np.random.default_rng(5)
    topics = list(TOPICS.values())
    lines = []
    for _ in range(6000):
        words = rng.choice(topics[rng.integers(len(topics))], 5)
        lines.append(" ".join(f"{word} {rng.choice(['the', 'of', 'and'])}" for word in words))
    path = tmp_path_factory.mktemp("text") / "planted.txt"
    path.write_text("\n".join(lines) + "\n")
    return path


def small_run(architecture, output):
    """A run on random text of 12 words, with random weights in both matrices."""
    rng = np.random.default_rng(2)
    ids = rng.zipf(1.5, 400).clip(1, 12).astype(np.int32) - 1
    ids[::17] = text.BREAK
    counts = np.maximum(1, np.bincount(ids[ids >= 0], minlength=12))
    words = Vocabulary(tuple("abcdefghijkl"), tuple(counts.tolist()))
    chosen = loop.Settings(architecture=architecture, output=output, N=8, window=3, K=4, sample=0)
    run = loop.Run(text.Corpus(words, ids), chosen)
    for weights in (run.W, run.W_prime):
        weights[:] = rng.uniform(-0.5, 0.5, weights.shape)
    return run


def examples_of(run, state):
    """The examples of the first slice of a run, and how its draws go on."""
    kept = kernels.thin(run.corpus.ids, run.keep, state)
    centres, contexts, start = kernels.windows(kept, run.settings.window, True, state)
    each = np.arange(len(centres) + 1, dtype=np.int32)
    if run.settings.architecture == "skip-gram":
        return kernels.Examples(centres, each, contexts, start)
    return kernels.Examples(contexts, start, centres, each)


def as_examples(examples, decisions=None, K=None):
    """The same examples in the form that Model.step takes."""
    for i in range(len(examples.in_start) - 1):
        inputs = examples.inputs[examples.in_start[i] : examples.in_start[i + 1]]
        first, last = examples.out_start[i], examples.out_start[i + 1]
        negatives = None
        if K is not None:
            rows = decisions.columns.reshape(-1, K + 1)[first:last, 1:]
            negatives = tuple(map(tuple, rows.tolist()))
        yield Example(tuple(inputs), tuple(examples.outputs[first:last]), negatives=negatives)


def model_of(run):
    """A Model with the weights of a run, in double precision."""
    settings = run.settings
    model = Model(run.corpus.vocabulary, settings.N, settings.output, K=settings.K)
    model.W[:], model.W_prime[:] = run.W, run.W_prime
    return model


# The same equations


@all_four
@pytest.mark.equation(23, 35, 47, 50, 51, 53, 56, 58, 59, 61)
def test_steps_are_a_sequence_of_model_steps(architecture, output):
    run = small_run(architecture, output)
    state = np.array([7], np.uint64)
    examples = examples_of(run, state)
    decisions = run.decisions(examples.outputs, state)
    model = model_of(run)
    before = run.W.copy()
    listed = list(as_examples(examples, decisions, 4 if output == "negative" else None))
    assert len(listed) > 200
    losses = [model.step(example, 0.05).E for example in listed]
    few = kernels.head(examples, 1)
    loss = kernels.loss(few, run.decisions(few.outputs, state), run.W, run.W_prime.T)
    kernels.steps(examples, decisions, run.W, run.W_prime.T, 0.05, True)
    assert np.abs(run.W - before).max() > 0.1
    np.testing.assert_allclose(run.W, model.W, rtol=0, atol=2e-5)
    np.testing.assert_allclose(run.W_prime, model.W_prime, rtol=0, atol=2e-5)
    if output == "hierarchical":  # draws nothing, so the losses are comparable
        assert loss == pytest.approx(losses[0], rel=1e-5)


@all_four
@pytest.mark.equation(46, 55)
def test_the_loss_is_that_of_the_model(architecture, output):
    run = small_run(architecture, output)
    state = np.array([3], np.uint64)
    examples = examples_of(run, state)
    decisions = run.decisions(examples.outputs, state)
    model = model_of(run)
    listed = as_examples(examples, decisions, 4 if output == "negative" else None)
    expected = sum(model.loss(example) for example in listed)
    loss = kernels.loss(examples, decisions, run.W, run.W_prime.T)
    assert loss == pytest.approx(expected, rel=1e-5)


def test_undivided_steps_move_each_input_by_the_whole_of_EH():
    run = small_run("cbow", "hierarchical")
    few = kernels.Examples(*(np.array(x, np.int32) for x in ([3, 1, 4], [0, 3], [2], [0, 1])))
    decisions = run.decisions(few.outputs, None)
    divided = run.W.copy()
    kernels.steps(few, decisions, divided, run.W_prime.T.copy(), 0.05, True)
    undivided = run.W.copy()
    kernels.steps(few, decisions, undivided, run.W_prime.T.copy(), 0.05, False)
    assert np.abs(divided - run.W).max() > 1e-3
    np.testing.assert_allclose(undivided - run.W, 3 * (divided - run.W), atol=1e-6)


def test_the_fast_tree_kernel_takes_the_same_steps_word_by_word():
    run = small_run("cbow", "hierarchical")
    examples = examples_of(run, np.array([7], np.uint64))
    W, W_prime = run.W.copy(), run.W_prime.T.copy()
    decisions = run.decisions(examples.outputs, None)
    kernels.steps(examples, decisions, W, W_prime, 0.05, True)
    kernels.fast_hierarchical(examples, run.W, run.W_prime.T, run.paths, 0.05, True)
    np.testing.assert_allclose(run.W, W, atol=2e-5)
    np.testing.assert_allclose(run.W_prime.T, W_prime, atol=2e-5)


def test_the_fast_tree_kernel_differs_for_skip_gram_only_in_second_order():
    """One step a word instead of one for all C words: the difference falls with eta squared."""
    apart = {}
    for eta in (0.02, 0.01):
        run = small_run("skip-gram", "hierarchical")
        few = kernels.Examples(*(np.array(x, np.int32) for x in ([3], [0, 1], [1, 4, 2], [0, 3])))
        W_prime = run.W_prime.T.copy()
        kernels.steps(few, run.decisions(few.outputs, None), run.W.copy(), W_prime, eta, True)
        kernels.fast_hierarchical(few, run.W, run.W_prime.T, run.paths, eta, True)
        apart[eta] = np.abs(run.W_prime.T - W_prime).max()
    assert 0 < apart[0.01] < 0.3 * apart[0.02] < 1e-3


@pytest.mark.parametrize("architecture", ["skip-gram", "cbow"])
@pytest.mark.parametrize("count", [40, 100])  # less than a block; one and a half
def test_the_expected_update_of_a_block_is_that_of_the_paper(architecture, count):
    run = small_run(architecture, "negative")
    examples = kernels.head(examples_of(run, np.array([11], np.uint64)), count)
    P = noise_distribution(run.corpus.vocabulary.counts)
    W, W_prime = run.W.astype(float), run.W_prime.T.astype(float)
    dW, dW_prime = np.zeros_like(W), np.zeros_like(W_prime)
    for example in as_examples(examples):
        h = W[list(example.inputs)].mean(axis=0)
        e = len(example.outputs) * 4 * P * sigmoid(W_prime @ h)  # (56) over K draws from P
        np.add.at(e, list(example.outputs), sigmoid(W_prime[list(example.outputs)] @ h) - 1)
        dW_prime += np.outer(e, h)  # (58)
        np.add.at(dW, list(example.inputs), W_prime.T @ e / len(example.inputs))  # (61) (23)
    eta, draws = 1e-4, 4000
    moved = {"W": [], "W_prime": []}
    state = np.array([1], np.uint64)
    for _ in range(draws):
        now, now_prime = run.W.copy(), run.W_prime.T.copy()
        kernels.block_negative(examples, now, now_prime, run.noise, 4, 64, 24, eta, True, state)
        moved["W"].append((run.W - now) / eta)
        moved["W_prime"].append((run.W_prime.T - now_prime) / eta)
    for name, expected in (("W", dW), ("W_prime", dW_prime)):
        values = np.array(moved[name], float)
        error = values.std(axis=0) / np.sqrt(draws)
        assert np.abs(expected).max() > 1
        off = np.abs(values.mean(axis=0) - expected)
        assert (off < 5 * error + 0.01 * np.abs(expected).max()).all()
        assert (error < 0.05 * np.abs(expected).max()).all()


@pytest.mark.equation(67)
def test_sigmoid_is_right_to_six_digits():
    u = np.linspace(-15.9, 15.9, 5001).astype(np.float32)
    ours = np.array([kernels.sigmoid(x) for x in u])
    np.testing.assert_allclose(ours[u < 0], sigmoid(u[u < 0]), rtol=4e-5)
    np.testing.assert_allclose(ours[u >= 0], sigmoid(u[u >= 0]), rtol=2e-6)
    assert kernels.sigmoid(np.float32(-1e4)) == kernels.sigmoid(np.float32(-16)) < 2e-7


# Examples and draws


def test_windows_of_fixed_size_are_those_of_the_corpus():
    sentences = ["a b c d e".split(), ["f"], "c c a".split()]
    words = Vocabulary.from_tokens(list("abcdef"))
    ids = [words[word] if word else text.BREAK for line in sentences for word in [*line, ""]]
    centres, contexts, start = kernels.windows(
        np.array(ids, np.int32), 2, False, np.array([1], np.uint64)
    )
    expected = corpus.windows(sentences, words, "skip-gram", 2)
    assert [(c,) for c in centres] == [example.inputs for example in expected]
    ours = [tuple(contexts[a:b]) for a, b in zip(start, start[1:], strict=False)]
    assert ours == [example.outputs for example in expected]


def test_a_dynamic_window_weights_distance_d_by_w_plus_1_minus_d_over_w():
    ids = (np.arange(40_000) % 1000).astype(np.int32)
    centres, contexts, start = kernels.windows(ids, 5, True, np.array([1], np.uint64))
    distance = Counter(
        ((int(word) - int(centre) + 500) % 1000) - 500
        for centre, a, b in zip(centres, start, start[1:], strict=False)
        for word in contexts[a:b]
    )
    assert set(distance) == {d for d in range(-5, 6) if d}
    for d in range(1, 6):
        assert distance[d] / len(ids) == pytest.approx((6 - d) / 5, abs=0.015)


def test_subsampling_keeps_the_share_of_word2vec_c():
    counts = np.array([90_000, 9_000, 900, 100])
    keep = loop.keep_thresholds(counts, 1e-2)
    f = counts / counts.sum()
    expected = np.minimum(1, np.sqrt(1e-2 / f) + 1e-2 / f)
    ids = np.repeat(np.arange(4), 50_000).astype(np.int32)
    kept = kernels.thin(ids, keep, np.array([1], np.uint64))
    np.testing.assert_allclose(np.bincount(kept) / 50_000, expected, atol=0.01)
    assert len(kernels.thin(ids, loop.keep_thresholds(counts, 0), np.array([1], np.uint64))) == len(
        ids
    )


@pytest.mark.parametrize("power", [0.75, 0, -0.5])
def test_the_noise_table_holds_words_in_proportion(power):
    counts = np.array([5000, 700, 60, 5])
    table = loop.noise_table(counts, power)
    np.testing.assert_allclose(
        np.bincount(table) / len(table), noise_distribution(counts.tolist(), power), atol=1e-6
    )


def test_draws_are_even():
    state = np.array([1], np.uint64)
    drawn = np.bincount([kernels.draw_below(state, 7) for _ in range(70_000)])
    assert len(drawn) == 7 and np.abs(drawn - 10_000).max() < 400
    starts = {loop.mixed(seed, i) for seed in range(20) for i in range(1000)}
    assert len(starts) == 20_000


# Learning


@all_four
@pytest.mark.parametrize("blocks", [True, False])
def test_words_of_a_topic_come_together(planted, architecture, output, blocks):
    vectors = train(
        planted,
        architecture=architecture,
        output=output,
        N=16,
        epochs=6,
        eta=0.1,
        sample=1e-2,
        threads=1,
        blocks=blocks,
    )
    for topic in TOPICS.values():
        for word in topic:
            near = {found for found, _ in vectors.most_similar(word, 5)}
            assert near == set(topic) - {word}
    assert (vectors.W_prime is None) == (output == "hierarchical")


def test_every_switch_changes_the_result(planted):
    one = functools.partial(train, planted, N=8, epochs=1, threads=1, sample=1e-2)
    plain = one()
    changes = [
        {"dynamic_window": False}, {"decay": False}, {"noise_power": 0.5}, {"window": 2}, {"K": 2},
        {"sample": 0}, {"seed": 2}, {"eta": 0.05}, {"blocks": False}, {"epochs": 2},
        {"architecture": "cbow"}, {"output": "hierarchical"},
    ]  # fmt: skip
    for change in changes:
        assert not np.array_equal(one(**change).W, plain.W), change
    cbow = functools.partial(one, architecture="cbow")
    assert not np.array_equal(cbow(divide=False).W, cbow().W)
    assert np.array_equal(cbow(eta=0.1).W, cbow().W)
    assert np.array_equal(cbow(eta=0.05, divide=False).W, cbow(divide=False).W)
    assert np.array_equal(one(eta=0.025).W, plain.W)
    assert set(one(min_count=5000).words) == {"the", "of", "and"}


def test_two_threads_do_all_the_work_of_one(planted):
    one = train(planted, N=16, epochs=4, eta=0.1, threads=1)
    two = train(planted, N=16, epochs=4, eta=0.1, threads=2)
    assert np.linalg.norm(two.W) == pytest.approx(np.linalg.norm(one.W), rel=0.1)
    assert two.similarity("cat", "dog") > 0.8 > 0.5 > two.similarity("cat", "red")


def test_plain_kernels_give_the_same_bits_on_another_processor(planted, tmp_path):
    code = f"""if True:
        from w2vlib import train
        vectors = train({str(planted)!r}, N=8, epochs=1, threads=1, blocks=False)
        vectors.save({str(tmp_path)!r} + "/v.bin")"""
    generic = {"NUMBA_CPU_NAME": "generic", "NUMBA_CPU_FEATURES": ""}
    subprocess.run([sys.executable, "-c", code], env=os.environ | generic, check=True)
    here = train(planted, N=8, epochs=1, threads=1, blocks=False)
    assert np.array_equal(Embeddings.load(tmp_path / "v.bin").W, here.W)


def test_a_machine_that_keeps_no_compiled_code_trains_all_the_same(planted):
    code = f"""if True:
        from numba.core.caching import CacheImpl
        CacheImpl._locator_classes = []
        from w2vlib import train
        print(len(train({str(planted)!r}, N=4, epochs=1, blocks=False)))"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout == "27\n", done.stderr


# Reading


@settings(deadline=None)
@given(
    st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0\ufeff"), max_size=6)),
    st.integers(25, 60),
    st.integers(1, 5),
)
def test_pieces_and_parts_add_up_to_the_text(tmp_path_factory, words, piece, parts):
    whole = " ".join(words)
    path = tmp_path_factory.mktemp("pieces") / "t.txt"
    path.write_bytes(whole.encode())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(text, "PIECE", piece)
        assert "".join(text.read(path)) == whole
        cut = text.cuts(path, parts)
        assert len(cut) == parts
        joined = "".join(piece for start, stop in cut for piece in text.read(path, start, stop))
    assert joined == whole


@settings(deadline=None)
@given(st.lists(st.lists(st.sampled_from("abcdefg"), max_size=9), max_size=30), st.integers(1, 3))
def test_encoding_keeps_the_order_of_the_frequent_words(tmp_path_factory, lines, min_count):
    folder = tmp_path_factory.mktemp("encode")
    (folder / "t.txt").write_text("".join(" ".join(line) + "\n" for line in lines))
    counts = Counter(word for line in lines for word in line)
    kept = {word for word, n in counts.items() if n >= min_count}
    if len(kept) < 2:
        with pytest.raises(ValueError, match="words"):
            text.encode(folder / "t.txt", folder / "ids", min_count)
        assert not list(folder.glob("*ids*")) and not list(folder.glob(".*"))
        return
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(text, "PIECE", 32)
        coded = text.encode(folder / "t.txt", folder / "ids", min_count)
    expected = [[word for word in line if word in kept] for line in lines]
    back, line = [], []
    for j in coded.ids:
        if j == text.BREAK:
            back, line = [*back, line], []
        else:
            line.append(coded.vocabulary.words[j])
    assert back == expected and line == []
    assert dict(zip(coded.vocabulary.words, coded.vocabulary.counts, strict=True)) == {
        word: counts[word] for word in kept
    }


@pytest.mark.parametrize("ending", ["gz", "bz2", "xz"])
def test_packed_text_is_unpacked_and_damage_is_named(planted, tmp_path, ending):
    import bz2
    import gzip
    import lzma

    pack = {"gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress}[ending]
    packed = tmp_path / f"t.txt.{ending}"
    data = pack(planted.read_bytes())
    packed.write_bytes(data)
    assert "".join(text.read(packed)) == planted.read_text()
    packed.write_bytes(data[: len(data) // 2])
    with pytest.raises(ValueError, match="unpacked|fetch it again"):
        train(packed)


def test_memory_does_not_grow_with_the_text(tmp_path):
    peaks = []
    for lines in (80_000, 320_000):
        path = tmp_path / "long.txt"
        path.write_text("these words come again and again and again and again\n" * lines)
        tracemalloc.start()
        text.encode(path, tmp_path / "ids", 1)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert path.stat().st_size > 4 * text.PIECE
    assert peaks[1] < 1.05 * peaks[0]


def test_the_library_text_is_english_and_large(tmp_path):
    path = text.library_text(tmp_path / "library.txt")
    words, counts = text.number(path, tmp_path / "ids")
    assert counts[1:].sum() > 500_000
    found = dict(zip(words, counts, strict=True))
    assert found["array"] > 1000 and found["the"] > found["matrix"] > 100


# Bad input

BAD_TEXTS = {
    "empty": (b"", "no words"),
    "blank": (b" \n\n ", "no words"),
    "binary": (b"one two \0\1\2 three", "byte 8: a zero byte"),
    "latin-1": ("caf\xe9 caf\xe9".encode("latin-1"), "byte 3: not UTF-8"),
    "no spaces": (b"x" * (2 * text.PIECE), "byte 0: no white space"),
    "late fault": (b"word " * 300_000 + b"\xff", "byte 1500000: not UTF-8"),
    "rare": (b"one two three", "min_count=5 leaves 0 of the 3 words"),
    "one word": (b"one " * 100, "min_count=5 leaves 1 of the 1 words"),
}


@pytest.mark.parametrize(("content", "message"), BAD_TEXTS.values(), ids=BAD_TEXTS)
def test_a_bad_text_is_refused_with_the_reason(tmp_path, content, message):
    path = tmp_path / "t.txt"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=message):
        train(path, checkpoint=tmp_path / "c")
    assert [file.name for file in (tmp_path / "c").iterdir()] == []


def test_a_missing_text_and_a_folder_are_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match="no such file"):
        train(tmp_path / "none.txt")
    with pytest.raises(IsADirectoryError, match="a folder"):
        train(tmp_path)


def test_a_text_without_neighbours_teaches_nothing(planted, tmp_path):
    path = tmp_path / "list.txt"
    path.write_text(planted.read_text().replace(" ", "\n"))
    with pytest.raises(ValueError, match="no word has a neighbour.*sentences on a line"):
        train(path, N=4, epochs=1)


def test_vectors_that_grow_without_bound_end_the_run(planted, monkeypatch):
    """Not after hours, when all epochs are over, but at the next stop of the run."""
    monkeypatch.setattr(loop, "CHECKPOINT_SECONDS", 0)
    run = small_run("skip-gram", "negative")
    run.slices = 10**12
    run.W[0] = np.inf
    with pytest.raises(ValueError, match="use a smaller eta"):
        run.go(1)


def test_one_endless_line_is_read_like_others(planted, tmp_path):
    path = tmp_path / "line.txt"
    path.write_text(planted.read_text().replace("\n", " "))
    assert len(train(path, N=4, epochs=1).words) == 27


BAD_SETTINGS = [
    ("architecture", "glove"), ("output", "softmax"), ("N", 0), ("N", 10**9), ("N", 2.5),
    ("window", 0), ("K", -1), ("K", True), ("sample", -1), ("sample", float("nan")),
    ("min_count", 0), ("epochs", 0), ("eta", 0), ("eta", float("inf")), ("eta", float("nan")),
    ("eta", "0.1"), ("threads", 0), ("seed", -1), ("noise_power", float("nan")), ("decay", 1),
    ("architecture", ["cbow"]),
]  # fmt: skip


@pytest.mark.parametrize(("name", "value"), BAD_SETTINGS)
def test_bad_settings_are_refused_before_anything_is_read(name, value, tmp_path):
    with pytest.raises(ValueError, match=f"{name}=.*: (choose|give|use)"):
        train(tmp_path / "none.txt", **{name: value})


def test_a_full_disk_leaves_no_half_file(planted, tmp_path):
    out = tmp_path / "v.bin"
    out.write_text("an older model")
    code = f"""if True:
        import resource, signal
        from w2vlib.embeddings import Embeddings
        import numpy as np
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        vectors = Embeddings([str(j) for j in range(1000)], np.ones((1000, 50)))
        resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))
        vectors.save({str(out)!r})"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "no space left to write" in done.stderr and done.returncode == 1
    assert out.read_text() == "an older model"
    assert [file.name for file in tmp_path.iterdir()] == ["v.bin"]


# Interruptions

SLOW = """if True:
    import sys
    from w2vlib.__main__ import main
    from w2vlib.trainer import loop
    loop.CHECKPOINT_SECONDS = 0.05
    sys.exit(main({arguments!r}))"""


def start(planted, folder, out):
    arguments = ["train", str(planted), "--out", str(out), "--checkpoint", str(folder), "--N", "60",
                 "--epochs", "60", "--threads", "1", "--no-progress"]  # fmt: skip
    return arguments, [sys.executable, "-c", SLOW.format(arguments=arguments)]


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_an_interrupted_run_resumes_to_the_same_bits(planted, tmp_path, how):
    arguments, command = start(planted, tmp_path / "c", tmp_path / "v.bin")
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    state = tmp_path / "c" / "state.npz"

    def done():
        with np.load(state) as saved:
            return json.loads(saved["header"].tobytes())["done"]

    until = time.monotonic() + 120
    while process.poll() is None and time.monotonic() < until:
        if state.exists() and done() > 0:
            process.send_signal(how)
            break
        time.sleep(0.01)
    _, messages = process.communicate(timeout=60)
    assert process.returncode == (130 if how == signal.SIGINT else -9), messages
    assert how == signal.SIGKILL or "give the same command to go on from" in messages
    total = 60 * 7  # epochs, slices
    assert 0 < done() < total
    assert not (tmp_path / "v.bin").exists()
    assert main(arguments) == 0
    assert done() == total
    whole = train(planted, N=60, epochs=60, threads=1)
    assert np.array_equal(Embeddings.load(tmp_path / "v.bin").W, whole.W)
    again = train(planted, N=60, epochs=60, threads=1, checkpoint=tmp_path / "c")
    assert np.array_equal(again.W, whole.W)


@pytest.mark.parametrize("fault", [MemoryError, KeyboardInterrupt])
def test_weights_in_the_middle_of_a_slice_are_not_saved(planted, tmp_path, monkeypatch, fault):
    """A fault within a slice, or a second Ctrl-C while it ends, keeps the state of before."""

    def broken(run, i, real=loop.Run.slice):
        loss = real(run, i)
        if i == 3:
            run.W += 1
            raise fault
        return loss

    one = functools.partial(train, planted, N=4, epochs=1, threads=1, checkpoint=tmp_path / "c")
    with monkeypatch.context() as patch:
        patch.setattr(loop.Run, "slice", broken)
        with pytest.raises(fault):
            one()
    assert np.array_equal(one().W, train(planted, N=4, epochs=1, threads=1).W)


def test_a_draft_of_a_killed_run_is_cleared_away(planted, tmp_path):
    draft = tmp_path / ".state.npz.123.part"
    draft.write_bytes(b"half")
    train(planted, N=4, epochs=1, checkpoint=tmp_path)
    assert not draft.exists()


def test_a_checkpoint_of_something_else_is_refused(planted, tmp_path):
    one = functools.partial(train, planted, epochs=1, N=4, checkpoint=tmp_path / "c")
    one()
    with pytest.raises(ValueError, match="N=5, but the run saved in .* has 4"):
        one(N=5)
    other = tmp_path / "other.txt"
    other.write_text(planted.read_text() + "one more line\n")
    with pytest.raises(ValueError, match="is not the text of the run"):
        train(other, epochs=1, N=4, checkpoint=tmp_path / "c")
    state = tmp_path / "c" / "state.npz"
    state.write_bytes(state.read_bytes()[:-100])
    with pytest.raises(ValueError, match="damaged .*delete its folder"):
        one()


# The command line


def test_a_new_user_gets_vectors_and_asks_them(planted, tmp_path, capsys):
    out = tmp_path / "v.txt"
    assert main(["train", str(planted), "--out", str(out), "--N", "16", "--min-count", "2"]) == 0
    shown = capsys.readouterr()
    assert "27 words, 16 numbers each" in shown.out
    assert "words/s" in shown.err and "loss=" in shown.err
    assert "read: 66.0k words" in shown.err  # and ends of lines
    assert main(["similar", str(out), "cat", "--n", "3"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert {line.split()[1] for line in lines} < set(TOPICS["animals"])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["train", "none.txt", "--out", "v.bin"], "no such file"),
        (["train", "none.txt", "--out", "v.jpg"], "end the name in"),
        (["train", "none.txt", "--out", "no/folder/v.bin"], "directory: 'no/folder/v.bin'"),
        (["train", "none.txt", "--out", "folder.bin"], "a folder has this name"),
        (["train", "none.txt", "--out", "v.bin", "--eta", "nan"], "eta=nan"),
        (["similar", "none.bin", "cat"], "none.bin"),
    ],
)
def test_faults_are_said_in_a_line(arguments, message, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder.bin").mkdir()
    assert main(arguments) == 1
    said = capsys.readouterr().err
    assert said.startswith("error: ") and message in said and said.count("\n") == 1


def test_the_corpus_is_not_replaced_by_the_vectors(planted, tmp_path, capsys):
    path = tmp_path / "t.txt"
    path.write_bytes(planted.read_bytes())
    (tmp_path / "link.txt").symlink_to(path)
    for out in (path, tmp_path / "link.txt"):
        assert main(["train", str(path), "--out", str(out), "--epochs", "1"]) == 1
        assert "is the corpus itself" in capsys.readouterr().err
    assert path.read_bytes() == planted.read_bytes()


def test_help_says_what_each_setting_means(capsys):
    with pytest.raises(SystemExit):
        main(["train", "--help"])
    shown = " ".join(capsys.readouterr().out.split())
    assert "learning rate at the start; by default 0.025, for CBOW 0.1" in shown
    assert "size of the vectors. [100]" in shown


def test_importing_stays_quick():
    code = (
        "import sys, w2vlib; print(sorted({'numba', 'scipy', 'distributed', 'pooch'} "
        "& set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_a_download_is_kept_only_if_its_sum_is_right(tmp_path, monkeypatch):
    import hashlib
    import zipfile

    served = tmp_path / "served"
    served.mkdir()
    with zipfile.ZipFile(served / "text8.zip", "w") as file:
        file.writestr("text8", "some words")
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(served))
    monkeypatch.setattr(handler.func, "log_message", lambda *_: None)
    with http.server.ThreadingHTTPServer(("localhost", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setattr(text, "TEXT8_URL", f"http://localhost:{server.server_port}/text8.zip")
        with pytest.raises(ValueError, match="hash"):
            text.text8(tmp_path / "kept")
        assert not list((tmp_path / "kept").glob("**/text8"))
        right = hashlib.sha256((served / "text8.zip").read_bytes()).hexdigest()
        monkeypatch.setattr(text, "TEXT8_SHA256", right)
        assert text.text8(tmp_path / "kept").read_text() == "some words"
        server.shutdown()


# Many machines

CLUSTER = """
import os, signal, sys, threading, time
from distributed import Client, LocalCluster
from w2vlib import train

def kill(pid, started):
    started.wait()
    time.sleep(0.5)
    os.kill(pid, signal.SIGKILL)

if __name__ == "__main__":
    settings = dict(epochs=4, rounds=3, N=32, eta=0.1, sample=1e-2)
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        with Client(cluster) as client:
            whole = train(sys.argv[1], client=client, **settings)
            victim = list(client.run(os.getpid).values())[0]
            rounds = []
            from w2vlib.trainer import cluster as ours
            def average(*arguments, real=ours.average):
                rounds.append(0)
                if len(rounds) == 4:  # in the middle of the rounds, while the next one begins
                    threading.Timer(0.05, os.kill, (victim, signal.SIGKILL)).start()
                return real(*arguments)
            ours.average = average
            broken = train(sys.argv[1], client=client, **settings)
            assert victim not in client.run(os.getpid).values()
    assert len(rounds) == 12
    assert (broken.W == whole.W).all() and (broken.W_prime == whole.W_prime).all()
    whole.save(sys.argv[2])
"""


def test_two_workers_learn_and_one_may_die(planted, tmp_path):
    script = tmp_path / "cluster.py"
    script.write_text(CLUSTER)
    done = subprocess.run(
        [sys.executable, str(script), str(planted), str(tmp_path / "v.bin")],
        capture_output=True, text=True, timeout=170,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    vectors = Embeddings.load(tmp_path / "v.bin")
    for topic in TOPICS.values():
        near = {found for found, _ in vectors.most_similar(topic[0], 5)}
        assert near == set(topic[1:])


def test_the_average_weighs_each_vector_by_where_its_word_occurs():
    from w2vlib.trainer.cluster import Weights, average

    parts = [
        Weights(np.full((2, 3), x, np.float32), np.full((2, 3), x, np.float32)) for x in (1, 5)
    ]
    shares = np.array([[1, 0.25], [0, 0.75]])
    mean = average(parts, shares)
    np.testing.assert_allclose(mean.W[:, 0], [1, 4])
    np.testing.assert_allclose(mean.W_prime[:, 0], [1, 4])
    units = [Weights(part.W, part.W_prime[:1]) for part in parts]
    np.testing.assert_allclose(average(units, shares).W_prime, 3)


def test_a_packed_text_cannot_be_parted(tmp_path):
    (tmp_path / "t.gz").touch()
    with pytest.raises(ValueError, match="unpack it"):
        train(tmp_path / "t.gz", client=object())
    with pytest.raises(ValueError, match="rounds=0"):
        train(tmp_path / "t.gz", client=object(), rounds=0)
