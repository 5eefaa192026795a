from .buffering import buffered_reports
from .experiment import RunFailedError, run_experiment
from .exploit_memory import Exploit
from .frequencies import MultipleFrequencies
from .keeper import Keeper
from .pacing import paced
from .pb2 import PB2
from .pb2_belief import Belief, pb2_belief
from .populations import PerPopulation, Populations, PopulationVariants
from .progress import ProgressBar
from .recorder import Recorder
from .replay import Replay
from .run_populations import Population, PopulationsFailedError, run_populations
from .scheduler import PopulationBasedTraining
from .session import ray_session
from .variations import ExploreOnly, WeightsOnly
from .warm_workers import WarmVariantGenerator
from .watchdog import Watchdog

__all__ = [
    "PB2",
    "Belief",
    "Exploit",
    "ExploreOnly",
    "Keeper",
    "MultipleFrequencies",
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
    "pb2_belief",
    "ray_session",
    "run_experiment",
    "run_populations",
]
