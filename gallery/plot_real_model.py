# /// script
# requires-python = ">=3.11"
# dependencies = ["pbt-examples[digits]"]
# ///
"""
A real model: handwritten digits
================================

The toy problem shows what PBT does. This page trains a neural network, with the same
scheduler, record and figures, and evaluates the test images once.
"""

# %%
# What stands for what
# --------------------
#
# Every letter of the toy stands for something real. For a network that reads handwritten
# digits:
#
# .. list-table::
#    :header-rows: 1
#
#    * - Symbol
#      - On this page
#    * - :math:`\theta`
#      - the weights: one hidden layer, plain NumPy
#    * - :math:`h`
#      - learning rate, weight decay, and the strength of noise on the inputs
#    * - :math:`\hat{Q}(\theta \mid h)`
#      - minus the training loss, on noisy images and with a penalty for large weights
#    * - :math:`Q(\theta)`
#      - accuracy on images that training never sees
#
# The loss depends on :math:`h`, and two of the three hyperparameters make it *worse* on
# purpose, in the hope of a better :math:`Q`. You can only hope, since :math:`Q` has no
# usable gradient with respect to :math:`h`.

# %%
# The data, split once
# --------------------
#
# scikit-learn has 1,797 images of 8 × 8 pixels. They are split once, with seed 0, into 400
# for training, 600 for validation and 797 for testing. Each set has one purpose.

import matplotlib.pyplot as plt
import pandas as pd
from pbt_examples.digits import digits_split
from pbt_examples.figures import headline, use_style

split = digits_split()
use_style()
figure, axes = plt.subplots(1, 10, figsize=(6.8, 1.2))
for ax, x, y in zip(axes, split.training.x, split.training.y, strict=False):
    ax.imshow(x.reshape(8, 8), cmap="gray_r")
    ax.set_title(y, size=16)
    ax.axis("off")
# sphinx_gallery_start_ignore
from pbt_examples.figures import describe

describe(
    figure,
    alt=f"""Ten small, coarse pictures of handwritten digits:
    {", ".join(map(str, split.training.y[:10]))}.""",
    caption="The first ten training images and what they show.",
)
# sphinx_gallery_end_ignore

# %%
# **Training** images give the gradients. They are few, so the network can memorise them and
# regularisation matters. **Validation** images rank the trials: PBT uses them at every
# decision, and therefore fits them a little. **Test** images decide nothing. They are
# evaluated once, at the end, since the accuracy on the images that chose the winner is too
# optimistic.

# %%
# The trainable
# -------------
#
# It has the same pattern as the toy's: start or resume, take a step, and report, with a
# checkpoint if one is due. ``train_iteration`` makes 20 passes over the training images by
# gradient descent with momentum.

import tempfile

import numpy as np
from pbt_examples.digits import digits_accuracy
from pbt_examples.digits.network import State, init_state, train_iteration
from ray import tune
from threadpoolctl import threadpool_limits


def train_digits(config):
    threadpool_limits(limits=1, user_api="blas")  # (1)
    h = {name: config[name] for name in ("lr", "weight_decay", "noise")}
    state = init_state(config["seed"])
    if checkpoint := tune.get_checkpoint():
        with checkpoint.as_directory() as folder, np.load(f"{folder}/state.npz") as arrays:
            state = State(**arrays)
    while True:
        state, loss = train_iteration(state, **h, seed=config["seed"])  # (2)
        metrics = {
            "accuracy": digits_accuracy(state.theta, digits_split().validation),
            "loss": loss,
            "seed": config["seed"],  # (3)
        }
        if state.iteration % config["checkpoint_interval"]:
            tune.report(metrics | h)
        else:
            with tempfile.TemporaryDirectory() as folder:
                np.savez(f"{folder}/state.npz", **state._asdict())
                checkpoint = tune.Checkpoint.from_directory(folder)
                tune.report(metrics | h, checkpoint=checkpoint)


