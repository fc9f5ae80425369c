// Sends pictures, or files, to their library, several at once, each with its own progress and answer.
const AT_ONCE = 2; // As many as the server makes at the same time.

const box = document.querySelector(".upload-box");
if (box) start(box);

function start(form) {
  const input = form.querySelector("input[type=file]");
  const results = form.querySelector(".upload-box-results");
  const status = form.querySelector("[role=status]");
  const { tooLarge, failed, open, known, left, done, wholeRequest } = form.dataset;
  const limit = Number(form.dataset.limit);
  const waiting = [];
  let running = 0;
  form.hidden = false; // Without this script nothing could answer it.

  function take(files) {
    for (const file of files) {
      const item = document.createElement("li");
      item.append(element("span", "upload-box-name", file.name));
      results.prepend(item);
      if (file.size > limit) refuse(item, tooLarge);
      else waiting.push([file, item, item.appendChild(bar(file.name))]);
    }
    next();
  }

  function next() {
    while (running < AT_ONCE && waiting.length) {
      running += 1;
      send(...waiting.shift()).finally(() => {
        running -= 1;
        next();
      });
    }
    const count = running + waiting.length;
    if (results.children.length) {
      status.textContent = count ? left.replace("%s", count) : done;
    }
  }

  async function send(file, item, progress) {
    const { status: code, answer } = await post(file, (part) => {
      progress.value = part;
      if (part === 1) progress.removeAttribute("value"); // Now the server is at work.
    });
    progress.remove();
    if (answer?.uploaded) show(item, answer);
    else refuse(item, answer?.error?.message ?? (code === 413 ? tooLarge : failed));
  }

  function post(file, onProgress) {
    const address = new URL(form.action);
    const data = new FormData();
    if (wholeRequest) address.searchParams.set("name", file.name);
    else data.append("upload", file, file.name);
    return new Promise((resolve) => {
      const request = new XMLHttpRequest();
      request.open("POST", address);
      request.responseType = "json";
      request.setRequestHeader("Accept", "application/json");
      request.setRequestHeader("X-CSRFToken", form.elements.csrfmiddlewaretoken.value);
      request.upload.addEventListener("progress", ({ loaded, total }) => onProgress(loaded / total));
      request.addEventListener("loadend", () => {
        resolve({ status: request.status, answer: request.response });
      });
      if (wholeRequest) request.setRequestHeader("Content-Type", "application/octet-stream");
      request.send(wholeRequest ? file : data);
    });
  }

  function refuse(item, reason) {
    item.append(element("span", "upload-box-refused", reason));
  }

  function show(item, answer) {
    if (answer.thumbnail) {
      const picture = Object.assign(new Image(), { src: answer.thumbnail, alt: "" });
      picture.className = "cover-thumb";
      item.prepend(picture);
    }
    const link = element("a", "upload-box-open", open);
    link.href = answer.change;
    if (form.dataset.newWindow) link.target = "_blank"; // The editor's dialog waits for this one.
    item.append(element("span", "upload-box-done", answer.known ? known : "✓"), link);
    const replaced = document.querySelector(".file-link"); // On the page of a file, which is new now.
    if (replaced) Object.assign(replaced, { href: answer.url, textContent: answer.facts });
    form.dispatchEvent(new CustomEvent("file-uploaded", { bubbles: true, detail: answer }));
  }

  function bar(name) {
    const progress = Object.assign(document.createElement("progress"), { max: 1, value: 0 });
    progress.setAttribute("aria-label", name);
    return progress;
  }

  input.addEventListener("change", () => {
    take([...input.files]);
    input.value = "";
  });

  // Anywhere on the page: a browser would leave it to show a file that misses a small target.
  const hasFiles = ({ dataTransfer }) => dataTransfer?.types.includes("Files");
  addEventListener("dragover", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    form.classList.add("is-target");
  });
  addEventListener("dragleave", ({ relatedTarget }) => {
    if (!relatedTarget) form.classList.remove("is-target");
  });
  addEventListener("drop", (event) => {
    form.classList.remove("is-target");
    if (!hasFiles(event)) return;
    event.preventDefault();
    take([...event.dataTransfer.files]);
  });
  addEventListener("beforeunload", (event) => {
    if (running) event.preventDefault();
  });
}

function element(tag, className, text) {
  return Object.assign(document.createElement(tag), { className, textContent: text });
}
