// The inspector's frame and hands: it builds the panels, listens, and lets a Run go forth and back.
// An Inspector lives in a shadow root; <w2v-inspector> and the anywidget at the end both make one.
import {
  Model,
  OUTPUTS,
  PHASES,
  Rng,
  Run,
  beginning,
  cosine,
  nextSeed,
  parseCorpus,
  readAddress,
  readNumber,
  writeAddress,
} from "./engine.mjs";
import PRESETS from "./presets.json" with { type: "json" };
import STYLE from "./inspector.css";
import { Moment, explain, number, usual } from "./explain.mjs";
import { Pen, Plane, loss, network, output, vectors, weights } from "./views.mjs";

const VIEWS = { network, output, weights, vectors, loss };
const TABS = { ...VIEWS, compare: { title: "Three losses" }, ask: { title: "Ask" } };
const SPEEDS = [
  ["slow", 2],
  ["steady", 20],
  ["quick", 600],
  ["full", Infinity],
];
const STEPS = {
  select: "select",
  h: "h",
  u: "u",
  y: "y",
  e: "e",
  EI: "EI",
  EH: "EH",
  update: "update",
};
const TOUR = [
  [
    "corpus",
    "A window slides over the text and makes examples: from the blue words, predict the olive ones.",
    (ui) => ui.restart(),
  ],
  [
    "phases",
    "One update is eight small steps. This is the first that computes something: the hidden layer.",
    (ui) => ui.goPhase(1),
  ],
  [
    "equation",
    "The equation shows its number in the paper and its numbers of this moment. Point at one: you see where it comes from.",
    (ui) => ui.goPhase(3),
  ],
  [
    "views",
    "The last small step moves the weights. Every picture shows what moved.",
    (ui) => ui.goPhase(7),
  ],
  [
    "controls",
    "And now many times over. Stop whenever you like; Back takes back any step, to the beginning.",
    (ui) => ui.play(true),
  ],
  [
    "bar",
    "Choose other words, another model or another loss. The link you can copy brings back this very moment.",
    (ui) => ui.play(false),
  ],
];
const plain = (text) => String(text).replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);
const count = (n) => n.toLocaleString("en");

/**
 * Say in `at` what the markup says. What is already there stays: a finger on it, and the focus.
 * Returns whether anything is new.
 */
function revise(at, html) {
  if (at.shown === html) return false;
  at.shown = html;
  const fresh = document.createElement("template");
  fresh.innerHTML = html;
  const reached = () => [...at.querySelectorAll("a[href],button,input")];
  const place = reached().indexOf(at.getRootNode().activeElement);
  const held = reached()[place];
  sync(at, fresh.content);
  if (held && !at.contains(held))
    (reached()[place] ?? reached().at(-1))?.focus({ preventScroll: true });
  return true;
}

function sync(old, fresh) {
  const before = [...old.childNodes];
  const after = [...fresh.childNodes];
  after.forEach((node, k) => {
    const was = before[k];
    if (!was) old.append(node);
    else if (was.nodeName !== node.nodeName) was.replaceWith(node);
    else if (was.data !== undefined) {
      if (was.data !== node.data) was.data = node.data;
    } else {
      for (const { name } of [...was.attributes])
        if (!node.hasAttribute(name)) was.removeAttribute(name);
      for (const { name, value } of node.attributes)
        if (was.getAttribute(name) !== value) was.setAttribute(name, value);
      sync(was, node);
    }
  });
  for (const node of before.slice(after.length)) node.remove();
}

const FRAME = `
<div class="box" part="box">
  <header data-part="bar" class="bar">
    <label class="pick"><span>Example</span><select data-do="preset"></select></label>
    <label class="pick"><span>Model</span><select data-do="architecture">
      <option value="one-word">one word</option><option value="cbow">CBOW</option>
      <option value="skip-gram">skip-gram</option></select></label>
    <label class="pick"><span>Output layer</span><select data-do="output">
      <option value="softmax">softmax</option><option value="hierarchical">hierarchical softmax</option>
      <option value="negative">negative sampling</option></select></label>
    <span class="row last"><button data-do="setup" aria-expanded="false">Edit</button>
    <button data-do="link">Copy link</button>
    <button data-do="tour">Tour</button></span>
  </header>
  <p class="toast" hidden></p>
  <form class="setup" data-part="setup" hidden novalidate>
    <label class="wide">Text, a sentence a line, or examples such as <code>drink^juice|apple, eat|rice</code>
      <textarea name="text" rows="4" spellcheck="false"></textarea></label>
    <label>window <input name="window" inputmode="numeric"></label>
    <label>N, hidden units <input name="N" inputmode="numeric"></label>
    <label>η, learning rate <input name="eta" inputmode="decimal"></label>
    <label>seed <input name="seed" inputmode="numeric"></label>
    <label>K, negatives <input name="K" inputmode="numeric"></label>
    <label>noise power <input name="power" inputmode="decimal"></label>
    <p class="error" role="alert"></p>
    <span class="row"><button type="submit" class="main">Use these</button><button type="button" data-do="eta">Only the new η, from here on</button></span>
  </form>
  <section data-part="corpus" class="corpus" aria-label="Text and example">
    <div class="text"></div>
    <div class="row"><button data-do="previous" aria-label="Example before">‹</button>
      <span class="example"></span><button data-do="following" aria-label="Next example">›</button></div>
  </section>
  <div data-part="controls" class="controls" role="group" aria-label="Run">
    <button data-do="back" title="Take back one small step">↶ Back</button>
    <button data-do="micro" title="One small step">Small step</button>
    <button data-do="step" title="One whole update">Update</button>
    <button data-do="play" class="main">▶ Play</button>
    <label class="speed"><span class="off">Speed</span><select data-do="speed" aria-label="Speed"></select></label>
    <button data-do="restart" title="Step 0, the same first weights again">Restart</button>
    <button data-do="seed" title="Other first weights">New seed</button>
    <button data-do="reset" title="The example as it came">Reset</button>
    <span class="push"></span>
    <output class="status"></output>
  </div>
  <p class="cost" data-part="cost"></p>
  <ol data-part="phases" class="phases" aria-label="Small steps of one update"></ol>
  <section data-part="equation" class="equation" aria-label="Equation">
    <div class="formula"></div><div class="live"></div><p class="words"></p><div class="act"></div>
  </section>
  <div data-part="tabs" class="tabs" role="tablist" aria-label="Views"></div>
  <div data-part="views" class="views"></div>
  <p class="off" role="status" aria-live="polite"></p>
  <aside class="guide" hidden role="region" aria-label="Tour"></aside>
</div>`;

