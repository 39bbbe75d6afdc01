// What a hand does in the player: slider, buttons, the curve, the maps, the look's controls.

import { showTip } from "./drawing.js";
import { used } from "./keys.js";
import { changeLook, refresh, takeOver, toggle } from "./moves.js";

export function listen(player, signal) {
  const { root, slider, play, controls, panels } = player;
  const on = (element, type, act) => element.addEventListener(type, act, { signal });
  on(root, "pointerdown", () => used(player));
  on(root, "focusin", () => used(player));
  on(slider, "input", () => takeOver(player, Number(slider.value)));
  on(play, "click", () => toggle(player));
  on(root, "transitionend", (event) => {
    if (event.target === root && player.data) refresh(player);
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
    event.preventDefault(); // no selection of the labels while dragging
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
