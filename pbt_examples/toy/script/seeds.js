// The distribution is made in a worker, so that the page stays free for its reader. The
// worker runs the page's own script, since from a folder a browser loads no other.

import { Distribution } from "./distribution.js";

/** @typedef {import("./pbt.js").Settings} Settings */
/** @typedef {import("./distribution.js").Summary} Summary */
/** @typedef {{number: number, settings: Settings}} Question */
/** @typedef {{number: number, summary: Summary}} Answer */

const SLICE = 40; // milliseconds of work, before a new question is heard
const TELL_AFTER = 80; // milliseconds, where a distribution takes longer than that

/** Answers the last question only. @param {(answer: Answer) => void} tell */
function answering(tell) {
  let timer = 0;
  return (/** @type {Question} */ { number, settings }) => {
    clearTimeout(timer);
    const distribution = new Distribution(settings);
    let told = performance.now();
    const slice = () => {
      const done = distribution.advance(SLICE);
      if (!done) timer = setTimeout(slice);
      if (!done && performance.now() - told < TELL_AFTER) return;
      tell({ number, summary: distribution.summary() });
      told = performance.now();
    };
    timer = setTimeout(slice);
  };
}

/** What a worker does. */
export function answerThePage() {
  const answer = answering((told) => postMessage(told));
  addEventListener("message", ({ data }) => answer(data));
}

/**
 * Return a function that asks for a distribution; where no worker is to be had, the page
 * makes it between other things.
 * @param {string} script of the page @param {(answer: Answer) => void} hear
 * @returns {(question: Question) => void}
 */
export function askingWorker(script, hear) {
  try {
    const worker = new Worker(URL.createObjectURL(new Blob([script])));
    worker.addEventListener("message", ({ data }) => hear(data));
    return (question) => worker.postMessage(question);
  } catch {
    return answering(hear);
  }
}
