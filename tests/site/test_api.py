"""The API reference covers what the package offers."""

from __future__ import annotations

import pbt_examples
import pytest
from built_site import SITE


@pytest.mark.parametrize("name", pbt_examples.__all__)
def test_every_public_name_has_an_entry_with_a_source(name, parse):
    page = f"api/pbt_examples.{name}.html"
    assert (SITE / page).exists(), f"add {name} to docs/api.md"
    entry = parse(page).find(id=f"pbt_examples.{name}")
    assert entry.select_one("a .viewcode-link")
