// Bring the playground of the page to life, and the buttons that set up an experiment.

import { Playground } from "./playground.js";

const root = /** @type {HTMLElement | null} */ (document.querySelector(".pbt-playground"));
if (root) {
  const playground = new Playground(root, JSON.parse(root.dataset.plane ?? ""));
  document.addEventListener("click", ({ target }) => {
    if (!(target instanceof HTMLElement) || !target.matches(".pbt-try")) return;
    playground.setUp(target.dataset.address ?? "", target.dataset.pinned ?? "");
    root.scrollIntoView({ block: "start" });
  });
}
