// A library's window: a click hands the picture, or the file, to what opened it in CKEditor: to a
// dialog, which takes an address and a function, or to our button, which takes the rest.
const grid = document.querySelector(".library-grid");

grid.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  const editor = window.opener?.CKEDITOR;
  if (!button || !editor) return;
  const { url, alt, width, height, id, title } = button.dataset;
  editor.tools.callFunction(grid.dataset.dialog, url, function () {
    // `this` is the dialog button that asked; its dialog takes the other fields too.
    const dialog = this.getDialog();
    for (const [field, value] of Object.entries({ alt, width, height })) {
      if (value !== undefined) dialog.getContentElement("info", field)?.setValue(value);
    }
    const words = dialog.getContentElement("info", "linkDisplayText");
    if (title && words && !words.getValue()) words.setValue(title);
  }, { id, title });
  window.close();
});

// What was uploaded here comes first, and can be chosen as the others can.
document.addEventListener("file-uploaded", ({ detail }) => {
  const { id, url, alt, width, height, thumbnail, facts, fileName } = detail;
  grid.querySelector(`button[data-url="${CSS.escape(url)}"]`)?.parentElement.remove();
  grid.querySelector(".library-grid-empty")?.remove();
  const button = Object.assign(document.createElement("button"), { type: "button" });
  if (thumbnail) {
    Object.assign(button.dataset, { url, alt, width, height });
    button.append(Object.assign(new Image(width, height), { src: thumbnail, alt: "" }), fileName);
  } else {
    Object.assign(button.dataset, { url, id, title: fileName });
    const words = Object.assign(document.createElement("span"), { textContent: facts });
    words.className = "library-facts";
    button.append(fileName, words);
  }
  const item = document.createElement("li");
  item.append(button);
  grid.prepend(item);
});
