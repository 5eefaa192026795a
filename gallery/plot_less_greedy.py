# /// script
# requires-python = ">=3.11"
# dependencies = ["pbt-examples[quadratic]"]
# ///
"""
How to make PBT less greedy
===========================

Where decisions come too early, PBT chooses learning rates that are too small. This page
tries four measures against that, each of them a setting or a few lines, and shows what each
is worth on a problem whose best schedule is known.
"""

# %%
# Four measures
# -------------
#
# :doc:`plot_greedy` has the problem, a noisy quadratic, and the reason: PBT looks ahead
# only as far as its perturbation interval. A training run has 200 steps, and the expected
# loss at its end can be computed for any schedule of learning rates. You can
#
# - decide less often;
# - *burn in*: decide as often, but begin later, here after 100 steps;
# - keep the *decay* out of PBT's hands: the trainable multiplies the learning rate by half
#   a cosine, which falls from 1 to 0 over the training, and PBT tunes what is multiplied;
# - replay what PBT found with a *new tail*: here the learning rate falls to 15 % in the last
#   20 steps.
#
# A reference in NumPy runs two thousand seeds of PBT, with 16 trials, for each:

import numpy as np
from pbt_examples.quadratic import (
    STEPS,
    Reference,
    best_constant,
    best_cosine,
    loss_curve,
)

SEEDS = 2000
searches = {
    "every step": Reference(interval=1),
    "every 5": Reference(interval=5),
    "every 20": Reference(interval=20),
    "every 50": Reference(interval=50),
    "every 5, burn-in": Reference(interval=5, burn_in=100),
    "every 20, burn-in": Reference(interval=20, burn_in=100),
    "every step, decay": Reference(interval=1, decay=True),
    "every 20, decay": Reference(interval=20, decay=True),
    "every 100, decay": Reference(interval=100, decay=True),
    "never, decay": Reference(interval=STEPS, decay=True),
}
winners = {name: search.winners(SEEDS) for name, search in searches.items()}
losses = {name: each.loss for name, each in winners.items()}

tail = np.ones(STEPS)
tail[-20:] = np.repeat(0.5 * (1 + np.cos(np.pi * np.arange(4) / 4)), 5)
for name in ("every step", "every 20", "every 50"):
    losses[f"{name}, new tail"] = loss_curve(winners[name].schedule * tail)[:, -1]
median = {name: np.median(values) for name, values in losses.items()}

# %%
# A box is the middle half of the seeds, the stroke in it their median, and the whiskers
# span the middle 90 percent:

import matplotlib.pyplot as plt
import pandas as pd
from pbt_examples.figures import headline, use_style

use_style()
colors = {"burn-in": "C1", "decay": "C2", "new tail": "C3"}
figure, ax = plt.subplots(figsize=(6.84, 5.4))
boxes = ax.boxplot(
    losses.values(), tick_labels=list(losses), orientation="horizontal", whis=(5, 95),
    showfliers=False, patch_artist=True, medianprops={"color": "k", "lw": 2},
)  # fmt: skip
for box, name in zip(boxes["boxes"], losses, strict=True):
    box.set(facecolor=colors.get(name.partition(", ")[2], "C0"), alpha=0.5)
constant, cosine = (loss_curve(each())[-1] for each in (best_constant, best_cosine))
for name, loss in {"best constant": constant, "best cosine": cosine}.items():
    ax.axvline(loss, color="0.5", lw=1, ls="--", zorder=0)
    ax.text(loss, 0.3, f" {name}", va="bottom")
ax.set(xscale="log", xlabel="expected loss of the winner at the end")
ax.invert_yaxis()
headline(
    figure, "Waiting helps, and a fixed decay helps most, unless PBT decides every step"
)
# sphinx_gallery_start_ignore
from pbt_examples.figures import describe

ticks = [0.015, 0.03, 0.06, 0.1, 0.2, 0.4]
ax.set_xticks(ticks, ticks)
ax.minorticks_off()
describe(
    figure,
    alt="""A box for each of thirteen ways to search, over the final loss on a logarithmic
    axis, with lines at the best cosine, 0.015, and the best constant, 0.165. Decisions
    every step end near 0.46, every 5 steps at the constant, every 20 at 0.09 and every 50
    at 0.13. With burn-in, every 5 moves to 0.07, and every 20 stays at 0.09, both in wider
    boxes. With decay, every step is at 0.48, every 20 moves to 0.03, and every 100 and
    never are at the cosine. With a new tail, every step is at 0.47, every 20 stays at 0.09
    and every 50 moves to 0.08.""",
    caption="""Final losses of two thousand seeds each. Longer intervals help up to a point,
    a burn-in and a decay help, too; with a decision after every step, neither a decay nor a
    new tail does.""",
)
about = {"every step": 0.46, "every 20": 0.09, "every 50": 0.13, "every 5, burn-in": 0.07}
about |= {"every 20, burn-in": 0.09, "every step, decay": 0.48, "every 20, decay": 0.03}
about |= {"every step, new tail": 0.47, "every 50, new tail": 0.08}
assert {name: round(median[name], 2) for name in about} == about
assert round(median["every 20, new tail"], 2) == 0.09
assert np.isclose(median["every 5"], constant, rtol=0.06)
assert round(tail[-1], 2) == 0.15
for name in ("every 100, decay", "never, decay"):
    assert np.isclose(median[name], cosine, rtol=0.12)
# sphinx_gallery_end_ignore

# %%
# **Take longer intervals.** If you see learning rates collapse early in a run, the
# interval is too short. From every step to every 20 the median falls to a fifth:


