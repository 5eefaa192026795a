// Bring the playground of the page to life, and the buttons that set up an experiment.

import { Playground } from "./playground.js";
import { answerThePage } from "./seeds.js";

if (typeof document === "undefined") answerThePage();
else start();

function start() {
  const root = /** @type {HTMLElement | null} */ (document.querySelector(".pbt-playground"));
  if (!root) return;
  const script = document.currentScript?.textContent ?? "";
  const playground = new Playground(root, JSON.parse(root.dataset.plane ?? ""), script);
  document.addEventListener("click", ({ target }) => {
    if (!(target instanceof HTMLElement) || !target.matches(".pbt-try")) return;
    playground.setUp(target.dataset.address ?? "", target.dataset.pinned ?? "");
    root.scrollIntoView({ block: "start" });
  });
}
