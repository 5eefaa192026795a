# /// script
# requires-python = ">=3.11"
# dependencies = ["pbt-examples"]
# ///
"""
Your own run: look inside an experiment that is over
====================================================

You have run PBT with Ray's scheduler on your own model, and you have its results directory.
One command draws which trial cloned which, when, and how the hyperparameters changed.

.. code-block:: console

   $ pbt-examples ~/ray_results/my_experiment --metric mean_accuracy --open

On this page, the directory comes from an example that Ray includes. After the command, three
lines of Python read the same directory.
"""

# %%
# A run that knows nothing of this project
# ----------------------------------------
#
# Ray includes its own toy problem. Its learning rate should follow a triangle: small at first,
# larger in the middle, small again. The trainable, the scheduler and the loggers below are
# Ray's, with the settings of Ray's example. Nothing is seeded, so each build of this page
# shows another run.

import os
import tempfile

# Comes before Ray, since it tells Ray to let nobody in without a token.
from pbt_examples import Run

# The other pages turn Ray's loggers off. Here they are wanted.
os.environ.pop("TUNE_DISABLE_AUTO_CALLBACK_LOGGERS", None)
# Ray brings its files to the storage path every ten seconds or more. This run is over in
# about ten; let it be every second, to show what a run of minutes or hours goes through.
os.environ["TUNE_GLOBAL_CHECKPOINT_S"] = "1"
storage = tempfile.TemporaryDirectory()

import ray
from ray import tune
from ray.tune.examples.pbt_function import pbt_function
from ray.tune.schedulers import PopulationBasedTraining

ray.init(
    address="local", num_cpus=2, include_dashboard=False, log_to_driver=False,
    logging_level="ERROR",
)  # fmt: skip
results = tune.Tuner(
    pbt_function,
    param_space={"lr": 0.0001, "some_other_factor": 1, "checkpoint_interval": 5},
    tune_config=tune.TuneConfig(
        metric="mean_accuracy",
        mode="max",
        num_samples=8,
        reuse_actors=True,
        scheduler=PopulationBasedTraining(
            time_attr="training_iteration",
            perturbation_interval=5,
            hyperparam_mutations={
                "lr": tune.uniform(0.0001, 0.02),
                "some_other_factor": [1, 2],
            },
        ),
    ),
    run_config=tune.RunConfig(
        name="my_experiment",
        storage_path=storage.name,
        stop={"training_iteration": 80},
        verbose=0,
    ),
).fit()
ray.shutdown()
del os.environ["TUNE_GLOBAL_CHECKPOINT_S"]

directory = results.experiment_path
print("Ray wrote for each trial:", *sorted(os.listdir(results[0].path))[-4:])

# %%
# One command
# -----------
#
# The command writes its figures and tables as a self-contained page: the pictures are inside,
# and nothing is loaded from elsewhere. This is what it does with the run above:

import subprocess
import sys

from pbt_examples.record import data_folder

out = data_folder("your_own_run", "stock")
options = ["--metric", "mean_accuracy", "--out", str(out)]
subprocess.run([sys.executable, "-m", "pbt_examples", directory, *options], check=True)
print(*sorted(path.name for path in out.iterdir()))
assert "<img" in (out / "index.html").read_text(encoding="utf-8")

# %%
# It wrote this page: :recorded:`your_own_run/stock/index.html`, and these tables:
# :recorded:`your_own_run/stock/history.csv`, :recorded:`your_own_run/stock/exploits.csv`,
# :recorded:`your_own_run/stock/schedule.csv`. The first figure of the page:

run = Run.load(out)
import matplotlib.pyplot as plt
from pbt_examples.figures import headline, plot_metric_history, use_style

use_style()
figure, ax = plt.subplots(figsize=(6.84, 4.6))
plot_metric_history(run, ax)
headline(figure, "An exploit lifts a weak trial to where a strong one was")
# sphinx_gallery_start_ignore
from pbt_examples.figures import describe

describe(
    figure,
    alt="""Line chart of mean_accuracy over iterations for eight trials. The curves rise
    together, with noise; now and then one of the lowest ends, and a dashed line leads from
    there to one of the highest, from where the trial goes on. Most dashed lines are not
    upright, since target and donor were at different iterations.""",
    caption="""Dashed lines are exploits. They slant where the donor was ahead of the target
    or behind it.""",
)
# sphinx_gallery_end_ignore

# %%
# This run is asynchronous, which is Ray's default: a trial decides when *it* reports, and
# its donor may be some iterations ahead or behind. So after an exploit a trial can report
# an iteration a second time, or never. Drawn as one curve per trial, as in most tools, that
# looks like a broken log. In fact it is a new segment, which continues another trial:

elsewhere = run.exploits["iteration"] != run.exploits["donor_iteration"]
print(f"{len(run.exploits)} exploits, {elsewhere.sum()} of them to another iteration")

