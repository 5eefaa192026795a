# /// script
# requires-python = ">=3.11"
# dependencies = ["pbt-examples"]
# ///
"""
Lineage and schedule: what PBT really finds
===========================================

PBT does not find a configuration. It finds a trained model and the schedule of
hyperparameters along its ancestry. This page draws both, and tests the schedule by
training a single trial with it.
"""

# %%
# A population of eight
# ---------------------
#
# The toy problem again (see :ref:`sphx_glr_gallery_plot_basic_pbt.py`), with eight
# trials that start from different ``h``. At each interval the two worst take over from
# the two best.

from pbt_examples.toy import toy_param_space, toy_scheduler, train_toy
from pbt_examples.tuning import run_experiment

run = run_experiment(
    train_toy,
    toy_param_space([0, 1, 0.01, 0.99, 0.1, 0.9, 0.3, 0.7]),
    scheduler=toy_scheduler(quantile_fraction=0.25),
)
assert len(run.exploits) == 2 * 24

# %%
# The lineage
# -----------

import matplotlib.pyplot as plt
from pbt_examples.figures import headline, plot_lineage, use_style

use_style()
figure, ax = plt.subplots(figsize=(6.8, 4.2))
plot_lineage(run, ax)
headline(figure, "All eight trials end as descendants of one")
# sphinx_gallery_start_ignore
from pbt_examples.figures import describe

describe(
    figure,
    alt="""Family tree of eight trials over 100 iterations, a lane for each. A bold line,
    the winner's ancestry, begins in one lane and changes lanes many times before it ends
    in the winner's. Dotted lines in all lanes end at crosses, where a trial gave up its
    state. Near the end the lanes that live on all branch off from the bold line.""",
    caption="""Each lane is a trial, each edge an exploit. Bold is what the winner's last
    state descends from; dotted is what died out; a cross is a state given up.""",
)
# sphinx_gallery_end_ignore

# %%
# Read it from the right. The winner's weights were not trained in the winner's lane. Follow
# the bold line back: at each edge the weights came from another trial, and the lane's own
# state, up to the cross, was given up.

path = run.ancestry(run.winner)
lanes = path["trial"][path["trial"] != path["trial"].shift()].to_list()
assert len(path) == 100
assert lanes[-1] == run.winner
assert (path["trial"] == run.winner).sum() < 50
path.groupby("trial").size().to_frame("iterations that trained the winner's weights").T

# %%
# How many of the eight families are left at the end? The colour of a line is that of the
# trial in which its family began, and the record has the answer:

founders = {trial: int(run.ancestry(trial)["trial"].iloc[0]) for trial in run.trials}
assert len(set(founders.values())) == 1

# %%
# All of them descend from a single trial: eight workers, but one family. That makes PBT
# fast, and it is also a risk: a family that is ahead early replaces the others, whether or
# not it would have been the best in the end.

# %%
# When did the other families die out? At `iteration 24 <#iteration=24>`__ a second one is
# still alive, in a single lane; by `iteration 32 <#iteration=32>`__ it has died out. Point
# at any state to highlight its ancestry in all views.

from dataclasses import replace

from pbt_examples.explorer import explore
from pbt_examples.toy import theta_plane

early = replace(
    run,
    history=run.history[run.history["iteration"] <= 24],
    exploits=run.exploits[run.exploits["iteration"] < 24],
)
figure, ax = plt.subplots(figsize=(6.8, 3.8))
plot_lineage(early, ax)
headline(figure, "At iteration 24 a second family is still alive, in one lane")
# sphinx_gallery_start_ignore
late = replace(
    run,
    history=run.history[run.history["iteration"] <= 32],
    exploits=run.exploits[run.exploits["iteration"] < 32],
)
for part, families in [(early, [1, 7]), (late, [8])]:
    of_trials = [int(part.ancestry(trial)["trial"].iloc[0]) for trial in run.trials]
    assert sorted(map(of_trials.count, set(of_trials))) == families
describe(
    figure,
    alt="""The family tree of the eight trials up to iteration 24. Seven lines that reach
    the end have the colour of the trial in which the winner's ancestry began; one has
    another colour.""",
    caption="""The same lineage, up to iteration 24: what lives on there, and who is ahead.
    The colour of a line is that of its family.""",
)
# sphinx_gallery_end_ignore
explore(run, plane=theta_plane(), moments=[24, 32])

# %%
# The schedule
# ------------

from pbt_examples.figures import plot_schedule

figure, axes = plt.subplots(3, sharex=True, figsize=(6.8, 6))
plot_schedule(run, axes)
headline(figure, "The winner's weights were trained with the bold line, not its own lane")
# sphinx_gallery_start_ignore
describe(
    figure,
    alt="""Three step charts over 100 iterations, for lr, h0 and h1. In each, a bold line
    with markers for multiplication and for fresh draws follows the winner's ancestry, and a
    thin line, in pieces, follows the winner's own lane; they mostly differ. The declared
    range is shaded, and hatching shows where the bold line leaves it: lr does so for more
    than half of the run.""",
    caption="""Bold: what the winner's weights were trained with. Thin: what the winner's
    lane had, most of which was thrown away.""",
)
# sphinx_gallery_end_ignore

