// The pictures. Each view draws on a canvas and calls hit(cell, x, y, w, h) for what can be pointed
// at; each also gives its numbers as a table.
import { pca } from "./engine.mjs";
import { number } from "./explain.mjs";

const MANY = 40; // words; above, numbers and labels give way to colour

/** A drawing surface that knows the theme. */
export class Pen {
  constructor(canvas, box) {
    Object.assign(this, { canvas, box, c: canvas.getContext("2d") });
  }
  start(width, height, theme) {
    const scale = Math.min(globalThis.devicePixelRatio || 1, 3);
    const { canvas, c } = this;
    if (
      canvas.width !== Math.round(width * scale) ||
      canvas.height !== Math.round(height * scale)
    ) {
      canvas.width = Math.round(width * scale);
      canvas.height = Math.round(height * scale);
      canvas.style.height = `${height}px`;
    }
    c.setTransform(scale, 0, 0, scale, 0, 0);
    c.clearRect(0, 0, width, height);
    Object.assign(this, { width, height, theme });
    c.textBaseline = "middle";
    c.lineCap = "round";
  }
  text(
    text,
    x,
    y,
    { colour = this.theme.ink, align = "left", size = 12, bold = false, turn = 0, limit = 0, halo = false } = {},
  ) {
    const { c } = this;
    c.font = `${bold ? "600 " : ""}${size}px ${this.theme.font}`;
    c.fillStyle = colour;
    c.textAlign = align;
    let shown = String(text);
    if (limit && c.measureText(shown).width > limit) {
      while (shown.length > 1 && c.measureText(`${shown}…`).width > limit)
        shown = shown.slice(0, -1);
      shown += "…";
    }
    if (turn) {
      c.save();
      c.translate(x, y);
      c.rotate(turn);
      c.fillText(shown, 0, 0);
      c.restore();
    } else {
      if (halo) {
        Object.assign(c, { strokeStyle: this.theme.paper, lineWidth: 3, lineJoin: "round" });
        c.strokeText(shown, x, y);
      }
      c.fillText(shown, x, y);
    }
    return c.measureText(shown).width;
  }
  line(x1, y1, x2, y2, colour, width = 1, alpha = 1, dash = []) {
    const { c } = this;
    c.globalAlpha = alpha;
    c.strokeStyle = colour;
    c.lineWidth = width;
    c.setLineDash(dash);
    c.beginPath();
    c.moveTo(x1, y1);
    c.lineTo(x2, y2);
    c.stroke();
    c.setLineDash([]);
    c.globalAlpha = 1;
  }
  box_(x, y, w, h, fill, radius = 0, stroke = null, width = 1) {
    const { c } = this;
    c.beginPath();
    c.roundRect(x, y, w, h, radius);
    if (fill) {
      c.fillStyle = fill;
      c.fill();
    }
    if (stroke) {
      c.strokeStyle = stroke;
      c.lineWidth = width;
      c.stroke();
    }
  }
  disc(x, y, r, fill, stroke = null, width = 1.5) {
    const { c } = this;
    c.beginPath();
    c.arc(x, y, r, 0, 7);
    if (fill) {
      c.fillStyle = fill;
      c.fill();
    }
    if (stroke) {
      c.strokeStyle = stroke;
      c.lineWidth = width;
      c.stroke();
    }
  }
  /** A colour between the two ends of the scale, through the paper; and ink that shows on it. */
  heat(value, most) {
    const { minus, plus, middle } = this.theme;
    const share = most ? Math.max(-1, Math.min(1, value / most)) : 0;
    const end = share < 0 ? minus : plus;
    const k = Math.abs(share) ** 0.8;
    const mixed = middle.map((m, i) => Math.round(m + (end[i] - m) * k));
    const light = 0.299 * mixed[0] + 0.587 * mixed[1] + 0.114 * mixed[2];
    return { fill: `rgb(${mixed.join(",")})`, ink: light > 140 ? "#14181d" : "#ffffff" };
  }
  /** A heat map of many cells: a pixel each, then enlarged. */
  pixels(rows, columns, value, most, x, y, w, h) {
    const small = (this.small ??= document.createElement("canvas"));
    small.width = columns;
    small.height = rows;
    const c = small.getContext("2d");
    const image = c.createImageData(columns, rows);
    const { minus, plus, middle } = this.theme;
    for (let row = 0, at = 0; row < rows; row++)
      for (let i = 0; i < columns; i++, at += 4) {
        const number_ = value(row, i);
        const end = number_ < 0 ? minus : plus;
        const k = Math.min(1, Math.abs(number_) / most) ** 0.8;
        for (let rgb = 0; rgb < 3; rgb++)
          image.data[at + rgb] = middle[rgb] + (end[rgb] - middle[rgb]) * k;
        image.data[at + 3] = 255;
      }
    c.putImageData(image, 0, 0);
    this.c.imageSmoothingEnabled = false;
    this.c.drawImage(small, x, y, w, h);
  }
  scale(x, y, width, most, label) {
    for (let k = 0; k < 40; k++)
      this.box_(x + (k * width) / 40, y - 5, width / 40 + 1, 10, this.heat(k / 19.5 - 1, 1).fill);
    this.text(number(-most), x - 6, y, { align: "right", size: 11, colour: this.theme.faint });
    this.text(`${number(most)}  ${label}`, x + width + 6, y, {
      size: 11,
      colour: this.theme.faint,
    });
  }
}

/** The largest size of a list of numbers, rounded up to one that stays put while it grows. */
function top(...lists) {
  let most = 0;
  for (const list of lists)
    for (const value of list) if (Math.abs(value) > most) most = Math.abs(value);
  if (!Number.isFinite(most) || most === 0) return 1;
  const unit = 10 ** Math.floor(Math.log10(most));
  return unit * [1, 2, 3, 5, 10].find((k) => k * unit >= most * 0.999999);
}

