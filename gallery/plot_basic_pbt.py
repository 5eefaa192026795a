# /// script
# requires-python = ">=3.11"
# dependencies = ["pbt-examples"]
# ///
"""
Basic PBT: two trials that help each other
==========================================

Two trials train the same tiny model with different hyperparameters, and neither can
succeed alone. With Population Based Training (PBT) they copy each other's progress, change
their hyperparameters as they train, and both succeed.

This page sets up PBT on Ray Tune, shows what happened, and explains each part. You should
know what a learning rate is; you need not know Ray.
"""

# %%
# Trials that train side by side form a **population**. Every few iterations, the
# **perturbation interval**, they are ranked by a metric, and two things follow:
#
# - **exploit**: a trial near the bottom (the *target*) gives up its weights and takes over
#   the weights and hyperparameters of a trial near the top (its *donor*);
# - **explore**: the target changes the hyperparameters that it has just received, at random,
#   and trains on with the new ones.
#
# The trainable
# -------------
#
# In Ray Tune, a trial runs a *trainable*. Here it is a function that climbs a hill,
# :math:`\hat{Q}`, by gradient ascent. The model is two numbers, :math:`\theta`; the
# hyperparameters are the learning rate and :math:`h`, which decides what a trial can see
# of the hill. This is the complete function:

import json
import tempfile
from pathlib import Path

import numpy as np
from pbt_examples.toy import Q, get_init_theta, grad_Qhat
from ray import tune


def train_toy(config):
    theta, step = get_init_theta(), 0
    if checkpoint := tune.get_checkpoint():  # (1)
        with checkpoint.as_directory() as folder:
            state = json.loads(Path(folder, "state.json").read_text())
        theta, step = np.array(state["theta"]), state["step"]

    h = np.array([config["h0"], config["h1"]])  # (2)
    while True:  # until `stop` in the RunConfig
        step += 1  # (3)
        theta = theta + config["lr"] * grad_Qhat(theta, h).theta
        metrics = {"Q": float(Q(theta)), "theta0": theta[0], "theta1": theta[1]}
        metrics |= {name: config[name] for name in ("h0", "h1", "lr")}  # (4)

        if step % config["checkpoint_interval"]:
            tune.report(metrics)
        else:
            with tempfile.TemporaryDirectory() as folder:
                state = {"theta": theta.tolist(), "step": step}
                Path(folder, "state.json").write_text(json.dumps(state))
                checkpoint = tune.Checkpoint.from_directory(folder)
                tune.report(metrics, checkpoint=checkpoint)  # (5)


# %%
# 1. ``tune.get_checkpoint()`` returns nothing for a new trial. When a trial resumes, it
#    returns the trial's latest checkpoint or, after an exploit, *another trial's*. The
#    function cannot tell the difference and does not need to.
# 2. The hyperparameters are in ``config``, which Tune has already changed.
# 3. The checkpoint has the last completed step, so training continues with the next one.
#    Starting again *at* the saved step would count one iteration twice.
# 4. Every step reports the metrics, and the hyperparameters as well: in PBT they are
#    results.
# 5. Every fourth step also reports a checkpoint in the same call, so that the two always
#    match. It is a JSON file with three numbers.

# %%
# The experiment
# --------------
#
# In Ray, PBT is a *scheduler*: it sees each report and decides whether the trial goes on,
# pauses, or takes over another trial's state. ``tune.Tuner`` puts the parts together.

from pbt_examples.tuning import (
    PopulationBasedTraining,
    ProgressBar,
    Recorder,
    WarmVariantGenerator,
    ray_session,
)

scheduler = PopulationBasedTraining(
    time_attr="training_iteration",
    perturbation_interval=4,
    quantile_fraction=0.5,
    hyperparam_mutations={
        "lr": tune.qloguniform(5e-3, 1e-1, 5e-4),
        "h0": tune.uniform(0, 1),
        "h1": tune.uniform(0, 1),
    },
    resample_probability=0.5,
    synch=True,
    log_config=False,
    seed=0,
)
recorder = Recorder(scheduler)

