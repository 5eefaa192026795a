"""Directories that Ray leaves, read back: nothing lost, nothing in the wrong place."""

import json
import os
import shutil
import signal

import pytest
from pbt_examples import Run, same_history
from pbt_examples.toy import oracle_error, toy_param_space, toy_scheduler, train_toy
from pbt_examples.tuning import WarmVariantGenerator, paced, run_experiment
from ray import tune
from ray.tune.examples.pbt_example import PBTBenchmarkExample
from ray.tune.examples.pbt_function import pbt_function
from ray.tune.schedulers import PopulationBasedTraining as RayPBT
from toy_experiment import needing, once_per_trial, toy_with_fault

pytestmark = pytest.mark.usefixtures("ray_with_4_slots")

ONE_AT_A_TIME = needing(train_toy, cpus=4)

STARTS = [0.1, 0.2, 0.8, 0.9]  # no zero: the log cannot show that 0 was multiplied
MUTATIONS = {
    "lr": tune.uniform(5e-3, 1e-1),
    "h0": tune.uniform(0, 1),
    "h1": tune.uniform(0, 1),
}


@pytest.fixture(autouse=True, scope="module")
def rays_loggers():
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TUNE_DISABLE_AUTO_CALLBACK_LOGGERS", "0")
        yield


@pytest.fixture
def recorded(tmp_path, monkeypatch):
    """Run the toy with Ray's loggers; return what was recorded, and the directory."""
    monkeypatch.setenv("PBT_EXAMPLES_STORAGE", str(tmp_path))

    def run(trainable, scheduler, **options):
        names = ["lr", "h0", "h1"]
        run = run_experiment(
            trainable,
            toy_param_space(STARTS),
            **{"scheduler": scheduler, "hyperparameters": names, "iterations": 24}
            | options,
        )
        (folder,) = tmp_path.iterdir()
        return run, folder

    return run


@pytest.fixture
def stock(tmp_path):
    """Run one of Ray's own examples with Ray's own scheduler; return the directory."""

    def run(trainable, **run_options):
        tuner = tune.Tuner(
            tune.with_resources(trainable, {"cpu": 2}),  # two at a time, two wait
            param_space={"lr": 0.0001, "some_other_factor": 1, "checkpoint_interval": 5},
            tune_config=tune.TuneConfig(
                metric="mean_accuracy",
                mode="max",
                num_samples=4,
                search_alg=WarmVariantGenerator(),  # otherwise each pause costs a process
                reuse_actors=True,
                scheduler=RayPBT(
                    quantile_fraction=0.5,  # with less, there may by chance be no exploit
                    perturbation_interval=5,
                    time_attr="training_iteration",
                    hyperparam_mutations={
                        "lr": tune.uniform(0.0001, 0.02),
                        "some_other_factor": [1, 2],
                    },
                ),
            ),
            run_config=tune.RunConfig(
                name="stock",
                storage_path=str(tmp_path),
                stop={"training_iteration": 20},
                verbose=0,
                **run_options,
            ),
        )
        tuner.fit()
        return tmp_path / "stock"

    return run


def aligned(read, recorded):
    """Return what was read with the columns in the order of what was recorded."""
    return Run(
        history=read.history[list(recorded.history)],
        exploits=read.exploits[list(recorded.exploits)],
        metric=read.metric,
        hyperparameters=recorded.hyperparameters,
    )


def log_of(folder):
    return [
        json.loads(line) for line in (folder / "pbt_global.txt").read_text().splitlines()
    ]


def assert_sound(run, until=20):
    """Check what Ray's examples report: the values that the workers used."""
    assert len(run.exploits) > 0
    assert (run.history["cur_lr"] == run.history["lr"]).all()
    for trial in run.trials:
        last = until or run.of_trial(trial)["iteration"].iloc[-1]
        assert run.ancestry(trial)["iteration"].to_list() == list(range(1, last + 1))


def test_a_synchronous_run_reads_as_it_was_recorded_to_the_last_bit(recorded):
    run, folder = recorded(ONE_AT_A_TIME, toy_scheduler(log_config=True))
    read = Run.from_experiment(folder, metric="Q")
    assert same_history(aligned(read, run), run)
    assert read.hyperparameters == ("h0", "h1", "lr")
    assert len(read.exploits) == 2 * 5
    for column in ("duration", "pid"):
        assert read.history[column].equals(run.history[column])
    assert abs(read.history["time"] - run.history["time"]).max() < 30