export class Inspector {
  /** `options`: query, page (read and write the page's address), hide, playing, compact, home. */
  constructor(root, options = {}) {
    this.root = root;
    this.options = options;
    root.innerHTML = `<style>${STYLE}</style>${FRAME}`;
    this.box = root.querySelector(".box");
    this.$ = (selector) => root.querySelector(selector);
    const hide = `${options.hide ?? ""},${new URLSearchParams(options.query).get("hide") ?? ""}`;
    this.hidden = new Set(hide.split(/[ ,]+/).filter(Boolean));
    for (const part of root.querySelectorAll("[data-part]"))
      if (this.hidden.has(part.dataset.part)) part.classList.add("gone");
    this.box.classList.toggle("bare", this.hidden.has("bar") && this.hidden.has("corpus"));
    Object.assign(this, {
      playing: false,
      goal: null,
      cell: null,
      pinned: false,
      mark: null,
      mode: "new",
    });
    Object.assign(this, {
      frames: 0,
      budget: 7,
      rate: 0,
      owed: 0,
      dirty: true,
      large: false,
      figures: {},
    });
    this.plane = new Plane();
    this.fill();
    this.listen();
    this.open(options.query ?? "");
    if (options.playing && !matchMedia("(prefers-reduced-motion: reduce)").matches) this.play(true);
    if (options.tour && !remembered("w2v-tour")) this.guide(0);
  }

  // -------------------------------------------------------------- building

  fill() {
    const groups = {};
    for (const [name, preset] of Object.entries(PRESETS))
      (groups[preset.group] ??= []).push(`<option value="${name}">${plain(preset.title)}</option>`);
    this.$('[data-do="preset"]').innerHTML =
      Object.entries(groups)
        .map(([group, list]) => `<optgroup label="${group}">${list.join("")}</optgroup>`)
        .join("") + '<option value="">your own</option>';
    this.$('[data-do="speed"]').innerHTML = SPEEDS.map(
      ([name], k) => `<option value="${k}">${name} speed</option>`,
    ).join("");
    this.$('[data-do="speed"]').value = this.options.playing ? 1 : 3;
    this.$(".phases").innerHTML = Object.entries(STEPS)
      .map(
        ([key, name], k) => `<li><button data-phase="${k}" class="p-${key}">${name}</button></li>`,
      )
      .join("");
    this.$(".tabs").innerHTML = Object.keys(TABS)
      .map(
        (key) =>
          `<button role="tab" id="tab-${key}" data-tab="${key}" aria-controls="panel-${key}">${key === "output" ? "Output layer" : TABS[key].title}</button>`,
      )
      .join("");
    this.$(".views").innerHTML = Object.keys(TABS)
      .map(
        (key) =>
          `<section role="tabpanel" id="panel-${key}" data-view="${key}" aria-labelledby="tab-${key}" class="panel"></section>`,
      )
      .join("");
    for (const [key, view] of Object.entries(VIEWS)) this.figure(key, view);
    this.$("#panel-compare").innerHTML =
      '<p class="title">Three losses, one example</p><div class="three"></div>';
    this.$("#panel-ask").innerHTML = `<p class="title">Ask the vectors</p>
      <form class="ask"><label><span>Words, or a sum such as <code class="such"></code></span>
        <input name="ask" autocomplete="off" spellcheck="false"></label><button class="main">Ask</button></form>
      <div class="chips" role="group" aria-label="Words"></div><p class="error" role="alert"></p><div class="answer"></div>`;
  }

  figure(key, view) {
    const panel = this.$(`#panel-${key}`);
    const tools = {
      weights:
        '<span class="seg" role="group" aria-label="Show"><button data-mode="old">old</button><button data-mode="change">change</button><button data-mode="new">new</button></span>',
      vectors:
        '<button data-do="refit">Refit</button><label class="check"><input type="checkbox" data-do="trails" checked> trails</label>',
      output: '<button data-do="redraw">Draw again</button>',
    };
    panel.innerHTML = `<figure><figcaption><span class="title"></span><span class="tools">${tools[key] ?? ""}</span></figcaption>
      <div class="stage" tabindex="0" role="application" aria-roledescription="picture"><canvas aria-hidden="true"></canvas></div>
      <details><summary>As a table</summary><div class="scroll" tabindex="0" role="region"></div></details></figure>`;
    const stage = panel.querySelector(".stage");
    const canvas = panel.querySelector("canvas");
    const figure = { key, view, panel, stage, hits: [], pen: new Pen(canvas), cursor: null };
    this.figures[key] = figure;
    const near = (event, slack = 0) => {
      const box = canvas.getBoundingClientRect();
      const [x, y] = [event.clientX - box.left, event.clientY - box.top];
      let found = null;
      let least = slack;
      for (const hit of figure.hits) {
        const dx = Math.max(hit.x - x, 0, x - hit.x - hit.w);
        const dy = Math.max(hit.y - y, 0, y - hit.y - hit.h);
        const far = Math.hypot(dx, dy);
        if (far < least || (far === 0 && least >= 0)) [found, least] = [hit.cell, far || -1];
      }
      return found;
    };
    stage.addEventListener("pointermove", (event) => {
      const cell = event.pointerType === "mouse" && !this.pinned && near(event, 4);
      if (cell) this.look(cell); // and it stays, so that its equation can be reached
    });
    stage.addEventListener("click", (event) =>
      this.press(figure, near(event, event.pointerType === "touch" ? 22 : 6)),
    );
    stage.addEventListener("dblclick", () => this.edit());
    stage.addEventListener("keydown", (event) => this.arrow(figure, event));
    stage.addEventListener("focus", () => {
      if (!stage.matches(":focus-visible") || !figure.hits.length) return;
      figure.cursor ??= figure.hits[0].cell;
      this.pinned = false;
      this.look(figure.cursor, true);
    });
    panel.querySelector("details").addEventListener("toggle", () => this.paint());
  }

  listen() {
    const { box } = this;
    box.addEventListener("keydown", (event) => event.stopPropagation()); // JupyterLab listens too
    box.addEventListener("keydown", (event) => this.key(event));
    box.addEventListener("click", (event) => {
      const at = event.target.closest(
        "[data-do],[data-phase],[data-tab],[data-mode],[data-token],[data-cell],[data-tip],[data-apply],[data-chip]",
      );
      if (!at || at.disabled) return;
      const { dataset } = at;
      if (dataset.phase) this.goPhase(+dataset.phase);
      else if (dataset.tab) this.show(dataset.tab);
      else if (dataset.mode) this.setMode(dataset.mode);
      else if (dataset.token) this.toToken(+dataset.token);
      else if (dataset.cell) this.pin(dataset.cell);
      else if (dataset.tip) this.guide(dataset.tip === "next" ? this.tip + 1 : TOUR.length);
      else if (dataset.apply) this.applyOne(dataset.apply);
      else if (dataset.chip) this.ask(dataset.chip);
      else if (at.tagName === "BUTTON") this.do(dataset.do);
    });
    box.addEventListener("change", (event) => {
      const { do: what } = event.target.dataset;
      const { value } = event.target;
      if (what === "preset" && value) this.open(`preset=${value}`);
      if (what === "architecture") this.change({ architecture: value });
      if (what === "output") this.change({ output: value });
      if (what === "trails") this.paint();
      if (what === "speed") this.owed = 0;
    });
    const mark = (event, on) => {
      const cell = event.target.closest?.("[data-cell]")?.dataset.cell;
      if (cell) this.point(on ? cell : null);
    };
    for (const [name, on] of [
      ["pointerover", true],
      ["pointerout", false],
      ["focusin", true],
      ["focusout", false],
    ])
      this.$(".equation").addEventListener(name, (event) => mark(event, on));
    this.$(".setup").addEventListener("submit", (event) => {
      event.preventDefault();
      this.apply();
    });
    this.$(".ask").addEventListener("submit", (event) => {
      event.preventDefault();
      this.ask();
    });
    this.$(".act").addEventListener("submit", (event) => {
      event.preventDefault();
      this.setWeight(event.target.elements.value.value);
    });
  }

