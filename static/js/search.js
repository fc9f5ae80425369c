// Makes the search box quicker: "/" goes to it, and titles are suggested while one types.
// Without this script it is a form like any other. Its texts are in the form's data attributes.

const IN_A_FIELD = "input, textarea, select, [contenteditable]";

function isVisible(shown) {
  return shown.getClientRects().length > 0;
}

function prepare(form, number) {
  const input = form.querySelector(".search-input");
  const marks = {
    role: "combobox",
    "aria-autocomplete": "list",
    "aria-controls": `search-titles-${number}`,
    "aria-expanded": false,
    "aria-keyshortcuts": "/",
  };
  Object.entries(marks).forEach(([name, value]) => input.setAttribute(name, value));
  let last; // Of what was typed before the script arrived.
  ["input", "compositionend"].forEach((name) => input.addEventListener(name, (event) => {
    last = event;
  }));
  // Nobody need know that it did not arrive: the form is there.
  const load = () => import("./suggest.js").then(
    ({ suggest }) => suggest(form, input, last && !last.isComposing),
    () => {},
  );
  if (document.activeElement === input) load();
  else input.addEventListener("focus", load, { once: true });
}

// On narrow screens the box of the header is behind a link, which opens it where it is.
function unfold(link, box) {
  const input = box.querySelector(".search-input");
  const show = (isShown) => {
    box.classList.toggle("header-search-shown", isShown);
    link.setAttribute("aria-expanded", isShown);
    (isShown ? input : link).focus();
  };
  link.setAttribute("aria-expanded", false);
  link.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    show(!box.classList.contains("header-search-shown"));
  });
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented || event.isComposing) return;
    if (isVisible(link)) show(false);
  });
}

function onSlash(event) {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.defaultPrevented || event.target.closest?.(IN_A_FIELD)) return;
  const link = document.querySelector(".header-search-link");
  const boxes = [...document.querySelectorAll(".search-input")];
  const box = boxes.find(isVisible);
  if (!box && !link) return;
  event.preventDefault(); // Firefox would search the page.
  if (!box) link.click();
  box?.focus();
  box?.select();
}

document.querySelectorAll(".search").forEach(prepare);
const link = document.querySelector(".header-search-link");
if (link) unfold(link, document.querySelector(".header-search"));
document.addEventListener("keydown", onSlash);
