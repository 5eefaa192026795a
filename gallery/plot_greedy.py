# /// script
# requires-python = ">=3.11"
# dependencies = ["pbt-examples[quadratic]"]
# ///
"""
When PBT loses to a constant
============================

PBT keeps what is best *now*. On a problem whose best possible schedule can be computed,
this page shows what that costs: with decisions after every step, PBT finds the greedy
schedule and loses to a constant learning rate. It also shows what helps, and by how much.
"""

# %%
# A problem with a known answer
# -----------------------------
#
# Training a network means taking noisy steps downhill on a loss that is steep in some
# directions and flat in others. The smallest problem of this kind has one direction of
# each:
#
# .. math:: L(\theta) = \tfrac{1}{2} \left(\theta_0^2 + 0.02 \, \theta_1^2\right).
#
# Each step follows a gradient with noise in it, :math:`h_i (\theta_i + \varepsilon_i)`,
# where :math:`h_i` is the curvature and :math:`\varepsilon_i` has variance 1. The only
# hyperparameter is the learning rate, and a training has 200 steps. A *schedule* is one
# learning rate for each of them.
#
# The two directions want different things. The flat one starts far away and needs large
# steps for a long time. In the steep one, noise soon outweighs progress: the larger the
# step, the more of the noise stays in the weights, and only small steps at the end remove
# it.
#
# Wu and others (2018) use this problem because nothing about it has to be estimated. The
# expected loss depends on :math:`E[\theta_i^2]` alone, and a step changes these numbers by
# a formula. So no random number is drawn below but those of the searches, and two
# schedules can be compared exactly:

from pbt_examples.quadratic import (
    STEPS,
    best_constant,
    best_cosine,
    best_schedule,
    greedy_schedule,
    loss_curve,
)

schedules = {
    "best possible": best_schedule(),
    "best cosine": best_cosine(),
    "best constant": best_constant(),
    "greedy": greedy_schedule(),
}
final = {name: loss_curve(each)[-1] for name, each in schedules.items()}
for name, loss in final.items():
    print(f"{name:14} {loss:.4f}")

# %%
# *Best possible* is what numerical optimisation of all 200 learning rates finds, from
# several starts. *Best cosine* falls to zero along half a cosine and has one free number,
# the first learning rate; *best constant* never changes. *Greedy* takes, at each step, the
# learning rate after which the loss is lowest at once. It is worse than the constant, and
# a hundred times worse than the best:

import matplotlib.pyplot as plt
import numpy as np
from pbt_examples.figures import use_style

use_style()
looks = {
    "best possible": {"color": "C0", "ls": "-"},
    "best cosine": {"color": "C4", "ls": "-."},
    "best constant": {"color": "C2", "ls": ":"},
    "greedy": {"color": "C5", "ls": "--"},
}
steps = np.arange(1, STEPS + 1)
figure, (left, right) = plt.subplots(1, 2, figsize=(6.84, 3.6))
for name, schedule in schedules.items():
    left.plot(steps, schedule, lw=2, label=name, **looks[name])
    right.plot(steps, loss_curve(schedule), lw=2, **looks[name])
left.set(yscale="log", ylim=(0.008, 2.6), xlabel="step", title="learning rate")
right.set(yscale="log", xlabel="step", title="expected loss")
for ax in (left, right):
    ax.set_xticks([0, 50, 100, 150, 200])
figure.legend(loc="outside upper left", ncols=4)
# sphinx_gallery_start_ignore
from pbt_examples.figures import describe

describe(
    figure,
    alt="""Left: four learning rates over 200 steps on a logarithmic axis. The best possible
    stays at the upper end, 1.9, up to step 102; then it drops and goes on falling to 0.01.
    The cosine starts at 1.8 and falls to zero at the end. The constant is 0.38. The greedy
    one begins at 0.52 and is below 0.1 after twenty steps. Right: their losses on a
    logarithmic axis. The greedy schedule is the lowest at first, and hardly falls from
    then on. The best possible rises to 9.5, far above all others, stays there for half of
    the training, and then drops below all others at once.""",
    caption="""For half of the training the best schedule looks worst by far; the greedy one
    looks best at first, and loses.""",
)
# sphinx_gallery_end_ignore

curves = np.array([loss_curve(schedule) for schedule in schedules.values()])
worst = curves.argmax(axis=0) == list(schedules).index("best possible")
print(f"the best possible schedule has the highest loss up to step {steps[worst].max()}")
assert worst[:100].all()
assert (curves.argmin(axis=0)[:10] == list(schedules).index("greedy")).all()
assert final["best possible"] < final["best cosine"] / 2 < final["best constant"] / 20
assert final["greedy"] > 3 * final["best constant"] > 80 * final["best possible"]