  /** Begin to live: frames, size, theme. Called again after `stop`. */
  start() {
    const frame = (now) => {
      this.ticket = requestAnimationFrame(frame);
      this.frame(now);
    };
    this.ticket = requestAnimationFrame(frame);
    this.watchers = [
      new ResizeObserver(() => this.resize()),
      new MutationObserver(() => this.themed()),
      new IntersectionObserver((entries) => (this.visible = entries.at(-1).isIntersecting)),
    ];
    this.visible = true;
    this.watchers[0].observe(this.box);
    this.watchers[1].observe(document.documentElement, {
      attributeFilter: ["data-theme", "class"],
    });
    this.watchers[1].observe(document.body, { attributeFilter: ["data-jp-theme-light", "class"] });
    this.watchers[2].observe(this.box);
    this.dark = matchMedia("(prefers-color-scheme: dark)");
    this.recolour = () => this.themed();
    this.dark.addEventListener("change", this.recolour);
    this.themed();
    this.resize();
  }

  stop() {
    cancelAnimationFrame(this.ticket);
    this.watchers?.forEach((watcher) => watcher.disconnect());
    this.dark?.removeEventListener("change", this.recolour);
  }

  themed() {
    const { theme: asked } = document.documentElement.dataset;
    const lab = document.body.dataset.jpThemeLight;
    const dark = asked
      ? asked === "dark"
      : lab
        ? lab === "false"
        : document.body.classList.contains("vscode-dark") || this.dark.matches;
    this.box.dataset.theme = dark ? "dark" : "light";
    const style = getComputedStyle(this.box);
    const get = (name) => style.getPropertyValue(`--${name}`).trim();
    const theme = { font: style.fontFamily };
    for (const name of ["ink", "faint", "paper", "ground", "rule", "wash", "read", "write"])
      theme[name] = get(name);
    for (const name of ["x", "h", "u", "y", "t", "e", "EH", "W", "Wp"])
      theme[name] = get(`c-${name}`);
    for (const name of ["plus", "minus", "middle"]) theme[name] = get(name).split(" ").map(Number);
    this.theme = theme;
    this.paint();
  }

  resize() {
    const width = this.box.clientWidth;
    if (width === this.width) return;
    this.width = width;
    if (!width) return;
    if (!this.theme?.ink) this.themed(); // Jupyter builds it before it is in the page
    this.large = width < 560 || matchMedia("(pointer: coarse)").matches;
    this.wide = width >= (this.options.page ? 720 : 900) && !this.options.compact; // chapters stay small
    this.box.classList.toggle("large", this.large);
    this.box.classList.toggle("wide", this.wide);
    this.show(this.tab);
  }

  // -------------------------------------------------------------- states

  /** Go to what an address says; on a fault say so and keep what there is. */
  open(query) {
    try {
      const read = readAddress(query, PRESETS);
      this.use(read.setting, read.corpus);
      this.fillSetup(true);
      this.run.log = read.log;
      this.run.restart();
      this.goal = read.step || read.phase ? { step: read.step, phase: read.phase } : null;
      this.tab = read.view in TABS ? read.view : "network";
    } catch (error) {
      if (!this.run) this.open("");
      this.say(error.message);
      return;
    }
    this.show(this.tab);
  }

  /** A new run: another text, model or seed. */
  use(setting, corpus, start = null) {
    this.halt();
    this.run = new Run(setting, corpus, start ?? beginning(setting, PRESETS));
    this.plane = new Plane();
    this.companions = null;
    this.cell = this.mark = null;
    this.pinned = false;
    this.mode = "new";
    this.fillSetup();
    this.fillAsk();
    this.synced();
    this.paint();
  }

  /** A corpus and first weights that come from Python. */
  receive(given, both) {
    let { setting, corpus } = this.run;
    if (given) {
      const index = new Map(given.words.map((word, k) => [word, k]));
      corpus = { ...given, sentences: null, index };
      corpus.given = corpus;
      setting = { ...setting, ...given.setting, text: "", preset: null };
    }
    let start = null;
    if (both.length) {
      const split = corpus.words.length * setting.N;
      start = { W: both.slice(0, split), W_prime: both.slice(split), own: true };
    }
    if (!given && !start) return;
    this.use(setting, corpus, start);
    this.fillSetup(true);
  }

  /** What is being typed stays, unless all of it is to be `fresh`. */
  fillSetup(fresh = false) {
    const { setting } = this.run;
    for (const field of this.$(".setup").elements) {
      if (!field.name) continue;
      if (fresh || field.value === (field.shown ?? "")) field.value = setting[field.name];
      field.shown = String(setting[field.name]);
    }
    this.$('[data-do="preset"]').value = setting.preset ?? "";
    this.$('[data-do="architecture"]').value = setting.architecture;
    this.$('[data-do="output"]').value = setting.output;
    const listed = setting.text.includes("|");
    this.$('[data-do="architecture"]').disabled = listed || !this.run.corpus.sentences;
    this.$(".setup .error").textContent = "";
  }

  fillAsk() {
    const { words } = this.run.corpus;
    const listed = words.join(" ");
    if (listed === this.listed) return; // another seed: what was asked stays
    this.listed = listed;
    const [a, b, c = a] = words;
    this.$(".such").textContent = `${a} - ${b} + ${c}`;
    this.$(".chips").innerHTML = words
      .slice(0, 40)
      .map((word) => `<button data-chip="${plain(word)}">${plain(word)}</button>`)
      .join("");
    this.$(".ask input").value = this.asked = "";
  }

  change(changes) {
    const setting = { ...this.run.setting, ...changes };
    try {
      const corpus =
        this.run.corpus.given ?? parseCorpus(setting.text, setting.architecture, setting.window);
      const { start: given } = this.run;
      const kept = setting.seed === this.run.setting.seed;
      const start =
        given?.own && kept && setting.output === this.run.setting.output ? given : null;
      this.use(setting, corpus, start);
    } catch (error) {
      this.fillSetup();
      this.say(error.message);
    }
  }

  /** What stands in the form; a fault is explained there, and nothing is lost. */
  apply() {
    const { elements } = this.$(".setup");
    const said = this.$(".setup .error");
    for (const field of elements) field.removeAttribute("aria-invalid");
    const setting = { ...this.run.setting };
    let name = "text";
    try {
      for (name of ["window", "N", "eta", "seed", "K", "power"])
        setting[name] = readNumber(name, elements[name].value);
      name = "text";
      const text = elements.text.value;
      const given = text === setting.text && this.run.corpus.given;
      if (text !== setting.text) Object.assign(setting, { text, preset: null });
      this.use(setting, given || parseCorpus(text, setting.architecture, setting.window));
      this.fillSetup(true);
    } catch (error) {
      said.textContent = error.message;
      elements[name].setAttribute("aria-invalid", "true");
      elements[name].focus();
    }
  }

