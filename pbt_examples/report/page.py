"""Write a self-contained HTML page about a run."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from html import escape
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Any

import pandas as pd
from pbt_examples.checks import check_type
from pbt_examples.explorer.explore import explore
from pbt_examples.record.files import write_texts
from pbt_examples.record.findings import findings
from pbt_examples.record.reading.notes import counted
from pbt_examples.record.run import Run, check_run
from pbt_examples.record.saving import harmless_csv
from pbt_examples.record.schedule import schedule_changes, schedule_table
from pbt_examples.record.trials import best_report, last_score, trials_table
from pbt_examples.report.pictures import pictures
from pbt_examples.report.tables import SHOWN, table

DATA = ("history.csv", "exploits.csv", "run.json")

RELOAD = Template("""\
<script>
addEventListener("load", () => {
  const page = "pbt-examples " + location.pathname;
  const kept = JSON.parse(sessionStorage.getItem(page) || "{}");
  const frames = [...document.querySelectorAll(".table, .picture")];
  const name = (frame) => frame.getAttribute("aria-label");
  const fold = (frame) => frame.closest("details");
  for (const frame of frames) {
    const [left, open] = kept[name(frame)] ?? [0, false];
    fold(frame)?.toggleAttribute("open", open);
    frame.scrollLeft = left;
  }
  scrollTo(0, kept.top ?? 0);
  setTimeout(() => {
    const places = frames.map((each) => [name(each), [each.scrollLeft, fold(each)?.open]]);
    const now = { top: scrollY, ...Object.fromEntries(places) };
    sessionStorage.setItem(page, JSON.stringify(now));
    location.reload();
  }, $milliseconds);
});
</script>""")
"""Reloads the page, as far unfolded and scrolled as the reader had it."""

REPLAY = """\
from pbt_examples import Run
from pbt_examples.tuning import Replay, run_experiment

