// Streamlit's frame around the player: what it remembers between two runs of the page, and over a
// visit to another page. A run calls the function again; its clean-up may be followed by another call.

import { mount } from "../player/web/player.js";
import { splitHeader } from "../player/web/unpack.js";

const mounted = new WeakMap(); // host element -> what stands there
const remembered = new Map(); // player's name -> the message that it showed last, and the view

export default function show({ data, parentElement, setStateValue }) {
  const host = parentElement.querySelector(".ig-player");
  const { header, rest } = splitHeader(data instanceof Uint8Array ? data : new Uint8Array(data));
  const here = mounted.get(host) ?? begin(host, header, rest);
  clearTimeout(here.leaving);
  here.report = setStateValue;
  if (here.id !== header.id) {
    here.id = header.id;
    here.player.load(rest, header.view);
  }
  return () => {
    here.player.settle();
    remembered.set(header.name, { id: here.id, view: here.player.view() });
    here.leaving = setTimeout(() => end(host, here));
  };
}

function begin(host, header, rest) {
  const before = remembered.get(header.name);
  const view = before?.id === header.id ? before.view : header.view;
  const here = { id: header.id };
  here.player = mount(host, { data: rest, view, onView: (seen) => {
    rename(seen.alpha);
    here.report("view", { id: here.id, view: seen });
  } });
  mounted.set(host, here);
  return here;
}

function end(host, here) {
  here.player.destroy();
  mounted.delete(host);
}

// Where the cursor rests is named in the address as it is, in the same place and writing as
// `View.to_params` has it: the page then finds nothing to change, and Back undoes controls alone.
function rename(alpha) {
  const address = new URL(window.location.href);
  const query = address.searchParams;
  const tab = query.get("tab");
  query.delete("alpha");
  query.delete("tab");
  if (!query.has("model")) return;
  if (alpha !== null) query.append("alpha", String(Number(alpha.toFixed(4))));
  if (tab !== null) query.append("tab", tab);
  if (address.href !== window.location.href) history.replaceState(history.state, "", address);
}
