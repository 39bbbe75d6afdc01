// Where a position alpha on the path falls among the evaluated steps and the frames that were sent.

const SAME = 1e-4; // an address rounds alpha; a step at alpha belongs to the sum up to alpha

function nearest(alphas, alpha) {
  let best = 0;
  for (let i = 1; i < alphas.length; i++) {
    if (Math.abs(alphas[i] - alpha) < Math.abs(alphas[best] - alpha)) best = i;
  }
  return best;
}

export const frameAlphas = (film) => film.nodes.map((node) => film.alphas[node]);
export const nearestStep = (film, alpha) => nearest(film.alphas, alpha);
export const nearestFrame = (film, alpha) => nearest(frameAlphas(film), alpha);

// The last frame at or before alpha, whose sum holds all steps up to it; -1 before the first.
export function frameSoFar(film, alpha) {
  return frameAlphas(film).findLastIndex((at) => at <= alpha + SAME);
}

// The evaluated step after (or before) alpha, with 0 and 1 as the first and last stops.
export function neighbourStop(film, alpha, direction) {
  const stops = [0, ...film.alphas, 1];
  if (direction > 0) return stops.find((stop) => stop > alpha + SAME) ?? 1;
  return stops.findLast((stop) => stop < alpha - SAME) ?? 0;
}

// The score between two places where it is known is read off the straight line between them.
export function scoreAt({ curve, scores }, alpha) {
  let i = 1;
  while (i < curve.length - 1 && curve[i] < alpha) i++;
  const span = curve[i] - curve[i - 1];
  const part = span > 0 ? (alpha - curve[i - 1]) / span : 1;
  return scores[i - 1] + part * (scores[i] - scores[i - 1]);
}

// Every step has one place among `count` even stops from 0 to 1: the nearest. Each stop gets the
// frame that is nearest to it of those that have their place there, and the number of steps.
export function placesOf(film, count) {
  const stop = (alpha) => Math.round(alpha * (count - 1));
  const places = Array.from({ length: count }, (_, i) => ({ alpha: i / (count - 1), frame: null,
    steps: 0 }));
  for (const alpha of film.alphas) places[stop(alpha)].steps++;
  frameAlphas(film).forEach((alpha, frame) => {
    const place = places[stop(alpha)];
    const off = Math.abs(alpha - place.alpha);
    if (place.frame === null || off < place.off) Object.assign(place, { frame, off });
  });
  return places;
}
