// The text in the editor is light or dark as admin's own switch says, not as the system does.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  if (!window.CKEDITOR) return; // Nothing to edit, or no right to.
  const DARK = "(prefers-color-scheme: dark)";
  const root = document.documentElement;
  const system = matchMedia(DARK);
  const darkRules = new WeakSet();
  const pages = new Set();

  function follow(page) {
    const { theme } = root.dataset;
    const isDark = theme === "dark" || (theme !== "light" && system.matches);
    page.documentElement.style.colorScheme = isDark ? "dark" : "light";
    for (const sheet of page.styleSheets) {
      for (const rule of sheet.cssRules) {
        if (rule.media?.mediaText.includes(DARK)) darkRules.add(rule);
        if (darkRules.has(rule)) rule.media.mediaText = isDark ? "screen" : "not all";
      }
    }
  }

  function show(editor) {
    const page = editor.document.$;
    for (const link of page.querySelectorAll("link")) {
      link.addEventListener("load", () => follow(page));
    }
    pages.clear(); // The page before, if the editor was switched to source and back.
    pages.add(page);
    follow(page);
  }

  CKEDITOR.on("instanceReady", ({ editor }) => {
    if (editor.mode === "wysiwyg") show(editor);
    editor.on("contentDom", () => show(editor));
  });
  const followAll = () => pages.forEach(follow);
  new MutationObserver(followAll).observe(root, { attributeFilter: ["data-theme"] });
  system.addEventListener("change", followAll);
});
