"""Where nothing can be written, or what was written is damaged, a run says so."""

import pytest
from pbt_examples import Run, RunFailedError, ray_session
from reader_script import script
from toy_experiment import basic_run, toy_with_fault


@pytest.fixture(scope="module")
def ray_with_a_slot():
    with ray_session(slots=1):
        yield


def test_a_storage_path_that_cannot_be_written_is_named(
    ray_with_a_slot, tmp_path, monkeypatch
):
    (tmp_path / "file").touch()
    monkeypatch.setenv("PBT_EXAMPLES_STORAGE", str(tmp_path / "file" / "below"))
    with pytest.raises(OSError, match="file/below"):
        basic_run(iterations=8)


@pytest.mark.parametrize("damage", [b"", b"{", b"\x00" * 64])
def test_a_damaged_checkpoint_ends_the_run_and_names_the_trial(
    ray_with_a_slot, tmp_path, monkeypatch, damage
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


FILL_UP = """
import resource, signal, sys
from pbt_examples import Run
run = Run.load(sys.argv[1])
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # the write itself shall fail
resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))
run.save(sys.argv[1])
"""


def test_a_full_disk_leaves_the_record_that_was_there(ray_with_a_slot, tmp_path):
    basic_run(iterations=24, folder=tmp_path)
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    with script(FILL_UP, tmp_path) as process:
        output, _ = process.communicate(timeout=100)
    assert process.returncode == 1
    assert "File too large" in output
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == before
    Run.load(tmp_path)
