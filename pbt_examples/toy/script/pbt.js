// Population Based Training of the toy problem, operation by operation as `Reference` in
// Python does it, so that both come to the same bits. `+ - * /` are exact in both
// languages; `exp` is not, but its result is rounded to a multiple of 0.0005.

import { MersenneTwister } from "./mt19937.js";

/**
 * The parameters of `Reference`, under their names.
 * @typedef {object} Settings
 * @property {number[]} h0
 * @property {number} lr
 * @property {number[]} theta
 * @property {number} iterations
 * @property {number} perturbation_interval
 * @property {number} quantile_fraction
 * @property {number} resample_probability
 * @property {number[]} perturbation_factors
 * @property {boolean} exploit
 * @property {boolean} explore
 * @property {boolean} copy_h
 */

/**
 * What one trial was told after one iteration.
 * @typedef {object} Decision
 * @property {number} target
 * @property {number} donor
 * @property {number[]} before the donor's lr, h0 and h1
 * @property {number[]} after the target's, from now on
 * @property {number[]} operations -1 resample, 0 and 1 a factor, -2 nothing
 */

const LR = { lower: 0.005, upper: 0.1, step: 0.0005 };
export const RESAMPLE = -1;
export const NOTHING = -2;

/** One population, which can be trained again and again with other seeds. */
export class Population {
  /** @param {Settings} settings */
  constructor(settings) {
    const trials = settings.h0.length;
    this.settings = settings;
    this.trials = trials;
    this.random = new MersenneTwister();
    this.theta0 = new Float64Array(trials);
    this.theta1 = new Float64Array(trials);
    this.lr = new Float64Array(trials);
    this.h0 = new Float64Array(trials);
    this.h1 = new Float64Array(trials);
    this.Q = new Float64Array(trials);
    this.ranking = new Int32Array(trials);
    /** how many trials take over a state, or explore, at each interval */
    this.targets = settings.exploit
      ? Math.min(Math.ceil(trials * settings.quantile_fraction), trials >> 1)
      : trials;
    this.draws = new Float64Array(7 * this.targets);
  }

  /**
   * Train from the start.
   * @param {number} seed the number of the run
   * @param {(iteration: number) => void} report called after each step
   * @param {(iteration: number, decision: Decision) => void} [decided]
   */
  train(seed, report, decided) {
    const { settings } = this;
    this.random.seed([seed, 0]);
    this.theta0.fill(settings.theta[0]);
    this.theta1.fill(settings.theta[1]);
    this.lr.fill(settings.lr);
    for (let trial = 0; trial < this.trials; trial++) {
      this.h0[trial] = settings.h0[trial];
      this.h1[trial] = 1 - settings.h0[trial];
    }
    for (let iteration = 1; iteration <= settings.iterations; iteration++) {
      this.step();
      report(iteration);
      const due = iteration % settings.perturbation_interval === 0;
      if (due && iteration < settings.iterations && this.targets) {
        this.perturb(iteration, decided);
      }
    }
  }

  step() {
    const { theta0, theta1, lr, h0, h1, Q } = this;
    for (let trial = 0; trial < this.trials; trial++) {
      const a = theta0[trial] + lr[trial] * (-1.5 * h0[trial] * theta0[trial]);
      const b = theta1[trial] + lr[trial] * (-2 * h1[trial] * theta1[trial]);
      theta0[trial] = a;
      theta1[trial] = b;
      Q[trial] = 1.2 - (0.75 * (a * a) + b * b);
    }
  }

  /**
   * Let the worst trials take over the best ones' states, and explore.
   * @param {number} iteration
   * @param {((iteration: number, decision: Decision) => void) | undefined} decided
   */
  perturb(iteration, decided) {
    const { settings, draws, targets, trials, ranking, random } = this;
    random.fill(draws);
    if (settings.exploit) this.rank();
    /** @type {Decision[]} */
    const decisions = [];
    for (let pair = 0; pair < targets; pair++) {
      let target = pair;
      let donor = pair;
      if (settings.exploit) {
        target = ranking[pair];
        donor = ranking[trials - targets + Math.floor(draws[7 * pair] * targets)];
      }
      const before = decided ? this.config(donor) : null;
      const operations = this.carryOut(target, donor, 7 * pair, decided !== undefined);
      if (before && (settings.exploit || settings.explore)) {
        decisions.push({ target, donor, before, after: this.config(target), operations });
      }
    }
    decisions.sort((one, other) => one.target - other.target);
    for (const decision of decisions) decided?.(iteration, decision);
  }

  /**
   * Targets are never donors of others, so that one can be changed after the other.
   * @param {number} target
   * @param {number} donor
   * @param {number} at where the random numbers of this pair begin
   * @param {boolean} recorded whether the operations are wanted
   * @returns {number[]} the operations on lr, h0 and h1
   */
  carryOut(target, donor, at, recorded) {
    const { settings, draws } = this;
    this.theta0[target] = this.theta0[donor];
    this.theta1[target] = this.theta1[donor];
    const source = settings.copy_h ? donor : target;
    const columns = [this.lr, this.h0, this.h1];
    /** @type {number[]} */
    const operations = recorded ? [NOTHING, NOTHING, NOTHING] : [];
    for (let column = 0; column < 3; column++) {
      const values = columns[column];
      if (!settings.explore) {
        values[target] = values[source];
        continue;
      }
      const resample = draws[at + 1 + column] < settings.resample_probability;
      const value = draws[at + 4 + column];
      const factor = value < 0.5 ? 0 : 1;
      if (!resample) {
        values[target] = values[source] * settings.perturbation_factors[factor];
      } else {
        values[target] = column === 0 ? drawLr(value) : value;
      }
      if (recorded) operations[column] = resample ? RESAMPLE : factor;
    }
    return operations;
  }

  /** Order the trials by Q; equal ones stay in order, and what is no number comes last. */
  rank() {
    const { ranking, Q } = this;
    for (let trial = 0; trial < this.trials; trial++) {
      const score = Q[trial];
      let place = trial;
      while (place > 0 && isWorse(score, Q[ranking[place - 1]])) {
        ranking[place] = ranking[place - 1];
        place--;
      }
      ranking[place] = trial;
    }
  }

  /** @param {number} trial @returns {number[]} its lr, h0 and h1 */
  config(trial) {
    return [this.lr[trial], this.h0[trial], this.h1[trial]];
  }

  /** @returns {number} the best Q of the population, as NumPy's `max` has it */
  best() {
    let best = -Infinity;
    for (const value of this.Q) {
      if (value !== value) return NaN;
      if (value > best) best = value;
    }
    return best;
  }
}

/** @param {number} score @param {number} other */
function isWorse(score, other) {
  return score < other || (other !== other && score === score);
}

/** @param {number} uniform */
function drawLr(uniform) {
  const low = Math.log(LR.lower);
  const high = Math.log(LR.upper);
  const steps = Math.exp(low + (high - low) * uniform) / LR.step;
  return Math.round(steps) * LR.step;
}

/**
 * Return the first h0 of each trial of a population, as `Reference(trials=…)` has them.
 * @param {number} trials
 */
export function startValues(trials) {
  return Array.from({ length: trials }, (_, trial) => {
    const step = trial >> 1;
    return trial % 2 ? (100 - step) / 100 : step / 100;
  });
}
