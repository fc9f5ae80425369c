// Where pictures and files stand that are pasted, dropped or chosen, and where writing goes on.
"use strict";

CKEDITOR.plugins.add("newsplaces", {
  requires: "uploadwidget",

  init(editor) {
    const ARRIVING = "[data-cke-upload-id]";
    const expected = []; // Whose place is still to be made. In pasted HTML they have one.

    editor.newsPlaces = { expect, put };

    // A link may be part of a sentence. A video is only played where it stands alone.
    const standsAlone = ({ type }) => ["image", "video"].includes(type.split("/")[0]);
    const isEmpty = (block) => (
      !block.getText().replaceAll("\u200b", "").trim() && !block.findOne("img, [data-widget]")
    );

    function expect(html) {
      const { body } = new DOMParser().parseFromString(html, "text/html");
      const elements = [...body.querySelectorAll(ARRIVING)];
      expected.push(...elements.map(({ dataset }) => dataset.ckeUploadId));
    }

    // After CKEditor has looked at the files (20), and before `newspictures` looks at HTML (30).
    editor.on("paste", ({ data: { dataTransfer, dataValue } }) => {
      if (dataTransfer.getFilesCount()) expect(dataValue);
    }, null, null, 25);

    // CKEditor would select what is new, and whatever came next would stand in its place.
    editor.widgets.on("checkWidgets", ({ data }) => {
      if (editor.editable()?.findOne(`.cke_widget_new ${ARRIVING}`)) data.focusInited = false;
    }, null, null, 1);

    // After the widgets were made (10).
    editor.on("afterInsertHtml", () => {
      const wrappers = expected.splice(0).map(wrapperOf).filter(Boolean);
      const several = wrappers.length > 1;
      let rest;
      for (const wrapper of wrappers) {
        rest = several || standsAlone(fileOf(wrapper)) ? isolate(wrapper) : null;
      }
      if (wrappers.length) goOn(wrappers.at(-1), rest);
    }, null, null, 20);

    function wrapperOf(id) {
      return editor.editable().findOne(`[data-cke-upload-id="${id}"]`)?.getParent();
    }

    function fileOf(wrapper) {
      const id = wrapper.findOne(ARRIVING).data("cke-upload-id");
      return editor.uploadRepository.loaders[id].file;
    }

    // Gives it a paragraph, and returns the block that follows: the rest of where it was put.
    function isolate(wrapper) {
      const { block } = new CKEDITOR.dom.elementPath(wrapper, editor.editable());
      if (!block?.is("p", "h2", "h3", "h4")) return null; // In a list or a table it stays.
      wrapper.breakParent(block);
      const [before, after] = [wrapper.getPrevious(), wrapper.getNext()];
      const paragraph = editor.document.createElement("p");
      paragraph.insertBefore(wrapper);
      paragraph.append(wrapper);
      if (isEmpty(before)) before.remove();
      if (isEmpty(after)) {
        after.renameNode("p");
        after.setHtml("");
        after.appendBogus();
      }
      return after;
    }

    function goOn(element, rest) {
      const range = editor.createRange();
      if (rest) range.moveToElementEditStart(rest);
      else range.moveToPosition(element, CKEDITOR.POSITION_AFTER_END);
      range.select();
      range.scrollIntoView();
    }

    // What has arrived, in the place of its widget. The widget's own `replaceWith` would lose a
    // caret that stands right behind it.
    function put(widget, element) {
      const wasChosen = editor.widgets.focused === widget;
      element.insertBefore(widget.wrapper);
      widget.wrapper.remove();
      editor.widgets.destroy(widget, true);
      const shown = element.is("img") ? editor.widgets.initOn(element, "image").wrapper : element;
      if (wasChosen) goOn(shown);
      editor.fire("change");
    }
  },
});
