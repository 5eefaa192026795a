// The same run as a script: with `Reference`, and with Ray.

import { changes } from "./settings.js";
import { floatText } from "./record.js";

/** @typedef {import("./pbt.js").Settings} Settings */
/** @typedef {import("./settings.js").Choice} Choice */

const WHOLE = ["trials", "iterations", "perturbation_interval"];

/** @param {string} name @param {any} value */
function literal(name, value) {
  if (Array.isArray(value)) {
    return `(${value.map(floatText).join(", ")}${value.length === 1 ? "," : ""})`;
  }
  if (typeof value === "boolean") return value ? "True" : "False";
  return WHOLE.includes(name) ? String(value) : floatText(value);
}

/** @param {Choice} choice @returns {string} */
export function referenceCode({ settings, seed }) {
  const given = changes(settings).map(([name, value]) => `${name}=${literal(name, value)}`);
  return [
    "from pbt_examples.toy import Reference",
    "",
    `run = Reference(${given.join(", ")}).run(${seed})`,
    "print(run)",
    'run.save("playground")',
    "",
  ].join("\n");
}

/**
 * Ray draws other random numbers: the same experiment, not the same run.
 * @param {Choice} choice
 * @returns {string}
 */
export function rayCode({ settings, seed }) {
  const { kind, kinds, problem } = scheduler(settings);
  if (problem) return `# ${problem}\n`;
  const h0 = settings.h0.map(floatText).join(", ");
  const given = schedulerChanges(settings, seed);
  const names = [kinds, "ray_session", "run_experiment"].filter(Boolean).join(", ");
  return [
    "from pbt_examples.toy import toy_param_space, toy_scheduler, train_toy",
    `from pbt_examples.tuning import ${names}`,
    "",
    `space = toy_param_space([${h0}])`,
    `space |= {"lr": ${floatText(settings.lr)}, "checkpoint_interval": ${settings.perturbation_interval}}`,
    `scheduler = toy_scheduler(${[kind, ...given].filter(Boolean).join(", ")})`,
    "with ray_session():",
    `    run = run_experiment(train_toy, space, scheduler=scheduler${iterations(settings)})`,
    'run.save("playground_on_ray")',
    "",
  ].join("\n");
}

/** @param {Settings} settings */
function iterations({ iterations }) {
  return iterations === 100 ? "" : `, iterations=${iterations}`;
}

/** @param {Settings} settings @returns {{kind: string, kinds: string, problem: string}} */
function scheduler({ exploit, explore, copy_h, theta }) {
  let problem = "";
  if (String(theta) !== "0.9,0.9") problem = "train_toy starts at theta = (0.9, 0.9) only.";
  else if (!exploit && !explore) problem = "Without exploit and explore there is nothing to schedule.";
  const kind = !exploit ? "ExploreOnly" : copy_h ? "" : "WeightsOnly";
  return { kind, kinds: kind, problem };
}

/** @param {Settings} settings @param {number} seed @returns {string[]} */
function schedulerChanges(settings, seed) {
  const names = ["perturbation_interval", "quantile_fraction", "resample_probability"];
  const given = changes(settings)
    .filter(([name]) => names.includes(name))
    .map(([name, value]) => `${name}=${literal(name, value)}`);
  if (!settings.explore) {
    const rest = given.filter((each) => !each.startsWith("resample_probability"));
    return [...rest, "resample_probability=0.0", "perturbation_factors=(1.0, 1.0)", `seed=${seed}`];
  }
  if (String(settings.perturbation_factors) !== "1.2,0.8") {
    given.push(`perturbation_factors=${literal("", settings.perturbation_factors)}`);
  }
  return [...given, `seed=${seed}`];
}
