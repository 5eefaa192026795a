// The controls of the playground: one for each parameter of `Reference`.

import { checkbox, make } from "../../explorer/script/elements.js";
import { startValues } from "./pbt.js";
import { RANGES, readField } from "./settings.js";

/** @typedef {import("./settings.js").Choice} Choice */

/** What a slider offers; an address may say more. @type {Record<string, [number, number, number]>} */
const SLIDERS = {
  trials: [2, 64, 1],
  perturbation_interval: [1, 25, 1],
  quantile_fraction: [0, 0.5, 0.05],
  resample_probability: [0, 1, 0.05],
  iterations: [10, 400, 10],
  lr: [0.005, 0.2, 0.005],
};

/** @type {Record<string, string>} */
const NAMES = {
  trials: "trials",
  perturbation_interval: "perturbation interval",
  quantile_fraction: "quantile fraction",
  resample_probability: "resample probability",
  iterations: "iterations",
  lr: "initial lr",
  h0: "initial h0 of each trial",
  perturbation_factors: "factors",
  theta: "start of theta",
};

export class Form {
  /** @param {HTMLElement} parent @param {(choice: Choice, problems: string[]) => void} change */
  constructor(parent, change) {
    this.change = change;
    /** @type {Choice | null} */
    this.choice = null;
    /** @type {Map<string, HTMLInputElement[]>} */
    this.fields = new Map();
    const sliders = make("div", { class: "pbt-sliders" });
    const others = make("div", { class: "pbt-options" });
    const more = make("details", {}, make("summary", {}, "More settings"));
    const lists = make("div", { class: "pbt-options" });
    more.append(lists);
    for (const name of Object.keys(SLIDERS)) sliders.append(this.slider(name));
    others.append(
      this.toggle("exploit", "exploit: the worst copy the best"),
      this.toggle("copy_h", "exploit copies h, too (as Ray does)"),
      this.toggle("explore", "explore: change h and lr"),
    );
    for (const name of ["h0", "perturbation_factors", "theta"]) lists.append(this.list(name));
    parent.append(sliders, others, more);
  }

  /** @param {string} name @param {string} text what was put in */
  set(name, text) {
    if (!this.choice) return;
    /** @type {string[]} */
    const problems = [];
    const value = readField(name, text, problems);
    const { settings, seed } = this.choice;
    if (value === null) return this.change(this.choice, problems);
    if (name === "seed") return this.change({ settings, seed: value }, []);
    const named = name === "trials" ? { h0: startValues(value) } : { [name]: value };
    this.change({ settings: { ...settings, ...named }, seed }, []);
  }

  /** @param {string} name */
  slider(name) {
    const [min, max, step] = SLIDERS[name].map(String);
    const range = make("input", { type: "range", min, max, step, "aria-label": NAMES[name] });
    const { least, most } = RANGES[name];
    const number = make("input", {
      type: "number", min: String(least), max: String(most), step: RANGES[name].step ? "1" : "any",
    });
    range.addEventListener("input", () => this.set(name, range.value));
    number.addEventListener("change", () => this.set(name, number.value));
    this.fields.set(name, [range, number]);
    const label = make("label", {}, make("span", {}, NAMES[name]), number);
    return make("div", { class: "pbt-slide" }, label, range);
  }

  /** @param {string} name */
  list(name) {
    const input = make("input", { type: "text", size: "22" });
    input.addEventListener("change", () => this.set(name, input.value));
    this.fields.set(name, [input]);
    return make("label", {}, `${NAMES[name]} `, input);
  }

  /** @param {string} name @param {string} text */
  toggle(name, text) {
    const { label, box } = checkbox(text, false, (on) => this.set(name, String(on)));
    this.fields.set(name, [box]);
    return label;
  }

  /** @param {Choice} choice */
  show(choice) {
    this.choice = choice;
    /** @type {Record<string, any>} */
    const values = { ...choice.settings, trials: choice.settings.h0.length };
    for (const [name, inputs] of this.fields) {
      for (const input of inputs) {
        if (input.type === "checkbox") input.checked = values[name];
        else input.value = [values[name]].flat().join(", ");
      }
    }
  }
}
