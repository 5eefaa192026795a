# /// script
# requires-python = ">=3.11"
# dependencies = ["pbt-examples"]
# ///
"""
The grid search baseline
========================

Grid search on the same two trials, with only the scheduler changed: both trials get stuck
where arithmetic says that they must. Then a real run of a finer grid, to be fair to grid
search.
"""

# %%
# Take the scheduler away
# -----------------------
#
# :doc:`plot_basic_pbt` starts two trials, with ``h = [0, 1]`` and ``h = [1, 0]``, and lets
# PBT change them as they train. Without a scheduler the same ``param_space`` is a grid
# search over these two values: each trial keeps its first values. Both run here, in one Ray
# session; the calls differ in one argument.

from pbt_examples.toy import oracle_error, toy_param_space, toy_scheduler, train_toy
from pbt_examples.tuning import ray_session, run_experiment

tuned = ["h0", "h1", "lr"]
with ray_session():
    pbt = run_experiment(train_toy, toy_param_space(), scheduler=toy_scheduler())
    grid = run_experiment(train_toy, toy_param_space(), hyperparameters=tuned)

assert oracle_error(pbt) == oracle_error(grid) == 0

# %%
# Both runs started alike, including the learning rate, and took the same number of steps.
# Only one of them changed anything on the way:

assert [pbt.first_config(t) for t in pbt.trials] == [grid.first_config(t) for t in [0, 1]]
assert len(pbt.history) == len(grid.history) == 200

import pandas as pd

counts = pd.concat(
    {
        name: run.history.groupby("trial")[tuned].nunique()
        for name, run in {"PBT": pbt, "grid": grid}.items()
    },
    names=["how many values each hyperparameter had"],
)
assert (counts.loc["grid"] == 1).all(axis=None)
counts

# %%
# What the grid search did
# ------------------------

import matplotlib.pyplot as plt
from pbt_examples.figures import headline, use_style
from pbt_examples.toy import plot_parameter_history, plot_Q_history

use_style()
figure, (left, right) = plt.subplots(1, 2, figsize=(6.8, 4.2))
plot_parameter_history(grid, left)
plot_Q_history(grid, right)
headline(figure, "Without exploits, each trial gets stuck far from the maximum")
# sphinx_gallery_start_ignore
from pbt_examples.figures import describe

describe(
    figure,
    alt="""Left: contours of Q with two straight paths from (0.9, 0.9). The trial with
    h = [0, 1] falls straight down to theta1 = 0 and stays there, the one with h = [1, 0]
    runs straight left to theta0 = 0 and stays there; no dashed line joins them. Right: Q
    over 100 iterations; both curves rise and become flat, one at 0.5925, the other at 0.39,
    far below the maximum of 1.2.""",
    caption="""Without exploits each trial follows its own axis to the end, and stops far
    from the maximum.""",
)
# sphinx_gallery_end_ignore

# %%
# There is no dashed line, since dashed lines are exploits and there were none.

assert grid.exploits.empty
for axes in (left, right):
    (jumps,) = axes.findobj(lambda artist: artist.get_gid() == "jumps")
    assert not jumps.get_segments()

# %%
# .. _why-just-there:
#
# Why exactly there?
# ------------------
#
# One step multiplies :math:`\theta_0` by :math:`1 - \tfrac{3}{2}\,\eta\,h_0` and
# :math:`\theta_1` by :math:`1 - 2\,\eta\,h_1`, where :math:`\eta` is the learning rate.
# With a zero in :math:`h` the factor is 1: that coordinate keeps its 0.9. The other one
# shrinks towards zero.
# So :math:`Q = 1.2 - (\tfrac{3}{4}\theta_0^2 + \theta_1^2)` ends at
#
# .. math::
#
#    h = [0, 1]: \quad 1.2 - \tfrac{3}{4} \cdot 0.9^2 = 0.5925
#    \qquad\qquad
#    h = [1, 0]: \quad 1.2 - 0.9^2 = 0.39 .

plateaus = {0: 1.2 - 0.75 * 0.9**2, 1: 1.2 - 0.9**2}
reached = grid.history.groupby("trial")["Q"].last()
assert all(abs(reached[trial] - plateau) < 1e-6 for trial, plateau in plateaus.items())
pd.DataFrame(
    {"computed": plateaus, "reached": reached}, index=pd.Index(plateaus, name="trial")
).round(6)

# %%
# Side by side
# ------------

# sphinx_gallery_thumbnail_number = 2
figure, axes = plt.subplots(2, 2, figsize=(6.8, 6.6), sharex="row", sharey="row")
for run, (top, bottom) in zip([pbt, grid], axes.T, strict=True):
    plot_parameter_history(run, top)
    plot_Q_history(run, bottom)
for top, title in zip(axes[0], ["PBT", "grid search"], strict=True):
    top.set_title(title)
headline(figure, "With the same start and 200 steps, PBT arrives and grid search does not")
# sphinx_gallery_start_ignore
axes[0, 1].set_gid("thumbnail")
describe(
    figure,
    alt="""Four panels with shared axes. Upper row, theta over the contours of Q: under PBT
    two paths, joined by dashed jumps, run together to the maximum at the origin; under
    grid search two straight paths end on the axes. Lower row, Q over iterations: under PBT
    both curves climb to 1.2; under grid search they level off at 0.5925 and 0.39.""",
    caption="""The same start, the same 200 steps, with PBT and with grid search.""",
)
# sphinx_gallery_end_ignore