def test_an_asynchronous_run_reads_as_it_was_recorded_to_the_last_bit(recorded):
    pace = paced(train_toy, seconds=[0.01, 0.02, 0.03, 0.04])
    # Draws with all their digits: two from a grid may by chance look like products.
    scheduler = toy_scheduler(synch=False, log_config=True, hyperparam_mutations=MUTATIONS)
    run, folder = recorded(pace, scheduler)
    read = Run.from_experiment(folder, metric="Q")
    assert len(read.exploits) > 0
    assert same_history(aligned(read, run), run)
    # Ray's log does not yet count the report that is coming in: the repair was needed.
    for line, iteration in zip(log_of(folder), read.exploits["iteration"], strict=True):
        assert line[2] == iteration - 1


def test_a_run_whose_workers_crashed_reads_as_it_was_recorded(recorded, tmp_path_factory):
    marks = tmp_path_factory.mktemp("marks")
    crash = once_per_trial(18, marks, lambda: os._exit(1))

    def fault(step):
        if tune.get_context().get_trial_id().endswith(("_00001", "_00002")):
            crash(step)

    two_at_a_time = needing(toy_with_fault(fault), cpus=2)
    run, folder = recorded(two_at_a_time, toy_scheduler(log_config=True))
    assert len(list(marks.iterdir())) == 2
    read = Run.from_experiment(folder, metric="Q")
    assert same_history(aligned(read, run), run)


@pytest.mark.parametrize("synch", [True, False])
def test_a_run_of_rays_own_scheduler_obeys_the_arithmetic_of_the_toy(recorded, synch):
    scheduler = RayPBT(
        time_attr="training_iteration",
        perturbation_interval=4,
        quantile_fraction=0.5,
        hyperparam_mutations=MUTATIONS,
        synch=synch,
    )
    two_at_a_time = needing(train_toy, cpus=2)
    _, folder = recorded(two_at_a_time, scheduler)
    read = Run.from_experiment(folder, metric="Q")
    assert len(read.exploits) + len(read.info.pending) == len(log_of(folder)) > 0
    assert oracle_error(read) == 0


@pytest.mark.parametrize(
    ("example", "options"),
    [
        (pbt_function, {}),
        (
            PBTBenchmarkExample,
            {"checkpoint_config": tune.CheckpointConfig(checkpoint_frequency=5)},
        ),
    ],
)
@pytest.mark.filterwarnings("error:.* configurations in result")
def test_a_run_of_rays_own_example_is_sound(stock, example, options):
    run = Run.from_experiment(stock(example, **options), metric="mean_accuracy")
    assert run.trials == [0, 1, 2, 3]
    assert run.hyperparameters[0] == "lr"  # the other one need not have changed
    assert_sound(run)


def test_a_directory_can_be_moved(recorded, tmp_path_factory):
    _, folder = recorded(ONE_AT_A_TIME, toy_scheduler(log_config=True), iterations=12)
    there = Run.from_experiment(folder, metric="Q")
    moved = shutil.move(folder, tmp_path_factory.mktemp("elsewhere") / "renamed")
    assert same_history(Run.from_experiment(moved, metric="Q"), there)


def test_a_run_without_pbt_is_a_run_without_exploits(recorded):
    run, folder = recorded(ONE_AT_A_TIME, None, iterations=8, hyperparameters=["h0", "h1"])
    read = Run.from_experiment(folder, metric="Q")
    assert same_history(aligned(read, run), run)
    assert read.hyperparameters == ("h0", "h1")  # lr is the same in all trials


def test_an_interrupted_run_is_read_as_far_as_it_went_and_once_it_is_finished(
    stock, monkeypatch
):
    monkeypatch.setenv("TUNE_DISABLE_SIGINT_HANDLER", "0")  # Ray's default

    class Interrupt(tune.Callback):
        reports = 0

        def on_trial_result(self, **info):
            self.reports += 1
            if self.reports == 65:
                os.kill(os.getpid(), signal.SIGINT)  # as Ctrl-C does; Ray saves and stops

        def __reduce__(self):
            return tune.Callback, ()  # only once: it is gone when the run goes on

    folder = stock(pbt_function, callbacks=[Interrupt()])
    half = Run.from_experiment(folder, metric="mean_accuracy")
    assert half.info.finished is False
    assert_sound(half, until=None)
    tune.Tuner.restore(str(folder), tune.with_resources(pbt_function, {"cpu": 2})).fit()
    assert_sound(Run.from_experiment(folder, metric="mean_accuracy"))
