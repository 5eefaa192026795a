"""Configurations from Ray's text files, made flat, comparable and readable."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+(?=>)")
_NO_VALUES = ('"_type": ', '["__fn_ph", ', '["__ref_ph", ')
"""Begin, in JSON, a pickled value and what Ray puts in the place of functions and
objects while it samples; within a string, the quotes would be escaped."""

Config = dict[str, Any]


def plain_config(nested: Mapping[str, Any]) -> Config:
    """Return the entries of a configuration under names such as ``optimizer/lr``.

    A list remains one value, as a JSON string. A function becomes its name in angle
    brackets, without the address, which differs from process to process; so does one in
    a list, a ``partial`` or a bound method. Pickled values, and lists with one, are left
    out, since they cannot be read without being unpickled; so are Ray's placeholders.
    """
    return dict(_flat(nested, ""))


def _flat(nested: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, Any]]:
    for name, value in nested.items():
        name = encodable(str(name))
        if isinstance(value, list):
            text = json.dumps(value, ensure_ascii=False)
            if not any(begin in text for begin in _NO_VALUES):
                yield f"{prefix}{name}", _plain(text)
        elif not isinstance(value, Mapping):
            yield f"{prefix}{name}", _plain(value)
        elif not value:
            yield f"{prefix}{name}", "{}"
        elif "_type" not in value:
            yield from _flat(value, f"{prefix}{name}/")


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return _ADDRESS.sub("", encodable(value))
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 2**63:
        return float(value) if abs(value) < 10**300 else str(value)
    return value


def encodable(text: str) -> str:
    """Return a string that can be saved: no half of a character, no carriage return."""
    if text.isascii() and "\r" not in text:
        return text
    return text.encode("utf-8", "backslashreplace").decode().replace("\r", "\\r")


def readable(value: Any) -> Any:
    """Return a value as a table shows it: None as a string, since NaN means unknown."""
    return "None" if value is None else value


def agree(one: Config, other: Config, names: tuple[str, ...]) -> bool | None:
    """Return whether two configurations agree; None if they have no name in common."""
    shared = [name for name in names if name in one and name in other]
    if not shared:
        return None
    return all(_same(one[name], other[name]) for name in shared)


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, bool) != isinstance(other, bool):
        return False
    return bool(one == other) or (one != one and other != other)  # NaN equals NaN here


def varying(configs: Iterator[tuple[Config, bool]]) -> tuple[str, ...]:
    """Return the names of the entries that ever differ.

    The directory of an experiment does not say which entries PBT tunes. Each configuration
    comes with whether it is whole, so that an entry that it lacks is not set.
    """
    seen: dict[str, set[str]] = {}
    counts = Counter[str]()
    wholes = 0
    for config, is_whole in configs:
        for name, value in config.items():
            seen.setdefault(name, set()).add(repr(value))
        if is_whole:
            wholes += 1
            counts.update(config.keys())
    return tuple(
        name
        for name, values in seen.items()
        if len(values) > 1 or 0 < counts[name] < wholes
    )
