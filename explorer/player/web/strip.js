// The film strip: the path in thumbnails, and beneath it the gradients there at one shared scale.
// Every gradient has one place, the nearest; a place where none was taken stays empty, since a copy
// of its neighbour's would look like a gradient. The strip is one stop of the Tab key: the arrow
// keys move within it.

import { gradientValues, limitsFor, paintImage, paintMap } from "./maps.js";
import { placesOf } from "./steps.js";

const STRIP_STOPS = 11; // alpha 0, 0.1 ... 1

export function buildStrip(strip, data, go) {
  const thumbs = placesOf(data.film, STRIP_STOPS).map((place) => thumbnail(data, place));
  strip.replaceChildren(...thumbs.map((thumb) => thumb.button));
  for (const thumb of thumbs) {
    paintImage(thumb.image.words, data, thumb.alpha);
    thumb.image.show();
    thumb.button.onclick = () => go(thumb.alpha);
    thumb.button.onpointerdown = (event) => event.preventDefault(); // a click moves no focus
  }
  strip.onkeydown = (event) => walk(thumbs, event, go);
  return thumbs;
}

function thumbnail(data, { alpha, frame, steps }) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "thumb";
  button.tabIndex = -1;
  const [above, below] = [document.createElement("canvas"), document.createElement("canvas")];
  const label = document.createElement("span");
  label.textContent = alpha.toFixed(1);
  button.append(above, label, below);
  below.classList.toggle("none", frame === null);
  button.title = takenHere(data.film, frame, steps);
  button.setAttribute("aria-label", `Go to alpha ${alpha.toFixed(1)}. ${button.title}`);
  return { alpha, button, frame, image: painter(above, data), gradient: painter(below, data),
    below };
}

function takenHere(film, frame, steps) {
  if (frame === null) return steps ? "Gradients taken here were not sent" : "No gradient was taken near here";
  const at = `α ${film.alphas[film.nodes[frame]].toFixed(2)}`;
  return steps === 1 ? `One gradient was taken here, at ${at}`
    : `${steps} gradients were taken here; this one at ${at}`;
}

export function paintStripGradients(thumbs, data, look, end, table) {
  const show = look.show === "normalised" ? "signed" : look.show;
  for (const { frame, gradient } of thumbs) {
    if (frame === null) continue;
    paintMap(gradient.words, gradientValues(data, frame, look), limitsFor(show, end), table);
    gradient.show();
  }
}

// One mark for the place on the path, one for the place of the gradient that is shown.
export function markThumbs(thumbs, alpha, shownAlpha) {
  const place = (at) => thumbs[Math.round(at * (thumbs.length - 1))];
  const [here, shown] = [place(alpha), place(shownAlpha)];
  for (const thumb of thumbs) thumb.below.classList.toggle("shown", thumb === shown);
  if (here.button.hasAttribute("aria-current")) return;
  for (const { button } of thumbs) {
    button.removeAttribute("aria-current");
    button.tabIndex = -1;
  }
  here.button.setAttribute("aria-current", "true");
  here.button.tabIndex = 0;
  const strip = here.button.parentElement; // on a phone it scrolls, and follows the cursor
  strip.scrollLeft = here.button.offsetLeft - strip.offsetLeft
    - (strip.clientWidth - here.button.offsetWidth) / 2;
}

function walk(thumbs, event, go) {
  const at = thumbs.findIndex(({ button }) => button === event.target);
  const last = thumbs.length - 1;
  const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: last }[event.key];
  if (to === undefined || at < 0 || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  const next = thumbs[Math.min(last, Math.max(0, to))];
  next.button.focus();
  go(next.alpha);
}

// A canvas of the image's size whose pixels are written as words, one for each pixel.
export function painter(canvas, { width, height }) {
  Object.assign(canvas, { width, height });
  const context = canvas.getContext("2d");
  const picture = new ImageData(width, height);
  const words = new Uint32Array(picture.data.buffer);
  return { canvas, words, show: () => context.putImageData(picture, 0, 0) };
}
