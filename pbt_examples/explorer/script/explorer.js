// The explorer of one run: its views, and the one state that all of them show.

import { readAddress, writeAddress } from "./address.js";
import { Colors, followTheme } from "./colors.js";
import { checkbox, make, select } from "./elements.js";
import { LineageView } from "./lineage_view.js";
import { MetricView } from "./metric_view.js";
import { PlaneView } from "./plane_view.js";
import { Readout } from "./readout.js";
import { Run } from "./run.js";
import { ScheduleView } from "./schedule_view.js";
import { Timeline } from "./timeline.js";

/** @typedef {import("./run.js").RunData} RunData */
/** @typedef {import("./run.js").Clock} Clock */
/** @typedef {import("./time_view.js").Shown} Shown */
/** @typedef {import("./time_view.js").Hit} Hit */
/** @typedef {TimeView | PlaneView} View */
/** @typedef {import("./time_view.js").TimeView} TimeView */

const WRITE_AFTER = 300; // milliseconds

export class Explorer {
  /**
   * @param {HTMLElement} root @param {RunData} data
   * @param {() => void} [reveal] shows it, where an address asks for a moment; without, the
   *   moment is not in the page's address
   */
  constructor(root, data, reveal) {
    this.root = root;
    this.reveal = reveal;
    this.run = new Run(data);
    /** @type {Clock} */
    this.clock = "iteration";
    this.metric = data.metric;
    this.log = { metric: false, schedule: false };
    this.trial = data.winner;
    this.moment = this.run.extent("iteration")[1];
    /** @type {Hit | null} */
    this.pointed = null;
    /** @type {Hit | null} */
    this.kept = null;
    this.prepared = false;
    /** @type {Colors | undefined} */
    this.colors = undefined;
    this.frame = this.writing = 0;
    this.build();
    this.listen();
    if (reveal) this.readAddress(false);
    this.render(false);
  }

  build() {
    const { data } = this.run;
    const bar = make("div", { class: "pbt-bar" });
    this.options = make("div", { class: "pbt-options" });
    const views = make("div", { class: "pbt-views" });
    const words = make("div", { class: "pbt-readout", role: "group", "aria-label": "Readout" });
    this.root.replaceChildren(bar, this.options, views, words);
    this.timeline = new Timeline(bar, (moment, playing) => this.moveTo(moment, playing));
    this.buildOptions();
    const top = make("div", { class: data.plane ? "pbt-pair" : "pbt-single" });
    views.append(top);
    this.views = this.buildViews(top, views);
    for (const view of this.views) this.listenTo(view);
    this.readout = new Readout(words, (moment) => {
      this.kept ??= this.focus();
      this.moveTo(moment, false);
    });
    const held = data.segments.reduce((sum, { iteration }) => sum + iteration.length, 0);
    const note =
      held < data.reports
        ? `Drawn from ${held.toLocaleString("en")} of ${data.reports.toLocaleString("en")} reports: those left out lie between the smallest and the largest ${data.metric} beside them. `
        : "";
    const help = "Point at a line to light up its ancestry; click to keep it, Escape to let go. In the lineage, arrow keys step through time and trials, and Enter keeps.";
    this.root.append(make("p", { class: "pbt-note" }, note + help));
  }

  /** @param {HTMLElement} top @param {HTMLElement} below @returns {View[]} */
  buildViews(top, below) {
    const { data } = this.run;
    const last = data.hyperparameters.length - 1;
    const metric = `${data.metric} over iterations, one line per trial with its jumps.`;
    /** @type {View[]} */
    const views = [new MetricView(top, metric, true)];
    if (data.plane) views.push(new PlaneView(top, data.plane));
    const lineage = new LineageView(below, "Lineage: one lane per trial. Arrow keys step through time and trials, Enter keeps, Escape lets go.", true);
    lineage.surface.takeKeys();
    lineage.surface.canvas.classList.add("pbt-lineage");
    lineage.surface.canvas.style.height = `${Math.min(320, 40 + 18 * Math.max(3, data.trials.length))}px`;
    views.push(lineage);
    data.hyperparameters.forEach((name, i) => {
      const view = new ScheduleView(below, name, i === last);
      view.surface.canvas.classList.add(i === last ? "pbt-last" : "pbt-schedule");
      views.push(view);
    });
    return views;
  }

