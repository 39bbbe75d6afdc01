// Percentiles, smoothing and the way numbers are written.

// The k-th smallest value (k from 0) in linear time; reorders the array (Hoare's FIND).
export function select(values, k) {
  let left = 0;
  let right = values.length - 1;
  while (left < right) {
    const pivot = values[k];
    let i = left;
    let j = right;
    while (i <= j) {
      while (values[i] < pivot) i++;
      while (pivot < values[j]) j--;
      if (i <= j) {
        [values[i], values[j]] = [values[j], values[i]];
        i++;
        j--;
      }
    }
    if (j < k) left = i;
    if (k < i) right = j;
  }
  return values[k];
}

// Linear between neighbours, as numpy's default; reorders the array.
export function percentile(values, percent) {
  const position = (percent / 100) * (values.length - 1);
  const below = Math.floor(position);
  const low = select(values, below);
  if (below === position) return low;
  const high = minimum(values.subarray(below + 1)); // after select, all later ones are larger
  return low + (high - low) * (position - below);
}

export function minimum(values) {
  let low = Infinity;
  for (let i = 0; i < values.length; i++) if (values[i] < low) low = values[i];
  return low;
}

export function maximum(values) {
  let high = -Infinity;
  for (let i = 0; i < values.length; i++) if (values[i] > high) high = values[i];
  return high;
}

// Gaussian with mirrored edges, cut at four sigma: scipy.ndimage.gaussian_filter, mode "reflect".
export function smooth(values, width, height, sigma) {
  if (!sigma) return values;
  const kernel = gaussianKernel(sigma);
  const rows = smoothLines(values, kernel, width, height, 1, width);
  return smoothLines(rows, kernel, height, width, width, 1);
}

function gaussianKernel(sigma) {
  const radius = Math.floor(4 * sigma + 0.5);
  const kernel = Float64Array.from({ length: 2 * radius + 1 },
    (_, i) => Math.exp(-0.5 * ((i - radius) / sigma) ** 2));
  const sum = kernel.reduce((a, b) => a + b);
  return kernel.map((v) => v / sum);
}

// `lines` lines of `length` values each; `step` apart within a line, `jump` from line to line.
function smoothLines(values, kernel, length, lines, step, jump) {
  const radius = (kernel.length - 1) / 2;
  const out = new Float64Array(values.length);
  const padded = new Float64Array(length + 2 * radius);
  const source = Int32Array.from(padded, (_, i) => mirrored(i - radius, length));
  for (let line = 0; line < lines; line++) {
    const start = line * jump;
    for (let i = 0; i < padded.length; i++) padded[i] = values[start + source[i] * step];
    for (let i = 0; i < length; i++) {
      let sum = 0;
      for (let k = 0; k < kernel.length; k++) sum += kernel[k] * padded[i + k];
      out[start + i * step] = sum;
    }
  }
  return out;
}

// d c b a | a b c d | d c b a
function mirrored(index, length) {
  const folded = ((index % (2 * length)) + 2 * length) % (2 * length);
  return folded < length ? folded : 2 * length - 1 - folded;
}

export const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

// A number to read: a true minus sign, no exponent for everyday sizes, `digits` significant.
export function written(value, digits = 3) {
  if (value === 0) return "0";
  const size = Math.abs(value);
  const text = size < 1e-4 || size >= 1e5
    ? scientific(size, digits)
    : size >= 10 ** digits ? size.toFixed(0) : size.toPrecision(digits);
  return (value < 0 ? "−" : "") + text;
}

const SUPERSCRIPT = { "-": "⁻", 0: "⁰", 1: "¹", 2: "²", 3: "³", 4: "⁴", 5: "⁵", 6: "⁶", 7: "⁷",
  8: "⁸", 9: "⁹" };

function scientific(size, digits) {
  const [mantissa, exponent] = size.toExponential(digits - 1).split("e");
  return `${mantissa}×10${[...exponent.replace("+", "")].map((c) => SUPERSCRIPT[c]).join("")}`;
}

export const signed = (value, digits) => (value > 0 ? "+" : "") + written(value, digits);
export const fixed = (value, places = 2) => value.toFixed(places).replace("-", "−");

// As short as it can be: 14 and not 14.0, for the cells of tiny images.
export function compact(value) {
  const rounded = Number(value.toPrecision(3));
  if (rounded === 0) return "0";
  const size = Math.abs(rounded);
  return (rounded < 0 ? "−" : "") + (size < 1e-3 ? scientific(size, 2) : String(size));
}
