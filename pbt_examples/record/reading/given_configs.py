"""The configurations in the reports, as far as they are those that Ray gave the trials.

A report has what the trainable has made of its configuration: it may take entries out, as
``config.pop("lr")`` does, add some, or replace values, as RLlib does with its defaults.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import chain

from pbt_examples.record.reading.experiment import Experiment
from pbt_examples.record.reading.notes import Notes, listed
from pbt_examples.record.reading.plain_values import Config, agree, varying

Configs = Mapping[int, list[Config | None]]


def given_configs(experiment: Experiment, step: int) -> Configs:
    """Return the configuration in each report of each trial, as Ray gave it.

    `step` is by how much ``training_iteration`` usually grows from report to report.
    Entries that the trainable added or replaced are left out. If it removed or replaced
    some that are tuned, the reports do not show what Ray changed, and no configuration in
    them is used.
    """
    configs = {trial: reports.configs for trial, reports in experiment.reports.items()}
    rows = chain.from_iterable(configs.values())
    unique = {id(config): config for config in rows if config is not None}
    if not unique:
        return configs
    firsts = [trial.first_config for trial in experiment.state.trials]
    logged = [(each.donor_config, each.new_config) for each in experiment.log]
    given = [*firsts, *chain.from_iterable(logged)]
    told, seen = set[str]().union(*given), set[str]().union(*unique.values())
    missing = {name for name in told - seen if not _is_within(name, seen)}
    replaced = _replaced(experiment, configs, step) if experiment.log else set()
    tuned = {*varying((config, False) for config in given)}
    if hidden := sorted(tuned & (missing | replaced)):
        experiment.notes.add(
            f"The trainable removed or replaced entries of its configuration: "
            f"{listed(hidden)}. So the configurations in result.json are not used, and "
            "hyperparameters are those that the log of exploits and the state file name."
        )
        return {trial: [None] * len(own) for trial, own in configs.items()}
    added = _added(seen, told, experiment)
    _note_added(unique.values(), added, experiment.notes)
    if not added | replaced:
        return configs
    kept = {
        key: {name: config[name] for name in config.keys() - added - replaced}
        for key, config in unique.items()
    }
    return {
        trial: [None if config is None else kept[id(config)] for config in own]
        for trial, own in configs.items()
    }


def _is_within(name: str, others: set[str]) -> bool:
    # Ray names what it drew within a list ``layers/0``; in a report, the list is one value.
    parts = name.split("/")
    return any("/".join(parts[:end]) in others for end in range(1, len(parts)))


def _replaced(experiment: Experiment, configs: Configs, step: int) -> set[str]:
    # Entries whose first reported value is not that with which Ray created the trial. If
    # there is no progress.csv, the first reports may be lost.
    found = set[str]()
    for trial in experiment.state.trials:
        rows = configs.get(trial.number, [])
        if not rows or rows[0] is None:
            continue
        if experiment.reports[trial.number].table["training_iteration"].iloc[0] <= step:
            shared = trial.first_config.keys() & rows[0].keys()
            found |= {
                name for name in shared if not agree(trial.first_config, rows[0], (name,))
            }
    return found


def _added(seen: set[str], told: set[str], experiment: Experiment) -> set[str]:
    # The state file leaves no entry out, though it keeps some as pickles.
    known = set[str]().union(*(trial.names for trial in experiment.state.trials))
    if not known:
        return set()
    known |= {_top(name) for name in told}
    return {name for name in seen if _top(name) not in known}


def _top(name: str) -> str:
    return name.partition("/")[0]


def _note_added(configs: Iterable[Config], added: set[str], notes: Notes) -> None:
    own = ({name: config[name] for name in config.keys() & added} for config in configs)
    if differing := sorted(varying((config, False) for config in own)):
        notes.add(
            "The trainable added entries to its configuration, which Ray did not tune, "
            f"and which are left out: {listed(differing)}."
        )
