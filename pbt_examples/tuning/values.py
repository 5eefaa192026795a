"""Turn values into what a record can hold: plain numbers, strings, and lists of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

_LONGEST = 1000
"""The longest array that is kept as a list; a longer one is kept as NumPy prints it."""

_INT64 = 2**63


def plain(value: Any) -> Any:
    """Return a NumPy number, or an array with a single element, as a Python number.

    Any other value is returned as it is.
    """
    item = getattr(value, "item", None)
    if not callable(item):
        return value
    try:
        return item()
    except (RuntimeError, TypeError, ValueError):  # more than one element
        return value


def recordable(value: Any) -> tuple[Any, bool]:
    """Return what a record keeps of a value, and whether that is a string in its place.

    Numbers, strings, booleans and lists of them are kept; arrays become lists. Anything
    else, which the table of a saved run could not hold, becomes a string with ``str``.
    """
    value = plain(value)
    if value is None or isinstance(value, (bool, float)):
        return value, False
    if isinstance(value, int) and -_INT64 <= value < _INT64:
        return value, False
    if isinstance(value, np.ndarray) and value.size <= _LONGEST:
        value = value.tolist()
    if isinstance(value, (list, tuple)):
        kept = [recordable(each) for each in value]
        return [each for each, _ in kept], any(as_string for _, as_string in kept)
    if isinstance(value, Mapping):  # within a list
        items = {str(name): recordable(each) for name, each in value.items()}
        return {n: v for n, (v, _) in items.items()}, any(s for _, s in items.values())
    # UTF-8 has no lone surrogates, and a saved table has no carriage returns.
    text = str(value).encode("utf-8", "backslashreplace").decode().replace("\r", "\\r")
    return text, not isinstance(value, str) or text != value
