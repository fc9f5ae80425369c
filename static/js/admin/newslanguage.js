// The editor's button for languages knows only spans with a `dir`, which the door takes from texts.
"use strict";

CKEDITOR.plugins.add("newslanguage", {
  requires: "language",

  init(editor) {
    const directions = new Map(editor.config.language_list.map((entry) => {
      const [code, , direction] = entry.split(":");
      return [code, direction ?? "ltr"];
    }));
    editor.dataProcessor.dataFilter.addRules({ elements: { span({ attributes }) {
      if (attributes.lang) attributes.dir = directions.get(attributes.lang) ?? "ltr";
    } } });
  },
});