# %%
# With three of these lines, the same seed gives the same bits on any number of slots, even
# after a crash:
#
# 1. **Linear algebra runs in one thread.** With more, a matrix product may add its terms
#    in another order and differ in the last bits, and trials that run at the same time
#    would compete for the same cores.
# 2. **Random numbers depend on the seed and the iteration**, not on a generator that lives
#    on. So a checkpoint need not hold the state of one, and trials do not affect each other.
# 3. **An exploit copies the seed**, with the donor's configuration. From then on target and
#    donor see the same images in the same order and the same noise, and differ only in
#    :math:`h`, which makes the comparison fair. And the final state of a trial comes from
#    *one* stream of images, which can be replayed.

# %%
# PBT, on two slots
# -----------------
#
# Eight trials start from random settings, drawn from wide ranges, as you would choose them
# before trying anything. Except for the perturbation interval, the scheduler has Ray's
# default settings; nothing was tuned to make it look good.

from pbt_examples.digits import digits_param_space, digits_scheduler
from pbt_examples.tuning import ray_session, run_experiment


def search(scheduler, slots=2):
    return run_experiment(
        train_digits,
        digits_param_space(seed=0),
        scheduler=scheduler,
        hyperparameters=["lr", "weight_decay", "noise"],
        iterations=20,
        metric="accuracy",
        slots=slots,
    )


# %%
# For comparison, the same eight trials run *without a scheduler*: every trial keeps its
# settings to the end. That is random search, and it has exactly as many training steps.
# Both share a Ray session, since starting one takes seconds.

from pbt_examples.figures import plot_metric_history

with ray_session(slots=2):
    run = search(digits_scheduler(seed=0))
    alone = search(None)

searches = {"PBT": run, "random search": alone}
ticks = [0.1, 0.5, 0.8, 0.9, 0.95, 0.97]
figure, axes = plt.subplots(1, 2, sharey=True, figsize=(6.8, 4.6))
for ax, (name, one) in zip(axes, searches.items(), strict=True):
    plot_metric_history(one, ax).set_title(name)
    ax.set(yscale="logit", yticks=ticks, yticklabels=ticks)  # stretched near 1
    ax.minorticks_off()
headline(figure, "PBT gives up what fails; random search trains it to the end")
# sphinx_gallery_start_ignore
describe(
    figure,
    alt="""Validation accuracy over 20 iterations, PBT on the left, random search on the
    right. Both begin with the same eight curves. On the left the worst curves end at the
    first decisions and continue from the best; soon nearly all are close together near the
    top, and single ones fall when explore gives them a bad setting. On the right each
    curve stays where its setting leads, some of them far below the others.""",
    caption="""The same eight starts: PBT gives up what fails, random search trains it to
    the end. The axis is stretched near 1.""",
)
start = run.history["iteration"] <= 2
assert run.history["accuracy"][start].equals(alone.history["accuracy"][start])
assert len(run.history) == len(alone.history)
# sphinx_gallery_end_ignore

ends = {name: one.history.groupby("trial")["accuracy"] for name, one in searches.items()}
pd.DataFrame({name: trials.last() for name, trials in ends.items()}).T.round(3)

# %%
# Single trials of PBT can end low as well, if explore gives them a bad setting at the last
# decision: nothing replaces them any more.
#
# The same functions drew the figures of the toy pages. They need only a metric and a few
# hyperparameters, and know nothing about digits.

# %%
# Parallel, for once
# ------------------
#
# A step of the toy takes microseconds, so more slots gain nothing there. Here training takes
# real computation. The same search on one slot gives the same bits:

from pbt_examples import same_history

one_slot = search(digits_scheduler(seed=0), slots=1)
assert same_history(run, one_slot)

# %%
# Only the time differs. On two slots, two trials train at once, though not all the time: at
# every decision a synchronous population waits for its last trial, and the scheduler needs a
# moment in which no trial trains. The timeline shows which trial does what, and when:

from pbt_examples.figures import plot_timeline

ax = plot_timeline(run)
headline(
    ax.figure,
    "Eight trials take turns on two slots, and wait for the last at each decision",
)
# sphinx_gallery_start_ignore
describe(
    ax.figure,
    alt="""Timeline with a lane for each of eight trials. At any time at most two trials are
    training, while the others wait for a slot or for the decision.""",
    caption="Eight trials take turns on two slots, and wait for each other at decisions.",
)
# sphinx_gallery_end_ignore

