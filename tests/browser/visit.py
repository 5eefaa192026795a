"""Open a page as a reader does, and write down all that the tests ask about."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from axe_playwright_python.base import AXE_FILE_PATH
from playwright.sync_api import Browser, ConsoleMessage, Page, Request

WIDE, NARROW = {"width": 1280, "height": 800}, {"width": 320, "height": 640}
AXE = AXE_FILE_PATH.read_text()

WATCH_SHIFTS = """
window.shift = 0;
new PerformanceObserver(list => {
  for (const entry of list.getEntries()) window.shift += entry.value;
}).observe({type: "layout-shift", buffered: true});
"""

SCROLL_TO_THE_END = """async () => {
  const images = [...document.images];
  for (let y = 0; y < document.body.scrollHeight; y += innerHeight / 2) {
    scrollTo({top: y, behavior: "instant"});
    await new Promise(requestAnimationFrame);
  }
  await Promise.all(images.map(image => image.complete || new Promise(done => {
    image.addEventListener("load", done);
    image.addEventListener("error", done);
    setTimeout(done, 5000);
  })));
  scrollTo({top: 0, behavior: "instant"});
}"""

LOOK = """() => ({
  links: [...document.links].map(link => link.href),
  ids: [...document.querySelectorAll("[id], a[name]")].map(each => each.id || each.name),
  images_missing: [...document.images].filter(i => !(i.complete && i.naturalWidth > 0))
    .map(image => image.src),
  videos: [...document.querySelectorAll("video")].map(video => video.src),
  moving: [...document.querySelectorAll("video")]
    .filter(v => !v.paused || v.currentTime > 0).map(video => video.src),
  shift: window.shift,
})"""

RUN_AXE = """async rules => {
  const options = {preload: false, resultTypes: ["violations"], ...rules};
  const found = await axe.run(document, options);
  return found.violations.map(v => `${v.id}: ${v.help}: ` +
    v.nodes.slice(0, 3).map(n => n.html.slice(0, 150)).join(" | "));
}"""

# In the dark nothing but colours differs.
RULES_ABOUT_COLOURS = {"runOnly": ["color-contrast", "link-in-text-block"]}

# All that one can reach with the Tab key: what is neither hidden nor disabled.
WATCH_FOCUS = """() => {
  const seen = element => element.checkVisibility({visibilityProperty: true});
  const all =
    "a[href], button, input, select, textarea, summary, video[controls], [tabindex]";
  window.toReach = new Set([...document.querySelectorAll(all)].filter(
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
  document.activeElement.blur();
  return window.toReach.size;
}"""

FOCUS_SEEN = """() => {
  const html = elements => [...elements].filter(each => each.checkVisibility())
    .map(each => each.outerHTML.slice(0, 150));
  return {
    reached: window.reached,
    unreached: html(window.toReach),
    unmarked: html(window.unmarked),
  };
}"""


@dataclass
class Visit:
    """What happened on one page, from its first byte to a reader's last key."""

    complaints: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    bytes: int = 0
    links: list[str] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    images_missing: list[str] = field(default_factory=list)
    videos: list[str] = field(default_factory=list)
    moving: list[str] = field(default_factory=list)
    shift: float = 0.0
    violations: dict[str, list[str]] = field(default_factory=dict)
    reached: int = 0
    unreached: list[str] = field(default_factory=list)
    unmarked: list[str] = field(default_factory=list)
    narrow_width: int = 0

    def foreign_requests(self, address: str) -> list[str]:
        """Return the requests to other hosts than that of an address."""
        own = urlsplit(address)[:2]
        return [
            each
            for each in self.requests
            if urlsplit(each)[:2] != own and not each.startswith(("data:", "blob:"))
        ]


def visit(browser: Browser, address: str) -> Visit:
    """Open a page, scroll to its end, and look at what it has loaded."""
    return _visit(browser, address, [])


def inspect(browser: Browser, address: str) -> Visit:
    """Visit a page, and try it with other colours, the keyboard and a narrow screen."""
    return _visit(browser, address, [_axe, _tab_through, _narrow])


def _visit(browser: Browser, address: str, more: list[Any]) -> Visit:
    context = browser.new_context(
        viewport=WIDE, device_scale_factor=2, reduced_motion="reduce", color_scheme="light"
    )
    context.add_init_script(WATCH_SHIFTS)
    page, found = context.new_page(), Visit()
    _listen(page, found)
    page.goto(address, wait_until="load")
    page.evaluate(SCROLL_TO_THE_END)
    page.wait_for_load_state("networkidle")
    vars(found).update(page.evaluate(LOOK))
    for step in more:
        step(page, found)
    context.close()
    return found


def _listen(page: Page, found: Visit) -> None:
    def on_console(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            found.complaints.append(f"{message.type}: {message.text}")

    def on_request(request: Request) -> None:
        found.requests.append(request.url)

    def on_failure(request: Request) -> None:
        found.failed.append(f"{request.url}: {request.failure}")

    page.on("console", on_console)
    page.on("pageerror", lambda error: found.complaints.append(str(error)))
    page.on("request", on_request)
    page.on("requestfailed", on_failure)
    page.on("response", lambda r: r.ok or found.failed.append(f"{r.url}: {r.status}"))

    def on_finished(event: dict[str, Any]) -> None:
        found.bytes += event["encodedDataLength"]

    protocol = page.context.new_cdp_session(page)
    protocol.on("Network.loadingFinished", on_finished)
    protocol.send("Network.enable")


def _axe(page: Page, found: Visit) -> None:
    page.evaluate(AXE)
    found.violations["light"] = page.evaluate(RUN_AXE, {})
    page.emulate_media(color_scheme="dark")
    found.violations["dark"] = page.evaluate(RUN_AXE, RULES_ABOUT_COLOURS)


def _tab_through(page: Page, found: Visit) -> None:
    to_reach, pressed = page.evaluate(WATCH_FOCUS), 0
    while pressed < 2 * to_reach + 50:
        for _ in range(20):
            page.keyboard.press("Tab")
        pressed += 20
        if not page.evaluate("window.toReach.size"):
            break
    vars(found).update(page.evaluate(FOCUS_SEEN))


def _narrow(page: Page, found: Visit) -> None:
    page.set_viewport_size(NARROW)
    found.narrow_width = page.evaluate("document.documentElement.scrollWidth")
