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
