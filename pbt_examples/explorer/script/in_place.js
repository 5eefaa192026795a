// The explorer takes the place of the figures before it. They stay what they are where no
// script runs and on paper, and the reader can have them back.

import { button, make } from "./elements.js";

/**
 * Put an explorer and the figures directly before it into one place, which is as high as the
 * higher of both: nothing below moves, whichever of them is shown.
 * @param {HTMLElement} root of the explorer
 * @returns {() => void} shows the explorer
 */
export function takePlace(root) {
  const figures = figuresBefore(root.closest(".output_html") ?? root.parentElement ?? root);
  if (!figures.length) return () => {};
  const videos = figures.flatMap((figure) => [...figure.querySelectorAll("video")]);
  const name = videos.length ? "animation" : figures.length > 1 ? "figures" : "figure";
  const pictures = make("div", { class: "pbt-pictures" });
  const change = button("", () => show(root.classList.contains("pbt-away")));
  const place = make("div", { class: "pbt-shared" }, make("div", { class: "pbt-switch" }, change));
  root.before(place);
  pictures.append(...figures);
  place.append(pictures, root);
  /** @param {boolean} exploring */
  const show = (exploring) => {
    root.classList.toggle("pbt-away", !exploring);
    pictures.classList.toggle("pbt-away", exploring);
    change.textContent = exploring ? `Show the ${name}` : "Explore";
    if (exploring) videos.forEach((video) => video.pause());
  };
  show(true);
  return () => show(true);
}

/** @param {Element} element as its page has it @returns {Element[]} */
function figuresBefore(element) {
  const before = element.previousElementSibling;
  return before?.matches("figure") ? [...figuresBefore(before), before] : [];
}
