// A metric over time: one line per segment, and a dashed one where a trial jumped.

import { lastUpTo } from "./run.js";
import { spread } from "./scale.js";
import { dot, line } from "./surface.js";
import { TimeView } from "./time_view.js";

/** @typedef {import("./time_view.js").Shown} Shown */
/** @typedef {import("./time_view.js").Hit} Hit */
/** @typedef {CanvasRenderingContext2D} Context */

const NEAR = 24; // pixels

export class MetricView extends TimeView {
  /** @param {Shown} shown */
  domain(shown) {
    const all = shown.run.segments.map((segment) => segment.values[shown.metric]);
    return spread(flat(all), shown.log);
  }

  /** @param {Shown} shown */
  isLog(shown) {
    return shown.log;
  }

  /** @param {Shown} shown */
  title(shown) {
    return shown.metric;
  }

  /** @param {Context} ctx @param {Shown} shown @param {boolean} past */
  paint(ctx, shown, past) {
    const { run, colors } = shown;
    ctx.globalAlpha = past ? 1 : 0.25;
    ctx.strokeStyle = colors.quiet;
    ctx.lineWidth = 1;
    ctx.setLineDash([3, 2]);
    const crowded = run.data.trials.length > 50;
    for (let i = 0; !crowded && i < run.segments.length; i++) this.jump(ctx, shown, i);
    ctx.setLineDash([]);
    ctx.lineWidth = crowded ? 0.7 : 1.5;
    for (let i = 0; i < run.segments.length; i++) {
      ctx.strokeStyle = colors.of(run.segments[i].trial);
      this.trace(ctx, shown, i, Infinity);
    }
    ctx.globalAlpha = 1;
  }

  /** @param {Context} ctx @param {Shown} shown @param {string} color @param {number} width */
  highlight(ctx, shown, color, width) {
    ctx.strokeStyle = color;
    ctx.lineWidth = width;
    ctx.lineJoin = "round";
    for (const { segment, until } of shown.ancestry) this.trace(ctx, shown, segment, until);
  }

  /** @param {Context} ctx @param {Shown} shown */
  mark(ctx, shown) {
    const { run, colors, ancestry, clock } = shown;
    const last = ancestry[ancestry.length - 1];
    if (!last) return;
    const place = run.reportAt(last.segment, last.until, clock);
    const known = run.known(last.segment, shown.metric, place, clock);
    if (!known) return;
    ctx.fillStyle = colors.accent;
    dot(ctx, this.x.at(known.at), this.y.at(known.value), 5);
  }

  /** @param {Context} ctx @param {Shown} shown @param {number} index @param {number} until */
  trace(ctx, shown, index, until) {
    const { run, clock, metric } = shown;
    const times = run.clockOf(index, clock);
    const values = run.segments[index].values[metric];
    const start = this.start(shown, index);
    ctx.beginPath();
    let drawing = start !== null;
    if (start) ctx.moveTo(...start);
    for (let i = 0; i < times.length && times[i] <= until; i++) {
      const value = values[i];
      if (value === null) continue; // or values between such reports would not be seen
      if (this.y.log && value <= 0) {
        drawing = false;
      } else if (drawing) {
        ctx.lineTo(this.x.at(times[i]), this.y.at(value));
      } else {
        ctx.moveTo(this.x.at(times[i]), this.y.at(value));
        drawing = true;
      }
    }
    ctx.stroke();
  }

  /**
   * Return where the line of a segment leaves its donor's: at the last value known there.
   * @param {Shown} shown @param {number} index @returns {[number, number] | null}
   */
  start({ run, clock, metric }, index) {
    const branch = run.branch(index, clock);
    if (!branch) return null;
    const known = run.known(run.segments[index].parent, metric, branch.point, clock);
    if (!known || (this.y.log && known.value <= 0)) return null;
    const at = clock === "time" ? run.begin(index, clock) : known.at;
    return [this.x.at(at), this.y.at(known.value)];
  }

  /** @param {Context} ctx @param {Shown} shown @param {number} index */
  jump(ctx, shown, index) {
    const { run, clock, metric } = shown;
    const end = this.start(shown, index);
    const before = run.predecessor(index);
    if (!end || before < 0) return;
    const segment = run.segments[index];
    if (segment.trial === run.segments[segment.parent].trial) return;
    const known = run.known(before, metric, run.segments[before].iteration.length - 1, clock);
    if (!known) return;
    line(ctx, this.x.at(known.at), this.y.at(known.value), ...end);
  }

  /** @param {Shown} shown @param {number} px @param {number} py @returns {Hit | null} */
  hit(shown, px, py) {
    const { run, clock, metric } = shown;
    let best = NEAR * NEAR;
    let found = null;
    for (let index = 0; index < run.segments.length; index++) {
      const times = run.clockOf(index, clock);
      const values = run.segments[index].values[metric];
      const from = lastUpTo(times, this.x.invert(px - NEAR));
      for (let i = from; i < times.length; i++) {
        const dx = this.x.at(times[i]) - px;
        if (dx > NEAR) break;
        const value = values[i];
        if (value === null) continue;
        const dy = this.y.at(value) - py;
        if (dx * dx + dy * dy < best) {
          best = dx * dx + dy * dy;
          found = { segment: index, moment: times[i] };
        }
      }
    }
    return found;
  }
}

/** @param {(number | null)[][]} lists */
export function* flat(lists) {
  for (const list of lists) yield* list;
}
