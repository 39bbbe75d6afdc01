// Several players that share one view and one colour scale: small multiples, moved as one.
//
//     const part = link([first, second]);    part() lets them go their own ways again

const players = new WeakMap(); // what mount() returned -> the player behind it

export const register = (handle, player) => players.set(handle, player);

// The players that move with this one, itself among them.
export const members = (player) => (player.group ? [...player.group] : [player]);

export function link(handles) {
  const linked = handles.map((handle) => players.get(handle));
  if (linked.length < 2 || linked.includes(undefined)) {
    throw new TypeError("link() takes two or more players, as mount() returned them");
  }
  linked.forEach(leave);
  const group = new Set(linked);
  for (const player of linked) player.group = group;
  agree(linked.find(({ data }) => data));
  return () => linked.filter((player) => player.group === group).forEach(leave);
}

export function leave(player) {
  const others = members(player).filter((other) => other !== player);
  player.group?.delete(player);
  player.group = null;
  for (const one of [player, ...others]) one.refresh(); // the scale may be another without it
}

// A newcomer takes the view of those that are there; all take the scale of all.
export function join(player) {
  agree(members(player).find((other) => other !== player && other.data) ?? player);
}

// All who move with `lead` take its view; where nobody has data yet, the first that has will lead.
export function agree(lead) {
  if (!lead) return;
  for (const one of members(lead)) {
    if (one !== lead && one.data) one.take({ look: lead.look, alpha: lead.alpha });
    one.refresh();
  }
}