  do(what) {
    const { run } = this;
    const acts = {
      play: () => this.play(!this.playing),
      micro: () => this.still(() => run.micro()),
      step: () => this.still(() => run.stepOnce()),
      back: () => this.still(() => run.canBack && run.back()),
      restart: () => this.restart(),
      reset: () =>
        run.setting.preset ? this.open(`preset=${run.setting.preset}`) : this.restart(),
      seed: () => this.change({ seed: nextSeed(run.setting.seed) }),
      previous: () => this.choose(run.index() - 1),
      following: () => this.choose(run.index() + 1),
      setup: () => {
        const open = this.$(".setup").toggleAttribute("hidden");
        this.$('[data-do="setup"]').setAttribute("aria-expanded", String(!open));
      },
      eta: () => {
        try {
          const field = this.$(".setup").elements.eta;
          run.record("eta", readNumber("eta", field.value));
          field.shown = field.value;
          this.say(`From step ${run.step} on the learning rate is ${run.eta}.`);
          this.after();
        } catch (error) {
          this.$(".setup .error").textContent = error.message;
        }
      },
      redraw: () => this.redraw(),
      refit: () => this.paint({ refit: true }),
      link: () => this.copy(),
      tour: () => {
        this.guide(0);
        this.$('[data-tip="next"]').focus();
      },
    };
    acts[what]?.();
  }

  /** Neither play nor replay goes on. */
  halt() {
    this.play(false);
    this.goal = null;
  }

  still(act) {
    this.halt();
    act();
    this.pinned = false;
    this.cell = null;
    this.after();
    const m = new Moment(this.run);
    this.announce(`Step ${this.run.step}, ${PHASES[this.run.phase]}. ${this.spoken(m, usual(m))}`);
  }

  /** After every change: draw, and tell Python. */
  after() {
    this.synced();
    this.paint();
  }

  play(on) {
    if (on === this.playing) return;
    this.playing = on;
    this.owed = 0;
    const button = this.$('[data-do="play"]');
    button.textContent = on ? "❚❚ Pause" : "▶ Play";
    if (on) [this.pinned, this.cell] = [false, null];
    else if (this.run) {
      this.synced();
      this.announce(`Paused at step ${count(this.run.step)}, E is ${number(this.run.model.E)}.`);
    }
    this.paint();
  }

  restart() {
    this.halt();
    this.run.log = [];
    this.run.restart();
    this.plane = new Plane();
    this.companions = null;
    this.cell = null;
    this.after();
  }

  goPhase(phase) {
    const { run } = this;
    this.still(() => {
      if (run.phase === 7 && phase < 7) run.micro();
      for (let k = 0; k < 8 && run.phase < phase && !run.broken; k++) run.micro();
      for (let k = 0; k < 8 && run.phase > phase; k++) run.back();
    });
  }

  choose(index) {
    const n = this.run.corpus.examples.length;
    this.still(() => {
      this.run.begin();
      this.run.record("at", (index + n) % n);
    });
  }

  /** The next example that has this token as its centre. */
  toToken(token) {
    const { examples } = this.run.corpus;
    const centre = (example) =>
      (this.run.setting.architecture === "skip-gram"
        ? example.at.inputs
        : example.at.outputs
      ).includes(token);
    const from = this.run.index() + 1;
    const found = examples.findIndex((_, k) => centre(examples[(from + k) % examples.length]));
    if (found >= 0) this.choose((from + found) % examples.length);
  }

  redraw() {
    const { run } = this;
    if (run.model.output !== "negative") return;
    this.halt();
    this.nextDraw();
    const rng = new Rng((run.setting.seed * 7919 + run.step * 31 + run.next * 17 + 1) >>> 0);
    const kept = run.model.rng;
    run.drawn();
    run.model.rng = rng;
    const drawn = run.model.draw(run.example.outputs);
    run.model.rng = kept;
    run.record("neg", ...drawn);
    this.after();
  }

  /** Make this word the next negative in turn. */
  force(j) {
    this.halt();
    this.nextDraw();
    const drawn = [...this.run.drawn()];
    const turn = this.run.log
      .slice(0, this.run.next)
      .filter(([at, kind]) => at === this.run.step && kind === "neg").length;
    drawn[turn % drawn.length] = j;
    this.run.record("neg", ...drawn);
    this.after();
    this.announce(`${this.run.corpus.words[j]} is drawn.`);
  }

  nextDraw() {
    if (this.run.phase === 7) this.run.begin();
    if (this.run.phase === 0) this.run.micro();
  }

  setMode(mode) {
    this.mode = mode;
    this.paint();
  }

  // -------------------------------------------------------------- pointing, editing

  look(cell, aloud = false) {
    if (cell === this.cell) return;
    this.cell = cell;
    this.paint();
    if (aloud && cell) this.announce(this.spoken(new Moment(this.run), cell));
  }

  point(cell) {
    this.mark = cell;
    this.paint({ mark: true });
  }

  pin(cell) {
    this.pinned = !(this.pinned && this.cell === cell);
    this.cell = this.pinned ? cell : null;
    this.mark = null;
    this.paint();
    if (this.pinned) this.announce(this.spoken(new Moment(this.run), cell));
  }

  press(figure, cell) {
    if (!cell) {
      this.pinned = false;
      this.look(null);
    } else if (cell.startsWith("force:")) this.force(+cell.slice(6));
    else {
      figure.cursor = cell;
      if (this.playing) this.play(false);
      this.pin(cell);
    }
  }

  arrow(figure, event) {
    const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[
      event.key
    ];
    const { hits } = figure;
    if (way && hits.length) {
      event.preventDefault();
      const from = hits.find((hit) => hit.cell === figure.cursor) ?? hits[0];
      const [x, y] = [from.x + from.w / 2, from.y + from.h / 2];
      let best = null;
      let least = Infinity;
      for (const hit of hits) {
        const [dx, dy] = [hit.x + hit.w / 2 - x, hit.y + hit.h / 2 - y];
        const along = dx * way[0] + dy * way[1];
        const aside = Math.abs(dx * way[1]) + Math.abs(dy * way[0]);
        if (along > 0.5 && along + 3 * aside < least) [best, least] = [hit, along + 3 * aside];
      }
      if (best) {
        figure.cursor = best.cell;
        this.pinned = false;
        this.look(best.cell, true);
      }
    } else if ((event.key === "Enter" || event.key === " ") && figure.cursor) {
      event.preventDefault();
      event.stopImmediatePropagation();
      if (figure.cursor.startsWith("force:")) this.force(+figure.cursor.slice(6));
      else {
        this.pinned = false;
        this.pin(figure.cursor);
        this.edit();
      }
    }
  }

  key(event) {
    if (event.target.closest("input,textarea,select")) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    if (event.key === "Escape") {
      if (!this.$(".guide").hidden) this.guide(TOUR.length);
      this.pinned = false;
      this.look(null);
    }
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const tab = event.target.closest("[role=tab]");
    if (tab && (event.key === "ArrowRight" || event.key === "ArrowLeft")) {
      event.preventDefault();
      const tabs = [...this.$(".tabs").children].filter((button) => !button.hidden);
      const next =
        tabs[
          (tabs.indexOf(tab) + (event.key === "ArrowRight" ? 1 : tabs.length - 1)) % tabs.length
        ];
      this.show(next.dataset.tab);
      next.focus();
      return;
    }
    const what = { p: "play", n: "step", m: "micro", b: "back", r: "restart" }[event.key];
    if (what && !event.repeat) this.do(what);
    else if (what && what !== "play") this.do(what);
  }

