// The distribution in two pictures: bands over the iterations, and how near runs come.

import { Colors } from "../../explorer/script/colors.js";
import { Scale } from "../../explorer/script/scale.js";
import { ROOM, Surface, drawAxes, line } from "../../explorer/script/surface.js";
import { GOAL, MAXIMUM } from "./distribution.js";

/** @typedef {import("./distribution.js").Summary} Summary */
/** @typedef {CanvasRenderingContext2D} Context */

const GAPS = /** @type {[number, number]} */ ([1e-12, 2]);

export class DistributionView {
  /** @param {HTMLElement} parent */
  constructor(parent) {
    this.bands = new Surface(parent, "Best Q in the population over the iterations, as bands of 2,000 seeds.");
    this.gaps = new Surface(parent, "Share of the seeds that come at least as near to the maximum, over the gap.");
    this.root = parent;
  }

  /**
   * @param {Summary} now @param {Summary | null} pinned
   * @param {number[]} run best Q of the present run at each iteration
   */
  draw(now, pinned, run) {
    const colors = new Colors(this.root, [0, 1]);
    this.drawBands(colors, now, pinned, run);
    this.drawGaps(colors, now, pinned, run[run.length - 1]);
  }

  /** @param {Colors} colors @param {Summary} now @param {Summary | null} pinned @param {number[]} run */
  drawBands(colors, now, pinned, run) {
    const { surface, ctx, width, height } = this.begin(this.bands);
    const last = Math.max(now.settings.iterations, pinned?.settings.iterations ?? 0);
    const lows = [now, ...(pinned ? [pinned] : [])].map(({ bands }) => Math.min(...bands[0].slice(0, 1), bands[0].at(-1) ?? 0));
    const low = Math.max(-1, Math.min(0, ...lows.filter(Number.isFinite)));
    const x = new Scale([0, last], [ROOM.left, width - ROOM.right]);
    const y = new Scale([low - 0.05, 1.25], [height - ROOM.bottom, ROOM.top]);
    drawAxes(ctx, colors, x, y, { x: "iteration", y: "best Q" });
    ctx.save();
    ctx.beginPath();
    ctx.rect(ROOM.left, ROOM.top, width, height - ROOM.bottom - ROOM.top);
    ctx.clip();
    ctx.fillStyle = colors.of(0);
    for (const [lower, upper] of [[0, 4], [1, 3]]) {
      ctx.globalAlpha = 0.25;
      path(ctx, x, y, now.bands[lower]);
      back(ctx, x, y, now.bands[upper]);
      ctx.fill();
    }
    ctx.globalAlpha = 1;
    this.curve(ctx, x, y, now.bands[2], colors.of(0), []);
    if (pinned) {
      for (const band of [0, 2, 4]) this.curve(ctx, x, y, pinned.bands[band], colors.of(1), [5, 3]);
    }
    this.curve(ctx, x, y, run, colors.accent, []);
    ctx.restore();
    surface.canvas.setAttribute("aria-label", describeBands(now));
  }

  /** @param {Colors} colors @param {Summary} now @param {Summary | null} pinned @param {number} final */
  drawGaps(colors, now, pinned, final) {
    const { ctx, width, height } = this.begin(this.gaps);
    const x = new Scale(GAPS, [ROOM.left, width - ROOM.right], true);
    const y = new Scale([0, 1], [height - ROOM.bottom, ROOM.top]);
    drawAxes(ctx, colors, x, y, { x: "gap to 1.2", y: "share of seeds at least as near" });
    ctx.strokeStyle = colors.quiet;
    ctx.setLineDash([2, 3]);
    line(ctx, x.at(MAXIMUM - GOAL), ROOM.top, x.at(MAXIMUM - GOAL), height - ROOM.bottom);
    ctx.setLineDash([]);
    this.share(ctx, x, y, now, colors.of(0), []);
    if (pinned) this.share(ctx, x, y, pinned, colors.of(1), [5, 3]);
    if (!Number.isFinite(final)) return;
    ctx.strokeStyle = colors.accent;
    ctx.lineWidth = 2;
    const at = x.at(inside(MAXIMUM - final));
    line(ctx, at, ROOM.top, at, height - ROOM.bottom);
  }

  /** @param {Surface} surface */
  begin(surface) {
    surface.fit();
    surface.clear();
    const { width, height, context: ctx } = surface;
    return { surface, ctx, width, height };
  }

  /** @param {Context} ctx @param {Scale} x @param {Scale} y @param {ArrayLike<number>} values @param {string} color @param {number[]} dash */
  curve(ctx, x, y, values, color, dash) {
    ctx.strokeStyle = color;
    ctx.lineWidth = 1.8;
    ctx.setLineDash(dash);
    path(ctx, x, y, values);
    ctx.stroke();
    ctx.setLineDash([]);
  }

  /** @param {Context} ctx @param {Scale} x @param {Scale} y @param {Summary} summary @param {string} color @param {number[]} dash */
  share(ctx, x, y, { finals }, color, dash) {
    ctx.strokeStyle = color;
    ctx.lineWidth = 1.8;
    ctx.setLineDash(dash);
    ctx.beginPath();
    ctx.moveTo(x.range[0], y.at(0));
    for (let i = finals.length - 1; i >= 0; i--) {
      const at = x.at(inside(MAXIMUM - finals[i]));
      const rank = finals.length - i;
      ctx.lineTo(at, y.at((rank - 1) / finals.length));
      ctx.lineTo(at, y.at(rank / finals.length));
    }
    ctx.lineTo(x.range[1], y.at(1));
    ctx.stroke();
    ctx.setLineDash([]);
  }
}

/** @param {number} gap */
function inside(gap) {
  return Math.min(GAPS[1], Math.max(GAPS[0], Number.isFinite(gap) ? gap : GAPS[1]));
}

/** @param {Context} ctx @param {Scale} x @param {Scale} y @param {ArrayLike<number>} values */
function path(ctx, x, y, values) {
  ctx.beginPath();
  for (let i = 0; i < values.length; i++) ctx.lineTo(x.at(i + 1), y.at(values[i]));
}

/** @param {Context} ctx @param {Scale} x @param {Scale} y @param {ArrayLike<number>} values */
function back(ctx, x, y, values) {
  for (let i = values.length - 1; i >= 0; i--) ctx.lineTo(x.at(i + 1), y.at(values[i]));
}

/** @param {Summary} summary */
function describeBands({ bands, runs }) {
  const at = (/** @type {number} */ share) => {
    const i = Math.max(0, Math.round(share * (bands[0].length - 1)));
    const [low, , median, , high] = bands.map((band) => band[i].toFixed(3));
    return `at iteration ${i + 1} from ${low} to ${high}, median ${median}`;
  };
  return `Best Q of ${runs} seeds, the middle 90 percent: ${[0.1, 0.4, 1].map(at).join("; ")}.`;
}
