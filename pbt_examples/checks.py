"""Reject a wrong argument with its name, its value and what would be right."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from numbers import Integral, Real
from typing import Any

import numpy as np


def check_type(
    name: str, value: Any, types: type | tuple[type, ...], expected: str
) -> None:
    """Raise a `TypeError` unless `value` is an instance of `types`.

    `expected` describes them, for the message.
    """
    if not isinstance(value, types):
        raise TypeError(f"{name} must be {expected}, got {value!r}")


def check_path(name: str, value: Any) -> None:
    """Raise a `TypeError` unless `value` is a path: a string or a path object."""
    check_type(name, value, (str, os.PathLike), "a path")


def check_integer(name: str, value: Any, *, least: int, most: float = math.inf) -> None:
    """Raise a `TypeError` or a `ValueError` unless `value` is an integer in the range."""
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise TypeError(f"{name} must be an integer, got {value!r}")
    _check_range(name, value, least, most)


def check_number(
    name: str, value: Any, *, least: float = -math.inf, most: float = math.inf
) -> None:
    """Raise a `TypeError` or a `ValueError` unless `value` is finite and in the range."""
    if isinstance(value, bool) or not isinstance(value, Real):
        raise TypeError(f"{name} must be a number, got {value!r}")
    if not math.isfinite(value):
        raise ValueError(f"{name} must be finite, got {value!r}")
    _check_range(name, value, least, most)


def check_names(name: str, value: Any) -> None:
    """Raise a `TypeError` unless `value` is a sequence of strings, not a single string."""
    unfit = isinstance(value, str) or not isinstance(value, Sequence)
    if unfit or not all(isinstance(each, str) for each in value):
        raise TypeError(f"{name} must be a sequence of strings, got {value!r}")


def check_numbers(
    name: str, values: Any, *, least: float = -math.inf, most: float = math.inf
) -> None:
    """Raise a `TypeError` or a `ValueError` unless all are finite and in the range."""
    if isinstance(values, str) or not isinstance(values, (Sequence, np.ndarray)):
        raise TypeError(f"{name} must be a sequence of numbers, got {values!r}")
    if not len(values):
        raise ValueError(f"{name} must hold at least one number, got {values!r}")
    for value in values:
        check_number(f"each of {name}", value, least=least, most=most)


def check_mode(mode: Any) -> None:
    """Raise a `ValueError` unless `mode` is ``"max"`` or ``"min"``."""
    if mode not in ("max", "min"):
        raise ValueError(f'mode must be "max" or "min", got {mode!r}')


def _check_range(name: str, value: Any, least: float, most: float) -> None:
    if not least <= value <= most:
        ends = f"at least {least}" if most == math.inf else f"between {least} and {most}"
        raise ValueError(f"{name} must be {ends}, got {value!r}")
