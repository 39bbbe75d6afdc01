// The score along alpha as an SVG in CSS pixels, so that its type stays readable at every width.

import { clamp, fixed, maximum, minimum } from "./numbers.js";
import { scoreAt } from "./steps.js";

const SVG = "http://www.w3.org/2000/svg";
export const DASHES = ["6 3", "2 3", "8 3 2 3"]; // one for each rival: never told apart by colour alone
const MOST_DOTS = 60; // more evaluated steps than this are ticks on the axis
const NARROW = 14; // widths of a letter that five labels of alpha need, each

export function svgElement(parent, name, attributes, text) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (text !== undefined) element.textContent = text; // never markup: class names are anyone's
  parent.append(element);
  return element;
}

// Draws everything that stays; returns how to place the cursor, to read a click, to mark the
// gradient that is shown, and to say that it was chosen as the liveliest.
export function drawCurve(svg, film, label, kind) {
  const { width, height } = svg.getBoundingClientRect();
  svg.replaceChildren();
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  const type = parseFloat(getComputedStyle(svg).fontSize);
  const ticks = scoreTicks(film, kind, height);
  const plot = frameOf(width, height, type, ticks);
  drawActiveInterval(svg, film, plot);
  drawAxes(svg, ticks, plot);
  film.rivals.forEach((rival, i) => drawLine(svg, film, rival.scores, plot,
    { class: "rival", "stroke-dasharray": DASHES[i % DASHES.length] }));
  drawLine(svg, film, film.scores, plot, { class: "score" });
  const mark = drawSteps(svg, film, plot);
  drawScoreLabel(svg, label, plot);
  const rest = restMark(svg, film, plot);
  return { ...plot, place: cursor(svg, plot), mark, rest };
}

// The plot between its labels, which need as much room as their type is large.
function frameOf(width, height, type, ticks) {
  const longest = Math.max(...ticks.values.map((tick) => fixed(tick, ticks.places).length));
  const [left, top] = [10 + 0.56 * type * longest, 2.25 * type];
  const [right, bottom] = [width - 9, height - 1.75 * type];
  const [low, high] = ticks.range;
  return {
    left, right, top, bottom, type,
    x: (alpha) => left + alpha * (right - left),
    y: (score) => bottom - ((score - low) / (high - low)) * (bottom - top),
    alpha: (x) => clamp((x - left) / (right - left), 0, 1),
  };
}

function drawLine(svg, film, scores, plot, attributes) {
  const points = film.curve.map((alpha, i) => `${plot.x(alpha)},${plot.y(scores[i])}`);
  svgElement(svg, "polyline", { points: points.join(" "), ...attributes });
}

function drawAxes(svg, ticks, plot) {
  for (const tick of ticks.values) {
    const y = plot.y(tick);
    svgElement(svg, "line", { class: "grid", x1: plot.left, x2: plot.right, y1: y, y2: y });
    svgElement(svg, "text", { x: plot.left - 5, y: y + 0.32 * plot.type, "text-anchor": "end" },
      fixed(tick, ticks.places));
  }
  const narrow = plot.right - plot.left < NARROW * plot.type;
  for (const alpha of narrow ? [0, 0.5, 1] : [0, 0.25, 0.5, 0.75, 1]) {
    const x = plot.x(alpha);
    svgElement(svg, "line", { class: "grid", x1: x, x2: x, y1: plot.bottom, y2: plot.bottom + 3 });
    const anchor = alpha === 0 ? "start" : alpha === 1 ? "end" : "middle";
    svgElement(svg, "text", { x, y: plot.bottom + 1.3 * plot.type, "text-anchor": anchor },
      alpha === 0 ? "α 0" : String(alpha));
  }
}

function drawActiveInterval(svg, film, plot) {
  const [low, high] = film.active_interval;
  const x = plot.x(low);
  const width = Math.max(1, plot.x(high) - x);
  svgElement(svg, "rect", { class: "active", x, y: plot.top, width,
    height: plot.bottom - plot.top });
}

