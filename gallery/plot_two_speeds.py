# /// script
# requires-python = ">=3.11"
# dependencies = ["pbt-examples[quadratic]"]
# ///
"""
Two speeds: PBT at several intervals at once
============================================

A short perturbation interval makes PBT greedy, a long one makes it slow, and the best one is
not known in advance. This page runs subpopulations that have different intervals and
exchange weights, and compares them with a single interval, well chosen and badly chosen.
"""

# %%
# The idea
# --------
#
# :doc:`plot_greedy` has the problem, a noisy quadratic with exact losses, and the reason:
# PBT looks ahead as far as its perturbation interval. Doulazmi and others
# (*Multiple-Frequencies Population-Based Training*, 2025, arXiv:2506.03225) propose not to
# choose one. The population is divided into subpopulations, and each decides at its own
# interval. Within a subpopulation this is ordinary PBT: the worst quarter exploits the best,
# and explores. And there is **migration**: each trial of the second-worst quarter takes over
# the weights of the best trial outside its subpopulation, if that is better than its own.
#
# The hyperparameters depend on the origin. A migrant from a *slower* subpopulation, one with
# a longer interval, brings its hyperparameters, which were selected over longer intervals.
# A migrant from a *faster* one may be ahead because it was greedy. It brings only its weights,
# and continues with the hyperparameters of the best trial of its new subpopulation.

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

import numpy as np
import pandas as pd

speed = np.array(["fast", "slow"])  # of trials 0, 2, … and of trials 1, 3, …
exploits = run.exploits.assign(
    donor_speed=speed[run.exploits["donor"] % 2],
    target_speed=speed[run.exploits["target"] % 2],
)
migrations = exploits[exploits["lr_operation"] == ""]
columns = ["iteration", "donor_speed", "target_speed", "lr_donor", "lr_new"]
migrations[columns].set_index("iteration").round(3)

# %%
# The rules can be checked in the record. The slow subpopulation decides only at iteration 5.
# Migrants that come from the fast one leave their learning rate behind; those that go the
# other way keep it:

assert set(exploits["iteration"][exploits["target_speed"] == "slow"]) == {5}
from_slow = migrations["donor_speed"] == "slow"
kept = migrations["lr_new"] == migrations["lr_donor"]
print(
    f"{from_slow.sum()} migrants from slow to fast, {(~from_slow).sum()} from fast to slow"
)
assert kept[from_slow].all()
assert not kept[~from_slow].any()
# sphinx_gallery_start_ignore
assert (migrations["donor_speed"] != migrations["target_speed"]).all()
assert (migrations["target_score"] > migrations["donor_score"]).all()
before = run.history.query("iteration == 5 and trial % 2 == 1")
best_slow = before.loc[before["loss"].idxmin(), "lr"]
assert (migrations["lr_new"][~from_slow] == best_slow).all()
assert from_slow.any()
assert not from_slow.all()
winner = run.ancestry(run.winner)
schedule = np.repeat(winner["lr"].to_numpy(), INTERVAL)
assert loss_curve(schedule)[-1] == winner["loss"].iloc[-1]
# sphinx_gallery_end_ignore

# %%
# Does it pay?
# ------------
#
# One run cannot answer that. There is a reference in NumPy with the same rules. Sixteen seeds of
# the experiment above, run on Ray before this build by ``scripts/record_quadratic.py``, have
# ranks among its final losses that a Kolmogorov–Smirnov test cannot tell from uniform ones:

from pbt_examples.record import recorded
from scipy.stats import kstest

on_ray = recorded("quadratic/frequencies_runs").groupby("seed")["loss"].last()
simulated = FrequenciesReference(intervals=(20, 100), trials=16).winners(2000).loss
ranks = [(simulated < loss).mean() for loss in on_ray]
print(f"{len(on_ray)} runs on Ray, p-value {kstest(ranks, 'uniform').pvalue:.2f}")
# sphinx_gallery_start_ignore
assert kstest(ranks, "uniform").pvalue > 0.05
assert len(on_ray) == 16
np.testing.assert_allclose(on_ray[0], run.ancestry(run.winner)["loss"].iloc[-1])
# sphinx_gallery_end_ignore

# %%
# This reference runs 300 seeds of each choice, all with 32 trials and 200 steps, and thus the
# same compute. There are single populations at five intervals, and four mixtures, such as
# *5, 50*, of which one half decides every 5 steps and the other every 50. *Apart* is the same
# without migration:

RUNS = 300
losses = {}
for interval in (1, 5, 20, 50, 100):
    pbt = Reference(interval=interval, trials=32)
    losses[f"every {interval}"] = pbt.winners(RUNS).loss
singles = list(losses)
mixed = {"5, 50": (5, 50), "1, 20": (1, 20)}
mixed |= {"1, 10, 50, 100": (1, 10, 50, 100), "5, 20, 50, 100": (5, 20, 50, 100)}
for name, intervals in mixed.items():
    pbt = FrequenciesReference(intervals=intervals)
    losses[name] = pbt.winners(RUNS).loss
    apart = FrequenciesReference(intervals=intervals, migration=False)
    losses[f"{name}, apart"] = apart.winners(RUNS).loss

