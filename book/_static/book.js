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

// The table of contents marks the section that is being read, where there is room to show it.
if (matchMedia("(min-width: 1200px)").matches) {
  const mark = () => bootstrap.ScrollSpy.getOrCreateInstance(document.body);
  addEventListener("scroll", mark, { once: true, passive: true });
}
