// The name of each picture, its box, and the boxes of its texts.
() => {
  const place = (element, text) => {
    const { left, right, top, bottom } = element.getBoundingClientRect();
    return { text, left, right, top, bottom };
  };
  return [...document.querySelectorAll("svg")].map((picture) => [
    picture.getAttribute("aria-label"),
    [place(picture, ""), ...[...picture.querySelectorAll("text")].map((each) => place(each, each.textContent))],
  ]);
}
