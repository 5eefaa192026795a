# /// script
# requires-python = ">=3.11"
# dependencies = ["pbt-examples"]
# ///
"""
Ten thousand seeds, checked on Ray
==================================

This page compares the simulation of ten thousand seeds with real runs on Ray, and asks
whether chance alone explains the difference. One of the real runs fails, and its record
says why.
"""

# %%
# Sixteen runs, one experiment
# ----------------------------
#
# The settings are those of :doc:`plot_many_seeds`, each with a few seeds. Most of the runs
# have two trials, since chance matters most there. Without resampling two trials always end
# alike, so two runs are enough.
#
# All runs are *populations* of one experiment. They are independent, and each run is the same
# as in a separate experiment, bit for bit, as a test of this project shows. But the process
# for the trials has to start only once, which takes longer than a run of two trials. As on
# :doc:`plot_population_sweep`, it sends the three reports between two checkpoints together.

from pbt_examples.toy import oracle_error, toy_param_space, toy_scheduler, train_toy
from pbt_examples.tuning import Population, buffered_reports, run_populations

starts = {
    2: (0.0, 1.0),
    4: (0.0, 1.0, 0.01, 0.99),
    8: (0.0, 1.0, 0.01, 0.99, 0.02, 0.98, 0.03, 0.97),
}
seeds = {(2, 0.0): 2, (2, 0.25): 6, (2, 0.5): 6, (4, 0.25): 1, (8, 0.25): 1}
populations = {
    (size, p, seed): Population(
        toy_param_space(starts[size]), toy_scheduler(resample_probability=p, seed=seed)
    )
    for (size, p), count in seeds.items()
    for seed in range(count)
}
with buffered_reports(4):  # the scheduler's perturbation interval
    runs = run_populations(train_toy, populations)

errors = [oracle_error(run) for run in runs.values()]
print(f"{len(runs)} runs; the largest oracle error is {max(errors)}")
assert len(runs) == 16
assert max(errors) == 0

# %%
# An oracle error of 0 means that Ray computed what its decisions imply. What remains is to
# compare the randomness: whether those decisions are distributed as in the simulation.

# %%
# Do they look alike?
# -------------------
#
# Blue is the simulation; each orange line is a real run.

import matplotlib.pyplot as plt
import numpy as np
from pbt_examples.figures import headline, plot_bands, use_style
from pbt_examples.toy import Reference

SEEDS = 10_000

simulated = {
    (size, p): Reference(h0=starts[size], resample_probability=p).best_Q(SEEDS)
    for size, p in seeds
}
measured = {
    key: run.history.groupby("iteration")["Q"].max().to_numpy() for key, run in runs.items()
}
use_style()
iterations = np.arange(1, 101)
figure, axes = plt.subplots(2, 2, figsize=(6.84, 5.6), sharex=True, sharey=True)
shown = [(2, 0.25), (2, 0.5), (4, 0.25), (8, 0.25)]
for ax, (size, p) in zip(axes.flat, shown, strict=True):
    plot_bands(iterations, simulated[size, p], ax, label="simulated: median")
    for seed in range(seeds[size, p]):
        [line] = ax.plot(iterations, measured[size, p, seed], color="C1", lw=1)
    line.set_label("runs on Ray")
    ax.set_title(f"{size} trials, resample {p}")
for ax in axes[-1]:
    ax.set_xlabel("iteration")
for ax in axes[:, 0]:
    ax.set_ylabel("best $Q$ in the population")
figure.legend(*ax.get_legend_handles_labels(), loc="outside lower left", ncols=4)
headline(figure, "Real runs spread as the simulated ones do")
# sphinx_gallery_start_ignore
from pbt_examples.figures import describe

