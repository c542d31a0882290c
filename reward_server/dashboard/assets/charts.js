// The values under the pointer. A chart's lines stand in its data-lines: [[name, [[step, value], ...]], ...];
// its box in data-box: [first step, last step, left, right, top, bottom], the latter four in the picture's units.

const MARGIN = 0.02; // beside the ends, where the first and the last step are meant

function nearest(points, step) {
  let low = 0;
  let high = points.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (points[middle][0] <= step) low = middle; else high = middle;
  }
  return Math.abs(points[low][0] - step) <= Math.abs(points[high][0] - step) ? points[low] : points[high];
}

function written(value) {
  if (value === null) return "-";
  return Math.abs(value) >= 1000 ? value.toLocaleString("en") : String(Number(value.toPrecision(4)));
}

function part(name, kind) {
  const made = document.createElement("div");
  made.className = kind;
  made.hidden = true;
  return made;
}

function chart(plot) {
  const lines = JSON.parse(plot.dataset.lines);
  const [first, last, left, right, top, bottom] = JSON.parse(plot.dataset.box);
  const picture = plot.querySelector("svg");
  const cursor = part("cursor", "cursor");
  const readout = part("readout", "readout");
  plot.append(cursor, readout);

  function show(event) {
    const seen = picture.getBoundingClientRect();
    const scale = seen.width / picture.viewBox.baseVal.width;
    const across = ((event.clientX - seen.left) / scale - left) / (right - left);
    if (across < -MARGIN || across > 1 + MARGIN) return hide();
    const [step] = nearest(lines[0][1], first + across * (last - first));
    const values = lines.map(([name, points]) => {
      const [at, value] = nearest(points, step);
      return `${name} ${at === step ? written(value) : "-"}`;
    });
    readout.replaceChildren(...[`step ${step}`, ...values].map((text) => {
      const row = document.createElement("div");
      row.textContent = text;
      return row;
    }));
    const x = (left + ((step - first) / (last - first || 1)) * (right - left)) * scale;
    Object.assign(cursor.style, { left: `${x}px`, top: `${top * scale}px`, height: `${(bottom - top) * scale}px` });
    cursor.hidden = readout.hidden = false;
    readout.style.left = x > seen.width / 2 ? `${x - readout.offsetWidth - 8}px` : `${x + 8}px`;
  }

  function hide() {
    cursor.hidden = readout.hidden = true;
  }

  picture.addEventListener("pointermove", show);
  picture.addEventListener("pointerleave", hide);
}

export function charts(root) {
  root.querySelectorAll(".plot[data-lines]").forEach(chart);
}
