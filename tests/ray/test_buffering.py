"""Reports that arrive in batches are the same reports."""

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
from toy_experiment import param_space, pbt

pytestmark = pytest.mark.usefixtures("ray_with_1_slot")


class CountSteps(tune.Callback):
    """Remember in which steps of Ray's loop reports arrived."""

    def __init__(self):
        self.steps = []

    def on_trial_result(self, iteration, trials, trial, result, **info):
        self.steps.append(iteration)


def run_and_steps():
    scheduler = pbt()
    recorder, counter = Recorder(scheduler), CountSteps()
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
                stop={"training_iteration": 22},
                storage_path=storage_path,
                callbacks=[recorder, counter],
                verbose=0,
            ),
        ).fit()
    return recorder.run(metric="Q"), counter.steps


def test_buffered_reports_are_the_same_and_arrive_in_batches_of_an_interval():
    before = dict(os.environ)
    with buffered_reports(4):
        buffered, steps = run_and_steps()
    assert dict(os.environ) == before | {"TUNE_DISABLE_AUTO_CALLBACK_LOGGERS": "1"}
    run, single = run_and_steps()
    assert same_history(run, buffered)
    assert len(single) == len(set(single)) == len(steps) == 2 * 22
    assert len(set(steps)) == 2 * 6


@pytest.mark.parametrize(("most", "error"), [(0, ValueError), (1.5, TypeError)])
def test_a_buffer_has_a_positive_whole_size(most, error):
    with pytest.raises(error, match="most must be"), buffered_reports(most):
        pass
