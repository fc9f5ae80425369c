// Copies of what was typed and not saved, in this browser: by person, article and open form.
const PREFIX = "newsroom.typed:";
const SAVED = /^newsroom-saved-([0-9a-f]{32})=/; // The cookie in which the server says what it has.
const KEPT_FOR = 30 * 24 * 3600 * 1000;
const ours = new Set(); // Forms of other windows have locks too.

// Each open form writes a copy of its own, so two windows never write over each other's.
export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export const isId = (text) => /^[0-9a-f]{32}$/.test(text);

export class Copies {
  constructor(user, article) {
    this.prefix = `${PREFIX}${user}:${article}:`;
  }

  // Whether there was room for it. If not, the copy before it is still there.
  put(id, content) {
    try {
      localStorage.setItem(this.prefix + id, JSON.stringify({ ...content, at: Date.now() }));
      return true;
    } catch {
      return false;
    }
  }

  remove(id) {
    forget((key) => key === this.prefix + id);
  }

  // The newest first, without those whose form is still open in another window.
  async left() {
    const open = await openForms();
    return keys()
      .filter((key) => key.startsWith(this.prefix))
      .map((key) => ({ ...read(key), id: key.slice(this.prefix.length) }))
      .filter(({ id, fields }) => fields && !open.has(PREFIX + id))
      .sort((one, other) => other.at - one.at);
  }
}

// Until the page is gone, however it goes. Browsers know locks on HTTPS and on localhost only.
export function hold(id) {
  ours.add(PREFIX + id);
  navigator.locks?.request(PREFIX + id, () => new Promise(() => {}));
}

export function forgetOld() {
  const oldest = Date.now() - KEPT_FOR;
  forget((key) => !(read(key)?.at > oldest));
}

// The server names a copy in a cookie once it has saved what that holds; nothing else removes one.
export function forgetSaved(path) {
  for (const cookie of document.cookie.split("; ")) {
    const [name, id] = SAVED.exec(cookie) ?? [];
    if (!id) continue;
    forget((key) => key.endsWith(`:${id}`));
    document.cookie = `${name}; path=${path}; max-age=0`;
  }
}

async function openForms() {
  const { held = [] } = (await navigator.locks?.query()) ?? {};
  return new Set(held.map(({ name }) => name).filter((name) => !ours.has(name)));
}

function keys() {
  try {
    return Object.keys(localStorage).filter((key) => key.startsWith(PREFIX));
  } catch {
    return []; // A browser that keeps nothing at all.
  }
}

function read(key) {
  try {
    return JSON.parse(localStorage.getItem(key));
  } catch {
    return null;
  }
}

function forget(isMeant) {
  keys().filter(isMeant).forEach((key) => localStorage.removeItem(key));
}
