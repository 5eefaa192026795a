"""How a run is made on Ray Tune: scheduler, recorder, session, experiment, replay."""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
