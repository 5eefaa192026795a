"""Read and write text files that others may have made, or may be reading."""

from __future__ import annotations

import os
import stat
from pathlib import Path

MOST_BYTES = 256 * 2**20
"""Files larger than this are not read."""


def read_text(path: Path) -> str:
    """Return what a file holds, with its line ends as they are.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If it is a folder, a pipe or a device, too large, or no text in UTF-8.
    """
    check_file(path, most=MOST_BYTES)
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return file.read()
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} is no text in UTF-8: {error}") from None


def check_file(path: Path, *, most: int) -> None:
    """Raise a `ValueError` unless a path leads to a regular file of no more bytes."""
    about = path.stat()
    if not stat.S_ISREG(about.st_mode):  # a pipe, for one, might never end
        raise ValueError(f"{path} is no regular file")
    if about.st_size > most:
        raise ValueError(f"{path} has {about.st_size} bytes, more than it may have: {most}")


def write_texts(texts: dict[Path, str]) -> None:
    """Write files that appear in this order, each as a whole, once all are on the disk.

    A link of such a name is replaced; what it led to stays as it was.

    Raises
    ------
    OSError
        If one cannot be written; the error names it, and the others stay as they were.
    """
    unfinished = {path: path.with_name(f".{path.name}.{os.getpid()}") for path in texts}
    try:
        for path, text in texts.items():
            unfinished[path].unlink(missing_ok=True)
            with unfinished[path].open("x", encoding="utf-8", newline="") as file:
                file.write(text)
        for path in texts:
            os.replace(unfinished[path], path)
    except OSError as error:
        # A disk that is full does not say by itself for which file it has no room.
        raise OSError(error.errno, error.strerror, str(path)) from None
    finally:
        for path in texts:
            unfinished[path].unlink(missing_ok=True)