# %%
# That is the whole difficulty. Large steps pay in the flat direction, but later; small ones
# pay in the steep direction, and at once. Whoever compares losses on the way prefers the
# small ones.

# %%
# PBT on this problem
# -------------------
#
# Sixteen trials start with learning rates drawn between 0.001 and 1.9. The settings of PBT
# are Ray's own: the lower quarter clones the upper quarter, then multiplies the learning
# rate by 0.8 or 1.2, or draws it anew in one of four cases. The trainable has the pattern
# of the first page, and one iteration of Tune is as many steps as there are between two
# decisions:

import inspect

from pbt_examples.quadratic import (
    quadratic_param_space,
    quadratic_scheduler,
    train_quadratic,
)

print(inspect.getsource(train_quadratic).partition('"""')[0].strip(), "...")
print("    ...", inspect.getsource(train_quadratic).rpartition('"""')[2])

# %%
# We run it twice on Ray, with decisions after every 20 and after every 100 steps:

from pbt_examples.tuning import ray_session, run_experiment


def search(interval, seed=0):
    return run_experiment(
        train_quadratic,
        quadratic_param_space(interval=interval, seed=seed),
        scheduler=quadratic_scheduler(seed=seed),
        iterations=STEPS // interval,
        metric="loss",
        mode="min",
    )


with ray_session():
    live = {interval: search(interval) for interval in (20, 100)}
for interval, run in live.items():
    print(f"interval {interval:3}: {run}")

# %%
# What one seed does may be luck, and short intervals take long on Ray, where each decision
# stores and restores checkpoints. So there are two more sources.
# ``scripts/record_greedy.py`` ran other seeds on Ray ahead of this build, and kept the
# learning rates that each winner's weights were trained with, along its ancestry. Two
# things can be checked: the runs above have to be those of the record, and the loss of
# each run has to be the loss of its schedule, computed here without Ray.

from pbt_examples.quadratic import recorded

record = recorded("greedy_runs")
runs = dict(list(record.groupby(["interval", "seed"])))
for interval, run in live.items():
    winner = run.ancestry(run.winner)
    np.testing.assert_allclose(winner[["lr", "loss"]], runs[interval, 0][["lr", "loss"]])

error = 0.0
for (interval, _), winner in runs.items():
    computed = loss_curve(np.repeat(winner["lr"], interval))[interval - 1 :: interval]
    error = max(error, np.abs(computed / winner["loss"] - 1).max())
print(f"{len(runs)} recorded runs; largest relative error of a loss: {error:.0e}")
assert error < 1e-12

# %%
# And a reference in NumPy, with Ray's rules for who clones whom, runs a thousand seeds for
# each of eleven intervals. If it does what Ray does, then the recorded runs have to lie
# among its own, neither all at the one end nor all at the other:

from pbt_examples.quadratic import Reference

SEEDS = 1000
intervals = [1, 2, 3, 5, 10, 20, 30, 40, 50, 100, 200]
simulated = {i: Reference(interval=i).winners(SEEDS) for i in intervals}
on_ray = record.groupby(["interval", "seed"])["loss"].last()
for interval, values in on_ray.groupby("interval"):
    ranks = [(simulated[interval].loss < value).mean() for value in values]
    print(
        f"interval {interval:3}, ranks among the simulated:", *(f"{r:.0%}" for r in ranks)
    )
    assert abs(np.mean(ranks) - 0.5) < 4 * (1 / 12 / len(ranks)) ** 0.5

# %%
# Here are the learning rates of the winners, one panel for each interval, over the
# schedules from above:

# sphinx_gallery_thumbnail_number = 2
from pbt_examples.figures import plot_bands

figure, axes = plt.subplots(2, 2, figsize=(6.84, 5.8), sharex=True, sharey=True)
for ax, interval in zip(axes.flat, [1, 5, 20, 100], strict=True):
    for name in ("greedy", "best cosine", "best possible"):
        ax.plot(steps, schedules[name], lw=1.8, label=name, **looks[name])
    found = simulated[interval].schedule
    plot_bands(steps, found, ax, color="0.25", label="PBT: median, middle 50 % and 90 %")
    for (every, _), winner in runs.items():
        if every == interval:
            lr = np.repeat(winner["lr"], interval)
            (line,) = ax.plot(steps, lr, color="C1", lw=0.7, alpha=0.8, label="on Ray")
    often = "each step" if interval == 1 else f"every {interval} steps"
    ax.set_title(f"decisions after {often}")
    ax.set(yscale="log", ylim=(0.008, 2.6))
