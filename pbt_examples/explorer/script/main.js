// Find the explorers of a page and bring them to life.

import { Explorer } from "./explorer.js";
import { takePlace } from "./in_place.js";

/** @param {HTMLElement} root an element whose script of type JSON holds a run */
export function mount(root) {
  const script = root.querySelector("script[type='application/json']");
  if (!script || root.dataset.mounted) return;
  root.dataset.mounted = "yes";
  root.hidden = false;
  const data = JSON.parse(script.textContent ?? "");
  new Explorer(root, data, takePlace(root));
}

for (const root of document.querySelectorAll(".pbt-explorer")) {
  mount(/** @type {HTMLElement} */ (root));
}
