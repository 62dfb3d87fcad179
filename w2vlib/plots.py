"""The book's figures, in one visual language: one colour a symbol, labels on everything."""

from collections.abc import Callable, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from w2vlib.corpus import Vocabulary
from w2vlib.hierarchical import Tree
from w2vlib.logistic import Array

COLOURS = {  # symbol: (on a light page, on a dark page)
    "x": ("#1f5fbf", "#8ab8ff"),
    "v": ("#1f5fbf", "#8ab8ff"),
    "W": ("#1f5fbf", "#8ab8ff"),
    "h": ("#0b7a5c", "#4fd1a5"),
    "u": ("#006d8f", "#62cbe6"),
    "v_prime": ("#a84a0b", "#ffb070"),
    "W_prime": ("#a84a0b", "#ffb070"),
    "y": ("#7139b3", "#c9a6ff"),
    "t": ("#665f00", "#d6cc55"),
    "e": ("#bd1e3a", "#ff8f9a"),
    "EI": ("#bd1e3a", "#ff8f9a"),
    "EH": ("#a3267b", "#ff92d8"),
}
INK = "#24292f"
FAINT = "#6b7280"


def colour(symbol: str) -> str:
    """The colour of a symbol on a light page; dark pages invert whole figures."""
    return COLOURS[symbol][0]


def book_style() -> None:
    """Set matplotlib to the book's look, with SVG output that is the same on every run."""
    plt.rcParams.update(
        {
            "figure.figsize": (6.4, 3.6),
            "figure.facecolor": "none",
            "axes.facecolor": "none",
            "savefig.facecolor": "none",
            "savefig.bbox": "tight",
            "font.size": 11,
            "axes.titlesize": 12,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.edgecolor": FAINT,
            "axes.labelcolor": INK,
            "text.color": INK,
            "xtick.color": INK,
            "ytick.color": INK,
            "axes.grid": False,
            "legend.frameon": False,
            "svg.hashsalt": "w2vlib",
        }
    )
    try:
        from matplotlib_inline.backend_inline import set_matplotlib_formats
    except ImportError:  # not in a notebook
        return
    set_matplotlib_formats("svg", metadata={"Date": None})  # type: ignore[no-untyped-call]


def network(
    inputs: int = 1,
    outputs: int = 1,
    V: int = 7,
    N: int = 2,
    active: int | Sequence[int] | None = None,
    labels: Sequence[str] | None = None,
) -> None:
    """Draw the network: Figure 1 (1 -> 1), Figure 2 (``inputs`` = C), Figure 3 (``outputs`` = C).

    Parameters
    ----------
    inputs, outputs : how many one-hot inputs and how many output panels to draw.
    V, N : units a panel and hidden units.
    active : input unit whose edges are drawn bold; for several inputs one unit for each.
    labels : the V words, written beside the input and output units.
    """
    panels = max(inputs, outputs)
    unit, size = (0.42, 13) if panels == 1 else (0.25, 8)  # inches apart; points across
    gap, margin = (1.5, 1) if panels == 1 else (3, 1.7)
    chosen = [active] * inputs if active is None or isinstance(active, int) else list(active)
    top = (panels * (V - 1) + (panels - 1) * gap) / 2
    fig, ax = plt.subplots(figsize=(7.2, unit * (2 * top + 1) + 1.1))

    def column(
        groups: int, units: int, x: float, spread: float = 1
    ) -> list[list[tuple[float, float]]]:
        first = spread * (groups * (units - 1) + (groups - 1) * gap) / 2
        return [
            [(x, first - g * (units - 1 + gap) - spread * i) for i in range(units)]
            for g in range(groups)
        ]

    left, right = column(inputs, V, 0), column(outputs, V, 8)
    (middle,) = column(1, N, 4, spread=1 if panels == 1 else 3)
    for group, bold in zip(left, chosen, strict=True):
        for k, start in enumerate(group):
            for stop in middle:
                strength = (1.8, 1) if k == bold else (0.5, 0.45)
                _edge(ax, start, stop, colour("W"), *strength)
    for group in right:
        for stop in group:
            for start in middle:
                _edge(ax, start, stop, colour("W_prime"), 0.7, 0.7)
    for groups, symbol in ((left, "x"), ([middle], "h"), (right, "y")):
        for g, group in enumerate(groups):
            for i, (x, y) in enumerate(group):
                filled = symbol == "x" and i == chosen[g]
                ax.plot(
                    x, y, "o", ms=size, mec=colour(symbol), mew=1.6,
                    mfc=colour(symbol) if filled else "white", zorder=3,
                )  # fmt: skip
                if labels and symbol != "h":
                    side = -1 if symbol == "x" else 1
                    ax.text(x + 0.3 * side, y, labels[i], va="center", size=min(11, 40 * unit),
                            ha="right" if side < 0 else "left")  # fmt: skip
            name = symbol if len(groups) == 1 else f"{symbol}_{{{g + 1}}}"
            ax.text(x, group[0][1] + 0.75 * margin, rf"$\mathbf{{{name}}}$", ha="center",
                    color=colour(symbol), size=14)  # fmt: skip
    for x, name, symbol in ((2, "W", "W"), (6, "W'", "W_prime")):
        ax.text(x, top + 0.1, rf"$\mathbf{{{name}}}$", color=colour(symbol), ha="center", size=15)
    sizes = [f"V = {V}" if C == 1 else f"C × V = {C} × {V}" for C in (inputs, outputs)]
    notes = (f"input, {sizes[0]}", f"hidden, N = {N}", f"output, {sizes[1]}")
    for x, note in zip((0, 4, 8), notes, strict=True):
        ax.text(x, -top - margin, note, ha="center", color=FAINT)
    ax.set(xlim=(-1.9, 9.9), ylim=(-top - 1.4 * margin, top + 1.2 * margin))
    ax.axis("off")
    plt.show()


