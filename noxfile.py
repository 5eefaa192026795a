# /// script
# requires-python = ">=3.11"
# dependencies = ["nox>=2025.2.9"]
# ///
"""The sessions of this project: build, test, measure. ``nox -l`` lists them."""

from __future__ import annotations

import secrets
import shutil
import sys
import tempfile
from pathlib import Path

import nox

nox.needs_version = ">=2025.2.9"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.reuse_existing_virtualenvs = True
nox.options.sessions = ["lint", "tests", "docs"]

ROOT = Path(__file__).parent
BUILD = ROOT / "docs" / "_build"
SITE = BUILD / "html"
TYPESCRIPT = "7.0.2"
PORT = "8000"  # also in docs/conf.py, as the default of DOCS_URL

# Processes share the files, each with a Ray session: two, which a small machine holds.
# They take the files in the order of tests/conftest.py, which has the long ones first.
BY_FILE = ("--dist", "loadfile", "--no-loadscope-reorder")
TWO_PROCESSES = ("-n", "2", *BY_FILE)


@nox.session
def docs(session: nox.Session) -> None:
    """Build the site and run every example; arguments go to sphinx-build."""
    _install(session, "docs")
    pages = BUILD / "source"
    _mirror(ROOT / "docs", pages)
    token = {"RAY_AUTH_TOKEN": secrets.token_hex()}  # or Ray writes one to the home folder
    options = ["--fail-on-warning", "--jobs=auto", "-c", "docs"]
    options += ["-d", str(BUILD / "doctrees")]
    session.run(
        "sphinx-build", *options, *session.posargs, str(pages), str(SITE), env=token
    )
    print(f"\nThe site is {SITE.relative_to(ROOT)}/index.html")
    print("To read it in a browser: nox -s serve")


@nox.session(venv_backend="none")
def serve(session: nox.Session) -> None:
    """Serve the built site, only on this machine, and print its address."""
    if not SITE.exists():
        session.error("there is no site yet; build it with: nox -s docs")
    print(f"Serving on http://127.0.0.1:{PORT}/ (stop with Ctrl-C)")
    server = ["-m", "http.server", "--bind", "127.0.0.1", "--directory", str(SITE), PORT]
    session.run(sys.executable, *server)


@nox.session
def tests(session: nox.Session) -> None:
    """Run the unit tests and the fast ones on Ray; --cov shows what they cover."""
    _install(session, "test")
    options = [*TWO_PROCESSES, "-m", "not slow and not soak"]
    options += ["--hypothesis-profile=ci"]  # the same examples each time
    session.run("pytest", "tests/ray", "tests/unit", *options, *session.posargs)


@nox.session
def chaos(session: nox.Session) -> None:
    """Run the slow tests: faults, clusters, distributions. The site must be built."""
    _install(session, "test")
    options = ["-n", "3", *BY_FILE, "-m", "slow and not soak"]  # since many of them wait
    session.run("pytest", "tests/chaos", "tests/ray", *options, *session.posargs)


@nox.session
def soak(session: nox.Session) -> None:
    """Run everything that chaos and tests only sample: kills, seeds, pages on a cluster."""
    _install(session, "test")
    options = ["-n", "2", "--dist", "worksteal", "-m", "soak"]
    places = ["tests/chaos", "tests/ray", "tests/unit"]
    session.run("pytest", *places, *options, *session.posargs)


@nox.session
def fuzz(session: nox.Session) -> None:
    """Try new examples of properties and of garbled files."""
    _install(session, "test")
    options = ["-n", "2", "-m", "hypothesis", "--hypothesis-profile=default"]
    session.run("pytest", "tests/unit", *options, *session.posargs)


@nox.session
def mutants(session: nox.Session) -> None:
    """Change the code in hundreds of ways, and list the changes that no test notices."""
    _install(session, "mutants")
    session.run("mutmut", "run", *session.posargs)
    session.run("mutmut", "results")


@nox.session
def site(session: nox.Session) -> None:
    """Test the built site: what is on its pages, and where they lead."""
    _install(session, "site")
    session.run("pytest", "tests/site", *session.posargs)


@nox.session
def browser(session: nox.Session) -> None:
    """Open pages of the built site in Chromium, served and from a folder."""
    _install(session, "browser")
    options = ["--numprocesses=auto"]  # a browser for each processor
    session.run("pytest", "tests/browser", *options, *session.posargs)


@nox.session
def downloads(session: nox.Session) -> None:
    """Run every script and notebook of the built site as a reader would, and compare."""
    session.install("-c", "constraints.txt", *_group("downloads"))
    session.run("pytest", "tests/downloads", "--timeout=1000", *session.posargs)


@nox.session(venv_backend="uv")
def oldest(session: nox.Session) -> None:
    """Run the fast tests and two pages with the oldest supported releases."""
    session.install("-c", "constraints.txt", *_group("test"))
    session.install("--resolution=lowest-direct", "-e", ".[digits]")
    pb2 = "tests/ray/test_quadratic.py", "tests/unit/quadratic/test_settings.py"
    _try(session, *(f"--ignore={file}" for file in pb2))
    session.install("--resolution=lowest-direct", "-e", ".[quadratic]")  # a newer Ray
    session.run("pytest", *pb2)


