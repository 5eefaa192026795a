"""What a run is: its tables, how they are saved and read, and what follows from them."""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
