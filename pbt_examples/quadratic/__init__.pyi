from .frequencies import FrequenciesReference
from .moments import STEPS, expected_loss, expected_step, loss_curve
from .pb2_settings import quadratic_pb2
from .reference import Reference, Winners
from .schedules import best_constant, best_cosine, best_schedule, greedy_schedule
from .settings import quadratic_param_space, quadratic_scheduler
from .trainable import train_quadratic

__all__ = [
    "STEPS",
    "FrequenciesReference",
    "Reference",
    "Winners",
    "best_constant",
    "best_cosine",
    "best_schedule",
    "expected_loss",
    "expected_step",
    "greedy_schedule",
    "loss_curve",
    "quadratic_param_space",
    "quadratic_pb2",
    "quadratic_scheduler",
    "train_quadratic",
]
