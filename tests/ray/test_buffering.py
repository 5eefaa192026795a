"""Reports that arrive in batches are the same reports."""

import itertools
import os

import pytest
from pbt_examples import same_history
from pbt_examples.toy import train_toy
from pbt_examples.tuning import (
    Recorder,
    WarmVariantGenerator,
    buffered_reports,
    ray_session,
)
from ray import tune
from ray.tune.schedulers import FIFOScheduler
from toy_experiment import param_space, pbt

pytestmark = pytest.mark.usefixtures("ray_with_1_slot")


class ListArrivals(tune.Callback):
    """Remember the step of Ray's loop, the trial and the iteration of each report."""

    def __init__(self):
        self.arrivals = []

    def on_trial_result(self, iteration, trials, trial, result, **info):
        self.arrivals.append((iteration, trial.trial_id, result["training_iteration"]))


def run_and_arrivals(scheduler):
    recorder, counter = Recorder(scheduler, hyperparameters=["lr"]), ListArrivals()
    with ray_session() as storage_path:
        tune.Tuner(
            train_toy,
            param_space=param_space(2),
            tune_config=tune.TuneConfig(
                metric="Q",
                mode="max",
                scheduler=scheduler,
                search_alg=WarmVariantGenerator(),
                reuse_actors=True,
            ),
            run_config=tune.RunConfig(
                stop={"training_iteration": 24},
                storage_path=storage_path,
                callbacks=[recorder, counter],
                verbose=0,
            ),
        ).fit()
    return recorder.run(metric="Q"), counter.arrivals


@pytest.mark.parametrize("scheduler", [pbt, FIFOScheduler])
def test_buffered_reports_are_the_same_and_checkpoints_come_alone(scheduler):
    before = dict(os.environ)
    with buffered_reports(4):
        buffered, arrivals = run_and_arrivals(scheduler())
    assert dict(os.environ) == before | {"TUNE_DISABLE_AUTO_CALLBACK_LOGGERS": "1"}
    run, single = run_and_arrivals(scheduler())
    assert same_history(run, buffered)
    batches = [
        [iteration for *_, iteration in batch]
        for _, batch in itertools.groupby(arrivals, key=lambda report: report[:2])
    ]
    every_4 = range(1, 24, 4)
    expected = [batch for i in every_4 for batch in ([i, i + 1, i + 2], [i + 3])]
    assert sorted(batches) == sorted(2 * expected)
    assert len(single) == len({report[:2] for report in single}) == 2 * 24


@pytest.mark.parametrize(("interval", "error"), [(0, ValueError), (1.5, TypeError)])
def test_a_buffer_has_a_positive_whole_size(interval, error):
    with pytest.raises(error, match="interval must be"), buffered_reports(interval):
        pass
