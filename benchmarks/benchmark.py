"""Measure the trainer: speed beside gensim, quality, what each setting does, how it scales.

    make benchmark                          # the corpus beside the checkout, or the library text
    make benchmark CORPUS=my.txt ONLY=speed

Each section is measured on its own and put into w2vlib/benchmark.json with its date, its machine
and the load of that, so long ones can be run when there is time. Reads word lists from the folder
of the corpus: wordsim353.tsv and questions-words.txt; without them there is no quality.
"""

import argparse
import datetime
import itertools
import json
import os
import platform
import resource
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import stages

from w2vlib import Embeddings, Model, train
from w2vlib.corpus import Example
from w2vlib.embeddings import read_analogies, read_similarities
from w2vlib.trainer import kernels, loop, text

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "w2vlib" / "benchmark.json"
CORPUS = ROOT.parent / "shared" / "data" / "wiki17.txt.xz"
SETTINGS = [
    (architecture, output)
    for architecture in ("skip-gram", "cbow")
    for output in ("negative", "hierarchical")
]
PARTS = {
    "speed": 5_000_000,
    "others": 2_000_000,
    "hierarchical": 5_000_000,
    "study": 5_000_000,
    "scaling": 2_000_000,
    "cluster": 5_000_000,
}


def machine():
    """What the numbers depend on; no name of the machine."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        lines = cpuinfo.read_text().splitlines()
        model = next((x.split(":")[1].strip() for x in lines if x.startswith("model name")), model)
    packages = ["numpy", "scipy", "numba", "gensim", "w2vlib"]
    return {
        "processor": model,
        "cores": os.cpu_count(),
        "memory_GiB": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "versions": {name: version(name) for name in packages},
    }


def part(corpus, words, folder):
    """The first so many words of the corpus, as a text file."""
    target = folder / f"part{words}.txt"
    if not target.exists():
        with target.open("w") as file:
            left = words
            for piece in text.read(corpus):
                for line in piece.splitlines(keepends=True):
                    found = line.split()
                    if len(found) >= left:
                        file.write(" ".join(found[:left]) + "\n")
                        return target
                    left -= len(found)
                    file.write(line)
    return target


class Clock:
    """Seconds on the wall and of all our processor cores, of a ``with`` block."""

    def __enter__(self):
        self.start = time.perf_counter(), time.process_time()
        return self

    def __exit__(self, *_):
        self.wall = time.perf_counter() - self.start[0]
        self.cpu = time.process_time() - self.start[1]


def gensim_model(architecture, output, seed=1, threads=1, epochs=5, **options):
    from gensim.models import Word2Vec

    return Word2Vec(
        vector_size=100, window=5, min_count=5, sample=1e-3, seed=seed, workers=threads,
        sg=architecture == "skip-gram", hs=output == "hierarchical",
        negative=5 if output == "negative" else 0, epochs=epochs, **options,
    )  # fmt: skip


def our_run(path, folder, **settings):
    eta = 0.1 if settings.get("architecture") == "cbow" else 0.025
    chosen = loop.Settings(**{"eta": eta, "epochs": 1} | settings)
    coded = text.encode(path, folder / "ids", chosen.min_count)
    return loop.Run(coded, chosen)


def speed(corpus, folder, words, repeats):
    """Words a second of one epoch, without reading the text, ours and gensim's in turns."""
    path = part(corpus, words, folder)
    rows = []
    for (architecture, output), threads in itertools.product(SETTINGS, (1, 2)):
        theirs = gensim_model(architecture, output, threads=threads)
        theirs.build_vocab(corpus_file=str(path))
        total = theirs.corpus_total_words
        ours = our_run(path, folder, architecture=architecture, output=output)
        ours.slice(0)  # compiled, or read from the cache
        rates = {"ours": [], "gensim": [], "ours_cpu": [], "gensim_cpu": []}
        for _ in range(repeats):
            ours.done = 0
            with Clock() as clock:
                ours.go(threads)
            rates["ours"].append(total / clock.wall)
            rates["ours_cpu"].append(total / clock.cpu)
            with Clock() as clock:
                theirs.train(corpus_file=str(path), total_words=total, epochs=1)
            rates["gensim"].append(total / clock.wall)
            rates["gensim_cpu"].append(total / clock.cpu)
        row = {"architecture": architecture, "output": output, "threads": threads}
        row |= {name: round(float(np.median(values))) for name, values in rates.items()}
        pairs = zip(rates["ours"], rates["gensim"], strict=True)
        row["ratio"] = round(float(np.median([a / b for a, b in pairs])), 2)
        pairs = zip(rates["ours_cpu"], rates["gensim_cpu"], strict=True)
        row["ratio_cpu"] = round(float(np.median([a / b for a, b in pairs])), 2)
        rows.append(row)
        print(row, flush=True)
    return {"words": words, "V": len(ours.W), "N": 100, "repeats": repeats, "rows": rows}


