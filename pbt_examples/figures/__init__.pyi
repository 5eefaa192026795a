from .description import describe, description_of
from .distribution import plot_bands, plot_gap_distribution
from .lineage import plot_lineage
from .metric import plot_metric_history
from .pace import plot_pace
from .population import plot_best_and_median, plot_diversity, plot_exploit_counts
from .schedule import plot_schedule
from .spread import plot_spread
from .style import headline, legend_of_trials, trial_label, trial_style, use_style
from .timeline import plot_timeline

__all__ = [
    "describe",
    "description_of",
    "headline",
    "legend_of_trials",
    "plot_bands",
    "plot_best_and_median",
    "plot_diversity",
    "plot_exploit_counts",
    "plot_gap_distribution",
    "plot_lineage",
    "plot_metric_history",
    "plot_pace",
    "plot_schedule",
    "plot_spread",
    "plot_timeline",
    "trial_label",
    "trial_style",
    "use_style",
]