  edit() {
    if (!this.cell || !/^[WP]:/.test(this.cell)) return;
    this.pinned = true;
    this.paint();
    this.flush();
    this.$(".act input")?.focus();
    this.$(".act input")?.select();
  }

  setWeight(text) {
    const value =
      String(text).trim().replace("−", "-") === "" ? NaN : Number(String(text).replace("−", "-"));
    if (!Number.isFinite(value)) {
      this.say(`“${text}” is no number: the weight stays as it is.`);
      return;
    }
    const [name, a, b] = this.cell.split(":").map((part, k) => (k ? +part : part));
    const { N, M } = this.run.model;
    this.halt();
    this.run.record(name, name === "W" ? a * N + b : a * M + b, value);
    this.after();
    this.announce(`${new Moment(this.run).label(this.cell)} is now ${number(value)}.`);
  }

  applyOne(what) {
    const [kind, index] = what.split(":");
    this.halt();
    this.run.record(kind, +index);
    this.mode = "change";
    this.after();
    this.announce("One gradient applied. The step is not counted.");
  }

  // -------------------------------------------------------------- asking

  ask(word) {
    const field = this.$(".ask input");
    if (word !== undefined) {
      const parts = field.value.trim().split(/\s+/).filter(Boolean);
      field.value =
        parts.includes(word) && parts.length < 4 && !field.value.includes("-")
          ? parts.filter((part) => part !== word).join(" ")
          : [...parts, word].join(" ");
    }
    this.asked = field.value.trim();
    this.answer();
  }

  answer() {
    const said = this.$("#panel-ask .error");
    const into = this.$(".answer");
    said.textContent = "";
    if (!this.asked) {
      into.innerHTML =
        "<p>Choose one or several words: you see what they make of the hidden layer and of the output, and which words are near. Training is not touched.</p>";
      return;
    }
    const { model, corpus } = this.run;
    const { V, N } = model;
    const terms = [];
    let sign = 1;
    for (const part of this.asked
      .replace(/−/g, "-")
      .replace(/(^|\s)([+-])(?=\S)/g, "$1$2 ")
      .split(/[\s,]+/)
      .filter(Boolean)) {
      if (part === "+" || part === "-") sign = part === "-" ? -1 : 1;
      else {
        const k = corpus.index.get(part) ?? corpus.index.get(part.toLowerCase());
        if (k === undefined) {
          said.textContent = `“${part}” is not among the ${V} words: ${corpus.words.slice(0, 8).join(", ")}${V > 8 ? ", …" : ""}.`;
          return;
        }
        terms.push([sign, k]);
        sign = 1;
      }
    }
    const signed = terms.some(([s]) => s < 0) || this.asked.includes("+");
    const sum = Float64Array.from({ length: N }, (_, i) =>
      terms.reduce((a, [s, k]) => a + s * model.W[k * N + i], 0),
    );
    const h = signed ? sum : sum.map((value) => value / terms.length); // (18)
    const used = new Set(terms.map(([, k]) => k));
    const rank = (rows) =>
      rows
        .filter(([k]) => !used.has(k))
        .sort((a, b) => b[1] - a[1])
        .slice(0, 6);
    const near = rank(
      corpus.words.map((_, k) => [k, cosine(h, model.W.subarray(k * N, k * N + N))]),
    );
    const p = model.probabilities(h);
    const likely = p
      .map((value, k) => [k, value])
      .sort((a, b) => b[1] - a[1])
      .slice(0, 8);
    const most = Math.max(...h.map(Math.abs), 1e-9);
    const bar = (name, value, share, colour) =>
      `<tr><th scope="row">${plain(name)}</th><td><span class="barline"><span style="width:${Math.round(100 * Math.abs(share))}%;background:${value < 0 ? "rgb(var(--minus))" : `var(--c-${colour})`}"></span></span></td><td class="num">${number(value)}</td></tr>`;
    const block = (title, rows) =>
      `<table><caption>${title}</caption><tbody>${rows.join("")}</tbody></table>`;
    const wordBars = (list, colour, top) =>
      list.map(([k, value]) => bar(corpus.words[k], value, value / top, colour));
    into.innerHTML =
      block(
        signed ? "The vector" : "Hidden units h",
        [...h].slice(0, 12).map((value, i) => bar(`h ${i + 1}`, value, value / most, "h")),
      ) +
      block(
        model.output === "negative" ? "σ(u): real, not noise" : "Output y",
        wordBars(likely, "y", Math.max(likely[0][1], 1e-9)),
      ) +
      block(
        signed ? "Nearest words, those asked left out" : "Nearest input vectors (cosine)",
        wordBars(near, "W", 1),
      );
  }

  /** The same run with another output layer. */
  other(output) {
    const setting = { ...this.run.setting, output };
    return new Run(setting, this.run.corpus, beginning(setting, PRESETS));
  }

  compare() {
    const { run } = this;
    if (!this.companions)
      this.companions = Object.fromEntries(
        OUTPUTS.map((output) => [
          output,
          output === run.setting.output ? null : this.other(output),
        ]),
      );
    const at = run.phase === 7 ? run.step - 1 : run.step;
    const { example } = run;
    const until = performance.now() + 12;
    let whole = true;
    const cards = OUTPUTS.map((output) => {
      const own = output === run.setting.output;
      const other = own ? run : this.companions[output];
      if (!own) {
        if (other.step > at) other.seek(at);
        if (other.step < at) other.runTo(at, until);
        whole &&= other.step === at;
      }
      const { model } = other;
      const draws = own
        ? run.negatives
        : other.model.output === "negative"
          ? ((other.pending = null),
            new Model({
              counts: run.corpus.counts,
              N: 1,
              output,
              K: run.setting.K,
              power: run.setting.power,
              seed: run.setting.seed + at,
            }).draw(example.outputs))
          : null;
      const shape = new Model({
        counts: run.corpus.counts,
        N: model.N,
        output,
        K: run.setting.K,
        power: run.setting.power,
      });
      const before = own && run.phase === 7 ? run.before : model;
      shape.W.set(before.W);
      shape.W_prime.set(before.W_prime);
      const E = shape.step(example, run.eta, draws);
      const cost = shape.cost(example);
      const touched = new Set(shape.touched());
      const after = shape.loss(example, draws);
      const squares = Array.from(
        { length: Math.min(shape.M, 240) },
        (_, j) => `<i class="${touched.has(j) ? "on" : ""}"></i>`,
      ).join("");
      const name = {
        softmax: "Softmax",
        hierarchical: "Hierarchical softmax",
        negative: "Negative sampling",
      }[output];
      const eq = {
        softmax: run.example.outputs.length > 1 ? 29 : 7,
        hierarchical: 46,
        negative: 55,
      }[output];
      return `<article class="card${own ? " own" : ""}"><p class="name">${name} ${this.link(eq)}</p>
        <p class="big">E = ${number(E)}</p><p>after this update ${number(after)}</p>
        <p>moves <b>${cost.outputs}</b> of ${shape.M} output vectors, ${cost.inputs} input vector${cost.inputs > 1 ? "s" : ""}</p>
        <div class="squares" role="img" aria-label="${cost.outputs} of ${shape.M} output vectors are moved">${squares}</div>
        <p><b>${count(cost.multiplyAdds)}</b> multiply-adds</p></article>`;
    });
    revise(
      this.$(".three"),
      `${cards.join("")}<p class="note">Each model took ${count(at)} updates from its first weights, with its own loss. The three E are different quantities: compare what moves and what it costs.</p>`,
    );
    if (!whole) this.dirty = true;
  }

