// The row of look controls: native inputs, written to and read from one plain look object.

const LOOK_LABELS = {
  clip: (v) => (v === 100 ? "max" : `${v} %`),
  top: (v) => (v === 100 ? "all" : `${v} %`),
  sigma: (v) => (v === 0 ? "off" : `σ ${v} px`),
  opacity: (v) => `${Math.round(100 * v)} %`,
};

function readControl(input) {
  if (input.type === "checkbox") return input.checked ? "times-difference" : "gradient";
  return input.type === "range" ? Number(input.value) : input.value;
}

function writeControl(input, value) {
  if (input.type === "checkbox") input.checked = value === "times-difference";
  else input.value = value;
  labelControl(input, value);
}

function labelControl(input, value) {
  const write = LOOK_LABELS[input.dataset.look];
  if (!write) return;
  input.parentElement.querySelector("b").textContent = write(value);
  input.setAttribute("aria-valuetext", write(value));
}

// The settings that change a map must be on the screen beside it.
function lookNote(look, ...parts) {
  const notes = {
    clip: look.show === "normalised" ? "min–max"
      : look.clip === 100 ? "no clip" : `clip ${look.clip} %`,
    top: look.top < 100 && `top ${look.top} %`,
    sigma: look.sigma > 0 && `σ ${look.sigma} px`,
  };
  return parts.map((part) => notes[part]).filter(Boolean).join(" · ");
}
