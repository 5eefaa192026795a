# /// script
# requires-python = ">=3.11"
# dependencies = ["pbt-examples[quadratic]"]
# ///
"""
When PBT loses to a constant
============================

PBT keeps what is best *now*. On a problem whose best possible schedule can be computed,
this page shows what that costs: with decisions after every step, PBT comes close to the
greedy schedule and loses to a constant learning rate. With longer intervals it does better,
up to a point.
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
# Each step follows a gradient with noise in it, :math:`a_i (\theta_i + \varepsilon_i)`,
# where :math:`a_i` is the curvature, here 1 or 0.02, and :math:`\varepsilon_i` has variance
# 1. The only hyperparameter is the learning rate, and a training run has 200 steps. A
# *schedule* is one learning rate for each of them.
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

import pandas as pd
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
curves = {name: loss_curve(each) for name, each in schedules.items()}
final = {name: curve[-1] for name, curve in curves.items()}
pd.DataFrame(final, ["loss at the end"]).round(4)

# %%
# *Best possible* is the best that numerical optimisation of all 200 learning rates finds,
# from several starts. *Best cosine* falls to zero along half a cosine and has one free
# number, the first learning rate; *best constant* never changes. *Greedy* takes, at each
# step, the learning rate after which the loss is lowest at once. It is worse than the
# constant, and a hundred times worse than the best:

import matplotlib.pyplot as plt
import numpy as np
from pbt_examples.figures import headline, use_style

use_style()
looks = dict(zip(schedules, ["C0-", "C3-.", "C2:", "C5--"], strict=True))
steps = np.arange(1, STEPS + 1)
figure, axes = plt.subplots(1, 2, figsize=(6.84, 3.7))
for ax, what in zip(axes, (schedules, curves), strict=True):
    for name, values in what.items():
        ax.plot(steps, values, looks[name], lw=2, label=name)
    ax.set(yscale="log", xlabel="step")
figure.legend(*ax.get_legend_handles_labels(), loc="outside lower left", ncols=4)
headline(figure, "The best schedule has the worst loss for almost half of the training")
# sphinx_gallery_start_ignore
from pbt_examples.figures import describe

for ax, title in zip(axes, ("learning rate", "expected loss"), strict=True):
    ax.set(title=title, xticks=[0, 50, 100, 150, 200])
axes[0].set_ylim(0.008, 2.6)
describe(
    figure,
    alt="""Left: four learning rates over 200 steps on a logarithmic axis. The best possible
    stays at the upper end, 1.9, up to step 94; then it drops and goes on falling to 0.01.
    The cosine starts at 1.8 and falls to zero at the end. The constant is 0.38. The greedy
    one begins at 0.52 and is below 0.1 after twenty steps. Right: their losses on a
    logarithmic axis. The greedy schedule is the lowest at first, and hardly falls from
    then on. The best possible rises to 9.6, far above all others, stays there for almost
    half of the training, and then drops below all others at once.""",
    caption="""For almost half of the training the best schedule looks worst by far; the
    greedy one looks best at first, and loses.""",
)
best, lowest = schedules["best possible"], np.argmin(list(curves.values()), axis=0)
assert (best[:94] > 1.89).all()
assert (np.diff(best[94:]) < 0).all()
assert round(best[-1], 2) == 0.01
assert round(curves["best possible"].max(), 1) == 9.6
assert schedules["greedy"][19] < 0.1 < 0.5 < schedules["greedy"][0]
assert round(schedules["best cosine"][0], 1) == 1.8
assert round(schedules["best constant"][0], 2) == 0.38
assert (lowest[:10] == list(schedules).index("greedy")).all()
assert final["best possible"] < final["best cosine"] / 2 < final["best constant"] / 20
assert final["greedy"] > 3 * final["best constant"]
assert round(final["greedy"] / final["best possible"], -2) == 100
worst = np.argmax(list(curves.values()), axis=0) == list(schedules).index("best possible")
assert worst[:94].all()
assert not worst[94:].any()
# sphinx_gallery_end_ignore

# %%
# That is the whole difficulty. Large steps pay in the flat direction, but later; small ones
# pay in the steep direction, and at once. Whoever compares losses on the way prefers the
# small ones.

# %%
# PBT on this problem
# -------------------
#
# Sixteen trials start with learning rates drawn log-uniformly between 0.001 and 1.9; from 2
# on, the steep direction diverges. As on the first page, all trials wait for each other.
# Everything else is Ray's default: the worst quarter exploits the best quarter, then
# multiplies the learning rate by 0.8 or 1.2, or draws it anew a quarter of the time. The
# trainable, ``train_quadratic``, has the pattern of the first page and reports the exact
# expected loss. One iteration of Tune is as many steps as there are between two decisions.
# Here are two runs, with decisions after every 20 and after every 100 steps:

from pbt_examples.quadratic import (
    quadratic_param_space,
    quadratic_scheduler,
    train_quadratic,
)
from pbt_examples.tuning import ray_session, run_experiment

live = {}
with ray_session():
    for interval in (20, 100):
        live[interval] = run_experiment(
            train_quadratic,
            quadratic_param_space(interval=interval, seed=0),
            scheduler=quadratic_scheduler(seed=0),
            iterations=STEPS // interval,
            metric="loss",
            mode="min",
        )
        print(f"interval {interval:3}: {live[interval]}")

# %%
# What one seed does may be luck, and short intervals take minutes on Ray, where each
# decision stores and restores checkpoints. So there are two more sources.
#
# ``scripts/record_quadratic.py`` ran more seeds of these two intervals, and a few of 5 and of
# 1, on Ray before this build. It kept the learning rates that each winner's weights were
# trained with, along its ancestry. The runs above are among them, and the loss of each is
# that of its schedule, computed here without Ray.

from pbt_examples.record import recorded

record = recorded("quadratic/greedy_runs")
# sphinx_gallery_start_ignore
runs = dict(list(record.groupby(["interval", "seed"])))
for interval, run in live.items():
    winner = run.ancestry(run.winner)
    np.testing.assert_allclose(winner[["lr", "loss"]], runs[interval, 0][["lr", "loss"]])
for (interval, _), winner in runs.items():
    computed = loss_curve(np.repeat(winner["lr"], interval))[interval - 1 :: interval]
    np.testing.assert_allclose(computed, winner["loss"], rtol=1e-12)
# sphinx_gallery_end_ignore
on_ray = record.groupby(["interval", "seed"])["loss"].last()
on_ray.groupby("interval").size().rename("runs on Ray").to_frame().T

# %%
# And a reference in NumPy, with Ray's rules for who exploits whom, runs two thousand seeds
# for each of several intervals. If it does what Ray does, then the ranks of the recorded runs
# among its own are uniform. A Kolmogorov–Smirnov test finds no sign of the contrary, though
# four or eight runs test little. Its p-values:

from pbt_examples.quadratic import Reference
from scipy.stats import kstest

SEEDS = 2000
intervals = [1, 2, 3, 5, 10, 20, 30, 40, 50, 100, 200]
simulated = {each: Reference(interval=each).winners(SEEDS) for each in intervals}
p_values = {}
for interval, losses in on_ray.groupby("interval"):
    ranks = [(simulated[interval].loss < loss).mean() for loss in losses]
    p_values[interval] = kstest(ranks, "uniform").pvalue
    assert p_values[interval] > 0.05
pd.DataFrame(p_values, ["p-value"]).rename_axis(columns="interval").round(2)

# %%
# Now the learning rates of the winners, over the schedules from above:

# sphinx_gallery_thumbnail_number = 2
from pbt_examples.figures import plot_bands

figure, axes = plt.subplots(2, 2, figsize=(6.84, 6.2), sharex=True, sharey=True)
for ax, interval in zip(axes.flat, [1, 5, 20, 100], strict=True):
    for name in ("greedy", "best cosine", "best possible"):
        ax.plot(steps, schedules[name], looks[name], lw=1.8, label=name)
    found = simulated[interval].schedule
    plot_bands(steps, found, ax, color="0.25", label="PBT: median")
    for seed, winner in record[record["interval"] == interval].groupby("seed"):
        label = "PBT on Ray: one run" if seed == 0 else None
        lr = np.repeat(winner["lr"], interval)
        ax.plot(steps, lr, color="C1", lw=0.7, alpha=0.8, label=label)
    often = "each step" if interval == 1 else f"every {interval} steps"
    ax.set(yscale="log", ylim=(0.008, 2.6), title=f"decisions after {often}")
figure.legend(*ax.get_legend_handles_labels(), loc="outside lower left", ncols=3)
headline(figure, "With a decision after each step, PBT is greedy")
# sphinx_gallery_start_ignore
for ax in axes[1]:
    ax.set_xlabel("step")
for ax in axes[:, 0]:
    ax.set_ylabel("learning rate")
for ax in axes.flat:
    ax.set_xticks([0, 50, 100, 150, 200])
describe(
    figure,
    alt="""Four panels of learning rates over 200 steps on logarithmic axes, for decisions
    every 1, 5, 20 and 100 steps. Each shows the greedy, the cosine and the best schedule as
    lines, and the schedules of PBT's winners as a median in bands for the middle 50 and 90
    percent of two thousand seeds. With interval 1 the bands are narrow, fall within the
    first steps and then run along the greedy schedule. With 5 they stay above it for
    longer. With 20 they go down in stairs between the greedy schedule and the cosine, and
    with 100 there are two wide levels. Thin lines of runs on Ray lie mostly in the
    bands.""",
    caption="""With a decision after every step, PBT comes close to the greedy schedule; with
    longer intervals it looks farther ahead, and has fewer decisions.""",
)
for (interval, _), winner in runs.items():
    low, high = np.quantile(simulated[interval].schedule, [0.05, 0.95], axis=0)
    lr = np.repeat(winner["lr"], interval)
    assert np.mean((low <= lr) & (lr <= high)) >= 0.5
# sphinx_gallery_end_ignore

# %%
# Nobody gave PBT the greedy schedule; it follows from ranking by the loss after one step.
# In the first half of the training, the learning rates of the winners typically differ from
# the greedy ones by this factor:

half, ratios = STEPS // 2, {}
for interval in (1, 5, 20, 100):
    distance = np.abs(np.log(simulated[interval].schedule / schedules["greedy"]))[:, :half]
    ratios[interval] = np.exp(np.median(distance))
    assert (ratios[interval] < 2) == (interval == 1)
pd.DataFrame(ratios, ["factor"]).rename_axis(columns="interval").round(1)

# %%
# The interval is the horizon
# ---------------------------
#
# What do these schedules achieve?

losses = np.stack([winners.loss for winners in simulated.values()], axis=1)
ax = plot_bands(intervals, losses, label="PBT: median")
each, loss = on_ray.index.get_level_values("interval"), on_ray.to_numpy()
ax.plot(each, loss, "o", color="C1", ms=4, mec="w", mew=0.4, label="PBT on Ray: one run")
for name, loss in final.items():
    ax.plot([0.93, 215], [loss, loss], looks[name], zorder=1)
    ax.text(215, loss, f" {name}", va="center")
ax.figure.legend(*ax.get_legend_handles_labels(), loc="outside lower left", ncols=4)
headline(ax.figure, "Too often is greedy, and too seldom leaves nothing to decide")
# sphinx_gallery_start_ignore
ax.set(xscale="log", yscale="log", xlabel="steps between two decisions")
ax.set(ylabel="expected loss of the winner at the end", xlim=(0.93, 215))
ax.set_xticks([1, 2, 5, 10, 20, 50, 100, 200], [1, 2, 5, 10, 20, 50, 100, 200])
describe(
    ax.figure,
    alt="""The final loss of PBT's winner over the perturbation interval, both on
    logarithmic axes: a median with bands for the middle 50 and 90 percent of two thousand
    seeds. It falls from 0.46 at interval 1 to 0.09 at 20 and rises to 0.17 at 200.
    Points of real runs lie in the bands, but for one below them at 100. Horizontal lines
    mark the greedy schedule at 0.59, the best constant at 0.16, the best cosine at 0.015
    and the best possible at 0.005. The band touches neither of the last two.""",
    caption="""Deciding too often is greedy; deciding too seldom leaves nothing to decide.
    At no interval does PBT come near a cosine.""",
)
# sphinx_gallery_end_ignore
medians = dict(zip(intervals, np.median(losses, axis=0), strict=True))
beaten = (losses < final["best constant"]).mean(axis=0)
# sphinx_gallery_start_ignore
bands = {each: np.quantile(simulated[each].loss, [0.05, 0.95]) for each in intervals}
outside = [key for key, loss in on_ray.items() if np.searchsorted(bands[key[0]], loss) != 1]
assert outside == [(100, 4)]
assert [round(medians[each], 2) for each in (1, 20, 200)] == [0.46, 0.09, 0.17]
usually = [each for each, share in zip(intervals, beaten, strict=True) if share > 0.8]
assert usually == [10, 20, 30, 40, 50]
# sphinx_gallery_end_ignore
table = pd.DataFrame({"median loss": medians}).rename_axis("interval").round(3)
table.assign(**{"beats the best constant": [f"{share:.1%}" for share in beaten]})

# %%
# Read it from both ends.
#
# **Too often.** A decision after every step compares what one step did. A trial with large
# steps has made progress in the flat direction that the loss does not show yet, and is
# given up for it. Not one of two thousand runs did as well as the best constant:

assert (simulated[1].loss > final["best constant"]).all()

# %%
# **Too seldom.** With no decision at all, the last interval, PBT is a random search among
# 16 constants, none of which can beat the best. With one, at step 100, it can lower the
# learning rate once. The best schedule needs more.
#
# **In between** are intervals at which PBT usually beats a constant, 10 to 50 here, and 20
# is the best. The perturbation interval is the *horizon* at which PBT looks ahead: an
# investment that pays off within it is seen, a later one is not. But even the best horizon
# does not see the end of training, for which a cosine is designed. Nineteen of twenty runs
# end with more than twice its loss:

assert np.quantile(losses, 0.05, axis=0).min() > 2 * final["best cosine"]
# sphinx_gallery_start_ignore
best_interval = min(medians, key=medians.get)
assert best_interval == 20
assert medians[best_interval] < 0.7 * final["best constant"] < 0.7 * medians[200]
# sphinx_gallery_end_ignore

# %%
# :doc:`plot_less_greedy` has what you can do about it, and what each measure is worth.

from pbt_examples.record import data_folder

for interval, run in live.items():
    run.save(data_folder("greedy", f"interval_{interval}"))

# %%
# Data for your own plots: :recorded:`greedy/interval_20/history.csv` and
# :recorded:`greedy/interval_20/exploits.csv`.
