# /// script
# requires-python = ">=3.11"
# dependencies = ["pbt-examples[digits]"]
# ///
"""
When the new learning rate has no effect
========================================

PBT gives a trial a new learning rate. Then the donor's checkpoint restores the optimizer,
and with it the donor's old learning rate. Nothing fails, and every log shows the new value.
This page lets it happen, and shows which line prevents it and which one detects it.
"""

# %%
# A trainable whose optimizer has state
# -------------------------------------
#
# The network is that of :doc:`/gallery/plot_real_model`. Its optimizer behaves like those of
# PyTorch: it remembers the velocity of the last step *and its learning rate*, and saves
# both. So ``load_checkpoint`` brings back the learning rate that the donor used. In one of
# the two runs below, the two marked lines overwrite it with the configured one.

import tempfile

from pbt_examples import digits
from ray import tune
from threadpoolctl import threadpool_limits


def train(config):
    threadpool_limits(limits=1, user_api="blas")
    theta, iteration = digits.init_state(config["seed"]).theta, 0
    optimizer = digits.Momentum(lr=config["lr"])
    if checkpoint := tune.get_checkpoint():
        theta, iteration = digits.load_checkpoint(checkpoint, optimizer)
        if config["write_lr_last"]:  # without these two lines,
            optimizer.lr = config["lr"]  # the donor's learning rate stays
    while True:
        iteration += 1
        theta = optimizer.train(theta, iteration, seed=config["seed"])
        metrics = {
            "accuracy": digits.digits_accuracy(theta, digits.digits_split().validation),
            "applied_lr": optimizer.lr,  # the learning rate in use
            "seed": config["seed"],
        }
        with tempfile.TemporaryDirectory() as folder:
            checkpoint = digits.save_checkpoint(folder, theta, optimizer, iteration)
            tune.report(metrics, checkpoint=checkpoint)


# %%
# Four trials start at a learning rate that is far too small. PBT should find that out.

from pbt_examples.tuning import PopulationBasedTraining, ray_session, run_experiment


def search(write_lr_last):
    start = {"lr": 1e-4, "seed": tune.grid_search([0, 1, 2, 3])}
    scheduler = PopulationBasedTraining(
        time_attr="training_iteration",
        perturbation_interval=2,
        quantile_fraction=0.5,
        hyperparam_mutations={"lr": tune.loguniform(1e-4, 1e-1)},
        synch=True,
        log_config=False,
        seed=0,
    )
    return run_experiment(
        train,
        start | {"write_lr_last": write_lr_last},
        scheduler=scheduler,
        metric="accuracy",
        iterations=16,
        slots=2,
    )


with ray_session(slots=2):
    naive, right = search(write_lr_last=False), search(write_lr_last=True)

# %%
# Configured and applied
# ----------------------
#
# The configured learning rate, ``lr``, and the one that the optimizer used, ``applied_lr``:

import matplotlib.pyplot as plt
import pandas as pd
from pbt_examples.figures import headline, plot_metric_history, use_style

use_style()
runs = {"naive": naive, "right": right}
figure, axes = plt.subplots(2, 2, sharex=True, sharey=True, figsize=(6.84, 6))
for row, (name, run) in zip(axes, runs.items(), strict=True):
    for ax, column in zip(row, ["lr", "applied_lr"], strict=True):
        plot_metric_history(run, ax, metric=column).set(
            yscale="log", title=f"{name}: {column}"
        )
headline(figure, "In the naive run the new learning rate is configured, but not applied")
# sphinx_gallery_start_ignore
from pbt_examples.figures import describe

describe(
    figure,
    alt=f"""Four panels with the learning rate of four trials over 16 iterations, on a
    logarithmic axis. Naive, configured: the values stay near 0.0001, but for one draw of
    {naive.history["lr"].max():.2g}, which is soon given up. Naive, applied: one level line
    at 0.0001. Right, configured, and right, applied: the same curves, which rise from
    0.0001 to {right.history["lr"].max():.2g}.""",
    caption="""Above, the checkpoint restores the old learning rate: explore changes the
    configuration and nothing else. Below, what is configured is applied.""",
)
# sphinx_gallery_end_ignore

