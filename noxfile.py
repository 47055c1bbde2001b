"""Every developer task. `uv run nox` runs the default ones; `uv run nox --list` tells them all.

Packages are tested as users get them: their wheels are built once, installed into a fresh
environment with the versions the root `pyproject.toml` pins, and only then tested. No session sees
a `src` folder, except the type checker.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nox
from packaging.requirements import Requirement

if TYPE_CHECKING:
    from collections.abc import Iterator

nox.needs_version = ">=2026.2"
nox.options.default_venv_backend = "uv"
nox.options.download_python = "never"
nox.options.error_on_missing_interpreters = False

ROOT = Path(__file__).parent
BENCH = ROOT / "tests" / "bench"
WHEELS = ROOT / ".nox" / "wheels"
SUPPORTED = ("3.11", "3.12", "3.13")
BASE = f"{sys.version_info.major}.{sys.version_info.minor}"
OTHERS = [version for version in SUPPORTED if version != BASE]
USED = ("tests/journeys", "tests/docs")  # what a user does, and what the documents show
PEERS = {
    "checkers": ("pandera[polars]", "pointblank", "dataframely", "pyarrow"),
    "great-expectations": ("great_expectations", "pyarrow"),
    "faststream": ("faststream[redis,nats]",),
    "featuretools": ("featuretools", "pandas<3", "setuptools<81", "pyarrow", "polars"),
    "mlflow": ("mlflow>=3.5",),
    "spatial": ("geopandas", "polars-st", "duckdb==1.5.5", "duckdb-extension-spatial==1.5.5"),
}
"""What the benchmarks compare with, in environments of their own."""
WORKSPACE = nox.project.load_toml(ROOT / "pyproject.toml")


def _project(folder: Path) -> dict[str, Any]:
    project: dict[str, Any] = nox.project.load_toml(folder / "pyproject.toml")["project"]
    return project


def _members() -> dict[str, Path]:
    """Return distribution name → folder, for every package of the workspace."""
    patterns = WORKSPACE["tool"]["uv"]["workspace"]["members"]
    files = chain.from_iterable(ROOT.glob(f"{pattern}/pyproject.toml") for pattern in patterns)
    return {_project(file.parent)["name"]: file.parent for file in sorted(files)}


MEMBERS = _members()
PACKAGES = sorted(MEMBERS)


def _needed(package: str) -> set[str]:
    """Return the package and the workspace packages it declares, however deep."""
    names = (Requirement(line).name for line in _project(MEMBERS[package])["dependencies"])
    return {package}.union(*(_needed(name) for name in names if name in MEMBERS))


def _offer_pyenv_interpreters() -> None:
    """Let each interpreter that pyenv keeps answer to its name; its shims hide all but one."""
    pyenv = shutil.which("pyenv")
    if pyenv is None:
        return
    command = [pyenv, "versions", "--bare"]
    listed = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - no shell, fixed words
    wanted = tuple(f"{version}." for version in SUPPORTED)
    kept = [version for version in listed.stdout.split() if version.startswith(wanted)]
    chosen = os.environ.get("PYENV_VERSION", "").split(":")
    os.environ["PYENV_VERSION"] = ":".join(filter(None, [*chosen, *kept]))


_offer_pyenv_interpreters()
PRESENT = [v for v in SUPPORTED if v == BASE or shutil.which(f"python{v}")]
OLDEST, NEWEST = PRESENT[0], PRESENT[-1]
ENDS = [v for v in (OLDEST, NEWEST) if v != BASE] or OTHERS[-1:]  # what lies between is asked for
AGAIN = [f"interpreters-{version}" for version in dict.fromkeys(ENDS)]
nox.options.sessions = ["lint", "types", "tests", *AGAIN, "journeys", "docs"]


def _install(session: nox.Session, *packages: str, group: str) -> None:
    """Install the wheels of these packages and a dependency group, at the pinned versions.

    Packages of the workspace that the group names are installed as wheels too.
    """
    pinned = Path(session.create_tmp()) / "pinned.txt"
    pinned.write_text(
        "\n".join(WORKSPACE["tool"]["uv"]["constraint-dependencies"]), encoding="utf-8"
    )
    extras = nox.project.dependency_groups(WORKSPACE, group)
    own = {name for name in (Requirement(line).name for line in extras) if name in MEMBERS}
    names = set[str]().union(*(_needed(package) for package in (*packages, *own)))
    wheels = [next(WHEELS.glob(f"{name.replace('-', '_')}-*.whl")) for name in sorted(names)]
    others = [line for line in extras if Requirement(line).name not in own]
    session.install("--constraint", str(pinned), *map(str, wheels), *others)


def _pytest(session: nox.Session, *arguments: Path | str) -> None:
    """Run tests against what is installed; pytest's own closing line tells how many ran.

    A process per core, and a file's tests in one of them, as they share what is slow to make.
    """
    settings = ("-c", str(ROOT / "pyproject.toml"), "-n", "auto", "--dist", "loadfile")
    session.run("pytest", *settings, *map(str, arguments), *session.posargs)


@nox.session(python=False)
def wheels(session: nox.Session) -> None:
    """Build the wheel of every package."""
    shutil.rmtree(WHEELS, ignore_errors=True)
    session.run("uv", "build", "--quiet", "--wheel", "--all-packages", "--out-dir", str(WHEELS))


@nox.session(python=BASE)
def lint(session: nox.Session) -> None:
    """Check style, format and the house rules."""
    _install(session, group="lint")
    session.run("ruff", "check", *session.posargs)
    session.run("ruff", "format", "--check")
    session.run("python", "tools/house_rules.py")


@nox.session(python=BASE, requires=["wheels"])
def types(session: nox.Session) -> None:
    """Check types, strictly, of everything there is."""
    _install(session, *PACKAGES, group="types")
    session.run("mypy", *(session.posargs or ["."]))
    if not session.posargs:
        _pytest(session, ROOT / "tests" / "typing")


@nox.session(python=BASE, requires=["wheels"])
@nox.parametrize("package", PACKAGES, ids=PACKAGES)
def tests(session: nox.Session, package: str) -> None:
    """Test a package's wheel alone with core and what else it declares.

    What its tests need beyond those of all, a server for one, is a group of the package's name.
    """
    own = package.removeprefix("eventflow-")
    groups = WORKSPACE["dependency-groups"]
    _install(session, package, group=own if own in groups else "test")
    _pytest(session, MEMBERS[package] / "tests")


@nox.session(python=OTHERS, requires=["wheels"])
def interpreters(session: nox.Session) -> None:
    """Test all packages together on another Python; skipped where it is not installed.

    Those whose tests need a group of their own are tested on one Python.
    """
    groups = WORKSPACE["dependency-groups"]
    _install(session, *PACKAGES, group="test")
    plain = [p for p in PACKAGES if p.removeprefix("eventflow-") not in groups]
    _pytest(session, *(MEMBERS[package] / "tests" for package in plain))


@nox.session(python=BASE, requires=["wheels"])
def journeys(session: nox.Session) -> None:
    """Test across packages: what a user does, and that the documentation is true."""
    _install(session, *PACKAGES, group="test")
    _pytest(session, ROOT / "tests", f"--ignore={BENCH}")


@nox.session(python=BASE, requires=["wheels"])
def faults(session: nox.Session) -> None:
    """Break servers, networks, disks and processes, at length; write the figures of the docs."""
    _install(session, *PACKAGES, group="test")
    figures = Path(session.create_tmp()).absolute() / "figures.jsonl"
    figures.unlink(missing_ok=True)
    env = {"EVENTFLOW_FAULTS": "long", "EVENTFLOW_FAULTS_FIGURES": str(figures)}
    settings = ("-c", str(ROOT / "pyproject.toml"), "--durations=5")
    session.run("pytest", *settings, str(ROOT / "tests" / "faults"), *session.posargs, env=env)
    if not session.posargs:  # else they are not all there
        session.run("python", str(ROOT / "tests" / "faults" / "figures.py"), str(figures))


def _declared(folder: Path) -> list[str]:
    """Return what a package says it needs, its extras included."""
    project = _project(folder)
    return [*project["dependencies"], *chain(*project.get("optional-dependencies", {}).values())]


def _unpinned(session: nox.Session, *options: str) -> None:
    """Install all wheels and what they declare, the pins left aside; then use them as users do.

    uv reads the pins of a workspace that it is called in, so it is called elsewhere.
    """
    declared = (line for folder in MEMBERS.values() for line in _declared(folder))
    needed = sorted({line for line in declared if Requirement(line).name not in MEMBERS})
    tools = nox.project.dependency_groups(WORKSPACE, "test")
    with session.chdir(session.create_tmp()):
        session.install(*options, *map(str, sorted(WHEELS.glob("*.whl"))), *needed, *tools)
    _pytest(session, *(ROOT / folder for folder in USED))


@nox.session(python=OLDEST, requires=["wheels"])
def lowest(session: nox.Session) -> None:
    """Use it with the lowest version that each package allows of each dependency."""
    _unpinned(session, "--resolution", "lowest-direct")


@nox.session(python=NEWEST, requires=["wheels"])
def newest(session: nox.Session) -> None:
    """Use it with the newest release of everything, as who installs today gets it."""
    _unpinned(session, "--upgrade")


@nox.session(python=BASE, requires=["wheels"])
def docs(session: nox.Session) -> None:
    """Build the site, where a warning is an error, and test what was built."""
    _install(session, *PACKAGES, group="docs")
    session.run("sphinx-build", "-W", "-n", "-q", "-E", "docs", "docs/_build/html")
    _pytest(session, ROOT / "docs" / "tests")


@nox.session(python=BASE, requires=["wheels"])
def bench(session: nox.Session) -> None:
    """Measure, as ratios in one run; not part of the default."""
    _install(session, *PACKAGES, group="bench")
    peers = Path(session.create_tmp()).absolute() / "peers"
    session.run("uv", "venv", "--quiet", "--clear", str(peers))
    names = ("datasette", "kedro", "llm")
    session.run("uv", "pip", "install", "--quiet", "--python", str(peers), *names)
    path = os.pathsep.join([session.bin, str(peers / "bin"), os.environ["PATH"]])
    others = os.pathsep.join(_peers(session, peers.parent))
    env = {"PATH": path, "EVENTFLOW_BENCH_PEERS": others}
    session.run("python", str(BENCH / "run.py"), *session.posargs, env=env)


def _peers(session: nox.Session, folder: Path) -> Iterator[str]:
    """Install what others do the same work with, and yield the interpreters that have it."""
    for name, packages in PEERS.items():
        place = folder / name
        session.run("uv", "venv", "--quiet", "--clear", str(place))
        into = ("--quiet", "--directory", place.anchor, "--python", str(place))
        session.run("uv", "pip", "install", *into, *packages)  # their versions, not ours
        yield str(place / "bin" / "python")


@nox.session(python=BASE, requires=["wheels"])
def template(session: nox.Session) -> None:
    """Try out new plugins of every kind, or of those named: render, build, tox, install, run."""
    _install(session, "eventflow-core", group="template")
    projects = Path(session.create_tmp()).absolute() / "projects"
    session.run(
        "python", str(ROOT / "tests/template/try_out.py"), str(projects), *session.posargs,
        env={"UV_FIND_LINKS": str(WHEELS)},
    )  # fmt: skip


@nox.session(python=False)
def lock(session: nox.Session) -> None:
    """Pin what the workspace may install; `nox -s lock -- --upgrade` renews every version."""
    session.run("python", "tools/lock.py", *session.posargs)


@nox.session(python=BASE)
def changelog(session: nox.Session) -> None:
    """Show the next changelog of each package; `nox -s changelog -- --yes` writes it."""
    _install(session, group="changelog")
    mode = session.posargs or ["--draft"]
    for name, folder in MEMBERS.items():
        version = str(_project(folder)["version"])
        place = ("--config", str(ROOT / "pyproject.toml"), "--dir", str(folder))
        session.run("towncrier", "build", *place, "--name", name, "--version", version, *mode)
