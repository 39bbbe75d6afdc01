// The player's elements. Controls get their choices and ranges from the data.

const map = (name, title, head = "") => `
    <figure data-panel="${name}">
      <div class="head"><span class="title">${title}</span>${head}</div>
      <div class="stage"><canvas role="img"></canvas><div class="cells" aria-hidden="true"></div></div>
      <div class="scale"><span class="low"></span><canvas height="1" aria-hidden="true"></canvas><span
        class="high"></span></div>
      <figcaption><span class="live"></span><span class="note"></span></figcaption>
    </figure>`;

const picture = (name, title, scale) => `
    <figure data-panel="${name}">
      <div class="head"><span class="title">${title}</span></div>
      <div class="stage"><canvas role="img"></canvas><div class="cells" aria-hidden="true"></div></div>
      <div class="scale">${scale}</div>
      <figcaption><span class="live"></span></figcaption>
    </figure>`;

const TIMES_DIFFERENCE = `
        <label class="switch">
          <input type="checkbox" data-look="gradient_view" disabled
            aria-label="Gradient times (image minus baseline)"><span aria-hidden="true"
            >× difference</span>
        </label>`;

const KEY = `<span class="key"><span class="for"><i></i>for</span> <span class="against"><i></i
        >against</span></span>`;

const select = (name, title, extra = "") => `
    <label ${extra}><span>${title}</span><select data-look="${name}" disabled></select></label>`;

const range = (name, title) => `
    <label><span>${title} <b></b></span><input type="range" data-look="${name}" disabled></label>`;

export const MARKUP = `
<div class="frame">
<section class="player" role="group" aria-label="An attribution and how it came about">
  <div class="panels">
${picture("image", '<span class="with-film">Image on the path</span><span class="without-film">Image</span>',
    '<span>baseline</span><span class="mix"><i></i></span><span>image</span>')}
${picture("baseline", "Baseline", "")}
    <figure data-panel="score">
      <div class="head"><span class="title">Score along the path</span></div>
      <div class="stage"><svg role="img"></svg></div>
      <div class="scale legend"></div>
      <figcaption><span class="live"></span></figcaption>
    </figure>
${map("gradient", "Gradient", TIMES_DIFFERENCE)}
${map("attribution", 'Attribution<span class="with-film"> so far</span>', KEY)}
  </div>

  <div class="transport">
    <button type="button" class="play" aria-label="Play" title="Play (space)" disabled>
      <svg viewBox="0 0 16 16" aria-hidden="true">
        <path class="to-play" d="M4 2.2v11.6L13.6 8z" />
        <path class="to-pause" d="M3.5 2.5h3.2v11H3.5zM9.3 2.5h3.2v11H9.3z" />
      </svg>
    </button>
    <input class="cursor-slider" type="range" min="0" max="1" step="any" value="1"
      aria-label="Position on the path, alpha" disabled>
    <output class="readout" aria-live="off"></output>
    <div class="strip-labels" aria-hidden="true"><span>path</span><span>gradients</span></div>
    <div class="strip" role="group" aria-label="Film strip of the path, with its gradients"></div>
    <div class="aside">
      <label class="speed">Speed
        <select disabled>
          <option value="12">slow</option>
          <option value="6" selected>normal</option>
          <option value="3">fast</option>
        </select>
      </label>
      <span class="hint"><kbd>←</kbd> <kbd>→</kbd> steps · <kbd>space</kbd> plays · <kbd>esc</kbd>
        rests</span>
      <span class="hint strip-note">One scale: where they fade, the curve is flat. <span
        class="none-note" hidden>Empty: none taken there.</span></span>
    </div>
  </div>

  <div class="looks" role="group" aria-label="How the maps are shown">
${select("show", "Show")}
${select("channels", "Channels", 'class="channels"')}
${range("clip", "Clip at")}
${range("top", "Strongest")}
${range("sigma", "Smooth")}
${range("opacity", "Overlay")}
${select("backdrop", "Backdrop", 'class="backdrop"')}
${select("neutral", "Zero’s colour")}
${select("gradient_scale", "Gradient’s scale", 'class="with-film"')}
  </div>
  <div class="tip" hidden></div>
  <div class="failure" role="alert" hidden></div>
</section>
</div>`;