for ax in axes[1]:
    ax.set_xlabel("step")
for ax in axes[:, 0]:
    ax.set_ylabel("learning rate")
handles, labels = axes[1, 0].get_legend_handles_labels()
handles = dict(zip(labels, handles, strict=True))
figure.legend(handles.values(), handles, loc="outside upper left", ncols=3)
for ax in axes.flat:
    ax.set_xticks([0, 50, 100, 150, 200])
# sphinx_gallery_start_ignore
describe(
    figure,
    alt="""Four panels of learning rates over 200 steps on logarithmic axes, for decisions
    every 1, 5, 20 and 100 steps. Each shows the greedy, the cosine and the best schedule as
    lines, and the schedules of PBT's winners as a median in bands for the middle 50 and 90
    percent of a thousand seeds. With interval 1 the bands are narrow, fall within the first
    steps and then run along the greedy schedule. With 5 they stay above it for longer. With
    20 they go down in stairs between the greedy schedule and the cosine, and with 100 there
    are two wide levels. Thin lines of runs on Ray lie in the bands.""",
    caption="""With a decision after every step, PBT finds the greedy schedule; with longer
    intervals it looks farther ahead, and has fewer decisions.""",
)
# sphinx_gallery_end_ignore

# %%
# With a decision after every step, PBT *is* greedy. Nobody gave it the greedy schedule; it
# follows from ranking by the loss after one step. The typical ratio between the learning
# rates of the winners and the greedy ones, in the first half of the training:

half = STEPS // 2
for interval in (1, 5, 20, 100):
    distance = np.abs(np.log(simulated[interval].schedule / schedules["greedy"]))[:, :half]
    ratio = np.exp(np.median(distance))
    print(f"interval {interval:3}: a factor of {ratio:.1f}")
    assert (ratio < 2) == (interval == 1)

# %%
# The interval is the horizon
# ---------------------------
#
# What do these schedules achieve?

losses = np.stack([winners.loss for winners in simulated.values()], axis=1)
medians = dict(zip(intervals, np.median(losses, axis=0), strict=True))

ax = plot_bands(intervals, losses, label="PBT: median, middle 50 % and 90 %")
ax.plot(*on_ray.reset_index()[["interval", "loss"]].to_numpy().T, "o", color="C1", ms=4,
        mec="w", mew=0.4, label="runs on Ray")  # fmt: skip
for name, loss in final.items():
    ax.axhline(loss, lw=1.2, zorder=1, **looks[name])
    ax.text(215, loss, f" {name}", va="center", clip_on=False)
ax.set(xscale="log", yscale="log", xlabel="steps between two decisions")
ax.set(ylabel="expected loss of the winner at the end", xlim=(0.93, 215))
ax.set_xticks([1, 2, 5, 10, 20, 50, 100, 200], [1, 2, 5, 10, 20, 50, 100, 200])
ax.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2)
# sphinx_gallery_start_ignore
describe(
    ax.figure,
    alt="""The final loss of PBT's winner over the perturbation interval, both on
    logarithmic axes: a median with bands for the middle 50 and 90 percent of a thousand
    seeds. It falls from 0.46 at interval 1 to 0.09 at 20 and rises to 0.17 at 200.
    Points of real runs lie in the bands. Horizontal lines mark the greedy schedule at
    0.59, the best constant at 0.16, the best cosine at 0.015 and the best possible at
    0.006. The band touches neither of the last two.""",
    caption="""Deciding too often is greedy; deciding too seldom leaves nothing to decide.
    At no interval does PBT come near a cosine.""",
)
# sphinx_gallery_end_ignore
best_interval = min(medians, key=medians.get)
for interval, median in medians.items():
    beaten = (simulated[interval].loss < final["best constant"]).mean()
    print(f"interval {interval:3}: median {median:.3f}, beats the constant {beaten:6.1%}")

# %%
# Read it from both ends.
#
# **Too often.** A decision after every step compares what one step did. A trial with large
# steps has made progress in the flat direction that the loss does not show yet, and is
# cloned away for it. Not one of a thousand runs did as well as the best constant:

assert (simulated[1].loss > final["best constant"]).all()
assert 0.3 < medians[1] < final["greedy"]

