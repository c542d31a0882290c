// j, k: rows; n, p: next and previous page; Enter: open; u: up; /: filters; g and a letter: a page; ?: help.
const SEQUENCE_MS = 1200;

let waiting = 0;

function rows() {
  return [...document.querySelectorAll("tr[data-row]")];
}

function move(by) {
  const all = rows();
  if (!all.length) return;
  const now = all.findIndex((row) => row.classList.contains("at"));
  const next = now < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(Math.max(now + by, 0), all.length - 1);
  all.forEach((row, place) => row.classList.toggle("at", place === next));
  all[next].scrollIntoView({ block: "nearest" });
  all[next].querySelector("a")?.focus({ preventScroll: true });
}

function openRow(row) {
  row?.querySelector("a")?.click();
}

function goTo(letter) {
  [...document.querySelectorAll("nav a[data-key]")].find((tab) => tab.dataset.key === letter)?.click();
}

function up() {
  (document.querySelector("a[rel=up]") ?? document.querySelector("nav a[aria-current]"))?.click();
}

function beside(way) {
  document.querySelector(`main a[rel=${way}]`)?.click();
}

const KEYS = {
  j: () => move(1),
  k: () => move(-1),
  n: () => beside("next"),
  p: () => beside("prev"),
  u: up,
  g: () => { waiting = Date.now(); },
  "/": () => document.querySelector("main form input:not([type=hidden]), main form select")?.focus(),
  "?": () => document.getElementById("help")?.showModal(),
  Enter: () => openRow(document.querySelector("tr[data-row].at")),
};

function typing(target) {
  return target.closest?.("input, select, textarea, [contenteditable], dialog") !== null;
}

function pressed(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  if (event.key === "Enter" && event.target.closest?.("a, button, summary")) return;
  const action = Date.now() - waiting < SEQUENCE_MS && event.key.length === 1 ? () => goTo(event.key) : KEYS[event.key];
  if (!action) return;
  if (event.key !== "g") waiting = 0;
  event.preventDefault();
  action();
}

function clicked(event) {
  if (event.target.closest("a, button, input, select, label, summary")) return;
  openRow(event.target.closest("tr[data-row]"));
}

export function keyboard() {
  document.addEventListener("keydown", pressed);
  document.addEventListener("click", clicked);
}