# %%
# Both spent 200 gradient steps. This is what each gained with them: the gain of the
# population's best :math:`Q`, quarter by quarter:

import numpy as np
from pbt_examples.toy import Q, get_init_theta

quarters = ["1 to 25", "26 to 50", "51 to 75", "76 to 100"]
gains = {}
for name, run in {"PBT": pbt, "grid": grid}.items():
    best = run.history.groupby("iteration")["Q"].max()
    gains[name] = np.diff([Q(get_init_theta()), *best.loc[[25, 50, 75, 100]]])
assert best[100] - best[50] < 1e-4  # half of the grid's steps, all but wasted
assert pbt.history.groupby("trial")["Q"].last().min() > reached.max() + 0.5
pd.DataFrame(gains, index=pd.Index(quarters, name="gain in iterations")).T.round(5)

# %%
# The grid's steps continue along an axis on which there is nothing more to gain. PBT spends
# the same steps elsewhere: when one trial falls behind, its half of the budget moves to the
# place of the other, and tries another :math:`h` from there. So the progress along the two
# axes adds up, although no trial began with an :math:`h` that does both.

# %%
# Was this fair?
# --------------
#
# No. Two points are a very small grid, and these two are both blind to half of the problem.
# Here is a grid of five by five, with the same learning rate:

from ray import tune

values = [0.0, 0.25, 0.5, 0.75, 1.0]
both = {"h0": tune.grid_search(values), "h1": tune.grid_search(values)}
fine = run_experiment(train_toy, toy_param_space() | both, hyperparameters=tuned)

final = fine.history.groupby(["h0", "h1"])["Q"].last().unstack("h0")
assert final.loc[1.0, 1.0] > 1.1999
assert final.loc[0.25:, 0.25:].min(axis=None) > 1.18

# %%
figure, ax = plt.subplots(figsize=(6.0, 4.4))
ax.pcolormesh(values, values, final, cmap="Blues", vmin=0, vmax=2.4)
for (h1, h0), value in final.stack().items():
    ax.text(h0, h1, f"{value:.3f}", ha="center", va="center")
ax.set(xlabel="$h_0$", ylabel="$h_1$", xticks=values, yticks=values)
ax.set_title("$Q$ after 100 iterations")
headline(figure, "A finer grid finds what PBT found")
# sphinx_gallery_start_ignore
describe(
    figure,
    alt="""A five by five table of the final Q in colour, h0 to the right and h1 upwards,
    both from 0 to 1. The lower left corner, h = [0, 0], is where every trial begins, below
    zero. The rest of the left column is near 0.59 and the rest of the lower row near 0.39.
    All points where both are positive are between 1.18 and 1.2.""",
    caption="""A finer grid finds what PBT found: wherever neither coordinate is hidden,
    training arrives or is on its way.""",
)
# sphinx_gallery_end_ignore

# %%
# So a finer grid finds the maximum too, and ``h = [1, 1]`` gets there faster than the two
# PBT trials did:

from pbt_examples.record import first_reaching

budget = fine.history[fine.history["iteration"] <= 200 // final.size]
assert first_reaching(fine, 1.19) < first_reaching(pbt, 1.19)
assert len(budget) == len(pbt.history)
assert budget["Q"].max() < 1.0
pd.DataFrame(
    {
        "trials": [2, final.size],
        "reaches Q = 1.19 at iteration": [first_reaching(run, 1.19) for run in (pbt, fine)],
        "best Q after 200 steps in all": [pbt.history["Q"].max(), budget["Q"].max()],
    },
    index=["PBT", "finer grid"],
).round(3)

# %%
# So both methods have their place. If you can afford the finer grid, and one configuration is
# good throughout, grid search is simple and finds it. In this toy there is such a
# configuration, and it is in a corner where anybody would look: the estimate with
# ``h = [1, 1]`` *is* :math:`Q`. But with only the 200 steps of the two PBT trials, the finer
# grid stops far short, since each of its points must start from scratch.
#
# Real problems differ from the toy in three ways. The good values are not in a known corner.
# There are more hyperparameters than two, and a grid of five values for each grows as printed
# below. And often no constant is best: a learning rate may have to be large at first and small
# later on, and no grid of constants contains that, however fine it is. Then it pays off that
# the trials of a population share their progress.

counts = [2, 3, 6]
pd.DataFrame({"hyperparameters": counts, "trials": [5**count for count in counts]})

# %%
# The tables of the runs, to check all this: of PBT
# (:recorded:`grid_baseline/pbt/history.csv`,
# :recorded:`grid_baseline/pbt/exploits.csv`), of the two points (:recorded:`grid_baseline/grid/history.csv`) and of the finer grid
# (:recorded:`grid_baseline/fine_grid/history.csv`).

from pbt_examples.record import data_folder

for name, run in {"pbt": pbt, "grid": grid, "fine_grid": fine}.items():
    run.save(data_folder("grid_baseline", name))
