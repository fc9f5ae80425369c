// Titles that are suggested while one types; search.js asks for this when somebody is about to.

const PAUSE = 200; // Milliseconds without a key, before anything is asked.
// One letter begins too many words; one Chinese, Japanese or Korean character is a word.
const ENOUGH = /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Hangul}]|[\p{L}\p{N}]{2}/u;

const answers = new Map();

async function titles(address, text, signal) {
  const url = `${address}?${new URLSearchParams({ q: text })}`;
  if (!answers.has(url)) {
    const answer = await fetch(url, { signal, credentials: "omit" });
    if (!answer.ok) return [];
    answers.set(url, (await answer.json()).titles);
  }
  return answers.get(url);
}

function element(name, className, properties) {
  const made = Object.assign(document.createElement(name), { className });
  for (const [key, value] of Object.entries(properties)) made.setAttribute(key, value);
  return made;
}

// Marked as a combobox already, which names its list.
export function suggest(form, input, isTyped) {
  const id = input.getAttribute("aria-controls");
  const list = element("ul", "suggestions", { id, role: "listbox", "aria-label": form.dataset.label });
  const count = element("p", "visually-hidden", { role: "status" });
  list.hidden = true;
  form.querySelector(".search-field").append(list, count);
  let chosen = -1;
  let pause = 0;
  let asking = new AbortController();

  function choose(index) {
    chosen = index;
    [...list.children].forEach((option, at) => option.setAttribute("aria-selected", at === index));
    const option = list.children[index];
    option?.scrollIntoView({ block: "nearest" });
    if (option) input.setAttribute("aria-activedescendant", option.id);
    else input.removeAttribute("aria-activedescendant");
  }

  function open(isOpen) {
    list.hidden = !isOpen;
    input.setAttribute("aria-expanded", isOpen);
    count.textContent = isOpen ? `${form.dataset.count} ${list.children.length}` : "";
    choose(-1);
  }

  function close() {
    clearTimeout(pause);
    asking.abort(); // What is still on its way would open the list again.
    open(false);
  }

  async function ask() {
    asking = new AbortController();
    const { signal } = asking;
    const found = await titles(form.dataset.titles, input.value.trim(), signal).catch(() => []);
    if (signal.aborted) return;
    list.replaceChildren(...found.map(({ title, address }, at) => {
      const option = element("li", "suggestion", { id: `${id}-${at}`, role: "option" });
      option.textContent = title;
      option.dataset.address = address;
      return option;
    }));
    open(found.length > 0);
  }

  function typed() {
    clearTimeout(pause);
    asking.abort();
    if (ENOUGH.test(input.value)) pause = setTimeout(ask, PAUSE);
    else close();
  }

  function pressed(event) {
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (list.hidden && event.key === "ArrowDown" && list.children.length) open(true);
    const last = list.children.length - 1;
    const keys = {
      ArrowDown: () => choose(chosen === last ? -1 : chosen + 1),
      ArrowUp: () => choose(chosen === -1 ? last : chosen - 1),
      Enter: () => location.assign(list.children[chosen].dataset.address),
      Escape: close,
    };
    if (list.hidden || !keys[event.key] || (event.key === "Enter" && chosen === -1)) return;
    event.preventDefault();
    keys[event.key]();
  }

  // While characters are put together, what is in the box is not yet what is meant.
  input.addEventListener("input", (event) => event.isComposing || typed());
  input.addEventListener("compositionstart", close);
  input.addEventListener("compositionend", typed);
  input.addEventListener("keydown", pressed);
  input.addEventListener("blur", close);
  form.addEventListener("submit", close);
  window.addEventListener("pagehide", close); // Or it would be open when one comes back.
  list.addEventListener("mousedown", (event) => event.preventDefault()); // Keeps the focus.
  list.addEventListener("click", ({ target, ctrlKey, metaKey }) => {
    const { address } = target.closest(".suggestion")?.dataset ?? {};
    if (address && (ctrlKey || metaKey)) window.open(address);
    else if (address) location.assign(address);
  });
  if (isTyped && document.activeElement === input) typed(); // It was quicker than this script.
}
