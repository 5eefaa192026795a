// The hand on time: a slider with a mark for each exploit, steps, jumps and play.

import { button, make } from "./elements.js";

/** @typedef {import("./run.js").Run} Run */
/** @typedef {import("./run.js").Clock} Clock */

const SECONDS = 12; // that a whole run takes to play
const MOST_MARKS = 400;

export class Timeline {
  /** @param {HTMLElement} parent @param {(moment: number, playing: boolean) => void} move */
  constructor(parent, move) {
    this.move = move;
    this.first = this.last = this.step = 1;
    this.moment = 1;
    this.playing = false;
    /** @type {number[]} */
    this.exploits = [];
    this.slider = make("input", { type: "range", "aria-label": "Moment of the run" });
    this.slider.addEventListener("input", () => {
      const moment = Number(this.slider.value); // before a stop shows where play was
      this.stop(() => this.go(moment));
    });
    this.marks = make("canvas", { class: "pbt-marks", "aria-hidden": "true" });
    this.play = button("▶", () => this.toggle(), { "aria-label": "Play", title: "Play" });
    /** @param {string} sign @param {string} name @param {() => void} act */
    const key = (sign, name, act) =>
      button(sign, () => this.stop(act), { "aria-label": name, title: name });
    parent.append(
      make(
        "div",
        { class: "pbt-buttons" },
        this.play,
        key("«", "Previous exploit", () => this.toExploit(-1)),
        key("‹", "One step back", () => this.go(this.moment - this.step)),
        key("›", "One step on", () => this.go(this.moment + this.step)),
        key("»", "Next exploit", () => this.toExploit(1)),
      ),
      make("div", { class: "pbt-slider" }, this.slider, this.marks),
    );
    this.output = make("output", { class: "pbt-moment", "aria-live": "off" });
    parent.append(this.output);
  }

  /** @param {Run} run @param {Clock} clock @param {number} moment */
  set(run, clock, moment) {
    [this.first, this.last] = run.extent(clock);
    this.step = clock === "time" ? (this.last - this.first) / 500 || 1 : 1;
    this.exploits = run.exploitMoments(clock);
    this.clock = clock;
    this.slider.min = String(this.first);
    this.slider.max = String(this.last);
    this.slider.step = clock === "time" ? "any" : "1";
    this.show(Math.min(this.last, Math.max(this.first, moment)));
  }

  /** @param {number} moment show it, and tell nobody */
  show(moment) {
    this.moment = moment;
    this.slider.value = String(moment);
    const text =
      this.clock === "time"
        ? `${moment.toFixed(1)} of ${this.last.toFixed(1)} s`
        : `iteration ${Math.round(moment)} of ${this.last}`;
    this.output.textContent = text;
    this.slider.setAttribute("aria-valuetext", text);
  }

  /** @param {string} color */
  draw(color) {
    const { marks } = this;
    const ratio = window.devicePixelRatio || 1;
    [marks.width, marks.height] = [marks.clientWidth * ratio, marks.clientHeight * ratio];
    const ctx = marks.getContext("2d");
    if (!ctx) return;
    ctx.fillStyle = color;
    ctx.globalAlpha = this.exploits.length > MOST_MARKS ? 0.3 : 1;
    const thumb = 16 * ratio; // the slider's ends are half a thumb inside
    for (const moment of this.exploits) {
      const share = (moment - this.first) / (this.last - this.first || 1);
      ctx.fillRect(thumb / 2 + share * (marks.width - thumb) - ratio / 2, 0, ratio, marks.height);
    }
  }

  /** @param {number} moment */
  go(moment) {
    this.show(Math.min(this.last, Math.max(this.first, moment)));
    this.move(this.moment, this.playing);
  }

  /** @param {1 | -1} way */
  toExploit(way) {
    const slack = this.step * 1e-6;
    const later = this.exploits.filter((each) => each > this.moment + slack);
    const earlier = this.exploits.filter((each) => each < this.moment - slack);
    this.go(way > 0 ? (later[0] ?? this.last) : (earlier.at(-1) ?? this.first));
  }

  /** @param {() => void} [act] */
  stop(act) {
    if (this.playing) this.toggle();
    act?.();
  }

  toggle() {
    this.playing = !this.playing;
    const name = this.playing ? "Pause" : "Play";
    this.play.textContent = this.playing ? "❚❚" : "▶";
    this.play.setAttribute("aria-label", name);
    this.play.title = name;
    if (!this.playing) return this.move(this.moment, false);
    let from = this.moment >= this.last ? this.first : this.moment;
    /** @type {number | undefined} */
    let begun;
    /** @param {number} now */
    const frame = (now) => {
      if (!this.playing || !this.slider.isConnected) return;
      begun ??= now;
      const moment = from + ((now - begun) / 1000 / SECONDS) * (this.last - this.first);
      this.go(this.clock === "time" ? moment : Math.floor(moment));
      if (this.moment >= this.last) this.toggle();
      else requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  }
}