// ---------------------------------------------------------------- network

export const network = {
  title: "Network",
  height: (m) => (m.model.V > MANY ? 420 : Math.max(230, Math.max(m.model.V, m.model.N) * 34 + 44)),
  draw(pen, m, hit) {
    const { model } = m;
    const { V, N, M } = model;
    const { theme, width, height } = pen;
    const many = V > MANY;
    const label = many ? 0 : Math.min(96, width * 0.2);
    const [x1, x3] = [label + 26, width - label - 34];
    const x2 = (x1 + x3) / 2;
    const place = (n, k) => 40 + ((height - 52) * (k + 0.5)) / n;
    const r = many ? 3 : 12;
    const mostW = top(model.W);
    const mostP = top(model.W_prime);
    const back = m.phase >= 4 && m.phase < 7;
    const touched = new Set(m.softmax ? [] : m.columns);
    const active = (j) => m.softmax || touched.has(j);
    const size = (j) => Math.abs(m.known("EI") ? model.EI[j] : +m.example.outputs.includes(j));
    const loud = new Set(
      many
        ? Array.from({ length: M }, (_, j) => j)
            .filter(active)
            .sort((a, b) => size(b) - size(a))
            .slice(0, 8)
        : [],
    );
    pen.text("x", x1, 16, { colour: theme.x, bold: true, align: "center", size: 14 });
    pen.text("W", (x1 + x2) / 2, 16, { colour: theme.W, bold: true, align: "center", size: 14 });
    pen.text(m.phase < 6 ? "h" : x2 - x1 > 110 ? "h, EH" : "EH", x2, 16, {
      colour: m.phase < 6 ? theme.h : theme.EH,
      bold: true,
      align: "center",
      size: 14,
    });
    pen.text("W′", (x2 + x3) / 2, 16, { colour: theme.Wp, bold: true, align: "center", size: 14 });
    pen.text(back ? (m.phase > 4 ? "EI" : "e") : "y", x3, 16, {
      colour: back ? theme.e : theme.y,
      bold: true,
      align: "center",
      size: 14,
    });
    for (const lit of [false, true]) {
      for (let k = 0; k < V; k++) {
        const on = m.inputs.includes(k);
        if (on !== lit || (many && !on)) continue;
        for (let i = 0; i < N; i++) {
          const w = model.W[k * N + i];
          pen.line(
            x1,
            place(V, k),
            x2,
            place(N, i),
            pen.heat(w < 0 ? -1 : 1, 1).fill,
            0.6 + (4 * Math.abs(w)) / mostW,
            on ? 0.9 : 0.13,
          );
        }
      }
      for (let j = 0; j < M; j++) {
        if (active(j) !== lit || (many && !loud.has(j))) continue;
        const strong = active(j) && (m.phase >= 2 || !m.softmax);
        for (let i = 0; i < N; i++) {
          const w = model.W_prime[i * M + j];
          pen.line(
            x2,
            place(N, i),
            x3,
            place(M, j),
            pen.heat(w < 0 ? -1 : 1, 1).fill,
            0.6 + (4 * Math.abs(w)) / mostP,
            many ? 0.4 : strong ? 0.75 : 0.13,
          );
        }
      }
    }
    for (let k = 0; k < V; k++) {
      const y = place(V, k);
      const x = m.input(k);
      pen.disc(x1, y, r, x ? theme.x : theme.paper, theme.x);
      if (!many) {
        pen.text(m.words[k], x1 - r - 7, y, {
          align: "right",
          bold: x > 0,
          limit: label,
          colour: x ? theme.ink : theme.faint,
        });
        if (x)
          pen.text(x === 1 ? "1" : x.toFixed(2).replace("0.", "."), x1, y, {
            align: "center",
            size: 10,
            bold: true,
            colour: theme.paper,
          });
      }
      hit(`x:${k}`, x1 - r, y - r, 2 * r, 2 * r);
    }
    const mostH = top(model.h, [1e-9]);
    for (let i = 0; i < N; i++) {
      const y = place(N, i);
      const shown = m.known("h") ? pen.heat(model.h[i], mostH) : { fill: theme.paper };
      pen.disc(x2, y, N > MANY ? 4 : r + 3, shown.fill, m.phase === 6 ? theme.EH : theme.h, 2);
      if (N <= 12 && m.known("h")) {
        const room = height / N > 76;
        const put = (value, side, colour) =>
          pen.plate(
            number(value),
            room ? x2 : x2 + side * 36,
            room ? y + side * (r + 12) : y,
            colour,
          );
        put(model.h[i], -1, theme.h);
        if (m.known("EH")) put(model.EH[i], 1, theme.EH);
      }
      hit(`h:${i}`, x2 - r - 4, y - r - 4, 2 * r + 8, 2 * r + 8);
      if (m.known("EH") && N <= 12) {
        const below = height / N > 76;
        hit(`EH:${i}`, below ? x2 - 24 : x2 + 17, below ? y + r + 4 : y - 8, below ? 48 : 42, 16);
      }
    }
    const sum = back && m.phase > 4;
    for (let j = 0; j < M; j++) {
      const y = place(M, j);
      const d = m.softmax ? j : m.columns.indexOf(j);
      const wanted = m.softmax ? m.value(`t:${j}`) > 0 : d >= 0 && model.t[d] > 0;
      const cell =
        d < 0
          ? `P:0:${j}`
          : sum
            ? `EI:${j}`
            : back
              ? `e:${d}`
              : m.phase === 2
                ? `u:${d}`
                : `y:${d}`;
      const value = d < 0 ? undefined : m.value(cell);
      const share = back ? Math.min(1, Math.abs(value ?? 0)) : (value ?? 0);
      pen.disc(x3, y, r, theme.paper, d < 0 ? theme.rule : back ? theme.e : theme.y);
      if (d >= 0 && m.phase !== 2 && value !== undefined) {
        pen.c.globalAlpha = 0.12 + 0.88 * Math.min(1, share);
        pen.disc(x3, y, r - 1, back ? theme.e : theme.y);
        pen.c.globalAlpha = 1;
      }
      if (wanted) pen.disc(x3, y, r + 3.5, null, theme.t, 2.5);
      if (!many) {
        pen.text(m.column(j), x3 + r + 8, y - (value === undefined ? 0 : 7), {
          bold: wanted,
          limit: width - x3 - r - 10,
          colour: d < 0 ? theme.faint : theme.ink,
        });
        if (value !== undefined)
          pen.text(number(value), x3 + r + 8, y + 8, {
            size: 11,
            colour: m.phase === 2 ? theme.u : back ? theme.e : theme.y,
          });
      }
      hit(cell, x3 - r, y - r, 2 * r + (many ? 0 : 60), 2 * r);
    }
  },
  describe: (m) =>
    `Network of ${m.model.V} input words, ${m.model.N} hidden units and ${m.model.M} ${m.tree ? "inner units of the tree" : "output words"}.`,
  table(m) {
    const rows = m.words.map((word, j) => [
      word,
      m.value(`x:${j}`),
      ...(m.softmax
        ? [m.value(`u:${j}`), m.value(`y:${j}`), m.value(`t:${j}`), m.value(`e:${j}`)]
        : []),
    ]);
    return {
      head: ["word", "x", ...(m.softmax ? ["u", "y", "t", m.C > 1 ? "EI" : "e"] : [])],
      rows,
    };
  },
};

