// One cursor alpha through four panels. Everything here happens in the browser: the server hears
// of a changed look (once it has settled) and never of the cursor.

const REPORT_AFTER_MS = 400;
const LARGE_ENOUGH = 33; // pixels; below, cells are shown crisp
const NUMBERS_UP_TO = 64; // pixels of an image whose cells have room for their numbers
const players = new WeakMap(); // parentElement -> player, over reruns of the page
const remembered = new Map(); // player's name -> its last message, look and alpha, over remounts
const living = new Set(); // for keys pressed while nothing has the focus

export default function mount({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".player");
  let player = players.get(parentElement);
  if (!player || player.root !== root) {
    player?.close();
    player = createPlayer(root);
    players.set(parentElement, player);
  }
  player.setStateValue = setStateValue;
  player.open();
  player.receive(data instanceof Uint8Array ? data : new Uint8Array(data));
  return () => player.close();
}

function createPlayer(root) {
  const find = (selector) => root.querySelector(selector);
  const panel = (name) => find(`[data-panel="${name}"]`);
  const player = {
    root,
    panels: Object.fromEntries(["image", "score", "gradient", "attribution"].map((name) => [
      name, panelParts(panel(name))])),
    slider: find(".cursor-slider"),
    play: find(".play"),
    speed: find(".speed select"),
    readout: find(".readout"),
    strip: find(".strip"),
    tip: find(".tip"),
    failure: find(".failure"),
    controls: [...root.querySelectorAll("[data-look]")],
    alpha: 1, // at rest the finished attribution is on the screen
    id: null, data: null, look: null, hover: null, frameRequest: 0, playing: false,
  };
  player.open = () => open(player);
  player.close = () => close(player);
  player.receive = (bytes) => receive(player, bytes);
  return player;
}

function panelParts(figure) {
  const find = (selector) => figure.querySelector(selector);
  return { figure, stage: find(".stage"), canvas: find(".stage canvas"), svg: find(".stage svg"),
    cells: find(".cells"), live: find(".live"), note: find(".note"), key: find(".key"), low: find(".low"),
    high: find(".high"), bar: find(".scale canvas"), mix: find(".mix i"), legend: find(".legend") };
}

// ---- Opening, closing and receiving -----------------------------------------------------------

function open(player) {
  if (player.listeners) return;
  player.listeners = new AbortController();
  living.add(player);
  listen(player, player.listeners.signal);
  player.resizing = new ResizeObserver(() => player.data && layOutCurve(player));
  player.resizing.observe(player.panels.score.svg);
}

function close(player) {
  player.listeners?.abort();
  player.listeners = null;
  player.resizing?.disconnect();
  living.delete(player);
  pause(player);
  flushReport(player);
}

async function receive(player, bytes) {
  const { header, rest } = splitHeader(bytes);
  if (header.id === player.id) return;
  player.id = header.id;
  try {
    const data = await unpack(rest);
    if (player.id === header.id) adopt(player, data, header);
  } catch (error) {
    fail(player, error);
  }
}

function fail(player, error) {
  player.failure.hidden = false;
  player.failure.textContent = "The pictures could not be read: expected this page's own data, "
    + `got "${error.message}". Reload the page; an older browser may need an update.`;
}

function adopt(player, data, header) {
  pause(player);
  const unreported = player.reporting && player.look; // changed since the server last heard
  const before = remembered.get(header.name);
  player.data = data;
  player.name = header.name;
  player.look = unreported || (before?.id === header.id ? before.look : header.look);
  if (before && !player.root.dataset.ready) player.alpha = before.alpha;
  player.failure.hidden = true;
  prepareCanvases(player);
  layOutCurve(player);
  player.thumbs = buildStrip(player.strip, data, (alpha) => go(player, alpha));
  player.root.querySelector(".none-note").hidden = player.thumbs.every(({ taken }) => taken);
  writeLegend(player);
  for (const input of player.controls) writeControl(input, player.look[input.dataset.look]);
  for (const input of player.root.querySelectorAll("input, select, button")) input.disabled = false;
  applyLook(player);
  Object.assign(player.root.dataset, { ready: "1", key: header.key });
}

function prepareCanvases(player) {
  const { width, height, channels } = player.data;
  const tiny = Math.max(width, height) < LARGE_ENOUGH;
  player.root.classList.toggle("tiny", tiny);
  for (const name of ["image", "gradient", "attribution"]) {
    const part = player.panels[name];
    part.painter = painter(part.canvas, player.data);
    part.canvas.className = width >= height ? "wide" : "tall";
    fillCells(part.cells, player.data);
  }
  for (const one of [".channels", ".backdrop"]) player.root.querySelector(one).hidden = channels < 3;
}

