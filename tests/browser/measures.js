// What a page's text measures, as a person sees it: `measures()` is called in the page by the tests
// of its layout and of its contrasts. Text in a shadow root counts; the player's own does not.
// Sizes and places are in CSS pixels.

(() => {
  const ROOMS = ["stHeader", "stMain", "stSidebar"]; // text of two of them may lie over each other
  const UNSEEN =
    "style, script, option, template, .katex-mathml, [data-testid=stIconMaterial]," +
    "[data-testid=stSidebar][data-collapsed=true], [data-testid=stDataFrame]"; // it draws on a canvas
  const SLACK = 1.5;

  const above = (node) => node.parentElement ?? node.getRootNode().host ?? null;
  const ancestors = (node) => {
    const found = [];
    for (let a = above(node); a; a = above(a)) found.push(a);
    return found;
  };
  const testid = (element) => element.dataset?.testid ?? "";
  const within = (element, selector) => Boolean(element.closest?.(selector));
  const overlap = (a, b, x, y) =>
    Math.min(a.right, b.right) - Math.max(a.left, b.left) > x &&
    Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > y;

  function unseen(element) {
    return (
      element.matches(UNSEEN) ||
      !element.checkVisibility({ opacityProperty: true, visibilityProperty: true }) ||
      getComputedStyle(element).clip !== "auto" || // for screen readers alone
      (!within(element, "summary") && within(element.parentElement, "details:not([open])"))
    );
  }

  /** Every line of visible text under a node: {text, element, box, up}. */
  function lines(root, found = []) {
    for (const node of root.childNodes) {
      if (node.nodeType === Node.TEXT_NODE && node.data.trim() && root.nodeType === 1) {
        const range = document.createRange();
        range.selectNodeContents(node);
        const up = ancestors(node);
        for (const box of range.getClientRects()) {
          if (box.width > 1 && box.height > 1)
            found.push({ text: node.data.trim().slice(0, 60), node, element: root, box, up });
        }
      } else if (node.nodeType === Node.ELEMENT_NODE && !unseen(node)) {
        if (node.shadowRoot && !node.shadowRoot.querySelector(".player"))
          lines(node.shadowRoot, found);
        lines(node, found);
      }
    }
    return found;
  }

  /** What cuts a line off: an ancestor that hides or scrolls what sticks out of it, or the window. */
  function cutter({ box, up }) {
    for (const a of up) {
      if (ROOMS.includes(testid(a))) break;
      const style = getComputedStyle(a);
      if (style.display === "inline" || style.display === "contents") continue;
      const frame = a.getBoundingClientRect();
      const wide = box.left < frame.left - SLACK || box.right > frame.right + SLACK;
      // a glyph's box is higher than the glyph
      const high = box.top < frame.top - 2 * SLACK || box.bottom > frame.bottom + 2 * SLACK;
      if ((wide && style.overflowX !== "visible") || (high && /hidden|clip/.test(style.overflowY)))
        return testid(a) || a.className || a.tagName;
      if (style.position === "fixed") break;
    }
    return box.left < -SLACK || box.right > innerWidth + SLACK ? "the window" : null;
  }

  /** Controls and pictures: {text, node, element, box, up}, as lines are. */
  function things(root, found = []) {
    for (const node of root.children) {
      if (unseen(node)) continue;
      if (node.matches("button, a, img, select, [role=tab], [role=combobox], .ig-chip, summary"))
        found.push({
          text: node.textContent.trim().slice(0, 60) || node.tagName,
          node, element: node, box: node.getBoundingClientRect(), up: ancestors(node),
        });
      if (node.shadowRoot && !node.shadowRoot.querySelector(".player")) things(node.shadowRoot, found);
      things(node, found);
    }
    return found;
  }

  /** Pairs that lie over each other though neither is inside the other. */
  function collisions(all) {
    const found = [];
    for (const room of ROOMS) {
      const own = all.filter(
        ({ element, up }) => up.some((a) => testid(a) === room) && !within(element, ".katex")
      );
      own.forEach((a, i) => {
        for (const b of own.slice(i + 1)) {
          const nested = a.node === b.node || a.up.includes(b.node) || b.up.includes(a.node);
          if (!nested && overlap(a.box, b.box, 2, 4)) found.push(`${a.text} / ${b.text}`);
        }
      });
    }
    return found;
  }

  /** Text of the page under its header, before anybody scrolled. */
  function covered(all) {
    const main = document.querySelector("[data-testid=stMain]");
    const header = document.querySelector("[data-testid=stHeader]").getBoundingClientRect();
    if (main.scrollTop) return [];
    return all
      .filter(({ element, box }) => main.contains(element) && overlap(box, header, 0, 1))
      .filter(({ element }) => !within(element, "[data-testid=stHeader]"))
      .map(({ text }) => text);
  }

  // Contrast after WCAG 2.2: (L1 + 0.05) / (L2 + 0.05), of relative luminances

  const brush = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  function rgba(colour) {
    brush.clearRect(0, 0, 1, 1);
    brush.fillStyle = colour;
    brush.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = brush.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  }
  const over = ([r, g, b, a], under) =>
    [r, g, b].map((value, i) => a * value + (1 - a) * under[i]);
  function luminance(rgb) {
    const [r, g, b] = rgb.map((value) => {
      const s = value / 255;
      return s <= 0.04045 ? s / 12.92 : ((s + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  }

  /** Colour against what lies under it, every ancestor's opacity taken into account. */
  function contrast({ element, up }) {
    let ground = [255, 255, 255];
    let opacity = 1;
    for (const a of [...up].reverse()) {
      const style = getComputedStyle(a);
      opacity *= Number(style.opacity);
      const [r, g, b, alpha] = rgba(style.backgroundColor);
      if (alpha) ground = over([r, g, b, alpha * opacity], ground);
    }
    const style = getComputedStyle(element);
    const [r, g, b, alpha] = rgba(within(element, "svg") ? style.fill : style.color);
    const [light, dark] = [luminance(over([r, g, b, alpha * opacity], ground)), luminance(ground)]
      .sort((p, q) => q - p);
    return (light + 0.05) / (dark + 0.05);
  }
  function needed({ element }) {
    const style = getComputedStyle(element);
    const [size, bold] = [parseFloat(style.fontSize), Number(style.fontWeight) >= 700];
    return size >= 24 || (bold && size >= 18.66) ? 3 : 4.5;
  }
  const inactive = ({ up }) =>
    up.some((a) => a.disabled || a.getAttribute("aria-disabled") === "true");

  const tell = (values) => [...new Set(values)];
  const size = ({ element }) => parseFloat(getComputedStyle(element).fontSize);

  return {
    /** {small, cut, collisions, covered, wider}: sentences on what is wrong; wider in pixels. */
    layout() {
      const all = lines(document.body);
      const main = document.querySelector("[data-testid=stMain]");
      const cut = all.map((line) => [line.text, cutter(line)]).filter(([, by]) => by);
      return {
        lines: all.length,
        small: tell(all.filter((l) => size(l) < 13).map((l) => `${size(l)} px: ${l.text}`)),
        cut: tell(cut.map(([text, by]) => `${text}: by ${by}`)),
        collisions: tell(collisions([...all, ...things(document.body)])),
        covered: tell(covered(all)),
        wider: Math.max(
          document.scrollingElement.scrollWidth - innerWidth, main.scrollWidth - main.clientWidth
        ),
      };
    },
    /** Sentences on every text whose contrast is below what WCAG's level AA asks for. */
    faint() {
      const all = lines(document.body).filter((line) => !inactive(line));
      return tell(
        all
          .filter((line) => contrast(line) < needed(line) - 0.005)
          .map((line) => `${contrast(line).toFixed(2)}: ${line.text}`)
      );
    },
  };
})()