// ---------------------------------------------------------------- weights

export const weights = {
  title: "Weights",
  height: (m) => (m.model.V > MANY ? 520 : m.model.V * (m.large ? 34 : 26) + 76),
  draw(pen, m, hit, { mode = "new" } = {}) {
    const { model } = m;
    const { V, N, M } = model;
    const { theme, width, height } = pen;
    const was = m.run.before;
    const pick = (now, before) => {
      if (!was || mode === "new") return now;
      return mode === "old" ? before : now.map((value, k) => value - before[k]);
    };
    const W = pick(model.W, was?.W);
    const P = pick(model.W_prime, was?.W_prime);
    const most = top(W, P);
    const many = V > MANY;
    const label = many ? 4 : Math.min(70, width * 0.16);
    const gap = many ? 24 : 18;
    const each = (width - gap - 2 * label - 4) / 2;
    const cw = Math.min(64, each / N);
    const ch = (height - 72) / V;
    const touched = new Set(m.softmax ? [] : m.columns);
    const block = (x0, rows, name, colour, value, cell, words, lit) => {
      pen.text(name, x0, 14, { colour, bold: true, size: 14 });
      if (cw > 22)
        for (let i = 0; i < N; i++)
          pen.text(i + 1, x0 + (i + 0.5) * cw, 32, {
            align: "center",
            size: 10,
            colour: theme.faint,
          });
      if (many) pen.pixels(rows, N, value, most, x0, 40, N * cw, rows * ch);
      for (let row = 0; row < rows; row++) {
        const y = 40 + row * ch;
        if (!many)
          pen.text(words(row), x0 - 6, y + ch / 2, {
            align: "right",
            limit: label - 8,
            bold: lit(row),
            colour: lit(row) ? theme.ink : theme.faint,
          });
        for (let i = 0; i < N; i++) {
          const x = x0 + i * cw;
          hit(cell(row, i), x, y, cw, ch);
          if (many) continue;
          const number_ = value(row, i);
          const { fill, ink } = pen.heat(number_, most);
          pen.box_(x + 1, y + 1, Math.max(1, cw - 2), Math.max(1, ch - 2), fill, 3);
          if (cw >= 30)
            pen.text(
              cw >= 44
                ? number(number_)
                : number_
                    .toFixed(1)
                    .replace(/^-0\.0$/, "0.0")
                    .replace("-", "−"),
              x + cw / 2,
              y + ch / 2,
              { align: "center", size: 11, colour: ink },
            );
        }
        if (lit(row) && !many) pen.box_(x0 - 1, y, N * cw + 2, ch, null, 4, colour, 1.5);
      }
    };
    block(
      label,
      V,
      "W",
      theme.W,
      (k, i) => W[k * N + i],
      (k, i) => `W:${k}:${i}`,
      (k) => m.words[k],
      (k) => m.inputs.includes(k),
    );
    block(
      width - each - 3,
      M,
      width > 340 ? "W′, on its side" : "W′ᵀ",
      theme.Wp,
      (j, i) => P[i * M + j],
      (j, i) => `P:${i}:${j}`,
      (j) => m.column(j),
      (j) => m.phase > 0 && (m.softmax ? m.value(`t:${j}`) > 0 : touched.has(j)),
    );
    const span = Math.min(160, width * 0.3);
    pen.scale(
      width / 2 - span / 2,
      height - 14,
      span,
      most,
      was && mode === "change" ? "change" : "weight",
    );
  },
  describe: (m) =>
    `Heat maps of W, ${m.model.V} by ${m.model.N}, and W prime, ${m.model.N} by ${m.model.M}. Arrow keys move from weight to weight, Enter edits.`,
  table(m) {
    const { V, N, M } = m.model;
    const dims = Array.from({ length: N }, (_, i) => i);
    const rows = Array.from({ length: Math.max(V, M) }, (_, k) => [
      m.words[k] ?? "",
      ...dims.map((i) => (k < V ? m.value(`W:${k}:${i}`) : "")),
      k < M ? m.column(k) : "",
      ...dims.map((i) => (k < M ? m.value(`P:${i}:${k}`) : "")),
    ]);
    return {
      head: [
        "word",
        ...dims.map((i) => `v ${i + 1}`),
        m.tree ? "unit" : "word",
        ...dims.map((i) => `v′ ${i + 1}`),
      ],
      rows,
    };
  },
};

