"""Join JavaScript modules into one classic script, which works in any page.

Browsers load no modules from ``file://``, but they run a classic script anywhere. So the
modules, which editors and type checkers understand, are put one after the other, each after
those that it imports, without their ``import``, ``export`` and comments.
"""

from __future__ import annotations

import functools
import re
from pathlib import Path

HERE = Path(__file__).parent

_IMPORT = re.compile(r'^import [^;]+? from "(\./|.+/)([\w.]+)";\n', re.MULTILINE)
_COMMENT = re.compile(r"^\s*(//.*|/\*\*[\s\S]*?\*/)\n|[ ]+// .*$", re.MULTILINE)
_STYLE_COMMENT = re.compile(r"^/\*[^*]*\*/\n", re.MULTILINE)
_DECLARED = re.compile(
    r"^(?:export )?(?:async )?(?:function\*?|class|const|let) (\w+)", re.MULTILINE
)
_EXPORT = re.compile(r"^export ", re.MULTILINE)


def style() -> str:
    """Return the style sheet of the explorer and the playground, without comments."""
    return _STYLE_COMMENT.sub("", (HERE / "style.css").read_text(encoding="utf-8"))


@functools.cache
def join(main: Path) -> str:
    """Return a module and all its imports as one classic script.

    Parameters
    ----------
    main : Path
        The main module.

    Raises
    ------
    ValueError
        If modules import each other in a circle, or two of them declare the same name.
    """
    modules: dict[Path, str] = {}
    _collect(main.resolve(), modules, [])
    owners: dict[str, str] = {}
    for module, code in modules.items():
        for name in _DECLARED.findall(code):
            if owners.setdefault(name, module.name) != module.name:
                both = f"{owners[name]} and {module.name}"
                raise ValueError(f"one script cannot have two names {name!r}: {both}")
    return '(() => {\n"use strict";\n' + "\n".join(modules.values()) + "})();\n"


def _collect(module: Path, modules: dict[Path, str], waiting: list[Path]) -> None:
    if module in modules:
        return
    if module in waiting:
        names = " -> ".join(each.name for each in [*waiting, module])
        raise ValueError(f"modules must not import each other in a circle: {names}")
    code = module.read_text(encoding="utf-8")
    for folder, name in _IMPORT.findall(code):
        _collect((module.parent / folder / name).resolve(), modules, [*waiting, module])
    code = _COMMENT.sub("", _IMPORT.sub("", code))
    modules[module] = _EXPORT.sub("", code).strip() + "\n"
