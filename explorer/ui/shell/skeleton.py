"""The shape of the page to come, painted while the libraries that compute are still imported.

It needs Streamlit alone and takes the room of what will replace it, so that nothing jumps. It hides
by itself, part by part, as the heading, the player and the controls arrive in the browser.
"""

from __future__ import annotations

import sys
import time

from streamlit.delta_generator import DeltaGenerator

SENDING_SECONDS = 0.1  # an import holds the interpreter; the server needs it to send what we drew
THUMBNAILS = 11

_TITLES = ("Image on the path", "Score along the path", "Gradient", "Attribution so far")
# A score that saturates. Escaped: the sanitiser throws a style with a tag in it away as a whole.
_CURVE = (
    "url('data:image/svg+xml,%3Csvg xmlns=%22http://www.w3.org/2000/svg%22 "
    "viewBox=%220 0 100 100%22%3E%3Cpath d=%22M6 90C38 90 48 88 58 50S74 9 94 9%22 "
    "fill=%22none%22 stroke=%22black%22 stroke-width=%221.2%22/%3E%3C/svg%3E')"
)
_KINDS = ("image", "score", "", "")
_SIDE = ("name", "box", "text", "name", "thumbs", "text", "row", "name", "box", "text")

STYLE = """
<style>
.ig-wait { --faint: color-mix(in srgb, currentColor 6%, transparent);
  --line: color-mix(in srgb, currentColor 16%, transparent); }
.ig-wait .ig-head { margin: 0 0 .6rem; min-height: 2rem; align-items: center; }
.ig-wait .ig-head span { font-size: .92rem; opacity: .75; }
.ig-wait .stages { display: grid; grid-template-columns: repeat(4, minmax(0, 1fr)); gap: 14px; }
.ig-wait .title { font-size: 14px; font-weight: 600; line-height: 23px; opacity: .55;
  white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
.ig-wait .stage { aspect-ratio: 1; border-radius: 6px; background: var(--faint);
  overflow: hidden; }
.ig-wait .score { background: none; box-shadow: inset 0 0 0 1px var(--line); }
.ig-wait .stage::before { content: ""; display: block; height: 100%; }
.ig-wait .image::before { background: linear-gradient(90deg, transparent, var(--line)); }
.ig-wait .score::before { background: var(--line); mask: CURVE center / 100% 100%; }
.ig-wait .under { height: 58px; padding-top: 8px; }
.ig-wait .under::before { content: ""; display: block; height: 5px; border-radius: 3px;
  background: var(--faint); }
.ig-wait .cursor { display: grid; grid-template-columns: 48px minmax(0, 1fr) 226px; gap: 30px;
  align-items: center; height: 30px; margin-top: 5px; }
.ig-wait .cursor i { height: 30px; border-radius: 16px; background: var(--faint); }
.ig-wait .cursor i + i { height: 5px; }
.ig-wait .strip { display: flex; justify-content: space-between; height: 124px;
  margin: 7px 238px 0 78px; }
.ig-wait .strip i { width: 48px; height: 48px; border-radius: 4px; background: var(--faint); }
.ig-wait-side i { display: block; border-radius: 6px;
  background: color-mix(in srgb, currentColor 6%, transparent); }
.ig-wait-side .name { height: 12px; width: 40%; margin: 8px 0 11px; }
.ig-wait-side .box { height: 40px; }
.ig-wait-side .text { height: 26px; margin: 10px 0 18px; opacity: .5; }
.ig-wait-side .thumbs { height: 142px; }
.ig-wait-side .row { height: 32px; margin-bottom: 12px; }
@media (max-width: 1200px) {
  .ig-wait .under { height: 90px; }
  .ig-wait .cursor { grid-template-columns: 48px minmax(0, 1fr); gap: 16px; }
  .ig-wait .strip { margin: 27px 0 0; overflow: hidden; gap: 8px; }
  .ig-wait .strip i { flex: none; }
}
@media (max-width: 640px) {
  .ig-wait .ig-head { margin: 0 0 .6rem; min-height: 6.8rem; align-content: center; }
  .ig-wait .under { height: 74px; }
  .ig-wait .stages > :nth-child(n + 3) .title { line-height: 60px; }
  .ig-wait .stages { grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 14px 12px; }
  .ig-wait .cursor i { height: 40px; border-radius: 20px; }
}
@media (prefers-reduced-motion: no-preference) {
  .ig-wait .stage, .ig-wait .strip i { animation: ig-breathe 2.8s ease-in-out infinite;
    animation-delay: calc(var(--n) * .18s); }
  @keyframes ig-breathe { 50% { opacity: .45; } }
}
[data-testid="stMain"]:has([data-testid="stProgress"], .ig-head:not(.ig-wait .ig-head))
  .ig-wait .ig-head,
[data-testid="stMain"]:has([data-testid^="stBidiComponent"], [data-testid="stException"]) .ig-wait,
[data-testid="stSidebar"]:has([data-testid="stSelectbox"]) .ig-wait-side { display: none; }
</style>
""".replace("CURVE", _CURVE)


def paint(main: DeltaGenerator, side: DeltaGenerator, *, stages: bool) -> None:
    """Draw it and let it go out; `stages` adds the four pictures and the film strip."""
    main.html(STYLE + _page(stages))
    side.html(_side())
    if "torch" not in sys.modules:
        time.sleep(SENDING_SECONDS)


def _page(stages: bool) -> str:
    heading = (
        '<div class="ig-head"><h1>Integrated Gradients</h1>'
        "<span>Why does a network decide as it does? Getting ready…</span></div>"
    )
    return f'<div class="ig-wait" role="status">{heading}{_stages() if stages else ""}</div>'


def _stages() -> str:
    figures = "".join(
        f'<div><div class="title">{title}</div>'
        f'<div class="stage {kind}" style="--n:{n}"></div><div class="under"></div></div>'
        for n, (title, kind) in enumerate(zip(_TITLES, _KINDS, strict=True))
    )
    strip = "".join(f'<i style="--n:{4 * n / THUMBNAILS:.2f}"></i>' for n in range(THUMBNAILS))
    return (
        f'<div aria-hidden="true"><div class="stages">{figures}</div>'
        f'<div class="cursor"><i></i><i></i></div><div class="strip">{strip}</div></div>'
    )


def _side() -> str:
    return (
        '<div class="ig-wait-side" aria-hidden="true">'
        + "".join(f'<i class="{kind}"></i>' for kind in _SIDE)
        + "</div>"
    )
