from .buffering import buffered_reports
from .experiment import RunFailedError, run_experiment
from .exploits import Exploit
from .keeper import Keeper
from .pacing import paced
from .populations import PerPopulation, Populations, PopulationVariants
from .progress import ProgressBar
from .recorder import Recorder
from .replay import Replay
from .run_populations import Population, PopulationsFailedError, run_populations
from .scheduler import PopulationBasedTraining
from .session import ray_session
from .variations import ExploreOnly, WeightsOnly
from .warm import WarmVariantGenerator
from .watchdog import Watchdog

__all__ = [
    "Exploit",
    "ExploreOnly",
    "Keeper",
    "PerPopulation",
    "Population",
    "PopulationBasedTraining",
    "PopulationVariants",
    "Populations",
    "PopulationsFailedError",
    "ProgressBar",
    "Recorder",
    "Replay",
    "RunFailedError",
    "WarmVariantGenerator",
    "Watchdog",
    "WeightsOnly",
    "buffered_reports",
    "paced",
    "ray_session",
    "run_experiment",
    "run_populations",
]
