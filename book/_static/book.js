// A box that scrolls sideways takes the focus, so that the arrow keys can scroll it.
const observer = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    if (target.scrollWidth > target.clientWidth) target.tabIndex = 0;
    else target.removeAttribute("tabindex");
  }
});
addEventListener("DOMContentLoaded", () => {
  const boxes = ".bd-article :is(pre, div.math, .scroll, .pst-scrollable-table-container)";
  for (const box of document.querySelectorAll(boxes)) observer.observe(box);
});
