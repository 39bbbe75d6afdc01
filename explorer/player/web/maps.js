// Values of maps and their colours, in the order that pictures/heatmap.py states and tests.

import { maximum, minimum, percentile, select, smooth } from "./numbers.js";

// A code is sign * sqrt(|value| / largest) * 127.
const DECODED = Float64Array.from({ length: 256 }, (_, i) => {
  const part = (i - 128) / 127;
  return part * Math.abs(part);
});

const SHOW_PART = {
  signed: (v) => v,
  positive: (v) => Math.max(v, 0),
  negative: (v) => Math.min(v, 0),
  absolute: Math.abs,
};

function chosenChannels(data, look) {
  if (look.channels === "sum" || data.channels === 1) return [...Array(data.channels).keys()];
  return [Number(look.channels)];
}

// The image on the path, baseline + alpha (image - baseline), as opaque RGBA words.
export function paintImage(words, data, alpha) {
  const { image, baseline, pixels, channels } = data;
  const [g, b] = channels === 3 ? [pixels, 2 * pixels] : [0, 0];
  const at = (i) => (255 * (baseline[i] + alpha * (image[i] - baseline[i])) + 0.5) | 0;
  for (let i = 0; i < pixels; i++) {
    words[i] = 0xff000000 | (at(i + b) << 16) | (at(i + g) << 8) | at(i);
  }
}

// The gradient at one frame, per unit of a shown pixel; or times (image - baseline).
export function gradientValues(data, frame, look) {
  const { image, baseline, film, pixels, channels } = data;
  const values = new Float64Array(pixels);
  const times = look.gradient_view === "times-difference";
  const largest = film.gradient_largest[frame] / (times ? 1 : data.pixel_max);
  for (const c of chosenChannels(data, look)) {
    const start = c * pixels;
    const codes = start + frame * channels * pixels;
    for (let i = 0; i < pixels; i++) {
      const value = DECODED[film.gradients[codes + i] + 128] * largest;
      values[i] += times ? value * (image[start + i] - baseline[start + i]) : value;
    }
  }
  return showPart(values, look.show === "normalised" ? "signed" : look.show);
}

export const FINISHED = Infinity; // a frame behind every other: the attribution itself, exact

// The attribution up to a frame; frame -1 is before the first step.
function soFarValues(data, frame, look) {
  const { film, attribution, pixels, channels } = data;
  const values = new Float64Array(pixels);
  if (frame < 0) return values;
  const exact = frame === FINISHED;
  for (const c of chosenChannels(data, look)) {
    const start = c * pixels;
    const codes = start + frame * channels * pixels;
    for (let i = 0; i < pixels; i++) {
      values[i] += exact ? attribution[start + i]
        : DECODED[film.so_far[codes + i] + 128] * film.so_far_largest;
    }
  }
  return smooth(values, data.width, data.height, look.sigma);
}

function showPart(values, show) {
  const part = SHOW_PART[show];
  if (show !== "signed") for (let i = 0; i < values.length; i++) values[i] = part(values[i]);
  return values;
}

// What one map says of its scale: where it ends, its range, and the smallest value that is kept.
export function measureAttribution(data, look) {
  const values = soFarValues(data, FINISHED, look);
  const [floor, ceiling] = [minimum(values), maximum(values)];
  if (look.show === "normalised") {
    return { end: 1, floor, ceiling, kept: topThreshold(values.map((v) => v - floor), look.top) };
  }
  showPart(values, look.show);
  return { end: scaleEnd(values, look.clip), floor, ceiling, kept: topThreshold(values, look.top) };
}

// One scale for the finished maps of all who share it, so that a sum is seen to grow on it. Which
// pixels are the strongest is each map's own affair.
export function attributionScale(own, all, look) {
  if (look.show !== "normalised") {
    return { ...limitsFor(look.show, Math.max(...all.map(({ end }) => end))), threshold: own.kept };
  }
  const floor = Math.min(...all.map((one) => one.floor));
  const range = Math.max(...all.map((one) => one.ceiling)) - floor || Infinity;
  const threshold = look.top < 100 ? (own.kept + own.floor - floor) / range : 0;
  return { low: 0, high: 1, floor, range, threshold };
}

