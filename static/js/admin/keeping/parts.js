// The bar that says why nothing was saved, and the dialog that asks for the password.

export function makeBar(bar) {
  const button = bar.querySelector("button");
  const text = bar.querySelector("[role=alert]");
  let retry = () => {};
  button.addEventListener("click", () => retry());

  function clear() {
    bar.classList.remove("is-shown");
    button.hidden = true;
    text.textContent = "";
  }

  // Sentences stand in the page, translated; `names` are put where they have {braces}.
  function say(name, again, names = {}) {
    const sentence = bar.querySelector(`[data-text="${name}"]`).content.textContent.trim();
    text.textContent = sentence.replace(/{(\w+)}/g, (_all, key) => names[key]);
    button.hidden = !again;
    retry = again;
    bar.classList.add("is-shown");
  }

  return { clear, say };
}

export function makeDialog(dialog) {
  // Made here, as the page's HTML can have no form within the article's.
  const form = document.createElement("form");
  form.append(...dialog.children);
  dialog.append(form);
  const password = dialog.querySelector("[type=password]");
  const text = dialog.querySelector("[role=alert]");
  const submit = dialog.querySelector("[type=submit]");
  let asked;

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    submit.disabled = true;
    text.textContent = "";
    await asked.entered(password.value);
    submit.disabled = false;
  });
  dialog.querySelector("[type=button]").addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => {
    password.value = "";
    text.textContent = "";
    asked?.cancelled();
  });

  return {
    open(callbacks) {
      asked = callbacks;
      dialog.showModal();
      password.focus();
    },
    say(name) {
      text.textContent = dialog.querySelector(`[data-text="${name}"]`).content.textContent.trim();
      password.select();
    },
    close() {
      asked = null; // Not called off.
      dialog.close();
    },
  };
}
