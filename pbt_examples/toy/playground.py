"""The playground: PBT of the toy problem, run by the reader of a page."""

from __future__ import annotations

import json
from dataclasses import asdict
from html import escape
from pathlib import Path

from pbt_examples.explorer.assets import HERE, join, style
from pbt_examples.toy.plane import theta_plane

MAIN = Path(__file__).parent / "script" / "main.js"


def playground_html() -> str:
    """Return the playground as a self-contained piece of HTML.

    Its algorithm is that of `Reference`, to the last bit: the script draws the same random
    numbers and does the same arithmetic.

    Returns
    -------
    str
        HTML with its style sheet and its script.
    """
    plane = escape(json.dumps(asdict(theta_plane())))
    return (
        f"<style>{style()}</style>\n"
        f'<div class="pbt-playground" id="playground" data-plane="{plane}"></div>\n'
        f"<script>{join(MAIN)}</script>\n"
    )


def sources() -> list[Path]:
    """Return the files from which all this is made."""
    return [*HERE.rglob("*.js"), *HERE.glob("*.css"), *MAIN.parent.glob("*.js")]