def _edge(
    ax: Axes,
    start: tuple[float, float],
    stop: tuple[float, float],
    colour: str,
    width: float,
    alpha: float,
) -> None:
    ax.plot(*zip(start, stop, strict=True), color=colour, lw=width, alpha=alpha, zorder=1)


def probabilities(
    words: Sequence[str], panels: dict[str, Array], target: int | Sequence[int]
) -> None:
    """Draw distributions over the same words as groups of bars; target words are marked."""
    fig, ax = plt.subplots(figsize=(6.8, 2.9))
    positions = np.arange(len(words))
    width = 0.8 / len(panels)
    for i, (name, y) in enumerate(panels.items()):
        shade = 0.4 + 0.6 * i / max(1, len(panels) - 1)
        ax.bar(
            positions + (i - (len(panels) - 1) / 2) * width, y, width * 0.92,
            color=colour("y"), alpha=shade, label=name,
        )  # fmt: skip
    for j in [target] if isinstance(target, int) else target:
        ax.axvspan(j - 0.5, j + 0.5, color=colour("t"), alpha=0.13, lw=0)
        ax.text(j, ax.get_ylim()[1], "target", ha="center", va="bottom", color=colour("t"))
    ax.set_xticks(positions, words)
    ax.set_ylabel("probability $y_j$", color=colour("y"))
    ax.legend(loc="upper right")
    plt.show()


def vectors(
    vocabulary: Vocabulary,
    panels: Sequence[tuple[str, Array]],
    outputs: Sequence[Array] | None = None,
) -> None:
    """Draw two-dimensional word vectors as labelled points, a panel for each (title, W).

    ``outputs`` adds the output vectors, one (2, V) matrix a panel, as orange triangles.
    """
    fig, axes = plt.subplots(
        1, len(panels), figsize=(3.9 * len(panels), 3.7), layout="constrained", squeeze=False
    )
    for i, (ax, (title, W)) in enumerate(zip(axes[0], panels, strict=True)):
        _points(ax, W, vocabulary.words, "v", "o")
        if outputs is not None:
            _points(ax, outputs[i].T, vocabulary.words, "v_prime", "^")
        ax.axhline(0, color=FAINT, lw=0.5, zorder=0)
        ax.axvline(0, color=FAINT, lw=0.5, zorder=0)
        ax.margins(0.18)
        ax.set_title(title)
    plt.show()


