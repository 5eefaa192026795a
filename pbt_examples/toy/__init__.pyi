from .ablation import plot_ablation
from .animation import make_animation
from .function import Q, Qhat, get_init_theta, grad_Qhat
from .interval import plot_interval
from .oracle import oracle_error
from .plane import theta_plane
from .q_history import plot_Q_history
from .reference import Reference
from .settings import toy_param_space, toy_scheduler
from .theta import plot_parameter_history
from .trainable import train_toy

__all__ = [
    "Q",
    "Qhat",
    "Reference",
    "get_init_theta",
    "grad_Qhat",
    "make_animation",
    "oracle_error",
    "plot_Q_history",
    "plot_ablation",
    "plot_interval",
    "plot_parameter_history",
    "theta_plane",
    "toy_param_space",
    "toy_scheduler",
    "train_toy",
]
