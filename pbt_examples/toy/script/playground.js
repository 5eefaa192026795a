// The playground: settings, the run that they make, and the distribution it comes from.

import { button, make } from "../../explorer/script/elements.js";
import { Explorer } from "../../explorer/script/explorer.js";
import { replaceFragment } from "../../explorer/script/address.js";
import { Distribution, SEEDS, shareBelow } from "./distribution.js";
import { DistributionView } from "./distribution_view.js";
import { Form } from "./form.js";
import { rayCode, referenceCode } from "./python_code.js";
import { exploitsCsv, historyCsv, recordRun } from "./record.js";
import { runData } from "./run_data.js";
import { readSettings, writeSettings } from "./settings.js";
import { ThetaPad } from "./theta_pad.js";

/** @typedef {import("./settings.js").Choice} Choice */
/** @typedef {import("./distribution.js").Summary} Summary */
/** @typedef {import("../../explorer/script/run.js").Plane} Plane */

const SLICE = 25; // milliseconds of work, before the page may do something else
const SHOW_AFTER = 150; // milliseconds, where a distribution takes longer than that
const ADDRESS_AFTER = 200; // milliseconds without a change

export class Playground {
  /** @param {HTMLElement} root @param {Plane} plane */
  constructor(root, plane) {
    this.plane = plane;
    const { settings, seed, problems } = readSettings(location.hash);
    /** @type {Choice} */
    this.choice = { settings, seed };
    /** @type {Summary | null} */
    this.pinned = null;
    /** @type {Summary | null} */
    this.summary = null;
    this.writing = this.slicing = 0;
    this.fragment = location.hash;
    this.build(root);
    this.apply(this.choice, problems);
    addEventListener("hashchange", () => this.fromAddress());
    new ResizeObserver(() => this.redraw()).observe(root);
    const themes = new MutationObserver(() => this.redraw());
    themes.observe(document.documentElement, { attributeFilter: ["data-theme"] });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.redraw());
  }

  /** @param {HTMLElement} root */
  build(root) {
    /** @param {string} name @param {...(Node | string)} children */
    const part = (name, ...children) => make("div", { class: name }, ...children);
    const controls = part("pbt-controls");
    const distribution = part("pbt-distribution");
    const runs = part("pbt-run");
    root.replaceChildren(part("pbt-columns", controls, distribution), runs);
    this.form = new Form(controls, (choice, problems) => this.apply(choice, problems));
    this.problems = make("p", { class: "pbt-problems", role: "status" });
    this.pad = new ThetaPad(controls, this.plane, (theta) => this.change({ theta }));
    controls.append(this.problems);
    distribution.append(make("p", { class: "pbt-heading" }, "These settings, 2,000 seeds"));
    this.view = new DistributionView(distribution);
    this.words = make("p", { class: "pbt-share", "aria-live": "polite" });
    this.compared = make("p", { class: "pbt-share" });
    this.pin = button("Pin these settings", () => this.togglePin());
    distribution.append(this.words, this.compared, part("pbt-options", this.pin));
    this.buildRun(runs);
  }

  /** @param {HTMLElement} runs */
  buildRun(runs) {
    this.seed = make("input", { type: "number", min: "0", max: String(2 ** 32 - 1), step: "1" });
    this.seed.addEventListener("change", () => this.form?.set("seed", this.seed?.value ?? ""));
    const next = button("Next seed", () => this.apply({ ...this.choice, seed: this.choice.seed + 1 }, []));
    this.luck = make("span", { class: "pbt-luck" });
    this.downloads = ["history.csv", "exploits.csv"].map((name) => {
      const link = make("a", { download: name, href: "#" }, name);
      link.addEventListener("click", () => this.offerDownloads());
      return link;
    });
    const files = make("span", {}, "Download ", this.downloads[0], " and ", this.downloads[1]);
    const seed = make("label", {}, "Seed ", this.seed);
    const heading = make("p", { class: "pbt-heading" }, "One run");
    runs.append(heading, make("div", { class: "pbt-options" }, seed, next, this.luck, files));
    this.place = make("div", { class: "pbt-explorer", role: "group", "aria-label": "The run" });
    this.code = make("code");
    this.codeOnRay = make("code");
    runs.append(
      this.place,
      make("details", {}, make("summary", {}, "As Python"),
        make("p", {}, "The same run, to the last bit:"), scrolling(this.code, "The same run in Python"),
        make("p", {}, "The same experiment on Ray, which draws other random numbers:"),
        scrolling(this.codeOnRay, "The same experiment on Ray")),
    );
  }

  fromAddress() {
    this.fragment = location.hash;
    const { settings, seed, problems } = readSettings(location.hash);
    const now = writeSettings(this.choice);
    if (writeSettings({ settings, seed }) !== now) this.apply({ settings, seed }, problems);
  }

  /** @param {Partial<import("./pbt.js").Settings>} changed */
  change(changed) {
    const { settings, seed } = this.choice;
    this.apply({ settings: { ...settings, ...changed }, seed }, []);
  }

  /** Run PBT with other settings, and show it. @param {Choice} choice @param {string[]} problems */
  apply(choice, problems) {
    this.choice = choice;
    this.form?.show(choice);
    if (this.seed) this.seed.value = String(choice.seed);
    if (this.problems) this.problems.textContent = problems.join("; ");
    this.pad?.draw(choice.settings.theta);
    this.showRun();
    this.restart();
    clearTimeout(this.writing);
    this.stale = true;
    this.writing = window.setTimeout(() => {
      // Else somebody has written another address, and we shall be told at once.
      if (location.hash === this.fragment) {
        replaceFragment(writeSettings(this.choice));
        this.fragment = location.hash;
      }
      this.offerDownloads();
    }, ADDRESS_AFTER);
  }

  showRun() {
    const { settings, seed } = this.choice;
    this.tables = recordRun(settings, seed);
    const { history } = this.tables;
    this.best = Array.from({ length: settings.iterations }, (_, i) => {
      let best = -Infinity;
      for (let trial = 0; trial < settings.h0.length; trial++) {
        const { Q } = history[trial * settings.iterations + i];
        if (!(Q <= best)) best = Q;
      }
      return best;
    });
    const data = runData(this.tables, settings, this.plane);
    if (this.explorer) this.explorer.replace(data);
    else if (this.place) this.explorer = new Explorer(this.place, data, { address: false });
    if (this.code) this.code.textContent = referenceCode(this.choice);
    if (this.codeOnRay) this.codeOnRay.textContent = rayCode(this.choice);
  }

  /** Begin the distribution anew, unless only the seed is another. */
  restart() {
    const { settings } = this.choice;
    const same = this.distribution && writeSettings({ settings, seed: 0 }) ===
      writeSettings({ settings: this.distribution.settings, seed: 0 });
    if (same) return this.redraw();
    const distribution = (this.distribution = new Distribution(settings));
    clearTimeout(this.slicing);
    let shown = performance.now();
    const slice = () => {
      const done = distribution.advance(SLICE);
      if (done || performance.now() - shown > SHOW_AFTER) {
        this.summary = distribution.summary();
        this.redraw();
        shown = performance.now();
      }
      if (!done) this.slicing = window.setTimeout(slice);
    };
    this.slicing = window.setTimeout(slice);
  }

  redraw() {
    this.pad?.draw(this.choice.settings.theta);
    if (!this.summary || !this.best || this.summary.settings !== this.distribution?.settings) return;
    this.view?.draw(this.summary, this.pinned, this.best);
    this.say(this.summary, this.best[this.best.length - 1]);
  }

  /** @param {Summary} summary @param {number} final */
  say(summary, final) {
    if (!this.words || !this.compared || !this.luck) return;
    const { runs } = summary;
    const share = runs < SEEDS ? `After ${runs} seeds: ` : "";
    this.words.textContent = `${share}${describe(summary)}`;
    this.compared.textContent = this.pinned
      ? `Pinned (dashed; ${name(this.pinned)}): ${describe(this.pinned)}`
      : "";
    const better = Math.round(100 * shareBelow(summary.finals, final));
    this.luck.textContent = `ends at best Q ${final.toFixed(4)}, better than ${better} % of the 2,000 seeds.`;
  }

  togglePin() {
    this.pinned = this.pinned ? null : this.summary;
    this.namePin();
    this.redraw();
  }

  namePin() {
    if (this.pin) this.pin.textContent = this.pinned ? "Remove the pin" : "Pin these settings";
  }

  /**
   * Set up an experiment, with another pinned to compare it with.
   * @param {string} address @param {string} pinned
   */
  setUp(address, pinned) {
    const before = new Distribution(readSettings(pinned).settings);
    while (!before.advance(1000));
    this.pinned = before.summary();
    this.namePin();
    this.apply(readSettings(address), []);
  }

  offerDownloads() {
    if (!this.stale || !this.tables || !this.downloads) return;
    this.stale = false;
    const texts = [historyCsv(this.tables), exploitsCsv(this.tables, this.choice.settings)];
    this.downloads.forEach((link, i) => {
      if (link.href.startsWith("blob:")) URL.revokeObjectURL(link.href);
      link.href = URL.createObjectURL(new Blob([texts[i]], { type: "text/csv" }));
    });
  }
}

/** @param {Node} code @param {string} label */
function scrolling(code, label) {
  return make("pre", { tabindex: "0", "aria-label": label, role: "region" }, code);
}

/** @param {Summary} summary */
function describe({ reached, finals }) {
  const middle = finals[Math.floor(finals.length / 2)];
  return `${(100 * reached).toFixed(1)} % end above 1.19; median ${middle.toFixed(4)}, worst ${finals[0].toFixed(4)}.`;
}

/** @param {Summary} summary */
function name({ settings }) {
  const text = writeSettings({ settings, seed: 0 }).replace(/&?seed=0$/, "");
  return text ? text.replaceAll("&", ", ") : "the defaults";
}
