"""Saving an animation of a run: our MP4, against a GIF with every frame redrawn."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import imageio_ffmpeg
import matplotlib as mpl
import numpy as np
import pbt_examples
from matplotlib.animation import FuncAnimation, PillowWriter
from numpy.typing import NDArray
from PIL import Image, ImageSequence

from benchmarks.measuring import median, seconds


def measure(*, small: bool) -> dict[str, Any]:
    """Save the same animation both ways; compare time, bytes and what the frames show."""
    mpl.use("agg")
    mpl.rcParams["animation.ffmpeg_path"] = imageio_ffmpeg.get_ffmpeg_exe()
    frames, runs = (20, 1) if small else (100, 3)
    run = pbt_examples.toy.Reference(iterations=frames).run(0)
    pbt_examples.figures.use_style()
    with tempfile.TemporaryDirectory() as folder:
        mp4, gif = Path(folder, "ours.mp4"), Path(folder, "tutorial.gif")
        ours = [seconds(lambda: _save_ours(run, mp4)) for _ in range(runs)]
        tutorial = [seconds(lambda: _save_as_tutorials_do(run, gif)) for _ in range(runs)]
        pairs = zip(_mp4_frames(mp4), _gif_frames(gif), strict=True)
        differences = [float(np.abs(one - other).mean()) for one, other in pairs]
        sizes = {path: path.stat().st_size for path in (mp4, gif)}
    table = [
        _row("still part drawn once, MP4", frames, ours, sizes[mp4]),
        _row("every frame drawn anew, GIF", frames, tutorial, sizes[gif]),
    ]
    ratios = {
        "time": median(tutorial) / median(ours),
        "bytes": sizes[gif] / sizes[mp4],
        "difference": max(differences),  # levels out of 255: mean over the worst frame
    }
    return {"tables": {"animation": table}, "ratios": ratios}


def _row(way: str, frames: int, times: list[float], size: int) -> dict[str, Any]:
    return {
        "way": way,
        "frames": frames,
        "seconds": median(times),
        "kB": round(size / 1000),
        "runs": len(times),
    }


def _save_ours(run: pbt_examples.Run, path: Path) -> None:
    animation = pbt_examples.toy.make_animation(run)
    animation.save(path)
    mpl.pyplot.close(animation._fig)


def _save_as_tutorials_do(run: pbt_examples.Run, path: Path) -> None:
    animation = pbt_examples.toy.make_animation(run)
    for artist in animation._fig.findobj(lambda artist: artist.get_animated()):
        artist.set_animated(False)  # redrawn with the rest in every frame
    FuncAnimation.save(animation, path, PillowWriter(fps=10))
    mpl.pyplot.close(animation._fig)


def _mp4_frames(path: Path) -> Iterator[NDArray[np.int16]]:
    frames = imageio_ffmpeg.read_frames(str(path))
    width, height = next(frames)["size"]
    for frame in frames:
        yield np.frombuffer(frame, np.uint8).reshape(height, width, 3).astype(np.int16)


def _gif_frames(path: Path) -> Iterator[NDArray[np.int16]]:
    with Image.open(path) as picture:
        for frame in ImageSequence.Iterator(picture):
            yield np.array(frame.convert("RGB")).astype(np.int16)
