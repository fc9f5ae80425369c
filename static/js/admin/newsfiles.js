// A button that opens the library of files: what is chosen there is linked to in the text.
"use strict";

CKEDITOR.plugins.add("newsfiles", {
  requires: "link",

  onLoad() {
    // The dialog offers what the door lets through, no more.
    const REFUSED = ["ftp://", "news://", "anchor"];
    const without = ({ items }) => items.filter(([, value]) => !REFUSED.includes(value));
    CKEDITOR.on("dialogDefinition", ({ data, editor }) => {
      if (!editor.config.newsFiles || data.name !== "link") return;
      const info = data.definition.getContents("info");
      for (const name of ["linkType", "protocol"]) {
        const choice = info.get(name);
        choice.items = without(choice);
      }
      const address = info.get("url");
      const { onKeyUp, validate } = address;
      const isRefused = (field) => /^(ftp|news):/i.test(field.getValue().trim());
      address.onKeyUp = function () {
        if (!isRefused(this)) onKeyUp.call(this); // Which takes the protocol away.
      };
      address.validate = function () {
        return isRefused(this) ? editor.lang.common.invalidValue : validate.call(this);
      };
    });
  },

  init(editor) {
    const { pick, icon, button } = editor.config.newsFiles;

    // The window calls it by its number.
    const number = CKEDITOR.tools.addFunction((url, _ofDialogs, { id, title }) => {
      const attributes = { "data-attachment": id, href: url, "data-cke-saved-href": url };
      editor.focus();
      editor.fire("saveSnapshot");
      const chosen = CKEDITOR.plugins.link.getSelectedLink(editor);
      const selection = editor.getSelection();
      const [range] = selection.getRanges();
      if (chosen) {
        chosen.setAttributes(attributes);
      } else if (selection.getSelectedText().trim()) {
        const style = new CKEDITOR.style({ element: "a", attributes });
        style.type = CKEDITOR.STYLE_INLINE; // As CKEditor's own dialog makes links.
        style.applyToRange(range, editor);
        range.select();
      } else {
        const link = editor.document.createElement("a", { attributes });
        link.setText(title);
        range?.collapse(); // Behind a picture that is chosen, not in its place.
        range?.select();
        editor.insertElement(link);
      }
      editor.fire("saveSnapshot");
    });

    editor.addCommand("newsfiles", {
      exec() {
        editor.popup(`${pick}?CKEditorFuncNum=${number}`, "80%", "70%");
      },
    });
    editor.ui.addButton("NewsFiles", { label: button, command: "newsfiles", icon });
    editor.on("destroy", () => CKEDITOR.tools.removeFunction(number));
  },
});
