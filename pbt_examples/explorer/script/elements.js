// Make elements of the page.

/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag @param {Record<string, string>} [attributes]
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/**
 * @param {string} text @param {() => void} act
 * @param {Record<string, string>} [attributes]
 */
export function button(text, act, attributes = {}) {
  const element = make("button", { type: "button", ...attributes }, text);
  element.addEventListener("click", act);
  return element;
}

/**
 * A list to choose from, with its label.
 * @param {string} label @param {[string, string][]} options value and text
 * @param {string} value @param {(value: string) => void} choose
 */
export function select(label, options, value, choose) {
  const list = make("select");
  for (const [each, text] of options) list.append(make("option", { value: each }, text));
  list.value = value;
  list.addEventListener("change", () => choose(list.value));
  return { label: make("label", {}, `${label} `, list), list };
}

/** @param {string} label @param {boolean} checked @param {(checked: boolean) => void} change */
export function checkbox(label, checked, change) {
  const box = make("input", { type: "checkbox" });
  box.checked = checked;
  box.addEventListener("change", () => change(box.checked));
  return { label: make("label", {}, box, ` ${label}`), box };
}