# %%
# In the naive run, explore keeps changing the configuration, but no optimizer uses the new
# values. All of its trials train at the learning rate that they started from.

assert naive.history["lr"].nunique() > 4
assert (naive.history["applied_lr"] == 1e-4).all()
assert (right.history["applied_lr"] == right.history["lr"]).all()
# sphinx_gallery_start_ignore
assert (naive.history["lr"] > 2e-4).sum() == 2
# sphinx_gallery_end_ignore

# %%
# What it does to the score
# -------------------------

figure, axes = plt.subplots(1, 2, sharey=True, figsize=(6.84, 4))
ticks = [0.1, 0.5, 0.8, 0.9, 0.95]
for ax, (name, run) in zip(axes, runs.items(), strict=True):
    plot_metric_history(run, ax).set_title(name)
    ax.set(yscale="logit", yticks=ticks, yticklabels=ticks)  # stretched near 1
    ax.minorticks_off()
headline(figure, "Only the run that applies its new learning rates gets ahead")
best = {name: run.history["accuracy"].max() for name, run in runs.items()}
# sphinx_gallery_start_ignore
describe(
    figure,
    alt=f"""Validation accuracy over 16 iterations in two panels. The curves of the naive
    run lie on each other and creep up to {best["naive"]:.3f}. In the right run one curve
    jumps up when explore gives it a larger learning rate, the others follow by exploits,
    and all end near {best["right"]:.3f}.""",
    caption="""The same start and the same scheduler; only the right run trains at the
    learning rates that PBT chose. The axis is stretched near 1.""",
)
# sphinx_gallery_end_ignore
for name, accuracy in best.items():
    print(f"{name:6} {accuracy:.4f}")
assert best["right"] > best["naive"] + 0.03

# %%
# Until the first exploit the two runs agree to the last bit. From then on they train
# differently, rank differently, and so decide differently. In the naive run there is soon
# nothing left to decide: each exploit copies weights, optimizer and seed, and the only
# difference, the configuration, is not used. All trials become the same network. They
# report the same accuracy to the last bit, whatever their configured learning rates are:

groups = naive.history.groupby("iteration")
alike = groups["accuracy"].nunique() == 1
widest = (groups["lr"].max() / groups["lr"].min())[alike].max()
print(f"same accuracy in all trials: at {alike.sum()} of {len(alike)} iterations")
print(f"at one of these, configured learning rates differ by a factor of {widest:.0f}")
# sphinx_gallery_start_ignore
early = naive.history["iteration"] <= 2
assert naive.history["accuracy"][early].equals(right.history["accuracy"][early])
assert alike.iloc[-1]
assert widest > 10
# sphinx_gallery_end_ignore

# %%
# The schedule that you would believe in
# --------------------------------------
#
# This is the worst part. Every table, log and tracker shows the configured values, so the
# naive run ends with a schedule that looks like a result. If you train the winner again with
# that schedule and its seed, you get another network. Only the learning rate that was really
# applied, which never changes, gives the winner's accuracy to the last bit:

winner = naive.ancestry(naive.winner)
seed = int(winner["seed"].iloc[0])
again = {"winner": winner["accuracy"].iloc[-1]}
for what, rates in {"believed": winner["lr"], "applied": winner["applied_lr"]}.items():
    schedule = winner.assign(lr=rates, weight_decay=0.0, noise=0.0)
    theta = digits.retrain_digits(schedule, seed=seed).theta
    again[what] = digits.digits_accuracy(theta, digits.digits_split().validation)
assert again["applied"] == again["winner"] != again["believed"]
pd.DataFrame(again, ["accuracy"]).round(4)