// ---------------------------------------------------------------- output layer

const outputTitle = (m) =>
  ({ softmax: "Softmax", hierarchical: "Huffman tree", negative: "Negative sampler" })[
    m.model.output
  ];

function softmaxBars(pen, m, hit) {
  const { V } = m.model;
  const { theme, width, height } = pen;
  const most = top(
    Array.from({ length: V }, (_, j) => m.value(`e:${j}`) ?? 0),
    [1],
  );
  if (V > MANY) {
    const w = (width - 60) / V;
    const [mid, full] = [height * 0.56, height * 0.46];
    pen.text("y", 8, mid - full + 8, { colour: theme.y, bold: true });
    pen.text(m.C > 1 ? "EI" : "e", 8, mid + 40, { colour: theme.e, bold: true });
    const peak = top(Array.from({ length: V }, (_, j) => m.value(`y:${j}`) ?? 0));
    pen.text(number(peak), 4, mid - full + 26, { size: 10, colour: theme.faint });
    const wanted = [...new Set(m.example.outputs)].map((j) => m.words[j]).join(", ");
    pen.text(`wanted: ${wanted}`, width - 4, height - 8, {
      align: "right",
      size: 11,
      bold: true,
      colour: theme.t,
      limit: width - 60,
    });
    for (let j = 0; j < V; j++) {
      const x = 44 + j * w;
      const y = ((m.value(`y:${j}`) ?? 0) / peak) * (full - 14);
      const e = ((m.value(`e:${j}`) ?? 0) / most) * (height - mid - 20);
      pen.box_(x, mid - y, Math.max(1, w - 0.5), y, theme.y);
      pen.box_(x, mid + 4, Math.max(1, w - 0.5), Math.abs(e), e < 0 ? theme.t : theme.e);
      if (m.value(`t:${j}`))
        pen.box_(x - 1, mid - full, Math.max(2, w + 1), full, null, 0, theme.t, 1.5);
      hit(`y:${j}`, x, 0, w, mid);
      hit(`e:${j}`, x, mid, w, height - mid);
    }
    return;
  }
  const label = Math.min(84, width * 0.2);
  const [uw, nw] = [54, 46];
  const ew = Math.max(96, (width - label - uw - nw) * 0.42);
  const yw = width - label - uw - nw - ew - 14;
  const ch = (height - 40) / V;
  const [xu, xy, xn, xe] = [label, label + uw, label + uw + yw, label + uw + yw + nw + 14];
  const head = (text, x, colour, align = "left") =>
    pen.text(text, x, 14, { colour, bold: true, size: 13, align });
  head("u", xu + uw - 12, theme.u, "right");
  head(m.C > 1 && width > 460 ? `y, in each of ${m.C} panels` : "y", xy, theme.y);
  head(m.C > 1 ? `EI = ${m.C}y − t` : "e = y − t", xe, theme.e);
  let total = 0;
  for (let j = 0; j < V; j++) {
    const y0 = 28 + j * ch;
    const mid = y0 + ch / 2;
    const [u, y, t, e] = ["u", "y", "t", "e"].map((name) => m.value(`${name}:${j}`));
    if (t) pen.box_(0, y0 + 1, width, ch - 2, theme.wash, 5);
    pen.text(m.words[j], label - 8, mid, { align: "right", bold: t > 0, limit: label - 10 });
    pen.text(u === undefined ? "·" : number(u), xu + uw - 12, mid, {
      align: "right",
      size: 12,
      colour: theme.u,
    });
    pen.box_(xy, mid - 6, yw - 6, 12, theme.rule + "55", 4);
    if (y !== undefined) {
      pen.box_(xy, mid - 6, Math.max(1.5, y * (yw - 6)), 12, theme.y, 4);
      pen.text(number(y), xn + nw - 6, mid, { align: "right", size: 12, colour: theme.y });
      total += y;
    }
    if (t)
      pen.text(t > 1 ? `t ×${t}` : "t", xy + yw - 11, mid, {
        align: "right",
        bold: true,
        size: 12,
        colour: theme.t,
      });
    const zero = xe + ew / 2;
    pen.line(zero, y0 + 2, zero, y0 + ch - 2, theme.rule);
    if (e !== undefined) {
      const w = (e / most) * (ew / 2 - 2);
      pen.box_(Math.min(zero, zero + w), mid - 6, Math.max(1, Math.abs(w)), 12, theme.e, 3);
      pen.text(number(e), e > 0 ? zero - 4 : zero + 4, mid, {
        align: e > 0 ? "right" : "left",
        size: 11,
        colour: theme.e,
      });
    }
    hit(`u:${j}`, xu, y0, uw, ch);
    hit(`y:${j}`, xy, y0, yw + nw, ch);
    hit(`e:${j}`, xe, y0, ew, ch);
  }
  if (total)
    pen.text(`Σ y = ${number(total)}`, xn + nw - 6, height - 6, {
      align: "right",
      size: 11,
      colour: theme.faint,
    });
}

