// What the views along the time axis share: past and future, the moment, the pointer.

import { FEW } from "./colors.js";
import { Scale } from "./scale.js";
import { ROOM, Surface, drawAxes, line } from "./surface.js";

/** @typedef {import("./run.js").Run} Run */
/** @typedef {import("./run.js").Piece} Piece */
/** @typedef {import("./run.js").Clock} Clock */
/** @typedef {import("./colors.js").Colors} Colors */
/** @typedef {CanvasRenderingContext2D} Context */

/**
 * What all views show.
 * @typedef {object} Shown
 * @property {Run} run
 * @property {Colors} colors
 * @property {Clock} clock
 * @property {number} moment
 * @property {string} metric
 * @property {boolean} log
 * @property {number} trial whose lane is followed
 * @property {Piece[]} ancestry of what is lit up
 * @property {{segment: number, until: number}} state what is in words
 * @property {boolean} kept whether the ancestry stays lit up while time moves
 */

/** A segment under the pointer, and when. @typedef {{segment: number, moment: number}} Hit */

export class TimeView {
  /** @param {HTMLElement} parent @param {string} label @param {boolean} withTime write the time axis */
  constructor(parent, label, withTime) {
    this.surface = new Surface(parent, label);
    this.withTime = withTime;
    this.x = new Scale([0, 1], [0, 1]);
    this.y = new Scale([0, 1], [0, 1]);
    /** @type {HTMLCanvasElement[]} future and past */
    this.layers = [];
  }

  /** Draw all that does not depend on the moment. @param {Shown} shown */
  prepare(shown) {
    this.surface.fit();
    const { width, height } = this.surface;
    const extent = shown.run.extent(shown.clock);
    this.x = new Scale([0, extent[1]], [ROOM.left, width - ROOM.right]);
    const bottom = height - (this.withTime ? ROOM.bottom : 6);
    this.y = new Scale(this.domain(shown), [bottom, ROOM.top], this.isLog(shown));
    this.layers = [false, true].map((past) => {
      const { canvas, context } = this.surface.layer();
      this.axes(context, shown);
      this.paint(context, shown, past);
      return canvas;
    });
  }

  /** @param {Shown} shown */
  draw(shown) {
    const { surface } = this;
    const ctx = surface.context;
    surface.clear();
    const [future, past] = this.layers;
    const now = Math.max(0, Math.min(this.x.at(shown.moment) + 0.5, surface.width));
    const ratio = future.width / surface.width;
    const cut = Math.round(now * ratio);
    const { glow, accent } = shown.colors;
    this.highlight(ctx, shown, glow, 7);
    ctx.setTransform(1, 0, 0, 1, 0, 0);
    if (cut < future.width) {
      const rest = future.width - cut;
      ctx.drawImage(future, cut, 0, rest, future.height, cut, 0, rest, future.height);
    }
    if (cut > 0) ctx.drawImage(past, 0, 0, cut, past.height, 0, 0, cut, past.height);
    ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
    const crowded = shown.run.data.trials.length > FEW; // and the glow below is hidden
    if (crowded) this.highlight(ctx, shown, accent, 2);
    this.mark(ctx, shown);
    ctx.strokeStyle = shown.colors.ink;
    ctx.lineWidth = 1;
    line(ctx, this.x.at(shown.moment), ROOM.top, this.x.at(shown.moment), this.y.range[0]);
  }

  /** @param {Context} ctx @param {Shown} shown */
  axes(ctx, shown) {
    const time = shown.clock === "time" ? "seconds" : "iteration";
    const y = this.title(shown);
    const names = { x: this.withTime ? time : "", y, levels: shown.run.levels[y] };
    drawAxes(ctx, shown.colors, this.x, this.y, names);
  }

  /** @param {Shown} _shown @returns {[number, number]} */
  domain(_shown) {
    return [0, 1];
  }

  /** @param {Shown} _shown @returns {boolean} */
  isLog(_shown) {
    return false;
  }

  /** @param {Shown} _shown @returns {string} */
  title(_shown) {
    return "";
  }

  /** Draw the run. @param {Context} _ctx @param {Shown} _shown @param {boolean} _past */
  paint(_ctx, _shown, _past) {}

  /** Draw what is lit up. @param {Context} _ctx @param {Shown} _shown @param {string} _color @param {number} _width */
  highlight(_ctx, _shown, _color, _width) {}

  /** Draw what belongs on top of the run. @param {Context} _ctx @param {Shown} _shown */
  mark(_ctx, _shown) {}

  /** @param {Shown} _shown @param {number} _px @param {number} _py @returns {Hit | null} */
  hit(_shown, _px, _py) {
    return null;
  }
}
