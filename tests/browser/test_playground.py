"""The runs of the playground are those of the reference, to the last bit."""

from __future__ import annotations

import random
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import numpy as np
import pytest
from built_site import THOROUGH
from pbt_examples.toy import Reference

SETTINGS, PARTS = (300 if THOROUGH else 100), 4

RUN = """async address => {
  const heard = new Promise(done => addEventListener("hashchange", done, {once: true}));
  location.hash = address;
  await heard;
  const keepHere = event => event.preventDefault();
  document.addEventListener("click", keepHere);
  const files = [];
  for (const name of ["history.csv", "exploits.csv"]) {
    const link = document.querySelector(`a[download="${name}"]`);
    link.click();
    files.push(await (await fetch(link.href)).text());
  }
  document.removeEventListener("click", keepHere);
  return files;
}"""


DRAW_NOTHING = """() => {
  window.requestAnimationFrame = () => 0;
  Worker.prototype.postMessage = () => {};
  document.body.style.display = "none";
}"""


BEGIN_ANEW = """() => new Promise(done => {
  if (location.hash === "#seed=0") return done();
  addEventListener("hashchange", done, {once: true});
  location.hash = "seed=0";
})"""


CHANGE_AND_PIN = """address => new Promise(done => {
  addEventListener("hashchange", () => {
    const buttons = [...document.querySelectorAll(".pbt-distribution button")];
    buttons.find(button => button.textContent.startsWith("Pin")).click();
    done();
  }, {once: true});
  location.hash = address;
})"""


@pytest.fixture(scope="module")
def tab(browser, served):
    tab = browser.new_page(viewport={"width": 1280, "height": 900})
    tab.set_default_timeout(60_000)
    tab.goto(f"{served}/playground.html")
    yield tab
    tab.close()


@pytest.fixture
def page(tab):
    """Return the shared page, with the default settings."""
    tab.evaluate(BEGIN_ANEW)
    return tab


@pytest.fixture(scope="module")
def fast_page(browser, served):
    """Yield a page that computes runs but draws nothing."""
    tab = browser.new_page()
    tab.goto(f"{served}/playground.html")
    tab.evaluate(DRAW_NOTHING)
    yield tab
    tab.close()


def any_settings(rng: random.Random) -> dict[str, Any]:
    """Return settings of a reference, under the names of its parameters."""
    trials = rng.choice([2, 2, 2, 3, 3, 4, 4, 5, 5, 8, 8, 16, rng.randint(17, 64)])
    either = {"trials": trials}, {"h0": [rng.random() for _ in range(trials)]}
    chosen = {
        "lr": rng.choice([0.05, rng.uniform(0.001, 0.1)]),
        "theta": [rng.uniform(-1.2, 1.2), rng.uniform(-1.2, 1.2)],
        "iterations": rng.randint(1, 60),
        "perturbation_interval": rng.randint(1, 15),
        "quantile_fraction": rng.choice([0.0, 0.25, 0.5, rng.random() / 2]),
        "resample_probability": rng.choice([0.0, 0.25, 1.0, rng.random()]),
        "perturbation_factors": [rng.uniform(1, 2), rng.random()],
        "exploit": rng.random() < 0.8,
        "explore": rng.random() < 0.8,
        "copy_h": rng.random() < 0.7,
    }
    usual = {"iterations": 40}  # the default is 100, which takes longer
    some = {name: value for name, value in chosen.items() if rng.random() < 0.6}
    return rng.choice(either) | usual | some


def address(settings: dict[str, Any], seed: int) -> str:
    """Return the fragment of the playground's address."""
    texts = {
        name: ",".join(map(repr, value)) if isinstance(value, list) else repr(value)
        for name, value in settings.items()
    }
    return urlencode(texts | {"seed": seed}, safe=",")


def reference(settings: dict[str, Any]) -> Reference:
    """Return the reference with these settings."""
    lists = {name: tuple(v) for name, v in settings.items() if isinstance(v, list)}
    return Reference(**settings | lists)


