// The player's own style. A host may set --ig-text, --ig-background, --ig-surface, --ig-line,
// --ig-accent and --ig-font; without them the player follows the system's light or dark.

export const STYLE = `
:host {
  display: block;
  --text: var(--ig-text, #16202b);
  --background: var(--ig-background, #ffffff);
  --surface: var(--ig-surface, #f2f5f8);
  --accent: var(--ig-accent, #1c6ea8);
}
@media (prefers-color-scheme: dark) {
  :host {
    --text: var(--ig-text, #e7edf3);
    --background: var(--ig-background, #0e141b);
    --surface: var(--ig-surface, #18212b);
    --accent: var(--ig-accent, #5fb0e6);
  }
}
.frame { container-type: inline-size; }
.player {
  --quiet: color-mix(in srgb, var(--text) 72%, var(--background));
  --line: var(--ig-line, color-mix(in srgb, var(--text) 20%, transparent));
  --cells: color-mix(in srgb, var(--text) 45%, var(--background));
  --thumb: clamp(44px, 4.7cqw, 84px);
  position: relative;
  color: var(--text);
  background-color: var(--background);
  transition: background-color 1ms; /* its end tells the script that the theme has changed */
  font: 400 clamp(13px, 0.95cqw, 18px)/1.35 var(--ig-font, system-ui, sans-serif);
  font-variant-numeric: tabular-nums;
}
.player[data-theme="dark"] { color-scheme: dark; }
.player[data-theme="light"] { color-scheme: light; }
.player *, .player *::before { box-sizing: border-box; }
.player:not([data-ready]) .panels { opacity: 0.4; }
:is(button, input, select):focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
button, input, select { font: inherit; color: inherit; }
input[type="range"] { accent-color: var(--accent); margin: 0; min-width: 0; cursor: pointer; }
[hidden] { display: none !important; }

/* With a path there are four stages, without one three */
.panels { display: grid; grid-template-columns: repeat(4, minmax(0, 1fr)); gap: 14px; }
.player:not([data-film="none"]) :is(.without-film, [data-panel="baseline"]),
.player[data-film="none"] :is(.with-film, .mix, .transport, [data-panel="score"],
  [data-panel="gradient"], [data-panel="image"] .scale, [data-panel="baseline"] .scale) {
  display: none;
}
.player[data-film="none"] .panels { grid-template-columns: repeat(3, minmax(0, 25em)); }
.player[data-baseline="none"] [data-panel="baseline"] { display: none; }
figure { margin: 0; min-width: 0; }
.head {
  display: flex; align-items: center; justify-content: space-between; gap: 0 6px;
  min-height: 1.75em; white-space: nowrap;
}
.title { font-size: 1.07em; font-weight: 600; }
.switch { display: flex; align-items: center; gap: 4px; color: var(--quiet); cursor: pointer; }
.switch input { margin: 0; accent-color: var(--accent); }
.switch:has(:checked) { color: inherit; }
.key { display: flex; gap: 8px; color: var(--quiet); }
.key i { display: inline-block; width: 0.75em; height: 0.75em; margin-right: 4px; border-radius: 2px; }
.key .for i { background: var(--for); }
.key .against i { background: var(--against); }
.player:not([data-show="signed"], [data-show="positive"]) .key .for,
.player:not([data-show="signed"], [data-show="negative"]) .key .against { display: none; }
.stage {
  position: relative; aspect-ratio: 1; display: grid; place-items: center; overflow: hidden;
  border-radius: 6px; background: var(--surface);
}
.stage canvas { display: block; touch-action: pan-y; outline: 1px solid var(--line); outline-offset: -1px; }
.stage canvas.wide { width: 100%; }
.stage canvas.tall { height: 100%; }
[data-panel="gradient"] canvas, [data-panel="attribution"] canvas { cursor: crosshair; }
.tiny canvas { image-rendering: pixelated; }
.cells {
  position: absolute; inset: 0; margin: auto; max-width: 100%; max-height: 100%;
  display: none; pointer-events: none;
}
.tiny .cells { display: grid; }
.cells span {
  display: grid; place-items: center; min-width: 0;
  border: 0.5px solid var(--cells); /* white cells end here on a white page */
  font-size: clamp(13px, 1.7cqw, 30px); font-weight: 600; letter-spacing: -0.02em;
}

/* Under each stage: its scale, then what follows the cursor */
.scale { display: flex; align-items: center; gap: 7px; min-height: 1.55em; margin-top: 3px; white-space: nowrap; }
.scale canvas { flex: 1; width: 0; min-width: 12px; height: 0.7em; border-radius: 2px; outline: 1px solid var(--line); }
.mix { flex: 1; height: 5px; border-radius: 3px; background: var(--line); overflow: hidden; }
.mix i { display: block; height: 100%; background: var(--accent); transform-origin: left; }
figcaption { display: grid; align-content: start; min-height: 2.7em; color: var(--quiet); }
.legend { flex-wrap: wrap; gap: 0 10px; }
.legend span { display: flex; align-items: center; gap: 4px; max-width: 100%; min-width: 0; }
.legend em { font-style: normal; overflow: hidden; text-overflow: ellipsis; }
.legend svg { flex: none; width: 18px; height: 8px; }
.swatch {
  display: inline-block; width: 10px; height: 10px; margin-right: 5px; vertical-align: -1px;
  background: color-mix(in srgb, var(--accent) 22%, transparent); border-radius: 2px;
}

/* The score along the path */
[data-panel="score"] .stage { cursor: ew-resize; touch-action: pan-y; background: none; border: 1px solid var(--line); }
[data-panel="score"] .stage svg { width: 100%; height: 100%; display: block; user-select: none; }
.stage text { font-size: 1em; fill: var(--quiet); }
.stage text.label { fill: var(--text); }
.grid { stroke: var(--line); stroke-width: 1; }
.active { fill: color-mix(in srgb, var(--accent) 14%, transparent); }
.score { fill: none; stroke: var(--accent); stroke-width: 2.25; stroke-linejoin: round; }
.rival { fill: none; stroke: var(--quiet); stroke-width: 1.25; opacity: 0.75; }
.step { fill: var(--background); stroke: var(--accent); stroke-width: 1.3; }
.step.shown { r: 4.2px; fill: var(--accent); stroke: var(--background); }
.tick { stroke: var(--accent); stroke-width: 0.75; }
.tick.shown { stroke: var(--text); stroke-width: 2.5; }
.rest line { stroke: var(--accent); stroke-width: 1; stroke-dasharray: 2 2; }
.cursor line { stroke: var(--text); stroke-width: 1; }
.cursor circle { fill: var(--text); stroke: var(--background); stroke-width: 1.5; }
.stage :is(.cursor, .rest) text {
  fill: var(--text); paint-order: stroke; stroke: var(--background); stroke-width: 4px;
  stroke-linejoin: round;
}
.stage .cursor text { font-size: 1.07em; font-weight: 700; }

/* Cursor and film strip: the slider's thumb stands above the thumbnail of its alpha */
.transport {
  display: grid; grid-template-columns: 66px minmax(0, 1fr) 17.6em;
  column-gap: 12px; row-gap: 3px; align-items: center; margin-top: 5px;
}
.play {
  display: grid; place-items: center; width: 48px; height: 30px; padding: 0; cursor: pointer;
  color: var(--background); background: var(--accent); border: 0; border-radius: 16px;
}
.play:disabled { opacity: 0.5; }
.play svg { width: 15px; height: 15px; fill: currentColor; }
.player:not([data-playing]) .to-pause, .player[data-playing] .to-play { display: none; }
.cursor-slider { width: auto; height: 22px; border-radius: 11px; margin-inline: calc(var(--thumb) / 2 - 8px) !important; }
.readout { font-weight: 600; white-space: nowrap; }
.strip { display: flex; justify-content: space-between; padding: 3px 0; }
.thumb {
  flex: none; width: var(--thumb); padding: 0; border: 0; background: none; cursor: pointer;
  display: grid; gap: 2px; border-radius: 5px;
}
.thumb canvas { width: 100%; aspect-ratio: 1; object-fit: contain; border-radius: 4px; display: block; outline: 1px solid var(--line); outline-offset: -1px; }
.thumb canvas.none { outline-style: dashed; }
.thumb span { line-height: 1.2; text-align: center; color: var(--quiet); }
.thumb[aria-current] span { color: var(--text); font-weight: 700; }
.thumb[aria-current] canvas:first-child, .thumb canvas.shown { box-shadow: 0 0 0 2px var(--accent); }
.strip-labels { display: grid; grid-template-rows: var(--thumb) var(--thumb); row-gap: calc(1.2em + 4px); align-items: center; }
.strip-labels span, .hint, .speed, .looks label > span { color: var(--quiet); }
.aside { display: grid; gap: 4px; align-content: center; }
.speed { display: flex; align-items: center; gap: 8px; }
kbd { font: inherit; padding: 0 4px; border: 1px solid var(--line); border-radius: 4px; background: var(--surface); }
select {
  height: 27px; padding: 0 2px; border: 1px solid var(--line); border-radius: 5px; min-width: 0;
  background: var(--surface); cursor: pointer;
}
select option { color: var(--text); background: var(--background); }

/* The look */
.looks {
  display: grid; grid-auto-flow: column; grid-auto-columns: minmax(0, 1fr); gap: 8px;
  margin-top: 6px; padding-top: 4px; border-top: 1px solid var(--line);
}
.looks label { display: grid; grid-template-rows: 1.4em 28px; align-items: center; min-width: 0; }
.looks label > span { white-space: nowrap; }
.looks b { font-weight: 600; color: var(--text); }

.tip {
  position: absolute; z-index: 2; padding: 2px 7px; pointer-events: none; white-space: nowrap;
  color: var(--background); background: var(--text); border-radius: 4px;
}
.failure { padding: 8px 12px; border: 1px solid var(--line); border-radius: 6px; }

@container (max-width: 910px) {
  .looks { grid-auto-flow: row; grid-template-columns: repeat(5, minmax(0, 1fr)); row-gap: 4px; }
}
@container (max-width: 820px) {
  .panels { gap: 14px 10px; }
  .scale { gap: 4px; }
  figcaption { min-height: 4.05em; }
  .title { font-size: 1em; }
  :is([data-panel="gradient"], [data-panel="attribution"]) .head {
    flex-direction: column; align-items: start; justify-content: start;
  }
  .head { min-height: 2.7em; align-items: start; }
  .transport { grid-template-columns: 52px minmax(0, 1fr); }
  .cursor-slider { margin-inline: 0 !important; }
  .strip-labels, .strip-note { display: none; }
  .readout, .strip, .aside { grid-column: 1 / -1; }
  .readout { text-align: center; }
  .strip { overflow-x: auto; gap: 8px; padding: 3px; }
  .aside { grid-auto-flow: column; justify-content: space-between; align-items: center; }
}
@container (max-width: 600px) {
  .panels { grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 12px; }
  .player[data-film="none"] .panels { grid-template-columns: repeat(2, minmax(0, 1fr)); }
  .head { min-height: 1.75em; align-items: center; }
  figcaption { min-height: 2.7em; }
  :is([data-panel="gradient"], [data-panel="attribution"]) .head { min-height: 60px; justify-content: center; }
  [data-panel="attribution"] .key { min-height: 40px; display: flex; align-items: center; }
  .switch { min-height: 40px; }
  .play { height: 40px; border-radius: 20px; }
  .cursor-slider { height: 40px; }
  .looks { grid-template-columns: repeat(auto-fill, minmax(150px, 1fr)); }
  .looks label { grid-template-rows: 1.4em 40px; }
  .looks :is(select, input), .speed select { height: 40px; }
}
@container (max-width: 520px) { .hint { display: none; } }
`;
