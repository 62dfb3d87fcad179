// The maths of the inspector: nothing but numbers, in the paper's symbols. It imports nothing,
// touches no page, and repeats w2vlib line for line; (8) and the like are the paper's equations.

// ---------------------------------------------------------------- random numbers, as NumPy draws

const MASK = (1n << 128n) - 1n;
const LOW = (1n << 64n) - 1n;
const MULTIPLIER = 0x2360ed051fc65da44385df649fccf645n;

/** Eight 32-bit words from a seed: NumPy's SeedSequence. */
function seedWords(seed) {
  const pool = new Uint32Array(4);
  let constant = 0x43b0d7e5;
  const hash = (value) => {
    value ^= constant;
    constant = Math.imul(constant, 0x931e8875);
    value = Math.imul(value, constant);
    return value ^ (value >>> 16);
  };
  const mix = (a, b) => {
    const value = Math.imul(0xca01f9dd, a) - Math.imul(0x4973f715, b);
    return value ^ (value >>> 16);
  };
  for (let i = 0; i < 4; i++) pool[i] = hash(i === 0 ? seed : 0);
  for (let from = 0; from < 4; from++)
    for (let to = 0; to < 4; to++) if (from !== to) pool[to] = mix(pool[to], hash(pool[from]));
  const words = new Uint32Array(8);
  let step = 0x8b51f9dd;
  for (let i = 0; i < 8; i++) {
    let value = pool[i % 4] ^ step;
    step = Math.imul(step, 0x58f38ded);
    value = Math.imul(value, step);
    words[i] = value ^ (value >>> 16);
  }
  return words;
}

/** PCG64, bit for bit `numpy.random.default_rng(seed)`, so that a seed means the same in Python. */
export class Rng {
  constructor(seed) {
    const w = seedWords(seed);
    const wide = (i) => (BigInt(w[i + 1]) << 32n) | BigInt(w[i]);
    this.increment = ((((wide(4) << 64n) | wide(6)) << 1n) | 1n) & MASK;
    this.state = (this.increment + ((wide(0) << 64n) | wide(2))) & MASK;
    this.advance();
  }
  advance() {
    this.state = (this.state * MULTIPLIER + this.increment) & MASK;
  }
  /** Uniform on [0, 1) with 53 bits. */
  random() {
    this.advance();
    const mixed = (this.state >> 64n) ^ (this.state & LOW);
    const turn = this.state >> 122n;
    const bits = ((mixed >> turn) | (mixed << (64n - turn))) & LOW;
    return Number(bits >> 11n) / 9007199254740992;
  }
}

// ---------------------------------------------------------------- logistic function

export function sigma(u) {
  const z = Math.exp(-Math.abs(u)); // never overflows
  return (u >= 0 ? 1 : z) / (1 + z); // (67) (68)
}

export function logSigma(u) {
  return Math.min(u, 0) - Math.log1p(Math.exp(-Math.abs(u)));
}

// ---------------------------------------------------------------- words and examples

/** Words by falling count, ties in order of first appearance. */
export function vocabulary(tokens) {
  const count = new Map();
  for (const token of tokens) count.set(token, (count.get(token) ?? 0) + 1);
  const ranked = [...count].sort((a, b) => b[1] - a[1]); // stable
  const words = ranked.map(([word]) => word);
  return {
    words,
    counts: ranked.map(([, n]) => n),
    index: new Map(words.map((word, j) => [word, j])),
  };
}

/** Slide a window over the sentences; `at` says which tokens of the text an example came from. */
export function windows(sentences, index, architecture, window) {
  const examples = [];
  let start = 0;
  for (const sentence of sentences) {
    sentence.forEach((word, i) => {
      const near = [];
      for (let k = Math.max(0, i - window); k <= Math.min(sentence.length - 1, i + window); k++)
        if (k !== i) near.push(k);
      if (!near.length) return;
      const id = (k) => index.get(sentence[k]);
      const one = (inputs, outputs) =>
        examples.push({
          inputs: inputs.map(id),
          outputs: outputs.map(id),
          at: { inputs: inputs.map((k) => start + k), outputs: outputs.map((k) => start + k) },
        });
      if (architecture === "one-word") near.forEach((k) => one([k], [i]));
      else if (architecture === "cbow") one(near, [i]);
      else one([i], near);
    });
    start += sentence.length;
  }
  return examples;
}