def compare(before, after):
    print(f"{before}: {median[before]:.3f}; {after}: {median[after]:.3f}")


compare("every step", "every 20")
assert 0.18 < median["every 20"] / median["every step"] < 0.22

# %%
# **Burn in.** With ``burn_in_period`` the first decision waits, here for half of the
# training. Trials with large steps have had time to show what they are worth. The
# shorter the interval, the more it helps, but the results also spread more:

compare("every 5", "every 5, burn-in")
compare("every 20", "every 20, burn-in")
gains = [median[name] / median[f"{name}, burn-in"] for name in ("every 5", "every 20")]
assert gains[0] > 2 > gains[1] > 1
# sphinx_gallery_start_ignore
for name in ("every 5", "every 20"):
    both = np.log([losses[name], losses[f"{name}, burn-in"]])
    plain, burnt = np.ptp(np.quantile(both, [0.05, 0.95], axis=1), axis=0)
    assert burnt > 1.2 * plain
# sphinx_gallery_end_ignore

# %%
# **Keep the decay out of PBT's hands.** You know when training ends; PBT does not. This is
# the one measure that brings PBT near the best cosine. Now it pays even more to wait,
# since the decay is no longer PBT's to find:

compare("every 20", "every 20, decay")
compare("every step", "every step, decay")
compare("every 100, decay", "never, decay")
print(f"best cosine: {cosine:.3f}")
assert median["every 20, decay"] < 0.5 * median["every 20"]
assert median["every 100, decay"] < 1.2 * cosine
assert median["every step, decay"] > median["every step"]

# %%
# Two of these results are warnings. With a decision after each step, PBT works *against* the
# decay, and ends worse than without one. And *never*, where nothing is ever decided, is a
# random search for the height of a cosine. It is as good as the best of PBT: where you know
# the shape of a good schedule, search for its parameters.

assert median["never, decay"] < 1.02 * median["every 100, decay"]

# %%
# **Replay with a new tail.** The schedule is the result of PBT, so you may change it and
# train once more. That repairs what is cheap to repair, too much noise at the end, and
# helps schedules that were too high there. Where PBT has lowered them itself, there is little
# to gain. And it cannot bring back large steps that were never taken:

compare("every 50", "every 50, new tail")
compare("every 20", "every 20, new tail")
compare("every step", "every step, new tail")
assert median["every 50, new tail"] < 0.8 * median["every 50"]
assert median["every step, new tail"] > median["every step"]

# %%
# The same on Ray
# ---------------
#
# Here is one population for each setting, in one experiment. An iteration of Tune is 20
# steps, so a burn-in of 100 steps is a ``burn_in_period`` of 5. Then ``Replay``, see
# :doc:`plot_lineage_and_schedule`, trains a single trial with the schedule of the winner of
# *every 20* and the new tail, in iterations of 5 steps, a quarter of the length before:

from pbt_examples.quadratic import (
    quadratic_param_space,
    quadratic_scheduler,
    train_quadratic,
)
from pbt_examples.tuning import Population, Replay, run_experiment, run_populations

space = quadratic_param_space(interval=20)
populations = {
    "every 20": Population(space, quadratic_scheduler()),
    "every 20, burn-in": Population(space, quadratic_scheduler(burn_in_period=5)),
    "every 20, decay": Population(space | {"decay": True}, quadratic_scheduler()),
}
goal = {"metric": "loss", "mode": "min"}
runs = run_populations(train_quadratic, populations, iterations=STEPS // 20, **goal)

replay = Replay(runs["every 20"])
changes = {4 * iteration: new for iteration, new in replay.changes.items()}
last = changes[max(changes)]["lr"]
new_tail = {36 + i: {"lr": last * tail[180 + 5 * i]} for i in (1, 2, 3)}
replay.changes = changes | new_tail
runs["every 20, new tail"] = run_experiment(
    train_quadratic, {"steps_per_report": 5}, scheduler=replay, hyperparameters=["lr"],
    iterations=STEPS // 5, **goal,
)  # fmt: skip
ends = {name: run.ancestry(run.winner)["loss"].iloc[-1] for name, run in runs.items()}
for name, loss in ends.items():
    assert losses[name].min() < loss < losses[name].max()
# sphinx_gallery_start_ignore
schedule = np.repeat(runs["every 20"].ancestry(runs["every 20"].winner)["lr"], 20)
assert np.isclose(loss_curve(schedule * tail)[-1], ends["every 20, new tail"], rtol=1e-12)
assert runs["every 20, burn-in"].exploits["iteration"].min() == 5
# sphinx_gallery_end_ignore
worse = {name: f"{(losses[name] > loss).mean():.0%}" for name, loss in ends.items()}
pd.DataFrame({"loss": ends, "seeds that do worse": worse}).round(3)

# %%
# These are single runs, and the second column is the share of the two thousand seeds that
# end with a higher loss. In this seed, a burn-in makes the result worse. Only many seeds
# show what a measure is worth.

assert ends["every 20, burn-in"] > ends["every 20"]

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
# rates by a short horizon chooses values that are too small.
#
# The toy problem has a greed of its own, in which a specialist takes over the population
# too early: see :doc:`plot_where_runs_fail`.

from pbt_examples.record import data_folder

for name, run in runs.items():
    run.save(data_folder("less_greedy", name.replace(", ", "_").replace(" ", "_")))

# %%
# Before you blame an interval, look at your own runs: ``plot_schedule`` shows whether
# learning rates fell early. The runs of this page are there to try it on, for instance
# :recorded:`less_greedy/every_20_decay/history.csv` and
# :recorded:`less_greedy/every_20_decay/exploits.csv`.
