// The linked player: one cursor alpha through four stages. Everything happens in the browser; the
// host hears of a changed view once it has settled, and never of the movement.
//
//     const player = mount(root, { data, view, onView });
//
// root: any element; the player lives in a shadow root of it, so that no style leaks in or out.
// data: the bytes of player/pack.py. view: { look, alpha, tab }; alpha null is at rest, where the
// finished attribution stands beside the gradient that gave most to it. onView(view) is called when
// the look or alpha has settled. Colours and type: --ig-text, --ig-background, --ig-surface,
// --ig-line, --ig-accent and --ig-font of the root, or the player's own.

import { describe, draw, layOutCurve, prepareCanvases, writeLegend } from "./drawing.js";
import { listen } from "./hands.js";
import { unwatchKeys, watchKeys } from "./keys.js";
import { limitControls, writeControl } from "./looks.js";
import { MARKUP } from "./markup.js";
import { pause, press, refresh, settle, takeOver, viewOf } from "./moves.js";
import { applyLook } from "./scales.js";
import { agree, join, leave, link, register } from "./sharing.js";
import { buildStrip } from "./strip.js";
import { STYLE } from "./style.js";
import { unpack } from "./unpack.js";

export { link };

const PANELS = ["image", "baseline", "score", "gradient", "attribution"];

export function mount(host, { data, view, onView }) {
  const player = createPlayer(build(host), onView);
  open(player);
  load(player, data, view);
  const handle = {
    show: (wanted) => show(player, wanted),
    load: (bytes, wanted) => load(player, bytes, wanted), // another explanation, in the same place
    view: () => viewOf(player),
    settle: () => settle(player), // calls onView now, if there is something to say
    destroy: () => destroy(player, host),
  };
  register(handle, player);
  return handle;
}

function build(host) {
  const shadow = host.shadowRoot ?? host.attachShadow({ mode: "open" });
  shadow.innerHTML = `<style>${STYLE}</style>${MARKUP}`;
  return shadow.querySelector(".player");
}

function createPlayer(root, onView) {
  const find = (selector) => root.querySelector(selector);
  const panel = (name) => panelParts(find(`[data-panel="${name}"]`));
  const player = {
    root, onView,
    panels: Object.fromEntries(PANELS.map((name) => [name, panel(name)])),
    slider: find(".cursor-slider"), play: find(".play"), speed: find(".speed select"),
    readout: find(".readout"), strip: find(".strip"), tip: find(".tip"),
    failure: find(".failure"), controls: [...root.querySelectorAll("[data-look]")],
    look: null, alpha: null, tab: null, // the view
    data: null, group: null, hover: null, clock: null, measured: {},
    frameRequest: 0, settling: 0, loads: 0,
  };
  player.refresh = () => refresh(player);
  player.take = (view) => take(player, view);
  player.press = (key) => press(player, key);
  return player;
}

function panelParts(figure) {
  const find = (selector) => figure.querySelector(selector);
  return { figure, stage: find(".stage"), canvas: find(".stage canvas"), svg: find(".stage svg"),
    cells: find(".cells"), live: find(".live"), note: find(".note"), low: find(".low"),
    high: find(".high"), bar: find(".scale canvas"), mix: find(".mix i"), legend: find(".legend") };
}

// ---- Opening and closing -------------------------------------------------------------------------

function open(player) {
  player.listeners = new AbortController();
  listen(player, player.listeners.signal);
  watchKeys(player);
  player.resizing = new ResizeObserver(() => player.data?.film && layOutCurve(player));
  player.resizing.observe(player.panels.score.svg);
}

function destroy(player, host) {
  pause(player);
  settle(player);
  unwatchKeys(player);
  player.listeners.abort();
  player.resizing.disconnect();
  cancelAnimationFrame(player.frameRequest);
  player.data = null;
  player.loads++; // what is still being read is for nobody
  leave(player);
  host.shadowRoot.replaceChildren();
}

// ---- Data and views ------------------------------------------------------------------------------

async function load(player, bytes, view) {
  const turn = ++player.loads;
  try {
    const data = await unpack(bytes instanceof Uint8Array ? bytes : new Uint8Array(bytes));
    if (turn === player.loads) adopt(player, data, view);
  } catch (error) {
    if (turn === player.loads) fail(player, error);
  }
}

function fail(player, error) {
  player.failure.hidden = false;
  player.failure.textContent = "The pictures could not be read: expected this page's own data, "
    + `got "${error.message}". Reload the page; an older browser may need an update.`;
}

// What was changed here since the host last heard counts more than what the host asks for.
function adopt(player, data, view) {
  const unsaid = player.data && (player.settling || player.clock);
  pause(player);
  player.data = data;
  player.failure.hidden = true;
  limitControls(player.controls, data.limits);
  prepareCanvases(player);
  take(player, unsaid ? viewOf(player) : view);
  join(player);
  if (data.film) prepareFilm(player);
  for (const input of player.root.querySelectorAll("input, select, button")) input.disabled = false;
  applyLook(player);
  draw(player);
  describe(player);
  player.root.dataset.ready = "1";
}

function prepareFilm(player) {
  const { data, strip, root } = player;
  layOutCurve(player);
  player.thumbs = buildStrip(strip, data, (alpha) => takeOver(player, alpha));
  root.querySelector(".none-note").hidden = !strip.querySelector(".none");
  writeLegend(player);
}

// What a view leaves out stays as it is, or as the data says that it usually is.
function take(player, view = {}) {
  const { alpha = player.alpha, tab = player.tab } = view ?? {};
  const look = { ...player.data.limits.usual, ...player.look, ...view?.look };
  Object.assign(player, { look, alpha, tab });
  for (const input of player.controls) writeControl(input, look[input.dataset.look]);
}

function show(player, view) {
  if (!player.data) return;
  pause(player);
  take(player, view);
  agree(player);
}
