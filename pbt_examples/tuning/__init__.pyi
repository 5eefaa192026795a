from .experiment import RunFailedError, run_experiment
from .exploits import Exploit
from .keeper import Keeper
from .pacing import paced
from .progress import ProgressBar
from .recorder import Recorder
from .replay import Replay
from .scheduler import PopulationBasedTraining
from .session import ray_session
from .variations import ExploreOnly, WeightsOnly
from .warm import WarmVariantGenerator
from .watchdog import Watchdog

__all__ = [
    "Exploit",
    "ExploreOnly",
    "Keeper",
    "PopulationBasedTraining",
    "ProgressBar",
    "Recorder",
    "Replay",
    "RunFailedError",
    "WarmVariantGenerator",
    "Watchdog",
    "WeightsOnly",
    "paced",
    "ray_session",
    "run_experiment",
]
