// Sends the form only when the server is there and the right person is signed in.
const PATIENCE = 15_000; // Milliseconds, for the server's word that it is there.
const SENDING = 10_000; // A second click within them would save twice.

// `before` is called when somebody saves, `leaving` when the form goes.
export function saveSafely(form, { address, login, user, name }, parts, { before, leaving }) {
  const { bar, dialog } = parts;
  let isAsking = false;
  let isFree = false; // To go: the server was asked.
  let sentAt = -Infinity;

  form.addEventListener("submit", (event) => {
    if (isFree) {
      sentAt = Date.now();
      leaving();
      return;
    }
    event.preventDefault();
    event.stopImmediatePropagation();
    if (!isAsking && Date.now() - sentAt > SENDING) save(event.submitter);
  });

  async function save(button) {
    isAsking = true;
    before();
    bar.clear();
    const answer = await ask(address);
    isAsking = false;
    judge(answer, button);
  }

  function judge(answer, button) {
    const again = () => save(button);
    if (!answer) bar.say("lost", again);
    else if (answer.user === null) signIn(answer.csrf, button);
    else if (String(answer.user) !== user) bar.say("other", again, { other: answer.name, name });
    else send(answer.csrf, button);
  }

  function send(csrf, button) {
    // The token of the page is no longer good after signing in, here or in another window.
    for (const field of document.getElementsByName("csrfmiddlewaretoken")) field.value = csrf;
    leaveBrokenEditors();
    isFree = true;
    form.requestSubmit(button); // Unless pictures are still on their way: then it comes again.
    isFree = false;
  }

  function signIn(csrf, button) {
    const say = (text) => dialog.say(text);
    dialog.open({
      cancelled: () => bar.say("signedOut", () => save(button)),
      async entered(password) {
        const data = { username: name, password, next: address, csrfmiddlewaretoken: csrf };
        const { answer, status } = await post(login, data);
        if (status === 429) return say("locked");
        if (status === 200 && !answer) return say("wrong");
        if (!answer) return say("failed");
        dialog.close();
        return judge(answer, button);
      },
    });
  }
}

async function ask(address) {
  const signal = AbortSignal.timeout(PATIENCE);
  try {
    const response = await fetch(address, { cache: "no-store", signal });
    return response.ok ? await response.json() : null;
  } catch {
    return null;
  }
}

// A password that fits leads on to `next`, whose answer is JSON; the form itself is a page.
async function post(address, data) {
  const signal = AbortSignal.timeout(PATIENCE);
  try {
    const response = await fetch(address, {
      method: "POST", body: new URLSearchParams(data), signal,
    });
    const isPage = !response.headers.get("Content-Type").includes("json");
    return { status: response.status, answer: isPage ? null : await response.json() };
  } catch {
    return { status: 0, answer: null };
  }
}

// An editor that could not show a text would send an empty one in its place.
function leaveBrokenEditors() {
  for (const editor of Object.values(window.CKEDITOR?.instances ?? {})) {
    if (editor.status !== "ready") editor.updateElement = () => {};
  }
}
