// Follows a run that goes on: fetches the page again every few seconds and puts the new main in place of the old.

function busy(main) {
  const chosen = document.getSelection();
  const selecting = chosen && !chosen.isCollapsed && main.contains(chosen.anchorNode);
  return document.hidden || selecting || main.contains(document.activeElement) && document.activeElement !== main
    || main.querySelector(".plot .readout:not([hidden])") !== null;
}

async function again(main, dress) {
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
  if (!answer.ok || busy(main)) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("main");
  if (!fresh || fresh.innerHTML === main.dataset.last) return;
  main.dataset.last = fresh.innerHTML;
  main.replaceChildren(...fresh.childNodes);
  dress(main);
}

export function follow(dress) {
  const main = document.querySelector("main[data-live]");
  if (!main) return;
  setInterval(() => {
    if (!busy(main)) again(main, dress).catch(() => {});
  }, 1000 * Number(main.dataset.live));
}
