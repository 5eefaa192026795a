// The settings of a run: those of `Reference` under their names, and in the page's address.

import { startValues } from "./pbt.js";

/** @typedef {import("./pbt.js").Settings} Settings */
/** @typedef {{settings: Settings, seed: number}} Choice */

/**
 * A number that one may choose.
 * @typedef {object} Range
 * @property {number} least
 * @property {number} most
 * @property {number} [step] whole numbers have 1
 */

const MOST_TRIALS = 64;

/** @type {Record<string, Range>} */
export const RANGES = {
  trials: { least: 1, most: MOST_TRIALS, step: 1 },
  seed: { least: 0, most: 2 ** 32 - 1, step: 1 },
  lr: { least: 0, most: 2 },
  iterations: { least: 1, most: 1000, step: 1 },
  perturbation_interval: { least: 1, most: 1000, step: 1 },
  quantile_fraction: { least: 0, most: 0.5 },
  resample_probability: { least: 0, most: 1 },
};

/** Lists of numbers: how many there may be. @type {Record<string, [number, number]>} */
const LISTS = { h0: [1, MOST_TRIALS], theta: [2, 2], perturbation_factors: [2, 2] };

/** @type {("exploit" | "explore" | "copy_h")[]} */
export const SWITCHES = ["exploit", "explore", "copy_h"];

/** @returns {Settings} the defaults of `Reference` */
export function defaults() {
  return {
    h0: startValues(2),
    lr: 0.05,
    theta: [0.9, 0.9],
    iterations: 100,
    perturbation_interval: 4,
    quantile_fraction: 0.5,
    resample_probability: 0.5,
    perturbation_factors: [1.2, 0.8],
    exploit: true,
    explore: true,
    copy_h: true,
  };
}

/**
 * Read an address such as `#trials=8&quantile_fraction=0.25&seed=3`.
 * @param {string} fragment
 * @returns {Choice & {problems: string[]}} what cannot be used keeps its default
 */
export function readSettings(fragment) {
  const fields = new URLSearchParams(fragment.replace(/^#/, ""));
  /** @type {string[]} */
  const problems = [];
  /** @type {Record<string, any>} */
  const found = { ...defaults(), seed: 0 };
  const trials = readField("trials", fields.get("trials"), problems);
  if (trials !== null) found.h0 = startValues(trials);
  for (const [name, text] of fields) {
    if (name === "trials") continue;
    if (!(name in found)) problems.push(`there is no setting ${name}`);
    else found[name] = readField(name, text, problems) ?? found[name];
  }
  if (trials !== null && found.h0.length !== trials) {
    problems.push(`trials is ${trials}, but h0 has ${found.h0.length} values, which count`);
  }
  const { seed, ...settings } = found;
  return { settings: /** @type {Settings} */ (settings), seed, problems };
}

/**
 * @param {string} name @param {string | null} text @param {string[]} problems
 * @returns {any} null where nothing can be read
 */
export function readField(name, text, problems) {
  if (text === null) return null;
  if (name in LISTS) return readList(name, text, problems);
  if (name in RANGES) return readNumber(name, text, problems);
  const lower = text.trim().toLowerCase();
  if (["true", "1", "yes"].includes(lower)) return true;
  if (["false", "0", "no"].includes(lower)) return false;
  problems.push(`${name} must be True or False, got ${text}`);
  return null;
}

/** @param {string} name @param {string} text @param {string[]} problems */
function readNumber(name, text, problems) {
  const { least, most, step } = RANGES[name];
  const value = text.trim() ? Number(text) : NaN;
  const whole = step !== 1 || Number.isInteger(value);
  if (value >= least && value <= most && whole) return value;
  const kind = step === 1 ? "a whole number" : "a number";
  problems.push(`${name} must be ${kind} between ${least} and ${most}, got ${text}`);
  return null;
}

/** @param {string} name @param {string} text @param {string[]} problems */
function readList(name, text, problems) {
  const parts = text.replace(/[()[\]]/g, "").split(",").map((part) => part.trim());
  const values = parts.filter((part) => part !== "").map(Number);
  const [least, most] = LISTS[name];
  if (values.every(Number.isFinite) && values.length >= least && values.length <= most) {
    return values;
  }
  const count = least === most ? `${least}` : `${least} to ${most}`;
  problems.push(`${name} must be ${count} numbers with commas between them, got ${text}`);
  return null;
}

/** @param {unknown} one @param {unknown} other */
function equal(one, other) {
  return String(one) === String(other);
}

/**
 * Return what differs from the defaults, by the names of `Reference`'s parameters.
 * @param {Settings} settings
 * @returns {[string, any][]}
 */
export function changes(settings) {
  /** @type {[string, any][]} */
  const changed = [];
  const { h0, ...rest } = settings;
  const usual = defaults();
  if (!equal(h0, startValues(h0.length))) changed.push(["h0", h0]);
  else if (h0.length !== usual.h0.length) changed.push(["trials", h0.length]);
  for (const [name, value] of Object.entries(rest)) {
    if (!equal(value, usual[/** @type {keyof Settings} */ (name)])) changed.push([name, value]);
  }
  return changed;
}

/** @param {Choice} choice @returns {string} the fragment of the address */
export function writeSettings({ settings, seed }) {
  const parts = changes(settings).map(([name, value]) => `${name}=${value}`);
  return [...parts, `seed=${seed}`].join("&");
}