def _points(ax: Axes, points: Array, words: Sequence[str], symbol: str, marker: str) -> None:
    """Plot labelled points; words that share a place share a label."""
    ax.plot(points[:, 0], points[:, 1], marker, color=colour(symbol), ms=6)
    reach = np.ptp(points, axis=0).max()
    labels: list[tuple[Array, str]] = []
    for point, word in zip(points, words, strict=True):
        for i, (place, text) in enumerate(labels):
            if np.linalg.norm(point - place) < 0.12 * reach:
                labels[i] = (place, f"{text}, {word}")
                break
        else:
            labels.append((point, word))
    for place, text in labels:
        ax.annotate(text, (place[0], place[1]), (0, 7), textcoords="offset points", ha="center",
                    color=colour(symbol), size=10)  # fmt: skip


def step(
    words: Sequence[str],
    W: Array,
    new_W: Array,
    W_prime: Array,
    new_W_prime: Array,
    stretch: float = 1,
) -> None:
    """Draw one update in the plane: arrows on the output vectors (left) and the input vectors.

    Parameters
    ----------
    words : the V words.
    W, new_W : (V, 2) input vectors before and after.
    W_prime, new_W_prime : (2, V) output vectors before and after.
    stretch : draw every move so many times longer; the titles say so.
    """
    fig, axes = plt.subplots(1, 2, figsize=(8, 4), layout="constrained")
    note = "" if stretch == 1 else f", moves drawn {stretch:g} times as long"
    sides = (
        ("output vectors" + note, "v_prime", W_prime.T, new_W_prime.T),
        ("input vectors" + note, "v", W, new_W),
    )
    for ax, (title, symbol, before, after) in zip(axes, sides, strict=True):
        _points(ax, before, words, symbol, "o")
        ends = before + stretch * (after - before)
        ax.plot(ends[:, 0], ends[:, 1], " ")  # keeps the arrowheads inside the axes
        for start, stop in zip(before, ends, strict=True):
            if not np.array_equal(start, stop):
                ax.annotate("", stop, start, arrowprops={
                    "arrowstyle": "-|>", "color": colour(symbol), "lw": 1.8,
                    "shrinkA": 0, "shrinkB": 0,
                })  # fmt: skip
        ax.axhline(0, color=FAINT, lw=0.5, zorder=0)
        ax.axvline(0, color=FAINT, lw=0.5, zorder=0)
        ax.set_aspect("equal", adjustable="datalim")
        ax.margins(0.18)
        ax.set_title(title, fontsize=10)
    plt.show()


def loss_curves(
    passes: ArrayLike, losses: dict[str, ArrayLike], floor: tuple[str, float] | None = None
) -> None:
    """Draw mean losses against passes over the examples, with an optional floor (label, value)."""
    fig, ax = plt.subplots(figsize=(6.4, 3.2))
    _labelled_lines(ax, passes, losses)
    if floor is not None:
        ax.axhline(floor[1], color=colour("t"), lw=1.2, ls=":")
        ax.annotate(floor[0], (0, floor[1]), (4, 3), textcoords="offset points", va="bottom",
                    color=colour("t"), xycoords=("axes fraction", "data"))  # fmt: skip
    ax.set_xscale("log")
    ax.set(xlabel="passes over the examples", ylabel="mean loss $E$")
    plt.show()


def curves(
    x: ArrayLike, ys: dict[str, ArrayLike], xlabel: str, ylabel: str, scale: str = "linear"
) -> None:
    """Draw quantities against a common x, each labelled at its right end; ``scale`` is x's."""
    fig, ax = plt.subplots(figsize=(6.4, 3))
    _labelled_lines(ax, x, ys)
    ax.set_xscale(scale)
    if scale == "log":
        ax.set_xticks(np.asarray(x), [f"{value:g}" for value in np.asarray(x)])
        ax.minorticks_off()
    ax.set(xlabel=xlabel, ylabel=ylabel)
    plt.show()


