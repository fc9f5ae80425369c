// What a form holds, whatever its fields are; what of it was changed; and putting that back.

// What is hidden was typed by nobody.
const NOT_TYPED = new Set(["hidden", "file", "submit", "button", "image", "reset"]);
const isTyped = ({ name, type }) => Boolean(name) && !NOT_TYPED.has(type);

export function editorOf(field) {
  const editor = window.CKEDITOR?.instances[field.id];
  return editor?.status === "ready" ? editor : null;
}

// A list of texts for each name.
export function values(form) {
  const found = {};
  for (const field of form.elements) {
    if (isTyped(field)) (found[field.name] ??= []).push(...valuesOf(field));
  }
  return found;
}

function valuesOf(field) {
  if (field.type === "checkbox" || field.type === "radio") return field.checked ? [field.value] : [];
  if (field.options) return Array.from(field.selectedOptions, ({ value }) => value).filter(Boolean);
  return [editorOf(field)?.getData() ?? field.value];
}

// Those of `now` that are other values than before, or were not there.
export function changes(now, before) {
  const differs = ([name, list]) => JSON.stringify(list) !== JSON.stringify(before[name]);
  return Object.fromEntries(Object.entries(now).filter(differs));
}

// Autocomplete fields know only what is chosen: its words must be kept with it.
export function labels(form, names) {
  const found = {};
  for (const field of form.elements) {
    if (names.includes(field.name) && isAutocomplete(field)) found[field.name] = chosen(field);
  }
  return found;
}

const isAutocomplete = ({ classList }) => classList.contains("admin-autocomplete");

function chosen(select) {
  return django.jQuery(select)
    .select2("data")
    .filter(({ id }) => id)
    .map(({ id, text, thumbnail, alt }) => ({ id, text, thumbnail, alt }));
}

// Choices first, as choosing may fill in other fields. Done when the editors show their text too.
export async function fill(form, { fields, labels }) {
  const left = structuredClone(fields);
  const met = [...form.elements].filter((field) => isTyped(field) && field.name in left);
  met.filter(isAutocomplete).forEach((field) => choose(field, labels[field.name] ?? []));
  const others = met.filter((field) => !isAutocomplete(field));
  await Promise.all(others.map((field) => put(field, left[field.name])));
}

function choose(select, labels) {
  for (const option of [...select.options]) {
    if (option.value) option.remove();
  }
  for (const { id, text } of labels) select.add(new Option(text, id, true, true));
  if (!labels.length) select.value = "";
  const $select = django.jQuery(select).trigger("change");
  // The picture shown beside the field follows what select2 tells.
  const [label] = labels;
  if (label?.thumbnail) $select.trigger({ type: "select2:select", params: { data: label } });
  else if (select.dataset.thumbnail) $select.trigger("select2:clear");
}

function put(field, list) {
  const editor = editorOf(field);
  if (editor) return setData(editor, list.shift() ?? "");
  if (field.type === "checkbox" || field.type === "radio") {
    field.checked = list.includes(field.value);
  } else if (field.options) {
    for (const option of field.options) option.selected = list.includes(option.value);
  } else {
    field.value = list.shift() ?? "";
  }
  for (const type of ["input", "change"]) field.dispatchEvent(new Event(type, { bubbles: true }));
}

const setData = (editor, html) => new Promise((callback) => {
  editor.setData(html, { callback });
});
