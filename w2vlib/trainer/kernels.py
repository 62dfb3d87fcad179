"""The updates of the paper, compiled: once example by example, once in blocks for speed.

Both read the same examples. W_prime comes transposed, (M, N) with output vectors as rows, so that
the numbers of one vector lie side by side in memory. All numbers are float32.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic
from numpy.typing import NDArray

from w2vlib.trainer.text import BREAK

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]


def _kept() -> bool:
    """Whether Numba finds a folder to keep compiled code in; if not, each start compiles anew."""
    try:
        njit(cache=True)(lambda: None)
    except RuntimeError:  # neither this folder nor the user's own can be written
        return False
    return True


cache = _kept()
compiled: Callable[[Any], Any] = njit(cache=cache, nogil=True, error_model="numpy")
compiled_fast: Callable[[Any], Any] = njit(
    cache=cache, nogil=True, error_model="numpy", fastmath=True
)


class Examples(NamedTuple):
    """Examples one after another; example i has ``inputs[in_start[i] : in_start[i + 1]]``."""

    inputs: Ints
    in_start: Ints
    outputs: Ints
    out_start: Ints


class Decisions(NamedTuple):
    """Logistic decisions; output o has ``columns[start[o] : start[o + 1]]`` with its targets."""

    columns: Ints
    t: Floats
    start: Ints


# Chance: everything random is drawn here, from one number that is replaced at every draw.


@compiled
def draw(state: Any) -> Any:
    """32 random bits: the upper half of a linear congruential generator (Knuth's MMIX)."""
    state[0] = state[0] * np.uint64(6364136223846793005) + np.uint64(1442695040888963407)
    return np.uint32(state[0] >> np.uint64(32))


@compiled
def draw_below(state: Any, n: int) -> Any:
    """A random integer from 0 to n - 1."""
    return np.int64((np.uint64(draw(state)) * np.uint64(n)) >> np.uint64(32))


# Examples: which words predict which.


@compiled
def thin(ids: Ints, keep: Any, state: Any) -> Any:
    """Subsampling: word w stays with probability keep[w] / 2^32; ends of lines stay."""
    kept = np.empty(len(ids), np.int32)
    n = 0
    for w in ids:
        if w == BREAK or draw(state) <= keep[w]:
            kept[n] = w
            n += 1
    return kept[:n]


@compiled
def windows(kept: Ints, window: int, dynamic: bool, state: Any) -> Any:
    """The centre words and, for each, the words around it on the same line.

    Returns
    -------
    centres, contexts, start : word ``centres[i]`` has ``contexts[start[i] : start[i + 1]]``.
    """
    centres = np.empty(len(kept), np.int32)
    contexts = np.empty(2 * window * len(kept), np.int32)
    start = np.zeros(len(kept) + 1, np.int32)
    n = 0
    end = 0
    for i in range(len(kept)):
        if kept[i] == BREAK:
            continue
        radius = 1 + draw_below(state, window) if dynamic else window
        low = i
        while low > 0 and i - low < radius and kept[low - 1] != BREAK:
            low -= 1
        high = i
        while high + 1 < len(kept) and high - i < radius and kept[high + 1] != BREAK:
            high += 1
        if low == high:
            continue
        for j in range(low, high + 1):
            if j != i:
                contexts[end] = kept[j]
                end += 1
        centres[n] = kept[i]
        n += 1
        start[n] = end
    return centres[:n], contexts[:end], start[: n + 1]


@compiled
def head(examples: Examples, count: int) -> Examples:
    """The first examples, at most ``count`` of them."""
    inputs, in_start, outputs, out_start = examples
    in_start, out_start = in_start[: count + 1], out_start[: count + 1]
    return Examples(inputs[: in_start[-1]], in_start, outputs[: out_start[-1]], out_start)


# Example by example: the same arithmetic as Model.step, in the same order on every machine.


@compiled
def negative_decisions(outputs: Ints, noise: Ints, K: int, state: Any) -> Decisions:
    """Each output word, then K words drawn from noise: the multiset of Eq. (55)."""
    columns = np.empty(len(outputs) * (K + 1), np.int32)
    t = np.zeros(len(columns), np.float32)
    for o in range(len(outputs)):
        columns[o * (K + 1)] = outputs[o]
        t[o * (K + 1)] = 1
        for k in range(1, K + 1):
            columns[o * (K + 1) + k] = noise[draw_below(state, len(noise))]
    start = np.arange(len(outputs) + 1).astype(np.int32) * np.int32(K + 1)
    return Decisions(columns, t, start)


@compiled
def path_decisions(outputs: Ints, paths: Decisions) -> Decisions:
    """The turns on the path to each output word, Eq. (45)."""
    start = np.zeros(len(outputs) + 1, np.int32)
    for o in range(len(outputs)):
        w = outputs[o]
        start[o + 1] = start[o] + paths.start[w + 1] - paths.start[w]
    columns = np.empty(start[-1], np.int32)
    t = np.empty(start[-1], np.float32)
    for o in range(len(outputs)):
        a, b = paths.start[outputs[o]], paths.start[outputs[o] + 1]
        columns[start[o] : start[o + 1]] = paths.columns[a:b]
        t[start[o] : start[o + 1]] = paths.t[a:b]
    return Decisions(columns, t, start)


@njit(inline="always")
def sigmoid(u: Any) -> Any:
    """Logistic function, Eq. (67), through exp(-u) = exp(-u / 64)^64; right to 2e-6.

    It takes neither a branch nor a table, so many are computed at once. Scores beyond 16 count as
    16: there sigma is 1e-7 from 0 or 1, as fine as float32 can tell.
    """
    x = min(max(u, np.float32(-16)), np.float32(16)) * np.float32(-1 / 64)
    z = np.float32(1 / 6) + x * (np.float32(1 / 24) + x * np.float32(1 / 120))
    z = np.float32(1) + x * (np.float32(1) + x * (np.float32(0.5) + x * z))
    z *= z
    z *= z
    z *= z
    z *= z
    z *= z
    z *= z
    return np.float32(1) / (np.float32(1) + z)  # (67)


@compiled
def hidden(W: Floats, inputs: Ints, h: Floats) -> None:
    """Mean of the input vectors, into h, Eq. (1), (18), (24)."""
    h[:] = 0
    for w in inputs:
        h += W[w]
    h /= np.float32(len(inputs))  # (1) (18) (24)


@compiled
def steps(
    examples: Examples,
    decisions: Decisions,
    W: Floats,
    W_prime: Floats,
    eta: float,
    divide: bool,
) -> None:
    """One step for each example, Eq. (47)-(54), (56)-(61): what Model.step does, in float32.

    ``divide=False`` moves each of C input vectors by the whole of -eta EH, as word2vec.c does,
    and not by -eta EH / C, Eq. (23).
    """
    N = W.shape[1]
    h = np.empty(N, np.float32)
    EH = np.empty(N, np.float32)
    for i in range(len(examples.in_start) - 1):
        inputs = examples.inputs[examples.in_start[i] : examples.in_start[i + 1]]
        first = decisions.start[examples.out_start[i]]
        last = decisions.start[examples.out_start[i + 1]]
        columns = decisions.columns[first:last]
        e = np.empty(len(columns), np.float32)
        hidden(W, inputs, h)
        EH[:] = 0
        for d in range(len(columns)):
            v_prime = W_prime[columns[d]]
            u = np.float32(0)
            for n in range(N):
                u += v_prime[n] * h[n]
            e[d] = sigmoid(u) - decisions.t[first + d]  # (47) (56)
            for n in range(N):
                EH[n] += e[d] * v_prime[n]  # (52) (60)
        for d in range(len(columns)):
            step = np.float32(eta) * e[d]
            for n in range(N):
                W_prime[columns[d], n] -= step * h[n]  # (51) (59)
        step = np.float32(eta / len(inputs) if divide else eta)
        for w in inputs:
            for n in range(N):
                W[w, n] -= step * EH[n]  # (23) (35)


@compiled
def loss(examples: Examples, decisions: Decisions, W: Floats, W_prime: Floats) -> float:
    """Sum of the losses of the examples in nats, Eq. (46), (55)."""
    h = np.empty(W.shape[1], np.float32)
    E = 0.0
    for i in range(len(examples.in_start) - 1):
        hidden(W, examples.inputs[examples.in_start[i] : examples.in_start[i + 1]], h)
        first = decisions.start[examples.out_start[i]]
        last = decisions.start[examples.out_start[i + 1]]
        for d in range(first, last):
            u = 0.0
            for n in range(len(h)):
                u += W_prime[decisions.columns[d], n] * h[n]
            wrong = -u if decisions.t[d] == 1 else u
            E += max(wrong, 0.0) + np.log1p(np.exp(-abs(wrong)))  # (46) (55)
    return E


# In blocks: the same sums in another order, so that vectors are fetched once and used often.


@intrinsic
def prefetch(context: Any, W: Any, w: Any, n: Any) -> Any:
    """Hint to the processor to fetch the cache line of W[w, n], which will soon be needed."""

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        array = context.make_array(signature.args[0])(context, builder, values[0])
        place = cgutils.get_item_pointer(  # type: ignore[no-untyped-call]
            context, builder, signature.args[0], array, values[1:], wraparound=False
        )
        address, flag = ir.IntType(8).as_pointer(), ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [address, flag, flag, flag])
        hint = cgutils.get_or_insert_function(  # type: ignore[no-untyped-call]
            builder.module, kind, "llvm.prefetch.p0"
        )
        builder.call(hint, [builder.bitcast(place, address), flag(1), flag(3), flag(1)])
        return context.get_dummy_value()

    return types.void(W, types.intp, types.intp), generate


