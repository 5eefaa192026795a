// The lineage: one lane per trial, and an edge from donor to target for each exploit.

import { ROOM, line } from "./surface.js";
import { TimeView } from "./time_view.js";

/** @typedef {import("./time_view.js").Shown} Shown */
/** @typedef {import("./time_view.js").Hit} Hit */
/** @typedef {import("./run.js").Piece} Piece */
/** @typedef {CanvasRenderingContext2D} Context */

export class LineageView extends TimeView {
  /** @param {Shown} shown @returns {[number, number]} */
  domain(shown) {
    return [shown.run.data.trials.length - 0.5, -0.5];
  }

  /** @param {Context} ctx @param {Shown} shown */
  axes(ctx, shown) {
    super.axes(ctx, shown);
    const { trials } = shown.run.data;
    const every = Math.ceil(trials.length / ((this.y.range[0] - ROOM.top) / 16));
    ctx.textAlign = "right";
    ctx.textBaseline = "middle";
    ctx.clearRect(0, 0, ROOM.left - 1, this.y.range[0] - 1);
    ctx.clearRect(ROOM.left, 0, this.surface.width, this.y.range[0] - 1);
    trials.forEach((trial, place) => {
      ctx.fillStyle = shown.colors.quiet;
      const name = this.surface.width > 500 && trials.length < 100 ? `trial ${trial}` : `${trial}`;
      if (place % every === 0) ctx.fillText(name, ROOM.left - 6, this.y.at(place));
    });
  }

  /** @param {Shown} shown @param {number} trial */
  lane(shown, trial) {
    return this.y.at(shown.run.data.trials.indexOf(trial));
  }

  /** @param {Context} ctx @param {Shown} shown @param {boolean} past */
  paint(ctx, shown, past) {
    const { run, colors, clock } = shown;
    ctx.globalAlpha = past ? 1 : 0.3;
    ctx.lineWidth = Math.min(2, Math.max(0.5, (this.y.range[0] - ROOM.top) / run.data.trials.length / 3));
    for (let i = 0; i < run.segments.length; i++) {
      ctx.strokeStyle = colors.of(run.segments[i].trial);
      this.segment(ctx, shown, i, run.clockOf(i, clock).at(-1) ?? 0);
    }
    ctx.globalAlpha = 1;
  }

  /** @param {Context} ctx @param {Shown} shown @param {string} color @param {number} width */
  highlight(ctx, shown, color, width) {
    const { colors, ancestry } = shown;
    ctx.strokeStyle = color;
    ctx.lineWidth = width;
    ctx.lineCap = "round";
    for (const piece of ancestry) {
      this.segment(ctx, shown, piece.segment, piece.until);
    }
    ctx.lineCap = "butt";
    const y = this.lane(shown, shown.trial);
    ctx.fillStyle = colors.ink;
    ctx.beginPath();
    ctx.moveTo(ROOM.left - 4, y);
    ctx.lineTo(ROOM.left + 2, y - 4);
    ctx.lineTo(ROOM.left + 2, y + 4);
    ctx.fill();
  }

  /** @param {Context} ctx @param {Shown} shown @param {number} index @param {number} until */
  segment(ctx, shown, index, until) {
    const { run, clock } = shown;
    const segment = run.segments[index];
    const y = this.lane(shown, segment.trial);
    const begin = this.x.at(run.begin(index, clock));
    if (segment.parent >= 0) {
      const donor = this.lane(shown, run.segments[segment.parent].trial);
      const branch = run.branch(index, clock);
      const from = clock === "iteration" && branch ? this.x.at(branch.at) : begin;
      if (donor !== y) line(ctx, from, donor, begin, y);
    }
    line(ctx, begin, y, this.x.at(until), y);
  }

  /** @param {Shown} shown @param {number} px @param {number} py @returns {Hit | null} */
  hit(shown, px, py) {
    const { run, clock } = shown;
    const [first, last] = run.extent(clock);
    const moment = Math.min(last, Math.max(first, this.x.invert(px)));
    const trial = run.data.trials[Math.round(this.y.invert(py))];
    if (trial === undefined || px < ROOM.left - 20) return null;
    return { segment: run.segmentAt(trial, moment, clock), moment };
  }
}