# %%
# Read it
# -------
#
# A ``Run`` takes the directory and the name of the metric. It reads only text files and opens
# no pickle, so it is safe to read a directory that somebody sent you.

from pbt_examples import same_history

recorded, run = run, Run.from_experiment(directory, metric="mean_accuracy", mode="max")
storage.cleanup()
assert same_history(run, recorded)  # the command wrote the same tables
print(run)
print("tuned:", *run.hyperparameters)
assert len(run.trials) == 8
assert len(run.exploits) > 0

# %%
# The rows that Ray's data frame loses
# ------------------------------------
#
# Ray offers ``metrics_dataframe`` for the same purpose. It is made from ``result.json``,
# and when a trial resumes, Ray copies the version in storage over the newer one here, with
# all rows lost that had not been brought there yet. PBT resumes trials all the time. How
# many rows go this way depends on when Ray last copied the file. On this run:

frames = [result.metrics_dataframe for result in results]
gaps = sum((frame["training_iteration"].diff() > 1).sum() for frame in frames)
print(
    f"rows in Ray's data frames: {sum(map(len, frames))} of {len(run.history)}, "
    f"with {gaps} gaps"
)

# %%
# A ``Run`` is made from ``progress.csv``, to which Ray appends, and loses none: between one
# exploit of a trial and the next, every iteration is there.

steps = run.history.groupby(["trial", "segment"])["iteration"].diff().dropna()
print(f"rows in the run: {len(run.history)}, with {(steps != 1).sum()} gaps")
assert (steps == 1).all()
assert len(run.history) >= sum(map(len, frames))

# %%
# The lineage
# -----------
#
# Each state has one line of ancestors. Point at a state to highlight it; the list below the
# views names its ancestors, with every change of a hyperparameter. Compare `iteration 20
# <#iteration=20>`__ with `iteration 80 <#iteration=80>`__, the last one: the number of founders
# that still have descendants can only fall. Choose seconds as the unit of time to see how far
# apart the trials were.

from pbt_examples.explorer import explore
from pbt_examples.figures import plot_lineage

figure, ax = plt.subplots(figsize=(6.84, 4))
plot_lineage(run, ax)
founders = {int(run.ancestry(trial)["trial"].iloc[0]) for trial in run.trials}
headline(figure, f"Founders that have descendants at the end: {len(founders)} of 8")
# sphinx_gallery_start_ignore
describe(
    figure,
    alt="""Family tree of eight trials, one lane per trial. Edges lead from donors to targets.
    A bold line, the winner's ancestry, begins in one lane and ends in the winner's; dotted
    lines show what died out.""",
    caption="""Each lane is a trial, each edge an exploit. The winner's last state descends
    from the bold line; dotted lines died out. Parts of a lane with the same iterations are
    side by side.""",
)
# sphinx_gallery_end_ignore
explore(run, moments=[20, 80])

# %%
# Even so, every state has a history without gaps. Along the winner's ancestry, each iteration
# comes exactly once:

way = run.ancestry(run.winner)
lanes = way["trial"][way["trial"] != way["trial"].shift()].to_list()
print(f"the winner is trial {run.winner}; its weights went through lanes {lanes}")
assert way["iteration"].to_list() == list(range(1, 81))

# %%
# The schedule
# ------------
#
# The directory does not have the declared range of a hyperparameter. Set it, and the figure
# shades it:

from pbt_examples.figures import plot_schedule

run = run.with_domains(lr=(0.0001, 0.02))
figure, axes = plt.subplots(len(run.hyperparameters), sharex=True, figsize=(6.84, 5))
plot_schedule(run, axes)
headline(figure, "Keep the bold line: it trained the winner's weights")
# sphinx_gallery_start_ignore
describe(
    figure,
    alt="""Two step charts over iterations, of lr and of some_other_factor. A bold line
    follows the winner's ancestry, with a sign at each change; a thin line in pieces follows
    the winner's own lane.""",
    caption="""Bold: what the winner's weights were trained with. Thin: what the winner's
    lane had.""",
)
# sphinx_gallery_end_ignore

# %%
# The trainable reported the learning rate that it really used as ``cur_lr``. It never differs
# from the log of exploits:

print((run.history["cur_lr"] != run.history["lr"]).sum(), "reports differ")
assert (run.history["cur_lr"] == run.history["lr"]).all()

# %%
# .. _now-yours:
#
# Your run
# --------
#
# The command above, or three lines, with your directory and your metric:
#
# .. code-block:: python
#
#    from pbt_examples import Run, write_report
#
#    run = Run.from_experiment("~/ray_results/my_experiment", metric="mean_accuracy")
#    write_report(run, "my_report")
#
# The run need not be finished. ``--watch`` updates the page while the run goes on, and an
# interrupted run is read as far as it went. Notes on the page say what cannot be recovered
# from the directory: incomplete lines, unknown donors, trials without a report. The
# operations are inferred from the values.
