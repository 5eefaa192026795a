// The moment in the page's address: `#iteration=48&trial=1`, and `run=` where a page has
// more than one explorer.

/**
 * @typedef {object} Moment
 * @property {number} [iteration]
 * @property {number} [time]
 * @property {number} [trial]
 */

/**
 * Read what an address says about a run, or null if it speaks of something else.
 * @param {string} fragment @param {string} name of the run @param {boolean} first on its page
 * @returns {Moment | null}
 */
export function readAddress(fragment, name, first) {
  const fields = new URLSearchParams(fragment.replace(/^#/, ""));
  if (!fields.has("iteration") && !fields.has("time")) return null;
  if (fields.has("run") ? fields.get("run") !== name : !first) return null;
  /** @type {Moment} */
  const moment = {};
  for (const field of /** @type {(keyof Moment)[]} */ (["iteration", "time", "trial"])) {
    const value = Number(fields.get(field) ?? NaN);
    if (Number.isFinite(value)) moment[field] = value;
  }
  return moment;
}

/**
 * Write a moment to the address, and add nothing to the history of the browser.
 * @param {Moment} moment @param {string | null} name null where the page has one run only
 */
export function writeAddress(moment, name) {
  const fields = new URLSearchParams(name === null ? {} : { run: name });
  for (const [field, value] of Object.entries(moment)) {
    fields.set(field, String(Math.round(value * 1000) / 1000));
  }
  replaceFragment(fields.toString());
}

/** @param {string} fragment */
export function replaceFragment(fragment) {
  try {
    history.replaceState(history.state, "", `#${fragment}`);
  } catch {
    // Some browsers refuse it in a page without an origin; the address then stays.
  }
}