function huffmanTree(pen, m, hit) {
  const { model, tree } = m;
  const { V } = model;
  const { theme, width, height } = pen;
  const many = V > 24;
  const depth = Math.max(...tree.units.map((path) => path.length));
  const [low, base] = [46, height - (many ? 72 : 104)];
  let leaf = 0;
  const spots = new Map();
  const walk = (n, level) => {
    let x;
    if (n >= V - 1) x = 24 + ((width - 48) * (leaf++ + 0.5)) / V;
    else x = (walk(tree.children[n][0], level + 1) + walk(tree.children[n][1], level + 1)) / 2;
    spots.set(n, {
      x,
      y: n >= V - 1 ? base : low + ((base - low - 30) * level) / Math.max(1, depth - 1),
    });
    return x;
  };
  walk(0, 0);
  const targets = m.example.outputs;
  const onPath = new Map();
  targets.forEach((w) =>
    tree.units[w].forEach((n, k) => onPath.set(`${n}:${tree.labels[w][k]}`, 1)),
  );
  const units = new Set(targets.flatMap((w) => tree.units[w]));
  const shown = m.phase > 0;
  const p = model.probabilities(model.h);
  tree.children.forEach((pair, n) =>
    pair.forEach((child, side) => {
      const [a, b] = [spots.get(n), spots.get(child)];
      const lit = onPath.has(`${n}:${side ? 0 : 1}`);
      pen.line(a.x, a.y, b.x, b.y, lit ? theme.h : theme.rule, lit ? 4 : 1.5);
    }),
  );
  for (const [n, at] of spots) {
    if (n >= V - 1) {
      const w = n - V + 1;
      const hot = targets.includes(w);
      const tall = shown ? p[w] * 34 : 0;
      pen.box_(
        at.x - (many ? 1.5 : 9),
        at.y + (many ? 4 : 0) + 40 - tall,
        many ? 3 : 18,
        tall,
        theme.y,
        2,
      );
      if (!many) {
        pen.disc(at.x, at.y, 7, hot ? theme.t : theme.paper, hot ? theme.t : theme.ink);
        pen.text(m.words[w], at.x, at.y + 50, {
          align: "center",
          size: 12,
          bold: hot,
          limit: (width - 40) / V,
        });
        if (shown)
          pen.text(number(p[w]), at.x, at.y + 65, { align: "center", size: 11, colour: theme.y });
      }
      continue;
    }
    const d = m.columns.indexOf(n);
    const lit = units.has(n) && d >= 0;
    const value = lit ? m.value(`y:${d}`) : undefined;
    const r = many ? 4 : lit ? 17 : 12;
    pen.disc(
      at.x,
      at.y,
      r,
      lit ? theme.paper : theme.ground,
      lit ? theme.h : theme.rule,
      lit ? 3 : 1.5,
    );
    if (!many) {
      pen.text(
        value === undefined ? `n${n + 1}` : value.toFixed(2).replace("0.", "."),
        at.x,
        at.y,
        { align: "center", size: lit ? 12 : 10, bold: lit, colour: lit ? theme.y : theme.faint },
      );
      if (value !== undefined)
        pen.text(`σ at n${n + 1}`, at.x + r + 5, at.y - 6, { size: 10, colour: theme.faint });
      if (value !== undefined && m.known("e"))
        pen.text(`e ${number(m.value(`e:${d}`))}`, at.x + r + 5, at.y + 7, {
          size: 10,
          colour: theme.e,
        });
    }
    hit(
      lit ? (m.known("e") && m.phase < 7 ? `e:${d}` : `y:${d}`) : `P:0:${n}`,
      at.x - r,
      at.y - r,
      2 * r,
      2 * r,
    );
  }
  pen.text(
    width < 420
      ? "left: σ, t = 1 · right: 1 − σ, t = 0"
      : "left: t = 1, probability σ · right: t = 0, probability 1 − σ",
    8,
    12,
    { size: 11, colour: theme.faint },
  );
  if (shown) {
    const sum = p.reduce((a, b) => a + b, 0);
    pen.text(`The ${V} leaves add up to ${number(sum)}  (43)`, 8, height - 10, {
      size: 12,
      bold: true,
      colour: theme.y,
    });
  }
}

