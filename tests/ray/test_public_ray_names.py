"""Ray offers every public name that the package and the scripts of the gallery use."""

import ast
from importlib import import_module
from pathlib import Path

import pbt_examples
import pytest
from ray_releases import PB2_NEEDS_GPY

PACKAGE = Path(pbt_examples.__file__).parent
MODULES = [*PACKAGE.rglob("*.py"), *(PACKAGE.parent / "gallery").glob("*.py")]


def dotted(node):
    """Return names joined by dots, or an empty string for any other expression."""
    if isinstance(node, ast.Attribute):
        inner = dotted(node.value)
        return inner and f"{inner}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def used(module):
    """Yield the full name of each part of Ray that a module imports or accesses."""
    nodes = list(ast.walk(ast.parse(module.read_text())))
    names = {}
    for node in nodes:
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.partition(".")[0] == "ray":
                    names[alias.asname or "ray"] = alias.name if alias.asname else "ray"
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("ray"):
            for alias in node.names:
                names[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    yield from names.values()
    for node in nodes:
        path = dotted(node) if isinstance(node, ast.Attribute) else ""
        first, _, rest = path.partition(".")
        if (
            first in {"ray", "tune"}
            and first in names
            and rest.replace(".", "").isidentifier()
        ):
            yield f"{names[first]}.{rest}"


USED = sorted(
    name
    for name in {name for module in MODULES for name in used(module)}
    if not (PB2_NEEDS_GPY and "pb2_utils" in name)
)


@pytest.mark.parametrize("name", USED)
def test_ray_has(name):
    found = import_module("ray")
    path = "ray"
    for part in name.split(".")[1:]:
        path += f".{part}"
        if not hasattr(found, part):
            import_module(path)  # a module that its parent does not import
        found = getattr(found, part)


def test_the_search_for_names_finds_some_of_each_kind():
    assert {"ray.init", "ray.tune.RunConfig", "ray.tune.Tuner", "ray.shutdown"} <= set(USED)
