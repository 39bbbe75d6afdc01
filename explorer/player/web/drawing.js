// The stages at one alpha: what is painted, and what is written under it.

import { DASHES, drawCurve, scorePlaces, svgElement } from "./curve.js";
import { lookNote } from "./looks.js";
import { FINISHED, attributionValues, gradientValues, limitsFor, paintImage, paintMap,
  paintOverlay } from "./maps.js";
import { compact, fixed, signed, written } from "./numbers.js";
import { ownGradients } from "./scales.js";
import { members } from "./sharing.js";
import { frameAlphas, frameSoFar, nearestFrame, nearestStep, scoreAt } from "./steps.js";
import { markThumbs, painter } from "./strip.js";

const LARGE_ENOUGH = 33; // pixels; below, cells are shown crisp
const NUMBERS_UP_TO = 25; // pixels of an image whose cells have room for their numbers
export const STILLS = ["image", "baseline", "gradient", "attribution"];

// At rest the cursor stands at the image, where the attribution is finished.
export const cursorOf = ({ alpha }) => alpha ?? 1;

// The gradient that is shown: the nearest, or at rest the one that gave most to the map.
export function shownFrame({ data: { film }, alpha }) {
  return alpha === null ? film.liveliest : nearestFrame(film, alpha);
}

export function prepareCanvases(player) {
  const { data, root } = player;
  const { width, height, channels } = data;
  root.classList.toggle("tiny", Math.max(width, height) < LARGE_ENOUGH);
  root.dataset.film = data.film ? "yes" : "none";
  root.dataset.baseline = data.uses_baseline ? "yes" : "none";
  for (const name of STILLS) {
    const part = player.panels[name];
    part.painter = painter(part.canvas, data);
    part.canvas.className = width >= height ? "wide" : "tall";
    fillCells(part.cells, data);
  }
  for (const one of [".channels", ".backdrop"]) root.querySelector(one).hidden = channels < 3;
}

function fillCells(cells, { width, height }) {
  const count = width * height <= NUMBERS_UP_TO ? width * height : 0;
  cells.style.gridTemplateColumns = `repeat(${width}, 1fr)`;
  cells.style.aspectRatio = `${width} / ${height}`;
  cells.replaceChildren(...Array.from({ length: count }, () => document.createElement("span")));
}

// ---- Painting ------------------------------------------------------------------------------------

export function draw(player) {
  drawImage(player, "image", cursorOf(player));
  if (player.data.film) drawFilm(player);
  else drawWithoutFilm(player);
  if (player.hover) showTip(player);
}

function drawFilm(player) {
  const { data: { film }, plot, root } = player;
  const alpha = cursorOf(player);
  const frame = shownFrame(player);
  const score = scoreAt(film, alpha);
  drawGradient(player, frame);
  drawAttribution(player, player.alpha === null ? FINISHED : finishedAtLast(film, alpha));
  plot.place(alpha, score);
  plot.mark(film.nodes[frame]);
  plot.rest(player.alpha === null);
  markThumbs(player.thumbs, alpha, frameAlphas(film)[frame]);
  writeReadout(player, score, nearestStep(film, alpha));
  Object.assign(root.dataset, { alpha: alpha.toFixed(4), rest: player.alpha === null,
    step: nearestStep(film, alpha) + 1 });
}

function finishedAtLast(film, alpha) {
  const frame = frameSoFar(film, alpha);
  return frame === film.nodes.length - 1 ? FINISHED : frame;
}

function drawWithoutFilm(player) {
  drawImage(player, "baseline", 0);
  drawAttribution(player, FINISHED);
}

function drawImage(player, name, alpha) {
  const { data, panels: { [name]: part } } = player;
  paintImage(part.painter.words, data, alpha);
  part.painter.show();
  const percent = Math.round(100 * alpha);
  part.live.textContent = percent === 100 ? "the image itself" : percent === 0
    ? "the baseline itself" : `${percent} % image, ${100 - percent} % baseline`;
  if (part.mix) part.mix.style.transform = `scaleX(${alpha})`;
  if (part.cells.firstChild) {
    const { image: x, baseline: b, pixel_max: unit } = data;
    writeCells(part, (i) => unit * (b[i] + alpha * (x[i] - b[i])));
  }
}