function sampler(pen, m, hit) {
  const { model } = m;
  const { V, K } = model;
  const { theme, width, height } = pen;
  const drawn = m.phase > 0 || m.run.pending ? m.run.negatives : null;
  const times = new Array(V).fill(0);
  drawn?.forEach((j) => times[j]++);
  const most = Math.max(...model.noise);
  const many = V > MANY;
  const stacked = width < 430 && !many;
  const left = stacked ? width : width * (many ? 0.5 : 0.46);
  const label = Math.min(80, left * 0.34);
  const top_ = 30;
  const list = stacked ? Math.min(model.D || 4, 16) * 26 + 50 : 0;
  const ch = (height - list - top_ - 8) / V;
  const law = `P(w) ∝ count^${model.power}`;
  const after = pen.text(law, 0, 14, { size: 12, bold: true, colour: theme.faint });
  const hint = { size: 11, colour: theme.faint, limit: left - after - 16 };
  if (!many) pen.text("press a word to draw it", after + 12, 14, hint);
  for (let j = 0; j < V; j++) {
    const y = top_ + j * ch;
    const target = m.example.outputs.includes(j);
    const w = (model.noise[j] / most) * (left - label - 42);
    pen.box_(
      label,
      y + Math.min(3, ch * 0.1),
      w,
      Math.max(1, ch - Math.min(6, ch * 0.2)),
      times[j] ? theme.e : target ? theme.t : theme.rule,
      many ? 0 : 3,
    );
    if (!many) {
      pen.text(m.words[j], label - 7, y + ch / 2, {
        align: "right",
        bold: times[j] > 0 || target,
        limit: label - 8,
      });
      pen.text(
        times[j] ? `×${times[j]}` : model.noise[j].toFixed(2).replace("0.", "."),
        label + w + 6,
        y + ch / 2,
        { size: 11, bold: times[j] > 0, colour: times[j] ? theme.e : theme.faint },
      );
    }
    hit(`force:${j}`, 0, y, left - 10, ch);
  }
  const x0 = stacked ? 8 : left + 14;
  const y0 = stacked ? height - list + 6 : 0;
  const D = m.phase > 0 ? model.D : 0;
  const rows = Math.min(D, Math.floor((height - y0 - 40) / 20));
  const cw = (width - x0) / 5;
  const cols = ["word", "u", "σ(u)", "t", "e"];
  cols.forEach((name, c) =>
    pen.text(name, x0 + (c + (c ? 0.9 : 0)) * cw, y0 + 14, {
      bold: true,
      size: 12,
      align: c ? "right" : "left",
      colour: [theme.faint, theme.u, theme.y, theme.t, theme.e][c],
    }),
  );
  if (!D)
    pen.text("Drawn when the step begins: go on to h.", x0, y0 + 42, {
      size: 12,
      colour: theme.faint,
      limit: width - x0,
    });
  const rh = Math.min(26, (height - y0 - 40) / Math.max(rows, 1));
  for (let d = 0; d < rows; d++) {
    const y = y0 + 30 + d * rh;
    const real = model.t[d] > 0;
    if (real) pen.box_(x0 - 6, y, width - x0 + 6, rh, theme.wash, 4);
    pen.text(m.decided(d), x0, y + rh / 2, {
      bold: real,
      limit: cw * 0.95,
      colour: real ? theme.t : theme.ink,
    });
    ["u", "y", "t", "e"].forEach((name, c) => {
      const value = name === "t" ? model.t[d] : m.value(`${name}:${d}`);
      pen.text(
        value === undefined ? "·" : name === "t" ? value : number(value),
        x0 + (c + 1.9) * cw,
        y + rh / 2,
        { align: "right", size: 11, colour: theme[name] },
      );
      hit(`${name}:${d}`, x0 + (c + 1) * cw, y, cw, rh);
    });
  }
  if (D > rows) pen.text(`and ${D - rows} more`, x0, height - 6, { size: 11, colour: theme.faint });
}

export const output = {
  title: (m) => outputTitle(m),
  height(m) {
    const { V, output: kind, D } = m.model;
    if (kind === "hierarchical")
      return Math.min(560, 200 + 36 * Math.max(...m.tree.units.map((p) => p.length)));
    if (V > MANY) return 420;
    const row = m.large ? 44 : 28;
    const list = Math.min(D || 4, 16) * 26 + 50;
    return kind === "negative"
      ? m.narrow
        ? V * row + 38 + list
        : Math.max(V * row + 44, list)
      : V * row + 48;
  },
  draw(pen, m, hit) {
    ({ softmax: softmaxBars, hierarchical: huffmanTree, negative: sampler })[m.model.output](
      pen,
      m,
      hit,
    );
  },
  describe: (m) =>
    ({
      softmax: "Scores, probabilities and errors of every word.",
      hierarchical:
        "The Huffman tree; the path to the output word is bold, and the leaf probabilities add up to 1.",
      negative:
        "The noise distribution, the words drawn from it, and the decisions of this step. Enter on a word forces it to be drawn.",
    })[m.model.output],
  table(m) {
    const rows = [];
    if (m.tree) {
      const p = m.phase ? m.model.probabilities(m.model.h) : [];
      m.words.forEach((word, w) =>
        rows.push([
          word,
          m.tree.units[w]
            .map((n, k) => `n${n + 1} ${m.tree.labels[w][k] ? "left" : "right"}`)
            .join(", "),
          p[w],
        ]),
      );
      if (p.length) rows.push(["all", "", p.reduce((a, b) => a + b, 0)]);
      return { head: ["word", "path", "p(w)"], rows };
    }
    const all = m.softmax ? m.words.length : m.decisions.length;
    for (let d = 0; d < all; d++)
      rows.push([
        m.decided(d),
        ...["u", "y", "t", "e"].map((name) =>
          name === "t" && !m.softmax ? m.model.t[d] : m.value(`${name}:${d}`),
        ),
      ]);
    return {
      head: ["word", "u", "y", m.C > 1 && m.softmax ? "n" : "t", m.C > 1 && m.softmax ? "EI" : "e"],
      rows,
    };
  },
};

// ---------------------------------------------------------------- vectors