// A mark for every gradient; returns how to say which of them is shown.
function drawSteps(svg, film, plot) {
  const many = film.alphas.length > MOST_DOTS;
  const marks = film.alphas.map((alpha) => {
    const x = plot.x(alpha);
    if (many) return svgElement(svg, "line", { class: "tick", x1: x, x2: x,
      y1: plot.bottom - 4, y2: plot.bottom });
    return svgElement(svg, "circle", { class: "step", cx: x, cy: plot.y(scoreAt(film, alpha)),
      r: film.alphas.length > 30 ? 1.7 : 2.6 });
  });
  let shown = null;
  return (step) => {
    shown?.classList.remove("shown");
    shown = marks[step];
    shown.classList.add("shown");
  };
}

// Both lines of type stand above the plot, where no curve can cross them.
function drawScoreLabel(svg, label, plot) {
  const fits = Math.floor((plot.right - 8) / (0.5 * plot.type));
  svgElement(svg, "text", { class: "label", x: 8, y: 1.25 * plot.type }, shortened(label, fits));
}

// A line from the liveliest gradient down to its place on the path, with its name.
function restMark(svg, film, plot) {
  const alpha = film.alphas[film.nodes[film.liveliest]];
  const [x, y] = [plot.x(alpha), plot.y(scoreAt(film, alpha))];
  const group = svgElement(svg, "g", { class: "rest" });
  svgElement(group, "line", { x1: x, x2: x, y1: y, y2: plot.bottom });
  const half = 3 * plot.type;
  svgElement(group, "text", { x: clamp(x, plot.left + half, plot.right - half),
    y: plot.bottom - 0.5 * plot.type, "text-anchor": "middle" }, "liveliest step");
  return (resting) => group.toggleAttribute("hidden", !resting);
}

function cursor(svg, plot) {
  const group = svgElement(svg, "g", { class: "cursor" });
  const line = svgElement(group, "line", { y1: plot.top, y2: plot.bottom });
  const dot = svgElement(group, "circle", { r: 4.5 });
  const text = svgElement(group, "text", {});
  return (alpha, score) => {
    const [x, y] = [plot.x(alpha), plot.y(score)];
    line.setAttribute("x1", x);
    line.setAttribute("x2", x);
    dot.setAttribute("cx", x);
    dot.setAttribute("cy", y);
    const onLeft = alpha > 0.7;
    text.setAttribute("x", x + (onLeft ? -9 : 9));
    const beside = y + (y < plot.top + 2.3 * plot.type ? 1.4 : -0.6) * plot.type;
    text.setAttribute("y", clamp(beside, plot.top + 0.8 * plot.type, plot.bottom - 4));
    text.setAttribute("text-anchor", onLeft ? "end" : "start");
    text.textContent = fixed(score, scorePlaces(score));
  };
}

export const scorePlaces = (score) => (Math.abs(score) >= 100 ? 1 : 2);

// Round numbers that enclose all curves; a probability always has the whole of 0 to 1.
function scoreTicks(film, kind, height) {
  if (kind === "probability") return { values: [0, 0.25, 0.5, 0.75, 1], range: [0, 1], places: 2 };
  const all = [film.scores, ...film.rivals.map((rival) => rival.scores)].flat();
  const [low, high] = [minimum(all), maximum(all)];
  const step = roundStep((high - low || Math.abs(high) || 1) / Math.max(2, height / 50));
  const first = Math.floor(low / step);
  const last = Math.max(first + 1, Math.ceil(high / step));
  const values = Array.from({ length: last - first + 1 }, (_, i) => (first + i) * step);
  const places = clamp(-Math.floor(Math.log10(step) + 1e-9), 0, 6);
  return { values, range: [values[0], values.at(-1)], places };
}

function roundStep(rough) {
  const power = 10 ** Math.floor(Math.log10(rough));
  return power * [1, 2, 5, 10].find((m) => m * power >= rough * 0.999);
}

const shortened = (text, most) => (text.length > most ? `${text.slice(0, most - 1)}…` : text);
