"""Read the directory of a Ray Tune experiment, whoever ran it and however it ended.

Only text is read: the states of the trials (`state_file`), their reports (`trial_reports`)
and the scheduler's log (`exploit_log`). The pickles beside them are never opened, since a
pickle can run code. What trainables made of their configurations is left out
(`given_configs`). The logged exploits are looked up in the reports (`place_exploits`),
those that only the reports show are added (`lane_exploits`), with the donors that their
values give away (`inferred_donors`), and each is traced to a checkpoint
(`donor_checkpoints`). The tables are made from that (`history_table`), and what they lack
is noted (`lane_notes`, `restored`, `read_info`).
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

import pandas as pd
from pbt_examples.record.info import PendingExploit
from pbt_examples.record.reading.directory import Directory
from pbt_examples.record.reading.donor_checkpoints import follow_checkpoints
from pbt_examples.record.reading.experiment import (
    Experiment,
    chosen_metric,
    open_experiment,
)
from pbt_examples.record.reading.exploit_log import LOG, LoggedExploit
from pbt_examples.record.reading.given_configs import given_configs
from pbt_examples.record.reading.history_table import NOT_KNOWN, HistoryTable
from pbt_examples.record.reading.inferred_donors import infer_donors
from pbt_examples.record.reading.lane_exploits import (
    UNKNOWN,
    FoundExploit,
    Story,
    from_own_states,
    tell,
)
from pbt_examples.record.reading.lane_notes import note_stories
from pbt_examples.record.reading.lanes import Lane, usual_step
from pbt_examples.record.reading.notes import Notes, counted
from pbt_examples.record.reading.operations import operations
from pbt_examples.record.reading.place_exploits import Place, place_exploits
from pbt_examples.record.reading.plain_values import Config, readable, varying
from pbt_examples.record.reading.read_info import (
    note_infinite,
    note_mode,
    note_state,
    note_unknown,
    run_info,
)
from pbt_examples.record.reading.restored import is_whole, note_restored
from pbt_examples.record.reading.state_file import FINISHED, read_params
from pbt_examples.record.tables import exploits_table, find_rows


def read_experiment(
    directory: Directory,
    *,
    metric: str | None,
    mode: str,
    perturbation_factors: Sequence[float],
) -> tuple[dict[str, Any], Notes]:
    """Return the arguments that `Run.from_experiment` passes to `Run`, and the notes."""
    experiment = open_experiment(directory)
    notes = experiment.notes
    metric = chosen_metric(metric, experiment)
    step = usual_step(reports.table for reports in experiment.reports.values())
    configs = given_configs(experiment, step)
    lanes = {
        number: Lane(reports.table, configs[number], step)
        for number, reports in experiment.reports.items()
    }
    _hear_beginnings(lanes, experiment)
    logged = chain.from_iterable((e.donor_config, e.new_config) for e in experiment.log)
    names = varying(_all_configs(lanes, experiment.log))
    # All of the log are whole, so that what some of them lack is not set there.
    names = tuple(dict.fromkeys([*names, *varying((each, True) for each in logged)]))
    log, places = _placed(lanes, experiment.log, names, notes)
    ended = {
        trial.number: trial.last_config
        for trial in experiment.state.trials
        if trial.status in FINISHED
    }
    stories, found = tell(lanes, log, places, ended, names, notes)
    is_alone = len(experiment.state.trials) == 1
    if is_alone:
        found = from_own_states(found, lanes, stories)
    found = infer_donors(found, lanes, stories, names, perturbation_factors, notes)
    unknown = {(each.target, each.stint) for each in found if each.donor == UNKNOWN}
    failures = _failures(experiment)
    unperturbed = {
        trial.number
        for trial in experiment.state.trials
        if trial.number in ended and not trial.perturbed
    }
    whole = is_whole(experiment.state, lanes, log, places)
    note_stories(
        lanes, stories, log, places, ended, failures, notes,
        unperturbed=unperturbed, restorations=experiment.state.restorations,
        unknown=unknown, is_alone=is_alone, is_whole=whole,
    )  # fmt: skip
    folders = {
        trial.number: experiment.directory.folder(trial.folder)
        for trial in experiment.state.trials
        if trial.folder is not None
    }
    note_restored(
        experiment.state, lanes, stories, names, notes,
        unperturbed=unperturbed, is_whole=whole,
    )  # fmt: skip
    named = found
    found = follow_checkpoints(named, lanes, stories, folders, notes)
    table = HistoryTable(lanes, stories, names, experiment.state, found)
    table.read_numbers(metric, notes)
    history = table.history()
    hyperparameters = tuple(table.columns[name] for name in names)
    metric = table.metrics.get(metric, metric)
    exploits = _exploits(found, stories, history, table, metric, perturbation_factors)
    # The score of an older state says nothing about why its trial was chosen.
    same = [one.donor_iteration == two.donor_iteration
            for one, two in zip(named, found, strict=True)]  # fmt: skip
    note_mode(exploits[pd.Series(same, dtype=bool)], metric, mode, notes)
    note_state(experiment, lanes, notes)
    note_unknown(table.unknown, notes)
    note_infinite(history[metric], notes)
    pending = _pending(log, places, lanes, table.columns)
    info = run_info(experiment, lanes, history, hyperparameters, pending)
    parts = {
        "history": history,
        "exploits": exploits,
        "hyperparameters": hyperparameters,
        "metric": metric,
        "info": info,
    }
    return parts, notes


def _hear_beginnings(lanes: Mapping[int, Lane], experiment: Experiment) -> None:
    # The state file does not hold what `sample_from` computed; the first report does.
    targets = {exploit.target for exploit in experiment.log}
    for trial in experiment.state.trials:
        lane = lanes.get(trial.number)
        if lane is None:
            continue
        if lane.iterations[0] > 1 and trial.number in targets:
            continue  # its beginning is missing
        first = trial.first_config
        alone = trial.number not in targets and (
            experiment.state.numbered or lane.stints == 1
        )
        if not first and alone and trial.folder:
            # Without a state file; later configurations are written to this file as well.
            first = read_params(experiment.directory.folder(trial.folder))
        if first:
            lane.seen[0] = first | lane.seen.get(0, {})


def _failures(experiment: Experiment) -> dict[int, int]:
    # Without a state file, a trial with this file has failed nobody knows how often.
    return {
        trial.number: sys.maxsize
        if trial.status == "unknown"
        and "error.txt" in experiment.directory.folder(trial.folder or "").files()
        else trial.failures
        for trial in experiment.state.trials
    }


def _all_configs(
    lanes: Mapping[int, Lane], log: Sequence[LoggedExploit]
) -> Iterator[tuple[Config, bool]]:
    # Each with whether it is whole, as in a report.
    for lane in lanes.values():
        known: dict[int, Config] = {
            id(config): config for config in lane.configs if config is not None
        }
        yield from ((config, True) for config in known.values())
        if 0 in lane.seen:
            yield lane.seen[0], False
    for exploit in log:
        yield exploit.donor_config, False
        yield exploit.new_config, False


def _placed(
    lanes: Mapping[int, Lane],
    log: Sequence[LoggedExploit],
    names: tuple[str, ...],
    notes: Notes,
) -> tuple[list[LoggedExploit], list[Place | None]]:
    places = place_exploits(log, lanes, names)
    missing = ahead = 0
    for exploit, place in zip(log, places, strict=True):
        target = lanes.get(exploit.target)
        is_ahead = target is not None and exploit.iteration > target.last_iteration
        ahead += place is None and is_ahead
        missing += place is None and not is_ahead
    if ahead:
        notes.add(
            f"Left out: {counted(ahead, 'exploit')} in {LOG}, later than the last report "
            "of the target."
        )
    if missing:
        notes.add(
            f"Left out: {missing} of the {counted(len(log), 'exploit')} in {LOG}, for "
            "which the reports show no resumption. An interrupted run logs exploits that "
            "never took effect.",
            doubt=True,
        )
    return list(log), places


def _exploits(
    found: Sequence[FoundExploit],
    stories: Mapping[int, Story],
    history: pd.DataFrame,
    table: HistoryTable,
    metric: str,
    factors: Sequence[float],
) -> pd.DataFrame:
    rows: list[dict[str, Any]] = []
    for each in found:
        segment = stories[each.target].segments[each.stint]
        donor_segment = UNKNOWN
        if each.donor_stint != UNKNOWN:
            donor_segment = stories[each.donor].segments[each.donor_stint]
        rows.append(
            {
                "iteration": each.iteration,
                "target": each.target,
                "donor": each.donor,
                "donor_iteration": each.donor_iteration,
                "segment": segment,
                "donor_segment": donor_segment,
            }
        )
    _add_scores(rows, history, metric)
    firsts = history.drop_duplicates("trial")
    for name, column in table.columns.items():
        olds = [each.donor_config.get(name, NOT_KNOWN) for each in found]
        news = [each.new_config.get(name, NOT_KNOWN) for each in found]
        known = [name in each.donor_config and name in each.new_config for each in found]
        pairs, begun = [*zip(olds, news, strict=True)], firsts[column].tolist()
        done = operations(pairs, factors, known, begun)
        for at, each in enumerate(found):
            # In the log, both are whole: what one of them lacks is not set there.
            is_set = name in each.donor_config, name in each.new_config
            is_logged = each.stint not in stories[each.target].lost
            if (
                is_logged
                and each.donor_config
                and each.new_config
                and is_set[0] != is_set[1]
            ):
                done[at] = "changed"
        for row, old, new, operation in zip(rows, olds, news, done, strict=True):
            row[f"{column}_donor"], row[f"{column}_new"] = readable(old), readable(new)
            row[f"{column}_operation"] = operation
    return exploits_table(rows, history, list(table.columns.values()))


def _add_scores(rows: list[dict[str, Any]], history: pd.DataFrame, metric: str) -> None:
    scores = [*history[metric].tolist(), None]  # None for -1, which stands for no report
    targets = [(row["target"], row["segment"] - 1, row["iteration"]) for row in rows]
    donors = [(r["donor"], r["donor_segment"], r["donor_iteration"]) for r in rows]
    if not rows:
        return
    found = find_rows(history, *zip(*targets, *donors, strict=True)).tolist()
    for row, target, donor in zip(
        rows, found[: len(rows)], found[len(rows) :], strict=True
    ):
        row["target_score"], row["donor_score"] = scores[target], scores[donor]


def _pending(
    log: Sequence[LoggedExploit],
    places: Sequence[Place | None],
    lanes: Mapping[int, Lane],
    columns: Mapping[str, str],
) -> list[PendingExploit]:
    return [
        PendingExploit(
            iteration=place.iteration,
            target=exploit.target,
            donor=exploit.donor,
            donor_iteration=place.donor_iteration,
            config={
                column: readable(exploit.new_config[name])
                for name, column in columns.items()
                if name in exploit.new_config
            },
        )
        for exploit, place in zip(log, places, strict=True)
        if place and place.stint == lanes[exploit.target].stints
    ]
