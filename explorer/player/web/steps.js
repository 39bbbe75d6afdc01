// Where a position alpha on the path falls among the evaluated steps and the frames that were sent.

function nearest(alphas, alpha) {
  let best = 0;
  for (let i = 1; i < alphas.length; i++) {
    if (Math.abs(alphas[i] - alpha) < Math.abs(alphas[best] - alpha)) best = i;
  }
  return best;
}

const frameAlphas = (data) => data.nodes.map((node) => data.alphas[node]);
const nearestStep = (data, alpha) => nearest(data.alphas, alpha);
const nearestFrame = (data, alpha) => nearest(frameAlphas(data), alpha);

// The last frame at or before alpha, whose sum holds all steps up to it; -1 before the first.
function frameSoFar(data, alpha) {
  let frame = -1;
  while (frame + 1 < data.nodes.length && data.alphas[data.nodes[frame + 1]] <= alpha + 1e-9) {
    frame++;
  }
  return frame;
}

// The evaluated step after (or before) alpha, with 0 and 1 as the first and last stops.
function neighbourStop(data, alpha, direction) {
  const stops = [0, ...data.alphas, 1];
  const margin = 1e-6;
  if (direction > 0) return stops.find((stop) => stop > alpha + margin) ?? 1;
  return stops.findLast((stop) => stop < alpha - margin) ?? 0;
}
