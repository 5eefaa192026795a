// The colours of a page, as its style sheet has them, and one for each trial.

/** Up to so many trials, each has a colour that a reader can name. */
export const FEW = 8;
const MANY = [
  [68, 1, 84], [59, 82, 139], [33, 145, 140], [94, 201, 98], [190, 220, 60],
]; // dark to light, as in the figures of many trials

export class Colors {
  /** @param {Element} root @param {number[]} trials */
  constructor(root, trials) {
    const style = getComputedStyle(root);
    /** @param {string} name */
    const get = (name) => style.getPropertyValue(`--pbt-${name}`).trim();
    this.ink = get("ink");
    this.quiet = get("quiet");
    this.faint = get("faint");
    this.edge = get("edge");
    this.paper = get("paper");
    this.accent = get("accent");
    this.glow = get("glow");
    this.font = `12px ${style.fontFamily}`;
    const dark = root.closest(".pbt-dark") !== null;
    /** @type {Map<number, string>} */
    this.trials = new Map();
    trials.forEach((trial, place) => {
      const share = place / Math.max(1, trials.length - 1);
      const color = trials.length <= FEW ? get(`trial-${place}`) : along(share, dark);
      this.trials.set(trial, color);
    });
  }

  /** @param {number} trial */
  of(trial) {
    return this.trials.get(trial) ?? this.ink;
  }
}

/**
 * Colour an element as the page is, or else as the reader's system, now and after changes.
 * @param {Element} root @param {() => void} changed
 */
export function followTheme(root, changed) {
  const system = matchMedia("(prefers-color-scheme: dark)");
  const page = document.documentElement;
  const color = () => {
    const { theme } = page.dataset;
    root.classList.toggle("pbt-dark", theme ? theme === "dark" : system.matches);
    changed();
  };
  new MutationObserver(color).observe(page, { attributeFilter: ["data-theme"] });
  system.addEventListener("change", color);
  color();
}

/** @param {number} share from 0 to 1 @param {boolean} dark */
function along(share, dark) {
  const place = (dark ? 0.25 + 0.75 * share : 0.85 * share) * (MANY.length - 1);
  const index = Math.min(Math.floor(place), MANY.length - 2);
  const part = place - index;
  const mixed = MANY[index].map((low, i) =>
    Math.round(low + (MANY[index + 1][i] - low) * part),
  );
  return `rgb(${mixed.join(" ")})`;
}
