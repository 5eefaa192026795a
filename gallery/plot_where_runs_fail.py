# /// script
# requires-python = ">=3.11"
# dependencies = ["pbt-examples"]
# ///
"""
Where runs fail: zeros, steps that grow, greedy intervals
=========================================================

This page analyses runs of PBT that fail, ten thousand at a time: multiplying never leads
away from zero, nothing limits a growing value, and a decision that comes too early keeps
the wrong trial.
"""

# %%
# :doc:`plot_many_seeds` counts how many runs fail.

# %%
# Zero is a trap
# --------------
#
# The first exploit of two trials always goes the same way: the trial with ``h = [1, 0]``
# clones the one with ``h = [0, 1]``, since :math:`Q` is steeper along :math:`\theta_1`.
# Now both are blind to :math:`\theta_0`. Multiplying cannot change that: 1.2 times zero is
# zero, and so is 0.8 times zero. Only resampling can, and then that trial has to win the next
# comparison before it becomes a target itself. Here is the share of populations in which
# every trial still has a zero in its ``h``, for three values of ``resample_probability``:

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from pbt_examples.figures import describe, headline, use_style
from pbt_examples.toy import Reference

SEEDS = 10_000

blind = {p: {} for p in (0.0, 0.25, 0.5)}
for p, share in blind.items():
    for state in Reference(resample_probability=p).states(SEEDS):
        zeros = (state.config[..., 1:] == 0).any(axis=-1)
        share[state.iteration] = zeros.all(axis=-1).mean()

use_style()
looks = {
    0.0: {"color": "C5", "linestyle": ":", "marker": "s"},
    0.25: {"color": "C1", "linestyle": "--", "marker": "^"},
    0.5: {"color": "C0", "linestyle": "-", "marker": "o"},
}
figure, ax = plt.subplots(figsize=(6.84, 3.6))
for p, share in blind.items():
    ax.plot(*zip(*share.items(), strict=True), ms=4, markevery=8, **looks[p])
for p, place in {0.0: (60, 0.93), 0.25: (14, 0.6), 0.5: (27, 0.25)}.items():
    ax.text(*place, f"resample {p}", color=looks[p]["color"])
ax.set(xlabel="iteration", xlim=(0, 100), ylim=(-0.03, 1.05))
ax.set_ylabel("populations blind to a coordinate")
headline(figure, "Only a fresh draw leads out of zero")
# sphinx_gallery_start_ignore
describe(
    figure,
    alt="""Over 100 iterations, the share of populations of two trials in which each trial
    has a zero in its h. All three curves begin at 100 percent. For resample 0 it stays
    there. The others fall in steps, every fourth iteration, to nearly nothing: that for 0.5
    within 40 iterations, that for 0.25 within 70.""",
    caption="""Only a fresh draw leads out of zero: without resampling every population
    stays in the trap.""",
)
# sphinx_gallery_end_ignore

assert blind[0.0][100] == 1
ceiling = 1.2 - 0.75 * 0.9**2
assert Reference(resample_probability=0.0).best_Q(SEEDS).max() <= ceiling + 1e-12
assert blind[0.5][40] < blind[0.25][40] < blind[0.0][40]

# %%
# In figures:

pd.DataFrame(blind).loc[[5, 20, 40, 60, 100]].map("{:.1%}".format)

# %%
# Without resampling, :math:`\theta_0` keeps its 0.9 and :math:`Q` its ceiling of 0.5925.
# With resampling it is a matter of time, and a hundred iterations are not always enough.
# The practical advice: do not start a hyperparameter at zero if explore should change it,
# and keep ``resample_probability`` above zero.

# %%
# Steps that grow
# ---------------
#
# Larger populations start with trials that have 0.01 or 0.03 instead of zero. These values
# can grow without resampling, by a factor of 1.2 at a time, as long as their trial does not
# become a target. They can also grow too far. The worst of ten thousand runs of eight trials
# without resampling is far below any grid search: the product of ``lr`` and ``h``, which
# nothing limits, became so large that each step overshot the maximum and ended farther from
# it than it began, in all trials at once. Here are the factors by which one step multiplied a
# coordinate at the end of such runs:

EIGHT = (0.0, 1.0, 0.01, 0.99, 0.02, 0.98, 0.03, 0.97)

for state in Reference(h0=EIGHT, resample_probability=0.0).states(SEEDS):
    lost = state.Q.max(axis=1) < -1
