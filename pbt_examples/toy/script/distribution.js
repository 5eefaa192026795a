// Two thousand runs with the same settings: what one run cannot say.

import { Population } from "./pbt.js";

/** @typedef {import("./pbt.js").Settings} Settings */

export const SEEDS = 2000;
export const GOAL = 1.19;
export const MAXIMUM = 1.2;
const SHARES = [0.05, 0.25, 0.5, 0.75, 0.95];

/**
 * What is known after some of the seeds.
 * @typedef {object} Summary
 * @property {Settings} settings
 * @property {number} runs
 * @property {Float64Array[]} bands best Q over the iterations: 5, 25, 50, 75 and 95 percent
 * @property {Float64Array} finals best Q at the end of each run, in order
 * @property {number} reached share of the runs that end above 1.19
 */

/** Runs one seed after the other, and can be interrupted. */
export class Distribution {
  /** @param {Settings} settings */
  constructor(settings) {
    this.settings = settings;
    this.population = new Population(settings);
    this.runs = 0;
    this.columns = Array.from({ length: settings.iterations }, () => new Float64Array(SEEDS));
  }

  /** @param {number} milliseconds how long to go on @returns {boolean} whether all is done */
  advance(milliseconds) {
    const end = performance.now() + milliseconds;
    const { population, columns } = this;
    while (this.runs < SEEDS) {
      const run = this.runs;
      population.train(run, (iteration) => {
        columns[iteration - 1][run] = population.best;
      });
      this.runs++;
      if (performance.now() > end) break;
    }
    return this.runs === SEEDS;
  }

  /** @returns {Summary} */
  summary() {
    const { settings, runs, columns } = this;
    const bands = SHARES.map(() => new Float64Array(columns.length));
    let finals = new Float64Array();
    columns.forEach((column, i) => {
      finals = column.slice(0, runs).sort();
      SHARES.forEach((share, k) => {
        bands[k][i] = finals[Math.round(share * (runs - 1))];
      });
    });
    const reached = finals.filter((value) => value > GOAL).length / runs;
    return { settings, runs, bands, finals, reached };
  }
}

/**
 * Return the share of runs that ended with less, where equal ones count half.
 * @param {Float64Array} finals in order @param {number} value
 */
export function shareBelow(finals, value) {
  const less = finals.filter((each) => each < value).length;
  const equal = finals.filter((each) => each === value).length;
  return (less + equal / 2) / finals.length;
}
