"""Written descriptions of figures, for readers who cannot see them, and for captions."""

from __future__ import annotations

from typing import NamedTuple, TypeVar

from matplotlib.animation import Animation
from matplotlib.figure import Figure
from pbt_examples.checks import check_type

Described = TypeVar("Described", Figure, Animation)


class Description(NamedTuple):
    """What `describe` attached.

    Attributes
    ----------
    alt : str
        What the picture shows, for a reader who does not see it.
    caption : str
        One sentence that stands below the picture for everybody.
    """

    alt: str
    caption: str


def describe(picture: Described, *, alt: str, caption: str) -> Described:
    """Attach a written description to a figure or an animation.

    Matplotlib has no place for one. The site needs both texts and refuses a figure
    without them.

    Parameters
    ----------
    picture : Figure or Animation
        What is described.
    alt : str
        What the picture shows, in words that replace it.
    caption : str
        One sentence to stand below it.

    Returns
    -------
    Figure or Animation
        `picture`, for chaining.

    Raises
    ------
    TypeError
        If `picture` is something else.
    ValueError
        If a text is empty.
    """
    check_type("picture", picture, (Figure, Animation), "a Figure or an Animation")
    for name, text in {"alt": alt, "caption": caption}.items():
        if not isinstance(text, str) or not text.strip():
            raise ValueError(f"{name} must be a sentence, got {text!r}")
    texts = Description(" ".join(alt.split()), " ".join(caption.split()))
    vars(picture)["pbt_description"] = texts  # Matplotlib's classes declare no such name
    return picture


def description_of(picture: Figure | Animation) -> Description | None:
    """Return what `describe` attached to a figure or an animation, if anything."""
    check_type("picture", picture, (Figure, Animation), "a Figure or an Animation")
    return vars(picture).get("pbt_description")