# %%
# A box is the middle half of the seeds, the stroke in it their median, and the whiskers
# span the middle 90 percent:

import matplotlib.pyplot as plt
from pbt_examples.figures import headline, use_style

use_style()
figure, ax = plt.subplots(figsize=(6.84, 5.4))
boxes = ax.boxplot(
    losses.values(), tick_labels=list(losses), orientation="horizontal", whis=(5, 95),
    showfliers=False, patch_artist=True, medianprops={"color": "k", "lw": 2},
)  # fmt: skip
for box, name in zip(boxes["boxes"], losses, strict=True):
    color = "C0" if name in singles else "C2" if name in mixed else "0.6"
    box.set(facecolor=color, alpha=0.6)
ax.axvline(np.median(losses["every 20"]), color="0.5", lw=1, ls="--", zorder=0)
ax.set(xscale="log", xlabel="expected loss of the winner at the end")
ax.invert_yaxis()
headline(figure, "No mixture beats the best interval, and each beats a badly chosen one")
# sphinx_gallery_start_ignore
from pbt_examples.figures import describe

ax.set_xticks([0.03, 0.05, 0.1, 0.2, 0.4], [0.03, 0.05, 0.1, 0.2, 0.4])
ax.minorticks_off()
describe(
    figure,
    alt="""A box for each way to decide, over the final loss on a logarithmic axis. Single
    intervals: the median is 0.44 for every 1 step, 0.14 for 5, 0.07 for 20, 0.09 for 50 and
    0.15 for 100. The four mixtures with migration have medians from 0.08 to 0.1, all to the
    right of a line at the median of every 20. Without migration, three of them are worse,
    at 0.10 to 0.12, and one, 1 and 20, is not.""",
    caption="""Several intervals at once (green) are never better than the best single one
    (blue) here, and far better than a bad one. Grey: subpopulations that exchange
    nothing.""",
)
half = {name: round(np.median(values), 2) for name, values in losses.items()}
assert [half[name] for name in singles] == [0.44, 0.14, 0.07, 0.09, 0.15]
assert {half[name] for name in mixed} <= {0.08, 0.09, 0.1}
three = [half[f"{name}, apart"] for name in mixed if name != "1, 20"]
assert set(three) <= {0.1, 0.11, 0.12}
# sphinx_gallery_end_ignore

# %%
# The medians, with standard errors from resampling the seeds:

rng = np.random.default_rng(0)
medians, errors = {}, {}
for name, values in losses.items():
    again = np.median(rng.choice(values, (500, len(values))), axis=1)
    medians[name], errors[name] = np.median(values), again.std()
pd.DataFrame({"median loss": medians, "standard error": errors}).round(4)

# %%
# Three things can be said.
#
# **No mixture beats the best single interval.** With an interval of 20 steps, all 32 trials
# work at the speed that suits this problem. In a mixture only some of them do.

for name in mixed:
    assert medians["every 20"] < medians[name] < 1.5 * medians["every 20"]

# %%
# **Every mixture beats a badly chosen interval**, here 1, 5 or 100. If you do not know the
# interval, and this number decides between 0.07 and 0.44, then not having to choose is
# valuable:

for name in mixed:
    for bad in ("every 1", "every 5", "every 100"):
        noise = np.hypot(errors[bad], errors[name])
        assert medians[bad] - medians[name] > 2 * noise

# %%
# **Migration improves three of the four mixtures.** Without it, the subpopulations are
# several small searches, of which the best one counts. The exception is the pair that
# includes the best interval, 1 and 20: migrants from a greedy half are of no use there.

gains = {}
for name in mixed:
    gain = medians[f"{name}, apart"] - medians[name]
    noise = np.hypot(errors[name], errors[f"{name}, apart"])
    gains[name] = gain, noise
    assert gain < 2 * noise if name == "1, 20" else gain > 2 * noise
pd.DataFrame(gains, ["loss saved by migration", "standard error"]).T.round(3)

# %%
# What to take away
# -----------------
#
# On this problem, two speeds are insurance: they cost something compared with the best
# interval, which you would have to know, and gain a lot compared with a bad one. The paper
# reports larger gains, on reinforcement learning with many more decisions, where the best
# interval may itself change during training. This page cannot show that. And no mixture comes
# near the best cosine, since PBT never sees the end of training, whatever its interval is:
# nineteen of twenty runs end with more than twice its loss.

from pbt_examples.quadratic import best_cosine

for name in mixed:
    assert np.quantile(losses[name], 0.05) > 2 * loss_curve(best_cosine())[-1]

from pbt_examples.record import data_folder

run.save(data_folder("two_speeds", "frequencies"))

# %%
# The record of the run: :recorded:`two_speeds/frequencies/history.csv` and
# :recorded:`two_speeds/frequencies/exploits.csv`.
