// The start of theta: drag it over the contours of Q, or move it with the arrow keys.

import { Colors } from "../../explorer/script/colors.js";
import { Scale } from "../../explorer/script/scale.js";
import { Surface, dot, drawAxes, line } from "../../explorer/script/surface.js";

/** @typedef {import("../../explorer/script/run.js").Plane} Plane */

const END = 1.2;
const STEP = 0.05;

export class ThetaPad {
  /**
   * @param {HTMLElement} parent @param {Plane} plane
   * @param {(theta: number[]) => void} change
   */
  constructor(parent, plane, change) {
    this.plane = plane;
    this.change = change;
    this.theta = [0.9, 0.9];
    this.surface = new Surface(parent, "");
    this.x = this.y = new Scale([-END, END], [0, 1]);
    const { canvas } = this.surface;
    this.surface.takeKeys();
    canvas.classList.add("pbt-pad");
    let dragging = false;
    canvas.addEventListener("pointerdown", (event) => {
      dragging = true;
      canvas.setPointerCapture(event.pointerId);
      this.take(event);
    });
    canvas.addEventListener("pointermove", (event) => dragging && this.take(event));
    for (const end of /** @type {const} */ (["pointerup", "pointercancel"])) {
      canvas.addEventListener(end, () => (dragging = false));
    }
    canvas.addEventListener("keydown", (event) => this.onKey(event));
  }

  /** @param {PointerEvent} event */
  take(event) {
    this.move(this.x.invert(event.offsetX), this.y.invert(event.offsetY));
  }

  /** @param {number} theta0 @param {number} theta1 */
  move(theta0, theta1) {
    const inside = [theta0, theta1].map((value) => Math.max(-END, Math.min(END, value)));
    this.change(inside.map((value) => Number(value.toFixed(2))));
  }

  /** @param {KeyboardEvent} event */
  onKey(event) {
    const [theta0, theta1] = this.theta;
    /** @type {Record<string, [number, number]>} */
    const ways = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
    const way = ways[event.key];
    if (!way) return;
    event.preventDefault();
    this.move(theta0 + STEP * way[0], theta1 + STEP * way[1]);
  }

  /** @param {number[]} theta */
  draw(theta) {
    this.theta = theta;
    const { surface, plane } = this;
    surface.fit();
    surface.clear();
    const { width, height, context: ctx } = surface;
    const colors = new Colors(surface.canvas, [0]);
    this.x = new Scale([-END, END], [34, width - 8]);
    this.y = new Scale([-END, END], [height - 30, 20]);
    drawAxes(ctx, colors, this.x, this.y, { x: "theta0", y: "start of theta1" });
    ctx.save();
    ctx.beginPath();
    ctx.rect(34, 20, width - 42, height - 50);
    ctx.clip();
    ctx.strokeStyle = colors.edge;
    for (const [rx, ry] of plane.ellipses) {
      ctx.beginPath();
      // On paper the pad is hidden and has no width, so that the axes are reversed.
      const [wide, high] = [Math.abs(rx * this.x.slope), Math.abs(ry * this.y.slope)];
      ctx.ellipse(this.x.at(0), this.y.at(0), wide, high, 0, 0, 7);
      ctx.stroke();
    }
    ctx.restore();
    ctx.strokeStyle = colors.ink;
    line(ctx, this.x.at(0) - 4, this.y.at(0), this.x.at(0) + 4, this.y.at(0));
    line(ctx, this.x.at(0), this.y.at(0) - 4, this.x.at(0), this.y.at(0) + 4);
    ctx.fillStyle = colors.accent;
    dot(ctx, this.x.at(theta[0]), this.y.at(theta[1]), 7);
    const label = `Start of theta: ${theta[0]}, ${theta[1]}. Drag it, or move it with the arrow keys.`;
    surface.canvas.setAttribute("aria-label", label);
  }
}
