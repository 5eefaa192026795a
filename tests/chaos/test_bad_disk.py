"""A run says so if nothing can be written, or if what was written is damaged."""

import resource
import shutil
from pathlib import Path

import pytest
from pbt_examples import Run
from pbt_examples.tuning import RunFailedError
from ray import tune
from reader_script import script
from toy_experiment import basic_run, toy_with_fault


def test_an_unwritable_storage_path_is_named(ray_with_1_slot, tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("PBT_EXAMPLES_STORAGE", str(tmp_path / "file" / "below"))
    with pytest.raises(OSError, match="file/below"):
        basic_run(iterations=8)


def test_a_storage_path_that_vanishes_is_named_and_the_record_kept(
    ray_with_1_slot, tmp_path, monkeypatch
):
    storage = tmp_path / "storage"
    monkeypatch.setenv("PBT_EXAMPLES_STORAGE", str(storage))

    def vanish(step):
        if step == 10 and storage.is_dir():
            shutil.rmtree(storage)
            storage.touch()

    with pytest.raises((RunFailedError, ValueError), match=str(storage)):
        basic_run(toy_with_fault(vanish), iterations=24, folder=tmp_path / "kept")
    assert Run.load(tmp_path / "kept").history["iteration"].max() >= 9


SOAK = [pytest.param(damage, marks=pytest.mark.soak) for damage in (b"", b"\x00" * 64)]


@pytest.mark.parametrize("damage", [b"{", *SOAK])
def test_a_damaged_checkpoint_ends_the_run_and_names_the_trial(
    ray_with_1_slot, tmp_path, monkeypatch, damage
):
    monkeypatch.setenv("PBT_EXAMPLES_STORAGE", str(tmp_path / "storage"))

    def spoil(step):
        if step == 10:
            for checkpoint in (tmp_path / "storage").glob("*/*/checkpoint_*/state.json"):
                checkpoint.write_bytes(damage)
            raise ArithmeticError("now resume from a checkpoint")

    with pytest.raises(
        RunFailedError, match=r"trial \d failed.*JSONDecodeError"
    ) as failure:
        basic_run(toy_with_fault(spoil), iterations=24, max_failures=1)
    assert failure.value.run.history["iteration"].max() == 9
    assert failure.value.run.exploits["iteration"].max() == 8


RUN_OUT_OF_ROOM = f"""
import resource, signal, sys
sys.path.insert(0, {str(Path(__file__).parents[1] / "ray")!r})
from pbt_examples.tuning import PopulationBasedTraining
from toy_experiment import basic_run, pbt

class Filling(PopulationBasedTraining):
    def on_trial_result(self, tune_controller, trial, result):
        if result["training_iteration"] == 60:
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # let the write itself fail
            resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))
        return super().on_trial_result(tune_controller, trial, result)

basic_run(scheduler=pbt(Filling), iterations=2000, folder=sys.argv[1])
"""


def test_a_disk_that_becomes_full_ends_the_run_and_keeps_the_older_record(tmp_path):
    with script(RUN_OUT_OF_ROOM, tmp_path) as process:
        output, _ = process.communicate(timeout=100)
    assert process.returncode == 1
    error = output.strip().splitlines()[-1]
    assert "RunFailedError" in error
    assert f"File too large: '{tmp_path}" in error
    assert "`run` of this error has Run(2 trials" in error
    assert len(Run.load(tmp_path).history) < 2000
    assert {file.suffix for file in tmp_path.iterdir()} == {".csv", ".json"}


def test_a_worker_without_room_for_its_checkpoint_fails_and_is_named(ray_with_1_slot):
    def limit(step):
        if step == 10 and tune.get_context().get_trial_id().endswith("_00001"):
            resource.setrlimit(resource.RLIMIT_FSIZE, (10, 10))

    with pytest.raises(RunFailedError, match=r"trial 1 failed.*File too large") as failure:
        basic_run(toy_with_fault(limit), iterations=24, max_failures=1)
    assert list(failure.value.run.of_trial(1)["iteration"]) == list(range(1, 12))


FILL_UP = """
import resource, signal, sys
from pbt_examples import Run
run = Run.load(sys.argv[1])
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # let the write itself fail
resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))
run.save(sys.argv[1])
"""


def test_a_full_disk_keeps_the_older_record(ray_with_1_slot, tmp_path):
    basic_run(iterations=24, folder=tmp_path)
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    with script(FILL_UP, tmp_path) as process:
        output, _ = process.communicate(timeout=100)
    assert process.returncode == 1
    assert "File too large" in output
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == before
    Run.load(tmp_path)
