from .network import digits_accuracy, digits_loss, digits_split, retrain_digits
from .recorded import recorded
from .settings import digits_param_space, digits_scheduler
from .trainable import train_digits

__all__ = [
    "digits_accuracy",
    "digits_loss",
    "digits_param_space",
    "digits_scheduler",
    "digits_split",
    "recorded",
    "retrain_digits",
    "train_digits",
]
