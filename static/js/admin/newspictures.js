// Pictures that are pasted, dropped or chosen go to the library at once, and from there into the
// text; so do files, which become links.
"use strict";

CKEDITOR.plugins.add("newspictures", {
  requires: "uploadwidget,newsplaces",

  onLoad() {
    CKEDITOR.on("dialogDefinition", ({ data, editor }) => {
      const { texts } = editor.config.newsPictures ?? {};
      if (!texts || data.name !== "image2") return;
      // The picture plugin that comes with this CKEditor does not know `image2_altRequired`.
      const alt = data.definition.getContents("info").get("alt");
      alt.validate = CKEDITOR.dialog.validate.notEmpty(texts.altMissing);
    });
  },

  init(editor) {
    const { url, icon, accept, limit, files, texts } = editor.config.newsPictures;
    if (!url) return; // Whoever writes may not add pictures.
    const WIDGET = "newspicture";
    const AT_ONCE = 2;
    const tools = CKEDITOR.fileTools;
    const running = new Set(); // Under way, or in the queue.
    const queue = [];
    let refused = false; // Whether one of those that are under way together was.
    let undescribed = false;
    let advice; // The notification that asks for descriptions: one is enough.
    let submitter; // The button with which the form is to be saved once all have arrived.

    const form = () => editor.element.$.form;
    const warn = (text) => editor.showNotification(text, "warning");

    // What is no picture can only be a file.
    const isFile = ({ type }) => Boolean(files.url) && !type.startsWith("image/");
    const tooLarge = (file) => (isFile(file) ? files.tooLarge : texts.tooLarge);

    // Not an `img`, of which the picture plugin would make its own widget at once.
    function placeholder(file) {
      if (file.size > (isFile(file) ? files.limit : limit)) {
        refused ||= running.size > 0;
        warn(`${file.name}: ${tooLarge(file)}`);
        return null;
      }
      const element = new CKEDITOR.dom.element("span");
      element.setText(file.name || texts.pasted);
      return element;
    }

    function upload(loader, element) {
      loader.upload(url);
      tools.markElement(element, WIDGET, loader.id);
      tools.bindNotifications(editor, loader);
    }

    tools.addUploadWidget(editor, WIDGET, {
      uploadUrl: url,
      loadMethod: "upload",
      fileToElement: placeholder,
      onUploaded({ responseData }) {
        const { id, url: src, alt, width, height, fileName } = responseData;
        if (!width) {
          const link = editor.document.createElement("a");
          link.setAttributes({ "data-attachment": id, href: src, "data-cke-saved-href": src });
          link.setText(fileName);
          editor.newsPlaces.put(this, link);
          return;
        }
        const picture = editor.document.createElement("img");
        picture.setAttributes({ "data-picture": id, src, alt, width, height });
        undescribed ||= !alt;
        editor.newsPlaces.put(this, picture);
      },
    });

    // --- on their way

    // A clipboard calls every screenshot the same.
    function nameOf({ name }) {
      if (name && name !== "image.png") return name;
      const now = new Date().toLocaleString("sv").replaceAll(":", "."); // 2026-03-04 12.00.00
      return `${texts.pasted} ${now}.png`;
    }

    // Before the request is opened (5).
    editor.on("fileUploadRequest", ({ data: { fileLoader } }) => {
      if (!isFile(fileLoader.file)) return;
      fileLoader.uploadUrl = `${files.url}?name=${encodeURIComponent(nameOf(fileLoader.file))}`;
    }, null, null, 4);

    // After it was opened, and instead of CKEditor's own sending (999), which would
    // send all at once: those who wait at the server keep readers waiting.
    editor.on("fileUploadRequest", (event) => {
      event.stop();
      running.add(event.data.fileLoader);
      queue.push(event.data.fileLoader);
      sendNext();
    }, null, null, 10);

    function sendNext() {
      while (queue.length && running.size - queue.length < AT_ONCE) {
        const { xhr, file } = queue.shift();
        let data = file; // A file is the whole request.
        if (isFile(file)) {
          xhr.setRequestHeader("Content-Type", "application/octet-stream");
        } else {
          data = new FormData();
          data.append("upload", file, nameOf(file));
        }
        xhr.setRequestHeader("Accept", "application/json");
        xhr.setRequestHeader(
          "X-CSRFToken", form().querySelector("[name=csrfmiddlewaretoken]").value,
        );
        xhr.send(data);
      }
    }

    function finish(loader) {
      if (!running.delete(loader)) return;
      if (queue.includes(loader)) queue.splice(queue.indexOf(loader), 1); // Called off.
      sendNext();
      if (!running.size) arrived();
    }

    function reason({ xhr, file }) {
      try {
        return JSON.parse(xhr.responseText).error.message;
      } catch {
        if (xhr.status === 413) return tooLarge(file);
        return isFile(file) ? files.failed : texts.failed;
      }
    }

    editor.uploadRepository.on("instanceCreated", ({ data: loader }) => {
      // Before the notification is shown, which would only name the status.
      loader.on("error", () => {
        refused = true;
        if (loader.xhr) loader.message = `${nameOf(loader.file)}: ${reason(loader)}`;
      }, null, null, 1);
      loader.on("update", () => {
        if (loader.isFinished()) finish(loader);
      }, null, null, 100);
    });

    function arrived() {
      const button = submitter;
      const wasRefused = refused;
      submitter = undefined;
      refused = false;
      if (undescribed) {
        advice?.hide();
        advice = editor.showNotification(texts.describe, "info", 15000);
      }
      undescribed = false;
      if (button === undefined) return;
      if (wasRefused) warn(texts.notSaved);
      else form().requestSubmit(button);
    }

    editor.on("instanceReady", () => {
      // First of all listeners, so that no other one takes the form for sent.
      form()?.addEventListener("submit", (event) => {
        if (!running.size) return;
        event.preventDefault();
        event.stopImmediatePropagation();
        submitter = event.submitter;
        editor.showNotification(texts.waiting, "info");
      }, { capture: true });
      addEventListener("beforeunload", (event) => {
        if (running.size) event.preventDefault();
      });
    });

    // --- what is pasted

    // “Copy image” in a browser gives the picture, and HTML with its address, which could not stay.
    function isOnlyPictures(html) {
      const { body } = new DOMParser().parseFromString(html, "text/html");
      return !body.textContent.trim() && Boolean(body.querySelector("img"));
    }

    // Before the files are looked at (20).
    editor.on("paste", ({ data }) => {
      const { dataTransfer } = data;
      const isOurs = dataTransfer.getTransferType(editor) !== CKEDITOR.DATA_TRANSFER_EXTERNAL;
      if (!isOurs && dataTransfer.getFilesCount() && isOnlyPictures(data.dataValue)) {
        data.dataValue = "";
      }
    }, null, null, 15);

    editor.on("paste", ({ data }) => {
      if (!/<img[^>]*\ssrc=["']?data:/i.test(data.dataValue)) return;
      const { body } = new DOMParser().parseFromString(data.dataValue, "text/html");
      for (const image of body.querySelectorAll("img[src^='data:']")) {
        const isBase64 = /^data:[^,]*;base64,/.test(image.getAttribute("src"));
        if (image.dataset.ckeRealelement || !isBase64) continue;
        const loader = createLoader(image.getAttribute("src"));
        if (!loader) continue; // Not Base64 after all: the server removes it.
        const element = placeholder(loader.file);
        if (element) upload(loader, element);
        image.outerHTML = element?.getOuterHtml() ?? "";
      }
      data.dataValue = body.innerHTML;
    }, null, null, 30);

    function createLoader(address) {
      try {
        return editor.uploadRepository.create(address);
      } catch {
        return null;
      }
    }

    // --- the button

    function insert(files) {
      const elements = files.map((file) => {
        const element = placeholder(file);
        if (element) upload(editor.uploadRepository.create(file), element);
        return element;
      });
      editor.focus();
      const html = elements.map((element) => element?.getOuterHtml() ?? "").join("");
      editor.newsPlaces.expect(html);
      editor.insertHtml(html);
    }

    editor.addCommand("newspictures", {
      async: true,
      exec() {
        const input = document.createElement("input");
        Object.assign(input, { type: "file", accept, multiple: true });
        input.addEventListener("change", () => insert([...input.files]));
        input.click();
        return true;
      },
    });
    editor.ui.addButton("NewsPictures", {
      label: texts.button,
      command: "newspictures",
      toolbar: "insert,11",
      icon,
    });
  },
});
