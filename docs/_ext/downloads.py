"""What readers take home: scripts, notebooks, the package as a wheel, and a zip of it all.

Sphinx-Gallery's own copies have a random part in their address, and know nothing of the
address of the site, from which a script installs ``pbt-examples``.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import zipfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

from notebooks import code_cell, make_notebooks, notebook
from sphinx.application import Sphinx

ROOT = Path(__file__).parents[2]
WHEEL = f"pbt_examples-{version('pbt-examples')}-py3-none-any.whl"
RAY = f"ray[tune]=={version('ray')}"  # another release may come to other decisions
FOR_NOTEBOOKS = ("imageio-ffmpeg", "ipywidgets")  # videos; and no warning without the other
NEED = re.compile(r'"(pbt-examples(?:\[\w+\])?)"')  # as the scripts' PEP 723 blocks have it

README = f"""\
PBT examples: the pages, as scripts and as notebooks
====================================================

With uv (https://docs.astral.sh/uv/) nothing needs to be installed first:

    uv run gallery/plot_basic_pbt.py

Without it, in a virtual environment of Python 3.11 or newer:

    python3 -m pip install "{RAY}" "./{WHEEL}[digits]"
    python3 gallery/plot_basic_pbt.py

A script writes the data of its runs to a folder named data. A notebook shows the figures,
too, and installs what it needs in its first cell.
"""


def publish(app: Sphinx, exception: Exception | None) -> None:
    """Write all downloads into the finished site."""
    if exception is not None or app.builder.format != "html":
        return
    folder = Path(app.outdir, "downloads")
    folder.mkdir(exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    _build_wheel(folder)
    address = f"{app.config.docs_url}/downloads/{WHEEL}"
    scripts = sorted((ROOT / "gallery").glob("plot_*.py"))
    cells = make_notebooks(
        scripts, Path(app.srcdir, "gallery"), lambda role, target: _link(app, role, target)
    )

    with zipfile.ZipFile(folder / "pbt-examples.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("README.txt", README)
        archive.write(folder / WHEEL, WHEEL)
        for script in scripts:
            text, name = script.read_text(), script.stem
            needs = NEED.search(text).group(1)
            neighbour = needs.replace("pbt-examples", f"../{WHEEL}")
            (folder / script.name).write_text(_with_wheel_at(address, text))
            (folder / f"{name}.ipynb").write_text(
                _with_install_cell(f"{needs} @ {address}", cells[name])
            )
            archive.writestr(f"gallery/{name}.py", _with_wheel_beside(text))
            archive.writestr(
                f"gallery/{name}.ipynb", _with_install_cell(neighbour, cells[name])
            )


def _build_wheel(folder: Path) -> None:
    hatchling = [sys.executable, "-m", "hatchling", "build", "--target=wheel"]
    options = [f"--directory={folder}"]
    subprocess.run([*hatchling, *options], cwd=ROOT, check=True, capture_output=True)


def _with_wheel_at(address: str, script: str) -> str:
    """Let a script, wherever it is run, install the package from the site."""
    return NEED.sub(rf'"\1 @ {address}", "{RAY}"', script, count=1)


def _with_wheel_beside(script: str) -> str:
    """Let a script of the zip install the package from the zip."""
    source = f'#\n# [tool.uv.sources]\n# pbt-examples = {{ path = "../{WHEEL}" }}\n# ///\n'
    return NEED.sub(rf'"\1", "{RAY}"', script, count=1).replace("# ///\n", source, 1)


def _with_install_cell(needs: str, cells: list[dict[str, Any]]) -> str:
    install = f'%pip install --quiet "{needs}" "{RAY}" {" ".join(FOR_NOTEBOOKS)}'
    return json.dumps(notebook([code_cell(install) | {"id": "install"}, *cells]), indent=1)


def _link(app: Sphinx, role: str, target: str) -> tuple[str, str] | None:
    """Find the title and the address of what a role on an example page points at."""
    site = app.config.docs_url
    if role == "data":
        return Path(target).name, f"{site}/data/{target}"
    if role == "doc":
        page = target.lstrip("/") if target.startswith("/") else f"gallery/{target}"
    elif role == "ref" and target.startswith("sphx_glr_gallery_"):
        page = "gallery/" + target.removeprefix("sphx_glr_gallery_").removesuffix(".py")
    else:
        return None
    if page not in app.env.titles:  # Sphinx has said so where it read the page
        return None
    return app.env.titles[page].astext(), f"{site}/{page}.html"


def setup(app: Sphinx) -> dict[str, Any]:
    """Publish when all else is done; pages that name the address follow its changes."""
    app.add_config_value("docs_url", "", "env", str)
    app.connect("build-finished", publish)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
