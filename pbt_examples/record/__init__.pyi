from .activity import activity, activity_shares
from .data import data_folder
from .info import RunInfo
from .measures import cost_per_report, first_reaching, population_history
from .run import Run, same_history
from .schedule import schedule_table

__all__ = [
    "Run",
    "RunInfo",
    "activity",
    "activity_shares",
    "cost_per_report",
    "data_folder",
    "first_reaching",
    "population_history",
    "same_history",
    "schedule_table",
]