def _labelled_lines(ax: Axes, x: ArrayLike, ys: dict[str, ArrayLike]) -> None:
    """Plot lines, each named at its right end; a legend where the ends lie too close for that."""
    x = np.asarray(x)
    ends = {}
    for (name, y), style in zip(ys.items(), ("-", "--", "-.", ":"), strict=False):
        ax.plot(x, np.asarray(y), style, color=INK, lw=1.8, label=name)
        ends[name] = float(np.asarray(y)[-1])
    log = ax.get_yscale() == "log"
    low, high = np.log10(ax.get_ylim()) if log else ax.get_ylim()
    places: dict[str, float] = {}
    shift, place = 0.0, -np.inf
    for name, end in sorted(ends.items(), key=lambda item: item[1]):
        end = np.log10(end) if log else end
        place = max(end, place + 0.09 * (high - low))
        places[name] = 10**place if log else place
        shift = max(shift, place - end)
    if shift > 0.05 * (high - low):
        ax.legend()
        return
    for name, place in places.items():
        ax.annotate(name, (x[-1], place), (6, 0), textcoords="offset points", va="center",
                    annotation_clip=False)  # fmt: skip


def neuron(K: int = 3) -> None:
    """Draw one artificial neuron with K inputs, Figure 5."""
    fig, ax = plt.subplots(figsize=(6, 0.6 * K + 0.6))
    for i in range(K):
        y = (K - 1) / 2 - i
        _edge(ax, (0, y), (3, 0), colour("W"), 1.2, 1)
        ax.plot(0, y, "o", ms=20, mec=colour("x"), mfc="white", mew=1.6, zorder=3)
        ax.text(0, y, f"$x_{i + 1}$", ha="center", va="center", color=colour("x"), zorder=4)
        ax.text(1.2, 0.6 * y + 0.13, f"$w_{i + 1}$", ha="center", va="bottom", color=colour("W"))
    ax.annotate("", (5, 0), (3, 0), arrowprops={"arrowstyle": "-|>", "color": INK, "lw": 1.4})
    ax.plot(3, 0, "o", ms=46, mec=INK, mfc="white", mew=1.6, zorder=3)
    ax.text(3, 0, "$f(u)$", ha="center", va="center", zorder=4)
    ax.text(5.2, 0, "$y$", ha="left", va="center", color=colour("y"), size=14)
    ax.set(xlim=(-0.6, 5.8), ylim=(-K / 2 - 0.2, K / 2 + 0.2))
    ax.axis("off")
    plt.show()


def layers(K: int, N: int, M: int) -> None:
    """Draw the two-layer network of K inputs, N hidden and M output units, Figure 6."""
    fig, ax = plt.subplots(figsize=(6.4, 0.75 * max(K, N, M) + 0.9))
    columns = [
        [(3.0 * n, (size - 1) / 2 - i) for i in range(size)] for n, size in enumerate((K, N, M))
    ]
    for left, right, symbol in zip(columns, columns[1:], ("W", "W_prime"), strict=False):
        for start in left:
            for stop in right:
                _edge(ax, start, stop, colour(symbol), 1, 0.8)
    for units, symbol in zip(columns, ("x", "h", "y"), strict=True):
        for i, (x, y) in enumerate(units):
            ax.plot(x, y, "o", ms=22, mec=colour(symbol), mfc="white", mew=1.6, zorder=3)
            ax.text(x, y, f"${symbol}_{i + 1}$", ha="center", va="center",
                    color=colour(symbol), zorder=4)  # fmt: skip
    top = max(K, N, M) / 2
    ax.text(1.5, top, r"$\mathbf{W}=\{w_{ki}\}$", ha="center", color=colour("W"))
    ax.text(4.5, top, r"$\mathbf{W}'=\{w'_{ij}\}$", ha="center", color=colour("W_prime"))
    for x, text in ((0, "input"), (3, "hidden"), (6, "output")):
        ax.text(x, -top - 0.25, text, ha="center", color=FAINT)
    ax.set(xlim=(-0.6, 6.6), ylim=(-top - 0.4, top + 0.4))
    ax.axis("off")
    plt.show()


