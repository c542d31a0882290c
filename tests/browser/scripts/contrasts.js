// WCAG 2 contrast of every text of the page with the nearest background that is painted behind it.
() => {
  const channels = (colour) => colour.match(/[\d.]+/g).map(Number);
  const linear = (value) => (value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
  const luminance = (colour) => {
    const [red, green, blue] = channels(colour).map((value) => linear(value / 255));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const painted = (colour) => channels(colour).length < 4 || channels(colour)[3] > 0;
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = getComputedStyle(at).backgroundColor;
      if (painted(colour)) return colour;
    }
    return "rgb(255, 255, 255)";
  };
  const ratio = (one, other) => {
    const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (light + 0.05) / (dark + 0.05);
  };
  const own = (element) => [...element.childNodes].some((each) => each.nodeType === 3 && each.data.trim());
  return [...document.body.querySelectorAll("*")]
    .filter((each) => each.tagName !== "title" && own(each))
    .map((each) => {
      const style = getComputedStyle(each);
      const colour = each.tagName === "text" ? style.fill : style.color;
      return { text: each.textContent.slice(0, 40), ratio: ratio(colour, behind(each)) };
    });
}