  buildOptions() {
    const { data, hasTime, levels } = this.run;
    /** @type {[string, string][]} */
    const trials = data.trials.map((trial) => [
      String(trial),
      this.run.label(trial) + (trial === data.winner ? " (the winner)" : ""),
    ]);
    this.trials = select("Trial", trials, String(this.trial), (value) => {
      this.trial = Number(value);
      this.kept = null;
      this.render(true);
      this.remember();
    });
    const parts = [this.trials.label];
    if (data.metrics.length > 1) {
      const metrics = data.metrics.map((name) => /** @type {[string, string]} */ ([name, name]));
      parts.push(select("Metric", metrics, this.metric, (value) => this.set({ metric: value })).label);
    }
    if (hasTime) {
      /** @type {[string, string][]} */
      const clocks = [["iteration", "iterations"], ["time", "seconds"]];
      const choose = (/** @type {string} */ value) => this.setClock(/** @type {Clock} */ (value));
      parts.push((this.clocks = select("Time in", clocks, this.clock, choose)).label);
    }
    parts.push(checkbox("log metric", this.log.metric, (on) => this.set({ log: { ...this.log, metric: on } })).label);
    if (data.hyperparameters.some((name) => !levels[name])) {
      parts.push(checkbox("log schedules", this.log.schedule, (on) => this.set({ log: { ...this.log, schedule: on } })).label);
    }
    this.options?.replaceChildren(...parts);
  }

  /** @param {View} view */
  listenTo(view) {
    const { canvas } = view.surface;
    /** @param {PointerEvent | MouseEvent} event */
    const find = (event) => view.hit(this.shown(), event.offsetX, event.offsetY);
    canvas.addEventListener("pointermove", (event) => {
      if (event.pointerType === "touch") return;
      this.pointed = find(event);
      this.render(false);
    });
    canvas.addEventListener("pointerleave", () => {
      this.pointed = null;
      this.render(false);
    });
    canvas.addEventListener("click", (event) => this.keep(find(event)));
  }

  listen() {
    this.root.addEventListener("keydown", (event) => this.onKey(event));
    new ResizeObserver(() => this.refresh()).observe(this.root);
    followTheme(this.root, () => this.refresh());
    addEventListener("hashchange", () => this.reveal && this.readAddress(true));
  }

  /** @param {KeyboardEvent} event */
  onKey(event) {
    if (event.key === "Escape") return this.letGo();
    const target = /** @type {HTMLElement} */ (event.target);
    if (!target.classList.contains("pbt-lineage")) return;
    const { trials } = this.run.data;
    const place = trials.indexOf(this.focus().trial);
    const { step = 1 } = this.timeline ?? {};
    /** @type {Record<string, () => void>} */
    const keys = {
      ArrowLeft: () => this.timeline?.go(this.moment - step),
      ArrowRight: () => this.timeline?.go(this.moment + step),
      ArrowUp: () => this.follow(trials[Math.max(0, place - 1)]),
      ArrowDown: () => this.follow(trials[Math.min(trials.length - 1, place + 1)]),
      Enter: () => this.keep(this.focus()),
    };
    if (!keys[event.key]) return;
    event.preventDefault();
    keys[event.key]();
  }

  /** @param {number} trial */
  follow(trial) {
    this.trial = trial;
    this.kept = this.pointed = null;
    this.render(true);
    this.remember();
  }

  /** Keep what is pointed at lit up. @param {Hit | null} hit */
  keep(hit) {
    if (!hit) return this.letGo();
    const moment = this.clock === "iteration" ? Math.floor(hit.moment) : hit.moment;
    this.kept = { segment: hit.segment, moment };
    this.pointed = null;
    this.moveTo(moment, false);
  }

  letGo() {
    this.kept = this.pointed = null;
    this.render(true);
  }

  /** @returns {Hit} the state that is lit up: pointed at, kept, or of the trial followed */
  lit() {
    const { run, clock, moment } = this;
    const now = { segment: run.segmentAt(this.trial, moment, clock), moment };
    return this.pointed ?? this.kept ?? now;
  }

  /** @returns {Hit & {trial: number}} the state in words: of what is kept, the ancestor at the moment */
  focus() {
    const { run, clock } = this;
    let { segment, moment } = this.lit();
    if (this.kept && !this.pointed) {
      const way = run.ancestry(segment, moment, clock);
      ({ segment, until: moment } = pieceAt(run, way, this.moment, clock));
    }
    return { segment, moment, trial: run.segments[segment].trial };
  }