@nox.session(venv_backend="uv", python=["3.11", "3.12", "3.13", "3.14"])
def newest(session: nox.Session) -> None:
    """Run the fast tests and two pages with the newest releases and Ray's previews."""
    # A preview in a bound lets uv install previews of Ray, and of nothing else.
    session.install("--upgrade", "-e", ".[digits]", "ray[tune]>=2.52.0rc0", *_group("test"))
    _try(session)


def _try(session: nox.Session, *options: str) -> None:
    fast = [*TWO_PROCESSES, "-m", "not slow and not soak", "--hypothesis-profile=ci"]
    session.run("pytest", "tests/ray", "tests/unit", *fast, *options, *session.posargs)
    # For the data that a script writes. Old releases of Ray take no temporary folder inside
    # the environment, where session.create_tmp makes it.
    with tempfile.TemporaryDirectory() as folder, session.chdir(folder):
        for page in ("basic_pbt", "your_own_run"):
            script = ROOT / "gallery" / f"plot_{page}.py"
            session.run("python", str(script), env={"MPLBACKEND": "Agg"})


@nox.session(venv_backend="venv")
def recipes(session: nox.Session) -> None:
    """Run PBT on PyTorch, Lightning, Transformers, Keras and scikit-learn."""
    # With pip, whose settings may name a build of PyTorch without CUDA; see the file.
    needs = ["-r", "recipes/requirements.txt", "-e", ".[digits]"]
    session.install("-c", "constraints.txt", *needs)
    session.run("pytest", "tests/recipes", "--timeout=1200", *session.posargs)


@nox.session
def bench(session: nox.Session) -> None:
    """Measure speed and memory; with --small only watch that no ratio collapses."""
    _install(session, "bench")
    session.run("python", "-m", "benchmarks", *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """Check format, rules, types, imports between rooms, spelling and metadata."""
    _install(session, "lint")
    session.run("ruff", "format", "--check")
    session.run("ruff", "check")
    session.run("mypy")
    session.run("lint-imports")
    session.run("codespell")
    _check_scripts(session)
    packages = session.create_tmp()
    session.run(
        "python", "-m", "hatchling", "build", f"--directory={packages}", silent=True
    )
    session.run("twine", "check", "--strict", *map(str, Path(packages).glob("pbt_*")))


def _check_scripts(session: nox.Session) -> None:
    """Check the types in the pages' scripts, which JSDoc comments declare."""
    cache = str(Path(session.virtualenv.location).absolute() / "cache" / "npm")
    tsc = [f"--package=typescript@{TYPESCRIPT}", "--", "tsc", "--project", "jsconfig.json"]
    session.run("npm", "exec", "--yes", *tsc, env={"npm_config_cache": cache})


@nox.session
def pin(session: nox.Session) -> None:
    """Write the newest compatible versions to constraints.txt."""
    session.install("uv")
    groups = [f"--group={name}" for name in _pyproject()["dependency-groups"]]
    header = "--custom-compile-command=nox -s pin"
    session.run(
        "uv", "pip", "compile", "--universal", "--upgrade", "--no-annotate", header,
        "--output-file=constraints.txt", "--constraints=recipes/requirements.txt",
        "--all-extras", *groups, "pyproject.toml",
        silent=True,
    )  # fmt: skip


def _pyproject() -> dict:
    return nox.project.load_toml(ROOT / "pyproject.toml")


def _install(session: nox.Session, group: str) -> None:
    """Install the package and one dependency group, in the pinned versions."""
    cache = Path(session.virtualenv.location).absolute() / "cache"
    caches = {  # or they are written beside the sources, or to the home folder
        "MPLCONFIGDIR": str(cache / "matplotlib"),
        "PYTHONPYCACHEPREFIX": str(cache / "bytecode"),
        "PYTHONDONTWRITEBYTECODE": "",  # or every worker compiles Ray when it starts
    }
    session.env.update(caches)
    session.install("-c", "constraints.txt", "-e", ".[digits,quadratic]", *_group(group))


def _group(name: str) -> list[str]:
    return list(nox.project.dependency_groups(_pyproject(), name))


def _mirror(pages: Path, target: Path) -> None:
    """Copy the pages written by hand to where Sphinx reads them.

    Sphinx-Gallery and autosummary write generated pages beside those written by hand, so
    Sphinx reads copies in a folder of the build. Pages written by hand are MyST and
    generated ones are reStructuredText, so the suffix shows which to copy and to remove.
    """
    written = {page.relative_to(pages) for page in pages.rglob("*.md")}
    written = {page for page in written if page.parts[0] != BUILD.name}
    for page in target.rglob("*.md"):
        if page.relative_to(target) not in written:
            page.unlink()
    for page in written:
        (target / page).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(pages / page, target / page)  # with its time, which Sphinx compares


if __name__ == "__main__":
    nox.main()