# %%
# Find it in your own run
# -----------------------
#
# Report the value in use as a metric, read from the optimizer and not from ``config``. If
# you call it ``applied_lr`` or ``cur_lr``, a :class:`~pbt_examples.Run` finds it by itself;
# for another name, call ``run.compare_applied({"lr": "my_name"})``.

tables = {name: run.compare_applied() for name, run in runs.items()}
pd.concat(tables, names=["run", ""]).droplevel(1).T

# %%
# *Segments* are the pieces between exploits. In the naive run every segment that begins
# with an exploit differs, and no other does: that is the sign of this fault.

differs = naive.history["lr"] != naive.history["applied_lr"]
assert (differs == (naive.history["segment"] > 0)).all()
assert tables["right"]["reports_differ"].sum() == 0

# %%
# The second half: a start that is a whole number
# -----------------------------------------------
#
# There is another way to lose what explore chose. If the present value of a hyperparameter
# is an ``int``, Ray rounds every new value to an integer, even one drawn from a continuous
# range. So ``0`` and ``0.0`` are two different starts. Here is the toy problem with its
# ``h`` drawn from 0 to 0.5:

import warnings

from pbt_examples.toy import toy_param_space, toy_scheduler, train_toy


def climb(kind):
    halves = {"h0": tune.uniform(0, 0.5), "h1": tune.uniform(0, 0.5)}
    rates = {"lr": tune.qloguniform(5e-3, 1e-1, 5e-4)}
    start = {
        "h0": tune.grid_search([kind(0), kind(1)]),
        "h1": tune.sample_from(lambda config: 1 - config["h0"]),
    }
    scheduler = toy_scheduler(hyperparam_mutations=rates | halves)
    return run_experiment(train_toy, toy_param_space() | start, scheduler=scheduler)


with ray_session(), warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    whole, real = climb(int), climb(float)

for name, run in {"start 0 and 1": whole, "start 0.0 and 1.0": real}.items():
    drawn = run.exploits["h0_operation"] == "resample"
    values = run.exploits["h0_new"][drawn].round(2).unique().tolist()
    print(f"{name:17}  best Q {run.history['Q'].max():.4f}, draws of h0: {values[:5]}")
# sphinx_gallery_start_ignore
assert set(whole.exploits["h0_new"]) <= {0, 1}
assert whole.history["Q"].max() < 0.6
assert real.history["Q"].max() > 1.1
# sphinx_gallery_end_ignore

# %%
# This package's scheduler warns about such a start before the run begins; Ray's does not:

messages = sorted({str(one.message) for one in caught if "integer" in str(one.message)})
print(*messages, sep="\n\n")
# sphinx_gallery_start_ignore
assert {message.split("'")[1] for message in messages} == {"h0", "h1"}
# sphinx_gallery_end_ignore

# %%
# Every draw between 0 and 0.5 is rounded to 0, one coordinate of each trial never moves, and
# :math:`Q` stays at the plateau of a grid search. Write ``0.0`` for a continuous
# hyperparameter, and check the first values of your ``param_space`` for this.

# %%
# What to take away
# -----------------
#
# - Build from ``config``, load the checkpoint, **then** write the values of ``config`` into
#   whatever was loaded: the learning rate, the momentum and the weight decay of the
#   optimizer, and the base rate of a learning-rate scheduler.
# - Report the applied value. It costs one line, and nothing else shows this fault.
# - Start a continuous hyperparameter at a ``float``.
#
# :doc:`/guide/own-model` has these lines for PyTorch, Lightning, Transformers, Keras and
# scikit-learn. This fault has been reported several times: in
# `ray-project/ray#62173 <https://github.com/ray-project/ray/issues/62173>`__ (RLlib),
# `#36660 <https://github.com/ray-project/ray/issues/36660>`__ (Lightning) and
# `#11936 <https://github.com/ray-project/ray/issues/11936>`__ (scores that drop).

from pbt_examples.record import data_folder

for name, run in (runs | {"whole": whole, "real": real}).items():
    run.save(data_folder("restored_optimizer", name))
