// The library window: a click hands the picture to the CKEditor dialog that opened it.
const grid = document.querySelector(".picture-grid");

grid.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  const editor = window.opener?.CKEDITOR;
  if (!button || !editor) return;
  const { url, alt, width, height } = button.dataset;
  editor.tools.callFunction(grid.dataset.dialog, url, function () {
    // `this` is the dialog button that asked; its dialog takes the other fields too.
    const dialog = this.getDialog();
    for (const [field, value] of Object.entries({ alt, width, height })) {
      dialog.getContentElement("info", field)?.setValue(value);
    }
  });
  window.close();
});

// What was uploaded here comes first, and can be chosen as the others can.
document.addEventListener("picture-uploaded", ({ detail }) => {
  const { url, alt, width, height, thumbnail, fileName } = detail;
  grid.querySelector(`button[data-url="${CSS.escape(url)}"]`)?.parentElement.remove();
  grid.querySelector(".picture-grid-empty")?.remove();
  const button = Object.assign(document.createElement("button"), { type: "button" });
  Object.assign(button.dataset, { url, alt, width, height });
  button.append(Object.assign(new Image(width, height), { src: thumbnail, alt: "" }), fileName);
  const item = document.createElement("li");
  item.append(button);
  grid.prepend(item);
});
