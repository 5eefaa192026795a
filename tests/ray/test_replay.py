"""Replays of a schedule: ours is exact, and why Ray's own is not used."""

import pytest
from pbt_examples import Run
from pbt_examples.toy import toy_param_space, toy_scheduler, train_toy
from pbt_examples.tuning import Replay, run_experiment
from ray.tune.experiment import Trial
from ray.tune.schedulers import PopulationBasedTrainingReplay

pytestmark = pytest.mark.usefixtures("ray_with_1_slot")

ITERATIONS = 40
COLUMNS = ["iteration", "Q", "theta0", "theta1", "lr", "h0", "h1"]
CONSTANTS = {"checkpoint_interval": 4}


@pytest.fixture(scope="module")
def run_and_folder(ray_with_1_slot, tmp_path_factory):
    storage = tmp_path_factory.mktemp("storage")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PBT_EXAMPLES_STORAGE", str(storage))
        run = run_experiment(
            train_toy,
            toy_param_space([0, 0.1, 0.9, 1]),
            scheduler=toy_scheduler(log_config=True),
            iterations=ITERATIONS,
        )
    (folder,) = storage.iterdir()
    return run, folder


@pytest.fixture(scope="module")
def run(run_and_folder):
    return run_and_folder[0]


def replay(scheduler, **options):
    return run_experiment(
        train_toy,
        CONSTANTS,
        scheduler=scheduler,
        hyperparameters=["lr", "h0", "h1"],
        iterations=ITERATIONS,
        **options,
    )


@pytest.mark.parametrize("place", [0, -1])
def test_a_replay_repeats_the_ancestry_to_the_last_bit(run, place):
    ranked = run.history.groupby("trial")["Q"].last().sort_values().index
    trial = int(ranked[place])
    ancestry = run.ancestry(trial)
    assert ancestry["trial"].nunique() > 1  # the schedule is not that of one lane
    replayed = replay(Replay(run, trial=trial)).of_trial(0)
    assert replayed[COLUMNS].reset_index(drop=True).equals(ancestry[COLUMNS])


def test_a_replay_keeps_its_process_although_no_other_trial_is_left(run):
    assert replay(Replay(run)).history["pid"].nunique() == 1


def test_by_default_the_winner_is_replayed(run):
    assert Replay(run).changes == Replay(run, trial=run.winner).changes


def test_changes_are_where_the_ancestry_changes(run):
    ancestry = run.ancestry(run.winner).set_index("iteration")
    changes = Replay(run).changes
    assert min(changes) == 0
    in_force = None
    for iteration, row in ancestry.iterrows():
        in_force = changes.get(iteration - 1, in_force)
        assert in_force == row[["lr", "h0", "h1"]].to_dict()
    assert all(iteration % 4 == 0 for iteration in changes)


def test_nested_hyperparameters_are_set_in_their_place(run):
    renamed = {"h0": "net/h0", "h1": "net/h1"}
    nested = Run(
        history=run.history.rename(columns=renamed),
        exploits=run.exploits.rename(
            columns=lambda name: f"net/{name}" if name.startswith("h") else name
        ),
        metric="Q",
        hyperparameters=("lr", "net/h0", "net/h1"),
    )
    start = {"checkpoint_interval": 4, "net": {"size": 3}}
    trial = Trial("train_toy", config=start, stub=True)
    Replay(nested).on_trial_add(None, trial)
    first = run.ancestry(run.winner).iloc[0]
    assert trial.config == {
        "checkpoint_interval": 4,
        "lr": first["lr"],
        "net": {"size": 3, "h0": first["h0"], "h1": first["h1"]},
    }


def test_a_replay_trains_one_trial(run):
    with pytest.raises(ValueError, match="a replay trains one trial"):
        replay(Replay(run), num_samples=2)


def test_an_unknown_trial_is_refused(run):
    with pytest.raises(ValueError, match="trial must be one of"):
        Replay(run, trial=9)


def test_rays_replay_ends_at_the_first_checkpoint_after_a_change(run_and_folder):
    # The reason for `Replay`. When this fails, Ray has fixed it: check whether Ray's
    # class can now take the place of ours.
    run, folder = run_and_folder
    ancestry = run.ancestry(run.winner)
    (policy,) = folder.glob(f"pbt_policy_*_{run.winner:05}.txt")
    replayed = replay_with_rays(policy).of_trial(0)
    first_change = sorted(Replay(run).changes)[1]
    assert replayed["iteration"].to_list() == list(range(1, first_change + 4 + 1))
    assert len(replayed) < len(ancestry) == ITERATIONS


def replay_with_rays(policy):
    return run_experiment(
        train_toy,
        {},  # the policy file has it all
        scheduler=PopulationBasedTrainingReplay(str(policy)),
        hyperparameters=["lr", "h0", "h1"],
        iterations=ITERATIONS,
    )