def plane(panels: Sequence[tuple[str, ArrayLike, Callable[[Array], float] | None]]) -> None:
    """Draw yes/no questions about two features, a panel for each (title, targets, answer).

    Parameters
    ----------
    panels : title, the four targets of the corners (0,0), (1,0), (0,1), (1,1), and a function
        from (1, cat, dog) to the answer, drawn as shading, or None.
    """
    fig, axes = plt.subplots(
        1, len(panels), figsize=(3.3 * len(panels) + 0.3, 3.2), layout="constrained", squeeze=False
    )
    grid = np.linspace(-0.4, 1.4, 37)
    for ax, (title, targets, answer) in zip(axes[0], panels, strict=True):
        if answer is not None:
            shade = [[answer(np.array([1.0, cat, dog])) for cat in grid] for dog in grid]
            ax.contourf(grid, grid, shade, np.linspace(0, 1, 11), cmap="Purples", alpha=0.75)
            ax.contour(grid, grid, shade, [0.5], colors=[colour("y")])
        for (cat, dog), t in zip(
            ((0, 0), (1, 0), (0, 1), (1, 1)), np.asarray(targets), strict=True
        ):
            ax.plot(cat, dog, "o", ms=12, mec=colour("t"), mew=2.4,
                    mfc=colour("t") if t else "white")  # fmt: skip
        ax.set(xlim=(-0.4, 1.4), ylim=(-0.4, 1.4), xticks=(0, 1), yticks=(0, 1), aspect="equal")
        ax.set(xlabel="mentions cat", ylabel="mentions dog", title=title)


def errors(words: Sequence[str], panels: dict[str, Array]) -> None:
    """Draw the errors of one step, a panel for each method; NaN marks a word it does not visit."""
    fig, axes = plt.subplots(
        1, len(panels), figsize=(3.7 * len(panels), 3), layout="constrained", sharey=True,
        squeeze=False,
    )  # fmt: skip
    positions = np.arange(len(words))
    for ax, (name, e) in zip(axes[0], panels.items(), strict=True):
        ax.bar(positions, np.nan_to_num(e), 0.7, color=colour("e"))
        ax.axhline(0, color=FAINT, lw=0.8)
        for j in np.flatnonzero(np.isnan(e)):
            ax.text(j, 0.03, "not visited", rotation=90, ha="center", va="bottom",
                    color=FAINT, size=9)  # fmt: skip
        ax.set_xticks(positions, words, rotation=45, ha="right")
        ax.set_title(name)
    axes[0, 0].set_ylabel("error $e_j$", color=colour("e"))
    plt.show()


def log_panels(x: ArrayLike, panels: dict[str, dict[str, ArrayLike]], xlabel: str) -> None:
    """Draw positive quantities on logarithmic axes, one panel above the other, title: {name: y}."""
    rows = len(panels)
    fig, axes = plt.subplots(
        rows, 1, figsize=(6.4, 1.4 + 2.4 * rows), layout="constrained", sharex=True, squeeze=False
    )
    for ax, (title, ys) in zip(axes[:, 0], panels.items(), strict=True):
        ax.set(xscale="log", yscale="log", title=title)
        _labelled_lines(ax, x, ys)
    axes[-1, 0].set_xlabel(xlabel)
    plt.show()


def agreement(
    expected: Array,
    panels: dict[str, tuple[Array, Array]],
    words: Sequence[str],
    times: tuple[str, str],
) -> None:
    """Draw scores reached against PMI - log K, and below those of pairs that never occur.

    Parameters
    ----------
    expected : (V, V) the value of each pair, minus infinity for one that never occurs.
    panels : for each title the scores (V, V) at an earlier and at a later time.
    words : the V output words, one a column; those off the diagonal are named.
    times : names of the two times.
    """
    fig, axes = plt.subplots(
        2, len(panels), figsize=(3.9 * len(panels), 5), layout="constrained", sharex="row",
        sharey="row", height_ratios=(3, 1),
    )  # fmt: skip
    seen = np.isfinite(expected)
    ends = [expected[seen].min(), expected[seen].max()]
    for (ax, strip), (title, scores) in zip(axes.T, panels.items(), strict=True):
        ax.plot(ends, ends, color=FAINT, lw=0.8, zorder=0)
        ax.plot(expected[seen], scores[1][seen], "o", color=colour("u"), ms=6, alpha=0.7)
        names: dict[tuple[float, float], list[str]] = {}
        for j, word in enumerate(words):
            i = np.where(seen[:, j], expected[:, j], -np.inf).argmax()
            place = (expected[i, j], scores[1][i, j].round(2))
            if abs(place[1] - place[0]) > 0.1:
                names.setdefault(place, []).append(word)
        for place, group in names.items():
            above = place[1] > place[0]
            ax.annotate(", ".join(group), place, (0, 8 if above else -8), ha="center",
                        va="bottom" if above else "top", textcoords="offset points")  # fmt: skip
        ax.margins(0.14)
        ax.set(title=title, xlabel=r"$\mathrm{PMI} - \log K$")
        for row, values in enumerate(scores):
            strip.vlines(values[~seen], 0.6 - row, 1.4 - row, color=colour("u"), lw=1, alpha=0.7)
        strip.set_yticks([1, 0], times)
        strip.set_xlabel("score of pairs that never occur")
    axes[0, 0].set_ylabel("score reached, $u$", color=colour("u"))
    plt.show()