@njit(inline="always")
def fetch(W: Floats, w: int) -> None:
    """Have row w of W fetched while other work goes on."""
    for n in range(0, W.shape[1], 16):  # 16 numbers a cache line
        prefetch(W, np.intp(w), n)  # type: ignore[call-arg]


@njit(inline="always", fastmath=True)
def gather(W: Floats, inputs: Ints, first: int, last: int, H: Floats, G: Floats, b: int) -> None:
    """Mean of the input vectors, into row b of H, Eq. (1), (18), (24); row b of G becomes 0."""
    share = np.float32(1 / (last - first))
    for n in range(H.shape[1]):
        H[b, n] = np.float32(0)
        G[b, n] = np.float32(0)
    for c in range(first, last):
        w = inputs[c]
        for n in range(H.shape[1]):
            H[b, n] += share * W[w, n]  # (1) (18) (24)


@njit(inline="always", fastmath=True)
def scatter(
    W: Floats, inputs: Ints, first: int, last: int, G: Floats, b: int, divide: bool
) -> None:
    """Move the input vectors by row b of G, which holds -eta EH, Eq. (23), (35)."""
    share = np.float32(1 / (last - first) if divide else 1)
    for c in range(first, last):
        w = inputs[c]
        for n in range(G.shape[1]):
            W[w, n] += share * G[b, n]  # (23) (35)


