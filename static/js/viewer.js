// Shows pictures over the page; enlarge.js asks for this when a reader wants to see one.
const viewer = document.querySelector(".viewer");
const text = viewer.querySelector(".viewer-text");
const count = viewer.querySelector(".viewer-count");
const frame = viewer.querySelector(".viewer-frame");
const size = viewer.querySelector(".viewer-size");
const steps = [...viewer.querySelectorAll("[value]")];
const links = [...document.querySelectorAll(".enlarge")];
const picture = Object.assign(new Image(), { className: "viewer-picture" });
let shown = 0;
let isFull = false; // In its own size, which the frame scrolls.

function resize(full) {
  isFull = full;
  viewer.classList.toggle("viewer-full", full);
  size.ariaPressed = full;
  size.textContent = full ? "−" : "+";
  const isSmaller = picture.naturalWidth > frame.clientWidth
    || picture.naturalHeight > frame.clientHeight;
  size.hidden = !full && !isSmaller;
  frame.tabIndex = full ? 0 : -1; // The keys that scroll it, and Enter, are its own.
  if (!full) return;
  frame.focus();
  frame.scrollTo(
    (frame.scrollWidth - frame.clientWidth) / 2,
    (frame.scrollHeight - frame.clientHeight) / 2,
  );
}

function show(index) {
  shown = (index + links.length) % links.length;
  const link = links[shown];
  const { alt } = link.querySelector("img");
  Object.assign(picture, { src: link.href, alt });
  frame.append(picture); // Not earlier: without an address it is no picture.
  text.textContent = link.closest("figure")?.querySelector("figcaption")?.textContent ?? alt;
  count.textContent = `${shown + 1} / ${links.length}`;
  resize(false);
}

export function open(index) {
  viewer.showModal();
  show(index);
}

[count, ...steps].forEach((part) => {
  part.hidden = links.length === 1;
});
picture.addEventListener("load", () => resize(false));
window.addEventListener("resize", () => isFull || resize(false));
viewer.addEventListener("click", ({ target }) => {
  if (steps.includes(target)) show(shown + Number(target.value));
  else if (target === size || (target === picture && !size.hidden)) resize(!isFull);
  else if (target !== text && target !== count) viewer.close();
});
viewer.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.target === frame) resize(false);
  const step = !isFull && { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (!step) return;
  event.preventDefault();
  show(shown + step);
});
