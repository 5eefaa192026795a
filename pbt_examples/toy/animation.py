"""The path of theta and the curve of Q, side by side, with one frame per iteration."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.animation import AbstractMovieWriter, Animation, FuncAnimation
from matplotlib.artist import Artist
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import NDArray
from pbt_examples.figures.metric import metric_paths
from pbt_examples.figures.style import legend_of_trials
from pbt_examples.record.run import Run
from pbt_examples.record.segments import last_shown
from pbt_examples.toy.q_history import mark_maximum
from pbt_examples.toy.theta import ThetaPaths

DPI = 140
"""Resolution of the animation: sharp on most screens, at a small file size."""
MILLISECONDS = 100
"""Duration of a frame."""


def make_animation(run: Run, *, until: int | None = None) -> FuncAnimation:
    """Animate a run of the toy problem: theta over the contours of Q, beside Q.

    Parameters
    ----------
    run : Run
        A run of the toy problem.
    until : int, optional
        The last iteration to show; by default that of the run.

    Returns
    -------
    FuncAnimation
        One frame per iteration, up to the last one. Its ``save`` takes the same arguments
        as Matplotlib's, but draws the still part of the figure only once.
    """
    last = last_shown(run, until)
    figure, (left, right) = plt.subplots(1, 2, figsize=(7.6, 4.2), dpi=DPI)
    path = ThetaPaths(run, left, until=until, heads=True)
    curve = metric_paths(run, right, metric="Q", until=until, heads=True)
    mark_maximum(right)
    legend_of_trials(left, run)
    clock = right.annotate(
        "", (0.97, 0.05), xycoords="axes fraction", ha="right", fontsize=11
    )

    def show(iteration: int) -> list[Artist]:
        path.show(iteration)
        curve.show(iteration)
        clock.set_text(f"iteration {iteration}")
        return [*path.artists, *curve.artists, clock]

    show(last)
    figure.draw_without_rendering()  # lay it out once, or it would shift with each frame
    figure.set_layout_engine("none")
    return BlittedAnimation(figure, show, range(1, last + 1))


class BlittedAnimation(FuncAnimation):
    """A `FuncAnimation` whose ``save`` draws only what changes from frame to frame.

    On the screen Matplotlib blits, but for a file it draws the whole figure for each
    frame. For the toy that takes 13 of 15 seconds, for contours, axes and labels that do
    not change.

    Parameters
    ----------
    figure : Figure
        The figure to animate. Its layout must not change from frame to frame.
    show : callable
        Takes a frame and returns the artists that it changed. They must be above
        everything that does not change.
    frames : sequence
        The frames.
    """

    def __init__(
        self, figure: Figure, show: Callable[[Any], list[Artist]], frames: Sequence[Any]
    ) -> None:
        super().__init__(figure, show, frames, interval=MILLISECONDS, blit=True)
        self._figure, self._show, self._frames = figure, show, frames
        for artist in show(frames[-1]):
            artist.set_animated(True)  # left out when the still part is drawn

    def save(
        self,
        filename: str | Path,
        writer: AbstractMovieWriter | str | None = None,
        fps: int | None = None,
        dpi: float | None = None,
        codec: str | None = None,
        bitrate: int | None = None,
        extra_args: list[str] | None = None,
        metadata: dict[str, str] | None = None,
        extra_anim: list[Animation] | None = None,
        savefig_kwargs: dict[str, Any] | None = None,
        *,
        progress_callback: Callable[[int, int], Any] | None = None,
    ) -> None:
        """Save the animation; the parameters are those of Matplotlib's `save`.

        Each frame becomes an image on an otherwise empty figure, which any of Matplotlib's
        writers takes. An MP4 file can start to play before it is loaded completely.
        """
        ready = isinstance(writer, AbstractMovieWriter)  # and takes no more arguments
        if extra_args is None and str(filename).endswith(".mp4") and not ready:
            extra_args = ["-crf", "25", "-movflags", "+faststart"]
        self._draw_was_started = True  # or Matplotlib warns that it was never used
        dpi = dpi or self._figure.dpi
        with _blitted(self._figure, self._show, dpi) as draw:
            sheet = _Sheet(self._figure, dpi)
            pages = FuncAnimation(
                sheet, lambda frame: sheet.take(draw(frame)), self._frames,
                interval=MILLISECONDS,
            )  # fmt: skip
            pages.save(
                filename, writer, fps, dpi, codec, bitrate, extra_args, metadata,
                extra_anim, savefig_kwargs, progress_callback=progress_callback,
            )  # fmt: skip


class _Sheet(Figure):
    """A figure that shows pixels as they are, so that Matplotlib need not resample them."""

    def __init__(self, like: Figure, dpi: float) -> None:
        width, height = like.get_size_inches()
        with mpl.rc_context({"figure.constrained_layout.use": False}):
            super().__init__((width, height), dpi)

    def take(self, pixels: NDArray[np.uint8]) -> None:
        self._pixels = pixels[::-1]

    def draw(self, renderer: Any) -> None:
        renderer.draw_image(renderer.new_gc(), 0, 0, self._pixels)


@contextmanager
def _blitted(
    figure: Figure, show: Callable[[Any], list[Artist]], dpi: float
) -> Iterator[Callable[[Any], NDArray[np.uint8]]]:
    shown_on, shown_at = figure.canvas, figure.dpi
    canvas: Any = FigureCanvasAgg(figure)  # which Matplotlib has not typed
    figure.dpi = dpi
    try:
        with canvas.callbacks.blocked(signal="draw_event"):  # it would start a timer
            canvas.draw()
        still = canvas.copy_from_bbox(figure.bbox)

        def draw(frame: Any) -> NDArray[np.uint8]:
            canvas.restore_region(still)
            for artist in sorted(show(frame), key=lambda artist: artist.get_zorder()):
                figure.draw_artist(artist)
            return np.array(canvas.buffer_rgba())

        yield draw
    finally:
        figure.dpi = shown_at
        figure.set_canvas(shown_on)
