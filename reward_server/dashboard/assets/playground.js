// The editor of the playground: line numbers as you type, a check when you pause, answers without a new page.
// The pieces of the page that an answer brings are made by the server, out of escaped text.
import { keepEdits } from "./edits.js";

const PAUSE_MS = 500;
const ROOM = 1;

function renumbered(form, text) {
  const lines = text.value.split("\n").length + ROOM;
  text.rows = lines;
  const gutter = form.querySelector("#gutter");
  if (gutter.textContent.split("\n").length - 1 === lines) return;
  gutter.textContent = Array.from({ length: lines }, (_, line) => `${line + 1}\n`).join("");
  form.querySelector("#beside").textContent = "";
}

function asked(form, run) {
  const said = new FormData(form);
  const wanted = { reward: said.get("reward"), file: said.get("file"), text: said.get("text") };
  if (!run) return wanted;
  const choice = { pasted: said.get("pasted") };
  for (const name of ["numbers", "order"]) if (said.get(name)) choice[name] = said.get(name);
  if (said.get("run")) choice.run = said.get("run");
  if (said.get("group")) choice.group = said.get("group");
  if (said.get("step")) choice.step = Number(said.get("step"));
  if (said.get("count")) choice.count = Number(said.get("count"));
  return { ...wanted, choice, ask: Number(said.get("ask") ?? 0), trust: said.has("trust") };
}

function exchanged(pieces) {
  for (const [id, html] of Object.entries(pieces)) {
    const fresh = new DOMParser().parseFromString(html, "text/html").getElementById(id);
    const old = document.getElementById(id);
    if (fresh && old) old.replaceWith(fresh);
  }
}

function failed(message) {
  const result = document.getElementById("result");
  const said = document.createElement("p");
  said.className = "note";
  said.textContent = message;
  result.replaceChildren(said);
}

async function sent(form, run, signal) {
  const answer = await fetch(`${form.getAttribute("action")}/${run ? "run" : "check"}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(asked(form, run)),
    signal,
  });
  const told = await answer.json();
  if (!answer.ok) throw new Error([told.error.message, told.error.hint].filter(Boolean).join("; "));
  return told.html;
}

function goTo(text, line, column) {
  const before = text.value.split("\n").slice(0, line - 1).join("\n").length + (line > 1 ? 1 : 0);
  const at = Math.min(before + column - 1, text.value.length);
  text.focus();
  text.setSelectionRange(at, at);
  const box = text.parentElement;
  box.scrollTop = line * (text.scrollHeight / text.rows) - box.clientHeight / 2;
  box.scrollIntoView({ block: "nearest" });
}

function download(text, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text.value], { type: "text/yaml" }));
  link.download = name.split("/").pop();
  link.click();
  URL.revokeObjectURL(link.href);
}

function editor(form) {
  const text = form.querySelector("#text");
  const name = form.querySelector("[name=file]").value;
  let pause = 0;
  let latest = new AbortController();

  async function ask(run) {
    clearTimeout(pause);
    latest.abort();
    const mine = latest = new AbortController();
    const busy = document.getElementById(run ? "result" : "findings");
    busy.setAttribute("aria-busy", "true");
    try {
      exchanged(await sent(form, run, mine.signal));
    } catch (error) {
      if (!mine.signal.aborted) failed(error.message);
    } finally {
      busy.removeAttribute("aria-busy");
    }
  }

  text.addEventListener("input", () => {
    renumbered(form, text);
    clearTimeout(pause);
    pause = setTimeout(() => ask(false), PAUSE_MS);
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    ask(event.submitter?.value === "run");
  });
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    ask(true);
  });
  form.addEventListener("click", (event) => {
    const place = event.target.closest("button.place");
    if (place) goTo(text, Number(place.dataset.line), Number(place.dataset.column));
  });
  const copy = form.querySelector("#copy-text");
  copy.addEventListener("click", () => navigator.clipboard.writeText(text.value).then(() => {
    copy.textContent = "copied";
    setTimeout(() => { copy.textContent = "copy the text"; }, 1500);
  }));
  const save = form.querySelector("#download");
  save.addEventListener("click", () => download(text, name));
  copy.hidden = save.hidden = false;
  keepEdits(form, text, () => {
    renumbered(form, text);
    ask(false);
  });
}

export function playground() {
  const form = document.querySelector("form#playground");
  if (form) editor(form);
}
