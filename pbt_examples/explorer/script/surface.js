// A canvas with axes: as sharp as the screen, as wide as the page lets it be.

import { tickText } from "./scale.js";

/** @typedef {import("./scale.js").Scale} Scale */
/** @typedef {import("./colors.js").Colors} Colors */
/** @typedef {CanvasRenderingContext2D} Context */

/** Room for what is written beside the data, in pixels. */
export const ROOM = { left: 52, right: 10, top: 20, bottom: 30 };

export class Surface {
  /** @param {HTMLElement} parent @param {string} label for those who do not see it */
  constructor(parent, label) {
    this.canvas = document.createElement("canvas");
    this.canvas.setAttribute("role", "img");
    this.canvas.setAttribute("aria-label", label);
    this.canvas.textContent = label;
    parent.append(this.canvas);
    this.width = this.height = 0;
    this.context = context(this.canvas);
  }

  /** Take the size that the style sheet gives. @returns {boolean} whether it has changed */
  fit() {
    const { clientWidth, clientHeight } = this.canvas;
    const ratio = window.devicePixelRatio || 1;
    const [width, height] = [clientWidth * ratio, clientHeight * ratio].map(Math.round);
    if (this.canvas.width === width && this.canvas.height === height) return false;
    [this.canvas.width, this.canvas.height] = [width, height];
    [this.width, this.height] = [clientWidth, clientHeight];
    return true;
  }

  /** Let the keyboard reach it, and have screen readers pass the keys on to it. */
  takeKeys() {
    this.canvas.tabIndex = 0;
    this.canvas.setAttribute("role", "application");
  }

  clear() {
    const ratio = this.canvas.width / (this.width || 1);
    this.context.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.context.clearRect(0, 0, this.width, this.height);
  }

  /** @returns {{canvas: HTMLCanvasElement, context: Context}} another of the same size, unseen */
  layer() {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [this.canvas.width, this.canvas.height];
    const layer = context(canvas);
    const ratio = canvas.width / (this.width || 1);
    layer.setTransform(ratio, 0, 0, ratio, 0, 0);
    return { canvas, context: layer };
  }
}

/** @param {HTMLCanvasElement} canvas @returns {Context} */
function context(canvas) {
  const found = canvas.getContext("2d");
  if (!found) throw new Error("this browser draws no canvas");
  return found;
}

/**
 * Draw axes, ticks and names.
 * @param {Context} ctx @param {Colors} colors @param {Scale} x @param {Scale} y
 * @param {{x: string, y: string, levels?: string[]}} names without that of x, its ticks have
 *   no numbers; with levels, the ticks of y have these names
 */
export function drawAxes(ctx, colors, x, y, names) {
  ctx.font = colors.font;
  ctx.lineWidth = 1;
  const [left, right] = x.range;
  const [bottom, top] = y.range;
  ctx.textBaseline = "middle";
  ctx.textAlign = "right";
  const { levels } = names;
  const rows = levels
    ? [...levels.keys()].filter((place) => place % Math.ceil((levels.length * 13) / (bottom - top)) === 0)
    : y.ticks(Math.max(2, (bottom - top) / 40));
  for (const tick of rows) {
    ctx.strokeStyle = colors.faint;
    line(ctx, left, y.at(tick), right, y.at(tick));
    ctx.fillStyle = colors.quiet;
    const text = levels ? levels[tick].replace(/^(...).{2,}(....)$/s, "$1…$2") : tickText(tick, rows, y.log);
    ctx.fillText(text, left - 6, y.at(tick), left - 8); // set narrower if it must be
  }
  ctx.strokeStyle = colors.quiet;
  line(ctx, left, bottom, right, bottom);
  if (names.x) drawColumns(ctx, colors, x, bottom, names.x);
  ctx.fillStyle = colors.ink;
  ctx.textAlign = "left";
  ctx.textBaseline = "top";
  ctx.fillText(names.y, 2, top - 20);
}

/** @param {Context} ctx @param {Colors} colors @param {Scale} x @param {number} bottom @param {string} name */
function drawColumns(ctx, colors, x, bottom, name) {
  const [left, right] = x.range;
  const isWhole = name === "iteration" ? Number.isInteger : () => true;
  const columns = x.ticks(Math.max(2, (right - left) / 70)).filter(isWhole);
  ctx.textBaseline = "top";
  ctx.textAlign = "center";
  ctx.fillStyle = colors.quiet;
  const end = right - ctx.measureText(name).width - 14;
  for (const tick of columns) {
    line(ctx, x.at(tick), bottom, x.at(tick), bottom + 4);
    const text = tickText(tick, columns, x.log);
    if (x.at(tick) + ctx.measureText(text).width / 2 < end) {
      ctx.fillText(text, x.at(tick), bottom + 7);
    }
  }
  ctx.fillStyle = colors.ink;
  ctx.textAlign = "right";
  ctx.fillText(name, right, bottom + 7);
}

/** @param {Context} ctx @param {number} x0 @param {number} y0 @param {number} x1 @param {number} y1 */
export function line(ctx, x0, y0, x1, y1) {
  ctx.beginPath();
  ctx.moveTo(x0, y0);
  ctx.lineTo(x1, y1);
  ctx.stroke();
}

/** @param {Context} ctx @param {number} x @param {number} y @param {number} radius */
export function dot(ctx, x, y, radius) {
  ctx.beginPath();
  ctx.arc(x, y, radius, 0, 7);
  ctx.fill();
}

/** Write on top of lines. @param {Context} ctx @param {Colors} colors @param {string} text @param {number} x @param {number} y */
export function halo(ctx, colors, text, x, y) {
  ctx.lineJoin = "round";
  ctx.lineWidth = 4;
  ctx.strokeStyle = colors.paper;
  ctx.strokeText(text, x, y);
  ctx.fillText(text, x, y);
}
