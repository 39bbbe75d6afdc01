// The score along alpha as an SVG in CSS pixels, so that its type stays readable at every width.

const SVG = "http://www.w3.org/2000/svg";
const DASHES = ["6 3", "2 3", "8 3 2 3"]; // one for each rival: never told apart by colour alone
const MARGIN = { left: 34, right: 8, top: 26, bottom: 24 };
const MOST_DOTS = 60; // more evaluated steps than this are ticks on the axis

function svgElement(parent, name, attributes, text) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (text !== undefined) element.textContent = text; // never markup: class names are anyone's
  parent.append(element);
  return element;
}

// Draws everything that stays; returns how to place the cursor and to read a click.
function drawCurve(svg, data) {
  const { width, height } = svg.getBoundingClientRect();
  svg.replaceChildren();
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  const right = width - MARGIN.right;
  const bottom = height - MARGIN.bottom;
  const ticks = scoreTicks(data, height);
  const [low, high] = ticks.range;
  const plot = {
    left: MARGIN.left, right, top: MARGIN.top, bottom,
    x: (alpha) => MARGIN.left + alpha * (right - MARGIN.left),
    y: (score) => bottom - ((score - low) / (high - low)) * (bottom - MARGIN.top),
    alpha: (x) => clamp((x - MARGIN.left) / (right - MARGIN.left), 0, 1),
  };
  drawActiveInterval(svg, data, plot);
  drawAxes(svg, ticks, plot);
  data.rivals.forEach((rival, i) => drawLine(svg, data, rival.scores, plot,
    { class: "rival", "stroke-dasharray": DASHES[i % DASHES.length] }));
  drawLine(svg, data, data.scores, plot, { class: "score" });
  const mark = drawSteps(svg, data, plot);
  drawScoreLabel(svg, data, plot);
  return { ...plot, place: cursor(svg, plot), mark };
}

function drawLine(svg, data, scores, plot, attributes) {
  const points = data.curve.map((alpha, i) => `${plot.x(alpha)},${plot.y(scores[i])}`);
  svgElement(svg, "polyline", { points: points.join(" "), ...attributes });
}

function drawAxes(svg, ticks, plot) {
  for (const tick of ticks.values) {
    const y = plot.y(tick);
    svgElement(svg, "line", { class: "grid", x1: plot.left, x2: plot.right, y1: y, y2: y });
    svgElement(svg, "text", { x: plot.left - 5, y: y + 3.5, "text-anchor": "end" },
      fixed(tick, ticks.places));
  }
  for (const alpha of [0, 0.25, 0.5, 0.75, 1]) {
    const x = plot.x(alpha);
    svgElement(svg, "line", { class: "grid", x1: x, x2: x, y1: plot.bottom, y2: plot.bottom + 3 });
    const anchor = alpha === 0 ? "start" : alpha === 1 ? "end" : "middle";
    svgElement(svg, "text", { x, y: plot.bottom + 15, "text-anchor": anchor },
      alpha === 0 ? "α 0" : String(alpha));
  }
}

function drawActiveInterval(svg, data, plot) {
  const [low, high] = data.active_interval;
  const x = plot.x(low);
  const width = Math.max(1, plot.x(high) - x);
  svgElement(svg, "rect", { class: "active", x, y: plot.top, width,
    height: plot.bottom - plot.top });
}

// A mark for every gradient; returns how to say which of them is shown.
function drawSteps(svg, data, plot) {
  const many = data.alphas.length > MOST_DOTS;
  const marks = data.alphas.map((alpha) => {
    const x = plot.x(alpha);
    if (many) return svgElement(svg, "line", { class: "tick", x1: x, x2: x,
      y1: plot.bottom - 4, y2: plot.bottom });
    return svgElement(svg, "circle", { class: "step", cx: x, cy: plot.y(scoreAt(data, alpha)),
      r: data.alphas.length > 30 ? 1.7 : 2.6 });
  });
  let shown = null;
  return (step) => {
    shown?.classList.remove("shown");
    shown = marks[step];
    shown.classList.add("shown");
  };
}

// Both lines of type stand above the plot, where no curve can cross them.
function drawScoreLabel(svg, data, plot) {
  const fits = Math.floor((plot.right - 8) / 5.4);
  svgElement(svg, "text", { class: "label", x: 8, y: 15 }, shortened(data.score_label, fits));
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
    text.setAttribute("y", clamp(y + (y < plot.top + 30 ? 18 : -8), plot.top + 10, plot.bottom - 4));
    text.setAttribute("text-anchor", onLeft ? "end" : "start");
    text.textContent = fixed(score, scorePlaces(score));
  };
}

const scorePlaces = (score) => (Math.abs(score) >= 100 ? 1 : 2);

// Round numbers that enclose all curves; a probability always has the whole of 0 to 1.
function scoreTicks(data, height) {
  if (data.score_kind === "probability") return { values: [0, 0.25, 0.5, 0.75, 1], range: [0, 1],
    places: 2 };
  const all = [data.scores, ...data.rivals.map((rival) => rival.scores)].flat();
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

// The score between two places where it is known is read off the straight line between them.
function scoreAt({ curve, scores }, alpha) {
  let i = 1;
  while (i < curve.length - 1 && curve[i] < alpha) i++;
  const span = curve[i] - curve[i - 1];
  const part = span > 0 ? (alpha - curve[i - 1]) / span : 1;
  return scores[i - 1] + part * (scores[i] - scores[i - 1]);
}
