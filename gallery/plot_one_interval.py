# /// script
# requires-python = ">=3.11"
# dependencies = ["pbt-examples"]
# ///
"""
One interval, step by step
==========================

PBT repeats four steps: rank, exploit, explore, train on. This page shows one perturbation
interval of a real run, step by step.
"""

# %%
# The run is that of :doc:`plot_basic_pbt`: two trials, each of which is blind to one
# coordinate. ``run_experiment`` does what that page spelled out, and ``toy_scheduler`` and
# ``toy_param_space`` have the settings that it explained.

from pbt_examples.toy import oracle_error, toy_param_space, toy_scheduler, train_toy
from pbt_examples.tuning import run_experiment

run = run_experiment(train_toy, toy_param_space(), scheduler=toy_scheduler())
assert oracle_error(run) == 0  # theta and Q follow from the exploits, to the last bit

# %%
# The first decision comes after iteration 4. These four panels show all of it:

from pbt_examples.figures import headline, use_style
from pbt_examples.toy import plot_interval

use_style()
axes = plot_interval(run, iteration=4)
headline(axes[0].figure, "The weaker trial copies the stronger, then trains with a new h")
# sphinx_gallery_start_ignore
from pbt_examples.figures import describe

axes[1].set_gid("thumbnail")

describe(
    axes[0].figure,
    alt="""Four panels. Rank: the trial that began with h = [0, 1] has the higher Q.
    Exploit: over the contours of Q, a dashed arrow leads from the other trial's theta,
    which is faded, to the better one's. Explore: in the plane of h0 and h1 an arrow leads
    from the donor's h to the target's new h. Train on: from the place that both now share,
    the donor's path goes straight down and the target's goes down and to the left, along
    the small arrows of its new gradient field.""",
    caption="""Rank, exploit, explore, train on: one decision of a real run, taken from its
    record.""",
)
# sphinx_gallery_end_ignore

# %%
# Rank
# ----
#
# Every trial has reported its metric. The dotted line separates the bottom from the top;
# with ``quantile_fraction=0.5`` it is in the middle.

decision = run.exploits.iloc[0]
assert decision["target_score"] < decision["donor_score"]
decision[["target", "target_score", "donor", "donor_score"]].to_frame("iteration 4")

# %%
# Exploit
# -------
#
# The trial below the line becomes the target. It gives up its own theta and takes over the
# donor's; the donor is not affected. Now two trials are at the same place, so exploit alone
# would only make copies.

# %%
# Explore
# -------
#
# That is why the target's hyperparameters change at once. It has received the donor's, and
# each of them is either resampled or multiplied by 0.8 or 1.2:

import pandas as pd

parts = ["donor", "operation", "new"]
pd.DataFrame(
    {name: [decision[f"{name}_{part}"] for part in parts] for name in run.hyperparameters},
    index=["donor's value", "operation", "target's new value"],
).T

# %%
# Train on
# --------
#
# From the same place the two now take different directions. The small arrows are the gradient of
# the target's *new* estimate. The donor, still blind to :math:`\theta_0`, keeps falling
# straight down. The target sees both coordinates, which neither trial did before, so it is
# the first of the two that can reach the origin.

h = decision[["h0_new", "h1_new"]]
assert (h > 0).all()

# %%
# Four iterations later the same happens again, with the trial that is behind then. Nothing
# else is needed.

run.exploits[["iteration", "target", "donor"]].head()

# %%
# The record of the run is :recorded:`one_interval/pbt/history.csv` and
# :recorded:`one_interval/pbt/exploits.csv`.

from pbt_examples.record import data_folder

run.save(data_folder("one_interval", "pbt"))
