from .data import data_folder
from .description import describe, description_of
from .experiment import run_experiment
from .oracle import oracle_error
from .progress import ProgressBar
from .recorder import Recorder
from .reference import Reference
from .run import Run, same_history
from .scheduler import Exploit, PopulationBasedTraining
from .session import ray_session
from .toy import Q, Qhat, get_init_theta, grad_Qhat
from .trainable import train_toy
from .warm import WarmVariantGenerator

__all__ = [
    "Exploit",
    "PopulationBasedTraining",
    "ProgressBar",
    "Q",
    "Qhat",
    "Recorder",
    "Reference",
    "Run",
    "WarmVariantGenerator",
    "data_folder",
    "describe",
    "description_of",
    "get_init_theta",
    "grad_Qhat",
    "oracle_error",
    "ray_session",
    "run_experiment",
    "same_history",
    "train_toy",
]