with ray_session(slots=1) as storage_path:
    tuner = tune.Tuner(
        train_toy,
        param_space={
            "h0": tune.grid_search([0.0, 1.0]),
            "h1": tune.sample_from(lambda config: 1.0 - config["h0"]),
            "lr": 0.05,
            "checkpoint_interval": 4,
        },
        tune_config=tune.TuneConfig(
            metric="Q",
            mode="max",
            scheduler=scheduler,
            search_alg=WarmVariantGenerator(),
            reuse_actors=True,
        ),
        run_config=tune.RunConfig(
            stop={"training_iteration": 100},
            storage_path=storage_path,
            failure_config=tune.FailureConfig(max_failures=3),
            callbacks=[recorder, ProgressBar()],
            verbose=0,
        ),
    )
    tuner.fit()

run = recorder.run(metric="Q")

# %%
# What happened
# -------------

import matplotlib.pyplot as plt
from pbt_examples.figures import headline, use_style
from pbt_examples.toy import plot_parameter_history, plot_Q_history

use_style()
figure, (left, right) = plt.subplots(1, 2, figsize=(6.8, 4.2))
plot_parameter_history(run, left)
plot_Q_history(run, right)
headline(figure, "Both trials reach the maximum, which neither could have reached alone")
# sphinx_gallery_start_ignore
from pbt_examples.figures import describe

describe(
    figure,
    alt="""Left: contours of Q over theta0 and theta1 with the paths of two trials. Both
    start at (0.9, 0.9). One moves down, the other to the left; at the first exploit the
    second jumps to the first, and from then on both approach the optimum at the origin in
    short steps whose direction changes at each jump. Right: Q over iterations for both
    trials; both curves rise to 1.2, and the worse one jumps up to the better one every
    four iterations.""",
    caption="""The paths of the two models over the contours of Q, and Q over
    iterations. Dashed lines are exploits.""",
)
# sphinx_gallery_end_ignore

# %%
# **The first panel** has the path of each model over the contours of :math:`Q`, the reward
# that training never sees. Each marker is one iteration. Markers shrink over time, and
# numbers give the iteration at the first decisions. Each dashed line is a jump: an exploit.
#
# **The second panel** is the same run as :math:`Q` over iterations.
#
# The record is a table with one row per report. Both trials end within 0.01 of the maximum;
# otherwise the build of this page would have stopped here:

assert len(run.history) == 200
assert (run.history.groupby("trial")["Q"].last() >= 1.19).all()
run.history.groupby("trial")[["iteration", "Q", "h0", "h1", "lr"]].last()

# %%
# A second table has one row per exploit. There is one at each interval, except at iteration
# 100, where the run ends.

assert list(run.exploits["iteration"]) == list(range(4, 100, 4))
run.exploits[["iteration", "target", "donor", "target_score", "donor_score"]].head()

# %%
# Why neither can succeed alone
# -----------------------------
#
# The problem is that of Figure 2 in the PBT paper (`Jaderberg et al., 2017
# <https://arxiv.org/abs/1711.09846>`_), except for the factor 3/4, and small enough to show
# completely. The goal is to maximise the quadratic
#
# .. math:: Q(\theta) = 1.2 - \left(\tfrac{3}{4}\,\theta_0^2 + \theta_1^2\right),
#
# whose maximum is 1.2, at the origin. But training cannot use :math:`Q`. It climbs an
# estimate that depends on two hyperparameters:
#
# .. math::
#
#    \hat{Q}(\theta \mid h)
#    = 1.2 - \left(\tfrac{3}{4}\,h_0\,\theta_0^2 + h_1\,\theta_1^2\right).
#
# It looks contrived, but each part has a real counterpart:
#
# .. list-table::
#    :header-rows: 1
#
#    * - Here
#      - Stands for
#      - In practice
#    * - :math:`\theta`
#      - model parameters
#      - the weights of a network
#    * - :math:`h`
#      - hyperparameters
#      - learning rate, weight decay, dropout, …
#    * - :math:`Q(\theta)`
#      - what you want
#      - accuracy on data that the model has not seen
#    * - :math:`\hat{Q}(\theta \mid h)`
#      - what you can climb
#      - the training objective, which hyperparameters shape
#
# With good hyperparameters, climbing :math:`\hat{Q}` also climbs :math:`Q`. A zero in
# :math:`h` makes training blind to one coordinate:

import pandas as pd

start = get_init_theta()
gradients = {f"h = {h}": grad_Qhat(start, h).theta + 0 for h in ([0, 1], [1, 0], [1, 1])}
pd.DataFrame(gradients, index=["along theta0", "along theta1"]).T

# %%
# The two trials start with ``h = [0, 1]`` and ``h = [1, 0]``. Each can move only along one
# axis, so neither can reach the origin, however long it trains. With ``h = [1, 1]`` one
# trial would be enough; in practice you do not know such a value.