@njit(inline="always", fastmath=True)
def decide(
    columns: Ints,
    t: Floats,
    first: int,
    last: int,
    W_prime: Floats,
    H: Floats,
    G: Floats,
    b: int,
    eta: Any,
) -> None:
    """Take some decisions, two at a time: move their output vectors, add -eta EH to row b of G."""
    N = H.shape[1]
    d = first
    while d + 2 <= last:
        j1, j2 = columns[d], columns[d + 1]
        u1 = np.float32(0)
        u2 = np.float32(0)
        for n in range(N):
            u1 += H[b, n] * W_prime[j1, n]
            u2 += H[b, n] * W_prime[j2, n]
        g1 = eta * (t[d] - sigmoid(u1))  # (47) (56)
        g2 = eta * (t[d + 1] - sigmoid(u2))
        for n in range(N):
            G[b, n] += g1 * W_prime[j1, n] + g2 * W_prime[j2, n]  # (52) (60)
        for n in range(N):
            W_prime[j1, n] += g1 * H[b, n]  # (51) (59)
        for n in range(N):
            W_prime[j2, n] += g2 * H[b, n]
        d += 2
    if d < last:
        j1 = columns[d]
        u1 = np.float32(0)
        for n in range(N):
            u1 += H[b, n] * W_prime[j1, n]
        g1 = eta * (t[d] - sigmoid(u1))  # (47) (56)
        for n in range(N):
            G[b, n] += g1 * W_prime[j1, n]  # (52) (60)
        for n in range(N):
            W_prime[j1, n] += g1 * H[b, n]  # (51) (59)


