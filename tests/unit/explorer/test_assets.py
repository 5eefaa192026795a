"""Modules become one classic script, and each keeps its meaning."""

import gzip
import re

import pytest
from pbt_examples.explorer.assets import HERE, join, style
from pbt_examples.toy.playground import MAIN, playground_html, sources

MOST = 40_000  # bytes of explorer and playground together, compressed


def write(folder, **modules):
    """Write modules and return the one named ``main``."""
    for name, code in modules.items():
        (folder / f"{name}.js").write_text(code)
    return folder / "main.js"


def test_a_module_comes_after_those_it_imports(tmp_path):
    main = write(
        tmp_path,
        main='import { b } from "./b.js";\nimport { a } from "./a.js";\nuse(a, b);\n',
        b='import { a } from "./a.js";\nexport const b = a + 1;\n',
        a="export const a = 1;\n",
    )
    code = join(main)
    places = [code.index(each) for each in ("const a = 1", "const b = a + 1", "use(a, b)")]
    assert places == sorted(places)
    assert not re.search(r"\b(import|export)\b", code)


def test_a_name_defined_twice_in_one_script_is_refused(tmp_path):
    main = write(
        tmp_path, main='import "./a.js";\nimport { b } from "./a.js";\nconst c = b;\n',
        a="export const b = 1;\nfunction c() {}\n",
    )  # fmt: skip
    with pytest.raises(ValueError, match=r"two names 'c': a\.js and main\.js"):
        join(main)


def test_a_circle_of_imports_is_refused(tmp_path):
    main = write(
        tmp_path,
        main='import { a } from "./a.js";\n',
        a='import { main } from "./main.js";\n',
    )
    with pytest.raises(ValueError, match=r"circle: main\.js -> a\.js -> main\.js"):
        join(main)


def test_explorer_and_playground_are_light():
    explorer = join(HERE / "script" / "main.js")
    together = explorer + join(MAIN) + style()
    assert len(gzip.compress(together.encode())) <= MOST


def test_no_script_loads_anything_from_elsewhere():
    code = join(MAIN) + style()
    assert not re.search(r"https?:|fetch\(|XMLHttpRequest|import\(|@import|url\(", code)


def test_no_script_contains_an_end_tag():
    assert playground_html().count("</script>") == 1


@pytest.mark.parametrize("file", sources(), ids=lambda file: file.name)
def test_comments_are_left_out_and_no_string_looks_like_one(file):
    for line in file.read_text().splitlines():
        code, slashes, _ = line.partition(" // ")
        if slashes:
            assert all(code.count(quote) % 2 == 0 for quote in "\"'`")
