"""Whatever is in the files, the loaders return a run or raise what they promise."""

import contextlib
import json
import shutil
import warnings

import matplotlib.pyplot as plt
import pytest
from experiment_directory import write_experiment
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pbt_examples import Run
from pbt_examples.figures import (
    plot_exploit_counts,
    plot_lineage,
    plot_metric_history,
    plot_pace,
    plot_schedule,
    plot_timeline,
)
from plotting_runs import recorded, synchronous

NO_HYPERPARAMETERS = "run must have hyperparameters, got Run("
FUZZ = settings(
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
FIGURES = (
    plot_metric_history,
    plot_schedule,
    plot_lineage,
    plot_exploit_counts,
)
FIGURES_OF_EVENTS = (plot_pace, plot_timeline)
DRAWN = set()  # most garbled files that are accepted give one of a few runs
HOSTILE_TEXTS = ["..", "/", "", "0", "-1", "nan", "1e999", "9" * 30, "\0", "a,b\n", '"']
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.sampled_from(HOSTILE_TEXTS)
    | st.text(max_size=8)
)
JSON = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=6,
)


def places(value, path=()):
    """Yield the path to each node of a JSON value."""
    yield path
    inner = value.items() if isinstance(value, dict) else ()
    inner = enumerate(value) if isinstance(value, list) else inner
    for key, child in inner:
        yield from places(child, (*path, key))


def replaced(value, path, new):
    """Return a JSON value with the node at a path replaced."""
    if not path:
        return new
    value = value.copy()
    value[path[0]] = replaced(value[path[0]], path[1:], new)
    return value


def garble_bytes(data, content):
    content = bytearray(content)
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(content)))
        stop = start + data.draw(st.integers(0, 20))
        content[start:stop] = data.draw(st.binary(max_size=20))
    return bytes(content)


def garble_json(data, content):
    value = json.loads(content)
    if isinstance(value, dict) and "trial_data" in value:  # JSON in JSON
        value["trial_data"] = [[json.loads(one), two] for one, two in value["trial_data"]]
    at = data.draw(st.sampled_from(list(places(value))))
    value = replaced(value, at, data.draw(JSON))
    with contextlib.suppress(TypeError, KeyError, ValueError):  # where that was replaced
        value["trial_data"] = [[json.dumps(one), two] for one, two in value["trial_data"]]
    return json.dumps(value).encode()


def garble_csv(data, content):
    rows = [line.split(",") for line in content.decode().splitlines()]
    row = data.draw(st.integers(0, len(rows) - 1))
    column = data.draw(st.integers(0, len(rows[row]) - 1))
    new = data.draw(st.sampled_from(HOSTILE_TEXTS) | SCALARS.map(str))
    rows[row][column] = new
    return "\n".join([*map(",".join, rows), ""]).encode("utf-8", "replace")


KINDS = {".json": garble_json, ".txt": garble_json, ".csv": garble_csv}


def garble(data, folder, files):
    file = folder / data.draw(st.sampled_from(files))
    kind = data.draw(st.sampled_from([garble_bytes, KINDS[file.suffix]]))
    file.write_bytes(kind(data, file.read_bytes()))


def draw_once(run):
    """Draw the figures of a run, unless one with the same content has been drawn."""
    tables = run.history, run.exploits, run.events
    content = [(table.to_csv(), str(table.dtypes)) for table in tables]
    content += [run.hyperparameters, run.metric, run.mode]
    content += [run.info.perturbation_interval, run.info.domains]
    if (key := repr(content)) not in DRAWN:
        for draw in FIGURES + FIGURES_OF_EVENTS * bool(len(run.events)):
            draw(run)
        plt.gcf().draw_without_rendering()
        DRAWN.add(key)


def use(load):
    """Load a run and ask it what a report asks; return the error, if refused."""
    try:
        run = load()
        assert run.winner in run.trials
        assert len(run.ancestry(run.winner))
        assert set(run.first_config(run.winner)) == set(run.hyperparameters)
        draw_once(run)
    except (FileNotFoundError, ValueError) as error:
        return str(error)
    finally:
        plt.close("all")
    return ""


@FUZZ
@given(data=st.data())
def test_a_garbled_experiment(tmp_path, data):
    folder = tmp_path / "experiment"
    shutil.rmtree(folder, ignore_errors=True)
    write_experiment(folder)
    report = {"training_iteration": 1, "time_this_iter_s": 0.5, "config": {"lr": 0.5}}
    (folder / "trial_0" / "result.json").write_text(json.dumps(report))
    files = ["experiment_state-2026.json", "pbt_global.txt", "trial_0/progress.csv"]
    garble(data, folder, [*files, "trial_0/result.json"])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        told = use(lambda: Run.from_experiment(folder, metric="score"))
    assert not told or str(folder) in told or "trial" in told or NO_HYPERPARAMETERS in told


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    return recorded(synchronous()).save(tmp_path_factory.mktemp("saved"))


@FUZZ
@given(data=st.data())
def test_a_garbled_record(saved, tmp_path, data):
    folder = shutil.copytree(saved, tmp_path / "garbled", dirs_exist_ok=True)
    garble(data, folder, ["run.json", "history.csv", "exploits.csv", "events.csv"])
    told = use(lambda: Run.load(folder))
    assert not told or str(folder) in told or "trial" in told or NO_HYPERPARAMETERS in told
