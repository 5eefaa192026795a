"""What explore did to a hyperparameter, inferred from the values alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

_DIGITS = 10
"""A number drawn from a range has more digits than this; one written by hand has fewer."""


def operations(
    pairs: Sequence[tuple[Any, Any]], factors: Sequence[float], known: Sequence[bool]
) -> list[str]:
    """Return the operation that explains each change of one hyperparameter.

    Parameters
    ----------
    pairs : sequence of tuple
        The donor's value and the new one.
    factors : sequence of float
        The scheduler's perturbation factors.
    known : sequence of bool
        Whether both values of a pair are known.

    Returns
    -------
    list of str
        ``""`` for a value that was kept; ``"* 1.2"`` for a product, which Ray rounds for
        integers; ``"resample"`` for a number that was drawn from a range; ``"changed"``
        where the values do not say more: Ray moves along a list or draws from it, and a
        move to a neighbour looks like a draw.
    """
    products = [
        _product(*pair, factors) if sure else ""
        for pair, sure in zip(pairs, known, strict=True)
    ]
    # Ray multiplies only a value with a range, so one float product shows that the other
    # values were drawn from the range.
    has_range = any(
        product and isinstance(new, float)
        for product, (_, new) in zip(products, pairs, strict=True)
    )
    return [
        product or (_change(*pair, has_range) if sure else "")
        for product, pair, sure in zip(products, pairs, known, strict=True)
    ]


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _product(old: Any, new: Any, factors: Sequence[float]) -> str:
    if old == new or not (_is_number(old) and _is_number(new)):
        return ""
    whole = isinstance(old, int)
    if whole != isinstance(new, int):
        return ""
    for factor in factors:
        try:
            product = round(old * factor) if whole else old * factor
        except (OverflowError, ValueError):
            continue
        if product == new:
            return f"* {factor}"
    return ""


def _change(old: Any, new: Any, has_range: bool) -> str:
    if old == new and isinstance(old, bool) == isinstance(new, bool):
        return ""
    if not isinstance(new, float):
        return "changed"
    digits = len(repr(new).partition("e")[0].strip("-0").replace(".", ""))
    return "resample" if has_range or digits > _DIGITS else "changed"
