// What the explorer shows, in words: for the readout, and for those who only hear it.

import { short } from "./run.js";

/** @typedef {import("./run.js").Run} Run */
/** @typedef {import("./run.js").Piece} Piece */
/** @typedef {import("./run.js").Clock} Clock */

/**
 * Say where a segment stands at a moment.
 * @param {Run} run @param {{segment: number, until: number}} state
 * @param {string} metric @param {Clock} clock
 */
export function describeState(run, { segment, until }, metric, clock) {
  const data = run.segments[segment];
  const place = run.reportAt(segment, until, clock);
  if (place < 0) return `Trial ${data.trial}: no report yet.`;
  const known = run.known(segment, metric, place, clock);
  const older = known && known.place < place ? ` (from iteration ${data.iteration[known.place]})` : "";
  const when = clock === "time" && data.time ? ` (${data.time[place].toFixed(1)} s)` : "";
  const config = describeConfig(run, segment);
  return (
    `Trial ${data.trial}, iteration ${data.iteration[place]}${when}: ` +
    `${metric} ${short(known && known.value)}${older}${config ? `; ${config}` : ""}.`
  );
}

/** @param {Run} run @param {number} segment @returns {string} the hyperparameters */
export function describeConfig(run, segment) {
  const { config } = run.segments[segment];
  return run.data.hyperparameters.map((name) => `${name} ${short(config[name])}`).join(", ");
}

/**
 * Say how a segment began: "Cloned from trial 3 at iteration 8; lr 0.05 × 1.2 → 0.06".
 * @param {Run} run @param {number} segment
 */
export function describeBeginning(run, segment) {
  const data = run.segments[segment];
  if (data.parent < 0 && data.number > 0) return "Started over, or from an unknown donor.";
  if (data.parent < 0) return "Started as it is, with no ancestor.";
  const donor = run.segments[data.parent].trial;
  const other = data.donorIteration === data.exploitIteration ? "" : `, taken from its iteration ${data.donorIteration}`;
  const from =
    donor === data.trial
      ? `Explored on its own at iteration ${data.exploitIteration}`
      : `Cloned from trial ${donor} at iteration ${data.exploitIteration}${other}`;
  const changes = run.data.hyperparameters
    .filter((name) => data.changes[name])
    .map((name) => describeChange(name, data.changes[name]));
  return `${from}${changes.length ? `; ${changes.join("; ")}` : ""}.`;
}

/** @param {string} name @param {import("./run.js").Change} change */
function describeChange(name, [before, after, operation]) {
  if (operation === "resample") return `${name} ${short(before)} → ${short(after)} (resampled)`;
  if (operation.startsWith("* ")) {
    return `${name} ${short(before)} × ${operation.slice(2)} → ${short(after)}`;
  }
  if (before === after) return `${name} stays ${short(after)}`;
  return `${name} ${short(before)} → ${short(after)}`;
}

/**
 * Say what a piece of an ancestry was: the trial, its iterations and its hyperparameters.
 * @param {Run} run @param {Piece} piece @param {Clock} clock
 */
export function describePiece(run, piece, clock) {
  const { segment, until } = piece;
  const { trial, iteration } = run.segments[segment];
  const branch = run.branch(segment, "iteration");
  const first = branch ? branch.at + 1 : iteration[0];
  const last = iteration[run.reportAt(segment, until, clock)] ?? 0;
  const span = last < first ? "none of its iterations" : first === last ? `iteration ${last}` : `iterations ${first} to ${last}`;
  const config = describeConfig(run, segment);
  return `trial ${trial}, ${span}${config ? `: ${config}` : ""}`;
}