/**
 * Read what a reader typed: plain text, a sentence a line, or examples `in^in|out^out, ...`.
 * Throws an Error that says what is wrong and what to do.
 */
export function parseCorpus(text, architecture, window) {
  if (text.includes("|")) {
    const pairs = text
      .split(/[,\n]/)
      .map((part) => part.trim())
      .filter(Boolean);
    const read = pairs.map((pair) => {
      const sides = pair.split("|").map((side) => side.split("^").map((word) => word.trim()));
      if (sides.length !== 2 || sides.flat().some((word) => !word))
        throw new Error(`“${pair}” is no example: write input|output, or a^b|c, or a|b^c.`);
      return sides;
    });
    const words = vocabulary(read.flat(2));
    const id = (word) => words.index.get(word);
    const examples = read.map(([a, b]) => ({ inputs: a.map(id), outputs: b.map(id) }));
    return checked({ ...words, examples, sentences: null });
  }
  const sentences = text
    .split(/[.!?\n]+/)
    .map((line) => line.toLowerCase().match(/[\p{L}\p{N}][\p{L}\p{N}'’_-]*/gu) ?? [])
    .filter((sentence) => sentence.length);
  const words = vocabulary(sentences.flat());
  const examples = windows(sentences, words.index, architecture, window);
  return checked({ ...words, examples, sentences });
}

function checked(corpus) {
  const V = corpus.words.length;
  if (V === 0)
    throw new Error("There is no word here: type a sentence, or examples like eat|apple.");
  if (V === 1) throw new Error("One word is not enough: a vocabulary needs two different words.");
  if (V > 2000) throw new Error(`${V} different words are too many to draw: use 2000 or fewer.`);
  if (corpus.examples.length === 0)
    throw new Error("No word has a neighbour: put at least two words on one line.");
  return corpus;
}

// ---------------------------------------------------------------- the Huffman tree

/**
 * The tree of w2vlib.hierarchical: children of each inner unit (a leaf is V - 1 + word), and for
 * each word the units on its path and the labels there, 1 for left, 0 for right.
 */
export function huffman(counts) {
  const V = counts.length;
  const leaves = counts.map((count, word) => ({ count, word })).sort((a, b) => a.count - b.count);
  const joined = []; // comes about in rising order
  const rarest = () =>
    leaves.length && (!joined.length || leaves[0].count <= joined[0].count)
      ? leaves.shift()
      : joined.shift();
  for (let k = 1; k < V; k++) {
    const [left, right] = [rarest(), rarest()];
    joined.push({ count: left.count + right.count, left, right });
  }
  const children = [];
  const units = new Array(V);
  const labels = new Array(V);
  const visit = (node, path, turns) => {
    if (node.word !== undefined) {
      units[node.word] = path;
      labels[node.word] = turns;
      return V - 1 + node.word;
    }
    const unit = children.length;
    children.push(null);
    const left = visit(node.left, [...path, unit], [...turns, 1]);
    children[unit] = [left, visit(node.right, [...path, unit], [...turns, 0])];
    return unit;
  };
  visit(joined[0], [], []);
  return { children, units, labels };
}

// ---------------------------------------------------------------- the model

export const OUTPUTS = ["softmax", "hierarchical", "negative"];

/**
 * One hidden layer, one output layer. W is (V, N) and W_prime (N, M) row by row, as in NumPy;
 * M is V, or V - 1 inner units for hierarchical softmax.
 * After `forward` the fields h, u, y, t, e, EI, EH, E hold the step in the paper's symbols.
 */
export class Model {
  constructor({ counts, N, output = "softmax", K = 5, power = 0.75, seed = 0 }) {
    const V = counts.length;
    const M = output === "hierarchical" ? V - 1 : V;
    Object.assign(this, { V, N, M, K, output, power });
    this.rng = new Rng(seed);
    this.W = Float64Array.from({ length: V * N }, () => this.rng.random() - 0.5);
    this.W_prime = Float64Array.from({ length: N * M }, () => this.rng.random() - 0.5);
    this.h = new Float64Array(N);
    this.EH = new Float64Array(N);
    this.EI = new Float64Array(M);
    this.E = 0;
    this.D = 0; // decisions, or V for softmax
    this.room(Math.max(V, 64));
    if (output === "hierarchical") this.tree = huffman(counts);
    if (output === "negative") {
      const raised = counts.map((n) => n ** power);
      const total = raised.reduce((a, b) => a + b, 0);
      this.noise = raised.map((n) => n / total); // (55), footnote 6
      let sum = 0;
      const steps = this.noise.map((p) => (sum += p));
      this.cumulated = Float64Array.from(steps, (c) => c / sum);
    }
  }

  room(D) {
    this.columns = new Int32Array(D);
    for (const name of ["u", "y", "t", "e"]) this[name] = new Float64Array(D);
  }

  /** K words for each output, drawn from the noise distribution. */
  draw(outputs) {
    const drawn = new Int32Array(outputs.length * this.K);
    for (let d = 0; d < drawn.length; d++) {
      const r = this.rng.random();
      let low = 0;
      let high = this.V - 1;
      while (low < high) {
        const middle = (low + high) >> 1;
        if (this.cumulated[middle] > r) high = middle;
        else low = middle + 1;
      }
      drawn[d] = low;
    }
    return drawn;
  }

  forward(example, negatives) {
    const { inputs, outputs } = example;
    const { N, W, h } = this;
    const C = inputs.length;
    h.fill(0);
    for (let c = 0; c < C; c++) {
      const row = inputs[c] * N;
      for (let i = 0; i < N; i++) h[i] += W[row + i] / C; // (1) (13) (17) (18) (24)
    }
    if (this.output === "softmax") this.softmax(outputs);
    else this.decisions(outputs, negatives);
    return this.E;
  }

  softmax(outputs) {
    const { N, V, W_prime, h, u, y, t, e, EI, EH } = this;
    const C = outputs.length;
    this.D = V;
    let largest = -Infinity;
    u.fill(0, 0, V);
    for (let i = 0; i < N; i++) {
      const hi = h[i];
      for (let j = 0, at = i * V; j < V; j++, at++) u[j] += W_prime[at] * hi; // (2) (26)
    }
    for (let j = 0; j < V; j++) if (u[j] > largest) largest = u[j];
    let Z = 0;
    for (let j = 0; j < V; j++) Z += y[j] = Math.exp(u[j] - largest);
    let chosen = 0;
    t.fill(0, 0, V);
    for (let c = 0; c < C; c++) {
      t[outputs[c]] += 1;
      chosen += u[outputs[c]];
    }
    for (let j = 0; j < V; j++) {
      y[j] /= Z; // (3) (4) (25)
      e[j] = EI[j] = C * y[j] - t[j]; // (8) (30) (31)
    }
    this.E = C * (largest + Math.log(Z)) - chosen; // (7) (20) (21) (29)
    for (let i = 0; i < N; i++) {
      let sum = 0;
      for (let j = 0, at = i * V; j < V; j++, at++) sum += EI[j] * W_prime[at];
      EH[i] = sum; // (12) (36)
    }
  }

  /** Hierarchical softmax and negative sampling: sums of logistic decisions sigma(u) - t. */
  decisions(outputs, negatives) {
    const { tree, K } = this;
    let D = 0;
    for (const word of outputs) D += tree ? tree.units[word].length : K + 1;
    if (D > this.columns.length) this.room(2 * D);
    const { N, M, W_prime, h, columns, u, y, t, e, EI, EH } = this;
    this.D = D;
    let d = 0;
    for (let c = 0; c < outputs.length; c++) {
      if (tree) {
        const units = tree.units[outputs[c]];
        const labels = tree.labels[outputs[c]];
        for (let k = 0; k < units.length; k++, d++) {
          columns[d] = units[k]; // (37) (45)
          t[d] = labels[k]; // (38) (49)
        }
      } else {
        columns[d] = outputs[c];
        t[d++] = 1; // (57)
        for (let k = 0; k < K; k++, d++) {
          columns[d] = negatives[c * K + k];
          t[d] = 0;
        }
      }
    }
    EI.fill(0);
    EH.fill(0);
    this.E = 0;
    for (d = 0; d < D; d++) {
      let score = 0;
      for (let i = 0, at = columns[d]; i < N; i++, at += M) score += W_prime[at] * h[i];
      u[d] = score;
      y[d] = sigma(score); // (39) (40)
      e[d] = y[d] - t[d]; // (48) (49) (56) (57)
      EI[columns[d]] += e[d]; // a repeated column adds up: (1 + m) sigma - 1
      this.E -= logSigma(t[d] ? score : -score); // (46) (55)
      for (let i = 0, at = columns[d]; i < N; i++, at += M) EH[i] += e[d] * W_prime[at]; // (53) (54) (61)
    }
  }

  /** Columns of W_prime that this step moves, each once. */
  touched() {
    if (this.output === "softmax") return Array.from({ length: this.V }, (_, j) => j);
    return [...new Set(this.columns.subarray(0, this.D))];
  }

  updateOutputs(eta, only = -1) {
    const { N, M, W_prime, h, EI } = this;
    if (this.output === "softmax" || only >= 0) {
      for (let i = 0; i < N; i++)
        for (let j = 0, at = i * M; j < M; j++, at++)
          if (only < 0 || only === j) W_prime[at] -= eta * (h[i] * EI[j]); // (10) (11) (22) (33) (34)
      return;
    }
    for (let d = 0; d < this.D; d++) {
      const j = this.columns[d];
      for (let i = 0, at = j; i < N; i++, at += M) W_prime[at] -= eta * (h[i] * this.e[d]); // (51) (59)
    }
  }

  updateInputs(inputs, eta, only = -1) {
    const { N, W, EH } = this;
    for (const k of inputs)
      if (only < 0 || only === k)
        for (let i = 0; i < N; i++) W[k * N + i] -= (eta * EH[i]) / inputs.length; // (16) (23) (35)
  }

  /** One update; EH was taken from W_prime before it moves. */
  step(example, eta, negatives) {
    this.forward(example, negatives);
    this.updateOutputs(eta);
    this.updateInputs(example.inputs, eta);
    return this.E;
  }

  /** Loss of an example without moving anything. */
  loss(example, negatives) {
    return this.forward(example, negatives);
  }

  /** Probability of every word from a hidden state; null for negative sampling, which has none. */
  probabilities(h) {
    const { N, M, V, W_prime } = this;
    const score = (j) => {
      let sum = 0;
      for (let i = 0; i < N; i++) sum += W_prime[i * M + j] * h[i];
      return sum;
    };
    const u = Array.from({ length: M }, (_, j) => score(j));
    if (this.output === "softmax") {
      const largest = Math.max(...u);
      const z = u.map((v) => Math.exp(v - largest));
      const Z = z.reduce((a, b) => a + b, 0);
      return z.map((v) => v / Z); // (3)
    }
    if (this.output === "hierarchical") {
      const { units, labels } = this.tree;
      const turn = (n, left) => sigma(left ? u[n] : -u[n]); // (39) (40)
      return units.map((path, w) => path.reduce((p, n, k) => p * turn(n, labels[w][k]), 1)); // (37)
    }
    return u.map(sigma);
  }

  /** What one step touches and multiplies, for this example. */
  cost(example) {
    const { N } = this;
    const C = example.inputs.length;
    const inputs = new Set(example.inputs).size;
    const outputs = this.touched().length;
    const columns = this.output === "softmax" ? this.V : this.D;
    return {
      inputs,
      outputs,
      vectors: inputs + outputs,
      multiplyAdds: 2 * C * N + 3 * columns * N, // h and v; u, EH and v'
    };
  }
}

// ---------------------------------------------------------------- vectors

export function cosine(a, b) {
  let ab = 0;
  let aa = 0;
  let bb = 0;
  for (let i = 0; i < a.length; i++) {
    ab += a[i] * b[i];
    aa += a[i] * a[i];
    bb += b[i] * b[i];
  }
  return aa && bb ? ab / Math.sqrt(aa * bb) : 0;
}

/** Principal axes of points (rows) by Jacobi rotations: mean, axes by falling variance. */
export function pca(points, N) {
  const n = points.length;
  const mean = new Array(N).fill(0);
  for (const p of points) for (let i = 0; i < N; i++) mean[i] += p[i] / n;
  const A = Array.from({ length: N }, () => new Float64Array(N));
  for (const p of points)
    for (let i = 0; i < N; i++)
      for (let k = 0; k <= i; k++) A[i][k] += ((p[i] - mean[i]) * (p[k] - mean[k])) / n;
  for (let i = 0; i < N; i++) for (let k = i + 1; k < N; k++) A[i][k] = A[k][i];
  const Q = Array.from({ length: N }, (_, i) =>
    Float64Array.from({ length: N }, (_, k) => +(i === k)),
  );
  for (let sweep = 0; sweep < 60; sweep++) {
    let off = 0;
    let on = 0;
    for (let p = 0; p < N; p++) {
      on += A[p][p] ** 2;
      for (let q = p + 1; q < N; q++) off += A[p][q] ** 2;
    }
    if (off <= 1e-24 * (on + 1e-300)) break;
    for (let p = 0; p < N; p++)
      for (let q = p + 1; q < N; q++) {
        if (A[p][q] === 0) continue;
        const theta = (A[q][q] - A[p][p]) / (2 * A[p][q]);
        const tan = Math.sign(theta || 1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
        const cos = 1 / Math.sqrt(tan * tan + 1);
        const sin = tan * cos;
        for (let k = 0; k < N; k++) {
          const a = A[k][p];
          const b = A[k][q];
          A[k][p] = cos * a - sin * b;
          A[k][q] = sin * a + cos * b;
        }
        for (let k = 0; k < N; k++) {
          const a = A[p][k];
          const b = A[q][k];
          A[p][k] = cos * a - sin * b;
          A[q][k] = sin * a + cos * b;
          const c = Q[k][p];
          const d = Q[k][q];
          Q[k][p] = cos * c - sin * d;
          Q[k][q] = sin * c + cos * d;
        }
      }
  }
  const order = Array.from({ length: N }, (_, i) => i).sort((a, b) => A[b][b] - A[a][a]);
  const variances = order.map((i) => Math.max(0, A[i][i]));
  const total = variances.reduce((a, b) => a + b, 0);
  return { mean, axes: order.map((i) => Q.map((row) => row[i])), variances, total };
}

// ---------------------------------------------------------------- a run that can go back

export const PHASES = ["select", "h", "u", "y", "e", "EI", "EH", "update"];
const LAST = PHASES.length - 1;
const EVERY = 16; // buckets between two checkpoints

/** Mean loss in buckets of equal length; when there are 1024, two become one. */
class Losses {
  constructor() {
    this.size = 1;
    this.means = [];
    this.sum = 0;
    this.count = 0;
  }
  push(E) {
    this.sum += E;
    if (++this.count < this.size) return false;
    this.means.push(this.sum / this.size);
    this.sum = this.count = 0;
    if (this.means.length < 1024) return this.means.length % EVERY === 0;
    this.means = Array.from(
      { length: 512 },
      (_, k) => (this.means[2 * k] + this.means[2 * k + 1]) / 2,
    );
    this.size *= 2;
    return true;
  }
  backTo(step) {
    this.means.length = step / this.size;
    this.sum = this.count = 0;
  }
}

/**
 * Everything that happens to one model, so that any moment can be reached again: the updates, in
 * the order of the examples, and the reader's own acts, logged with the step they came before.
 * A position is (step, phase); phase 7, "update", shows the update that led to `step`.
 */
export class Run {
  /** `start` may hold W and W_prime, the first example and its negatives; else the seed decides. */
  constructor(setting, corpus, start = null) {
    Object.assign(this, { setting, corpus, start });
    this.log = [];
    this.restart();
  }

  restart() {
    const { N, output, K, power, seed, eta } = this.setting;
    this.model = new Model({ counts: this.corpus.counts, N, output, K, power, seed });
    const { first = 0, negatives, ...weights } = this.start ?? {};
    for (const name of ["W", "W_prime"])
      if (weights[name]?.length === this.model[name].length) this.model[name].set(weights[name]);
    Object.assign(this, { step: 0, phase: 0, eta, offset: first, next: 0, broken: false });
    this.pending = negatives ? Int32Array.from(negatives) : null;
    this.before = null; // weights before the update that phase 7 shows
    this.losses = new Losses();
    this.checkpoints = [this.checkpoint()];
    this.happen();
  }

  checkpoint() {
    const { model, step, eta, offset, next } = this;
    const { W, W_prime, rng } = model;
    return { step, eta, offset, next, W: W.slice(), W_prime: W_prime.slice(), rng: rng.state };
  }

  index(step = this.step) {
    const n = this.corpus.examples.length;
    return (((step + this.offset) % n) + n) % n;
  }

  /** The example the panels show: the next one, or at phase 7 the one that was taken. */
  get example() {
    return this.phase === LAST && this.taken
      ? this.taken.example
      : this.corpus.examples[this.index()];
  }

  get negatives() {
    if (this.model.output !== "negative") return null;
    return this.phase === LAST && this.taken ? this.taken.negatives : this.drawn();
  }

  /** The negatives of the next update, drawn once. */
  drawn() {
    if (this.model.output !== "negative") return null;
    return (this.pending ??= this.model.draw(this.corpus.examples[this.index()].outputs));
  }

  /** Let the logged acts of this step happen. */
  happen() {
    while (this.next < this.log.length && this.log[this.next][0] === this.step)
      this.act(this.log[this.next++]);
  }

  act([, kind, ...values]) {
    const { model } = this;
    if (kind === "W") model.W[values[0]] = values[1];
    else if (kind === "P") model.W_prime[values[0]] = values[1];
    else if (kind === "eta") this.eta = values[0];
    else if (kind === "at") {
      const drawn = this.pending;
      this.offset += values[0] - this.index();
      if (drawn)
        this.pending = fit(drawn, this.corpus.examples[this.index()].outputs.length * model.K);
    } else if (kind === "neg") {
      this.drawn();
      this.pending = Int32Array.from(values);
    } else {
      const example = this.corpus.examples[this.index()];
      model.forward(example, this.drawn());
      if (kind === "gW") model.updateInputs(example.inputs, this.eta, values[0]);
      else model.updateOutputs(this.eta, values[0]);
    }
  }

  /** Log an act of the reader and let it happen now. What was to come is forgotten. */
  record(kind, ...values) {
    this.log.length = this.next;
    this.log.push([this.step, kind, ...values]);
    const weights = { W: this.model.W.slice(), W_prime: this.model.W_prime.slice() };
    if (this.phase === LAST) this.phase = 0;
    this.happen();
    this.broken = false;
    this.before = kind === "eta" || kind === "at" || kind === "neg" ? null : weights;
    if (this.phase > 0) this.model.forward(this.example, this.negatives);
  }

  /** Go on to a step, as fast as it goes; stops early after `until` (milliseconds, performance). */
  runTo(step, until = Infinity) {
    const { model } = this;
    const { examples } = this.corpus;
    const negative = model.output === "negative";
    this.before = this.taken = null;
    this.phase = 0;
    while (this.step < step && !this.broken) {
      const example = examples[this.index()];
      const negatives = negative ? this.drawn() : null;
      const E = model.step(example, this.eta, negatives);
      this.pending = null;
      this.step++;
      this.broken = !Number.isFinite(E);
      const due = this.losses.push(E);
      if (this.next < this.log.length) this.happen();
      if (due) this.keep();
      if ((this.step & 63) === 0 && performance.now() > until) break;
    }
  }

  keep() {
    const spacing = EVERY * this.losses.size;
    this.checkpoints = this.checkpoints.filter((c) => c.step % spacing === 0);
    if (this.step % spacing === 0 && !this.pending) this.checkpoints.push(this.checkpoint());
  }

  /** Before the first small step of the next update. */
  begin() {
    this.phase = 0;
    this.before = this.taken = null;
  }

  /** One whole update, kept for inspection: phase 7 of the step after. */
  stepOnce() {
    if (this.broken) return;
    const taken = {
      example: this.corpus.examples[this.index()],
      negatives: this.drawn(),
      eta: this.eta,
    };
    const before = { W: this.model.W.slice(), W_prime: this.model.W_prime.slice() };
    const target = this.step + 1;
    this.runTo(target);
    Object.assign(this, { taken, before, phase: LAST });
  }

  /** The next micro-step. */
  micro() {
    if (this.broken) return;
    if (this.phase === LAST - 1) return this.stepOnce();
    if (this.phase === LAST) this.taken = null;
    this.phase = (this.phase + 1) % PHASES.length;
    this.before = null;
    this.model.forward(this.example, this.negatives);
  }

  /** Whether there is anything to take back. */
  get canBack() {
    return this.step > 0 || this.phase > 0 || this.next > 0;
  }

  /** Take back one micro-step, or, with `whole`, one update; acts are taken back one by one. */
  back(whole = false) {
    if (this.phase > 0 && this.phase < LAST && !(whole && this.step > 0 && !this.acted)) {
      this.phase = whole ? 0 : this.phase - 1;
      this.model.forward(this.example, this.negatives);
    } else if (this.phase < LAST && this.acted) {
      this.log.splice(this.next - 1);
      this.seek(this.step);
    } else if (this.phase < LAST) this.seek(this.step);
    else {
      this.seek(this.step - 1);
      if (whole) return;
      this.phase = LAST - 1;
      this.before = this.taken = null;
      this.model.forward(this.example, this.negatives);
    }
  }

  /** Whether the reader acted since the last update. */
  get acted() {
    return this.next > 0 && this.log[this.next - 1][0] === this.step;
  }

  /** Come to a step, from before it or from after it, with the update that led there in view. */
  seek(step) {
    if (step <= this.step) {
      const from = this.checkpoints.findLast((c) => c.step < step) ?? this.checkpoints[0];
      if (from.step === 0) this.restart();
      else {
        this.checkpoints = this.checkpoints.filter((c) => c.step <= from.step);
        this.model.W.set(from.W);
        this.model.W_prime.set(from.W_prime);
        this.model.rng.state = from.rng;
        Object.assign(this, {
          step: from.step,
          eta: from.eta,
          offset: from.offset,
          next: from.next,
        });
        Object.assign(this, { pending: null, broken: false });
        this.losses.backTo(from.step);
      }
    }
    if (step > 0) this.runTo(step - 1);
    if (this.step === step - 1) this.stepOnce();
    if (this.acted) this.phase = 0;
  }
}

function fit(drawn, length) {
  return Int32Array.from({ length }, (_, d) => drawn[d % drawn.length]);
}

// ---------------------------------------------------------------- addresses

const NUMBERS = {
  window: ["window", 1, 10, true],
  N: ["N", 1, 100, true],
  eta: ["eta", 1e-6, 100, false],
  K: ["K", 1, 50, true],
  power: ["power", 0, 4, false],
  seed: ["seed", 0, 4294967295, true],
};
const ACTS = { W: 2, P: 2, eta: 1, at: 1, neg: Infinity, gW: 1, gP: 1 };

/** A number a reader gave, or an Error that says what is asked for. */
export function readNumber(name, text) {
  const [label, low, high, whole] = NUMBERS[name];
  const value = String(text).trim() === "" ? NaN : Number(text);
  if (!Number.isFinite(value) || value < low || value > high || (whole && !Number.isInteger(value)))
    throw new Error(
      `${label} = ${text}: give a ${whole ? "whole " : ""}number from ${low} to ${high}.`,
    );
  return value;
}

/** What a preset begins with; nothing of it is left once the text, N or the seed is another. */
export function beginning(setting, presets) {
  const preset = presets[setting.preset];
  if (!preset?.W || ["text", "N", "seed"].some((key) => setting[key] !== preset[key])) return null;
  const start = { W: preset.W.flat(), W_prime: preset.W_prime.flat() };
  if (["architecture", "window"].some((key) => setting[key] !== preset[key])) return start;
  start.first = preset.first;
  const same = setting.output === preset.output && setting.K === preset.K;
  return same && preset.negatives ? { ...start, negatives: preset.negatives } : start;
}

/** What an address such as `preset=cbow&eta=0.5&step=200` asks for; throws what is wrong with it. */
export function readAddress(query, presets) {
  const given = new URLSearchParams(query);
  const name = given.get("preset") ?? (given.has("text") ? null : Object.keys(presets)[0]);
  if (name !== null && !presets[name])
    throw new Error(`There is no preset “${name}”: use one of ${Object.keys(presets).join(", ")}.`);
  const setting = {
    architecture: "skip-gram",
    window: 1,
    output: "softmax",
    N: 2,
    eta: 0.2,
    K: 5,
    power: 0.75,
    seed: 0,
  };
  for (const key in setting) setting[key] = presets[name]?.[key] ?? setting[key];
  setting.text = presets[name]?.text;
  setting.preset = name;
  for (const key of ["text", "architecture", "output"])
    if (given.has(key)) setting[key] = given.get(key);
  if (!["one-word", "cbow", "skip-gram"].includes(setting.architecture))
    throw new Error(`architecture = ${setting.architecture}: use one-word, cbow or skip-gram.`);
  if (!OUTPUTS.includes(setting.output))
    throw new Error(`output = ${setting.output}: use ${OUTPUTS.join(", ")}.`);
  for (const key in NUMBERS) if (given.has(key)) setting[key] = readNumber(key, given.get(key));
  const corpus = parseCorpus(setting.text, setting.architecture, setting.window);
  const step = given.has("step") ? Number(given.get("step")) : 0;
  if (!Number.isInteger(step) || step < 0 || step > 5e7)
    throw new Error(`step = ${given.get("step")}: give a whole number from 0 to 50 million.`);
  const phase = given.has("phase") ? PHASES.indexOf(given.get("phase")) : step > 0 ? LAST : 0;
  if (phase < 0 || (phase === LAST && step === 0))
    throw new Error(`phase = ${given.get("phase")}: use ${PHASES.join(", ")}.`);
  const M = corpus.words.length - (setting.output === "hierarchical");
  const limit = {
    W: corpus.words.length * setting.N,
    P: setting.N * M,
    at: corpus.examples.length,
    gW: corpus.words.length,
    gP: M,
  };
  const log = (given.get("acts") ?? "")
    .split("*")
    .filter(Boolean)
    .map((act) => {
      const [at, kind, ...rest] = act.split("_");
      const values = rest.map(Number);
      const fine =
        kind in ACTS &&
        Number.isInteger(+at) &&
        +at >= 0 &&
        values.every(Number.isFinite) &&
        values.length &&
        (kind === "neg"
          ? setting.output === "negative" &&
            values.every((j) => j in corpus.words) &&
            values.length % setting.K === 0
          : values.length === ACTS[kind] &&
            (kind === "eta"
              ? values[0] > 0
              : Number.isInteger(values[0]) && values[0] < limit[kind]));
      if (!fine) throw new Error(`“${act}” in the address is no act of a reader: take it out.`);
      return [+at, kind, ...values];
    });
  return {
    setting,
    corpus,
    step,
    phase,
    log,
    view: given.get("view") ?? presets[name]?.view ?? null,
  };
}

/** The address of this very moment. */
export function writeAddress(run, presets, view = null) {
  const { setting } = run;
  const preset = presets[setting.preset];
  const base = { K: 5, power: 0.75, ...preset };
  const given = new URLSearchParams();
  if (preset) given.set("preset", setting.preset);
  for (const key of ["text", "architecture", "output", ...Object.keys(NUMBERS)])
    if (setting[key] !== base[key]) given.set(key, setting[key]);
  if (run.step) given.set("step", run.step);
  if (run.phase !== (run.step ? LAST : 0)) given.set("phase", PHASES[run.phase]);
  const acts = run.log.slice(0, run.next);
  if (acts.length) given.set("acts", acts.map((act) => act.join("_")).join("*"));
  if (view) given.set("view", view);
  return given.toString();
}

/** Another seed, the same one each time. */
export function nextSeed(seed) {
  return (seed + 1) % 4294967296;
}
