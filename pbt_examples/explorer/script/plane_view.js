// The path of each trial through a plane of two metrics, over ellipses of equal value.

import { Scale, spread } from "./scale.js";
import { ROOM, Surface, dot, drawAxes, halo, line } from "./surface.js";
import { flat } from "./metric_view.js";

/** @typedef {import("./time_view.js").Shown} Shown */
/** @typedef {import("./time_view.js").Hit} Hit */
/** @typedef {import("./run.js").Plane} Plane */
/** @typedef {CanvasRenderingContext2D} Context */

const MOST = 20000; // points; of more, only the ancestry that is lit up is drawn

export class PlaneView {
  /** @param {HTMLElement} parent @param {Plane} plane */
  constructor(parent, plane) {
    const label = `Path of each trial through ${plane.x} and ${plane.y}.`;
    this.surface = new Surface(parent, label);
    this.plane = plane;
    this.x = this.y = new Scale([0, 1], [0, 1]);
  }

  /** @param {Shown} shown */
  prepare(shown) {
    this.surface.fit();
    const { plane } = this;
    /** @param {string} name @param {number} optimum */
    const extent = (name, optimum) => {
      const columns = shown.run.segments.map((segment) => segment.values[name]);
      return spread(flat([...columns, [optimum]]), false);
    };
    const { width, height } = this.surface;
    this.x = new Scale(extent(plane.x, plane.optimum[0]), [ROOM.left, width - ROOM.right]);
    this.y = new Scale(extent(plane.y, plane.optimum[1]), [height - ROOM.bottom, ROOM.top]);
  }

  /** @param {Shown} shown */
  draw(shown) {
    const { surface, plane } = this;
    const { run, colors, clock, moment } = shown;
    const ctx = surface.context;
    surface.clear();
    drawAxes(ctx, colors, this.x, this.y, plane);
    ctx.save();
    ctx.beginPath();
    ctx.rect(this.x.range[0], this.y.range[1], this.x.range[1], this.y.range[0] - this.y.range[1]);
    ctx.clip();
    this.ground(ctx, shown);
    ctx.lineJoin = "round";
    for (const { segment, until } of shown.ancestry) {
      ctx.strokeStyle = colors.glow;
      ctx.lineWidth = 8;
      this.trace(ctx, shown, segment, until);
    }
    const held = run.segments.reduce((sum, segment) => sum + segment.iteration.length, 0);
    for (let i = 0; held <= MOST && i < run.segments.length; i++) {
      if (run.begin(i, clock) > moment) continue;
      ctx.strokeStyle = colors.of(run.segments[i].trial);
      ctx.lineWidth = 1.5;
      this.trace(ctx, shown, i, moment, true);
      ctx.setLineDash([3, 2]);
      ctx.strokeStyle = colors.quiet;
      ctx.lineWidth = 1;
      this.jump(ctx, shown, i);
      ctx.setLineDash([]);
    }
    for (const trial of run.data.trials) this.head(ctx, shown, trial);
    ctx.restore();
  }

  /** @param {Context} ctx @param {Shown} shown */
  ground(ctx, shown) {
    const { colors } = shown;
    const [x, y] = this.plane.optimum;
    ctx.font = colors.font;
    ctx.textAlign = "center";
    ctx.textBaseline = "middle";
    for (const [rx, ry, level] of this.plane.ellipses) {
      ctx.strokeStyle = colors.faint;
      ctx.lineWidth = 1;
      ctx.beginPath();
      const [wide, high] = [Math.abs(rx * this.x.slope), Math.abs(ry * this.y.slope)];
      ctx.ellipse(this.x.at(x), this.y.at(y), wide, high, 0, 0, 7);
      ctx.stroke();
      ctx.fillStyle = colors.quiet;
      const diagonal = Math.SQRT1_2;
      halo(ctx, colors, `${level}`, this.x.at(x + rx * diagonal), this.y.at(y + ry * diagonal));
    }
    ctx.strokeStyle = colors.ink;
    ctx.lineWidth = 1.5;
    const [px, py] = [this.x.at(x), this.y.at(y)];
    line(ctx, px - 5, py, px + 5, py);
    line(ctx, px, py - 5, px, py + 5);
  }

  /** @param {Shown} shown @param {number} index @param {number} point -1 has no place @returns {[number, number] | null} */
  place(shown, index, point) {
    const { values } = shown.run.segments[index];
    const [x, y] = [values[this.plane.x][point], values[this.plane.y][point]];
    return x == null || y == null ? null : [this.x.at(x), this.y.at(y)];
  }

  /** @param {Context} ctx @param {Shown} shown @param {number} index @param {number} until @param {boolean} [dots] */
  trace(ctx, shown, index, until, dots = false) {
    const { run, clock } = shown;
    const times = run.clockOf(index, clock);
    const branch = run.branch(index, clock);
    const places = [];
    if (branch) places.push(this.place(shown, run.segments[index].parent, branch.point));
    for (let i = 0; i < times.length && times[i] <= until; i++) {
      places.push(this.place(shown, index, i));
    }
    ctx.beginPath();
    for (const place of places) if (place) ctx.lineTo(...place);
    ctx.stroke();
    if (!dots) return;
    ctx.fillStyle = ctx.strokeStyle;
    for (const place of places) if (place) dot(ctx, ...place, 1.8);
  }

  /** @param {Context} ctx @param {Shown} shown @param {number} index */
  jump(ctx, shown, index) {
    const { run, clock } = shown;
    const branch = run.branch(index, clock);
    const before = run.predecessor(index);
    const { parent, trial } = run.segments[index];
    if (!branch || before < 0 || run.segments[parent].trial === trial) return;
    const from = this.place(shown, before, run.segments[before].iteration.length - 1);
    const to = this.place(shown, parent, branch.point);
    if (from && to) line(ctx, ...from, ...to);
  }

  /** @param {Context} ctx @param {Shown} shown @param {number} trial */
  head(ctx, shown, trial) {
    const { run, clock, colors, moment } = shown;
    const index = run.segmentAt(trial, moment, clock);
    const place = this.place(shown, index, run.reportAt(index, moment, clock));
    if (!place) return;
    ctx.fillStyle = colors.paper;
    dot(ctx, ...place, 6.5);
    ctx.fillStyle = colors.of(trial);
    dot(ctx, ...place, 5);
  }

  /** @param {Shown} shown @param {number} px @param {number} py @returns {Hit | null} */
  hit(shown, px, py) {
    const { run, clock, moment } = shown;
    let best = 24 * 24;
    let found = null;
    for (let index = 0; index < run.segments.length; index++) {
      const times = run.clockOf(index, clock);
      for (let i = 0; i < times.length && times[i] <= moment; i++) {
        const place = this.place(shown, index, i);
        if (!place) continue;
        const away = (place[0] - px) ** 2 + (place[1] - py) ** 2;
        if (away < best) {
          best = away;
          found = { segment: index, moment: times[i] };
        }
      }
    }
    return found;
  }
}
