// Ctrl+S, or Cmd+S, saves and goes on editing: in the form and inside the editor's own page.

export function saveByKey(form) {
  function save() {
    const button = form.querySelector("[name=_continue]") ?? form.querySelector("[type=submit]");
    if (button && !document.querySelector("dialog[open]")) form.requestSubmit(button);
  }

  document.addEventListener("keydown", (event) => {
    const isOurs = (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey;
    if (!isOurs || event.key.toLowerCase() !== "s" || event.defaultPrevented) return;
    event.preventDefault();
    if (!event.repeat) save();
  });

  window.CKEDITOR?.on("instanceReady", ({ editor }) => {
    editor.addCommand("saveform", { exec: save, modes: { wysiwyg: 1, source: 1 }, canUndo: false });
    editor.setKeystroke(CKEDITOR.CTRL + "S".charCodeAt(0), "saveform");
  });
}