  // -------------------------------------------------------------- links, tour, words

  link(n) {
    const href =
      this.options.equations?.[n] ?? (document.getElementById(`eq-${n}`) ? `#eq-${n}` : null);
    return href
      ? `<a class="eq" href="${href}" aria-label="equation ${n}">(${n})</a>`
      : `<span class="eq">(${n})</span>`;
  }

  address() {
    return writeAddress(this.run, PRESETS, this.tab === "network" ? null : this.tab);
  }

  copy() {
    const { home } = this.options;
    if (this.run.start?.own || this.run.corpus.given) {
      this.say("These words or weights came from Python: no address could bring them back.");
      return;
    }
    const text =
      home === undefined
        ? `Inspector("${this.address()}")`
        : new URL(`${home}?${this.address()}`, location.href).href;
    this.copied = text;
    const field = `<label>This moment: <input readonly value="${plain(text)}"></label>`;
    const shown = (note) => {
      this.say(note, field);
      if (!this.root.activeElement?.matches("input,textarea")) this.$(".toast input").select();
    };
    (navigator.clipboard?.writeText(text) ?? Promise.reject()).then(
      () => shown("Copied."),
      () => shown("Copy it from here:"),
    );
    if (this.options.page) history.replaceState(null, "", `?${this.address()}`);
  }

  say(text, html = "") {
    const toast = this.$(".toast");
    toast.innerHTML = `<span>${plain(text)}</span> ${html} <button data-do="hush" aria-label="Close">×</button>`;
    toast.hidden = false;
    const from = this.root.activeElement;
    toast.querySelector("button").onclick = () => {
      toast.hidden = true;
      from?.focus();
    };
    this.announce(text);
  }

  announce(text) {
    this.$("[role=status]").textContent = text;
  }

  spoken(m, cell) {
    if (cell.startsWith("force:")) return `${m.words[+cell.slice(6)]}: Enter forces a draw.`;
    const numbers = m.numbers(cell.split(":")[0]);
    const value = m.value(cell);
    return `${m.label(cell)} ${value === undefined ? "is not computed yet" : `is ${number(value)}`}${numbers.length ? `, equation ${numbers.join(" and ")}` : ""}.`;
  }

  guide(tip) {
    const guide = this.$(".guide");
    this.tip = tip;
    for (const part of this.root.querySelectorAll(".lit")) part.classList.remove("lit");
    if (tip >= TOUR.length) {
      const focused = guide.contains(this.root.activeElement);
      guide.hidden = true;
      if (focused) this.$('[data-do="tour"]').focus();
      this.play(false);
      remember("w2v-tour");
      return;
    }
    const [part, text, act] = TOUR[tip];
    act(this);
    const lit = this.$(`[data-part="${part}"]`);
    lit?.classList.add("lit");
    if (tip) lit?.scrollIntoView({ block: "nearest" });
    const html = `<p>${plain(text)}</p><p class="row"><span>${tip + 1} of ${TOUR.length}</span><span class="push"></span>
      <button data-tip="skip">Skip</button><button data-tip="next" class="main">${tip + 1 < TOUR.length ? "Next" : "Done"}</button></p>`;
    revise(guide, html);
    guide.hidden = false;
    this.announce(text);
  }

  // -------------------------------------------------------------- drawing

  show(tab) {
    if (!this.$(`#tab-${tab}`)) tab = "network";
    this.tab = tab;
    const together = this.wide && tab in VIEWS;
    for (const key of Object.keys(TABS)) {
      const button = this.$(`#tab-${key}`);
      const chosen = key === tab;
      button.setAttribute("aria-selected", String(chosen));
      button.tabIndex = chosen ? 0 : -1;
      if (chosen) button.parentNode.scrollLeft = button.offsetLeft - 60;
      const shown = together ? key in VIEWS && !this.hidden.has(key) : chosen;
      this.$(`#panel-${key}`).hidden = !shown;
    }
    this.$(".views").classList.toggle("together", together);
    this.paint();
    if (this.run && together && tab !== "network" && this.figures[tab] && this.opened)
      this.$(`#panel-${tab}`).scrollIntoView({ block: "nearest" });
    this.opened = true;
  }

  paint(how = {}) {
    this.dirty = true;
    if (how.refit) this.refit = true;
  }

  flush() {
    if (this.dirty && this.theme && this.run) this.draw();
  }

  frame(now) {
    const gap = now - (this.last ?? now);
    this.last = now;
    this.pace = (this.pace ?? 16) * 0.9 + gap * 0.1;
    const seen = this.visible && this.box.clientWidth;
    if (!seen && !this.goal) return;
    const { run } = this;
    if (this.goal) {
      const { step, phase } = this.goal;
      run.runTo(step - 1, now + 25);
      if (run.step >= step - 1 || run.broken) {
        if (step) run.seek(step);
        for (let k = 0; k < 9 && run.phase !== phase && !run.broken; k++) run.micro();
        this.goal = null;
        this.synced();
      }
      this.dirty = true;
    } else if (this.playing) {
      const started = performance.now();
      const speed = SPEEDS[+this.$('[data-do="speed"]').value][1];
      const from = run.step;
      this.owed = Math.min(this.owed + (Math.min(gap, 250) * speed) / 1000, 1e9);
      if (this.owed >= 1) {
        if (speed < 600) {
          run.runTo(run.step + Math.floor(this.owed) - 1);
          run.stepOnce();
        } else {
          const target = speed === Infinity ? Infinity : run.step + Math.floor(this.owed) - 1;
          run.runTo(target, started + this.budget);
          run.stepOnce();
        }
        this.owed = speed === Infinity ? 0 : this.owed % 1;
        this.dirty = true;
      }
      if (run.broken) {
        this.play(false);
        this.say(
          "The loss is no longer a finite number: the learning rate is too large. Back, or lower η.",
        );
      }
      const spent = performance.now() - started;
      this.rate = this.rate * 0.9 + ((run.step - from) / Math.max(gap, 1)) * 100;
      if (spent && now - (this.told ?? 0) > 250) {
        this.told = now;
        this.synced(true);
      }
    }
    if (this.dirty && seen) {
      const started = performance.now();
      this.draw();
      this.cost_ = (this.cost_ ?? 4) * 0.8 + (performance.now() - started) * 0.2;
      this.budget = Math.max(1.5, Math.min(6, 10 - this.cost_ - Math.max(0, this.pace - 17)));
      this.frames++;
    }
  }

