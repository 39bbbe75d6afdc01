// The look, computed once for each change and then used by every picture.

import { attributionScale, colourTable, gradientValues, measureAttribution, overlayBackdrop,
  paintMap, scaleEnd } from "./maps.js";
import { members } from "./sharing.js";
import { painter, paintStripGradients } from "./strip.js";

export function applyLook(player) {
  const { data, look } = player;
  const darkPage = isDark(player.root);
  const dark = look.neutral === "page" ? darkPage : look.neutral === "dark";
  const all = members(player).filter((member) => member.data);
  player.root.dataset.theme = darkPage ? "dark" : "light";
  player.scale = attributionScale(ownAttribution(player), all.map(ownAttribution), look);
  player.under = overlayBackdrop(data, look);
  player.table = colourTable(data, look.show, dark);
  paintBar(player.panels.attribution, player.table);
  paintKey(player.root, look.show, colourTable(data, "signed", dark));
  if (data.film) applyToGradients(player, all.filter((member) => member.data.film), dark);
}

function applyToGradients(player, sharing, dark) {
  const { data, look, panels } = player;
  player.gradientShow = look.show === "normalised" ? "signed" : look.show;
  player.gradientTable = colourTable(data, player.gradientShow, dark);
  player.pathEnd = Math.max(...sharing.map((member) => ownGradients(member).pathEnd));
  paintStripGradients(player.thumbs, data, look, player.pathEnd, player.gradientTable);
  paintBar(panels.gradient, player.gradientTable);
}

// Each player measures its own maps, once until a setting changes that they depend on.
function ownAttribution(player) {
  const { data, look } = player;
  const depends = [look.show, look.channels, look.clip, look.top, look.sigma].join();
  return kept(player, "attribution", depends, () => measureAttribution(data, look));
}

export function ownGradients(player) {
  const { look } = player;
  const depends = [look.show, look.channels, look.clip, look.gradient_view].join();
  return kept(player, "gradients", depends, () => measureGradients(player));
}

function kept(player, name, depends, measure) {
  const before = player.measured[name];
  if (before?.depends === depends && before.data === player.data) return before.found;
  const found = measure();
  player.measured[name] = { depends, data: player.data, found };
  return found;
}

// The scale's end at every frame, and over the whole path.
function measureGradients({ data, look }) {
  const ends = data.film.nodes.map((_, frame) => {
    const values = gradientValues(data, frame, look);
    return { end: scaleEnd(values, look.clip), silent: values.every((v) => v === 0) };
  });
  const heard = ends.filter(({ silent }) => !silent).map(({ end }) => end);
  return { ends, pathEnd: heard.length ? Math.max(...heard) : 1 };
}

function paintBar({ bar }, table) {
  const { words, show } = painter(bar, { width: table.length / 3, height: 1 });
  paintMap(words, Float64Array.from(words.keys()), { low: 0, high: words.length - 1 }, table);
  show();
}

// What the colours say, where they take a side: a colour from the middle of each half.
function paintKey(root, show, table) {
  const colour = (part) => {
    const entry = 3 * Math.round(part * (table.length / 3 - 1));
    return `rgb(${table.subarray(entry, entry + 3).join()})`;
  };
  root.style.setProperty("--against", colour(0.2));
  root.style.setProperty("--for", colour(0.8));
  root.dataset.show = show;
}

function isDark(root) {
  const [r, g, b] = getComputedStyle(root).backgroundColor.match(/[\d.]+/g).map(Number);
  return 0.299 * r + 0.587 * g + 0.114 * b < 128;
}
