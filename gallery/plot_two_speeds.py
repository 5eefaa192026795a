# /// script
# requires-python = ">=3.11"
# dependencies = ["pbt-examples[quadratic]"]
# ///
"""
Two speeds: PBT at several intervals at once
============================================

A short perturbation interval makes PBT greedy, a long one makes it slow, and the best one is
not known in advance. This page runs subpopulations that have different intervals and
exchange weights, and compares them with a single interval, well and badly chosen.
"""

# %%
# The idea
# --------
#
# :doc:`plot_greedy` has the problem, a noisy quadratic with exact losses, and the reason:
# PBT looks ahead as far as its perturbation interval. Doulazmi and others
# (*Multiple-Frequencies Population-Based Training*, 2025, arXiv:2506.03225) propose not to
# choose one. The population is divided into subpopulations, and each decides at its own
# interval. Within a subpopulation that is PBT: the worst quarter exploits the best, and
# explores. And there is **migration**: each trial of the third quarter takes over the
# weights of the best trial outside, if that is better.
#
# The hyperparameters depend on the origin. A migrant from a *slower* subpopulation brings its
# hyperparameters, which have proved their worth over a longer time. A migrant from a *faster*
# one may be ahead because it was greedy. It brings only its weights, and continues with the
# hyperparameters of the best trial of its new subpopulation.

# %%
# On Ray
# ------
#
# ``MultipleFrequencies`` is a scheduler like any other. Sixteen trials are dealt to two
# subpopulations in turn. An iteration has 20 steps, so these decide after every 20 and after
# every 100 of the 200 steps:

from pbt_examples.quadratic import (
    STEPS,
    FrequenciesReference,
    Reference,
    loss_curve,
    quadratic_param_space,
    train_quadratic,
)
from pbt_examples.quadratic.moments import LR_RANGE
from pbt_examples.tuning import MultipleFrequencies, run_experiment
from ray import tune

INTERVAL = 20
run = run_experiment(
    train_quadratic,
    quadratic_param_space(interval=INTERVAL, seed=0),
    scheduler=MultipleFrequencies(
        intervals=[1, 5],
        hyperparam_mutations={"lr": tune.loguniform(*LR_RANGE)},
        log_config=False,
        seed=0,
    ),
    iterations=STEPS // INTERVAL,
    metric="loss",
    mode="min",
)
print(run)

# %%
# The table of exploits also has the migrations. They are the rows without an operation, since
# a migrant does not explore:

exploits = run.exploits.assign(
    target_speed=run.exploits["target"] % 2, donor_speed=run.exploits["donor"] % 2
).replace({"target_speed": {0: "fast", 1: "slow"}, "donor_speed": {0: "fast", 1: "slow"}})
migrations = exploits[exploits["lr_operation"] == ""]
columns = ["iteration", "donor_speed", "target_speed", "lr_donor", "lr_new"]
migrations[columns].round(3)

# %%
# The rules can be checked in the record. The slow subpopulation decides only at iteration 5.
# Migrants that come from the fast one leave their learning rate behind; those that go the
# other way keep it. And, as on every page, the loss of the winner is that of its schedule:

import numpy as np

assert set(exploits["iteration"][exploits["target_speed"] == "slow"]) == {5}
assert (migrations["donor_speed"] != migrations["target_speed"]).all()
assert (migrations["target_score"] > migrations["donor_score"]).all()
from_slow = migrations["donor_speed"] == "slow"
kept = migrations["lr_new"] == migrations["lr_donor"]
print(f"{from_slow.sum()} migrants from slow, {(~from_slow).sum()} from fast to slow")
assert kept[from_slow].all()
before = run.history.query("iteration == 5 and trial % 2 == 1")
best_slow = before.loc[before["loss"].idxmin(), "lr"]
assert (migrations["lr_new"][~from_slow] == best_slow).all()

winner = run.ancestry(run.winner)
schedule = np.repeat(winner["lr"].to_numpy(), INTERVAL)
assert loss_curve(schedule)[-1] == winner["loss"].iloc[-1]
print(f"loss of the winner: {winner['loss'].iloc[-1]:.3f}")

# %%
# Does it pay?
# ------------
#
# One run cannot answer that. A reference in NumPy with the same rules runs many seeds, all
# with 32 trials and 200 steps, and thus the same compute: a single population at five
# intervals, and four combinations of intervals, with and without migration.

RUNS = 300
losses = {}
for interval in (1, 5, 20, 50, 100):
    pbt = Reference(interval=interval, trials=32)
    losses[f"every {interval}"] = pbt.winners(RUNS).loss
