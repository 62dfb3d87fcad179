// A box that scrolls sideways takes the focus, so that the arrow keys can scroll it. What it holds
// may grow without the box itself, when a typeface arrives.
function mark(box) {
  if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
  else box.removeAttribute("tabindex");
}
const observer = new ResizeObserver((entries) => entries.forEach(({ target }) => mark(target)));
addEventListener("DOMContentLoaded", () => {
  const boxes = document.querySelectorAll(
    ".bd-article :is(pre, div.math, .scroll, .pst-scrollable-table-container)",
  );
  for (const box of boxes) observer.observe(box);
  const laidOut = (box) => box.checkVisibility({ contentVisibilityAuto: true }); // else it would be
  document.fonts.addEventListener("loadingdone", () => [...boxes].filter(laidOut).forEach(mark));
});

// The inspector's script is fetched when the reader comes near an inspector, or moves.
function fetchLater() {
  for (const later of document.querySelectorAll("script[data-src]")) {
    const script = document.createElement("script");
    script.src = later.dataset.src;
    later.replaceWith(script);
  }
}
addEventListener("DOMContentLoaded", () => {
  const near = new IntersectionObserver((entries) => {
    if (entries.some((entry) => entry.isIntersecting)) fetchLater();
  }, { rootMargin: "800px" });
  for (const inspector of document.querySelectorAll("w2v-inspector")) near.observe(inspector);
});

// When the reader moves, the page is laid out to its end, so that links lead where they should. The
// table of contents marks the section that is being read, where there is room to show it.
const moves = ["scroll", "wheel", "pointermove", "pointerdown", "touchstart", "keydown", "focusin"];
function move() {
  for (const name of moves) removeEventListener(name, move, true);
  document.documentElement.classList.add("whole");
  fetchLater();
  if (matchMedia("(min-width: 1200px)").matches) {
    bootstrap.ScrollSpy.getOrCreateInstance(document.body);
  }
}
for (const name of moves) addEventListener(name, move, { capture: true, passive: true });
addEventListener("beforeprint", move);
addEventListener("hashchange", () => {
  if (document.documentElement.classList.contains("whole")) return;
  move();
  document.querySelector(":target")?.scrollIntoView();
});
