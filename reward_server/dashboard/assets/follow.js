// Follows a run that goes on: fetches the page again every few seconds and puts the new main in place of the old,
// the count of alarms with it.

function busy(main) {
  const chosen = document.getSelection();
  const selecting = chosen && !chosen.isCollapsed && main.contains(chosen.anchorNode);
  return document.hidden || selecting || main.contains(document.activeElement) && document.activeElement !== main
    || main.querySelector(".plot .readout:not([hidden])") !== null;
}

async function again(main, last, dress) {
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
  if (!answer.ok) return last;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.getElementById("main");
  if (!fresh || busy(main) || fresh.innerHTML === last) return last;
  const now = fresh.innerHTML;
  const opened = [...main.querySelectorAll("details")].map((each) => each.open);
  main.replaceChildren(...fresh.childNodes);
  main.querySelectorAll("details").forEach((each, place) => { each.open ||= opened[place] ?? false; });
  const nav = document.querySelector("header nav");
  if (!nav.contains(document.activeElement)) nav.replaceWith(page.querySelector("header nav"));
  document.title = page.title;
  dress(main);
  return now;
}

// To be called before the page is dressed: what it is compared with is what the server sent.
export function follow(dress) {
  const main = document.querySelector("main[data-live]");
  if (!main) return;
  let last = main.innerHTML;
  setInterval(() => {
    if (!busy(main)) again(main, last, dress).then((now) => { last = now; }, () => {});
  }, 1000 * Number(main.dataset.live));
}
