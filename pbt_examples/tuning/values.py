"""Turn values into what a record can hold: plain numbers, strings, and lists of them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from numbers import Integral, Real
from typing import Any

import numpy as np
from pbt_examples.record.reading.plain_values import encodable

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
    except Exception:  # more than one element, or a method of somebody else's
        return value


def as_score(value: Any) -> float:
    """Return a metric as the number by which it is ranked; NaN for None.

    Raises
    ------
    TypeError
        If it is no number.
    """
    value = plain(value)
    if value is None:
        return math.nan
    if not isinstance(value, (Real, np.bool_)):
        raise TypeError(f"a metric must be a number, got {value!r}")
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < _INT64:
        return value
    return float(value)


def recordable(value: Any) -> tuple[Any, bool]:
    """Return what a record keeps of a value, and whether that is a string in its place.

    Numbers, strings, booleans and lists of them are kept; arrays become lists. Anything
    else, which the table of a saved run could not hold, becomes a string with ``str``.
    """
    try:
        return _kept(value)
    except Exception:  # a list that holds itself, or whatever a class of somebody's does
        return _text(value), True


def _kept(value: Any) -> tuple[Any, bool]:
    value = plain(value)
    if value is None or isinstance(value, (bool, float)):
        return value, False
    if isinstance(value, int) and -_INT64 <= value < _INT64:
        return value, False
    if isinstance(value, Real) and not isinstance(value, Integral):
        return float(value), False
    if isinstance(value, np.ndarray) and value.size <= _LONGEST:
        value = value.tolist()
    if isinstance(value, (list, tuple)):
        kept = [_kept(each) for each in value]
        return [each for each, _ in kept], any(as_string for _, as_string in kept)
    if isinstance(value, Mapping):  # within a list
        items = {str(name): _kept(each) for name, each in value.items()}
        return {n: v for n, (v, _) in items.items()}, any(s for _, s in items.values())
    text = _text(value)
    return text, not isinstance(value, str) or text != value


def _text(value: Any) -> str:
    try:
        text = str(value)
    except Exception:
        text = f"<{type(value).__name__}>"
    return encodable(text)
