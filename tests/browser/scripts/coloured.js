// How many pixels in each box of a PNG are of a colour rather than grey.
async ([shot, boxes]) => {
  const bytes = Uint8Array.from(atob(shot), (letter) => letter.charCodeAt(0));
  const image = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
  const canvas = new OffscreenCanvas(image.width, image.height).getContext("2d");
  canvas.drawImage(image, 0, 0);
  return boxes.map(({ left, right, top, bottom }) => {
    const { data } = canvas.getImageData(left, top, right - left, bottom - top);
    let count = 0;
    for (let at = 0; at < data.length; at += 4) {
      const pixel = [data[at], data[at + 1], data[at + 2]];
      count += Math.max(...pixel) - Math.min(...pixel) > 60;
    }
    return count;
  });
}