# %%
# Only the bold line trained the weights that you keep. The thin line is what the log of one
# *trial* shows, and any plot of its ``lr`` over time. The two differ at more than half of the
# iterations:

own = run.of_trial(run.winner).set_index("iteration")
differs = (own["lr"] != path.set_index("iteration")["lr"]).sum()
assert differs > len(path) / 2

# %%
# Markers show what explore did at each change. Hatching shows where a value along the ancestry
# is outside its declared range; :doc:`plot_population_sweep` explains why, and how to prevent
# it.

# %%
# What changed when
# -----------------
#
# This table shows the same. Each row is an exploit in the winner's ancestry: the iteration
# after which the values apply, the lane in which training continued, the lane that the state
# came from, and the values after explore.

from pbt_examples.record import data_folder, schedule_table

folder = run.save(data_folder("lineage_and_schedule", "population_of_8"))
table = schedule_table(run)
table.to_csv(folder / "schedule.csv", index=False)
table.set_index("iteration").round(4)

# %%
# You can download it: :recorded:`lineage_and_schedule/population_of_8/schedule.csv`, and its
# sources, :recorded:`lineage_and_schedule/population_of_8/history.csv` and
# :recorded:`lineage_and_schedule/population_of_8/exploits.csv`.

# %%
# The proof: one trial, the same schedule
# ---------------------------------------
#
# If the result is a schedule, then a single trial that trains from the start with this
# schedule must end where the winner did. ``Replay`` is a scheduler for this: it reads the
# changes along the ancestry from the run, and at each of them pauses the trial, gives it the
# new hyperparameters, and lets it continue from its own checkpoint.
#
# And if the result is *not* a configuration, then a trial with the winner's last
# hyperparameters from the start must end elsewhere.

from pbt_examples.tuning import Replay, ray_session

last = run.of_trial(run.winner)[list(run.hyperparameters)].iloc[-1].to_dict()
names = run.hyperparameters
with ray_session():
    replayed = run_experiment(
        train_toy, {"checkpoint_interval": 4}, scheduler=Replay(run), hyperparameters=names
    )
    fixed = run_experiment(
        train_toy, {"checkpoint_interval": 4, **last}, hyperparameters=names
    )

# %%
# The figure shows both curves over that of the winner's ancestry, and the difference between
# the replay and the ancestry:

replay, constant = replayed.of_trial(0), fixed.of_trial(0)
residual = replay["Q"].to_numpy() - path["Q"].to_numpy()

figure, (top, bottom) = plt.subplots(
    2, sharex=True, figsize=(6.8, 4.8), height_ratios=[3, 1]
)
top.plot(path["iteration"], path["Q"], lw=6, color="0.55", label="winner's ancestry")
top.plot(replay["iteration"], replay["Q"], "C0", label="its schedule, alone")
top.plot(constant["iteration"], constant["Q"], "C1--", label="its last values, alone")
top.set_ylabel("$Q$", rotation=0, labelpad=10)
top.legend(loc="lower right")
bottom.plot(path["iteration"], residual, color="C0")
bottom.set(xlabel="iteration", ylabel="residual", ylim=(-1e-15, 1e-15))
headline(
    figure, "One trial with the schedule ends where the winner did; its last values do not"
)
# sphinx_gallery_start_ignore
describe(
    figure,
    alt="""Top: Q over 100 iterations. The curve of the replayed schedule lies exactly on
    the broad grey curve of the winner's ancestry and reaches 1.2. The dashed curve of a
    trial with the winner's last hyperparameters from the start stays far below. Bottom:
    the residual between the first two is zero throughout.""",
    caption="""One trial with the winner's schedule repeats the winner's Q exactly; one
    trial with the winner's last hyperparameters does not come near it.""",
)
# sphinx_gallery_end_ignore

# %%
# The replay agrees with the ancestral curve to the last bit, in every column:

for name in ("theta0", "theta1", "Q", *names):
    assert (replay[name].to_numpy() == path[name].to_numpy()).all()
Q_last, Q_constant = replay["Q"].iloc[-1], constant["Q"].iloc[-1]
assert Q_constant < 1.0 < 1.19 < Q_last

# %%
# So keep the schedule, or the weights, and do not report the winner's last configuration as
# the hyperparameters that PBT found. Here the last exploit set it, when the winner was
# already near the maximum:

Q_before = path.set_index("iteration").loc[int(table["iteration"].iloc[-1]), "Q"]
assert 1.19 < Q_before <= Q_last

# %%
# A word on Ray's own tool
# ------------------------
#
# Ray also has a scheduler for replays, ``PopulationBasedTrainingReplay``. This page does not
# use it, for two reasons. In Ray 2.60 it ends the trial at the first checkpoint after the first
# change. And it takes the iterations of the changes from Ray's log, where they can be one
# too low, or, in an asynchronous run, too high. ``Replay`` takes them from the reports.