@compiled_fast
def block_negative(
    examples: Examples,
    W: Floats,
    W_prime: Floats,
    noise: Ints,
    K: int,
    block: int,
    shared: int,
    eta: float,
    divide: bool,
    state: Any,
) -> None:
    """Negative sampling in blocks of examples that share their negatives.

    An example with P outputs owes P K draws from noise. Here it meets ``shared`` draws, each with
    weight P K / shared, so that the expected update is the same, and what they cost becomes three
    matrix products. Hidden states and negatives are those at the start of the block; the observed
    words are taken example by example.
    """
    N = W.shape[1]
    inputs, in_start, outputs, out_start = examples
    count = len(in_start) - 1
    ones = np.ones(len(outputs), np.float32)
    rate = np.float32(eta)
    H = np.zeros((block, N), np.float32)  # hidden states
    G = np.empty((block, N), np.float32)  # -eta EH
    G_neg = np.empty((block, N), np.float32)  # its part from the negatives
    V_neg = np.empty((shared, N), np.float32)  # output vectors of the negatives
    dV_neg = np.empty((shared, N), np.float32)
    g = np.empty((block, shared), np.float32)  # their scores, then -eta e
    drawn = np.empty(shared, np.int32)
    weight = np.zeros(block, np.float32)
    for begin in range(0, count, block):
        size = min(block, count - begin)
        for j in range(shared):
            w = noise[draw_below(state, len(noise))]
            drawn[j] = w
            for n in range(N):
                V_neg[j, n] = W_prime[w, n]
        for b in range(size):
            i = begin + b
            gather(W, inputs, in_start[i], in_start[i + 1], H, G, b)
        for b in range(size):
            i = begin + b
            if i + block < count:
                fetch(W, inputs[in_start[i + block]])
                fetch(W_prime, outputs[out_start[min(i + 3, count)] - 1])
            weight[b] = eta * K * (out_start[i + 1] - out_start[i]) / shared
            decide(outputs, ones, out_start[i], out_start[i + 1], W_prime, H, G, b, rate)
        weight[size:] = 0
        np.dot(H, V_neg.T, g)
        for b in range(block):
            for j in range(shared):
                g[b, j] = -weight[b] * sigmoid(g[b, j])  # (56)
        np.dot(g, V_neg, G_neg)  # (60)
        np.dot(g.T, H, dV_neg)  # (58)
        for j in range(shared):
            w = drawn[j]
            for n in range(N):
                W_prime[w, n] += dV_neg[j, n]  # (59)
        for b in range(size):
            i = begin + b
            for n in range(N):
                G[b, n] += G_neg[b, n]
            scatter(W, inputs, in_start[i], in_start[i + 1], G, b, divide)


@compiled_fast
def fast_hierarchical(
    examples: Examples, W: Floats, W_prime: Floats, paths: Decisions, eta: float, divide: bool
) -> None:
    """Hierarchical softmax, one output word after another, Eq. (47)-(54).

    No two words share a path, so there is nothing to multiply as matrices; the gain over
    ``steps`` is in taking two decisions at a time.
    """
    inputs, in_start, outputs, out_start = examples
    rate = np.float32(eta)
    H = np.empty((1, W.shape[1]), np.float32)
    G = np.empty((1, W.shape[1]), np.float32)
    for i in range(len(in_start) - 1):
        gather(W, inputs, in_start[i], in_start[i + 1], H, G, 0)
        for o in range(out_start[i], out_start[i + 1]):
            w = outputs[o]
            decide(
                paths.columns, paths.t, paths.start[w], paths.start[w + 1], W_prime, H, G, 0, rate
            )
        scatter(W, inputs, in_start[i], in_start[i + 1], G, 0, divide)
