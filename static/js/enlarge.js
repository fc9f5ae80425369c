// Pictures larger than their place open over the page. Without this script, they are links.
const viewer = document.querySelector(".viewer");
const text = viewer.querySelector(".viewer-text");
const count = viewer.querySelector(".viewer-count");
const steps = [...viewer.querySelectorAll("[value]")];
const links = [...document.querySelectorAll(".enlarge")];
const picture = Object.assign(new Image(), { className: "viewer-picture" });
let shown = 0;

function show(index) {
  shown = (index + links.length) % links.length;
  const link = links[shown];
  const { alt } = link.querySelector("img");
  Object.assign(picture, { src: link.href, alt });
  text.before(picture); // Not earlier: without an address it is no picture.
  text.textContent = link.closest("figure")?.querySelector("figcaption")?.textContent ?? alt;
  count.textContent = `${shown + 1} / ${links.length}`;
}

[count, ...steps].forEach((part) => {
  part.hidden = links.length === 1;
});
links.forEach((link, index) => link.addEventListener("click", (event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return; // In a tab of its own.
  event.preventDefault();
  show(index);
  viewer.showModal();
}));
viewer.addEventListener("click", ({ target }) => {
  if (steps.includes(target)) show(shown + Number(target.value));
  else if (target !== text && target !== count) viewer.close();
});
viewer.addEventListener("keydown", (event) => {
  const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (!step) return;
  event.preventDefault();
  show(shown + step);
});
