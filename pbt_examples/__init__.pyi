from . import digits, explorer, figures, quadratic, record, toy, tuning
from .record.run import Run, same_history
from .report import write_report

__all__ = [
    "Run",
    "digits",
    "explorer",
    "figures",
    "quadratic",
    "record",
    "same_history",
    "toy",
    "tuning",
    "write_report",
]
