// Renders one formula a line, JSON in and JSON out: {tex, coloured, display} to {html} or {error}.
// The visible half is coloured and its numbers are links; the half for screen readers is MathML.
const katex = require(process.argv[2]);
const strict = (code) => (code === "htmlExtension" ? "ignore" : "error");
const trust = ({ command }) => command === "\\htmlClass" || command === "\\href";

function render({ tex, coloured, display }) {
  const options = { displayMode: display, throwOnError: true, strict, trust };
  const mathml = katex.renderToString(tex, { ...options, output: "mathml" })
    .match(/<math.*<\/math>/s)[0].replace(/<annotation.*<\/annotation>/s, "");
  return katex.renderToString(coloured, { ...options, output: "html" })
    .replace('<span class="katex-html" aria-hidden="true">',
      `<span class="katex-mathml">${mathml}</span><span class="katex-html">`)
    .replaceAll('<span class="katex-base">', '<span class="katex-base" aria-hidden="true">')
    .replaceAll(/<a href="#eq-(\d+)">/g,
      '<a class="equation-number" href="#eq-$1" aria-label="Link to equation ($1)">');
}

require("readline").createInterface({ input: process.stdin }).on("line", (line) => {
  let answer;
  try {
    answer = { html: render(JSON.parse(line)) };
  } catch (error) {
    answer = { error: error.message };
  }
  console.log(JSON.stringify(answer));
});
