// The box above the form that offers what was typed earlier and not saved.

// `use` puts a copy into the form, `remove` throws it away.
export function showOffers(box, offers, { isStale, use, remove }) {
  box.hidden = !offers.length;
  const list = box.querySelector("ul");
  const line = list.querySelector("template");
  list.replaceChildren(line, ...offers.map((copy) => {
    const item = line.content.cloneNode(true).firstElementChild;
    const [put, discard] = item.querySelectorAll("button");
    const sentence = item.querySelector("p");
    sentence.textContent = sentence.textContent.replace("{moment}", inWords(copy.at));
    item.querySelector(".keeping-stale").hidden = !isStale(copy);
    put.addEventListener("click", () => use(copy));
    discard.addEventListener("click", () => confirm(discard.dataset.question) && remove(copy));
    return item;
  }));
}

function inWords(moment) {
  // Swedes write 2026-03-04 12:00, as the newsroom does.
  return new Date(moment).toLocaleString("sv", { dateStyle: "short", timeStyle: "short" });
}
