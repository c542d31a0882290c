// Edits of files outlive a visit to another file: they are kept in this browser's tab, by reward and file.
// Each with the text that was served when it was made, which tells whether the file is another one since.

function key(reward, file) {
  return `gavel edit ${JSON.stringify([reward, file])}`;
}

function recalled(reward, file) {
  try {
    return JSON.parse(sessionStorage.getItem(key(reward, file)));
  } catch {
    return null;
  }
}

function remember(reward, file, edit) {
  try {
    if (edit) sessionStorage.setItem(key(reward, file), JSON.stringify(edit));
    else sessionStorage.removeItem(key(reward, file));
  } catch {
    // There is no room, or none is allowed: the edit is in the page alone.
  }
}

function marked(links) {
  for (const link of links) {
    const { searchParams } = new URL(link.href);
    const isEdited = recalled(searchParams.get("reward"), searchParams.get("file")) !== null;
    link.classList.toggle("edited", isEdited);
    link.title = isEdited ? "edited" : "";
  }
}

// Other files are tried on the rollouts that are chosen now, not on those that were when the page came.
function carried(form, links) {
  for (const link of links) {
    const url = new URL(link.href);
    for (const name of ["run", "step", "group", "order", "count", "numbers"]) {
      const field = form.elements[name];
      if (!field) continue;
      if (field.value) url.searchParams.set(name, field.value);
      else url.searchParams.delete(name);
    }
    link.href = url.pathname + url.search;
  }
}

// Keeps what is typed into `text`; brings back what was. `changed` is called when the text is another one.
export function keepEdits(form, text, changed) {
  const reward = form.elements.reward.value;
  const file = form.elements.file.value;
  const served = text.defaultValue;
  const restore = form.querySelector("#restore");
  const links = [...document.querySelectorAll(".files a")];
  let base = served;

  function told() {
    restore.hidden = text.value === served;
    restore.textContent = base === served
      ? "edited; restore the served text"
      : "edited, and the served text has changed since; restore the served text";
    marked(links);
  }

  text.addEventListener("input", () => {
    remember(reward, file, text.value === served ? null : { served: base, text: text.value });
    told();
  });
  restore.addEventListener("click", () => {
    text.value = base = served;
    remember(reward, file, null);
    told();
    text.focus();
    changed();
  });
  form.addEventListener("change", () => carried(form, links));

  const before = recalled(reward, file);
  if (before && before.text !== served) {
    text.value = before.text;
    base = before.served;
    changed();
  } else {
    remember(reward, file, null);
  }
  told();
}
