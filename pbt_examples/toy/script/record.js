// One run of the toy as the two tables that `Run.save` writes, every number in full.

import { NOTHING, Population, RESAMPLE } from "./pbt.js";

/** @typedef {import("./pbt.js").Settings} Settings */
/** @typedef {import("./pbt.js").Decision} Decision */

/**
 * @typedef {object} Report
 * @property {number} trial
 * @property {number} segment
 * @property {number} iteration
 * @property {number} Q
 * @property {number} theta0
 * @property {number} theta1
 * @property {number} h0
 * @property {number} h1
 * @property {number} lr
 */

/**
 * @typedef {object} Exploit
 * @property {number} iteration
 * @property {number} segment the one that begins in the target
 * @property {number} donor_segment
 * @property {number} target_score
 * @property {number} donor_score
 * @property {Decision} decision
 */

/** @typedef {{history: Report[], exploits: Exploit[]}} Tables */

const HYPERPARAMETERS = ["lr", "h0", "h1"];
/** @type {(keyof Report)[]} */
const COLUMNS = [
  "trial", "segment", "iteration", "Q", "theta0", "theta1", "h0", "h1", "lr",
];
const UNMEASURED = { time: "", duration: "", pid: "0" };

/**
 * Train one population and keep all that happens.
 * @param {Settings} settings
 * @param {number} seed
 * @returns {Tables}
 */
export function recordRun(settings, seed) {
  const population = new Population(settings);
  const segments = new Int32Array(population.trials);
  /** @type {Report[][]} */
  const lanes = Array.from({ length: population.trials }, () => []);
  /** @type {Exploit[]} */
  const exploits = [];
  population.train(
    seed,
    (iteration) => {
      for (let trial = 0; trial < population.trials; trial++) {
        const [lr, h0, h1] = population.config(trial);
        const [theta0, theta1] = [population.theta0[trial], population.theta1[trial]];
        const segment = segments[trial];
        const Q = population.Q[trial];
        lanes[trial].push({ trial, segment, iteration, Q, theta0, theta1, h0, h1, lr });
      }
    },
    (iteration, decision) => {
      const { target, donor } = decision;
      const donor_segment = segments[donor];
      segments[target]++;
      exploits.push({
        iteration,
        segment: segments[target],
        donor_segment,
        target_score: population.Q[target],
        donor_score: population.Q[donor],
        decision,
      });
    },
  );
  return { history: lanes.flat(), exploits };
}

/** @param {number} operation @param {number[]} factors @returns {string} as the record has it */
export function operationText(operation, factors) {
  if (operation === NOTHING) return "";
  return operation === RESAMPLE ? "resample" : `* ${floatText(factors[operation])}`;
}

/** @param {Tables} tables @returns {string} */
export function historyCsv({ history }) {
  const header = [...COLUMNS, ...Object.keys(UNMEASURED)];
  const rest = Object.values(UNMEASURED);
  const rows = history.map((report) => [
    ...COLUMNS.map((name, place) => cell(report[name], place < 3)),
    ...rest,
  ]);
  return lines([header, ...rows]);
}

/** @param {Tables} tables @param {Settings} settings @returns {string} */
export function exploitsCsv({ exploits }, settings) {
  const header = ["iteration", "target", "donor", "donor_iteration", "segment"];
  header.push("donor_segment", "target_score", "donor_score");
  for (const name of HYPERPARAMETERS) {
    header.push(`${name}_donor`, `${name}_new`, `${name}_operation`);
  }
  const rows = exploits.map((exploit) => {
    const { decision, iteration, segment, donor_segment } = exploit;
    const { target, donor, before, after, operations } = decision;
    const whole = [iteration, target, donor, iteration, segment, donor_segment];
    const row = whole.map((value) => cell(value, true));
    row.push(cell(exploit.target_score), cell(exploit.donor_score));
    for (let column = 0; column < 3; column++) {
      row.push(cell(before[column]), cell(after[column]));
      row.push(operationText(operations[column], settings.perturbation_factors));
    }
    return row;
  });
  return lines([header, ...rows]);
}

/** @param {string[][]} rows */
function lines(rows) {
  return rows.map((row) => `${row.join(",")}\n`).join("");
}

/** @param {number} value @param {boolean} [whole] */
function cell(value, whole = false) {
  return whole ? String(value) : floatText(value);
}

/**
 * Write a number as Python's `repr` does: the shortest text that reads back the same.
 * @param {number} value
 */
export function floatText(value) {
  if (Number.isNaN(value)) return "";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  if (value === 0) return Object.is(value, -0) ? "-0.0" : "0.0";
  const [mantissa, power] = Math.abs(value).toExponential().split("e");
  const exponent = Number(power);
  const digits = mantissa.replace(".", "");
  return (value < 0 ? "-" : "") + point(digits, mantissa, exponent);
}

/** @param {string} digits @param {string} mantissa @param {number} exponent */
function point(digits, mantissa, exponent) {
  if (exponent < -4 || exponent >= 16) {
    return `${mantissa}e${exponent < 0 ? "-" : "+"}${String(Math.abs(exponent)).padStart(2, "0")}`;
  }
  if (exponent < 0) return `0.${"0".repeat(-exponent - 1)}${digits}`;
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, "0");
  return `${whole}.${digits.slice(exponent + 1) || "0"}`;
}
