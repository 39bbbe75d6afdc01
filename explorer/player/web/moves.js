// What changes the view: alpha, the look, play. Players that are linked move as one.

import { cursorOf, describe, draw } from "./drawing.js";
import { labelControl, readControl } from "./looks.js";
import { clamp } from "./numbers.js";
import { applyLook } from "./scales.js";
import { members } from "./sharing.js";
import { neighbourStop } from "./steps.js";

const LOOK_SETTLES_MS = 400;
const ALPHA_SETTLES_MS = 700; // longer than from key to key
const STILL_PICTURES = 10; // that play shows to those who asked for less motion

export const viewOf = ({ look, alpha, tab }) => ({ look, tab,
  alpha: alpha === null ? null : Number(alpha.toFixed(4)) });

// alpha: a number, or null for at rest.
export function go(player, alpha) {
  for (const one of members(player)) {
    one.alpha = alpha === null ? null : clamp(alpha, 0, 1);
    schedule(one);
  }
  settleIn(player, ALPHA_SETTLES_MS);
}

export function takeOver(player, alpha) {
  pause(player);
  go(player, alpha);
}

export function changeLook(player, input) {
  const value = readControl(input);
  labelControl(input, value);
  const look = { ...player.look, [input.dataset.look]: value };
  for (const one of members(player)) {
    one.look = look;
    if (one !== player && one.data) one.take({ look });
    refresh(one);
  }
  settleIn(player, LOOK_SETTLES_MS);
}

// Draw again with everything that depends on the look; many events in one frame make one picture.
export function refresh(player) {
  player.lookChanged = true;
  schedule(player);
}

export function schedule(player) {
  if (player.frameRequest || !player.data) return;
  player.frameRequest = requestAnimationFrame(() => {
    player.frameRequest = 0;
    if (!player.data) return;
    if (player.lookChanged) applyLook(player);
    player.lookChanged = false;
    draw(player);
  });
}

function settleIn(player, wait) {
  clearTimeout(player.settling);
  player.settling = setTimeout(() => settle(player), wait);
}

// Say now what the host would hear when the view has settled.
export function settle(player) {
  if (!player.settling) return;
  clearTimeout(player.settling);
  player.settling = 0;
  for (const one of members(player)) if (one.data) describe(one);
  player.onView?.(viewOf(player));
}

// ---- Keys ----------------------------------------------------------------------------------------

// Returns whether the key means something here.
export function press(player, key) {
  if (!player.data?.film) return false;
  if (key === " ") {
    toggle(player);
    return true;
  }
  const alpha = keyTarget(player, key);
  if (alpha === undefined) return false;
  takeOver(player, alpha);
  return true;
}

// Forward from rest the film begins; Escape comes back to rest.
function keyTarget(player, key) {
  const step = (direction) => neighbourStop(player.data.film, cursorOf(player), direction);
  const next = () => (player.alpha === null ? 0 : step(1));
  const moves = {
    ArrowRight: next, PageDown: next, ArrowLeft: () => step(-1), PageUp: () => step(-1),
    Home: () => 0, End: () => 1, Escape: () => null,
  };
  return moves[key]?.();
}

// ---- Play ----------------------------------------------------------------------------------------

export const toggle = (player) => (player.clock ? pause(player) : play(player));

function play(player) {
  if (!player.data) return;
  const clock = { from: cursorOf(player) >= 1 ? 0 : player.alpha, last: null, request: 0 };
  clearTimeout(player.settling); // it settles when it pauses
  player.settling = 0;
  for (const one of members(player)) setClock(one, clock);
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const tick = (now) => {
    const passed = clock.last === null ? 0 : (now - clock.last) / 1000;
    clock.from = Math.min(1, clock.from + passed / player.speed.value);
    clock.last = now;
    const alpha = calm ? Math.floor(clock.from * STILL_PICTURES + 1e-9) / STILL_PICTURES
      : clock.from;
    if (alpha !== player.alpha) show(player, alpha);
    if (clock.from >= 1) pause(player);
    else clock.request = requestAnimationFrame(tick);
  };
  clock.request = requestAnimationFrame(tick);
}

function show(player, alpha) {
  for (const one of members(player)) {
    one.alpha = alpha;
    if (one.data) draw(one);
  }
}

export function pause(player) {
  if (!player.clock) return;
  cancelAnimationFrame(player.clock.request);
  for (const one of members(player)) setClock(one, null);
  settleIn(player, ALPHA_SETTLES_MS);
}

function setClock(player, clock) {
  player.clock = clock;
  if (clock) player.root.dataset.playing = "1";
  else delete player.root.dataset.playing;
  const word = clock ? "Pause" : "Play";
  player.play.setAttribute("aria-label", word);
  player.play.title = `${word} (space)`;
}