mixed = [(5, 50), (1, 10, 50, 100), (5, 20, 50, 100), (1, 20)]
for intervals in mixed:
    name = ", ".join(map(str, intervals))
    for migration in (True, False):
        pbt = FrequenciesReference(intervals=intervals, migration=migration)
        losses[name + ("" if migration else ", apart")] = pbt.winners(RUNS).loss

import matplotlib.pyplot as plt
from pbt_examples.figures import use_style

use_style()
figure, ax = plt.subplots(figsize=(6.84, 4.8))
for row, (name, values) in enumerate(losses.items()):
    low, median, high = np.quantile(values, [0.05, 0.5, 0.95])
    color = "C0" if name.startswith("every") else "C5" if "apart" in name else "C2"
    ax.plot([low, high], [row, row], color=color, lw=2, alpha=0.5)
    ax.plot(median, row, "D" if "apart" in name else "o", color=color, ms=7)
best = min(np.median(values) for values in losses.values())
ax.axvline(best, color="0.6", lw=0.8, zorder=0)
ax.set_yticks(range(len(losses)), losses)
ax.set(xscale="log", xlabel="expected loss of the winner at the end")
ax.set_xticks([0.03, 0.05, 0.1, 0.2, 0.4], [0.03, 0.05, 0.1, 0.2, 0.4])
ax.minorticks_off()
ax.invert_yaxis()
# sphinx_gallery_start_ignore
from pbt_examples.figures import describe

describe(
    figure,
    alt="""One row for each way to decide, with the median loss of 300 seeds as a marker and
    a line for the middle 90 percent, on a logarithmic axis. Single intervals: the median is
    about 0.44 for every 1 step, 0.14 for 5, 0.07 for 20, 0.09 for 50 and 0.15 for 100. The
    four mixtures with migration lie between 0.08 and 0.1, none of them better than
    every 20. Three of the same mixtures without migration are a little worse.""",
    caption="""Several intervals at once are never as good as the best single one here, and
    far better than a bad one. Diamonds are sub-populations that do not exchange
    anything.""",
)
# sphinx_gallery_end_ignore

# %%
# In numbers, with the standard error of the median from resampling the seeds:

rng = np.random.default_rng(0)


def median_and_error(values):
    again = np.median(rng.choice(values, (500, len(values))), axis=1)
    return np.median(values), again.std()


medians = {name: median_and_error(values) for name, values in losses.items()}
for name, (median, error) in medians.items():
    print(f"{name:24} {median:.3f} ± {error:.3f}")

# %%
# Three things can be said.
#
# **No mixture beats the best single interval.** With an interval of 20 steps, all 32 trials
# work at the speed that suits this problem. In a mixture only some of them do.

singles = {name: each for name, each in medians.items() if name.startswith("every")}
joined = {", ".join(map(str, intervals)): intervals for intervals in mixed}
best, error = singles["every 20"]
for name in joined:
    assert medians[name][0] > best - 2 * error

# %%
# **Every mixture beats a badly chosen interval**, by a large margin. If you do not know the
# interval, and this number decides between 0.07 and 0.44, then not having to choose is
# valuable:

for name in joined:
    for bad in ("every 1", "every 5", "every 100"):
        difference = singles[bad][0] - medians[name][0]
        assert difference > 2 * np.hypot(singles[bad][1], medians[name][1])

# %%
# **If a mixture works, it is because of migration.** Without it, the subpopulations are
# several small searches, of which the best one counts. The exception is a pair that includes
# the best interval, every 1 and every 20. There, the slow half does as well alone: migrants
# from a greedy half are of no use to it.

for name in joined:
    together, apart = medians[name], medians[name + ", apart"]
    gain, noise = apart[0] - together[0], np.hypot(together[1], apart[1])
    print(f"{name:14} apart minus together: {gain:+.3f} ± {noise:.3f}")
    assert gain > 2 * noise or name == "1, 20"
assert abs(medians["1, 20, apart"][0] - medians["1, 20"][0]) < 0.02

# %%
# What to take away
# -----------------
#
# On this problem, two speeds are an insurance: they cost a little compared with the best
# interval, which you would have to know, and gain a lot compared with a bad one. The paper
# reports larger gains, on reinforcement learning with many more decisions, where the best
# interval may itself change during training. This page cannot show that. And no mixture comes
# near a cosine (0.015), since PBT never sees the end of training, whatever its interval is.

from pbt_examples.record import data_folder

run.save(data_folder("two_speeds", "frequencies"))

# %%
# The record of the run: :recorded:`two_speeds/frequencies/history.csv` and
# :recorded:`two_speeds/frequencies/exploits.csv`.