run = Run.load("path/to/this/folder")
run_experiment(
    train, param_space,  # your trainable, and what PBT did not tune
    scheduler=Replay(run), hyperparameters=run.hyperparameters,
    metric={metric!r}, mode={mode!r}, iterations={iterations},
)"""


def write_report(
    run: Run,
    folder: str | Path,
    *,
    title: str = "A PBT run",
    reload_every: float | None = None,
) -> Path:
    """Write a page with the figures and tables of a run, and the run's data beside it.

    Parameters
    ----------
    run : Run
        Any run, even an unfinished one.
    folder : path
        Created if it does not exist. Receives ``index.html``, which contains all
        pictures, the files of `Run.save`, and ``schedule.csv`` and ``schedule.json``.
    title : str
        The heading of the page.
    reload_every : float, optional
        Seconds after which the page reloads itself, for an unfinished run; by default it
        does not reload.

    Returns
    -------
    Path
        The page.
    """
    check_run(run)
    check_type("title", title, str, "a string")
    folder = run.save(folder)
    sections = [*_top(run), *_pictures(run), *_schedule(run, folder), *_tables(run)]
    if reload_every is not None:
        sections.append(RELOAD.substitute(milliseconds=round(1000 * reload_every)))
    page = folder / "index.html"
    room = files("pbt_examples.report")
    template = Template((room / "template.html").read_text(encoding="utf-8"))
    content = template.substitute(
        title=escape(title),
        style=(room / "style.css").read_text(encoding="utf-8"),
        body="\n".join(sections),
    )
    write_texts({page: content})
    return page


def _top(run: Run) -> Iterator[str]:
    yield _lead(run)
    yield _notes(run)
    yield _section("At a glance", _facts(run))
    found = findings(run)
    sentences = found or ["Nothing unusual was found by the checks of this report."]
    yield _section("Findings", _list(sentences))


def _lead(run: Run) -> str:
    counts = (
        f"{counted(len(run.trials), 'trial')} made {counted(len(run.history), 'report')} "
        f"and {counted(len(run.exploits), 'exploit')}."
    )
    if not _is_ranked(run):
        return (
            f'<p class="lead">{counts} No report has a number as {escape(run.metric)}. '
            "There are no figures, because no number ranks the trials.</p>"
        )
    last = last_score(run, run.winner)
    better = "larger" if run.mode == "max" else "smaller"
    return (
        f'<p class="lead">Trial {run.winner} ended best, with {escape(run.metric)} at '
        f"{last:.6g} ({better} is better). {counts}</p>"
    )


def _is_ranked(run: Run) -> bool:
    # Otherwise there is neither a winner nor its ancestry.
    return bool(run.history[run.metric].notna().any())


def notes_on(run: Run) -> list[str]:
    """Return sentences about what the report on a run cannot show."""
    info = run.info
    notes = list(info.notes)
    if info.finished is False:
        when = f" The last report came at {info.last_report}." if info.last_report else ""
        notes.insert(0, f"This run had not ended when it was read.{when}")
    for each in info.pending:
        notes.append(
            f"At iteration {each.iteration} trial {each.target} was told to take over "
            f"from trial {each.donor}; no report shows it{'' if info.finished else ' yet'}."
        )
    return notes


def _notes(run: Run) -> str:
    notes = notes_on(run)
    if not notes:
        return ""
    return (
        '<section class="notes" aria-label="Notes"><h2>What this report cannot show</h2>'
        f"{_list(notes)}</section>"
    )


def _facts(run: Run) -> str:
    info = run.info
    facts: dict[str, str | None] = {}
    links: dict[str, str] = {}
    if _is_ranked(run):
        best = best_report(run)
        facts["Best score"] = (
            f"{run.metric} = {best[run.metric]:.6g}, by trial {best['trial']} at "
            f"iteration {best['iteration']}"
        )
        links["Best score"] = f' <a href="#{_moment(best)}">Show this moment</a>'
        states = {state.trial: state for state in info.trials}
        winner = states.get(run.winner)
        facts["Winner's checkpoint"] = winner.checkpoint if winner else None
    facts["Iterations"] = str(run.history["iteration"].max())
    facts["Wall time"] = None if info.seconds is None else _duration(info.seconds)
    facts["Last report"] = info.last_report
    versions = ", ".join(f"{name} {release}" for name, release in info.versions.items())
    facts["Ray"] = info.ray_release or versions or None
    facts["Directory"] = info.source
    facts["Scheduler"] = _settings(run)
    rows = (
        f"<dt>{escape(name)}</dt><dd>{escape(value)}{links.get(name, '')}</dd>"
        for name, value in facts.items()
        if value is not None
    )
    names = [*DATA, *(["schedule.csv", "schedule.json"] if _has_schedule(run) else [])]
    data = ", ".join(f'<a href="{name}">{name}</a>' for name in names)
    return f'<dl class="facts">{"".join(rows)}<dt>Data</dt><dd>{data}</dd></dl>'


def _settings(run: Run) -> str:
    info = run.info
    known = {
        "perturbation_interval": info.perturbation_interval,
        "quantile_fraction": info.quantile_fraction,
        "resample_probability": info.resample_probability,
        "synch": info.synch,
        "seed": info.seed,
    }
    told = [f"{name}={value}" for name, value in known.items() if value is not None]
    return ", ".join(told) or "its settings are not recorded in the directory"


def _pictures(run: Run) -> Iterator[str]:
    if not _is_ranked(run):
        return
    (heading, metric), *others = pictures(run)
    # The explorer takes the place of the figure before it. Without scripts, the link to
    # the best score leads to the figure.
    anchor = f'<span id="{_moment(best_report(run))}"></span>'
    yield _section(heading, anchor + metric + explore(run)._repr_html_())
    for heading, picture in others:
        yield _section(heading, picture)


def _moment(report: Mapping[str, Any]) -> str:
    # As the explorer reads it from the page's address.
    return f"iteration={report['iteration']}&amp;trial={report['trial']}"


def _has_schedule(run: Run) -> bool:
    return bool(run.hyperparameters) and _is_ranked(run)


def _schedule(run: Run, folder: Path) -> Iterator[str]:
    if not _has_schedule(run):
        return
    in_words, changes = schedule_table(run), schedule_changes(run)
    steps = [{"after_iteration": at, "config": new} for at, new in changes.items()]
    write_texts(
        {
            folder / "schedule.csv": harmless_csv(in_words),
            folder / "schedule.json": json.dumps(steps, indent=1, default=_plain) + "\n",
        }
    )
    replay = REPLAY.format(
        metric=run.metric,
        mode=run.mode,
        iterations=int(run.of_trial(run.winner)["iteration"].iloc[-1]),
    )
    name = "The winner's schedule as a table"
    yield _section(
        name,
        table(name, in_words, shown=2 * SHOWN)
        + "<p>The result of PBT is this schedule, together with the weights that it "
        "trained. The last row alone, used from the start, would train another model. "
        "To train one model with the schedule:</p>"
        f"<pre><code>{escape(replay)}</code></pre>",
    )


def _tables(run: Run) -> Iterator[str]:
    trials = trials_table(run)
    is_moment = not pd.api.types.is_numeric_dtype(trials["last_report"])
    heading = f"last report ({'UTC' if is_moment else 's'})"
    names = {"last_report": heading, "cloned": "times cloned", "best_at": "best at"}
    for each in run.hyperparameters:
        names |= {f"{each}_first": f"first {each}", f"{each}_last": f"last {each}"}
    trials = trials.rename(columns=names)
    yield _section("Trials", table("Trials", trials, shown=4 * SHOWN))
    if len(run.exploits):
        name = "All exploits"
        exploits = run.exploits.rename(
            columns={
                "iteration": "target's iteration",
                "donor_iteration": "donor's iteration",
                "target_score": "target's score",
                "donor_score": "donor's score",
            }
        ).drop(columns=["segment", "donor_segment"])
        yield _section(name, table(name, exploits, shown=SHOWN, file="exploits.csv"))


def _section(heading: str, content: str) -> str:
    return f"<section><h2>{escape(heading)}</h2>{content}</section>"


def _list(sentences: list[str]) -> str:
    return f"<ul>{''.join(f'<li>{escape(each)}</li>' for each in sentences)}</ul>"


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{seconds:.3g} s"


def _plain(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else str(value)
