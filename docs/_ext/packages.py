"""Build the wheel and the source archive that the site offers.

pip and uv cache a wheel that they have installed, and do not notice a different one of the
same version. So each build of the site has its own version, such as
``0.2.0+site1f2e3d4c5b``: a local version, made from the content of the project.
"""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

# Both in pyproject.toml. An archive that the site offers has its version and address.
VERSION = re.compile(r'^version = "([^"+]+)(?:\+\w+)?"$', re.MULTILINE)
URLS = re.compile(r"^\[project\.urls\]\n(?:Documentation = .*\n)?", re.MULTILINE)


def build_packages(project: Path, folder: Path, *, site: str) -> tuple[Path, Path]:
    """Build the archive, and the wheel from it, with the site's address in the metadata.

    Parameters
    ----------
    project : Path
        The folder with ``pyproject.toml``.
    folder : Path
        The folder for the two files.
    site : str
        The address of the site.

    Returns
    -------
    tuple of Path
        The wheel and the source archive.
    """
    with tempfile.TemporaryDirectory() as temporary:
        _build(project, Path(temporary), "sdist")
        (archive,) = Path(temporary).glob("*.tar.gz")
        digest = hashlib.sha256()
        with tarfile.open(archive) as members:
            for member in sorted(members, key=lambda each: each.name):
                digest.update(member.name.encode())
                digest.update(members.extractfile(member).read())
            members.extractall(temporary, filter="data")
        source = Path(temporary, archive.name.removesuffix(".tar.gz"))
        settings = source / "pyproject.toml"
        local = rf'version = "\1+site{digest.hexdigest()[:10]}"'
        text = VERSION.sub(local, settings.read_text(), count=1)
        urls = f'[project.urls]\nDocumentation = "{site}/"\n'
        settings.write_text(URLS.sub(urls, text))
        _build(source, folder, "sdist", "wheel")
    (wheel,), (archive,) = folder.glob("*.whl"), folder.glob("*.tar.gz")
    return wheel, archive


def _build(source: Path, folder: Path, *targets: str) -> None:
    command = [sys.executable, "-m", "hatchling", "build", f"--directory={folder}"]
    command += [f"--target={target}" for target in targets]
    done = subprocess.run(command, cwd=source, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"the packages cannot be built: {done.stderr or done.stdout}")