# %%
# On average, this build measured more than 1.2 trials in training at a time, and one slot can
# have no more than one. How much sooner the run is done depends on how many cores are idle.
# Where some steps take longer than others, they shared a core: this site builds two pages at a
# time.

from pbt_examples.record import activity


def in_training(run):
    """Return how many trials are in training at a time, on average."""
    spans = activity(run).query("state == 'training'")
    seconds = (spans["end"] - spans["begin"]).sum()
    return seconds / (spans["end"].max() - spans["begin"].min())


assert in_training(one_slot) <= 1 < 1.2 < in_training(run)
# sphinx_gallery_start_ignore
assert run.history["pid"].nunique() == run.info.slots
# sphinx_gallery_end_ignore

# %%
# What PBT found
# --------------
#
# The winner's schedule, along the trials through which its weights went:

from pbt_examples.figures import plot_lineage, plot_schedule

axes = plot_schedule(run)
winner = run.ancestry(run.winner)
changes = (winner[list(run.hyperparameters)].diff().iloc[1:] != 0).any(axis=1).sum()
headline(axes[0].figure, f"Changes in the schedule that trained the winner: {changes}")
# sphinx_gallery_start_ignore
begin, end = winner["lr"].iloc[[0, -1]]
describe(
    axes[0].figure,
    alt=f"""Learning rate, weight decay and noise over 20 iterations, each a bold line with
    a marker where explore changed it. The learning rate begins at {begin:.3g} and ends at
    {end:.3g}. Long stretches of all three are level.""",
    caption="The schedule that the winner's weights were trained with.",
)
# sphinx_gallery_end_ignore

# %%
# And the trials from which these weights descend:

ax = plot_lineage(run)
alive = {int(run.ancestry(trial)["trial"].iloc[0]) for trial in run.trials}
headline(ax.figure, f"Founders that have descendants at the end: {len(alive)} of 8")
# sphinx_gallery_start_ignore
founder = int(winner["trial"].iloc[0])
describe(
    ax.figure,
    alt=f"""Family tree with a lane for each of eight trials. The bold line of the winner
    begins in lane {founder + 1} from the top and ends in lane {run.winner + 1}. Most
    other lines end in a cross early; what is alive at the end descends from few of the
    eight starts.""",
    caption="""The population soon descends from few of its first members.""",
)
assert len(alive) < len(run.trials)
# sphinx_gallery_end_ignore

# %%
# One look at the test images
# ---------------------------
#
# The record has the winner's schedule and its seed. That is enough to train it again, without
# Ray, to the last bit. So you get its weights, and with them the first and only evaluation
# of the test images:

from pbt_examples.digits import retrain_digits

theta = retrain_digits(winner, seed=int(winner["seed"].iloc[0])).theta
live = {name: digits_accuracy(theta, images) for name, images in split._asdict().items()}
assert live["validation"] == winner["accuracy"].iloc[-1]
pd.Series(live, name="accuracy of the winner").to_frame().T.round(4)

# %%
# The run on this page has seed 0, and no other seed was tried for it. The build of this page
# checks that it looks like one of twenty runs with other seeds, recorded in advance: it may
# be outside their range by at most half of that range. The two sets of images differ in
# difficulty, so either accuracy can be the higher one.
#
# One run is an anecdote. :doc:`plot_real_model_seeds` has those twenty seeds, and the methods
# that PBT has to beat.

# sphinx_gallery_start_ignore
from pbt_examples.record import recorded

others = recorded("digits/real_model_searches").query("what == 'PBT'")
for images in ("validation", "test"):
    room = np.ptp(others[images]) / 2
    assert others[images].min() - room <= live[images] <= others[images].max() + room
# sphinx_gallery_end_ignore

from pbt_examples.record import data_folder

run.save(data_folder("real_model", "pbt"))
alone.save(data_folder("real_model", "random_search"))
