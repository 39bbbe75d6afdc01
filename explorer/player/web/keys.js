// The keys work from anywhere on the page outside a form field, as a presenter's remote needs: one
// listener for all players. They go to the player that was used last, or else to the first in view.

const living = []; // the players on the page, the last used first
const pressable = "button, a[href], summary, input[type=checkbox], [role=button], [role=switch]";
const roving = "[role=tab], [role=radio], input[type=radio]";
const fields = [
  "input:not([type=checkbox], [type=radio], [type=button], [type=submit], .cursor-slider)",
  "textarea", "select", "[contenteditable]:not([contenteditable=false])", "dialog",
  ...["textbox", "slider", "spinbutton", "combobox", "listbox", "option", "menu", "menuitem",
    "grid", "tree", "dialog"].map((role) => `[role=${role}]`),
].join();

export function watchKeys(player) {
  if (!living.length) document.addEventListener("keydown", pressed);
  living.push(player);
}

export function unwatchKeys(player) {
  const at = living.indexOf(player);
  if (at >= 0) living.splice(at, 1);
  if (!living.length) document.removeEventListener("keydown", pressed);
}

// Its keys first, from now on.
export function used(player) {
  const at = living.indexOf(player);
  if (at > 0) living.unshift(...living.splice(at, 1));
  player.wasUsed = true;
}

function pressed(event) {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.composedPath().some((element) => keepsItsKey(element, event.key))) return;
  const player = listener();
  if (!player?.press(event.key)) return;
  event.preventDefault(); // the page must not scroll, nor a second player move
}

function keepsItsKey(element, key) {
  if (!(element instanceof Element)) return false;
  if (element.matches(fields)) return true;
  if (!element.matches(":focus-visible")) return false; // a click left the focus there, nobody's wish
  if (element.matches(pressable) && (key === " " || key === "Enter")) return true;
  return element.matches(roving) && (key === " " || /^(Arrow|Home|End)/.test(key));
}

function listener() {
  const seen = living.filter(inView);
  return seen.find(({ wasUsed }) => wasUsed) ?? seen.sort(byPlace)[0];
}

const byPlace = (a, b) => (a.root.compareDocumentPosition(b.root)
  & Node.DOCUMENT_POSITION_PRECEDING ? 1 : -1);

function inView({ root, data }) {
  const { top, bottom, height } = root.getBoundingClientRect();
  return Boolean(data?.film) && height > 0 && bottom > 0 && top < window.innerHeight;
}