function drawGradient(player, frame) {
  const { data, look, gradientShow, panels: { gradient } } = player;
  const values = gradientValues(data, frame, look);
  const scale = limitsFor(gradientShow, gradientEnd(player));
  paintMap(gradient.painter.words, values, scale, player.gradientTable);
  gradient.painter.show();
  gradient.values = values;
  gradient.live.textContent = stepInWords(player, frame);
  const { silent } = ownGradients(player).ends[frame];
  writeScale(gradient, scale, silent ? "zero everywhere" : lookNote(look, "clip"));
  if (gradient.cells.firstChild) writeCells(gradient, (i) => values[i]);
}

function stepInWords({ data: { film }, alpha }, frame) {
  const node = film.nodes[frame];
  const which = `step ${node + 1} of ${film.alphas.length}`;
  return alpha === null ? `liveliest ${which}, α ${fixed(film.alphas[node])}`
    : `${which}, at α ${fixed(film.alphas[node])}`;
}

// One scale for all players that move together, at this step or for the whole path.
function gradientEnd(player) {
  if (player.look.gradient_scale === "path") return player.pathEnd;
  const sharing = members(player).filter(({ data }) => data?.film);
  return Math.max(...sharing.map((one) => ownGradients(one).ends[shownFrame(one)].end));
}

function drawAttribution(player, frame) {
  const { data, look, scale, panels: { attribution } } = player;
  if (attribution.drawn !== player.under || attribution.frame !== frame) {
    attribution.values = attributionValues(data, frame, look, scale);
    paintOverlay(attribution.painter.words, attribution.values, scale, player.table,
      player.under, look.opacity);
    attribution.painter.show();
    Object.assign(attribution, { drawn: player.under, frame });
    if (attribution.cells.firstChild) writeCells(attribution, (i) => attribution.values[i]);
  }
  attribution.live.textContent = sumSoFar(data, frame);
  writeScale(attribution, scale, lookNote(look, "clip", "top", "sigma"));
}

function sumSoFar({ film, total }, frame) {
  if (frame < 0) return "no step yet";
  if (!film) return `sum ${signed(total)}`;
  if (frame === FINISHED) return `all steps: sum ${signed(total)}`;
  return `sum ${signed(film.sums[film.nodes[frame]], 2)} of ${signed(total)}`;
}

function writeScale(part, scale, note) {
  part.low.textContent = written(scale.low);
  part.high.textContent = signed(scale.high);
  part.note.textContent = note;
}

// Numbers inside the cells of a tiny image, black or white as the cell's colour asks.
function writeCells(part, valueAt) {
  const { words } = part.painter;
  [...part.cells.children].forEach((cell, i) => {
    const [r, g, b] = [words[i] & 255, (words[i] >> 8) & 255, (words[i] >> 16) & 255];
    cell.style.color = 0.299 * r + 0.587 * g + 0.114 * b > 130 ? "#111" : "#fff";
    cell.textContent = compact(valueAt(i));
  });
}

// ---- Writing -------------------------------------------------------------------------------------

function writeReadout(player, score, step) {
  const { data: { film }, slider, readout } = player;
  const count = film.alphas.length;
  const place = player.alpha !== null ? `step ${step + 1} of ${count}`
    : count === 1 ? "1 step" : `all ${count} steps`;
  const text = `α ${fixed(cursorOf(player))} · score ${fixed(score, scorePlaces(score))} · ${place}`;
  readout.textContent = text;
  slider.value = cursorOf(player);
  slider.setAttribute("aria-valuetext", text.replace("α", "alpha"));
}

export function layOutCurve(player) {
  const { data: { film, score_label, score_kind }, panels: { score } } = player;
  player.plot = drawCurve(score.svg, film, score_label, score_kind);
  const [low, high] = film.active_interval;
  const swatch = document.createElement("i");
  swatch.className = "swatch";
  score.live.replaceChildren(swatch, `90 % of the movement: α ${fixed(low)} to ${fixed(high)}`);
  const alpha = cursorOf(player);
  player.plot.place(alpha, scoreAt(film, alpha));
  player.plot.mark(film.nodes[shownFrame(player)]);
  player.plot.rest(player.alpha === null);
}

