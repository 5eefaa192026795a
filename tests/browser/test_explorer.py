"""A run can be explored by mouse, by touch, by keyboard and with a screen reader."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs

import numpy as np
import pandas as pd
import pytest
from built_site import REPORT
from pbt_examples.explorer import explore
from pbt_examples.record import Run
from pbt_examples.report import write_report
from pbt_examples.toy import Reference, theta_plane
from plotting_runs import build, synchronous
from visit import AXE, COLOURS, PHONE, RUN_AXE

PAGE = """<!doctype html><html lang="en" data-theme="light"><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>A run</title>
<body><main><h1>A run</h1>
<figure><img width="300" height="200" alt="The run as a figure"
 src="data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg'/%3E"></figure>
{}<p id="below">Below.</p></main></body></html>"""

SET_SLIDER = """moment => {
  const slider = document.querySelector("input[type=range]");
  slider.value = String(moment);
  slider.dispatchEvent(new Event("input", { bubbles: true }));
}"""

UNFOLD_AND_SCROLL = """() => {
  document.querySelector("details").open = true;
  document.querySelector("[aria-label='All exploits']").scrollLeft = 30;
  scrollTo(0, 700);
}"""

# How many pixels of the metric's view pass a test of red, green and blue.
PIXELS = """() => {
  const canvas = document.querySelector(".pbt-single canvas");
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  let count = 0;
  for (let i = 0; i < data.length; i += 4) {
    const [red, green, blue, alpha] = data.slice(i, i + 4);
    if (alpha > 200 && %s) count++;
  }
  return count;
}"""
COLOURED = PIXELS % "Math.max(red, green, blue) - Math.min(red, green, blue) > 60"
ACCENTED = PIXELS % "red === 194 && green === 24 && blue === 107"

NOTE_TEXTS = """
const texts = window.texts = [], write = CanvasRenderingContext2D.prototype.fillText;
CanvasRenderingContext2D.prototype.fillText = function (text, ...more) {
  texts.push(text);
  write.call(this, text, ...more);
};"""

CASES = Path(__file__).parents[1] / "cases"
TALL = {"width": 900, "height": 1400}
LEFT, RIGHT = 52, 10  # of a view, beside its axis

WITH_EXPLORER = [
    "index.html",
    "gallery/plot_basic_pbt.html",
    "gallery/plot_population_sweep.html",
    "gallery/plot_lineage_and_schedule.html",
    "gallery/plot_your_own_run.html",
    REPORT,
]


@pytest.fixture(scope="module")
def run() -> Run:
    """Return a run of four trials."""
    return Reference(trials=4).run(3)


@pytest.fixture
def page(tab, run, tmp_path):
    """Open the run on a page in a folder."""
    file = tmp_path / "run.html"
    html = explore(run, plane=theta_plane(), moments=[48])._repr_html_()
    file.write_text(PAGE.format(html), encoding="utf-8")
    tab.set_viewport_size(TALL)
    tab.emulate_media(reduced_motion="reduce")
    complaints = []

    def listen(error):
        complaints.append(str(error))

    tab.on("pageerror", listen)
    tab.goto(file.as_uri())
    tab.wait_for_selector(".pbt-state:not(:empty)")
    yield tab
    tab.remove_listener("pageerror", listen)
    assert not complaints


def state(page) -> str:
    """Return the first sentence of the readout, once it has been drawn."""
    page.evaluate(
        "() => new Promise(done => requestAnimationFrame(() => setTimeout(done)))"
    )
    return page.locator(".pbt-state").text_content()


def wait_for_state(page, beginning: str) -> None:
    """Wait until the readout begins with these words."""
    page.wait_for_function(
        "words => document.querySelector('.pbt-state').textContent.startsWith(words)",
        arg=beginning,
    )


def shown_ancestry(page) -> list[str]:
    """Return the ancestors that the readout lists, first to last."""
    return page.locator(".pbt-readout li button").all_text_contents()


def ancestors(run: Run, trial: int) -> list[int]:
    """Return the trials of the segments that the last state of a trial went through."""
    way = run.ancestry(trial)[["trial", "segment"]].drop_duplicates()
    return way["trial"].tolist()


def test_it_opens_with_the_winner_and_all_its_ancestors(page, run):
    assert state(page).startswith(f"Trial {run.winner}, iteration 100: Q 1.2")
    trials = [int(text.split()[1].rstrip(",")) for text in shown_ancestry(page)]
    assert trials == ancestors(run, run.winner)


def test_the_keyboard_reaches_the_ancestors_and_the_learning_rate_changes(page, run):
    first, last = ".pbt-readout li:first-child button", ".pbt-readout li:last-child"
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("first => document.activeElement.matches(first)", first):
            break
    page.keyboard.press("Enter")
    origin = ancestors(run, run.winner)[0]
    assert state(page).startswith(f"Trial {origin}, iteration ")
    way = run.ancestry(run.winner)
    assert f"lr {way['lr'].iloc[0]:.4g}" in state(page)
    page.keyboard.press("Escape")
    page.get_by_label("Trial", exact=False).first.select_option(str(run.winner))
    page.get_by_role("slider").press("End")
    wait_for_state(page, f"Trial {run.winner}, iteration 100:")
    begun = run.exploits[run.exploits["target"] == run.winner].iloc[-1]
    assert f"at iteration {begun['iteration']}" in page.locator(last).text_content()
    assert f"→ {begun['lr_new']:.4g}" in page.locator(last).text_content()


def test_who_only_hears_the_page_learns_ancestors_and_changes(page, run):
    heard = page.get_by_role("group", name="Readout").aria_snapshot()
    begun = run.ancestry(run.winner).groupby(["segment", "trial"], sort=False).first()
    begun = begun.reset_index().sort_values("iteration")
    items = re.findall(r'button "trial (\d+), iterations? (\d+).*?: lr ([\d.e-]+)', heard)
    assert [tuple(map(float, item)) for item in items] == [
        (row.trial, row.iteration, float(f"{row.lr:.4g}")) for row in begun.itertuples()
    ]
    for earlier, later in zip(begun["iteration"], begun["iteration"][1:], strict=False):
        assert later > earlier
        assert f"at iteration {later - 1}" in heard


def test_the_lineage_is_walked_with_arrow_keys(page, run):
    lineage = page.locator(".pbt-lineage")
    lineage.focus()
    page.keyboard.press("ArrowLeft")
    assert f"Trial {run.winner}, iteration 99" in state(page)
    step = "ArrowDown" if run.winner == 0 else "ArrowUp"
    other = run.winner + (1 if run.winner == 0 else -1)
    page.keyboard.press(step)
    assert f"Trial {other}, iteration 99" in state(page)
    page.keyboard.press("Enter")
    kept = shown_ancestry(page)
    page.keyboard.press("ArrowLeft")
    assert shown_ancestry(page) == kept
    page.keyboard.press("Escape")
    assert f"Trial {other}, iteration 98" in state(page)


def test_the_readout_is_announced_after_a_pause(page):
    page.get_by_role("button", name="Previous exploit").click()
    said = page.locator("[aria-live=polite]")
    page.wait_for_function("() => document.querySelector('[aria-live=polite]').textContent")
    assert "iteration 96" in said.text_content()
    assert said.text_content().startswith(state(page))


def test_exploits_are_stepped_through(page, run):
    moments = sorted(set(run.exploits["iteration"]), reverse=True)[:3]
    for moment in moments:
        page.get_by_role("button", name="Previous exploit").click()
        assert page.get_by_role("slider").input_value() == str(moment)
    page.get_by_role("button", name="Next exploit").click()
    assert page.get_by_role("slider").input_value() == str(moments[1])


def test_pointing_highlights_clicking_keeps_and_escape_releases(page, run):
    box = page.locator(".pbt-lineage").bounding_box()
    lane = box["y"] + 20 + (box["height"] - 50) * 0.125  # of trial 0
    page.mouse.move(box["x"] + box["width"] * 0.3, lane)
    pointed = state(page)
    assert pointed.startswith("Trial 0, iteration 2")
    page.mouse.move(5, 5)
    assert state(page).startswith(f"Trial {run.winner}, iteration 100")
    page.mouse.click(box["x"] + box["width"] * 0.3, lane)
    page.mouse.move(5, 5)
    assert state(page) == pointed
    page.keyboard.press("Escape")
    moment = page.get_by_role("slider").input_value()
    assert state(page).startswith(f"Trial {run.winner}, iteration {moment}:")


def test_a_kept_ancestry_stays_while_time_moves_and_each_ancestor_is_described(page, run):
    ends = run.ancestry(run.winner).groupby(["segment", "trial"], sort=False).last()
    ends = ends.sort_values("iteration").reset_index()
    page.locator(".pbt-lineage").press("Enter")
    state(page)  # drawn anew
    kept = shown_ancestry(page)
    assert (
        page.locator(".pbt-list-title").text_content().startswith("The ancestry that you")
    )
    for row in ends.iloc[::-1].itertuples():
        page.evaluate(SET_SLIDER, row.iteration)
        assert state(page).startswith(f"Trial {row.trial}, iteration {row.iteration}:")
        assert shown_ancestry(page) == kept
        current = page.locator(".pbt-readout li[aria-current=true]")
        assert f"{row.iteration}:" in current.text_content()
    page.locator(".pbt-lineage").press("Escape")
    state(page)  # drawn anew
    title = page.locator(".pbt-list-title").text_content()
    assert title.startswith("Its ancestry, 1 segment")


def test_a_click_before_a_branch_keeps_the_segment_that_was_pointed_at(page, run):
    box = page.locator(".pbt-lineage").bounding_box()
    for exploit in run.exploits.itertuples():
        if exploit.target:  # lanes of other trials are not at this height
            continue
        share = (exploit.iteration + 0.7) / run.history["iteration"].max()
        lane = box["y"] + 20 + (box["height"] - 50) * 0.125
        page.mouse.move(box["x"] + LEFT + share * (box["width"] - LEFT - RIGHT), lane)
        pointed, ancestry = state(page), shown_ancestry(page)
        assert pointed.startswith(f"Trial 0, iteration {exploit.iteration}:")
        page.mouse.down()
        page.mouse.up()
        page.mouse.move(5, 5)
        assert (state(page), shown_ancestry(page)) == (pointed, ancestry)


def test_dragging_the_slider_ends_play(page):
    page.get_by_role("slider").press("Home")
    page.get_by_role("button", name="Play").click()
    page.wait_for_timeout(300)
    page.evaluate(SET_SLIDER, 80)
    assert page.get_by_role("button", name="Play").is_visible()
    page.wait_for_timeout(300)
    assert page.get_by_role("slider").input_value() == "80"


def test_the_moment_is_in_the_address_and_taken_from_it(page):
    page.get_by_role("button", name="One step back").click()
    page.wait_for_function("() => location.hash.includes('iteration=99')")
    page.evaluate("location.hash = 'iteration=48&trial=2'")
    wait_for_state(page, "Trial 2, iteration 48:")
    page.goto(f"{page.url.partition('#')[0]}#iteration=12&trial=1")
    page.reload()
    wait_for_state(page, "Trial 1, iteration 12:")


def test_play_starts_only_when_asked_and_can_be_paused(page):
    page.get_by_role("slider").press("Home")
    page.wait_for_timeout(300)
    assert page.get_by_role("slider").input_value() == "1"
    page.get_by_role("button", name="Play").click()
    page.wait_for_function(
        "() => Number(document.querySelector('input[type=range]').value) > 5"
    )
    page.get_by_role("button", name="Pause").click()
    held = page.get_by_role("slider").input_value()
    page.wait_for_timeout(300)
    assert page.get_by_role("slider").input_value() == held


def test_axe_finds_nothing_on_a_narrow_screen_in_light_and_dark(page):
    page.set_viewport_size({"width": 360, "height": 800})
    page.evaluate(AXE)
    assert not page.evaluate(RUN_AXE, {"rules": {"region": {"enabled": False}}})
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    assert not page.evaluate(RUN_AXE, COLOURS)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_it_stands_in_the_place_of_a_figure_and_gives_it_back(page):
    figure, views = page.locator("figure"), page.locator(".pbt-views")
    below = page.locator("#below").bounding_box()
    assert views.is_visible()
    assert not figure.is_visible()
    page.get_by_role("button", name="Show the figure").press("Enter")
    assert figure.is_visible()
    assert not views.is_visible()
    assert page.locator("#below").bounding_box() == below
    page.evaluate("location.hash = 'iteration=48'")
    wait_for_state(page, "Trial 2, iteration 48:")
    assert views.is_visible()
    assert not figure.is_visible()
    assert page.locator("#below").bounding_box() == below
    assert page.evaluate("shift") < 0.001


def test_on_paper_there_is_the_figure_whatever_the_screen_shows(page):
    page.emulate_media(media="print")
    assert page.locator("figure").is_visible()
    assert not page.locator(".pbt-views").is_visible()
    assert not page.locator(".pbt-switch").is_visible()


def test_the_page_does_not_move_during_exploration(page):
    height = page.evaluate("document.body.scrollHeight")
    for _ in range(6):
        page.get_by_role("button", name="Previous exploit").click()
        state(page)
        assert page.evaluate("document.body.scrollHeight") == height


def test_other_metrics_and_log_axes_can_be_chosen(page):
    before = page.locator(".pbt-single canvas, .pbt-pair canvas").first.screenshot()
    page.get_by_label("Metric", exact=False).first.select_option("theta0")
    assert "theta0" in state(page)
    page.get_by_label("log metric").check()
    state(page)
    assert page.locator(".pbt-pair canvas").first.screenshot() != before


def with_names(run: Run) -> Run:
    """Return a run with a hyperparameter of names, and one of numbers that lacks some."""
    names = {"optimizer": ["adam", "sgd-with-momentum"], "decay": [0.1, np.nan]}
    lr = run.history["lr"].median()
    history, exploits = run.history.copy(), run.exploits.copy()
    for name, values in names.items():
        history[name] = np.where(history["lr"] > lr, *map(_objects, values))
        for end in ("donor", "new"):
            above = exploits[f"lr_{end}"] > lr
            exploits[f"{name}_{end}"] = np.where(above, *map(_objects, values))
        exploits[f"{name}_operation"] = "changed"
    tuned = (*run.hyperparameters, *names)
    return replace(run, history=history, exploits=exploits, hyperparameters=tuned)


def _objects(value):
    return np.array(value, object if isinstance(value, str) else float)


def test_a_hyperparameter_of_names_or_with_gaps_has_a_schedule(tab, run, tmp_path):
    file = tmp_path / "run.html"
    run = with_names(run)
    file.write_text(PAGE.format(explore(run)._repr_html_()), encoding="utf-8")
    tab.set_viewport_size(TALL)
    tab.goto(file.as_uri())
    tab.wait_for_selector(".pbt-state:not(:empty)")
    for name in run.hyperparameters:
        assert tab.get_by_role("img", name=f"Schedule of {name}.").count() == 1
    view = tab.get_by_role("img", name="Schedule of optimizer.")
    box = view.bounding_box()
    share = 0.9  # of the time
    now = run.history[run.history["iteration"] == round(share * 100)].set_index("trial")
    assert now["optimizer"].nunique() == 2
    x = LEFT + share * (box["width"] - LEFT - RIGHT)
    for height, name in ((0.85, "adam"), (0.35, "sgd-with-momentum")):  # sorted, upwards
        tab.mouse.move(box["x"] + x, box["y"] + height * box["height"])
        trial = int(state(tab).split()[1].rstrip(","))
        assert now["optimizer"][trial] == name


def open_case(tab, name: str, folder: Path, moment: str) -> None:
    """Open one of the recorded directories at a moment."""
    run = Run.from_experiment(CASES / name / "experiment", metric="score")
    file = folder / "run.html"
    file.write_text(PAGE.format(explore(run)._repr_html_()), encoding="utf-8")
    tab.set_viewport_size(TALL)
    tab.goto(f"{file.as_uri()}#{moment}")
    tab.wait_for_selector(".pbt-state:not(:empty)")


def test_a_metric_of_every_tenth_report_has_lines_and_a_last_value(tab, tmp_path):
    open_case(tab, "metric_sparse10", tmp_path, "iteration=45&trial=1")
    assert "score 7.979 (from iteration 41); lr" in state(tab)
    assert tab.evaluate(COLOURED) > 1000  # the dot alone has less than 100


def test_before_its_first_report_a_trial_has_neither_values_nor_a_dot(tab, tmp_path):
    open_case(tab, "real_async_fn", tmp_path, "time=10&trial=2")
    assert state(tab) == "Trial 2: no report yet."
    assert shown_ancestry(tab) == ["trial 2, none of its iterations: lr 0.5952"]
    assert tab.evaluate(ACCENTED) == 0
    tab.get_by_role("slider").press("End")
    assert state(tab).startswith("Trial 2, iteration ")
    assert tab.evaluate(ACCENTED) > 0


def test_a_long_ancestry_scrolls_within_the_readout(tab, tmp_path):
    new = (0.6, "", 0.24, "", 0.04, "")
    steps = [(n, 0, 0, n, n, n - 1, *new) for n in range(1, 200)]
    run = build({(0, n): [n + 1] for n in range(200)}, steps, first=[(0.0, 1.0, 0.05)])
    file = tmp_path / "run.html"
    file.write_text(PAGE.format(explore(run)._repr_html_()), encoding="utf-8")
    tab.set_viewport_size({"width": 900, "height": 700})
    tab.goto(file.as_uri())
    tab.wait_for_selector(".pbt-state:not(:empty)")
    assert len(shown_ancestry(tab)) == 200
    end = "document.getElementById('below').getBoundingClientRect().bottom + scrollY"
    assert tab.evaluate(f"document.documentElement.scrollHeight - ({end})") < 100


def test_no_name_makes_a_report_scroll_sideways_on_a_phone(tab, tmp_path):
    name, value = "loss_" * 40, "x" * 300
    run = synchronous()
    history = run.history.rename(columns={"Q": name}).assign(h0=value)
    page = write_report(replace(run, history=history, metric=name), tmp_path, title=value)
    tab.set_viewport_size(PHONE)
    tab.goto(page.as_uri())
    tab.wait_for_selector(".pbt-state:not(:empty)")
    assert tab.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    readout = "document.querySelector('.pbt-readout')"
    assert tab.evaluate(f"{readout}.scrollWidth === {readout}.clientWidth")
    widths = "[...document.querySelectorAll('td')].map(cell => cell.clientWidth)"
    assert max(tab.evaluate(widths)) <= 400  # pixels


def test_a_page_that_reloads_stays_as_unfolded_and_scrolled_as_it_was(browser, tmp_path):
    run = synchronous()
    run = replace(run, exploits=pd.concat([run.exploits] * 10, ignore_index=True))
    page = write_report(run, tmp_path, reload_every=2)
    tab = browser.new_page(viewport=PHONE)
    tab.goto(page.as_uri())
    tab.evaluate(UNFOLD_AND_SCROLL)
    tab.wait_for_event("load")
    tab.wait_for_function("scrollY === 700")
    assert tab.locator("details").evaluate("each => each.open")
    assert tab.locator("[aria-label='All exploits']").evaluate("e => e.scrollLeft") == 30
    assert tab.locator("[aria-label='Trials']").evaluate("e => e.scrollLeft") == 0
    tab.close()


def test_without_scripts_there_is_the_figure_alone(browser, run, tmp_path):
    file = tmp_path / "run.html"
    file.write_text(PAGE.format(explore(run, moments=[48])._repr_html_()), encoding="utf-8")
    tab = browser.new_context(java_script_enabled=False).new_page()
    tab.goto(f"{file.as_uri()}#iteration=48")
    assert tab.locator("figure").is_visible()
    assert not tab.locator(".pbt-explorer").is_visible()
    assert tab.locator("[id='iteration=48']").count() == 1
    tab.context.close()


def large_run() -> Run:
    """Return a run of 500 trials with 2,000 reports each, and 9,750 exploits.

    They are ten equal populations, since to make a single one takes longer than the test.
    """
    h0 = tuple(np.linspace(0, 1, 50))
    run = Reference(h0=h0, iterations=2000, perturbation_interval=50).run(0)

    def ten(table: pd.DataFrame, *trials: str) -> pd.DataFrame:
        shifted = [
            table.assign(**{t: table[t] + 50 * n for t in trials}) for n in range(10)
        ]
        return pd.concat(shifted, ignore_index=True)

    exploits = ten(run.exploits, "target", "donor").sort_values(["iteration", "target"])
    exploits = exploits.reset_index(drop=True)
    return replace(run, history=ten(run.history, "trial"), exploits=exploits)


def test_a_large_run_opens_and_can_be_scrubbed(tab, tmp_path):
    file = tmp_path / "large.html"
    file.write_text(PAGE.format(explore(large_run())._repr_html_()), encoding="utf-8")
    tab.set_viewport_size(TALL)
    tab.goto(file.as_uri())
    tab.wait_for_selector(".pbt-state:not(:empty)")
    assert "of 1,000,000 reports" in tab.locator(".pbt-note").text_content()
    tab.get_by_role("slider").press("ArrowLeft")
    assert tab.get_by_role("slider").input_value() == "1999"
    assert ", iteration 19" in state(tab)  # of the last report that is drawn


def test_ticks_are_whole_iterations_and_names_that_differ(browser, tmp_path):
    first = [(0.0, 1.0, 0.05), (1.0, 0.2, 0.05)]
    run = build({(0, 0): [1, 2], (1, 0): [1, 2]}, [], first=first)
    names = run.history["trial"].map({0: "option_left", 1: "option_right"})
    large = {run.metric: 1e7 * run.history["iteration"]}
    columns = dict.fromkeys(run.hyperparameters, names) | large
    run = replace(run, history=run.history.assign(**columns))
    file = tmp_path / "run.html"
    file.write_text(PAGE.format(explore(run)._repr_html_()), encoding="utf-8")
    tab = browser.new_page(viewport={"width": 900, "height": 1400})
    tab.add_init_script(NOTE_TEXTS)
    tab.goto(file.as_uri())
    tab.wait_for_selector(".pbt-state:not(:empty)")
    texts = {*tab.evaluate("texts")}
    tab.close()
    assert {"0", "1", "opt…left", "opt…ight"} <= texts
    assert not texts & {"0.5", "1.5"}


@pytest.mark.parametrize("name", WITH_EXPLORER)
def test_a_page_carries_it_in_the_place_of_a_figure(name, tab, unpacked):
    tab.goto(f"{unpacked}/{name}")
    tab.wait_for_selector(".pbt-state:not(:empty)")
    figure = tab.locator(".pbt-shared .pbt-pictures figure")
    assert not figure.is_visible()
    links = tab.eval_on_selector_all(
        "a[href^='#iteration=']", "links => links.map(link => link.getAttribute('href'))"
    )
    assert links, "the page links to no moment of its run"
    for link in links:
        tab.evaluate("link => location.hash = link", link)
        moment = parse_qs(link.removeprefix("#"))["iteration"][0]
        tab.wait_for_function(
            "moment => document.querySelector('.pbt-explorer input').value === moment",
            arg=moment,
        )
    tab.evaluate("new Promise(done => requestAnimationFrame(() => setTimeout(done, 100)))")
    assert tab.evaluate("shift") <= 0.01
    tab.locator(".pbt-switch button").click()  # the figure has a height of its own
    assert figure.is_visible()
    tab.emulate_media(media="print")
    assert figure.is_visible()