def clouds(panels: dict[str, tuple[Array, Array]]) -> None:
    """Draw samples of EH (S, 2) with an arrow to their mean (2,), a panel each, on equal axes."""
    fig, axes = plt.subplots(
        1, len(panels), figsize=(2.8 * len(panels), 3), layout="constrained", sharex=True,
        sharey=True, squeeze=False,
    )  # fmt: skip
    for ax, (title, (samples, mean)) in zip(axes[0], panels.items(), strict=True):
        ax.plot(samples[:, 0], samples[:, 1], "o", color=colour("EH"), ms=4, alpha=0.25, mew=0)
        ax.annotate("", mean, (0, 0), arrowprops={
            "arrowstyle": "-|>", "color": INK, "lw": 1.8, "shrinkA": 0, "shrinkB": 0,
        })  # fmt: skip
        ax.axhline(0, color=FAINT, lw=0.5, zorder=0)
        ax.axvline(0, color=FAINT, lw=0.5, zorder=0)
        ax.set_aspect("equal")
        ax.set_title(title)
    plt.show()


def tree(
    tree: Tree, words: Sequence[str], word: int | None = None, notes: Sequence[str] | None = None
) -> None:
    """Draw a tree as in Figure 4: white leaves, dark numbered inner units, a bold path.

    Parameters
    ----------
    tree : of V words.
    words : the V labels of the leaves.
    word : the word whose path is bold, with the sign of each turn: +1 for left, -1 for right.
    notes : a text beside each of the V - 1 inner units, such as its probability of left.
    """
    V = len(words)
    depth = np.zeros(2 * V - 1, dtype=int)
    for n, pair in enumerate(tree.children):
        depth[pair] = depth[n] + 1
    x = np.zeros(2 * V - 1)
    x[_leaves_in_order(tree)] = np.arange(V)
    for n in range(V - 2, -1, -1):
        x[n] = x[tree.children[n]].mean()
    path = [] if word is None else [*tree.units[word], V - 1 + word]
    fig, ax = plt.subplots(figsize=(0.82 * V + 0.5, 0.8 * depth.max() + 0.7))
    for n, pair in enumerate(tree.children):
        for child, sign in zip(pair, ("+1", "−1"), strict=True):
            bold = n in path and child in path
            ax.plot(
                [x[n], x[child]], [-depth[n], -depth[child]],
                color=colour("t") if bold else FAINT, lw=3.2 if bold else 1.1, zorder=1,
            )  # fmt: skip
            if bold:
                ax.text(
                    (x[n] + x[child]) / 2, -(depth[n] + depth[child]) / 2, sign, ha="center",
                    va="center", color="white", size=10, weight="bold",
                    bbox={"boxstyle": "round,pad=0.2", "fc": colour("t"), "ec": "none"},
                )  # fmt: skip
        ax.plot(x[n], -depth[n], "o", ms=17, color=colour("W_prime"), zorder=3)
        ax.text(x[n], -depth[n], str(n), color="white", ha="center", va="center", size=10, zorder=4)
        if notes is not None:
            left = n > 0 and n in tree.children[:, 0]
            ax.annotate(
                notes[n], (x[n], -depth[n]), (-13 if left else 13, 3), textcoords="offset points",
                ha="right" if left else "left", va="bottom", color=colour("W_prime"), size=10,
            )  # fmt: skip
    for w, name in enumerate(words):
        leaf = V - 1 + w
        ax.plot(x[leaf], -depth[leaf], "o", ms=14, mfc="white", mec=INK, mew=1.4, zorder=3)
        ax.annotate(name, (x[leaf], -depth[leaf]), (0, -11), textcoords="offset points",
                    ha="center", va="top", weight="bold" if w == word else "normal")  # fmt: skip
    ax.set(xlim=(-0.6, V - 0.4), ylim=(-depth.max() - 0.55, 0.45))
    ax.axis("off")
    plt.show()