export function writeLegend(player) {
  const { data: { film }, panels: { score } } = player;
  score.legend.replaceChildren(...film.rivals.map((rival, i) => {
    const entry = document.createElement("span");
    const sample = svgElement(entry, "svg", { viewBox: "0 0 18 8", "aria-hidden": "true" });
    svgElement(sample, "line", { class: "rival", x1: 0, x2: 18, y1: 4, y2: 4,
      "stroke-dasharray": DASHES[i % DASHES.length] });
    const name = document.createElement("em");
    entry.title = name.textContent = rival.name;
    entry.append(name);
    return entry;
  }));
}

export function showTip(player) {
  const { tip, data, hover: { part, clientX, clientY } } = player;
  if (!part.values) return;
  const box = part.canvas.getBoundingClientRect();
  const column = cell(clientX - box.left, box.width, data.width);
  const row = cell(clientY - box.top, box.height, data.height);
  const exact = part.frame === FINISHED;
  const value = part.values[row * data.width + column];
  tip.textContent = `row ${row + 1}, column ${column + 1}: ${signed(value, exact ? 3 : 2)}`;
  tip.hidden = false;
  const frame = player.root.getBoundingClientRect();
  const left = clientX - frame.left + 14;
  tip.style.left = `${Math.max(0, Math.min(left, frame.width - tip.offsetWidth - 2))}px`;
  tip.style.top = `${Math.max(0, clientY - frame.top - 34)}px`;
}

const cell = (at, size, count) => Math.min(count - 1, Math.max(0, Math.floor((at / size) * count)));

// ---- Text alternatives: written when the view has settled, for nobody could listen as fast --------

export function describe(player) {
  const { data, panels: { image, baseline, attribution } } = player;
  const subject = data.image_title || "the image";
  say(image.canvas, `${subject}: ${image.live.textContent}`);
  say(baseline.canvas, `The baseline of ${subject}`);
  say(attribution.canvas, `Attribution of the ${data.score_label} laid over ${subject}, ${
    attribution.live.textContent}; ${strongest(attribution.values, data)}`);
  if (data.film) describeFilm(player);
}

function describeFilm(player) {
  const { data, panels: { score, gradient } } = player;
  const { film } = data;
  const alpha = cursorOf(player);
  say(score.svg, `Curve of the ${data.score_label} from ${fixed(film.scores[0])} at the `
    + `baseline to ${fixed(film.scores.at(-1))} at the image; ${fixed(scoreAt(film, alpha))} at `
    + `alpha ${fixed(alpha)}. ${score.live.textContent}`);
  say(gradient.canvas, `Gradient of the ${data.score_label}, ${gradient.live.textContent}; ${
    strongest(gradient.values, data)}`);
}

const say = (element, text) => element.setAttribute("aria-label", text.replace(/α/g, "alpha"));

const ROWS = ["upper", "middle", "lower"];
const COLUMNS = ["left", "centre", "right"];

// Where on the picture the values are largest: a cell of a tiny one, else one of nine regions.
function strongest(values, { width, height }) {
  const size = values.map(Math.abs);
  const total = size.reduce((a, b) => a + b, 0);
  if (total === 0) return "zero everywhere";
  if (Math.max(width, height) < LARGE_ENOUGH) {
    const i = size.indexOf(Math.max(...size));
    return `strongest in row ${Math.floor(i / width) + 1}, column ${(i % width) + 1}`;
  }
  const sums = new Float64Array(9);
  size.forEach((v, i) => {
    sums[3 * cell(Math.floor(i / width), height, 3) + cell(i % width, width, 3)] += v;
  });
  const best = sums.indexOf(Math.max(...sums));
  return `strongest in the ${ROWS[Math.floor(best / 3)]} ${COLUMNS[best % 3]}, with ${
    Math.round((100 * sums[best]) / total)} % of all`;
}
