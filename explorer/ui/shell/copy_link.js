// The address of just what is on screen goes to the clipboard; where a browser refuses that (an
// address without https), the person is shown the address to copy.
const SHOWN_MS = 2500;
const SETTLED_MS = 500; // after so long the address has followed whatever moved last

export default function ({ parentElement }) {
  const button = parentElement.querySelector(".copy-link");
  const said = parentElement.querySelector(".copied");
  let timer = 0;
  const say = (text, aloud) => {
    button.textContent = text;
    said.textContent = aloud;
    clearTimeout(timer);
    timer = setTimeout(() => {
      button.textContent = "Copy link";
      said.textContent = "";
    }, SHOWN_MS);
  };
  button.textContent ||= "Copy link";
  button.title = "Copy the address of just what is on screen";
  button.onclick = async () => {
    await new Promise((settled) => setTimeout(settled, SETTLED_MS));
    try {
      await navigator.clipboard.writeText(window.location.href);
      say("✓ Copied", "The link was copied.");
    } catch {
      window.prompt("Copy this address:", window.location.href);
    }
  };
  return () => clearTimeout(timer);
}