export function attributionValues(data, frame, look, scale) {
  const values = soFarValues(data, frame, look);
  if (look.show !== "normalised") return showPart(values, look.show);
  for (let i = 0; i < values.length; i++) values[i] = (values[i] - scale.floor) / scale.range;
  return values;
}

export function limitsFor(show, end) {
  if (show === "signed") return { low: -end, high: end };
  return show === "negative" ? { low: -end, high: 0 } : { low: 0, high: end };
}

// The clip percentile of |value|; the maximum where that is 0; 1 for a map of zeros.
export function scaleEnd(values, clip) {
  const sizes = values.map(Math.abs);
  return percentile(sizes, clip) || maximum(sizes) || 1;
}

// The smallest |value| among the strongest per cent; 0 keeps every pixel.
function topThreshold(values, top) {
  if (top >= 100) return 0;
  const kept = Math.min(values.length, Math.max(1, Math.ceil((top / 100) * values.length)));
  return select(values.map(Math.abs), values.length - kept);
}

// (m, 3) bytes for one way to show a map, from its low end to its high end.
export function colourTable(data, show, dark) {
  const theme = dark ? "dark" : "light";
  const signed = data[`signed_${theme}`];
  const half = (signed.length / 3 - 1) / 2;
  if (show === "signed") return signed;
  if (show === "negative") return signed.subarray(0, 3 * (half + 1));
  if (show === "positive") return signed.subarray(3 * half);
  return data[`magnitude_${theme}`];
}

// A function value -> entry of the table; beyond the limits the end's colour stays.
function indexer(scale, table) {
  const last = table.length / 3 - 1;
  const { low, threshold = 0 } = scale;
  const factor = last / (scale.high - low);
  const zero = Math.min(last, Math.max(0, Math.floor(-low * factor + 0.5)));
  return (value) => {
    if (Math.abs(value) < threshold) return zero;
    const entry = Math.floor((value - low) * factor + 0.5);
    return entry < 0 ? 0 : entry > last ? last : entry;
  };
}

export function paintMap(words, values, scale, table) {
  const entry = indexer(scale, table);
  const colours = new Uint32Array(table.length / 3);
  for (let k = 0; k < colours.length; k++) {
    colours[k] = 0xff000000 | (table[3 * k + 2] << 16) | (table[3 * k + 1] << 8) | table[3 * k];
  }
  for (let i = 0; i < values.length; i++) words[i] = colours[entry(values[i])];
}

// The heat map over its backdrop: (1 - opacity) * backdrop + opacity * colour.
export function paintOverlay(words, values, scale, table, under, opacity) {
  const entry = indexer(scale, table);
  const over = Float64Array.from(table, (byte) => byte * opacity + 0.5);
  for (let i = 0; i < values.length; i++) {
    const k = 3 * entry(values[i]);
    words[i] = 0xff000000 | ((under[3 * i + 2] + over[k + 2]) << 16)
      | ((under[3 * i + 1] + over[k + 1]) << 8) | (under[3 * i] + over[k]);
  }
}

// The image under the overlay, (H, W, 3) in bytes and already weakened by the overlay's opacity.
export function overlayBackdrop(data, look) {
  const { image, pixels, channels } = data;
  const under = new Float64Array(3 * pixels);
  const weight = 255 * (1 - look.opacity);
  const [g, b] = channels === 3 ? [pixels, 2 * pixels] : [0, 0];
  for (let i = 0; i < pixels; i++) {
    const rgb = [image[i], image[i + g], image[i + b]];
    const grey = 0.299 * rgb[0] + 0.587 * rgb[1] + 0.114 * rgb[2];
    for (let c = 0; c < 3; c++) {
      const pixel = look.backdrop === "colour" ? rgb[c] : grey;
      under[3 * i + c] = weight * Math.min(1, Math.max(0, pixel));
    }
  }
  return under;
}
