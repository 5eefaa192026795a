// A recorded run as the explorer has it: segments, each with its parent.

/**
 * What happened to one hyperparameter in an exploit: donor's value, new value, operation.
 * @typedef {[any, any, string]} Change
 */

/**
 * @typedef {object} SegmentData
 * @property {number} trial
 * @property {number} number 0, 1, … within the trial's lane
 * @property {number[]} iteration
 * @property {number[] | null} time seconds, where they are known
 * @property {Record<string, (number | null)[]>} values each metric
 * @property {Record<string, any>} config each hyperparameter
 * @property {number} parent index of the donor's segment, or -1
 * @property {number} donorIteration
 * @property {number} exploitIteration the target's at the exploit
 * @property {Record<string, Change>} changes
 */

/**
 * Ellipses around a point, drawn under the path through a plane.
 * @typedef {object} Plane
 * @property {string} x name of a metric
 * @property {string} y name of a metric
 * @property {[number, number]} optimum
 * @property {[number, number, number][]} ellipses radii along x and y, and a level
 */

/**
 * What Python hands over.
 * @typedef {object} RunData
 * @property {string} name
 * @property {string} metric
 * @property {"max" | "min"} mode
 * @property {string[]} metrics
 * @property {string[]} hyperparameters
 * @property {Record<string, [number, number] | null>} domains
 * @property {number} winner
 * @property {number[]} trials
 * @property {number} reports how many the run has; more than the segments hold if thinned
 * @property {SegmentData[]} segments by trial and number
 * @property {Plane | null} plane
 */

/** @typedef {"iteration" | "time"} Clock */

/**
 * A piece of an ancestry: a segment, from where it begins to where it is left.
 * @typedef {{segment: number, from: number, until: number}} Piece
 */

export class Run {
  /** @param {RunData} data */
  constructor(data) {
    this.data = data;
    this.segments = data.segments;
    /** @type {Map<number, number[]>} */
    this.lanes = new Map(data.trials.map((trial) => [trial, []]));
    data.segments.forEach((segment, index) => this.lanes.get(segment.trial)?.push(index));
    this.hasTime = data.segments.every((segment) => segment.time !== null);
    /** @type {Record<string, string[]>} the values of each hyperparameter that has names */
    this.levels = Object.create(null);
    /** @type {Record<string, number[]>} of each segment: its place on an axis, or NaN */
    this.heights = Object.create(null);
    for (const name of data.hyperparameters) this.place(name);
  }

  /** @param {string} name a hyperparameter, to be placed on an axis */
  place(name) {
    const values = this.segments.map(({ config }) => config[name]);
    if (values.every((value) => typeof value === "number" || UNKNOWN.has(value))) {
      this.heights[name] = values.map((value) => (typeof value === "number" ? value : NaN));
      return;
    }
    const texts = values.map(short);
    this.levels[name] = [...new Set(texts)].sort();
    const places = new Map(this.levels[name].map((text, place) => [text, place]));
    this.heights[name] = texts.map((text) => places.get(text) ?? NaN);
  }

  /** @param {number} index @param {Clock} clock @returns {number[]} */
  clockOf(index, clock) {
    const segment = this.segments[index];
    return clock === "time" && segment.time ? segment.time : segment.iteration;
  }

  /** @param {Clock} clock @returns {[number, number]} first and last moment of the run */
  extent(clock) {
    let last = 0;
    for (let i = 0; i < this.segments.length; i++) {
      const times = this.clockOf(i, clock);
      last = Math.max(last, times[times.length - 1]);
    }
    return [clock === "iteration" ? 1 : 0, last];
  }

  /**
   * Return the last value of a metric up to one of a segment's reports, with the place and
   * the moment of the report that has it, or null. A report need not have every metric.
   * @param {number} index @param {string} metric @param {number} place @param {Clock} clock
   * @returns {{value: number, place: number, at: number} | null}
   */
  known(index, metric, place, clock) {
    const values = this.segments[index].values[metric];
    for (; place >= 0; place--) {
      const value = values[place];
      if (value !== null) return { value, place, at: this.clockOf(index, clock)[place] };
    }
    return null;
  }

  /**
   * Return the place of a segment's last report up to a moment, or -1 before its first.
   * @param {number} index @param {number} moment @param {Clock} clock
   */
  reportAt(index, moment, clock) {
    const times = this.clockOf(index, clock);
    return times[0] > moment ? -1 : lastUpTo(times, moment);
  }

