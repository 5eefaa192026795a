"""The API reference covers what the package offers."""

from __future__ import annotations

from types import ModuleType

import pbt_examples
import pytest
from built_site import SITE
from pbt_examples import digits, explorer, figures, quadratic, record, toy, tuning

ROOMS = [pbt_examples, digits, explorer, figures, quadratic, record, toy, tuning]
NAMES = [
    (room, name)
    for room in ROOMS
    for name in room.__all__
    if not isinstance(getattr(room, name), ModuleType)
]


@pytest.mark.parametrize(("room", "name"), NAMES)
def test_every_public_name_has_an_entry_with_a_source(room, name, parse):
    if room is record and name in pbt_examples.__all__:
        return  # it has its entry at the top
    full = f"{room.__name__}.{name}"
    constant = not callable(getattr(room, name))  # it has neither a page nor a source
    page = "api/index.html" if constant else f"api/{full}.html"
    assert (SITE / page).exists(), f"add {full} to docs/api/index.md"
    entry = parse(page).find(id=full)
    assert entry
    assert constant or entry.select_one("a .viewcode-link")
