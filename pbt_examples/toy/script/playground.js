// The playground: settings, the run that they make, and the distribution it comes from.

import { followTheme } from "../../explorer/script/colors.js";
import { button, make } from "../../explorer/script/elements.js";
import { Explorer } from "../../explorer/script/explorer.js";
import { replaceFragment } from "../../explorer/script/address.js";
import { Distribution, SEEDS, shareBelow } from "./distribution.js";
import { DistributionView } from "./distribution_view.js";
import { Form } from "./form.js";
import { rayCode, referenceCode } from "./python_code.js";
import { exploitsCsv, historyCsv, recordRun } from "./record.js";
import { runData } from "./run_data.js";
import { askingWorker } from "./seeds.js";
import { readSettings, writeSettings } from "./settings.js";
import { ThetaPad } from "./theta_pad.js";

/** @typedef {import("./settings.js").Choice} Choice */
/** @typedef {import("./distribution.js").Summary} Summary */
/** @typedef {import("../../explorer/script/run.js").Plane} Plane */

const ADDRESS_AFTER = 200; // milliseconds without a change

export class Playground {
  /** @param {HTMLElement} root @param {Plane} plane @param {string} script of the page */
  constructor(root, plane, script) {
    this.plane = plane;
    const { settings, seed, problems } = readSettings(location.hash);
    /** @type {Choice} */
    this.choice = { settings, seed };
    /** @type {Summary | null} */
    this.pinned = null;
    /** @type {Summary | null} */
    this.summary = null; // of the present settings, once some seeds have run
    this.pinWhenDone = false;
    this.asked = { number: 0, settings: "" };
    this.ask = askingWorker(script, ({ number, summary }) => {
      if (number !== this.asked.number) return;
      this.summary = summary;
      this.redraw();
      if (summary.runs < SEEDS) return;
      this.distribution?.removeAttribute("aria-busy");
      if (this.pinWhenDone) this.togglePin();
    });
    this.writing = 0;
    this.fragment = location.hash;
    this.build(root);
    this.apply(this.choice, problems);
    addEventListener("hashchange", () => this.fromAddress());
    new ResizeObserver(() => this.redraw()).observe(root);
    followTheme(root, () => this.redraw());
  }

  /** @param {HTMLElement} root */
  build(root) {
    /** @param {string} name @param {...(Node | string)} children */
    const part = (name, ...children) => make("div", { class: name }, ...children);
    const controls = part("pbt-controls");
    const distribution = (this.distribution = part("pbt-distribution"));
    const runs = part("pbt-run");
    root.replaceChildren(part("pbt-columns", controls, distribution), runs);
    this.form = new Form(controls, (choice, problems) => this.apply(choice, problems));
    this.problems = make("p", { class: "pbt-problems", role: "status" });
    this.pad = new ThetaPad(controls, this.plane, (theta) => this.change({ theta }));
    controls.append(this.problems);
    distribution.append(make("p", { class: "pbt-heading" }, "These settings, 2,000 seeds"));
    distribution.append(key());
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
    const history = this.download("history.csv", (tables) => historyCsv(tables));
    const exploits = this.download("exploits.csv", (tables) => exploitsCsv(tables, this.choice.settings));
    const files = make("span", {}, "Download ", history, " and ", exploits);
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

  /**
   * A link that writes its file when it is followed.
   * @param {string} name @param {(tables: import("./record.js").Tables) => string} write
   */
  download(name, write) {
    const link = make("a", { download: name, href: "#" }, name);
    link.addEventListener("click", () => {
      if (!this.tables) return;
      URL.revokeObjectURL(link.href);
      link.href = URL.createObjectURL(new Blob([write(this.tables)], { type: "text/csv" }));
    });
    return link;
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
    this.writing = window.setTimeout(() => {
      // Else somebody has written another address, and we shall be told at once.
      if (location.hash !== this.fragment) return;
      replaceFragment(writeSettings(this.choice));
      this.fragment = location.hash;
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
    else if (this.place) this.explorer = new Explorer(this.place, data);
    if (this.code) this.code.textContent = referenceCode(this.choice);
    if (this.codeOnRay) this.codeOnRay.textContent = rayCode(this.choice);
  }

  /** Begin the distribution anew, unless only the seed is another. */
  restart() {
    const { settings } = this.choice;
    const text = writeSettings({ settings, seed: 0 });
    if (text === this.asked.settings) return this.redraw();
    this.summary = null;
    this.pinWhenDone = false;
    this.distribution?.setAttribute("aria-busy", "true");
    this.asked = { number: this.asked.number + 1, settings: text };
    this.ask({ number: this.asked.number, settings });
  }

  redraw() {
    this.pad?.draw(this.choice.settings.theta);
    if (!this.summary || !this.best) return;
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
    this.luck.textContent = `ends at best Q ${final.toFixed(4)}, better than ${better} % of ${runs.toLocaleString("en")} seeds.`;
  }

  togglePin() {
    this.pinWhenDone = !this.pinned && this.summary?.runs !== SEEDS;
    if (this.pinWhenDone) return;
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
}

/** What the colours of the distribution mean. */
function key() {
  const entries = { run: "this seed", median: "median", half: "middle 50 %", most: "middle 90 %" };
  const parts = Object.entries(entries).map(([name, text]) => make("span", { class: `pbt-key-${name}` }, text));
  return make("p", { class: "pbt-key" }, ...parts);
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
