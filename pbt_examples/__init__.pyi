from .record.run import Run, same_history
from .report import write_report

__all__ = ["Run", "same_history", "write_report"]
