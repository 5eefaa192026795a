"""The command: what it refuses, in one line, and what it writes."""

import subprocess
import sys

import pandas as pd
import pytest
from experiment_directory import write_experiment
from pbt_examples import Run
from pbt_examples.__main__ import main
from pbt_examples.record.export import alife_table, hiplot_table
from pyarrow import fs


def refused(capsys, *arguments):
    """Run the command; return the one line that it refuses with."""
    with pytest.raises(SystemExit) as stop:
        main([str(each) for each in arguments])
    assert stop.value.code == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    return lines[0]


def test_a_wrong_path_or_metric_gives_a_message_of_one_line(tmp_path, capsys):
    folder = write_experiment(tmp_path / "experiment")
    out = ("--out", tmp_path / "out")
    assert "no such folder" in refused(capsys, tmp_path / "nowhere", *out)
    state = folder / "experiment_state-2026.json"
    assert "is a file" in refused(capsys, state, *out)
    assert "folder of one trial" in refused(capsys, folder / "trial_0", *out)
    assert "one of its folders, 'experiment'" in refused(capsys, tmp_path, *out)
    assert "metrics are 'score' (0 to 3)" in refused(
        capsys, folder, "--metric", "loss", *out
    )
    assert "Ray adds" in refused(capsys, folder, "--metric", "time_total_s", *out)
    assert "choose one with --metric" in refused(capsys, folder, *out)
    assert "cannot open nonsense://" in refused(capsys, "nonsense://bucket/x", *out)
    assert not (tmp_path / "out").exists()


def test_files_of_others_are_not_overwritten(tmp_path, capsys):
    folder, out = write_experiment(tmp_path / "experiment"), tmp_path / "out"
    out.mkdir()
    precious = out / "index.html"
    precious.write_text("mine")
    options = (folder, "--metric", "score", "--out", out)
    assert "is not an earlier report" in refused(capsys, *options)
    assert precious.read_text() == "mine"
    main([str(each) for each in (*options, "--force")])
    main([str(each) for each in options])  # now it is an earlier report
    assert precious.read_text() != "mine"


def test_help_and_version_need_nothing_heavy():
    code = (
        "import sys; from pbt_examples.__main__ import main\n"
        "try: main([sys.argv[1]])\n"
        "except SystemExit as end: assert not end.code\n"
        "assert not {'pandas', 'matplotlib', 'ray'} & {*sys.modules}"
    )
    for option, words in {"--help": "example:", "--version": "pbt-examples "}.items():
        done = subprocess.run(
            [sys.executable, "-c", code, option],
            check=True, capture_output=True, text=True, timeout=200,
        )  # fmt: skip
        assert words in done.stdout


def test_lineages_have_the_columns_of_their_formats(tmp_path):
    run = Run.from_experiment(write_experiment(tmp_path / "experiment"), metric="score")
    alife = alife_table(run)
    assert alife["id"].tolist() == [0, 1, 2]
    assert alife["ancestor_list"].tolist() == ["[none]", "[2]", "[none]"]
    assert alife["origin_time"].tolist() == [1, 3, 1]
    assert alife["destruction_time"].tolist() == [2, 4, 4]
    assert alife["lr"].tolist() == [0.5, 1.5 * 1.2, 1.5]
    hiplot = hiplot_table(run)
    assert hiplot["from_uid"].isna().tolist() == [True, False, True]
    assert hiplot["from_uid"].iloc[1] == 2


def test_a_directory_on_a_pyarrow_file_system_reads_the_same(tmp_path):
    folder = write_experiment(tmp_path / "experiment")
    here = Run.from_experiment(folder, metric="score")
    by_address = Run.from_experiment(folder.as_uri(), metric="score")
    mock = fs._MockFileSystem()
    mock.create_dir("bucket/experiment")
    for path in sorted(folder.rglob("*")):
        name = f"bucket/{path.relative_to(tmp_path).as_posix()}"
        if path.is_dir():
            mock.create_dir(name)
            continue
        with mock.open_output_stream(name) as file:
            file.write(path.read_bytes())
    remote = Run.from_experiment("bucket/experiment", metric="score", filesystem=mock)
    for run in (by_address, remote):
        pd.testing.assert_frame_equal(run.history, here.history)
        pd.testing.assert_frame_equal(run.exploits, here.exploits)
