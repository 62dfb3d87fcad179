// Moves what does not fit on a slide to the next one, then starts reveal.js.
const WIDTH = 1280;
const HEIGHT = 720;
const BOTTOM = 40;

const steps = (slide) => [...slide.children].filter((child) => child.matches(".step"));
const bottom = (slide, step) =>
  step.getBoundingClientRect().bottom - slide.getBoundingClientRect().top;

const SMALLEST_FIGURE = 330;
const SMALLEST_CODE = 0.85;
const ROUNDING = 4;

// A figure takes the room that is left; code that is a little too large stays with what leads to it;
// any other step that is too large for a slide gets smaller.
function shrink(slide, step) {
  const wide = Math.max(...[...step.querySelectorAll("pre, .math")].map((box) => box.scrollWidth));
  if (wide > step.clientWidth + ROUNDING) step.style.zoom = step.clientWidth / wide;
  const { top, height } = step.getBoundingClientRect();
  const room = HEIGHT - BOTTOM - (top - slide.getBoundingClientRect().top);
  const figure = step.querySelector("img");
  if (height <= room) return;
  if (figure && room > SMALLEST_FIGURE) figure.style.maxHeight = `${room}px`;
  else if (step === steps(slide)[0] || (step.querySelector(".cell") && room / height > SMALLEST_CODE))
    step.style.zoom = room / height;
}

function split(slide) {
  const all = steps(slide);
  for (const step of all) shrink(slide, step);
  const at = all.findIndex((step) => bottom(slide, step) > HEIGHT - BOTTOM);
  if (at < 1) return;
  const next = document.createElement("section");
  const running = document.createElement("p");
  running.className = "running";
  running.innerHTML = slide.firstElementChild.innerHTML;
  next.append(running, ...all.slice(at));
  const notes = slide.querySelector("aside.notes");
  if (notes) next.append(notes.cloneNode(true));
  all[at].classList.remove("fragment");
  slide.after(next);
  split(next);
}

async function start() {
  await Promise.all([...document.images].map((image) => image.decode()));
  await document.fonts.ready;
  for (const slide of document.querySelectorAll(".slides > section > section")) split(slide);
  document.body.classList.remove("measuring");
  for (const inspector of document.querySelectorAll("w2v-inspector"))
    inspector.addEventListener("keydown", (event) => event.stopPropagation());
  Reveal.initialize({
    width: WIDTH,
    height: HEIGHT,
    margin: 0,
    center: false,
    hash: true,
    slideNumber: "c/t",
    transition: "none",
    plugins: [RevealNotes],
  });
}
addEventListener("load", start);
