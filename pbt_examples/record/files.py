"""Read and write text files that others may have written or may be reading."""

from __future__ import annotations

import os
import stat
from pathlib import Path

MOST_BYTES = 256 * 2**20
"""Files larger than this are not read."""


class TooLargeError(ValueError):
    """A file has more bytes than are read."""


def read_text(path: Path) -> str:
    """Return the content of a file, with its line endings unchanged.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If it is a folder, a pipe or a device, too large, or not text in UTF-8.
    """
    check_file(path, most=MOST_BYTES)
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return file.read()
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} is no text in UTF-8: {error}") from None


def check_file(path: Path, *, most: int) -> None:
    """Raise a `ValueError` unless `path` is a regular file of at most `most` bytes."""
    about = path.stat()
    if not stat.S_ISREG(about.st_mode):  # reading a pipe, for example, might never end
        raise ValueError(f"{path} is no regular file")
    if about.st_size > most:
        raise TooLargeError(
            f"{path} has {about.st_size} bytes, more than it may have: {most}"
        )


def write_texts(texts: dict[Path, str]) -> None:
    """Write all files to disk, then put each in its place, as a whole, in this order.

    A symbolic link is replaced; its target stays as it was.

    Raises
    ------
    OSError
        If one cannot be written; the error names it, and no file is replaced.
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
        # The error of a full disk does not name the file.
        raise OSError(error.errno, error.strerror, str(path)) from None
    finally:
        for path in texts:
            unfinished[path].unlink(missing_ok=True)