function fillCells(cells, { width, height }) {
  const count = width * height <= NUMBERS_UP_TO ? width * height : 0;
  cells.style.gridTemplateColumns = `repeat(${width}, 1fr)`;
  cells.replaceChildren(...Array.from({ length: count }, () => document.createElement("span")));
}

// ---- The look: computed once for each change, then used by every picture ------------------------

function applyLook(player) {
  const { data, look } = player;
  const darkPage = isDark(player.root);
  const dark = look.neutral === "page" ? darkPage : look.neutral === "dark";
  player.root.dataset.theme = darkPage ? "dark" : "light";
  player.scale = attributionScale(data, look);
  player.under = overlayBackdrop(data, look);
  player.table = colourTable(data, look.show, dark);
  player.gradientShow = look.show === "normalised" ? "signed" : look.show;
  player.gradientTable = colourTable(data, player.gradientShow, dark);
  measureGradients(player);
  paintStripGradients(player.thumbs, data, look, player.pathEnd, player.gradientTable);
  paintBar(player.panels.gradient.bar, player.gradientTable);
  paintBar(player.panels.attribution.bar, player.table);
  draw(player);
}

// The scale's end at every frame, kept until a setting changes that it depends on.
function measureGradients(player) {
  const { data, look } = player;
  const depends = [player.id, look.show, look.channels, look.clip, look.gradient_view].join();
  if (player.measured === depends) return;
  player.measured = depends;
  player.gradientEnds = data.nodes.map((_, frame) => {
    const values = gradientValues(data, frame, look);
    return { end: scaleEnd(values, look.clip), silent: values.every((v) => v === 0) };
  });
  const heard = player.gradientEnds.filter(({ silent }) => !silent).map(({ end }) => end);
  player.pathEnd = heard.length ? Math.max(...heard) : 1;
}

function paintBar(canvas, table) {
  const { words, show } = painter(canvas, { width: table.length / 3, height: 1 });
  const scale = { low: 0, high: words.length - 1 };
  paintMap(words, Float64Array.from(words.keys()), scale, table);
  show();
}

function isDark(root) {
  const [r, g, b] = getComputedStyle(root).backgroundColor.match(/[\d.]+/g).map(Number);
  return 0.299 * r + 0.587 * g + 0.114 * b < 128;
}

function changeLook(player, input) {
  const value = readControl(input);
  labelControl(input, value);
  player.look = { ...player.look, [input.dataset.look]: value };
  player.lookChanged = true;
  schedule(player);
  clearTimeout(player.reporting);
  player.reporting = setTimeout(() => flushReport(player), REPORT_AFTER_MS);
}

function flushReport(player) {
  if (!player.reporting) return;
  clearTimeout(player.reporting);
  player.reporting = 0;
  player.setStateValue("look", { id: player.id, look: player.look });
}

// ---- Drawing at alpha --------------------------------------------------------------------------

function go(player, alpha) {
  player.alpha = clamp(alpha, 0, 1);
  schedule(player);
}

// Many events in one frame make one picture.
function schedule(player) {
  if (player.frameRequest || !player.data) return;
  player.frameRequest = requestAnimationFrame(() => {
    player.frameRequest = 0;
    if (player.lookChanged) {
      player.lookChanged = false;
      applyLook(player);
    } else draw(player);
  });
}

function draw(player) {
  const { data, alpha, root } = player;
  const step = nearestStep(data, alpha);
  drawImage(player);
  drawGradient(player, nearestFrame(data, alpha));
  drawAttribution(player, frameSoFar(data, alpha));
  const score = scoreAt(data, alpha);
  player.plot.place(alpha, score);
  player.plot.mark(data.nodes[nearestFrame(data, alpha)]);
  markThumb(player.thumbs, alpha);
  writeReadout(player, score, step);
  if (player.hover) showTip(player);
  if (!player.playing) describe(player, score);
  Object.assign(root.dataset, { alpha: alpha.toFixed(4), step: step + 1 });
  remembered.set(player.name, { id: player.id, look: player.look, alpha });
}

function drawImage(player) {
  const { data, alpha, panels: { image } } = player;
  paintImage(image.painter.words, data, alpha);
  image.painter.show();
  image.mix.style.transform = `scaleX(${alpha})`;
  const percent = Math.round(100 * alpha);
  image.live.textContent = percent === 100 ? "the image itself" : percent === 0
    ? "the baseline itself" : `${percent} % image, ${100 - percent} % baseline`;
  if (image.cells.firstChild) {
    const { image: x, baseline: b, pixel_max: unit } = data;
    writeCells(image, (i) => unit * (b[i] + alpha * (x[i] - b[i])));
  }
}