/** The plane the vectors are seen in: principal axes, kept until they miss too much. */
export class Plane {
  constructor() {
    this.axes = null;
    this.trails = new Map();
  }
  points(model) {
    const { V, N, M, W, W_prime } = model;
    const rows = [];
    for (let k = 0; k < V; k++) rows.push(W.slice(k * N, k * N + N));
    for (let j = 0; j < M; j++)
      rows.push(Float64Array.from({ length: N }, (_, i) => W_prime[i * M + j]));
    return rows;
  }
  fit(rows, N, force) {
    const best = pca(rows, N);
    const first = (best.variances[0] ?? 0) + (best.variances[1] ?? 0);
    this.best = best.total ? first / best.total : 1;
    const seen = (axis) => {
      let sum = 0;
      for (const row of rows) {
        let along = 0;
        for (let i = 0; i < N; i++) along += (row[i] - best.mean[i]) * axis[i];
        sum += along * along;
      }
      return sum / rows.length;
    };
    const kept =
      this.axes?.[0].length === N
        ? this.axes.reduce((sum, axis) => sum + seen(axis), 0) / (best.total || 1)
        : -1;
    this.share = kept;
    if (!force && kept >= this.best - 0.05) return;
    const one = best.axes[0];
    const two = N > 1 ? best.axes[1] : best.axes[0].map(() => 0);
    const dot = (a, b) => a.reduce((sum, value, i) => sum + value * b[i], 0);
    let axes = [one, two];
    if (this.axes?.[0].length === N) {
      const straight = Math.abs(dot(one, this.axes[0])) + Math.abs(dot(two, this.axes[1]));
      const crossed = Math.abs(dot(two, this.axes[0])) + Math.abs(dot(one, this.axes[1]));
      if (crossed > straight) axes = [two, one];
      axes = axes.map((axis, k) =>
        dot(axis, this.axes[k]) < 0 ? axis.map((value) => -value) : axis,
      );
    }
    this.axes = axes;
    this.share = this.best;
    this.reach = null;
  }
  at(row) {
    let x = 0;
    let y = 0;
    for (let i = 0; i < row.length; i++) {
      x += row[i] * this.axes[0][i];
      y += row[i] * this.axes[1][i];
    }
    return [x, y];
  }
  remember(rows) {
    if (rows.length > 120) return;
    rows.forEach((row, k) => {
      const trail = this.trails.get(k) ?? [];
      const last = trail.at(-1);
      if (last && last.every((value, i) => Math.abs(value - row[i]) < 1e-4)) return;
      trail.push(row);
      if (trail.length > 80) trail.shift();
      this.trails.set(k, trail);
    });
  }
}

export const vectors = {
  title: "Vectors",
  height: (m) => (m.large ? 360 : 400),
  draw(pen, m, hit, { plane, refit = false, trails = true } = {}) {
    const { model } = m;
    const { V, N } = model;
    const { theme, width, height } = pen;
    const rows = plane.points(model);
    plane.turn = (plane.turn ?? 0) + 1;
    if (V <= MANY || refit || !plane.axes || plane.turn % 8 === 0)
      plane.fit(rows, N, refit || !plane.axes);
    plane.remember(rows);
    const spots = rows.map((row) => plane.at(row));
    let reach = 1e-6;
    for (const [x, y] of spots) reach = Math.max(reach, Math.abs(x), Math.abs(y));
    if (!plane.reach || reach > plane.reach || reach < plane.reach * 0.5)
      plane.reach = reach * 1.15;
    const half = Math.min(width / 2 - 40, height / 2 - 24);
    const [cx, cy] = [width / 2, height / 2 - 6];
    const put = ([x, y]) => [cx + (x / plane.reach) * half, cy - (y / plane.reach) * half];
    pen.line(20, cy, width - 20, cy, theme.rule);
    pen.line(cx, 16, cx, height - 34, theme.rule);
    const name = N > 1 ? ["PC 1", "PC 2"] : ["PC 1", ""];
    pen.text(name[0], width - 4, cy - 9, { align: "right", size: 10, colour: theme.faint });
    pen.text(name[1], cx + 6, 14, { size: 10, colour: theme.faint });
    if (trails)
      for (const [k, trail] of plane.trails) {
        const colour = k < V ? theme.W : theme.Wp;
        for (let s = 1; s < trail.length; s++) {
          const [a, b] = [put(plane.at(trail[s - 1])), put(plane.at(trail[s]))];
          pen.line(...a, ...b, colour, 1.2, 0.08 + (0.4 * s) / trail.length);
        }
      }
    const busy = [
      [width - 38, cy - 9, 38],
      [cx + 6, 14, 30],
    ];
    const free = (x, y, w) =>
      busy.every((b) => x + w < b[0] || b[0] + b[2] < x || y + 7 < b[1] - 7 || b[1] + 7 < y - 7);
    const places = spots.map(put);
    if (V <= MANY) places.forEach(([x, y]) => busy.push([x - 5, y, 10]));
    const lit = (k) =>
      k < V
        ? m.inputs.includes(k)
        : m.softmax
          ? m.value(`t:${k - V}`) > 0
          : m.columns.includes(k - V) && m.phase > 0;
    const order = places.map((_, k) => k).sort((a, b) => lit(b) - lit(a));
    for (const k of order) {
      const [x, y] = places[k];
      if (V > MANY && !(lit(k) && (k < V || !m.softmax || m.C === 1))) {
        pen.c.fillStyle = k < V ? theme.W : theme.Wp;
        pen.c.fillRect(x - 2, y - 2, 4, 4);
        hit(k < V ? `W:${k}:0` : `P:0:${k - V}`, x - 5, y - 5, 10, 10);
        continue;
      }
      const input = k < V;
      const colour = input ? theme.W : theme.Wp;
      if (lit(k)) pen.line(cx, cy, x, y, colour, 1.6, 0.8);
      if (input) pen.disc(x, y, lit(k) ? 6 : 4.5, colour, theme.paper);
      else {
        const { c } = pen;
        const r = lit(k) ? 7 : 5.5;
        c.beginPath();
        c.moveTo(x, y - r);
        c.lineTo(x + r, y);
        c.lineTo(x, y + r);
        c.lineTo(x - r, y);
        c.closePath();
        c.fillStyle = colour;
        c.fill();
        c.strokeStyle = theme.paper;
        c.stroke();
      }
      const text = input ? m.words[k] : m.column(k - V);
      pen.c.font = `${lit(k) ? "600 " : ""}12px ${theme.font}`;
      const w = pen.c.measureText(text).width;
      const tries = [
        [x + 9, y],
        [x - 9 - w, y],
        [x - w / 2, y - 14],
        [x - w / 2, y + 14],
        [x + 8, y - 12],
        [x - 8 - w, y + 12],
      ];
      const spot = tries.find(([a, b]) => free(a, b, w) && a > 0 && a + w < width);
      if (spot && (V <= MANY || lit(k))) {
        busy.push([spot[0], spot[1], w]);
        pen.text(text, spot[0], spot[1], { colour, bold: lit(k), halo: true });
      }
      hit(input ? `W:${k}:0` : `P:0:${k - V}`, x - 9, y - 9, 18, 18);
    }
    const share = `${Math.round(100 * plane.share)} % of the variance`;
    pen.disc(14, height - 12, 5, theme.W);
    pen.text("input v", 24, height - 12, { size: 11, colour: theme.W });
    pen.text("◆ output v′", 76, height - 12, { size: 11, colour: theme.Wp });
    pen.text(
      `${share}${width > 430 ? ` (best plane ${Math.round(100 * plane.best)} %)` : ""}`,
      width - 4,
      height - 12,
      { align: "right", size: 11, colour: theme.faint },
    );
  },
  describe: (m, { plane }) =>
    `Input and output vectors on their first two principal axes${plane?.share >= 0 ? `, which show ${Math.round(100 * plane.share)} percent of the variance` : ""}.`,
  table(m, { plane }) {
    if (!plane.axes) return { head: ["vector", "PC 1", "PC 2"], rows: [] };
    const rows = plane
      .points(m.model)
      .map((row, k) => [
        k < m.model.V ? `v ${m.words[k]}` : `v′ ${m.column(k - m.model.V)}`,
        ...plane.at(row),
      ]);
    return { head: ["vector", "PC 1", "PC 2"], rows };
  },
};