lr, h = state.config[lost, :, :1], state.config[lost, :, 1:]
growth = np.abs(1 - lr * h * [1.5, 2.0]).max(axis=-1)
print(f"{lost.sum()} of {SEEDS:,} runs: times {growth.min():.1f} or more in each trial")
assert lost.any()
assert growth.min() > 1

# %%
# Greedy intervals can lose
# -------------------------
#
# How often should trials be compared? You might think often: the leader is copied sooner, and
# explore has more tries. With resampling that is true here, but without it is not:

from pbt_examples.figures import plot_bands

intervals = [1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 20]
finals, success = {}, {}
for p in (0.5, 0.0):
    settings = {"h0": EIGHT, "resample_probability": p}
    pbts = [Reference(perturbation_interval=i, **settings) for i in intervals]
    finals[p] = np.stack([pbt.best_Q(2000)[:, -1] for pbt in pbts], axis=1)
    success[p] = (finals[p] > 1.19).mean(axis=0)

figure, (left, right) = plt.subplots(1, 2, figsize=(6.84, 3.6))
for p, shares in success.items():
    left.plot(intervals, shares, ms=4, label=f"resample {p}", **looks[p])
left.set(title="share of runs with Q > 1.19", xlabel="perturbation interval")
left.set_xticks([1, 5, 10, 15, 20])
left.legend(loc="center right")
plot_bands(intervals, finals[0.0], right, color="C5", label="median")
right.set(title="best Q at the end, resample 0.0", xlabel="perturbation interval")
right.set(ylim=(0.5, 1.25), xticks=[1, 5, 10, 15, 20])
right.legend(loc="lower right")
headline(figure, "Without resampling, deciding too early loses some of the runs altogether")
# sphinx_gallery_start_ignore
describe(
    figure,
    alt="""Left: the share of runs of eight trials that end above 1.19, over perturbation
    intervals from 1 to 20. With resample 0.5 it is 100 percent up to an interval of 12 and
    falls a little after it. With resample 0 it is 80 percent at an interval of 1, has its
    peak of 90 percent at 2, and falls to nothing at 8. Right, for resample 0: the best Q at
    the end as a median with bands. The median is at 1.2 for intervals up to 3 and falls to
    0.86 at 20. The lower end of the bands is at 0.59 for intervals 1 and 2, jumps to 1.12
    at 3, and falls from there.""",
    caption="""Without resampling, deciding too often loses some runs altogether, and
    deciding too seldom makes all runs fall short.""",
)
# sphinx_gallery_end_ignore

# %%
# The median says "the shorter, the better". But fewer runs succeed at an interval of one
# than at two, and the lower end of the band shows why: at both, some of the runs are lost
# altogether. That lower end is highest at three. The share of runs that succeed, in numbers:

low = np.quantile(finals[0.0], 0.05, axis=0)
assert (np.diff(success[0.5]) <= 0).all()
assert success[0.0].argmax() == 1
assert low.argmax() == 2
assert low[0] < 0.6 < 1.1 < low[2]
shares = pd.DataFrame(success, pd.Index(intervals, name="interval"))
shares.map("{:.0%}".format).add_prefix("resample ")

# %%
# The reason is that the leader changes. Without any exploit, this trial would be at the top
# after each of the first iterations:

leaders = {}
for state in Reference(h0=EIGHT, exploit=False, explore=False).states(1):
    h0 = EIGHT[state.Q[0].argmax()]
    leaders[state.iteration] = {"h0": h0, "h1": 1 - h0}
    assert (h0 == 0) == (state.iteration <= 3)
pd.DataFrame(leaders).T.rename_axis("iteration").head(6)

# %%
# At first, speed along the steep coordinate counts, and the fastest there is the trial that
# is blind to the other one. Only from iteration 4 on does it pay off to see both. Deciding
# earlier copies the specialist into every trial, including its zero, and the others are lost.
# That is what greedy means: trusting a lead that is about to change. Resampling repairs the
# damage; a longer interval avoids it, as long as enough decisions are left for the
# hyperparameters to grow.
# :doc:`plot_greedy` is about the same fault on a problem whose best schedule is known.
#
# Indeed, of the runs that were lost at an interval of one, all have a zero for
# :math:`h_0` in every trial:

greedy = Reference(h0=EIGHT, resample_probability=0.0, perturbation_interval=1)
for state in greedy.states(2000):
    lost = state.Q.max(axis=1) < 0.6
print(f"{lost.mean():.0%} of the runs are lost")
assert (state.config[lost][..., 1] == 0).all()
