"""What explore did to a hyperparameter, inferred from the values alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

_DIGITS = 10
"""A number drawn from a range has more digits than this; one written by hand has fewer."""


def operations(
    pairs: Sequence[tuple[Any, Any]],
    factors: Sequence[float],
    known: Sequence[bool],
    firsts: Iterable[Any] = (),
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
    firsts : iterable
        The values that trials started with.

    Returns
    -------
    list of str
        ``""`` for a value that was kept; ``"* 1.2"`` for a product, which Ray rounds for
        integers, or once truncated; ``"resample"`` for a number that was drawn from a
        range; ``"changed"`` where the values do not say more: Ray moves along a list or
        draws from it, and a move to a neighbour looks like a draw.
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
    has_list = _has_list(pairs, products, known, firsts, has_range)
    # Equal ratios are those of factors that the scheduler was given instead. But beside
    # products with the usual ones, the same change twice is two equal draws from a grid.
    changes = [pair for pair, sure in zip(pairs, known, strict=True) if sure]
    counted = dict.fromkeys(changes) if has_range else changes
    ratios = Counter(_ratio(*pair) for pair in counted)
    del ratios[""]
    no_draw = has_list or _has_limits(pairs, products, known, factors if has_range else ())
    return [
        product
        or (_change(*pair, has_range, no_draw or ratios[_ratio(*pair)] > 1) if sure else "")
        for product, pair, sure in zip(products, pairs, known, strict=True)
    ]


def _has_limits(
    pairs: Sequence[tuple[Any, Any]],
    products: Sequence[str],
    known: Sequence[bool],
    factors: Sequence[float],
) -> bool:
    # A function of the user may keep values within limits, to which several are set. Draws
    # of rounded numbers are not all the smallest or the largest. And if the factors are
    # known, one of the values was on its way to a product beyond the limit.
    numbers = [new for _, new in pairs if isinstance(new, float)]
    short = [
        (old, new)
        for (old, new), product, sure in zip(pairs, products, known, strict=True)
        if sure and not product and isinstance(new, float) and new != old
        if not is_drawn(new)
    ]
    if len(short) < 2 or not {new for _, new in short} <= {min(numbers), max(numbers)}:
        return False
    return not factors or any(_is_cut(*pair, factors) for pair in short)


def _is_cut(old: Any, new: float, factors: Sequence[float]) -> bool:
    # Limits may have been applied to a value of another kind.
    if not _is_number(old):
        return True
    return any(min(old, old * by) < new < max(old, old * by) for by in factors)


def _ratio(old: Any, new: Any) -> str:
    floats = isinstance(old, float) and isinstance(new, float)
    is_change = floats and old != new and old != 0 != new
    return f"{old / new:.12g}" if is_change else ""


def _has_list(
    pairs: Sequence[tuple[Any, Any]],
    products: Sequence[str],
    known: Sequence[bool],
    firsts: Iterable[Any],
    has_range: bool,
) -> bool:
    # A draw from a range never gives a number that was there before, nor one that a person
    # would write: a change to such a number shows that all come from a list.
    seen = {value for value in firsts if isinstance(value, float)}
    for (old, new), product, sure in zip(pairs, products, known, strict=True):
        is_move = sure and isinstance(new, float) and new != old and not product
        if is_move and (new in seen if is_drawn(new) else not has_range):
            return True
        seen |= {value for value in (old, new) if isinstance(value, float)}
    return False


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
            exact = old * factor
            products = {round(exact), int(exact)} if whole else {exact}
        except (OverflowError, ValueError):
            continue
        if new in products:
            return f"* {factor}"
    return ""


def _change(old: Any, new: Any, has_range: bool, no_draw: bool) -> str:
    if old == new and isinstance(old, bool) == isinstance(new, bool):
        return ""
    if no_draw or not isinstance(new, float):
        return "changed"
    return "resample" if has_range or is_drawn(new) else "changed"


def is_drawn(number: float) -> bool:
    """Return whether a number has more digits than one that a person would write."""
    digits = repr(number).partition("e")[0].strip("-0").replace(".", "")
    return len(digits) > _DIGITS