function drawGradient(player, frame) {
  const { data, look, gradientShow, panels: { gradient } } = player;
  const values = gradientValues(data, frame, look);
  const end = look.gradient_scale === "path" ? player.pathEnd : player.gradientEnds[frame].end;
  const scale = limitsFor(gradientShow, end);
  paintMap(gradient.painter.words, values, scale, player.gradientTable);
  gradient.painter.show();
  gradient.values = values;
  const node = data.nodes[frame];
  gradient.live.textContent = `step ${node + 1} of ${data.alphas.length}, at α ${
    fixed(data.alphas[node])}`;
  const silent = player.gradientEnds[frame].silent;
  writeScale(gradient, scale, silent ? "zero everywhere" : lookNote(look, "clip"));
  if (gradient.cells.firstChild) writeCells(gradient, (i) => values[i]);
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
  attribution.key.textContent = COLOUR_KEYS[look.show] ?? "";
  writeScale(attribution, scale, lookNote(look, "clip", "top", "sigma"));
}

// What the colours of the attribution say, where they have a side to take.
const COLOUR_KEYS = {
  signed: "orange for · blue against", positive: "what speaks for", negative: "what speaks against",
};

function sumSoFar(data, frame) {
  if (frame < 0) return "no step yet";
  if (frame === data.nodes.length - 1) return `all steps: sum ${signed(data.total)}`;
  return `sum ${signed(data.sums[data.nodes[frame]], 2)} of ${signed(data.total)}`;
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

function writeReadout(player, score, step) {
  const { data, alpha, slider, readout } = player;
  const text = `α ${fixed(alpha)} · score ${fixed(score, scorePlaces(score))} · step ${step + 1} of ${
    data.alphas.length}`;
  readout.textContent = text;
  slider.value = alpha;
  slider.setAttribute("aria-valuetext", text.replace("α", "alpha"));
}

// Text alternatives; not while playing, where nobody could listen as fast.
function describe(player, score) {
  const { data, alpha, panels } = player;
  const say = (element, text) => element.setAttribute("aria-label", text);
  const subject = data.image_title || "the image";
  say(panels.image.canvas, `${subject}: ${panels.image.live.textContent}`);
  say(panels.score.svg, `Curve of the ${data.score_label} from ${fixed(data.scores[0])} at the `
    + `baseline to ${fixed(data.scores.at(-1))} at the image; ${fixed(score)} at alpha ${
      fixed(alpha)}. ${panels.score.live.textContent}`);
  say(panels.gradient.canvas, `Gradient of the ${data.score_label}, ${
    panels.gradient.live.textContent}`);
  say(panels.attribution.canvas, `Attribution of the ${data.score_label} laid over ${subject}, ${
    panels.attribution.live.textContent}`);
}

function layOutCurve(player) {
  const { data, panels: { score } } = player;
  player.plot = drawCurve(score.svg, data);
  const [low, high] = data.active_interval;
  const swatch = document.createElement("i");
  swatch.className = "swatch";
  score.live.replaceChildren(swatch, `90 % of the movement: α ${fixed(low)} to ${fixed(high)}`);
  player.plot.place(player.alpha, scoreAt(data, player.alpha));
  player.plot.mark(data.nodes[nearestFrame(data, player.alpha)]);
}

function writeLegend(player) {
  const { data, panels: { score } } = player;
  score.legend.replaceChildren(...data.rivals.map((rival, i) => {
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

// ---- Hands: pointer, keys, play ------------------------------------------------------------------

function listen(player, signal) {
  const { root, slider, play, controls, panels } = player;
  const on = (element, type, act) => element.addEventListener(type, act, { signal });
  on(slider, "input", () => takeOver(player, Number(slider.value)));
  on(play, "click", () => (player.playing ? pause(player) : start(player)));
  on(player.strip, "click", () => pause(player));
  on(root, "keydown", (event) => pressed(player, event));
  on(document, "keydown", (event) => pressedNowhere(player, event));
  on(root, "transitionend", (event) => {
    if (event.target === root && player.data) applyLook(player);
  });
  for (const input of controls) on(input, "input", () => changeLook(player, input));
  for (const name of ["gradient", "attribution"]) listenToHover(player, panels[name], on);
  listenToCurve(player, panels.score, on);
}

function listenToCurve(player, { stage, svg }, on) {
  const follow = (event) => {
    if (!player.data) return;
    const left = svg.getBoundingClientRect().left;
    takeOver(player, player.plot.alpha(event.clientX - left));
  };
  on(stage, "pointerdown", (event) => {
    if (event.button !== 0) return;
    stage.setPointerCapture(event.pointerId);
    player.slider.focus({ preventScroll: true });
    event.preventDefault(); // keeps the focus on the slider, so that arrow keys go on from here
    follow(event);
  });
  on(stage, "pointermove", (event) => {
    if (stage.hasPointerCapture(event.pointerId)) follow(event);
  });
}

function listenToHover(player, part, on) {
  const look = (event) => {
    player.hover = { part, clientX: event.clientX, clientY: event.clientY };
    if (player.data) showTip(player);
  };
  const leave = () => {
    player.hover = null;
    player.tip.hidden = true;
  };
  on(part.canvas, "pointerdown", look);
  on(part.canvas, "pointermove", look);
  on(part.canvas, "pointerleave", leave);
  on(part.canvas, "pointercancel", leave);
}

function showTip(player) {
  const { tip, data, hover: { part, clientX, clientY } } = player;
  const box = part.canvas.getBoundingClientRect();
  const x = clamp(Math.floor(((clientX - box.left) / box.width) * data.width), 0, data.width - 1);
  const y = clamp(Math.floor(((clientY - box.top) / box.height) * data.height), 0, data.height - 1);
  const exact = part === player.panels.attribution && part.frame === data.nodes.length - 1;
  tip.textContent = `(${x}, ${y})  ${signed(part.values[y * data.width + x], exact ? 3 : 2)}`;
  tip.hidden = false;
  const frame = player.root.getBoundingClientRect();
  const left = clientX - frame.left + 14;
  tip.style.left = `${Math.min(left, frame.width - tip.offsetWidth - 2)}px`;
  tip.style.top = `${Math.max(0, clientY - frame.top - 30)}px`;
}

function takeOver(player, alpha) {
  pause(player);
  go(player, alpha);
}

function keyTarget(player, key) {
  const { data, alpha } = player;
  const moves = {
    ArrowRight: () => neighbourStop(data, alpha, 1),
    ArrowUp: () => neighbourStop(data, alpha, 1),
    ArrowLeft: () => neighbourStop(data, alpha, -1),
    ArrowDown: () => neighbourStop(data, alpha, -1),
    PageUp: () => alpha + 0.1,
    PageDown: () => alpha - 0.1,
    Home: () => 0,
    End: () => 1,
  };
  return moves[key]?.();
}

function pressed(player, event) {
  if (!player.data || event.ctrlKey || event.metaKey || event.altKey) return;
  const { target, key } = event;
  const ownKeys = target !== player.slider && (target.matches("select")
    || target.matches("input[type=range]"));
  if (ownKeys) return; // the look's controls keep their arrows
  if (key === " " && !target.matches("button, input[type=checkbox]")) {
    event.preventDefault();
    player.playing ? pause(player) : start(player);
    return;
  }
  const alpha = keyTarget(player, key);
  if (alpha === undefined) return;
  event.preventDefault();
  takeOver(player, alpha);
}

// A presenter's clicker: left and right work while nothing on the page has the focus.
function pressedNowhere(player, event) {
  const nowhere = !document.activeElement || document.activeElement === document.body;
  if (!nowhere || !["ArrowLeft", "ArrowRight"].includes(event.key)) return;
  if (firstInView() === player) pressed(player, event);
}

function firstInView() {
  return [...living].find(({ root }) => {
    const { top, bottom } = root.getBoundingClientRect();
    return root.isConnected && bottom > 0 && top < window.innerHeight;
  });
}

function start(player) {
  if (!player.data || player.playing) return;
  player.playing = true;
  player.root.dataset.playing = "1";
  labelPlay(player, "Pause");
  let from = player.alpha >= 1 ? 0 : player.alpha;
  let last = null;
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const tick = (now) => {
    if (!player.playing) return;
    from = Math.min(1, from + (last === null ? 0 : (now - last) / 1000 / player.speed.value));
    last = now;
    const alpha = calm ? Math.floor(from * 10 + 1e-9) / 10 : from; // ten still pictures, no motion
    if (alpha !== player.alpha) {
      player.alpha = alpha;
      draw(player);
    }
    if (from >= 1) pause(player);
    else player.playRequest = requestAnimationFrame(tick);
  };
  player.playRequest = requestAnimationFrame(tick);
}

function pause(player) {
  if (!player.playing) return;
  player.playing = false;
  cancelAnimationFrame(player.playRequest);
  delete player.root.dataset.playing;
  labelPlay(player, "Play");
  describe(player, scoreAt(player.data, player.alpha));
}

function labelPlay(player, word) {
  player.play.setAttribute("aria-label", word);
  player.play.title = `${word} (space)`;
}