  /**
   * Return where a segment branches off from its parent, or null.
   * @param {number} index @param {Clock} clock
   * @returns {{at: number, point: number} | null} moment, and place among the parent's reports
   */
  branch(index, clock) {
    const segment = this.segments[index];
    if (segment.parent < 0) return null;
    const parent = this.segments[segment.parent];
    const point = lastUpTo(parent.iteration, segment.donorIteration);
    return { at: this.clockOf(segment.parent, clock)[point], point };
  }

  /** @param {number} index @param {Clock} clock @returns {number} when a segment begins */
  begin(index, clock) {
    const branch = this.branch(index, clock);
    if (branch && clock === "iteration") return branch.at;
    const { number, iteration } = this.segments[index];
    if (!branch && number === 0) return clock === "iteration" ? 0 : Math.min(0, this.clockOf(index, clock)[0]);
    if (clock === "iteration") return iteration[0] - 1; // an unknown donor, or a new start
    const before = this.predecessor(index);
    if (before < 0) return this.clockOf(index, clock)[0];
    return this.clockOf(before, clock).at(-1) ?? 0;
  }

  /** @param {number} index @returns {number} the segment before it in its lane, or -1 */
  predecessor(index) {
    const before = this.segments[index - 1];
    return before && before.trial === this.segments[index].trial ? index - 1 : -1;
  }

  /**
   * Return the segment that a trial was in.
   * @param {number} trial @param {number} moment @param {Clock} clock
   */
  segmentAt(trial, moment, clock) {
    const lane = this.lanes.get(trial) ?? [];
    let found = lane[0];
    for (const index of lane) if (this.clockOf(index, clock)[0] <= moment) found = index;
    return found;
  }

  /**
   * Follow the state of a segment at a moment back to the start.
   * @param {number} index @param {number} moment @param {Clock} clock
   * @returns {Piece[]} first to last
   */
  ancestry(index, moment, clock) {
    /** @type {Piece[]} */
    const pieces = [];
    let until = Math.min(moment, this.clockOf(index, clock).at(-1) ?? moment);
    while (index >= 0 && pieces.length <= this.segments.length) {
      const branch = this.branch(index, clock);
      pieces.push({ segment: index, from: branch ? branch.at : this.begin(index, clock), until });
      until = branch ? branch.at : 0;
      index = this.segments[index].parent;
    }
    return pieces.reverse();
  }

  /** @param {Clock} clock @returns {number[]} the moments of all exploits, in order */
  exploitMoments(clock) {
    const moments = new Set();
    for (let i = 0; i < this.segments.length; i++) {
      if (this.segments[i].parent < 0) continue;
      const before = this.predecessor(i);
      const iteration = this.segments[i].exploitIteration;
      if (clock === "iteration") moments.add(iteration);
      else if (before >= 0) moments.add(this.clockOf(before, clock).at(-1));
    }
    return [...moments].sort((one, other) => one - other);
  }

  /**
   * Return a trial's name: its number, and the hyperparameters in which it began apart.
   * @param {number} trial
   */
  label(trial) {
    const first = this.segments[this.lanes.get(trial)?.[0] ?? 0];
    const names = this.data.hyperparameters.filter((name) =>
      [...this.lanes.values()].some(
        (lane) => this.segments[lane[0]].config[name] !== first.config[name],
      ),
    );
    const config = names.slice(0, 2).map((name) => `${name} = ${short(first.config[name])}`);
    return `trial ${trial}${config.length ? `: ${config.join(", ")}` : ""}`;
  }
}

/**
 * Return the place of the last of some rising numbers that is not above a limit, or 0.
 * @param {number[]} numbers @param {number} limit
 */
export function lastUpTo(numbers, limit) {
  let low = 0;
  let high = numbers.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (numbers[middle] <= limit) low = middle + 1;
    else high = middle;
  }
  return Math.max(0, low - 1);
}

const UNKNOWN = new Set([null, "nan", "inf", "-inf"]); // as Python writes them

/** @param {any} value @returns {string} a number with four digits, or what else it is */
export function short(value) {
  if (typeof value !== "number") return value === null ? "no value" : String(value);
  return String(Number(value.toPrecision(4)));
}
