"""The explorer of any run: linked views in a page, on one time axis."""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
