// The preview in its frame: other widths without loading it anew, made smaller where it has no
// room; and a button that copies a new link.
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

for (const button of document.querySelectorAll("[data-copies]")) {
  const field = document.getElementById(button.dataset.copies);
  const said = button.nextElementSibling;
  button.hidden = false;
  button.addEventListener("click", async () => {
    field.select();
    try {
      await navigator.clipboard.writeText(field.value); // Not there without HTTPS.
      said.textContent = button.dataset.copied;
    } catch {
      said.textContent = button.dataset.notCopied;
    }
  });
}
