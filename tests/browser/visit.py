"""Open a page as a reader does, and record everything that the tests ask about."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlsplit

from axe_playwright_python.base import AXE_FILE_PATH
from playwright.sync_api import Browser, ConsoleMessage, Request, ViewportSize

WIDE, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}
NARROW = {"width": 320, "height": 640}

# Most elements of a page look like others: words of code, links of a list. What axe finds
# about the contrast of text follows from the styles of its element and of those around it,
# and from what lies behind a positioned one. So text passes if text of its look has passed.
# What fails, or what axe cannot decide, passes for nothing else.
CONTRAST_BY_LOOK = """(() => {
  const LOOK = ["color", "opacity", "filter", "fontSize", "fontWeight", "textShadow",
    "backgroundColor", "backgroundImage", "position", "transform", "textDecorationLine"];
  const passed = new Set(), undecided = new Set();
  const lookOf = element => {
    if (!element) return "";
    if (!axe.looks.has(element)) {
      const style = getComputedStyle(element);
      let look = LOOK.map(name => style[name]).join();
      if (style.position !== "static" || style.transform !== "none")
        look += `#${axe.looks.size}`; // unlike any other
      look += `/${lookOf(element.parentElement)}`;
      axe.looks.set(element, look);
    }
    return axe.looks.get(element);
  };
  const check = axe._audit.checks["color-contrast"], evaluate = check.evaluate;
  check.evaluate = function (node, ...others) {
    const look = lookOf(node);
    if (passed.has(look)) return true;
    let ratio; // none if axe has not compared the colours
    const data = this.data;
    this.data = found => { ratio = found?.contrastRatio; data.call(this, found); };
    const passes = evaluate.call(this, node, ...others);
    if (passes && ratio) passed.add(look);
    if (passes === undefined) undecided.add(look);
    return passes;
  };
  const hasText = element =>
    [...element.childNodes].some(each => each.nodeType === 3 && each.data.trim());
  const shows = "a, input, select, textarea"; // text that is not its own child, maybe
  axe.texts = () => [...document.body.querySelectorAll("*")].filter(element =>
    (hasText(element) || element.matches(shows)) && element.checkVisibility());
  axe.lookOnAnyPage = element =>
    lookOf(element).replaceAll(/#\\d+/g, "") + hasText(element.parentElement);
  axe.isUndecided = element =>
    undecided.has(lookOf(element)) && !passed.has(lookOf(element));
})();"""
AXE = AXE_FILE_PATH.read_text() + CONTRAST_BY_LOOK

WATCH_SHIFTS = """
window.shift = 0;
new PerformanceObserver(list => {
  for (const entry of list.getEntries()) window.shift += entry.value;
}).observe({type: "layout-shift", buffered: true});
"""

SCROLL_TO_THE_END = """async () => {
  for (let y = 0; y < document.body.scrollHeight; y += innerHeight) {
    scrollTo({top: y, behavior: "instant"});
    await new Promise(requestAnimationFrame);
  }
  // A hidden one, such as the rendering for the other colour scheme, is never loaded.
  const images = [...document.images].filter(i => i.checkVisibility() && !i.complete);
  await Promise.all(images.map(image => new Promise(done => {
    image.addEventListener("load", done);
    image.addEventListener("error", done);
    setTimeout(done, 5000);
  })));
  scrollTo({top: 0, behavior: "instant"});
}"""

LOOK = """() => ({
  links: [...document.links].map(link => link.href),
  ids: [...document.querySelectorAll("[id], a[name]")].map(each => each.id || each.name),
  images_missing: [...document.images]
    .filter(i => i.checkVisibility() && !(i.complete && i.naturalWidth > 0))
    .map(image => image.src),
  videos: [...document.querySelectorAll("video")].map(video => video.src),
  moving: [...document.querySelectorAll("video")]
    .filter(v => !v.paused || v.currentTime > 0).map(video => video.src),
  shift: window.shift,
})"""

NEXT_FRAME = "() => new Promise(done => requestAnimationFrame(() => setTimeout(done)))"

RUN_AXE = """async (rules, where = document) => {
  const options = {preload: false, resultTypes: ["violations"], ...rules};
  axe.looks = new Map(); // of elements, see CONTRAST_BY_LOOK
  const found = await axe.run(where, options);
  return found.violations.map(v => `${v.id}: ${v.help}: ` +
    v.nodes.slice(0, 3).map(n => n.html.slice(0, 150)).join(" | "));
}"""

COLOURS = {"runOnly": ["color-contrast", "link-in-text-block"]}

# Dark mode changes only colours, and axe has seen in light what lies behind each text. So
# axe runs again only on text of a look that has not passed in dark on an earlier page.
RUN_AXE_IN_DARK = f"""async known => {{
  axe.looks = new Map();
  const before = new Set(known);
  const texts = axe.texts().filter(text => !before.has(axe.lookOnAnyPage(text)));
  if (texts.length === 0) return [[], []];
  const violations = await ({RUN_AXE})({json.dumps(COLOURS)}, {{include: texts}});
  const decided = texts.filter(text => !axe.isUndecided(text));
  return [violations, [...new Set(decided.map(axe.lookOnAnyPage))]];
}}"""

# The height of the smallest letters of each figure, in CSS pixels as it is shown.
LETTERS = """() => [...document.querySelectorAll("figure.picture a.in-light img")]
  .filter(image => image.dataset.letters !== "None")
  .map(image => {
    const source = image.parentElement.querySelector("source");
    const narrow = source && matchMedia(source.media).matches;
    const drawn = (narrow ? source : image).getAttribute("width");
    return image.dataset.letters * image.clientWidth / drawn;
  })"""

CLIPPED = """() => [...document.querySelectorAll("div.highlight pre")]
  .filter(block => block.scrollWidth > block.clientWidth ||
    getComputedStyle(block).maxHeight !== "none"
  ).map(block => block.textContent.slice(0, 80))"""

HIDDEN_ON_PAPER = """() => [...document.querySelectorAll(
    ".bd-article-container, .bd-article, .bd-main, div.highlight pre"
  )].filter(each => /auto|scroll|hidden/.test(getComputedStyle(each).overflowY) &&
    each.scrollHeight > each.clientHeight)
  .map(each => each.outerHTML.slice(0, 80))"""

DARK_ON_PAPER = """() => [...document.querySelectorAll("figure.picture a.in-dark")]
  .filter(link => link.checkVisibility()).length"""

# Code, tables and formulas may be wider than a narrow screen, in frames of their own.
TOO_WIDE = """() => {
  const frames =
    "pre, .formula, .table, .pst-scrollable-table-container, .output_html, div.picture";
  const overflow = each => getComputedStyle(each).overflowX;
  const scrolls = each => /auto|scroll/.test(overflow(each));
  const cuts = each => each.matches("a") && overflow(each) === "hidden";
  return [...document.querySelectorAll("*")].filter(each =>
    each.scrollWidth > each.clientWidth && !each.matches(frames) &&
    each.checkVisibility({visibilityProperty: true}) &&
    (each === document.documentElement || scrolls(each) || cuts(each))
  ).map(each => each.outerHTML.slice(0, 150));
}"""

# Everything you can reach with the Tab key: what is neither hidden nor disabled.
WATCH_FOCUS = """selector => {
  const part = document.querySelector(selector);
  part.tabIndex = -1;
  part.focus({preventScroll: true}); // so that Tab begins there
  const seen = element => element.checkVisibility({visibilityProperty: true});
  const all =
    "a[href], button, input, select, textarea, summary, video[controls], [tabindex]";
  if (selector !== "body") // links in code are alike, and most of the links of a page
    for (const link of part.querySelectorAll("pre a")) link.tabIndex = -1;
  window.toReach = new Set([...part.querySelectorAll(all)].filter(
    each => seen(each) && !each.disabled && each.tabIndex >= 0));
  window.unmarked = new Set();
  window.reached = 0;
  addEventListener("focusin", event => {
    window.reached += window.toReach.delete(event.target);
    const marked = part => {
      const style = getComputedStyle(event.target, part);
      return style.outlineStyle !== "none" || style.boxShadow !== "none";
    };
    if (!marked(null) && !marked("::after")) window.unmarked.add(event.target);
  });
  return window.toReach.size;
}"""

FOCUS_SEEN = """() => {
  const html = elements => [...elements].filter(each => each.checkVisibility())
    .map(each => each.outerHTML.slice(0, 150));
  const changed = document.querySelectorAll("body, article, pre a");
  for (const element of changed) element.removeAttribute("tabindex");
  return {
    reached: window.reached,
    unreached: html(window.toReach),
    unmarked: html(window.unmarked),
  };
}"""


@dataclass
class Visit:
    """What happened on one page, from its first byte to the last key pressed."""

    complaints: list[str] = field(default_factory=list)  # of the console
    failed: list[str] = field(default_factory=list)  # requests, with the reason
    requests: list[str] = field(default_factory=list)
    bytes: int = 0  # transferred in one colour scheme and size, headers included
    links: list[str] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    images_missing: list[str] = field(default_factory=list)
    videos: list[str] = field(default_factory=list)
    moving: list[str] = field(default_factory=list)  # videos that nobody has started
    shift: float = 0.0  # the sum of the browser's layout shift scores
    violations: dict[str, list[str]] = field(default_factory=dict)  # by colour scheme
    reached: int = 0  # number of elements, by keyboard
    unreached: list[str] = field(default_factory=list)
    unmarked: list[str] = field(default_factory=list)  # focused, but not visibly
    too_wide: list[str] = field(default_factory=list)  # for the screen, wide or narrow
    letters: list[float] = field(default_factory=list)  # smallest of each figure, pixels
    letters_on_a_phone: list[float] = field(default_factory=list)
    clipped: list[str] = field(default_factory=list)  # code and output
    hidden_on_paper: list[str] = field(default_factory=list)
    dark_on_paper: int = 0  # figures

    def foreign_requests(self, address: str) -> list[str]:
        """Return the requests to hosts other than that of an address."""
        own = urlsplit(address)[:2]
        return [
            each
            for each in self.requests
            if urlsplit(each)[:2] != own and not each.startswith(("data:", "blob:"))
        ]


class Reader:
    """A reader with one browser tab, who opens pages as if for the first time."""

    def __init__(self, browser: Browser) -> None:
        self._page = browser.new_page(device_scale_factor=2, reduced_motion="reduce")
        self._page.add_init_script(WATCH_SHIFTS)
        self._found, self._transferred = Visit(), 0
        self._pending: set[Request] = set()
        self._passed_in_dark: set[str] = set()  # looks of text
        self._protocol = self._page.context.new_cdp_session(self._page)
        self._listen()

    def visit(self, address: str) -> Visit:
        """Open a page, scroll to its end, and look at what it has loaded."""
        self._open(address)
        self._look()
        return self._found

    def inspect(self, address: str, *, framed: bool) -> Visit:
        """Visit a page, then look at it in light and dark, by keyboard, wide and narrow.

        Unless `framed`, the keyboard leaves out head, sidebar and foot, and links in code.
        """
        self._open(address)
        if any("_dark." in each for each in self._found.requests):
            # The browser began with the dark colours that the previous page ended with.
            self._open(address)
        self._look()
        # First: the theme decides again where Tab stops, 0.3 s after a change of size.
        self._tab_through("body" if framed else "article")
        self._measure()
        self._run_axe()
        self._print()
        return self._found

    def _listen(self) -> None:
        page = self._page
        page.on("console", self._on_console)
        page.on("pageerror", lambda error: self._found.complaints.append(str(error)))
        page.on("request", self._on_request)
        page.on("requestfinished", lambda each: self._pending.discard(each))
        page.on("requestfailed", self._on_failed)
        page.on("response", lambda each: each.ok or self._fail(each.url, each.status))
        self._protocol.on("Network.loadingFinished", self._on_finished)
        self._protocol.send("Network.enable")
        self._protocol.send("Network.setCacheDisabled", {"cacheDisabled": True})

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self._found.complaints.append(f"{message.type}: {message.text}")

    def _on_request(self, request: Request) -> None:
        self._found.requests.append(request.url)
        self._pending.add(request)

    def _on_failed(self, request: Request) -> None:
        self._pending.discard(request)
        self._fail(request.url, request.failure)

    def _on_finished(self, event: dict[str, Any]) -> None:
        self._transferred += round(event["encodedDataLength"])

    def _fail(self, address: str, reason: object) -> None:
        self._found.failed.append(f"{address}: {reason}")

    def _open(self, address: str) -> None:
        self._page.goto("about:blank")  # which ends the previous page
        self._page.set_viewport_size(WIDE)
        self._page.emulate_media(media="screen", color_scheme="light")
        self._found, self._transferred = Visit(), 0
        self._pending.clear()
        self._page.goto(address)
        self._page.evaluate(SCROLL_TO_THE_END)
        self._wait_for_requests()

    def _wait_for_requests(self) -> None:
        """Wait until all requests have ended, also those that the last ones brought about.

        Playwright's "networkidle" waits another half a second on each page.
        """
        quiet, before = 0, time.monotonic()
        while quiet < 2:
            self._page.evaluate(NEXT_FRAME)  # which also hears of requests
            quiet = 0 if self._pending else quiet + 1
            if time.monotonic() - before > 60:
                addresses = [request.url for request in self._pending]
                raise TimeoutError(f"still loading after 60 s: {addresses}")

    def _look(self) -> None:
        vars(self._found).update(self._page.evaluate(LOOK))
        # What follows may load other renderings, even after the last line of a visit.
        self._found.bytes = self._transferred

    def _measure(self) -> None:
        found, page = self._found, self._page
        found.letters = page.evaluate(LETTERS)
        found.clipped = page.evaluate(CLIPPED)
        self._resize(PHONE)
        found.letters_on_a_phone = page.evaluate(LETTERS)
        for size in (NARROW, WIDE):
            self._resize(size)
            found.too_wide += page.evaluate(TOO_WIDE)

    def _resize(self, size: ViewportSize) -> None:
        self._page.set_viewport_size(size)
        # A rendering for this size fails if the page takes another size while it comes.
        self._wait_for_requests()

    def _run_axe(self) -> None:
        found, page = self._found, self._page
        page.evaluate(AXE)
        light = page.evaluate(RUN_AXE, {})
        self._show("dark")
        dark, looks = page.evaluate(RUN_AXE_IN_DARK, [*self._passed_in_dark])
        if not dark:
            self._passed_in_dark |= {*looks}
        found.violations = {"light": light, "dark": dark}

    def _show(self, scheme: Literal["light", "dark"]) -> None:
        self._page.emulate_media(color_scheme=scheme)
        self._wait_for_requests()  # as above; the page hears of the scheme before

    def _print(self) -> None:
        self._page.emulate_media(media="print", color_scheme="dark")  # paper is white
        self._found.hidden_on_paper = self._page.evaluate(HIDDEN_ON_PAPER)
        self._found.dark_on_paper = self._page.evaluate(DARK_ON_PAPER)
        self._wait_for_requests()  # or the next page would end one, if paper asks for any

    def _tab_through(self, part: str) -> None:
        to_reach = self._page.evaluate(WATCH_FOCUS, part)
        for press in range(2 * to_reach + 100):  # parts of video players take focus, too
            done = press >= to_reach and press % 5 == 0
            if done and self._page.evaluate("toReach.size") == 0:
                break
            self._page.keyboard.down("Tab")  # held, so that it repeats
        self._page.keyboard.up("Tab")
        vars(self._found).update(self._page.evaluate(FOCUS_SEEN))
