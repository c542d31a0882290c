// How many pixels differ in each box of two PNGs.
async ([before, after, boxes]) => {
  const canvases = await Promise.all([before, after].map(async (shot) => {
    const bytes = Uint8Array.from(atob(shot), (letter) => letter.charCodeAt(0));
    const image = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
    const canvas = new OffscreenCanvas(image.width, image.height).getContext("2d");
    canvas.drawImage(image, 0, 0);
    return canvas;
  }));
  return boxes.map(({ left, right, top, bottom }) => {
    const [one, other] = canvases.map((each) => each.getImageData(left, top, right - left, bottom - top).data);
    let count = 0;
    for (let at = 0; at < one.length; at += 4) {
      const apart = Math.abs(one[at] - other[at]) + Math.abs(one[at + 1] - other[at + 1]) + Math.abs(one[at + 2] - other[at + 2]);
      count += apart > 90;
    }
    return count;
  });
}
