// The readout: what is lit up, in words, with its ancestors as a list one can step through.

import { button, make } from "./elements.js";
import { describeBeginning, describePiece, describeState } from "./words.js";

/** @typedef {import("./time_view.js").Shown} Shown */

const QUIET_FOR = 400; // milliseconds without a change, before it is said aloud

export class Readout {
  /** @param {HTMLElement} parent @param {(moment: number) => void} visit keeps the ancestry, at a moment */
  constructor(parent, visit) {
    this.visit = visit;
    this.state = make("p", { class: "pbt-state" });
    this.beginning = make("p");
    this.title = make("p", { class: "pbt-list-title" });
    this.list = make("ol");
    this.live = make("p", { class: "pbt-hidden", "aria-live": "polite" });
    parent.append(this.state, this.beginning, this.title, this.list, this.live);
    this.said = "";
    this.timer = 0;
  }

  /** @param {Shown} shown @param {boolean} aloud */
  show(shown, aloud) {
    const { run, ancestry, metric, clock, state, kept } = shown;
    this.state.textContent = describeState(run, state, metric, clock);
    this.beginning.textContent = describeBeginning(run, state.segment);
    const trials = ancestry.map(({ segment }) => run.segments[segment].trial);
    const lanes = trials.filter((trial, i) => trial !== trials[i - 1]);
    const way = lanes.length > 1 ? `: trials ${lanes.join(" → ")}` : ", all its own";
    this.title.textContent = `${kept ? "The ancestry that you keep" : "Its ancestry"}, ${ancestry.length} ${ancestry.length > 1 ? "segments" : "segment"}${way}`;
    this.fill(shown);
    if (!aloud) return;
    const text = `${this.state.textContent} ${this.beginning.textContent}`;
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => {
      if (text !== this.said) this.live.textContent = this.said = text;
    }, QUIET_FOR);
  }

  /** @param {Shown} shown */
  fill({ run, ancestry, clock, state }) {
    const items = ancestry.map((piece) => {
      const text = describePiece(run, piece, clock);
      const begun = describeBeginning(run, piece.segment);
      const go = button(text, () => this.visit(piece.until));
      return make("li", {}, go, run.segments[piece.segment].parent < 0 ? "" : ` ${begun}`);
    });
    // An item that stays the same keeps the focus.
    const old = [...this.list.children];
    items.forEach((item, i) => {
      if (old[i]?.textContent === item.textContent) return;
      if (old[i]) this.list.replaceChild(item, old[i]);
      else this.list.append(item);
    });
    old.slice(items.length).forEach((item) => item.remove());
    ancestry.forEach(({ segment }, i) =>
      this.list.children[i].setAttribute("aria-current", String(segment === state.segment)),
    );
  }
}