# %%
# One exploit, checked by hand
# ----------------------------
#
# Up to iteration 4 each trial moves along its own axis. Then the two are compared, and the
# record has the decision:

first = run.exploits.iloc[0]
first.to_frame("the first exploit")

# %%
# The donor simply continues. The target gives up its own theta, jumps to the donor's, and
# takes its next step *from there*, with the hyperparameters from explore. You can repeat
# that step by hand, to the last bit:

target = run.of_trial(first["target"]).set_index("iteration")
donor = run.of_trial(first["donor"]).set_index("iteration")

theta = donor.loc[4, ["theta0", "theta1"]].to_numpy()
h = [first["h0_new"], first["h1_new"]]
theta = theta + first["lr_new"] * grad_Qhat(theta, h).theta

assert (theta == target.loc[5, ["theta0", "theta1"]].to_numpy()).all()

# %%
# In the same way, every theta and every :math:`Q` of the run can be computed again from the
# exploits and the definition of the problem, without Ray. The result is the same:

from pbt_examples.toy import oracle_error

assert oracle_error(run) == 0

# %%
# Where a path turns, :math:`h` has changed, and training follows another gradient. Where
# steps become longer or shorter, the learning rate or the slope has changed.

# %%
# Explore the run
# ---------------
#
# Move through the run with the slider, or from one exploit to the next; point at a line to
# see the ancestry of its state. Start with `iteration 4 <#iteration=4>`__, where the first
# exploit happens, and continue to `iteration 48 <#iteration=48>`__, by when both trials are
# above :math:`Q = 1.17`. Without JavaScript, an animation shows the same.

from pbt_examples.explorer import explore
from pbt_examples.toy import make_animation, theta_plane

animation = make_animation(run)
# sphinx_gallery_start_ignore
assert run.exploits["iteration"].iloc[0] == 4
assert (run.history.query("iteration == 48")["Q"] > 1.17).all()
describe(
    animation,
    alt="""The two paths and the two Q curves of the figure above, drawn iteration by
    iteration from 1 to 100. Every four iterations the worse trial jumps to the better one;
    the jumps are long at first and become too short to see as both close in on the
    optimum.""",
    caption="""The run, iteration by iteration: movement, jumps, changed directions, and
    both trials arriving.""",
)
# sphinx_gallery_end_ignore
explore(run, plane=theta_plane(), moments=[4, 48])

# %%
# The settings that matter here
# -----------------------------
#
# :doc:`/guide/settings` explains every option of the scheduler and its traps. Three are
# special on this page.
#
# ``resample_probability`` is above Ray's 0.25. Explore either draws a new value or
# multiplies by 0.8 or 1.2, and multiplication leaves a zero at zero: only resampling lets a
# blind trial see. ``synch=True`` makes trials wait for each other, so that you can follow
# the decisions one by one. And ``checkpoint_interval`` equals the perturbation interval,
# since an exploit copies the latest *checkpoint*, which must not be older than the decision.
#
# ``param_space`` is only where each trial **starts**. The grid over ``h0`` has two values,
# so there are two trials, and from the first decision on, PBT changes their values.
#
# Five names come from ``pbt_examples`` rather than Ray. ``PopulationBasedTraining`` is
# Ray's class of the same name with its own seed; to use Ray's, import it from
# ``ray.tune.schedulers`` and leave out ``seed``. ``Recorder`` keeps every report and every
# exploit, and ``ray_session`` starts a private Ray and stops it again; with ``slots=1`` the
# trials take turns in one process, and more slots would not change the result.
# ``WarmVariantGenerator`` keeps that process alive when a trial pauses, which saves one to
# two seconds each time, and ``ProgressBar`` prints one line.

# %%
# What to take away
# -----------------
#
# PBT succeeded because the trials *combined*: progress along one axis from one, along the
# other axis from the other. And the hyperparameters with which a trial ended are not the
# ones that trained it; the schedule is the result.
#
# One run is an anecdote, though. This one has a fixed seed, so you get the same numbers as
# this page. How often another seed does as well is a question about a distribution:
# :doc:`plot_many_seeds` answers it.
#
# You can check the record of this run: :recorded:`basic_pbt/pbt/history.csv` and
# :recorded:`basic_pbt/pbt/exploits.csv`. The script that you download writes the same files.

from pbt_examples.record import data_folder

run.save(data_folder("basic_pbt", "pbt"))
