// What each quantity is, as the paper's equation with the numbers of this moment in it.
import { PHASES } from "./engine.mjs";

/** Three decimals with a real minus sign. */
export function number(value) {
  if (value === undefined || Number.isNaN(value)) return "–";
  const size = Math.abs(value);
  const text = size >= 1e5 || (size > 0 && size < 5e-4) ? value.toExponential(1) : value.toFixed(3);
  return text.replace(/^-0\.000$/, "0.000").replace(/-/g, "−");
}

const escape = (text) =>
  String(text).replace(
    /[&<>"]/g,
    (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[c],
  );
const sub = (text) => `<sub>${escape(text)}</sub>`;

/** A symbol in its colour. Vectors are upright and bold, numbers are italic. */
export function symbol(name, below = "", bold = false) {
  const face = bold ? "b" : "i";
  const kind = name.replace("′", "p");
  return `<span class="sym s-${kind}"><${face}>${name}</${face}>${below ? sub(below) : ""}</span>`;
}
const v = (word) => symbol("v", word, true);
const vp = (word) => symbol("v′", word, true);
const vec = (name) => symbol(name, "", true);
const eta = "<i>η</i>";
const frac = (a, b) => `<span class="frac"><span>${a}</span><span>${b}</span></span>`;
const E_ = symbol("E");

/**
 * The cells of a moment. A cell is "W:k:i", "P:i:j" (W′), "x:k", "h:i", "u:d", "y:d", "t:d", "e:d",
 * "EI:j" or "EH:i"; d counts decisions, which for softmax are the words.
 */
export class Moment {
  constructor(run) {
    this.run = run;
    this.model = run.model;
    this.example = run.example;
    this.words = run.corpus.words;
    this.softmax = run.model.output === "softmax";
    this.tree = run.model.tree;
    this.phase = run.phase;
    const { inputs, outputs } = this.example;
    this.C = outputs.length;
    this.shape =
      outputs.length > 1 ? "skip-gram" : inputs.length > 1 ? "cbow" : run.setting.architecture;
    this.inputs = [...new Set(inputs)];
    this.columns = this.softmax ? null : Array.from(run.model.columns.subarray(0, run.model.D));
    this.decisions = this.phase > 0 && this.columns ? this.columns : [];
  }
  known(name) {
    return this.phase >= { x: 0, t: 0, W: 0, P: 0, h: 1, u: 2, y: 3, e: 4, EI: 5, EH: 6 }[name];
  }
  input(k) {
    return this.example.inputs.filter((word) => word === k).length / this.example.inputs.length;
  }
  value(cell) {
    if (cell.endsWith("@")) return this.before(cell.slice(0, -1));
    const [name, a, b] = cell.split(":");
    const { model } = this;
    if (name === "x") return this.input(+a);
    if (name === "W") return model.W[a * model.N + +b];
    if (name === "P") return model.W_prime[a * model.M + +b];
    if (name === "t" && this.softmax) return this.example.outputs.filter((j) => j === +a).length;
    return this.known(name) ? model[name][a] : undefined;
  }
  /** The weight before the update or act in view. */
  before(cell) {
    const [name, a, b] = cell.split(":");
    const { before, model } = this.run;
    if (!before) return undefined;
    return name === "W" ? before.W[a * model.N + +b] : before.W_prime[a * model.M + +b];
  }
  column(j) {
    return this.tree ? `n${j + 1}` : this.words[j];
  }
  /** What decision d is about: a word, or an inner unit. */
  decided(d) {
    return this.softmax ? this.words[d] : this.column(this.columns[d]);
  }
  at(d) {
    return this.softmax ? +d : this.columns[d];
  }
  get size() {
    return this.softmax ? this.model.V : this.model.D;
  }
  label(cell) {
    const [name, a, b] = cell.split(":");
    if (name === "W") return `w ${this.words[a]},${+b + 1}`;
    if (name === "P") return `w′ ${+a + 1},${this.column(+b)}`;
    if (name === "x") return `x ${this.words[a]}`;
    if (name === "h" || name === "EH") return `${name} ${+a + 1}`;
    if (name === "EI") return `EI ${this.column(+a)}`;
    return `${name} ${this.decided(+a)}`;
  }
  numbers(kind) {
    const one = {
      h: { "one-word": [1], cbow: [17, 18], "skip-gram": [24] },
      W: { "one-word": [16], cbow: [23], "skip-gram": [35] },
    }[kind];
    if (one) return one[this.shape];
    if (kind === "x") return this.shape === "cbow" ? [17] : [1];
    const shared = this.shape === "skip-gram";
    const many = {
      softmax: {
        u: shared ? [26] : [2],
        y: shared ? [25] : [3],
        e: shared ? [30] : [8],
        t: shared ? [30] : [8],
        EI: shared ? [31] : [9],
        EH: shared ? [36] : [12],
        P: shared ? [34] : this.shape === "cbow" ? [22] : [11],
        E: shared ? [29] : this.shape === "cbow" ? [20] : [7],
      },
      hierarchical: {
        u: [37],
        y: [39, 40],
        t: [49],
        e: [49],
        EI: [50],
        EH: [53, 54],
        P: [51],
        E: [46],
      },
      negative: { u: [55], y: [55, 67], t: [57], e: [57], EI: [58], EH: [61], P: [59], E: [55] },
    };
    return many[this.model.output][kind] ?? [];
  }
}

const CELL = { select: "x", h: "h", u: "u", y: "y", e: "e", EI: "EI", EH: "EH", update: "P" };

/** The cell a micro-step is best shown by. */
export function usual(m) {
  const phase = PHASES[m.phase];
  const target = m.example.outputs[0];
  const first = m.softmax ? target : 0;
  if (phase === "select") return `x:${m.example.inputs[0]}`;
  if (phase === "h" || phase === "EH") return `${CELL[phase]}:0`;
  if (phase === "EI") return `EI:${m.at(first)}`;
  if (phase === "update") return `P:0:${m.at(first)}`;
  return `${CELL[phase]}:${first}`;
}

/** { numbers, formula, live, words, reads, writes } of a cell; live holds {cell} for live numbers. */
export function explain(m, cell) {
  const [name, a, b] = cell.split(":");
  const { model, words, C } = m;
  const { N } = model;
  const units = Array.from({ length: N }, (_, i) => i);
  const all = Array.from({ length: m.size }, (_, d) => d);
  const whole = (text) => `<span class="term">${text}</span>`; // no line ends inside it
  const few = (list, put, sign = " + ") =>
    list
      .slice(0, 5)
      .map((item) => whole(put(item)))
      .join(sign) + (list.length > 5 ? `${sign}…` : "");
  const past = m.run.before && m.phase === PHASES.length - 1 && name !== "W" && name !== "P";
  const n = (c) => (past && /^[WP]:/.test(c) ? `{${c}@}` : `{${c}}`); // @: before the update
  const known = m.known(name);
  const is = known ? ` = ${n(cell)}` : "";
  const out = {
    numbers: m.numbers(name),
    reads: [],
    writes: [cell],
    live: "",
    formula: "",
    words: "",
  };
  const inputs = m.example.inputs;

  if (name === "x") {
    out.formula = m.shape === "cbow" ? `mean of the one-hot ${vec("x")}` : `one-hot ${vec("x")}`;
    out.live = `${symbol("x", words[a])} = ${n(cell)}`;
    out.words = `Predict ${m.example.outputs.map((j) => `“${escape(words[j])}”`).join(", ")} from ${inputs.map((k) => `“${escape(words[k])}”`).join(", ")}.`;
  } else if (name === "h") {
    out.formula =
      m.shape === "cbow"
        ? `${vec("h")} = ${frac("1", "C")} (${v("1")} + … + ${v("C")})`
        : `${vec("h")} = ${v("I")}`;
    out.reads = m.inputs.map((k) => `W:${k}:${a}`);
    const sum = few(inputs, (k) => n(`W:${k}:${a}`));
    out.live = `${symbol("h", +a + 1)} = ${inputs.length > 1 ? frac("1", inputs.length) + ` (${sum})` : sum}${inputs.length > 1 ? is : ""}`;
    out.words =
      inputs.length > 1
        ? "The hidden layer is the mean of the input vectors."
        : "The input word picks its row of W: a look-up.";
  } else if (name === "u") {
    const j = m.at(a);
    out.formula = `${symbol("u", "j")} = ${vp("j")}<sup>⊤</sup> ${vec("h")}`;
    out.reads = units.flatMap((i) => [`P:${i}:${j}`, `h:${i}`]);
    out.live = `${symbol("u", m.decided(a))} = ${few(units, (i) => `${n(`P:${i}:${j}`)} · ${n(`h:${i}`)}`)}${is}`;
    out.words = m.tree
      ? "The score of a turn at an inner unit of the path."
      : "The score of a word: its output vector times h.";
  } else if (name === "y") {
    if (m.softmax) {
      out.formula = `${symbol("y", "j")} = ${frac(`exp(${symbol("u", "j")})`, `Σ exp(${symbol("u", "j′")})`)}`;
      out.reads = all.map((d) => `u:${d}`);
      out.live = `${symbol("y", words[a])} = ${frac(`exp(${n(`u:${a}`)})`, few(all.slice(0, 4), (d) => `exp(${n(`u:${d}`)})`) + (all.length > 4 ? " + …" : ""))}${is}`;
      out.words =
        C > 1
          ? `One softmax; all ${C} panels are the same.`
          : "Softmax: scores become probabilities that add up to 1.";
    } else {
      out.formula = m.tree
        ? `<i>p</i>(left) = <i>σ</i>(${vp("n")}<sup>⊤</sup> ${vec("h")})`
        : `${symbol("y")} = <i>σ</i>(${vp("j")}<sup>⊤</sup> ${vec("h")})`;
      out.reads = [`u:${a}`];
      out.live = `${symbol("y", m.decided(a))} = <i>σ</i>(${n(`u:${a}`)})${is}`;
      out.words = m.tree
        ? "The probability of turning left at this unit."
        : "The probability that this word is real and not noise.";
    }
  } else if (name === "t" || name === "e") {
    const over = m.softmax && C > 1;
    out.formula = over
      ? `${symbol("e", "c,j")} = ${symbol("y", "c,j")} − ${symbol("t", "c,j")}`
      : m.softmax
        ? `${symbol("e", "j")} = ${symbol("y", "j")} − ${symbol("t", "j")}`
        : `${symbol("e")} = <i>σ</i>(${symbol("u")}) − ${symbol("t")}`;
    out.reads = [`y:${a}`, `t:${a}`];
    const panel = (wanted, c) =>
      `${symbol("e", `${c + 1},${words[a]}`)} = ${n(`y:${a}`)} − ${+(wanted === +a)}${m.known("e") ? ` = ${number(model.y[a] - (wanted === +a))}` : ""}`;
    out.live = over
      ? few(m.example.outputs, panel, " &nbsp; ")
      : `${symbol("e", m.decided(a))} = ${n(`y:${a}`)} − ${n(`t:${a}`)}${m.known("e") ? ` = ${n(`e:${a}`)}` : ""}`;
    out.writes = [`e:${a}`];
    out.words = m.tree
      ? "The error of a turn; t is 1 for left, 0 for right."
      : over
        ? "Each panel has its own error: the same prediction, another word wanted."
        : m.softmax
          ? "The prediction error: predicted minus wanted."
          : "The error; t is 1 for the word itself, 0 for noise.";
  } else if (name === "EI") {
    const from = m.softmax ? [+a] : all.filter((d) => m.at(d) === +a);
    out.reads = m.softmax ? [`y:${a}`, `t:${a}`] : from.map((d) => `e:${d}`);
    out.formula = m.softmax
      ? C > 1
        ? `${symbol("EI", "j")} = Σ<sub>c</sub> ${symbol("e", "c,j")} = <i>C</i> ${symbol("y", "j")} − ${symbol("t", "j")}`
        : frac(`∂${E_}`, `∂${symbol("w′", "ij")}`) + ` = ${symbol("e", "j")} ${symbol("h", "i")}`
      : frac(`∂${E_}`, `∂${vp("")}`) + ` = (<i>σ</i> − ${symbol("t")}) ${vec("h")}`;
    out.live = `${symbol("EI", m.column(+a))} = ${m.softmax ? (C > 1 ? `${C} · ` : "") + `${n(`y:${a}`)} − ${n(`t:${a}`)}` : few(from, (d) => n(`e:${d}`)) || "0"}${is}`;
    out.words =
      m.softmax && C === 1 ? "One output word: EI is e." : "Errors of the same vector add up.";
  } else if (name === "EH") {
    const columns = m.softmax ? all : [...new Set(m.columns)];
    out.formula = `${symbol("EH", "i")} = Σ<sub>j</sub> ${symbol("EI", "j")} ${symbol("w′", "ij")}`;
    out.reads = columns.flatMap((j) => [`EI:${j}`, `P:${a}:${j}`]);
    out.live = `${symbol("EH", +a + 1)} = ${few(columns, (j) => `${n(`EI:${j}`)} · ${n(`P:${a}:${j}`)}`)}${is}`;
    out.words =
      "What the hidden layer is told: the output vectors, weighted by their errors. It uses the old W′.";
  } else {
    const side = name === "W";
    const was = m.before(cell);
    const moved = m.phase === PHASES.length - 1 && was !== undefined;
    const size = inputs.length;
    const hits = side ? inputs.filter((k) => k === +a).length : 1;
    const term = side
      ? `${hits > 1 ? `${hits} · ` : ""}${n(`EH:${b}`)}`
      : `${n(`EI:${b}`)} · ${n(`h:${a}`)}`;
    out.formula = side
      ? `${v("I")} ← ${v("I")} − ${m.shape === "cbow" ? frac("1", "C") + " " : ""}${eta} ${symbol("EH", "", true)}`
      : `${vp("j")} ← ${vp("j")} − ${eta} ${symbol(m.softmax && C === 1 ? "e" : "EI", "j")} ${vec("h")}`;
    out.reads = side ? [`EH:${b}`] : [`EI:${b}`, `h:${a}`];
    const name_ = side
      ? symbol("w", `${words[a]},${+b + 1}`)
      : symbol("w′", `${+a + 1},${m.column(+b)}`);
    if (moved) {
      const share = side && size > 1 ? `${frac("1", size)} · ` : "";
      const still = side && !hits;
      out.live = still
        ? `${name_} = ${n(cell)}`
        : `${name_} = ${number(was)} − ${share}${m.run.taken.eta} · ${term} = ${n(cell)}`;
      out.words = still
        ? "No input word: this row does not move."
        : `Old ${number(was)}, change ${number(m.value(cell) - was)}, new ${number(m.value(cell))}.`;
    } else {
      out.live = `${name_} = ${n(cell)}`;
      out.words =
        was !== undefined && was !== m.value(cell)
          ? `Your change: old ${number(was)}, new ${number(m.value(cell))}.`
          : side
            ? "A weight of an input vector. Click to edit it."
            : "A weight of an output vector. Click to edit it.";
      out.reads = [];
    }
  }
  return out;
}
