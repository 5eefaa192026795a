"""Alt texts and captions of figures."""

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
        What the picture shows, for readers who cannot see it.
    caption : str
        One sentence below the picture.
    """

    alt: str
    caption: str


def describe(picture: Described, *, alt: str, caption: str) -> Described:
    """Attach a written description to a figure or an animation.

    Matplotlib has no place for it. The build of the site fails if a figure lacks one.

    Parameters
    ----------
    picture : Figure or Animation
        The picture to describe.
    alt : str
        What the picture shows, for readers who cannot see it.
    caption : str
        One sentence below the picture.

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