def others(corpus, folder, words, programs):
    """Whole runs, reading included: word2vec.c and fastText as the reader built them, and ours."""
    path = part(corpus, words, folder)
    commands = {
        "word2vec.c": "-train {path} -output {out} -cbow 0 -size 100 -window 5 -negative 5 -hs 0 "
        "-sample 1e-3 -min-count 5 -iter 1 -threads 1 -binary 1",
        "fastText": "skipgram -input {path} -output {out} -dim 100 -ws 5 -neg 5 -t 1e-3 -minCount "
        "5 -epoch 1 -thread 1 -minn 0 -maxn 0 -verbose 0",
    }
    rows = []
    for name, program in programs.items():
        arguments = commands[name].format(path=path, out=folder / "out").split()
        train(path, epochs=1, threads=1)  # compiled, or read from the cache
        for _ in range(2):
            with Clock() as theirs:
                before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
                subprocess.run([program, *arguments], check=True, capture_output=True)
                cpu = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before
            with Clock() as ours:
                train(path, epochs=1, threads=1)
        rows.append(
            {
                "program": name,
                "words_a_second": round(words / theirs.wall),
                "ours": round(words / ours.wall),
                "ratio": round(theirs.wall / ours.wall, 2),
                "ratio_cpu": round(cpu / ours.cpu, 2),
            }
        )
        print(rows[-1], flush=True)
    return rows


def way(corpus, folder):
    """Words a second at each stage from plain Python to the trainer, one thread, CPU time."""
    path = part(corpus, PARTS["speed"], folder)
    run = our_run(path, folder)
    run.slice(0)
    eta = 0.025
    rows = []
    for name, function, slices in (
        ("plain Python", stages.plain_python, 0.03),
        ("NumPy, Model.step", None, 0.03),
        ("NumPy, example by example", stages.numpy_examples, 1),
        ("NumPy in blocks", stages.numpy_blocks, 5),
    ):
        W, W_prime = run.W.copy(), run.W_prime.T.copy()
        tokens = int(slices * loop.SLICE)
        state = np.array([1], np.uint64)
        kept = kernels.thin(run.corpus.ids[:tokens], run.keep, state)
        centres, contexts, start = kernels.windows(kept, 5, True, state)
        pairs = [
            (int(c), contexts[a:b]) for c, a, b in zip(centres, start, start[1:], strict=False)
        ]
        if function is None:
            vocabulary = run.corpus.vocabulary
            model = Model(vocabulary, 100, "negative")
            listed = [Example((c,), tuple(int(j) for j in js)) for c, js in pairs[:100]]
            with Clock() as clock:
                for example in listed:
                    model.step(example, eta)
            tokens = tokens * len(listed) / len(pairs)
        elif function is stages.plain_python:
            noise = run.noise.tolist()
            W, W_prime = W.tolist(), W_prime.tolist()
            with Clock() as clock:
                function(pairs, W, W_prime, noise, 5, eta, 1)
        else:
            with Clock() as clock:
                function(pairs, W, W_prime, run.noise, 5, eta, 1)
        rows.append({"stage": name, "words_a_second": round(tokens / clock.cpu)})
    for name, blocks in (("Numba, example by example", False), ("Numba in blocks", True)):
        run = our_run(part(corpus, 1_000_000, folder), folder, blocks=blocks)
        run.slice(0)
        best = 0
        for _ in range(3):
            run.done = 0
            with Clock() as clock:
                run.go(1)
            best = max(best, len(run.corpus.ids) / clock.cpu)
        rows.append({"stage": name, "words_a_second": round(best)})
    for row in rows:
        print(row, flush=True)
    return rows