  draw() {
    this.dirty = false;
    const { run } = this;
    const m = new Moment(run);
    m.large = this.large;
    this.moment = m;
    const cell = this.cell && this.alive(m, this.cell) ? this.cell : usual(m);
    const told = cell.startsWith("force:") ? null : explain(m, cell);
    const reads = new Set(told && (!this.playing || this.cell) ? told.reads : []);
    const writes = new Set(told && (!this.playing || this.cell) ? told.writes : []);
    this.drawWords(m, told, cell);
    const shown = Object.values(this.figures).filter((figure) => !figure.panel.hidden);
    let spent = 0; // while it plays, the pictures that have waited longest go first
    for (const figure of shown.sort((a, b) => (a.drawn ?? 0) - (b.drawn ?? 0))) {
      if (this.playing && spent > 0 && spent + (figure.cost ?? 0) > 7) continue;
      const started = performance.now();
      this.drawFigure(figure, m, reads, writes);
      figure.drawn = this.frames;
      const took = performance.now() - started;
      figure.cost = (figure.cost ?? took) * 0.8 + took * 0.2;
      spent += took;
    }
    if (!this.$("#panel-compare").hidden && (!this.playing || this.frames % 12 === 0))
      this.compare();
    if (!this.$("#panel-ask").hidden && (!this.playing || this.frames % 6 === 0))
      this.answer();
    this.refit = false;
  }

  alive(m, cell) {
    const [name, a, b] = cell.split(":");
    const { V, N, M } = m.model;
    if (name === "force") return +a < V && m.model.output === "negative";
    if (name === "W") return +a < V && +b < N;
    if (name === "P") return +a < N && +b < M;
    if (name === "h" || name === "EH") return +a < N;
    if (name === "x") return +a < V;
    if (name === "EI") return +a < M && (m.softmax || m.phase > 0);
    return +a < (m.softmax ? V : m.decisions.length);
  }

  drawFigure(figure, m, reads, writes) {
    const { view, stage, pen, panel } = figure;
    const width = stage.clientWidth;
    if (!width) return;
    const title = typeof view.title === "function" ? view.title(m) : view.title;
    const caption = panel.querySelector(".title");
    if (caption.textContent !== title) caption.textContent = title;
    const options = {
      plane: this.plane,
      refit: this.refit,
      trails: this.$('[data-do="trails"]').checked,
      mode: this.mode,
    };
    const quiet = this.playing && m.model.V > 40;
    if (!quiet) figure.hits = [];
    const hit = quiet ? () => {} : (cell, x, y, w, h) => figure.hits.push({ cell, x, y, w, h });
    m.narrow = width < 430;
    pen.start(width, view.height(m), this.theme);
    view.draw(pen, m, hit, options);
    for (const { cell, x, y, w, h } of figure.hits) {
      const read = figure.key !== "vectors" && reads.has(cell); // there a point is a whole vector
      const [write, mark] = [writes.has(cell), this.mark === cell];
      const chosen = this.cell === cell;
      if (!read && !write && !mark && !chosen) continue;
      pen.c.setLineDash(read && !write && !mark ? [3, 3] : []);
      pen.box_(
        x - 1,
        y - 1,
        w + 2,
        h + 2,
        null,
        6,
        mark || chosen ? this.theme.ink : write ? this.theme.write : this.theme.read,
        mark || chosen ? 3 : 2,
      );
      pen.c.setLineDash([]);
    }
    if (!this.playing || this.frames % 30 === 0) {
      stage.setAttribute("aria-label", `${title}. ${view.describe(m, options)}`);
      const details = panel.querySelector("details");
      if (details.open) this.drawTable(details.querySelector("div"), title, view.table(m, options));
      for (const button of panel.querySelectorAll("[data-mode]")) {
        button.setAttribute("aria-pressed", String(button.dataset.mode === this.mode));
        button.disabled = !m.run.before;
      }
      const again = panel.querySelector('[data-do="redraw"]');
      if (again) again.hidden = m.model.output !== "negative";
    }
  }

  drawTable(into, title, { head, rows }) {
    const cell = (value) =>
      typeof value === "number" ? number(value) : value === undefined ? "–" : plain(value);
    into.setAttribute("aria-label", `${title} as a table`);
    const html = `<table><caption>${title}, step ${this.run.step}</caption><thead><tr>${head.map((name) => `<th scope="col">${plain(name)}</th>`).join("")}</tr></thead><tbody>${rows
      .map(
        ([first, ...rest]) =>
          `<tr><th scope="row">${cell(first)}</th>${rest.map((value) => `<td>${cell(value)}</td>`).join("")}</tr>`,
      )
      .join("")}</tbody></table>`;
    revise(into, html);
  }