def saved(settings: dict[str, Any], seed: int, folder: Path) -> list[str]:
    """Return the tables that the reference saves for a run."""
    reference(settings).run(seed).save(folder)
    return [(folder / f"{name}.csv").read_text() for name in ("history", "exploits")]


OVERFLOWING = [
    {"h0": h0, "iterations": 130, "perturbation_interval": interval}
    for h0 in ([1e4, 0.5, 1e5, 0.2], [1e4, 1e6, 2e4])
    for interval in (60, 115)
]
"""Settings with which Q becomes minus infinity, and then NaN."""


@pytest.mark.filterwarnings("ignore:overflow:RuntimeWarning")
@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
@pytest.mark.parametrize("part", range(PARTS))
def test_its_runs_are_the_references_bit_for_bit(part, fast_page, tmp_path):
    rng = random.Random(part)
    some = [any_settings(rng) for _ in range(SETTINGS // PARTS)]
    for settings in [OVERFLOWING[part], *some]:
        where = address(settings, seed := rng.randrange(rng.choice([10, 10_000, 2**32])))
        assert fast_page.evaluate(RUN, where) == saved(settings, seed, tmp_path), where


def test_a_click_downloads_the_tables(page, tmp_path):
    page.goto(f"{page.url.partition('#')[0]}#trials=8&quantile_fraction=0.25&seed=3")
    expected = saved({"trials": 8, "quantile_fraction": 0.25}, 3, tmp_path)
    for name, text in zip(["history.csv", "exploits.csv"], expected, strict=True):
        with page.expect_download() as download:
            page.get_by_role("link", name=name).click()
        assert download.value.suggested_filename == name
        assert Path(download.value.path()).read_text() == text


def final_words(page) -> str:
    """Return what the page says about the distribution when all seeds have run."""
    page.wait_for_selector(".pbt-distribution:not([aria-busy])")
    return page.locator(".pbt-share").first.text_content()


def expected_words(settings: dict[str, Any]) -> str:
    """Return what the page should say about the first 2,000 runs."""
    final = np.sort(reference(settings).best_Q(2000)[:, -1])
    return (
        f"{100 * (final > 1.19).mean():.1f} % end above 1.19; "
        f"median {final[1000]:.4f}, worst {final[0]:.4f}."
    )


@pytest.mark.parametrize(
    "settings",
    [{"resample_probability": 0.25}, {"trials": 4, "resample_probability": 0.0}],
    ids=str,
)
def test_its_distribution_is_that_of_the_references_first_2000_runs(page, settings):
    page.evaluate("address => location.hash = address", address(settings, 1))
    page.wait_for_function("() => document.querySelector('.pbt-run input').value === '1'")
    assert final_words(page) == expected_words(settings)


def test_without_workers_the_page_makes_the_distribution_itself(browser, served):
    tab = browser.new_page()
    tab.add_init_script("delete window.Worker")
    tab.goto(f"{served}/playground.html")
    assert final_words(tab) == expected_words({})
    tab.close()


def test_from_a_folder_it_makes_the_same_distribution(browser, unpacked):
    tab = browser.new_page()
    tab.goto(f"{unpacked}/playground.html#trials=3")
    assert final_words(tab) == expected_words({"trials": 3})
    tab.close()


def test_a_pin_holds_all_seeds_even_if_they_have_not_all_run_yet(page):
    page.evaluate(CHANGE_AND_PIN, "trials=16")
    assert final_words(page) == expected_words({"trials": 16})
    pinned = page.locator(".pbt-share").nth(1).text_content()
    assert pinned == f"Pinned (dashed; trials=16): {expected_words({'trials': 16})}"
    page.get_by_role("button", name="Remove the pin").click()


def test_a_logarithmic_axis_stays_when_settings_change(page):
    page.get_by_label("log metric").check()
    page.evaluate("address => location.hash = address", "seed=5")
    page.wait_for_function("() => document.querySelector('.pbt-run input').value === '5'")
    assert page.get_by_label("log metric").is_checked()
    page.get_by_label("log metric").uncheck()


def test_the_address_holds_all_settings(page):
    where = "trials=4&iterations=50&explore=false&seed=7"
    page.evaluate("address => location.hash = address", where)
    page.wait_for_function("() => document.querySelector('.pbt-run input').value === '7'")
    page.get_by_role("spinbutton", name="perturbation interval").fill("5")
    page.keyboard.press("Tab")
    page.wait_for_function("() => location.hash.includes('interval=5')")
    assert page.evaluate("location.hash.slice(1)").split("&") == [
        "trials=4", "iterations=50", "perturbation_interval=5", "explore=false", "seed=7",
    ]  # fmt: skip


def test_a_wrong_setting_is_named_and_rejected(page):
    page.evaluate("location.hash = 'quantile_fraction=0.7&seed=1'")
    message = page.get_by_text(
        "quantile_fraction must be a number between 0 and 0.5, got 0.7"
    )
    message.wait_for()
    box = page.get_by_role("spinbutton", name="quantile fraction")
    assert box.input_value() == "0.5"


def test_the_start_of_theta_can_be_dragged_and_moved_with_keys(page):
    pad = page.locator(".pbt-pad")
    box = pad.bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.8, box["y"] + box["height"] * 0.2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.55, box["y"] + box["height"] * 0.45)
    page.mouse.up()
    # The address may be written on the way, too.
    page.wait_for_function("() => parseFloat(location.hash.split('theta=')[1]) < 0.4")
    start = page.evaluate("location.hash")
    pad.press("ArrowLeft")
    page.wait_for_function("before => location.hash !== before", arg=start)
    theta = [re.search(r"theta=([-\d.]+)", hash_)[1] for hash_ in (start, page.url)]
    assert float(theta[1]) == pytest.approx(float(theta[0]) - 0.05)


EXPERIMENTS = {
    "a-zero-that-stays-zero": (lambda now, pinned: now == 0 and pinned > 99),
    "four-trials-instead-of-two": (lambda now, pinned: 100 - now < (100 - pinned) / 8),
    "weights-only": (lambda now, pinned: now == 100 and pinned == 0),
    "an-interval-of-one": (lambda now, pinned: 75 < now < 85),
    "a-quantile-of-a-quarter": (lambda now, pinned: now > 99.9 and pinned == 100),
}
"""What each experiment promises about the shares that reach 1.19, by section."""


@pytest.mark.parametrize("section", EXPERIMENTS)
def test_an_experiment_shows_what_its_text_says(page, section):
    page.locator(f"#{section} .pbt-try").click()
    now = float(final_words(page).split()[0])
    pinned = page.locator(".pbt-share").nth(1).text_content()
    assert EXPERIMENTS[section](now, float(re.search(r"([\d.]+) % end", pinned)[1]))


def test_every_experiment_is_tried(page):
    sections = page.eval_on_selector_all(
        ".pbt-try", "buttons => buttons.map(each => each.closest('section').id)"
    )
    assert sections == list(EXPERIMENTS)


def test_python_code_makes_the_same_run(page, tmp_path, monkeypatch):
    where = "trials=3&lr=0.02&theta=0.5,-0.25&copy_h=false&seed=12"
    files = page.evaluate(RUN, where)
    monkeypatch.chdir(tmp_path)
    exec(page.locator(".pbt-run pre code").first.text_content(), {})
    folder = tmp_path / "playground"
    assert files == [
        (folder / f"{name}.csv").read_text() for name in ("history", "exploits")
    ]


def test_python_code_for_ray_is_the_script_that_the_tests_run_on_ray(page):
    settings = "trials=3&lr=0.02&iterations=12&perturbation_interval=3&copy_h=false"
    page.evaluate(RUN, f"{settings}&seed=12")
    code = page.locator(".pbt-run pre code").last.text_content()
    script = Path(__file__).parents[1] / "ray" / "playground_on_ray.py"
    assert code == script.read_text()
