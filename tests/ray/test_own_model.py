"""What the guide says about Ray in "Running PBT on your own model", checked on Ray."""

import itertools
import json
import math
import struct
import tempfile
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pbt_examples.tuning import PopulationBasedTraining, WarmVariantGenerator, Watchdog
from ray import tune
from ray.tune import TuneError
from ray.tune.schedulers import PopulationBasedTraining as RayPBT
from tensorboardX.proto.event_pb2 import Event
from tensorboardX.proto.plugin_hparams_pb2 import HParamsPluginData

pytestmark = pytest.mark.usefixtures("ray_with_1_slot")
EITHER = pytest.mark.parametrize("kind", [RayPBT, PopulationBasedTraining])


def train(config, metrics_at):
    """Count steps, save each, and report what `metrics_at` says."""
    step = 0
    checkpoint = tune.get_checkpoint()
    if checkpoint:
        with checkpoint.as_directory() as folder:
            step = json.loads(Path(folder, "step").read_text())
    while True:
        step += 1
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "step").write_text(json.dumps(step))
            checkpoint = tune.Checkpoint.from_directory(folder)
            tune.report(metrics_at(step, config), checkpoint=checkpoint)


def score(step, config):
    return {"score": config["start"] + step * config["lr"], "applied_lr": config["lr"]}


def fit(folder, metrics_at=score, *, kind=RayPBT, keep=None, stop=None, **settings):
    """Run four trials with Ray's own loggers, and return the results and the exploits."""
    tuner = tune.Tuner(
        lambda config: train(config, metrics_at),
        # The best trial comes first, and so trains on before its target is restored.
        param_space={"start": tune.grid_search([3, 2, 1, 0]), "lr": 0.5},
        tune_config=tune.TuneConfig(
            metric="score",
            mode="max",
            scheduler=kind(
                time_attr="training_iteration",
                perturbation_interval=2,
                hyperparam_mutations={"lr": tune.uniform(0.1, 1.0)},
                **settings,
            ),
            search_alg=WarmVariantGenerator(),  # otherwise each pause costs a process
            reuse_actors=True,
        ),
        run_config=tune.RunConfig(
            name="run",
            storage_path=str(folder),
            stop={"training_iteration": 8} | (stop or {}),
            checkpoint_config=tune.CheckpointConfig(num_to_keep=keep),
            failure_config=tune.FailureConfig(fail_fast=True),
            callbacks=[Watchdog(patience=120)],
            verbose=0,
        ),
    )
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        patch.setenv("TUNE_DISABLE_AUTO_CALLBACK_LOGGERS", "0")
        warnings.filterwarnings("ignore", message="Using `CheckpointConfig")
        results = tuner.fit()
    log = Path(folder, "run", "pbt_global.txt")
    exploits = log.read_text().splitlines() if log.exists() else []
    return results, [json.loads(line) for line in exploits]


def reached(results):
    return [result.metrics["training_iteration"] for result in results]


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """A synchronous run with three checkpoints kept, and a metric that comes late."""

    def late(step, config):
        return score(step, config) | ({"late": step} if step >= 5 else {})

    return fit(tmp_path_factory.mktemp("plain"), late, keep=3, synch=True)


def test_one_kept_checkpoint_is_gone_when_a_target_needs_it(tmp_path):
    results, _ = fit(tmp_path, keep=1, synch=True)
    assert any("does not exist on storage" in str(error) for error in results.errors)


def test_checkpoints_per_interval_plus_one_are_enough_in_a_synchronous_run(plain):
    results, exploits = plain
    assert reached(results) == [8, 8, 8, 8]
    assert len(exploits) == 3
    assert not results.errors


def test_the_same_number_is_enough_in_an_asynchronous_run_with_turns(tmp_path):
    results, exploits = fit(tmp_path, keep=3, synch=False)
    assert not results.errors
    assert exploits


def test_since_ray_2_55_its_scheduler_leaves_out_a_trial_with_nan(tmp_path):
    from ray_releases import NAN_TAKES_PART  # here, since workers import this module

    def nan_in_the_first(step, config):
        return score(step, config) | ({"score": math.nan} if config["start"] == 3 else {})

    results, exploits = fit(tmp_path, nan_in_the_first, synch=True)
    assert reached(results) == [8, 8, 8, 8]
    ends = [math.isnan(result.metrics["score"]) for result in results]
    assert ends == [not NAN_TAKES_PART, False, False, False]
    assert exploits
    assert any("start=3" in row[0] + row[1] for row in exploits) == NAN_TAKES_PART


def test_a_report_without_the_metric_ends_the_experiment(tmp_path):
    with pytest.raises(TuneError, match="did not include the specified metric"):
        fit(tmp_path, lambda step, config: {"other": step})


def test_the_table_of_a_trial_has_no_column_for_a_metric_that_comes_late(plain):
    folder = Path(plain[0][0].path)
    assert "late" not in pd.read_csv(folder / "progress.csv").columns
    assert "late" in json.loads((folder / "result.json").read_text().splitlines()[-1])


@EITHER
def test_a_burn_in_period_does_not_stop_a_synchronous_run(tmp_path, kind):
    results, exploits = fit(tmp_path, kind=kind, synch=True, burn_in_period=5)
    assert reached(results) == [8, 8, 8, 8]
    assert all(row[2] >= 5 or row[3] >= 5 for row in exploits)
    assert exploits


@EITHER
def test_a_trial_that_ends_early_does_not_stop_a_synchronous_run(tmp_path, kind):
    def soon_done(step, config):
        first = tune.get_context().get_trial_id().endswith("00000")
        return score(step, config) | {"finished": step >= 3 and first}

    results, _ = fit(tmp_path, soon_done, kind=kind, synch=True, stop={"finished": True})
    assert sorted(reached(results)) == [3, 8, 8, 8]


def test_the_best_results_configuration_is_the_last_one(plain):
    results, _ = plain
    changed = [result for result in results if result.config["lr"] != 0.5]
    assert changed
    assert all(result.config["lr"] == result.metrics["applied_lr"] for result in results)


def test_tensorboard_has_what_was_reported_and_the_first_configuration(plain):
    results, _ = plain
    changed = next(result for result in results if result.config["lr"] != 0.5)
    files = sorted(Path(changed.path).glob("events.out.tfevents*"))
    scalars, hyperparameters = {}, []
    for event in itertools.chain.from_iterable(map(events, files)):
        for value in event.summary.value:
            if value.HasField("simple_value"):
                scalars.setdefault(value.tag, set()).add(value.simple_value)
            plugin = HParamsPluginData.FromString(value.metadata.plugin_data.content)
            if plugin.HasField("session_start_info"):
                hyperparameters.append(dict(plugin.session_start_info.hparams))
    assert np.float32(changed.config["lr"]) in scalars["ray/tune/applied_lr"]
    assert not any("config" in tag for tag in scalars)
    assert hyperparameters
    for start in hyperparameters:
        assert "lr" not in start or start["lr"].number_value == 0.5


def events(file):
    """Read a TensorBoard file: length, checksum, event, checksum, and so on."""
    data, at = file.read_bytes(), 0
    while at < len(data):
        (length,) = struct.unpack_from("<Q", data, at)
        yield Event.FromString(data[at + 12 : at + 12 + length])
        at += 12 + length + 4
