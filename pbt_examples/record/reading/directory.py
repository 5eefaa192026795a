"""The text files of an experiment, on this machine or on a pyarrow file system."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

from pbt_examples.record.files import MOST_BYTES, TooLargeError, check_file
from pbt_examples.record.reading.notes import Notes

RETRY_SECONDS = 10
"""How long a Google bucket that does not answer is tried."""
_LIMIT = "retry_limit_seconds"


class Directory(Protocol):
    """A folder; only the names and the text of its files are read."""

    name: str

    @property
    def address(self) -> str:
        """Where the folder is, whatever the present folder, and without secrets."""

    def exists(self) -> bool:
        """Return whether the folder exists."""

    def files(self) -> list[str]:
        """Return the sorted names of the files in this folder."""

    def folders(self) -> list[str]:
        """Return the sorted names of the folders in this folder."""

    def folder(self, name: str) -> Directory:
        """Return a folder in this one."""

    def stamps(self) -> dict[str, tuple[Any, Any]]:
        """Return the size and the time of each file in this folder."""

    def read(self, name: str) -> str:
        """Return the content of a file; bytes that are not UTF-8 are replaced.

        A byte order mark is left out. A `TooLargeError` says that it has too many bytes.
        """


def read_if_possible(directory: Directory, name: str, what: str, notes: Notes) -> str:
    """Return the content of a file; if it cannot be read, note that and return nothing."""
    try:
        return directory.read(name)
    except (OSError, TooLargeError) as error:
        reason = getattr(error, "strerror", None) or str(error).partition("\n")[0]
        notes.add(f"Left out: {what}, which cannot be read ({reason}).", doubt=True)
        return ""


class LocalDirectory:
    """A folder on this machine."""

    def __init__(self, path: Path) -> None:
        self.path, self.name = path, path.name

    def __str__(self) -> str:
        return str(self.path)

    @property
    def address(self) -> str:
        return str(self.path.resolve())

    def exists(self) -> bool:
        return self.path.is_dir()

    def files(self) -> list[str]:
        return self._names(folders=False)

    def folders(self) -> list[str]:
        return self._names(folders=True)

    def _names(self, *, folders: bool) -> list[str]:
        if not self.path.is_dir():
            return []
        return sorted(p.name for p in self.path.iterdir() if p.is_dir() == folders)

    def folder(self, name: str) -> LocalDirectory:
        return LocalDirectory(self.path / name)

    def stamps(self) -> dict[str, tuple[Any, Any]]:
        found = {}
        try:
            for each in os.scandir(self.path):
                if each.is_file():
                    about = each.stat()
                    found[each.name] = about.st_size, about.st_mtime_ns
        except OSError:
            pass  # not there, no longer, or not to be read
        return found

    def read(self, name: str) -> str:
        path = self.path / name
        check_file(path, most=MOST_BYTES)
        return path.read_bytes().decode("utf-8-sig", "replace")


class RemoteDirectory:
    """A folder on a pyarrow file system, such as ``s3://bucket/experiment``."""

    def __init__(self, filesystem: Any, path: str, address: str | None = None) -> None:
        self.filesystem, self.path = filesystem, path.rstrip("/")
        self.address = self.path if address is None else _without_secrets(address)
        self.name = self.path.rpartition("/")[2]

    def __str__(self) -> str:
        return self.path

    def exists(self) -> bool:
        from pyarrow import fs

        return bool(self.filesystem.get_file_info(self.path).type == fs.FileType.Directory)

    def files(self) -> list[str]:
        return self._names(folders=False)

    def folders(self) -> list[str]:
        return self._names(folders=True)

    def _names(self, *, folders: bool) -> list[str]:
        from pyarrow import fs

        kind = fs.FileType.Directory if folders else fs.FileType.File
        inside = fs.FileSelector(self.path, allow_not_found=True)
        found = self.filesystem.get_file_info(inside)
        return sorted(each.base_name for each in found if each.type == kind)

    def folder(self, name: str) -> RemoteDirectory:
        return RemoteDirectory(self.filesystem, f"{self.path}/{name}")

    def stamps(self) -> dict[str, tuple[Any, Any]]:
        from pyarrow import fs

        inside = fs.FileSelector(self.path, allow_not_found=True)
        found = self.filesystem.get_file_info(inside)
        files = [each for each in found if each.type == fs.FileType.File]
        return {each.base_name: (each.size, each.mtime_ns) for each in files}

    def read(self, name: str) -> str:
        path = f"{self.path}/{name}"
        with self.filesystem.open_input_stream(path) as file:
            content = file.read(MOST_BYTES + 1)
        if len(content) > MOST_BYTES:
            raise TooLargeError(f"{path} has more bytes than it may have: {MOST_BYTES}")
        return content.decode("utf-8-sig", "replace")


def all_stamps(directory: Directory) -> dict[str, dict[str, tuple[Any, Any]]]:
    """Return the stamps of an experiment's files: its own, and those of its trials."""
    own = {"": directory.stamps()}
    return own | {name: directory.folder(name).stamps() for name in directory.folders()}


def expanded(path: str | Path) -> Path:
    """Return a path with ``~`` replaced; a `ValueError` says that there is no such user."""
    try:
        return Path(path).expanduser()
    except RuntimeError:
        raise ValueError(f"{path} names a user whose home is not known here") from None


def _without_secrets(address: str) -> str:
    # Keys may stand before the bucket's name and in the options.
    parts = urlsplit(address)
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}{parts.path.rstrip('/')}"


def _with_patience(address: str) -> str:
    # Without a limit, Google's library tries for a quarter of an hour, deaf to Ctrl-C.
    if not address.startswith(("gs://", "gcs://")) or _LIMIT in address:
        return address
    return f"{address}{'&' if '?' in address else '?'}{_LIMIT}={RETRY_SECONDS}"


def open_directory(path: Any, filesystem: Any = None) -> Directory:
    """Return the folder at a path or at an address such as ``s3://…``.

    Raises
    ------
    ValueError
        If there is no file system for the address; the message says why.
    """
    text = str(path)
    if filesystem is not None:
        return RemoteDirectory(filesystem, text)
    if "://" not in text:
        local = expanded(path)
        if local.exists() and not local.is_dir():
            raise ValueError(f"{local} is a file; give the experiment's directory")
        return LocalDirectory(local)
    import pyarrow as pa
    from pyarrow import fs

    try:
        filesystem, place = fs.FileSystem.from_uri(_with_patience(text))
        is_file = filesystem.get_file_info(place).type == fs.FileType.File
    except (OSError, pa.ArrowException, NotImplementedError) as error:
        reason = str(error).splitlines()[0]
        raise ValueError(f"cannot open {text}: {reason}") from None
    if is_file:
        raise ValueError(f"{text} is a file; give the experiment's directory")
    return RemoteDirectory(filesystem, place, text)
