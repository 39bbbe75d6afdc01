// The row of look controls: native inputs, written to and read from one plain look object. What a
// setting may be comes with the data; only its words are written here.

const WORDS = {
  show: { signed: "signed", positive: "positive only", negative: "negative only",
    absolute: "absolute", normalised: "min–max to 0…1" },
  channels: { sum: "sum", 0: "red", 1: "green", 2: "blue" },
  backdrop: { grey: "grey image", colour: "colour image" },
  neutral: { page: "as the page", light: "light", dark: "dark" },
  gradient_scale: { step: "each step", path: "whole path" },
};

const LABELS = {
  clip: (v) => (v === 100 ? "max" : `${v} %`),
  top: (v) => (v === 100 ? "all" : `${v} %`),
  sigma: (v) => (v === 0 ? "off" : `${v} px`),
  opacity: (v) => `${Math.round(100 * v)} %`,
};

// Every control takes its choices, or its range, from the limits that came with the data.
export function limitControls(controls, { choices, ranges }) {
  for (const control of controls) {
    const name = control.dataset.look;
    if (control.type === "range") {
      const { low, high, step } = ranges[name];
      Object.assign(control, { min: low, max: high, step });
    } else if (control.tagName === "SELECT") {
      control.replaceChildren(...choices[name].map((value) =>
        new Option(WORDS[name]?.[value] ?? value, value)));
    }
  }
}

export function readControl(input) {
  if (input.type === "checkbox") return input.checked ? "times-difference" : "gradient";
  return input.type === "range" ? Number(input.value) : input.value;
}

export function writeControl(input, value) {
  if (input.type === "checkbox") input.checked = value === "times-difference";
  else input.value = value;
  labelControl(input, value);
}

export function labelControl(input, value) {
  const write = LABELS[input.dataset.look];
  if (!write) return;
  input.parentElement.querySelector("b").textContent = write(value);
  input.setAttribute("aria-valuetext", write(value));
}

// The settings that change a map must be on the screen beside it.
export function lookNote(look, ...parts) {
  const notes = {
    clip: look.show === "normalised" ? "min–max"
      : look.clip === 100 ? "no clip" : `clip ${look.clip} %`,
    top: look.top < 100 && `top ${look.top} %`,
    sigma: look.sigma > 0 && `σ ${look.sigma} px`,
  };
  return parts.map((part) => notes[part]).filter(Boolean).join(" · ");
}
