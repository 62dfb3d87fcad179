// Folded solutions open when a link leads into them, and for printing.
function openTarget() {
  let element = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  for (; element; element = element.parentElement) {
    if (element.localName === "details") element.open = true;
  }
}
addEventListener("hashchange", openTarget);
openTarget();

let closed = [];
addEventListener("beforeprint", () => {
  closed = [...document.querySelectorAll("details:not([open])")];
  for (const element of closed) element.open = true;
});
addEventListener("afterprint", () => {
  for (const element of closed) element.open = false;
});
