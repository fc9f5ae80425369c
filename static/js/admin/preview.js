// The preview in its frame: other widths without loading it anew, made smaller where it has no
// room.
const room = document.querySelector(".preview-room");
const frame = room.querySelector("iframe");
const widths = document.querySelector(".preview-widths");

function fit() {
  const scale = Math.min(1, room.clientWidth / frame.width);
  frame.style.transform = `scale(${scale})`;
  frame.style.marginBlockEnd = `${Math.floor(frame.height * (scale - 1))}px`;
}

widths.addEventListener("click", (event) => {
  const link = event.target.closest("a");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  widths.querySelector("[aria-current]").removeAttribute("aria-current");
  link.setAttribute("aria-current", "true");
  frame.width = link.dataset.width;
  frame.height = link.dataset.height;
  history.replaceState(null, "", link.href); // So that what is sent next comes back to it.
  fit();
});

room.classList.add("is-fitted");
new ResizeObserver(fit).observe(room);
