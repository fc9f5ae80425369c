// Whoever goes on writing in a field keeps what is written there.
const FIELDS = { picks: "related" }; // What a choice calls a field, where that is another name.

function keepMine(field) {
  const name = field.replace(/_[01]$/, "");
  const mine = document.querySelector(
    `.conflict input[name="choose-${FIELDS[name] ?? name}"][value="mine"]`,
  );
  if (mine) mine.checked = true;
}

const form = document.getElementById("article_form");
for (const type of ["input", "change"]) {
  form.addEventListener(type, ({ target, isTrusted }) => isTrusted && keepMine(target.name));
}
// The boxes with suggestions tell of a choice through jQuery alone.
window.django?.jQuery(form).on("select2:select select2:unselect", ({ target }) => keepMine(target.name));
window.CKEDITOR?.on("instanceReady", ({ editor }) => {
  editor.on("key", () => keepMine(editor.name.replace(/^id_/, "")));
  editor.on("paste", () => keepMine(editor.name.replace(/^id_/, "")));
});