def _leaves_in_order(tree: Tree) -> list[int]:
    """The leaves from left to right."""
    leaves, waiting = [], [0]
    while waiting:
        node = waiting.pop()
        if node < len(tree.children):
            waiting += list(tree.children[node, ::-1])
        else:
            leaves.append(node)
    return leaves


def bars(values: dict[str, float], xlabel: str, scale: str = "linear") -> None:
    """Draw a horizontal bar for each name with its value written at the end, top to bottom."""
    _, ax = plt.subplots(figsize=(6.4, 0.6 + 0.36 * len(values)))
    names, lengths = list(values), list(values.values())
    ax.barh(names, lengths, color=[colour("h") if x >= 0 else colour("e") for x in lengths])
    for row, x in enumerate(lengths):
        text = f"{x:,.0f}" if max(lengths) > 100 else f"{x:.2f}"
        ax.annotate(f" {text} ", (x, row), va="center", ha="left" if x >= 0 else "right")
    ax.invert_yaxis()
    ax.set(xlabel=xlabel, xscale=scale)
    ax.margins(x=0.2)
    plt.show()


def grid(panels: dict[str, dict[str, tuple[Sequence[object], ArrayLike]]], ylabel: str) -> None:
    """Draw small panels, title: {name: (x, y)}, with evenly spaced x and one y axis for all."""
    rows = -(-len(panels) // 3)
    fig, axes = plt.subplots(
        rows, 3, figsize=(7.6, 2.1 * rows), layout="constrained", sharey=True, squeeze=False
    )
    for ax, (title, lines) in zip(axes.flat, panels.items(), strict=False):
        for (name, (x, y)), style in zip(lines.items(), ("o-", "s--", "^:"), strict=False):
            ax.plot(range(len(x)), np.asarray(y), style, color=INK, ms=4, lw=1.2, label=name)
            ax.set_xticks(range(len(x)), [f"{value:g}" if isinstance(value, float) else str(value)
                                          for value in x], size=9)  # fmt: skip
        ax.set_title(title)
    for ax in axes.flat[len(panels) :]:
        ax.axis("off")
    for ax in axes[:, 0]:
        ax.set_ylabel(ylabel)
    axes[0, 0].legend(fontsize=9)
    plt.show()


def points(
    panels: dict[str, tuple[ArrayLike, ArrayLike]], xlabel: str, ylabel: str, scale: str = "log"
) -> None:
    """Draw dots, a panel for each title: (x, y), on equal axes."""
    fig, axes = plt.subplots(
        1, len(panels), figsize=(3.8 * len(panels), 3), layout="constrained", sharey=True,
        squeeze=False,
    )  # fmt: skip
    for ax, (title, (x, y)) in zip(axes[0], panels.items(), strict=True):
        ax.plot(np.asarray(x), np.asarray(y), "o", color=colour("v"), ms=3, alpha=0.6, mew=0)
        ax.set(title=title, xlabel=xlabel, xscale=scale)
    axes[0, 0].set_ylabel(ylabel)
    plt.show()


def atlas(places: dict[str, ArrayLike], pairs: Sequence[tuple[str, str]]) -> None:
    """Draw named places in the plane, and a line from the first to the second of each pair."""
    fig, ax = plt.subplots(figsize=(6.4, 4.2))
    for a, b in pairs:
        ax.plot(*np.array([places[a], places[b]]).T, color=FAINT, lw=0.8, zorder=0)
    everyone = np.array(list(places.values()))
    for name, place in places.items():
        x, y = np.asarray(place)
        ax.plot(x, y, "o", color=colour("v"), ms=5)
        close = (np.abs(everyone - place) < 0.1 * np.ptp(everyone, axis=0)).all(axis=1)
        beside = np.sign((everyone[close, 0] - x).sum())  # a close neighbour, left or right
        side = {-1: "left", 0: "center", 1: "right"}[int(beside)]
        ax.annotate(name, (x, y), (0, 6), textcoords="offset points", ha=side, size=10)
    ax.margins(0.12)
    ax.set(xticks=[], yticks=[], xlabel="first principal direction", ylabel="second")
    plt.show()
