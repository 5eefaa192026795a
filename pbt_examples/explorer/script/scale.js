// From values to pixels, linear or logarithmic, and the ticks to write at an axis.

export class Scale {
  /**
   * @param {[number, number]} domain @param {[number, number]} range
   * @param {boolean} [log]
   */
  constructor(domain, range, log = false) {
    this.log = log && domain[0] > 0;
    this.domain = domain;
    this.range = range;
    const [low, high] = domain.map((value) => this.bend(value));
    this.low = low;
    this.slope = (range[1] - range[0]) / (high - low || 1);
  }

  /** @param {number} value */
  bend(value) {
    return this.log ? Math.log10(value) : value;
  }

  /** @param {number} value @returns {number} its pixel */
  at(value) {
    return this.range[0] + (this.bend(value) - this.low) * this.slope;
  }

  /** @param {number} pixel @returns {number} the value there */
  invert(pixel) {
    const value = (pixel - this.range[0]) / this.slope + this.low;
    return this.log ? 10 ** value : value;
  }

  /** @param {number} count about how many @returns {number[]} */
  ticks(count) {
    const [low, high] = this.domain;
    if (this.log) return logTicks(low, high, count);
    const step = niceStep((high - low) / count);
    const ticks = [];
    for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i++) {
      ticks.push(i * step);
    }
    return ticks;
  }
}

/** @param {number} rough @returns {number} 1, 2 or 5 times a power of ten */
function niceStep(rough) {
  const power = 10 ** Math.floor(Math.log10(rough || 1));
  const factor = [1, 2, 5, 10].find((each) => each * power >= rough * 0.999) ?? 10;
  return factor * power;
}

/** @param {number} low @param {number} high @param {number} count */
function logTicks(low, high, count) {
  const [first, last] = [Math.floor(Math.log10(low)), Math.ceil(Math.log10(high))];
  const every = Math.max(1, Math.ceil((last - first) / count));
  const factors = last - first <= 2 ? [1, 2, 5] : [1];
  const ticks = [];
  for (let power = first; power <= last; power += every) {
    for (const factor of factors) {
      const tick = factor * 10 ** power;
      if (tick >= low * 0.999 && tick <= high * 1.001) ticks.push(tick);
    }
  }
  return ticks;
}

/**
 * Return the extent of some values, with a margin; what is no number does not count.
 * @param {Iterable<number | null>} values @param {boolean} log only what is above zero
 * @returns {[number, number]}
 */
export function spread(values, log) {
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    if (value === null || !Number.isFinite(value) || (log && value <= 0)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (low > high) return log ? [0.1, 1] : [0, 1];
  if (log) return low === high ? [low / 2, high * 2] : [low / 1.1, high * 1.1];
  const margin = (high - low || Math.abs(high) || 1) * 0.05;
  return [low - margin, high + margin];
}

/**
 * Write a tick with no more digits than it needs.
 * @param {number} value @param {number[]} ticks all of the axis @param {boolean} log
 */
export function tickText(value, ticks, log) {
  const step = Math.abs((ticks[1] ?? 1) - (ticks[0] ?? 0)) || 1;
  const size = Math.max(...ticks.map(Math.abs));
  if (size >= 1e6) return Number(value.toPrecision(3)).toExponential();
  if (log && Math.abs(value) < 1e-3) return Number(value.toPrecision(3)).toExponential();
  if (log || size < 1e-3 || ticks.length < 2) return String(Number(value.toPrecision(3)));
  const digits = Math.max(0, Math.ceil(-Math.log10(step) - 1e-6));
  return Math.abs(value) < step * 1e-6 ? "0" : value.toFixed(Math.min(digits, 8));
}
