// Says how much room is left in the summary, as it is typed.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  for (const field of document.querySelectorAll("[data-counter]")) {
    const counter = document.createElement("output");
    counter.className = "summary-counter";
    counter.htmlFor = field.id;
    const show = () => {
      counter.textContent = `${field.value.length} / ${field.maxLength}`;
    };
    field.addEventListener("input", show);
    field.after(counter);
    show();
  }
});
