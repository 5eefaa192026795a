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
const [LOG_LOWER, LOG_UPPER] = [Math.log(LR.lower), Math.log(LR.upper)];
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
    /** lr, h0 and h1 of one trial after the other */
    this.configs = new Float64Array(3 * trials);
    this.Q = new Float64Array(trials);
    /** the best Q of the population, as NumPy's `max` has it */
    this.best = NaN;
    this.ranking = new Int32Array(trials);
    this.scores = new Float64Array(trials); // by which they are ranked, in order
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
    settings.h0.forEach((h0, trial) => this.configs.set([settings.lr, h0, 1 - h0], 3 * trial));
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
    const { theta0, theta1, configs, Q } = this;
    let best = -Infinity;
    for (let trial = 0; trial < this.trials; trial++) {
      const lr = configs[3 * trial];
      const a = theta0[trial] + lr * (-1.5 * configs[3 * trial + 1] * theta0[trial]);
      const b = theta1[trial] + lr * (-2 * configs[3 * trial + 2] * theta1[trial]);
      theta0[trial] = a;
      theta1[trial] = b;
      const score = 1.2 - (0.75 * (a * a) + b * b);
      Q[trial] = score;
      if (score > best || score !== score) best = score;
    }
    this.best = best;
  }

  /**
   * Let the worst trials take over the best ones' states, and explore.
   * @param {number} iteration
   * @param {((iteration: number, decision: Decision) => void) | undefined} decided
   */
  perturb(iteration, decided) {
    const { settings, draws, targets, trials, ranking } = this;
    this.random.fill(draws);
    const donors = settings.exploit ? this.rank() : targets;
    if (!donors) return; // nobody has a number to be ranked by
    /** @type {Decision[]} */
    const decisions = [];
    for (let pair = 0; pair < targets; pair++) {
      const at = 7 * pair;
      const best = trials - donors + Math.floor(draws[at] * donors);
      const target = settings.exploit ? ranking[pair] : pair;
      const donor = settings.exploit ? ranking[best] : pair;
      const before = decided && this.config(donor);
      this.carryOut(target, donor, at);
      if (!before || !(settings.exploit || settings.explore)) continue;
      const operations = this.operations(at);
      decisions.push({ target, donor, before, after: this.config(target), operations });
    }
    decisions.sort((one, other) => one.target - other.target);
    for (const decision of decisions) decided?.(iteration, decision);
  }

  /**
   * Targets are never donors of others, so that one can be changed after the other.
   * @param {number} target
   * @param {number} donor
   * @param {number} at where the random numbers of this pair begin
   */
  carryOut(target, donor, at) {
    this.theta0[target] = this.theta0[donor];
    this.theta1[target] = this.theta1[donor];
    const { configs, draws, settings } = this;
    const { explore, copy_h, resample_probability, perturbation_factors } = settings;
    for (let column = 0; column < 3; column++) {
      const old = configs[3 * (copy_h ? donor : target) + column];
      const value = draws[at + 4 + column];
      let explored = old;
      if (!explore) explored = old;
      else if (draws[at + 1 + column] >= resample_probability) {
        explored = old * perturbation_factors[value < 0.5 ? 0 : 1];
      } else explored = column === 0 ? drawLr(value) : value;
      configs[3 * target + column] = explored;
    }
  }

  /** @param {number} at @returns {number[]} what explore did to lr, h0 and h1 */
  operations(at) {
    const { settings, draws } = this;
    return [0, 1, 2].map((column) => {
      if (!settings.explore) return NOTHING;
      if (draws[at + 1 + column] < settings.resample_probability) return RESAMPLE;
      return draws[at + 4 + column] < 0.5 ? 0 : 1;
    });
  }

  /**
   * Order the trials by Q; equal ones stay in order, and what is no number comes first.
   * @returns {number} how many of the best can be donors, since they have a number
   */
  rank() {
    const { ranking, scores, Q, trials, targets } = this;
    for (let trial = 0; trial < trials; trial++) {
      const score = Q[trial] === Q[trial] ? Q[trial] : -Infinity;
      let place = trial;
      for (; place > 0 && score < scores[place - 1]; place--) {
        scores[place] = scores[place - 1];
        ranking[place] = ranking[place - 1];
      }
      scores[place] = score;
      ranking[place] = trial;
    }
    let donors = targets;
    while (donors && scores[trials - donors] === -Infinity) donors--;
    return donors;
  }

  /** @param {number} trial @returns {number[]} its lr, h0 and h1 */
  config(trial) {
    return [...this.configs.subarray(3 * trial, 3 * trial + 3)];
  }
}

/** @param {number} uniform */
function drawLr(uniform) {
  const steps = Math.exp(LOG_LOWER + (LOG_UPPER - LOG_LOWER) * uniform) / LR.step;
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
