// Nothing typed into the article's form is lost: it warns, keeps a copy, and is sent when it can be.
import { Copies, forgetOld, forgetSaved, hold, isId, newId } from "./keeping/copies.js";
import { changes, editorOf, fill, labels, values } from "./keeping/fields.js";
import { showOffers } from "./keeping/offer.js";
import { makeBar, makeDialog } from "./keeping/parts.js";
import { saveSafely } from "./keeping/save.js";
import { saveByKey } from "./keeping/shortcut.js";

const AT_MOST_EVERY = 2000; // milliseconds

const settings = document.querySelector(".keeping-settings");
const form = settings.closest("form");
const { opened, kept } = form.elements;
const { box, bar, dialog } = parts();
const copies = new Copies(settings.dataset.user, settings.dataset.article);
// A form that was refused shows what is saved nowhere, and goes on with its copy.
const isRefused = "unsaved" in settings.dataset;
const before = isRefused ? {} : values(form);
let copy = isRefused && isId(settings.dataset.copy) ? settings.dataset.copy : newId();
let timer = 0;
let isLeaving = false;
let isFilling = false;
let hasRoom = true;

// Not part of the form, inside which no other form may lie.
function parts() {
  const { content } = settings.querySelector("template");
  const [box, bar, dialog] = document.importNode(content, true).children;
  form.before(box);
  form.after(bar, dialog);
  return { box, bar: makeBar(bar), dialog: makeDialog(dialog) };
}

// What is put in again is only what was typed. But a form that was filled with an old version has
// nobody else's words: all of it goes together.
function changed() {
  const now = values(form);
  const found = changes(now, before);
  return "whole" in settings.dataset && Object.keys(found).length ? now : found;
}

function keep() {
  clearTimeout(timer);
  timer = 0;
  if (isFilling) return; // Half of a copy would take the place of the whole.
  const fields = changed();
  const names = Object.keys(fields);
  if (!names.length) return copies.remove(copy);
  // A copy of a form that was overtaken is compared again: what was chosen is not in it.
  const openedWith = settings.dataset.opened ?? opened?.value ?? "";
  const content = { opened: openedWith, fields, labels: labels(form, names) };
  const hadRoom = hasRoom;
  hasRoom = copies.put(copy, content);
  if (hadRoom && !hasRoom) bar.say("noRoom");
}

function touch() {
  timer ||= setTimeout(keep, AT_MOST_EVERY);
}

function typed() {
  isLeaving = false; // It was sent, and stayed.
  touch();
}

function keepAtOnce() {
  if (timer) keep();
}

// --- what is offered

async function offer() {
  const left = (await copies.left()).filter(({ id }) => id !== copy);
  const now = values(form);
  const isShown = ({ fields }) => !Object.keys(changes(fields, now)).length;
  left.filter(isShown).forEach(({ id }) => copies.remove(id));
  const isStale = (found) => Boolean(opened?.value) && found.opened !== opened.value;
  const use = (found) => putIn(found).then(offer);
  const remove = ({ id }) => {
    copies.remove(id);
    offer();
  };
  showOffers(box, left.filter((found) => !isShown(found)), { isStale, use, remove });
}

// The form goes on as the one that was lost, of the version that that one was opened with.
async function putIn(found) {
  keep(); // What was typed meanwhile is a copy of its own.
  copy = found.id;
  hold(copy);
  if (opened) opened.value = found.opened;
  delete settings.dataset.opened;
  isFilling = true;
  await fill(form, found);
  isFilling = false;
  keep();
}

// --- wiring

function watchEditor(editor) {
  const { name } = editor.element.$;
  // The editor writes the same text in its own way.
  if (name in before) before[name] = [editor.getData()];
  editor.on("change", typed);
  editor.on("contentDom", () => {
    if (editor.mode !== "source") return;
    editor.editable().attachListener(editor.editable(), "input", typed);
  });
  offer();
}

forgetSaved(settings.dataset.path);
forgetOld();
hold(copy);
// jQuery hears what select2 tells, too. Admin's calendars tell nothing, but are clicked.
django.jQuery(form).on("input change", typed);
document.addEventListener("click", touch, { capture: true });
addEventListener("pagehide", keepAtOnce);
document.addEventListener("visibilitychange", keepAtOnce);
addEventListener("beforeunload", (event) => {
  if (!isLeaving && Object.keys(changed()).length) event.preventDefault();
});
saveSafely(form, settings.dataset, { bar, dialog }, {
  before: keep,
  leaving() {
    kept.value = copy;
    isLeaving = true;
  },
});
saveByKey(form);

const editors = [...form.querySelectorAll("[data-type=ckeditortype]")];
if (!window.CKEDITOR || !editors.length) offer();
else {
  editors.map(editorOf).filter(Boolean).forEach(watchEditor);
  CKEDITOR.on("instanceReady", ({ editor }) => watchEditor(editor));
}
