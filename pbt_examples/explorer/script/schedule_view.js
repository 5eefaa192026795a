// One hyperparameter over time: a step at each exploit. Broad is the ancestry that is lit
// up, dashed is the lane of the trial that is followed.

import { spread } from "./scale.js";
import { line } from "./surface.js";
import { TimeView } from "./time_view.js";

/** @typedef {import("./time_view.js").Shown} Shown */
/** @typedef {import("./time_view.js").Hit} Hit */
/** @typedef {CanvasRenderingContext2D} Context */

export class ScheduleView extends TimeView {
  /** @param {HTMLElement} parent @param {string} name of the hyperparameter @param {boolean} withTime */
  constructor(parent, name, withTime) {
    super(parent, `Schedule of ${name}. The readout says its values in words.`, withTime);
    this.name = name;
  }

  /** @param {Shown} shown @returns {[number, number]} */
  domain(shown) {
    const levels = shown.run.levels[this.name];
    if (levels) return [-0.5, levels.length - 0.5];
    return spread(shown.run.heights[this.name], shown.log);
  }

  /** @param {Shown} shown */
  isLog(shown) {
    return shown.log && !shown.run.levels[this.name];
  }

  title() {
    return this.name;
  }

  /** @param {Context} ctx @param {Shown} shown @param {boolean} past */
  paint(ctx, shown, past) {
    const { run, colors, clock } = shown;
    const range = run.data.domains[this.name];
    if (past && range) {
      ctx.fillStyle = colors.quiet;
      ctx.globalAlpha = 0.1;
      const [low, high] = range.map((end) => this.inside(end));
      ctx.fillRect(this.x.range[0], high, this.x.range[1] - this.x.range[0], low - high);
    }
    ctx.globalAlpha = (past ? 0.8 : 0.25) * (run.data.trials.length > 50 ? 0.5 : 1);
    ctx.lineWidth = 1;
    for (let i = 0; i < run.segments.length; i++) {
      ctx.strokeStyle = colors.of(run.segments[i].trial);
      this.step(ctx, shown, i, run.begin(i, clock), run.clockOf(i, clock).at(-1) ?? 0);
    }
    ctx.globalAlpha = 1;
  }

  /** @param {number} value @returns {number} its pixel, not beyond the axes */
  inside(value) {
    const [bottom, top] = this.y.range;
    if (this.y.log && value <= 0) return bottom;
    return Math.max(top, Math.min(bottom, this.y.at(value)));
  }

  /** @param {Context} ctx @param {Shown} shown */
  mark(ctx, shown) {
    const { run, colors, clock } = shown;
    ctx.strokeStyle = colors.ink;
    ctx.lineWidth = 1.2;
    ctx.setLineDash([4, 3]);
    for (const index of run.lanes.get(shown.trial) ?? []) {
      const end = Math.min(run.clockOf(index, clock).at(-1) ?? 0, shown.moment);
      this.step(ctx, shown, index, run.begin(index, clock), end);
    }
    ctx.setLineDash([]);
  }

  /** @param {Context} ctx @param {Shown} shown @param {string} color @param {number} width */
  highlight(ctx, shown, color, width) {
    const { run, ancestry } = shown;
    ctx.strokeStyle = color;
    ctx.lineWidth = width;
    let before = NaN;
    for (const { segment, from, until } of ancestry) {
      const value = run.heights[this.name][segment];
      this.step(ctx, shown, segment, from, until);
      if (Number.isFinite(before) && Number.isFinite(value) && value !== before) {
        const at = this.x.at(from);
        line(ctx, at, this.inside(before), at, this.inside(value));
      }
      before = value;
    }
  }

  /** @param {Context} ctx @param {Shown} shown @param {number} index @param {number} from @param {number} until */
  step(ctx, shown, index, from, until) {
    const value = shown.run.heights[this.name][index];
    if (!Number.isFinite(value) || until < from || (this.y.log && value <= 0)) return;
    line(ctx, this.x.at(from), this.y.at(value), this.x.at(until), this.y.at(value));
  }

  /** @param {Shown} shown @param {number} px @param {number} py @returns {Hit | null} */
  hit(shown, px, py) {
    const { run, clock } = shown;
    const moment = this.x.invert(px);
    let best = 20;
    let found = null;
    for (const trial of run.data.trials) {
      const segment = run.segmentAt(trial, moment, clock);
      const away = Math.abs(this.y.at(run.heights[this.name][segment]) - py);
      if (away < best) {
        best = away;
        found = { segment, moment };
      }
    }
    return found;
  }
}
