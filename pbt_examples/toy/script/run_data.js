// A run of the playground as the explorer takes any run.

/** @typedef {import("./pbt.js").Settings} Settings */
/** @typedef {import("./record.js").Tables} Tables */
/** @typedef {import("../../explorer/script/run.js").RunData} RunData */
/** @typedef {import("../../explorer/script/run.js").SegmentData} SegmentData */
/** @typedef {import("../../explorer/script/run.js").Plane} Plane */

import { operationText } from "./record.js";

/** @param {Tables} tables @param {Settings} settings @param {Plane} plane @returns {RunData} */
export function runData({ history, exploits }, settings, plane) {
  /** @type {SegmentData[]} */
  const segments = [];
  /** @type {Map<string, number>} */
  const places = new Map();
  for (const report of history) {
    const { trial, segment, lr, h0, h1 } = report;
    const key = `${trial} ${segment}`;
    if (!places.has(key)) {
      places.set(key, segments.length);
      segments.push({
        trial, number: segment, iteration: [], time: null,
        values: { Q: [], theta0: [], theta1: [] }, config: { lr, h0, h1 },
        parent: -1, donorIteration: 0, exploitIteration: 0, changes: {},
      });
    }
    const { iteration, values } = segments[segments.length - 1];
    iteration.push(report.iteration);
    for (const name of /** @type {const} */ (["Q", "theta0", "theta1"])) {
      values[name].push(Number.isFinite(report[name]) ? report[name] : null);
    }
  }
  for (const { iteration, segment, donor_segment, decision } of exploits) {
    const { target, donor, before, after, operations } = decision;
    const begun = segments[places.get(`${target} ${segment}`) ?? -1];
    begun.parent = places.get(`${donor} ${donor_segment}`) ?? -1;
    begun.donorIteration = begun.exploitIteration = iteration;
    ["lr", "h0", "h1"].forEach((name, i) => {
      const operation = operationText(operations[i], settings.perturbation_factors);
      begun.changes[name] = [before[i], after[i], operation];
    });
  }
  const trials = settings.h0.map((_, trial) => trial);
  const last = trials.map((trial) => history[(trial + 1) * settings.iterations - 1].Q);
  const best = Math.max(...last.filter((value) => value === value));
  return {
    name: "playground", metric: "Q", mode: "max", metrics: ["Q", "theta0", "theta1"],
    hyperparameters: ["lr", "h0", "h1"],
    domains: { lr: [0.005, 0.1], h0: [0, 1], h1: [0, 1] },
    winner: Math.max(0, last.indexOf(best)), trials, reports: history.length, segments, plane,
  };
}
