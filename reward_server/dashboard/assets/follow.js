// Follows a run that goes on: fetches the page again every few seconds and puts the new main in place of the old,
// the count of alarms with it.

function busy(main) {
  const chosen = document.getSelection();
  const selecting = chosen && !chosen.isCollapsed && main.contains(chosen.anchorNode);
  return document.hidden || selecting || main.contains(document.activeElement) && document.activeElement !== main
    || main.querySelector(".plot .readout:not([hidden])") !== null;
}

async function again(main, dress) {
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
  if (!answer.ok || busy(main)) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.getElementById("main");
  if (!fresh || busy(main) || fresh.innerHTML === main.dataset.last) return;
  main.dataset.last = fresh.innerHTML;
  const opened = [...main.querySelectorAll("details")].map((each) => each.open);
  main.replaceChildren(...fresh.childNodes);
  main.querySelectorAll("details").forEach((each, place) => { each.open ||= opened[place] ?? false; });
  document.querySelector("header nav").replaceWith(page.querySelector("header nav"));
  document.title = page.title;
  dress(main);
}

export function follow(dress) {
  const main = document.querySelector("main[data-live]");
  if (!main) return;
  setInterval(() => {
    if (!busy(main)) again(main, dress).catch(() => {});
  }, 1000 * Number(main.dataset.live));
}