describe(
    figure,
    alt="""Four panels of best Q over 100 iterations, for 2 trials with resample
    probabilities 0.25 and 0.5 and for 4 and 8 trials with 0.25. Each shows a median line in
    bands for the middle 50 and 90 percent of the simulated seeds, and orange lines of real
    runs, six in the upper panels and one in the lower ones. Nearly all lines run through
    the bands. With two trials and 0.25, one line stays at 0.59 until iteration 50 and has
    not reached the others at the end.""",
    caption="""Real runs on top of ten thousand simulated ones: they spread as the bands
    do.""",
)
# sphinx_gallery_end_ignore

# %%
# Without resampling nothing is left to chance, and there is nothing to draw: simulation and
# Ray agree on the final value to the last bit.

for seed in range(seeds[2, 0.0]):
    assert measured[2, 0.0, seed][-1] == simulated[2, 0.0][0, -1]

# %%
# Can chance explain what differs?
# --------------------------------
#
# If both follow the same rules, the rank of a real run among the simulated ones is as likely
# to be high as low, at any iteration. So the middle 90 % of the simulation should contain
# about 90 % of the real runs. Iterations of one run depend on each other, so a few that are
# far apart are enough:

some = np.array([10, 20, 40, 60])
inside = []
for size, p, seed in runs:
    if p > 0:
        low, high = np.quantile(simulated[size, p][:, some - 1], [0.05, 0.95], axis=0)
        best = measured[size, p, seed][some - 1]
        inside.append((low <= best) & (best <= high))
inside = np.array(inside)
print(f"{inside.mean():.0%} of {inside.size} lie in the middle 90 %")
assert 0.75 < inside.mean() < 1

# %%
# Not all of them are inside, as expected: a point outside is not an error, but bad or good
# luck, and the four points of a run are not independent. The tests of this project have a
# stricter comparison, with thirty runs of one setting and several statistics.

# %%
# The run that failed
# -------------------
#
# On :doc:`plot_many_seeds`, some runs of two trials with Ray's default of 0.25 do not reach
# 1.19. The real runs include such a run:

default = {key: run for key, run in runs.items() if key[:2] == (2, 0.25)}
[failed] = [run for key, run in default.items() if measured[key][-1] <= 1.19]
share = (simulated[2, 0.25][:, -1] <= 1.19).mean()
chance = 1 - (1 - share) ** len(default)
print(f"1 of {len(default)} real runs failed; of the simulated, {share:.1%}")
print(f"so the chance that at least one of {len(default)} fails is {chance:.0%}")
assert 0.02 < share < 0.06

# %%
# Its record says why. The run starts with a zero for ``h0`` in one trial and for ``h1`` in the
# other, and as long as no trial has both above zero, none can reach the maximum. For each of
# these runs, here is the iteration at which a trial first has both, and the final result:

import pandas as pd

rows = {}
for (_, _, seed), run in default.items():
    both = run.history[(run.history[["h0", "h1"]] > 0).all(axis=1)]
    first, best = both["iteration"].min(), run.history["Q"].max()
    rows[seed] = {"both above zero at": first, "best Q": best}
escape = pd.DataFrame(rows).T.rename_axis("seed")
escape.astype({"both above zero at": int}).round(3)

# %%
# The five runs that succeeded escaped by iteration 30; the one that failed, only shortly
# before iteration 50. From then on it climbs too, slowly at first, and runs out of time. It did
# not fail because Ray did something else, but because a draw came late;
# :doc:`plot_where_runs_fail` counts such runs.

late = escape.sort_values("both above zero at")
assert late["best Q"].iloc[-1] <= 1.19 < late["best Q"].iloc[:-1].min()
assert late["both above zero at"].iloc[-2] < 30 < 45 < late["both above zero at"].iloc[-1]

# %%
# The data
# --------
#
# Each run has its folder. The one that failed, with seed 1, has
# :recorded:`its history <many_seeds_on_ray/2_trials_resample_0.25_seed_1/history.csv>` and
# :recorded:`its exploits <many_seeds_on_ray/2_trials_resample_0.25_seed_1/exploits.csv>`.

from pbt_examples.record import data_folder

for (size, p, seed), run in runs.items():
    run.save(data_folder("many_seeds_on_ray", f"{size}_trials_resample_{p}_seed_{seed}"))