  drawWords(m, told, cell) {
    const { run } = this;
    const { setting, corpus } = run;
    const put = (selector, html) => revise(this.$(selector), html);
    const { inputs, outputs, at } = m.example;
    let moved;
    if (corpus.sentences) {
      let token = 0;
      const html =
        (corpus.length ??= corpus.sentences.flat().length) > 120
          ? null
          : corpus.sentences
              .map(
                (sentence) =>
                  `<span class="sentence">${sentence
                    .map((word) => {
                      const k = token++;
                      const kind = at?.inputs.includes(k)
                        ? "in"
                        : at?.outputs.includes(k)
                          ? "out"
                          : "";
                      return `<button data-token="${k}" class="${kind}">${plain(word)}</button>`;
                    })
                    .join(" ")}</span>`,
              )
              .join(" ");
      moved = put(".text", html ?? this.excerpt(corpus, at));
    } else
      moved = put(
        ".text",
        corpus.examples.length > 60
          ? ""
          : `<span class="sentence">${corpus.examples
              .map(
                (example, k) =>
                  `<span class="pair${example === m.example ? " on" : ""}">${example.inputs.map((j) => plain(corpus.words[j])).join(" ")} → ${example.outputs.map((j) => plain(corpus.words[j])).join(" ")}</span>`,
              )
              .join(" ")}</span>`,
      );
    const list = (words, kind) =>
      words.map((k) => `<b class="${kind}">${plain(corpus.words[k])}</b>`).join(" ");
    const n = corpus.examples.length;
    put(
      ".example",
      `${list(inputs, "in")} <span class="to">→</span> ${list(outputs, "out")} <span class="of">${corpus.examples.indexOf(m.example) + 1} of ${n}</span>`,
    );
    if (moved && !this.playing) this.reveal(this.$(".text"));
    const E =
      m.phase >= 3
        ? ` · E = ${number(m.model.E)} ${m
            .numbers("E")
            .map((k) => this.link(k))
            .join("")}`
        : "";
    put(
      ".status",
      `${this.goal ? "replaying … " : ""}step ${count(run.step)}${E}${this.playing && this.rate > 50 ? ` · ${count(Math.round(this.rate / 10) * 10)} a second` : ""}`,
    );
    const { V, N, M, K } = m.model;
    const cost = m.phase > 0 ? m.model.cost(m.example) : null;
    const spent = cost
      ? `This step touches <b>${cost.vectors}</b> of ${V + M} vectors and takes <b>${count(cost.multiplyAdds)}</b> multiply-adds. `
      : "";
    const first = run.start
      ? `first weights ${run.start.own ? "from Python" : "of the chapter"}`
      : `seed ${setting.seed}`;
    const negatives = m.model.output === "negative" ? `, K = ${K}` : "";
    put(".cost", `${spent}V = ${V}, N = ${N}, η = ${run.eta}${negatives}, ${first}.`);
    for (const button of this.root.querySelectorAll("[data-phase]")) {
      const on = +button.dataset.phase === m.phase;
      if (on) button.setAttribute("aria-current", "step");
      else button.removeAttribute("aria-current");
      button.classList.toggle("done", +button.dataset.phase <= m.phase);
    }
    this.$('[data-do="back"]').disabled = !run.canBack;
    if (this.playing && !this.cell && this.frames % 4) return;
    if (!told) return;
    put(".formula", `${told.numbers.map((k) => this.link(k)).join(" ")} ${told.formula}`);
    put(
      ".live",
      told.live.replace(/\{([^}]+)\}/g, (_, c) => {
        const kind = c.split(":")[0];
        const exact = m.value(c);
        const value =
          (kind === "t" || kind === "x") && Number.isInteger(exact) ? exact : number(exact);
        return `<button class="n s-${kind === "P" ? "Wp" : kind}" data-cell="${c.replace("@", "")}" aria-label="${plain(m.label(c.replace("@", "")))}: ${value}">${value}</button>`;
      }),
    );
    put(".words", told.words);
    put(".act", this.pinned && /^[WP]:/.test(cell) ? this.actions(m, cell) : "");
    const field = this.$(".act input");
    if (field && field !== this.root.activeElement) field.value = m.value(cell);
  }

  /** Scroll the text to the example. */
  reveal(text) {
    const on = text.querySelector(".on,.in,.out");
    if (!on) return;
    const top = on.offsetTop - text.offsetTop;
    const bottom = top + on.offsetHeight;
    if (top < text.scrollTop || bottom > text.scrollTop + text.clientHeight)
      text.scrollTop = top - text.clientHeight / 3;
  }

  excerpt(corpus, at) {
    const tokens = corpus.sentences.flat();
    const centre = at ? Math.min(...at.inputs, ...at.outputs) : 0;
    const from = Math.max(0, centre - 12);
    return `<span class="sentence">… ${tokens
      .slice(from, from + 40)
      .map((word, k) => {
        const id = from + k;
        return `<button data-token="${id}" class="${at?.inputs.includes(id) ? "in" : at?.outputs.includes(id) ? "out" : ""}">${plain(word)}</button>`;
      })
      .join(" ")} …</span>`;
  }

  actions(m, cell) {
    const [name, a, b] = cell.split(":");
    const input = name === "W";
    const vector = input ? `v ${m.words[a]}` : `v′ ${m.column(+b)}`;
    return `<form class="row"><label>${plain(m.label(cell))} <input name="value" inputmode="decimal"></label><button>Set</button></form>
      <span class="row"><button data-apply="${input ? `gW:${a}` : `gP:${b}`}">Apply only the gradient of ${plain(vector)}</button>
      <button data-apply="${input ? "gW" : "gP"}:-1">of all of ${input ? "W" : "W′"}</button></span>`;
  }

  /** Where a cell stands on the screen, in the first picture that shows it. */
  locate(cell, key = null) {
    this.flush();
    for (const figure of Object.values(this.figures)) {
      if (figure.panel.hidden || (key && figure.key !== key)) continue;
      const hit = figure.hits.find((one) => one.cell === cell);
      if (!hit) continue;
      const box = figure.pen.canvas.getBoundingClientRect();
      return { x: box.left + hit.x + hit.w / 2, y: box.top + hit.y + hit.h / 2 };
    }
    return null;
  }

  synced() {
    this.options.changed?.(this.run);
  }
}

function remembered(key) {
  try {
    return localStorage.getItem(key) !== null;
  } catch {
    return true; // no storage: do not ask again and again
  }
}

function remember(key) {
  try {
    localStorage.setItem(key, "seen");
  } catch {
    // private windows may refuse
  }
}

/**
 * <w2v-inspector preset="cbow" set="eta=0.5&step=100" view="vectors" hide="bar" playing compact page>
 * `given` is what Python adds to an address: a corpus, first weights, a step.
 */
class Element extends (globalThis.HTMLElement ?? class {}) {
  connectedCallback() {
    if (!this.inspector) {
      const given = new URLSearchParams(this.getAttribute("set") ?? "");
      for (const name of ["preset", "view"])
        if (this.hasAttribute(name)) given.set(name, this.getAttribute(name));
      const data = document.getElementById("w2v-inspector-links");
      const { home, equations } = data ? JSON.parse(data.textContent) : { home: location.pathname };
      const page =
        this.hasAttribute("page") ||
        (data?.hasAttribute("data-own") && document.querySelector("w2v-inspector") === this);
      const own = page && new URLSearchParams(location.search);
      const asked = own && [...own.keys()].some((key) => key !== "hide");
      this.inspector = new Inspector(this.attachShadow({ mode: "open" }), {
        query: asked ? location.search : given.toString(),
        hide: `${this.getAttribute("hide") ?? ""},${own ? (own.get("hide") ?? "") : ""}`,
        playing: this.hasAttribute("playing") && !asked,
        compact: this.hasAttribute("compact"),
        tour: page && !asked,
        page,
        home,
        equations,
      });
      if (asked && !location.hash) this.scrollIntoView(); // an address leads to the moment itself
      if (this.hasAttribute("given")) {
        const { corpus, start, step } = JSON.parse(this.getAttribute("given"));
        const bytes = Uint8Array.from(atob(start), (c) => c.charCodeAt(0));
        this.inspector.receive(corpus, new Float64Array(bytes.buffer));
        if (step) this.inspector.goal = { step, phase: 7 };
      }
    }
    this.inspector.start();
  }
  disconnectedCallback() {
    this.inspector?.stop();
  }
}

if (globalThis.customElements && !customElements.get("w2v-inspector"))
  customElements.define("w2v-inspector", Element);

/** The anywidget: the same inspector, its weights and step shared with Python. */
function render({ model, el }) {
  const host = document.createElement("div");
  el.append(host);
  let quiet = true; // what comes from Python is not sent back
  const inspector = new Inspector(host.attachShadow({ mode: "open" }), {
    query: model.get("_query"),
    changed(run) {
      if (quiet) return;
      const { W, W_prime, V, N, M } = run.model;
      const both = new Float64Array(W.length + W_prime.length);
      both.set(W);
      both.set(W_prime, W.length);
      quiet = true;
      model.set("_shape", [V, N, M]);
      model.set("_weights", new DataView(both.buffer));
      model.set("step", run.step);
      quiet = false;
      model.save_changes();
    },
  });
  const begin = () => {
    const bytes = model.get("_start");
    const from = bytes?.byteOffset ?? 0;
    const copied = bytes ? bytes.buffer.slice(from, from + bytes.byteLength) : 0;
    inspector.receive(model.get("_corpus"), new Float64Array(copied));
  };
  const listen = (act) => () => {
    if (quiet) return;
    quiet = true;
    act();
    quiet = false;
    inspector.paint();
  };
  begin();
  if (model.get("step") && !inspector.goal) inspector.goal = { step: model.get("step"), phase: 7 };
  quiet = false;
  model.on("change:_start", listen(begin));
  model.on(
    "change:step",
    listen(() => {
      if (model.get("step") === inspector.run.step) return;
      inspector.play(false);
      inspector.goal = { step: model.get("step"), phase: 7 };
    }),
  );
  inspector.start();
  return () => inspector.stop();
}

export default { render };