def roofline():
    """What one core can do at most: multiply matrices, and move memory."""
    from threadpoolctl import threadpool_limits

    a, b = np.random.default_rng(1).random((2, 1500, 1500), np.float32)
    big = np.ones(50_000_000, np.float32)
    other = np.empty_like(big)
    with threadpool_limits(1, "blas"):
        flops = max(_rate(lambda: a @ b, 2 * 1500**3) for _ in range(5))
        scattered = np.random.default_rng(1).integers(0, len(big) // 100, 200_000)
        rows = big[: len(big) // 100 * 100].reshape(-1, 100)
        stream = max(_rate(lambda: np.copyto(other, big), 2 * big.nbytes) for _ in range(5))
        gather = max(_rate(lambda: rows[scattered], 400 * len(scattered)) for _ in range(5))
    return {
        "GFLOP_per_s": round(flops / 1e9, 1),
        "stream_GB_per_s": round(stream / 1e9, 1),
        "row_gather_GB_per_s": round(gather / 1e9, 1),
    }


def _rate(work, amount):
    with Clock() as clock:
        work()
    return amount / clock.cpu


class Judge:
    """WordSim-353 and the analogies, where their files are."""

    def __init__(self, folder):
        self.pairs = read_similarities(folder / "wordsim353.tsv")
        self.questions = read_analogies(folder / "questions-words.txt")

    def __call__(self, vectors):
        pairs = vectors.evaluate_similarity(self.pairs)
        analogies = vectors.evaluate_analogies(self.questions)
        return {
            "wordsim": round(pairs.spearman, 4),
            "analogies": round(analogies.accuracy, 4),
            "pairs_used": pairs.used,
            "questions_used": analogies.used,
        }


def quality(corpus, folder, judge, seeds, keep):
    """Five epochs, one thread, ours and gensim's, several seeds.

    Negative sampling on the whole corpus, hierarchical softmax on a part of it.
    """
    rows = []
    paths = {"negative": part(corpus, 10**12, folder)}
    paths["hierarchical"] = part(corpus, PARTS["hierarchical"], folder)
    words = {output: sum(len(x.split()) for x in path.open()) for output, path in paths.items()}
    for seed, who, (architecture, output) in itertools.product(seeds, ("ours", "gensim"), SETTINGS):
        path = paths[output]
        with Clock() as clock:
            if who == "ours":
                vectors = train(
                    path, architecture=architecture, output=output, seed=seed, threads=1
                )
            else:
                model = gensim_model(architecture, output, seed)
                model.build_vocab(corpus_file=str(path))
                model.train(corpus_file=str(path), total_words=model.corpus_total_words, epochs=5)
                vectors = Embeddings(model.wv.index_to_key, model.wv.vectors)
        rows.append({"who": who, "architecture": architecture, "output": output, "seed": seed})
        rows[-1] |= {"words": words[output], **judge(vectors)}
        rows[-1] |= {"seconds": round(clock.wall, 1), "cpu": round(clock.cpu, 1)}
        print(rows[-1], flush=True)
        keep(rows)
    return rows


STUDY = {
    "epochs": [1, 2, 3, 5, 10],
    "N": [25, 50, 100, 200, 300],
    "K": [1, 2, 5, 10, 20],
    "window": [1, 2, 5, 10],
    "sample": [0, 1e-2, 1e-3, 1e-4, 1e-5],
    "noise_power": [0, 0.5, 0.75, 1],
    "eta": [0.005, 0.01, 0.025, 0.05, 0.1],
    "dynamic_window": [True, False],
    "decay": [True, False],
}


def study(corpus, folder, judge, words):
    """What each setting does to quality: one changed at a time, all else as by default."""
    path = part(corpus, words, folder)
    rows = []

    def measure(name, value, vectors, seconds):
        rows.append({"setting": name, "value": value, **judge(vectors), "cpu": round(seconds, 1)})
        print(rows[-1], flush=True)

    for name, values in STUDY.items():
        for value in values:
            with Clock() as clock:
                vectors = train(path, **{"epochs": 3, "threads": 1, name: value})
            measure(name, value, vectors, clock.cpu)
    for eta, divide in itertools.product((0.025, 0.05, 0.1, 0.2), (True, False)):
        with Clock() as clock:
            vectors = train(path, architecture="cbow", epochs=3, eta=eta, divide=divide, threads=1)
        measure("cbow, divided" if divide else "cbow, undivided", eta, vectors, clock.cpu)
    for spread in (1e-4, 0.01, 1, 10, 100):
        run = our_run(path, folder, epochs=3)
        run.W *= np.float32(spread)
        with Clock() as clock:
            run.go(1)
        measure("spread of W, in 1/N", spread, run.embeddings(), clock.cpu)
    vectors = train(path, epochs=3, threads=1)
    sums = {
        "W": vectors.W,
        "W_prime": vectors.W_prime.T,
        "W + W_prime": vectors.W + vectors.W_prime.T,
    }
    for name, W in sums.items():
        measure("vectors", name, Embeddings(vectors.words, W), 0)
    return {"words": words, "epochs": 3, "rows": rows}


def start(folder):
    """Seconds of processor time of a tiny run: when all is compiled, and when that was kept."""
    path = folder / "start.txt"
    path.write_text("one two three four five\n" * 100)
    code = f"from w2vlib import train; train({str(path)!r}, epochs=1)"
    environment = os.environ | {"NUMBA_CACHE_DIR": str(folder / "compiled")}
    seconds = {}
    for name in ("first", "later"):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, "-c", code], env=environment, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        seconds[name] = round(cpu, 1)
    return seconds


SCALING = """
import json, sys, time
from pathlib import Path
from tempfile import TemporaryDirectory
from w2vlib.trainer import loop, text
path, settings = sys.argv[1], json.loads(sys.argv[2])
threads = settings.pop("threads", 1)
with TemporaryDirectory() as folder:
    coded = text.encode(Path(path), Path(folder) / "ids", settings.get("min_count", 5))
    run = loop.Run(coded, loop.Settings(epochs=1, **settings))
    run.slice(0)
    wall, cpu = time.perf_counter(), time.process_time()
    run.go(threads)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    peak = next(x for x in Path("/proc/self/status").read_text().splitlines() if "VmHWM" in x)
    print(json.dumps({
        "V": len(run.W), "words": len(coded.ids),
        "wall": round(len(coded.ids) / wall), "cpu": round(len(coded.ids) * threads / cpu),
        "MiB": int(peak.split()[1]) // 1024,  # ru_maxrss would count the parent's memory too
    }))
"""


def scaling(corpus, folder, words, largest):
    """Words a second and peak memory of fresh processes on Linux: one quantity varied at a time."""
    rows = []
    sizes = [n for n in (200_000, 1_000_000, 5_000_000, 17_000_000) if n <= largest]
    grid = [("corpus", n, {}) for n in sizes]
    grid += [("N", N, {"N": N}) for N in (50, 100, 200, 300)]
    grid += [("K", K, {"K": K}) for K in (2, 5, 10, 20)]
    grid += [("min_count", n, {"min_count": n}) for n in (1, 2, 5, 20, 100)]
    grid += [("threads", n, {"threads": n}) for n in (1, 2)]
    for name, value, settings in grid:
        path = part(corpus, value if name == "corpus" else words, folder)
        command = [sys.executable, "-c", SCALING, str(path), json.dumps(settings)]
        found = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
        rows.append({"varied": name, "value": value, **found})
        print(rows[-1], flush=True)
    return rows


def cluster(corpus, folder, judge, words):
    """Quality of parameter averaging on two worker processes, beside one process."""
    from distributed import Client, LocalCluster

    path = part(corpus, words, folder)
    rows = []

    def measure(workers, eta, **settings):
        with Clock() as clock:
            vectors = train(path, epochs=3, eta=eta, **settings)
        row = {"workers": workers, "rounds": settings.get("rounds", 0), "eta": eta}
        rows.append(row | judge(vectors))
        rows[-1]["seconds"] = round(clock.wall, 1)
        print(rows[-1], flush=True)

    measure(1, 0.025, threads=1)
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as local:
        with Client(local) as client:
            for rounds, eta in ((1, 0.025), (10, 0.025), (10, 0.05)):
                measure(2, eta, client=client, rounds=rounds)
    return {"words": words, "epochs": 3, "rows": rows}


COUNTRIES = "france paris germany berlin italy rome spain madrid russia moscow japan tokyo".split()
OCCUPATIONS = (
    "nurse teacher secretary dancer singer author artist doctor lawyer scientist priest soldier "
    "engineer carpenter captain philosopher mathematician"
).split()


def portrait(vectors):
    """What the chapter draws of one trained model: small numbers, no vectors."""
    unit = vectors.directions
    place = np.array([vectors[word] for word in COUNTRIES])
    centred = place - place.mean(axis=0)
    map_ = centred @ np.linalg.svd(centred, full_matrices=False)[2][:2].T
    she = unit[[vectors.index(w) for w in ("she", "her", "woman", "female")]].mean(axis=0)
    he = unit[[vectors.index(w) for w in ("he", "his", "man", "male")]].mean(axis=0)
    direction = (she - he) / np.linalg.norm(she - he)
    ranks = np.unique(np.geomspace(1, len(vectors), 250).astype(int)) - 1
    questions = [("man", "king", "woman"), ("france", "paris", "italy"), ("good", "better", "bad")]
    return {
        "map": {w: xy for w, xy in zip(COUNTRIES, map_.round(3).tolist(), strict=True)},
        "gender": {w: round(float(unit[vectors.index(w)] @ direction), 3) for w in OCCUPATIONS},
        "length": [
            [int(r) + 1, vectors.counts[r], round(float(np.linalg.norm(vectors.W[r])), 3),
             round(float(np.linalg.norm(vectors.W_prime[:, r])), 3)]
            for r in ranks
        ],
        "neighbours": {
            w: [[x, round(c, 3)] for x, c in vectors.most_similar(w, 5)]
            for w in ("king", "paris", "tree", "three", "quickly")
        },
        "analogies": [
            {
                "question": list(q),
                "without_inputs": [[x, round(c, 3)] for x, c in vectors.analogy(*q, n=3)],
                "with_inputs": [
                    [x, round(c, 3)] for x, c in vectors.analogy(*q, n=3, exclude_inputs=False)
                ],
            }
            for q in questions
        ],
    }  # fmt: skip


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", type=Path, nargs="?", default=None)
    sections = "speed way start quality study scaling cluster portrait others".split()
    parser.add_argument("--only", nargs="*", default=sections[:-1], choices=sections)
    parser.add_argument("--seeds", type=int, nargs="*", default=[1, 2, 3])
    parser.add_argument("--repeats", type=int, default=3, help="turns of each in speed")
    parser.add_argument("--words", type=int, help="size of the part that sections measure on")
    parser.add_argument("--word2vec", help="word2vec as you built it")
    parser.add_argument("--fasttext", help="fastText as you built it")
    options = parser.parse_args()
    results = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    with TemporaryDirectory(prefix="benchmark-") as name:
        folder = Path(name)
        corpus = options.corpus or (CORPUS if CORPUS.exists() else None)
        corpus = corpus or text.library_text(folder / "library.txt")
        lists = corpus.parent if (corpus.parent / "wordsim353.tsv").exists() else CORPUS.parent
        judge = Judge(lists) if (lists / "wordsim353.tsv").exists() else None

        def store(section, value, load):
            results[section] = {
                "machine": machine(),
                "corpus": corpus.name,
                "date": datetime.date.today().isoformat(),
                "seed": 1,
                "load_before": round(load, 1),
                "result": value,
            }
            RESULTS.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n")

        for section in options.only:
            if judge is None and section in ("quality", "study", "cluster"):
                print(f"{section}: no wordsim353.tsv and questions-words.txt beside the corpus")
                continue
            load = os.getloadavg()[0]
            words = options.words or PARTS.get(section, 10**12)
            print(f"{section} (load {load:.1f})", flush=True)
            if section == "speed":
                value = speed(corpus, folder, words, options.repeats)
            elif section == "start":
                value = start(folder)
            elif section == "way":
                value = {"rows": way(corpus, folder), "roofline": roofline()}
            elif section == "quality":
                value = quality(
                    corpus, folder, judge, options.seeds, lambda x, load=load: store(
                        "quality", x, load
                    )
                )  # fmt: skip
            elif section == "study":
                value = study(corpus, folder, judge, words)
            elif section == "scaling":
                value = scaling(corpus, folder, words, 10**12)
            elif section == "cluster":
                value = cluster(corpus, folder, judge, words)
            elif section == "portrait":
                value = portrait(train(part(corpus, words, folder), threads=1))
            else:
                given = {"word2vec.c": options.word2vec, "fastText": options.fasttext}
                value = others(corpus, folder, words, {k: v for k, v in given.items() if v})
            store(section, value, load)
    print(f"Written to {RESULTS.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
