from .activity import activity, activity_shares
from .data_folder import data_folder
from .findings import findings
from .info import RunInfo
from .measures import cost_per_report, first_reaching, population_history
from .recorded import recorded
from .run import Run, same_history
from .schedule import schedule_changes, schedule_table
from .trials import best_report, trials_table

__all__ = [
    "Run",
    "RunInfo",
    "activity",
    "activity_shares",
    "best_report",
    "cost_per_report",
    "data_folder",
    "findings",
    "first_reaching",
    "population_history",
    "recorded",
    "same_history",
    "schedule_changes",
    "schedule_table",
    "trials_table",
]