// ---------------------------------------------------------------- loss

export const loss = {
  title: "Loss",
  height: () => 220,
  draw(pen, m) {
    const { theme, width, height } = pen;
    const { losses, corpus, step } = m.run;
    const { means, size } = losses;
    const [x0, y0, w, h] = [44, 14, width - 60, height - 52];
    const most = top(means.length ? means : [1]);
    const line = (values, colour, thick, alpha) => {
      if (values.length < 2) return;
      const { c } = pen;
      c.beginPath();
      const skip = Math.max(1, Math.floor(values.length / (2 * w)));
      for (let k = 0; k < values.length; k += skip) {
        const [x, y] = [
          x0 + (w * k) / Math.max(1, values.length - 1),
          y0 + h - (h * Math.min(values[k], most)) / most,
        ];
        if (k) c.lineTo(x, y);
        else c.moveTo(x, y);
      }
      c.globalAlpha = alpha;
      c.strokeStyle = colour;
      c.lineWidth = thick;
      c.lineJoin = "round";
      c.stroke();
      c.globalAlpha = 1;
    };
    for (const k of [0, 0.5, 1]) {
      pen.line(x0, y0 + h * (1 - k), x0 + w, y0 + h * (1 - k), theme.rule);
      pen.text(number(most * k).replace(/\.?0+$/, ""), x0 - 6, y0 + h * (1 - k), {
        align: "right",
        size: 11,
        colour: theme.faint,
      });
    }
    if (m.softmax && m.C === 1) {
      const uniform = Math.log(m.model.V);
      if (uniform < most) {
        pen.line(
          x0,
          y0 + h * (1 - uniform / most),
          x0 + w,
          y0 + h * (1 - uniform / most),
          theme.y,
          1,
          0.7,
          [4, 4],
        );
        pen.text(`log V = ${number(uniform)}`, x0 + w, y0 + h * (1 - uniform / most) - 8, {
          align: "right",
          size: 11,
          colour: theme.y,
        });
      }
    }
    const span = Math.max(1, Math.round(corpus.examples.length / size));
    let sum = 0;
    const smooth = means.map((value, k) => {
      sum += value - (k >= span ? means[k - span] : 0);
      return sum / Math.min(k + 1, span);
    });
    if (size === 1 || span > 1) line(means, theme.h, 1, 0.4);
    line(smooth, theme.h, 2.5, 1);
    if (means.length === 1) pen.disc(x0, y0 + h - (h * means[0]) / most, 4, theme.h);
    pen.text("0", x0, height - 24, { size: 11, align: "center", colour: theme.faint });
    pen.text(`${(means.length * size).toLocaleString("en")} updates`, x0 + w, height - 24, {
      size: 11,
      align: "right",
      colour: theme.faint,
    });
    const now = smooth.length
      ? `E, mean over the ${corpus.examples.length} examples: ${number(smooth.at(-1))}`
      : "E: no update yet";
    pen.text(now, x0, height - 8, { size: 12, colour: theme.h, bold: true });
    if (step === 0)
      pen.text("Press play.", x0 + w / 2, y0 + h / 2, { align: "center", colour: theme.faint });
  },
  describe(m) {
    const { means } = m.run.losses;
    return means.length
      ? `Loss curve over ${m.run.step} updates, from ${number(means[0])} to ${number(means.at(-1))}.`
      : "Loss curve: no update yet.";
  },
  table(m) {
    const { means, size } = m.run.losses;
    const every = Math.max(1, Math.ceil(means.length / 40));
    return {
      head: ["updates", "mean E"],
      rows: means
        .map((E, k) => [(k + 1) * size, E])
        .filter((_, k) => k % every === 0 || k === means.length - 1),
    };
  },
};

Pen.prototype.plate = function plate(text, x, y, colour) {
  const { c, theme } = this;
  c.font = `600 11px ${theme.font}`;
  const w = c.measureText(text).width;
  c.globalAlpha = 0.85;
  this.box_(x - w / 2 - 3, y - 7, w + 6, 14, theme.paper, 4);
  c.globalAlpha = 1;
  this.text(text, x, y, { align: "center", size: 11, bold: true, colour });
};
