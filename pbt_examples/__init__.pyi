from .activity import activity, activity_shares
from .data import data_folder
from .description import describe, description_of
from .digits import digits_accuracy, digits_loss, digits_split, retrain_digits
from .digits_settings import digits_param_space, digits_scheduler
from .digits_trainable import train_digits
from .experiment import RunFailedError, run_experiment
from .keeper import Keeper
from .oracle import oracle_error
from .pacing import paced
from .plotting.ablation import plot_ablation
from .plotting.animation import make_animation
from .plotting.distribution import plot_bands, plot_gap_distribution
from .plotting.interval import plot_interval
from .plotting.lineage import plot_lineage
from .plotting.metric import plot_metric_history, plot_Q_history
from .plotting.pace import plot_pace
from .plotting.population import plot_best_and_median, plot_diversity, plot_exploit_counts
from .plotting.schedule import plot_schedule
from .plotting.spread import plot_spread
from .plotting.style import key_of_trials, trial_label, trial_style, use_style
from .plotting.theta import plot_parameter_history
from .plotting.timeline import plot_timeline
from .population import cost_per_report, first_reaching, population_history
from .progress import ProgressBar
from .recorded_tables import recorded
from .recorder import Recorder
from .reference import Reference
from .replay import Replay
from .report import write_report
from .run import Run, same_history
from .schedule_table import schedule_table
from .scheduler import Exploit, PopulationBasedTraining
from .session import ray_session
from .settings import toy_param_space, toy_scheduler
from .toy import Q, Qhat, get_init_theta, grad_Qhat
from .trainable import train_toy
from .variations import ExploreOnly, WeightsOnly
from .warm import WarmVariantGenerator
from .watchdog import Watchdog

__all__ = [
    "Exploit",
    "ExploreOnly",
    "Keeper",
    "PopulationBasedTraining",
    "ProgressBar",
    "Q",
    "Qhat",
    "Recorder",
    "Reference",
    "Replay",
    "Run",
    "RunFailedError",
    "WarmVariantGenerator",
    "Watchdog",
    "WeightsOnly",
    "activity",
    "activity_shares",
    "cost_per_report",
    "data_folder",
    "describe",
    "description_of",
    "digits_accuracy",
    "digits_loss",
    "digits_param_space",
    "digits_scheduler",
    "digits_split",
    "first_reaching",
    "get_init_theta",
    "grad_Qhat",
    "key_of_trials",
    "make_animation",
    "oracle_error",
    "paced",
    "plot_Q_history",
    "plot_ablation",
    "plot_bands",
    "plot_best_and_median",
    "plot_diversity",
    "plot_exploit_counts",
    "plot_gap_distribution",
    "plot_interval",
    "plot_lineage",
    "plot_metric_history",
    "plot_pace",
    "plot_parameter_history",
    "plot_schedule",
    "plot_spread",
    "plot_timeline",
    "population_history",
    "ray_session",
    "recorded",
    "retrain_digits",
    "run_experiment",
    "same_history",
    "schedule_table",
    "toy_param_space",
    "toy_scheduler",
    "train_digits",
    "train_toy",
    "trial_label",
    "trial_style",
    "use_style",
    "write_report",
]