# %%
# **Too seldom.** With no decision at all, the last interval, PBT is a random search among
# 16 constants. With one, at step 100, it can lower the learning rate once. The best
# schedule needs more.
#
# **In between** is an interval at which PBT beats a constant, 20 here. The perturbation
# interval is the *horizon* at which PBT looks ahead: an investment that pays off within it
# is seen, a later one is not. But even the best horizon does not see the end of training,
# from which a cosine is designed:

assert best_interval in (20, 30)
assert medians[best_interval] < 0.7 * final["best constant"] < 0.7 * medians[200]
assert np.quantile(losses, 0.05, axis=0).min() > 2 * final["best cosine"]

# %%
# What to do about it
# -------------------
#
# The number is the median loss over a thousand seeds. Each piece of advice costs nothing
# but a setting.
#
# **Take longer intervals.** If you see learning rates collapse early in a run, the
# interval is too short.

assert medians[1] > 4 * medians[20]
print(f"interval 1: {medians[1]:.3f}   interval 20: {medians[20]:.3f}")

# %%
# **Burn in.** With ``burn_in_period`` the first decision waits, here for half of the
# training. Trials with large steps have had the time to show what they are worth.

for interval in (5, 20):
    burnt = np.median(Reference(interval=interval, burn_in=100).winners(SEEDS).loss)
    print(f"interval {interval:2}: {medians[interval]:.3f}   with burn-in {burnt:.3f}")
    assert burnt < medians[interval]

# %%
# **Keep the decay out of PBT's hands.** You know when training ends; PBT does not. Let the
# trainable multiply the learning rate by a cosine, as ``decay=True`` does here, and let
# PBT tune what it is multiplied with. Now to wait pays even more, since the decay is no
# longer PBT's to find:

decayed = {}
for interval in (1, 20, 100, 200):
    decayed[interval] = np.median(
        Reference(interval=interval, decay=True).winners(SEEDS).loss
    )
    before, after = medians[interval], decayed[interval]
    print(f"interval {interval:3}: {before:.3f}   with decay {after:.3f}")
assert decayed[20] < 0.5 * medians[20]
assert decayed[200] < 1.2 * final["best cosine"]
assert decayed[1] > medians[1]

# %%
# Two things in this table are a warning. With a decision after each step PBT works
# *against* the decay, and ends worse than without one. And the last row, where nothing is
# ever decided, is a random search for the peak of a cosine. On this problem it beats PBT
# at every interval: where you know the shape of a good schedule, search for its
# parameters.
#
# **Replay with a changed tail.** The schedule is the result of PBT, so you may change it
# and train once more (``Replay``, :doc:`plot_lineage_and_schedule`). Here the last 20
# steps of each winner go to zero along a cosine. That repairs what is cheap to repair, too
# much noise at the end, and helps schedules that were too high there. It cannot bring back
# large steps that were never taken:

tail = np.ones(STEPS)
tail[-20:] = 0.5 * (1 + np.cos(np.pi * np.arange(20) / 20))
repaired = {}
for interval in (1, 20, 50):
    repaired[interval] = np.median(loss_curve(simulated[interval].schedule * tail)[:, -1])
    before, after = medians[interval], repaired[interval]
    print(f"interval {interval:2}: {before:.3f}   new tail {after:.3f}")
assert repaired[50] < 0.8 * medians[50]
assert repaired[1] > medians[1]

# %%
# What others propose
# -------------------
#
# Dalibard and Jaderberg (*Faster Improvement Rate Population Based Training*, 2021,
# arXiv:2109.13800) report the same for learning rates on ImageNet, where PBT ends below a
# schedule drawn by hand. FIRE PBT ranks by the rate of improvement, with trials that only
# evaluate how a state responds. Chebykin and others (*To be greedy, or not to be*, 2025)
# find that Bayesian variants come close to the greedy schedule, that the number of
# decisions drives this, and that no variant wins everywhere. Doulazmi and others (2025,
# arXiv:2506.03225) let sub-populations decide at intervals of their own:
# :doc:`plot_two_speeds` tries that on this problem. Wu and others (2018, arXiv:1803.02021)
# explain the cause, which is no fault of PBT's alone: every method that judges learning
# rates by a short horizon chooses them too small.
#
# The toy problem has a greed of its own, in which a specialist takes over the population
# too early: see :doc:`plot_where_runs_fail`.
#
# Before you blame an interval, look at your own runs: ``plot_schedule`` shows whether
# learning rates fell early, and :recorded:`greedy/interval_20/history.csv` is the run of
# this page, to try it on.

from pbt_examples.record import data_folder

for interval, run in live.items():
    run.save(data_folder("greedy", f"interval_{interval}"))
