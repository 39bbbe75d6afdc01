// A row of thumbnails that behaves like a group of radio buttons: arrow keys, one tab stop.
export default function ({ data, parentElement, setTriggerValue }) {
  const group = parentElement.querySelector(".gallery");
  const entry = ({ id, title, src, tiny }) => {
    const label = document.createElement("label");
    const input = document.createElement("input");
    const img = document.createElement("img");
    Object.assign(input, { type: "radio", name: "gallery-image", value: id });
    input.checked = id === data.selected;
    input.setAttribute("aria-label", title);
    input.onchange = () => setTriggerValue("picked", id);
    Object.assign(img, { src, alt: "", className: tiny ? "pixels" : "" });
    label.title = title;
    label.append(input, img);
    return label;
  };
  const shown = JSON.stringify(data.images.map((image) => image.id));
  if (group.dataset.shown === shown) {
    // same pictures: only move the mark, so that the keyboard's focus stays where it is
    for (const input of group.querySelectorAll("input")) input.checked = input.value === data.selected;
    for (const input of group.querySelectorAll("input"))
      input.onchange = () => setTriggerValue("picked", input.value);
    return;
  }
  group.dataset.shown = shown;
  group.replaceChildren(...data.images.map(entry));
}
