// The film strip: the path in thumbnails, and beneath it the gradients there at one shared scale.
// Where none was taken the place stays empty: a copy of the next one would look like a gradient.

const STRIP_STOPS = 11; // alpha 0, 0.1 ... 1
const NEAR = 0.5 / (STRIP_STOPS - 1) + 1e-6; // a gradient further off is shown in another place

function buildStrip(strip, data, go) {
  const thumbs = Array.from({ length: STRIP_STOPS }, (_, i) => thumbnail(data,
    i / (STRIP_STOPS - 1), go));
  strip.replaceChildren(...thumbs.map((thumb) => thumb.button));
  for (const thumb of thumbs) paintImage(thumb.image.words, data, thumb.alpha);
  for (const thumb of thumbs) thumb.image.show();
  return thumbs;
}

function thumbnail(data, alpha, go) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "thumb";
  button.setAttribute("aria-label", `Go to alpha ${alpha.toFixed(1)}`);
  const [above, below] = [document.createElement("canvas"), document.createElement("canvas")];
  const label = document.createElement("span");
  label.textContent = alpha.toFixed(1);
  button.append(above, label, below);
  button.onclick = () => go(alpha);
  const frame = nearestFrame(data, alpha);
  const taken = Math.abs(data.alphas[data.nodes[frame]] - alpha) <= NEAR;
  below.classList.toggle("none", !taken);
  if (!taken) button.title = "No gradient was taken near here";
  return { alpha, button, frame, taken, image: painter(above, data), gradient: painter(below, data) };
}

function paintStripGradients(thumbs, data, look, end, table) {
  const show = look.show === "normalised" ? "signed" : look.show;
  for (const { frame, gradient } of thumbs.filter(({ taken }) => taken)) {
    paintMap(gradient.words, gradientValues(data, frame, look), limitsFor(show, end), table);
    gradient.show();
  }
}

function markThumb(thumbs, alpha) {
  const { button } = thumbs[Math.round(alpha * (thumbs.length - 1))];
  if (button.hasAttribute("aria-current")) return;
  for (const thumb of thumbs) thumb.button.removeAttribute("aria-current");
  button.setAttribute("aria-current", "true");
  const strip = button.parentElement; // on a phone it scrolls, and follows the cursor
  strip.scrollLeft = button.offsetLeft - strip.offsetLeft
    - (strip.clientWidth - button.offsetWidth) / 2;
}

// A canvas of the image's size whose pixels are written as words, one for each pixel.
function painter(canvas, { width, height }) {
  Object.assign(canvas, { width, height });
  const context = canvas.getContext("2d");
  const picture = new ImageData(width, height);
  const words = new Uint32Array(picture.data.buffer);
  return { canvas, words, show: () => context.putImageData(picture, 0, 0) };
}
