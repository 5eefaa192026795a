"""Several populations in one experiment run as each would in a separate experiment."""

import functools
import itertools
import os
import signal

import pytest
from pbt_examples import Run, same_history
from pbt_examples.toy import oracle_error, train_toy
from pbt_examples.tuning import (
    ExploreOnly,
    PerPopulation,
    Population,
    Populations,
    PopulationsFailedError,
    Recorder,
    WarmVariantGenerator,
    WeightsOnly,
    buffered_reports,
    ray_session,
    run_experiment,
    run_populations,
)
from ray import tune
from toy_experiment import needing, once_per_trial, param_space, pbt, toy_with_fault

pytestmark = pytest.mark.usefixtures("ray_with_4_slots")

ITERATIONS = 12
TUNED = ["lr", "h0", "h1"]
AT_RANDOM = {
    "h0": tune.uniform(0, 1),
    "h1": tune.sample_from(lambda config: 1 - config["h0"]),
    "lr": tune.loguniform(5e-3, 1e-1),
    "checkpoint_interval": 4,
}


def populations():
    """Return populations that differ in everything they can, and two that are the same."""
    return {
        "seed 0": Population(param_space(2), pbt()),
        "seed 1": Population(param_space(2), pbt(seed=1)),
        ("four", "trials"): Population(param_space(4), pbt(seed=2)),
        "weights": Population(param_space(2), pbt(WeightsOnly, seed=3)),
        "explore": Population(param_space(2), pbt(ExploreOnly, seed=4)),
        "grid": Population(param_space(2)),
        "random": Population(AT_RANDOM, pbt(seed=5), num_samples=3),
        "random again": Population(AT_RANDOM, pbt(seed=5), num_samples=3),
    }


def together(trainable, *, cpus=4, **options):
    settings = {"iterations": ITERATIONS, "hyperparameters": TUNED} | options
    return run_populations(needing(trainable, cpus=cpus), populations(), **settings)


@pytest.fixture(scope="module")
def alone(ray_with_4_slots):
    """Return the run of each population in an experiment of its own."""
    return {
        name: run_experiment(
            needing(train_toy, cpus=4),
            one.param_space,
            scheduler=one.scheduler,
            num_samples=one.num_samples,
            iterations=ITERATIONS,
            hyperparameters=TUNED,
        )
        for name, one in populations().items()
    }


def assert_same(runs, others):
    assert list(runs) == list(others)
    for name, run in runs.items():
        assert same_history(run, others[name]), name
        assert run.info.seed == others[name].info.seed


def test_each_run_is_the_same_as_alone_and_one_process_makes_all(alone):
    runs = together(train_toy)
    assert_same(runs, alone)
    assert max(oracle_error(run) for run in runs.values()) == 0
    assert len({pid for run in runs.values() for pid in run.history["pid"]}) == 1
    ends = [(run.history["time"].min(), run.history["time"].max()) for run in runs.values()]
    assert sorted(ends) == ends  # one after another
    assert all(end <= begin for (_, end), (begin, _) in itertools.pairwise(ends))
    assert same_history(runs["random"], runs["random again"])


def test_neither_slots_nor_buffers_nor_deaths_of_workers_change_a_run(alone, tmp_path):
    deaths = [
        once_per_trial(step, tmp_path / str(step), lambda: os._exit(1)) for step in (6, 8)
    ]

    def fault(step):
        if tune.get_context().get_trial_id().endswith(("_00002", "_00003")):
            [death(step) for death in deaths]

    with buffered_reports(4):
        runs = together(toy_with_fault(fault), cpus=2)
    assert_same(runs, alone)
    for name, run in runs.items():
        failed = run.events[run.events["event"] == "fail"]["trial"]
        assert sorted(failed) == ([0, 0, 1, 1] if name == "seed 1" else [])


def test_a_population_that_fails_leaves_the_others_alone(alone, tmp_path):
    def fault(step):  # in trial 1 of the second population
        if step == 6 and tune.get_context().get_trial_id().endswith("_00003"):
            raise ArithmeticError("on purpose")

    with pytest.raises(PopulationsFailedError, match="1 of 8 populations failed") as failed:
        together(toy_with_fault(fault), max_failures=0, folder=tmp_path / "kept")
    [(name, why)] = failed.value.failures.items()
    assert name == "seed 1"
    assert why == "trial 1 failed more than max_failures times: ArithmeticError: on purpose"
    runs = failed.value.runs
    assert list(runs) == list(alone)
    assert runs[name].history.groupby("trial")["iteration"].max().tolist() == [12, 5]
    for other in runs.keys() - {name}:
        assert same_history(runs[other], alone[other])
        assert same_history(runs[other], Run.load(tmp_path / "kept" / str(other)))


def test_a_restored_experiment_ends_with_the_same_history(alone, tmp_path, monkeypatch):
    monkeypatch.setenv("PBT_EXAMPLES_STORAGE", str(tmp_path / "storage"))
    # At this signal Ray saves the state of the experiment, and ends it.
    stop = functools.partial(os.kill, os.getpid(), signal.SIGUSR1)
    happen = once_per_trial(7, tmp_path / "stopped", stop)

    def fault(step):  # in the third population, when two are complete
        if tune.get_context().get_trial_id().endswith("_00006"):
            happen(step)

    trainable = toy_with_fault(fault)
    kept = tmp_path / "kept"
    try:
        before = together(trainable, folder=kept)
    except PopulationsFailedError as error:
        before = error.runs
    assert same_history(before["seed 1"], alone["seed 1"])
    assert "random" not in before
    [experiment] = (tmp_path / "storage").iterdir()
    tune.Tuner.restore(str(experiment), needing(trainable, cpus=4)).fit()
    assert_same({name: Run.load(kept / str(name)) for name in alone}, alone)


def test_a_tuner_runs_them_with_a_grid_over_the_population(alone):
    schedulers = [pbt(), pbt(seed=1)]
    scheduler = Populations(schedulers)
    recorders = [Recorder(one) for one in schedulers]
    with ray_session() as storage_path:
        tune.Tuner(
            needing(train_toy, cpus=4),
            param_space=param_space(2) | {"population": tune.grid_search([0, 1])},
            tune_config=tune.TuneConfig(
                metric="Q",
                mode="max",
                scheduler=scheduler,
                search_alg=WarmVariantGenerator(),
                reuse_actors=True,
            ),
            run_config=tune.RunConfig(
                stop={"training_iteration": ITERATIONS},
                storage_path=storage_path,
                callbacks=[PerPopulation(scheduler, recorders)],
                verbose=0,
            ),
        ).fit()
    runs = [recorder.run(metric="Q") for recorder in recorders]
    assert_same(dict(enumerate(runs)), {0: alone["seed 0"], 1: alone["seed 1"]})


def test_a_custom_explore_fn_need_not_keep_the_number_of_the_population():
    def forget(config):
        return {name: config[name] for name in (*TUNED, "checkpoint_interval")}

    def two():
        return [pbt(seed=seed, custom_explore_fn=forget) for seed in (0, 1)]

    options = {"iterations": ITERATIONS, "hyperparameters": TUNED}
    trainable = needing(train_toy, cpus=4)
    runs = run_populations(
        trainable,
        {number: Population(param_space(2), one) for number, one in enumerate(two())},
        **options,
    )
    for number, one in enumerate(two()):
        run = run_experiment(trainable, param_space(2), scheduler=one, **options)
        assert same_history(run, runs[number])