  /** @returns {Shown} */
  shown() {
    const { run, clock, moment, metric } = this;
    const { segment, moment: until, trial } = this.focus();
    const lit = this.lit();
    return {
      run, clock, moment, metric, log: this.log.metric, trial,
      colors: (this.colors ??= new Colors(this.root, run.data.trials)),
      ancestry: run.ancestry(lit.segment, lit.moment, clock),
      state: { segment, until },
      kept: this.kept !== null && lit === this.kept,
    };
  }

  /** @param {number} moment @param {boolean} playing */
  moveTo(moment, playing) {
    this.moment = moment;
    this.timeline?.show(moment);
    this.render(!playing);
    if (!playing) this.remember();
  }

  /** @param {Partial<{metric: string, log: {metric: boolean, schedule: boolean}}>} change */
  set(change) {
    Object.assign(this, change);
    this.refresh();
  }

  /** @param {Clock} clock */
  setClock(clock) {
    const { segment, moment } = this.focus();
    const from = this.run.clockOf(segment, this.clock);
    const place = from.findIndex((each) => each >= moment);
    this.clock = clock;
    this.kept = this.pointed = null;
    this.moment = this.run.clockOf(segment, clock).at(place) ?? moment;
    this.refresh();
  }

  /** Draw all anew: another size, theme, metric or axis. */
  refresh() {
    this.colors = undefined;
    this.prepared = false;
    this.render(false);
  }

  /** @param {boolean} aloud whether the readout is to be said */
  render(aloud) {
    this.aloud = aloud || (this.frame !== 0 && this.aloud);
    if (this.frame) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = 0;
      if (!this.root.clientWidth) return; // not shown
      const shown = this.shown();
      /** @param {View} view @returns {Shown} */
      const as = (view) => (view instanceof ScheduleView ? { ...shown, log: this.log.schedule } : shown);
      if (!this.prepared) {
        this.timeline?.set(this.run, this.clock, this.moment);
        this.timeline?.draw(shown.colors.quiet);
        for (const view of this.views ?? []) view.prepare(as(view));
        this.prepared = true;
      }
      for (const view of this.views ?? []) view.draw(as(view));
      this.readout?.show(shown, this.aloud === true);
      if (this.trials) this.trials.list.value = String(shown.trial);
    });
  }

  remember() {
    if (!this.reveal) return;
    clearTimeout(this.writing);
    this.writing = window.setTimeout(() => {
      const several = document.querySelectorAll(".pbt-explorer").length > 1;
      const moment = { [this.clock]: this.moment, trial: this.focus().trial };
      writeAddress(moment, several ? this.run.data.name : null);
    }, WRITE_AFTER);
  }

  /** @param {boolean} always scroll to the explorer, as for any other link into the page */
  readAddress(always) {
    const first = document.querySelector(".pbt-explorer") === this.root;
    const found = readAddress(location.hash, this.run.data.name, first);
    if (!found) return;
    if (found.time !== undefined && this.run.hasTime) this.clock = "time";
    else this.clock = "iteration";
    if (this.clocks) this.clocks.list.value = this.clock;
    const [start, end] = this.run.extent(this.clock);
    this.moment = Math.min(end, Math.max(start, found[this.clock] ?? end));
    if (found.trial !== undefined && this.run.lanes.has(found.trial)) this.trial = found.trial;
    this.kept = this.pointed = null;
    this.reveal?.();
    this.refresh();
    if (always || location.hash) this.root.scrollIntoView({ block: "nearest" });
  }

  /** Show another run in the same place. @param {RunData} data */
  replace(data) {
    const { trials } = this.run.data;
    const same = String(trials) === String(data.trials);
    this.run = new Run(data);
    const end = this.run.extent(this.clock)[1];
    const wasAtEnd = this.moment === this.timeline?.last;
    this.moment = wasAtEnd ? end : Math.min(this.moment, end);
    this.kept = this.pointed = null;
    this.trial = data.winner;
    if (same) this.buildOptions();
    else this.build();
    this.refresh();
  }
}

/**
 * Return the piece of an ancestry at a moment, up to there; after its end, the last one.
 * @param {Run} run @param {import("./run.js").Piece[]} way @param {number} moment @param {Clock} clock
 */
function pieceAt(run, way, moment, clock) {
  let place = way.findIndex(({ until }) => until >= moment);
  if (place < 0) place = way.length - 1;
  // Until its first report, a segment has no more to say than its donor.
  if (place > 0 && run.reportAt(way[place].segment, moment, clock) < 0) place--;
  const piece = way[place];
  return { ...piece, until: Math.min(piece.until, moment) };
}
