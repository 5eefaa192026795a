from .network import (
    digits_accuracy,
    digits_loss,
    digits_split,
    init_state,
    retrain_digits,
)
from .optimizer import Momentum, load_checkpoint, save_checkpoint
from .settings import digits_param_space, digits_scheduler
from .trainable import train_digits

__all__ = [
    "Momentum",
    "digits_accuracy",
    "digits_loss",
    "digits_param_space",
    "digits_scheduler",
    "digits_split",
    "init_state",
    "load_checkpoint",
    "retrain_digits",
    "save_checkpoint",
    "train_digits",
]
