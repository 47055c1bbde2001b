"""Making a plugin's project from the template."""

from __future__ import annotations

import getpass
import shutil
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

from eventflow.plugins.index import core_version, installed
from eventflow.scaffold import versions
from eventflow.scaffold.errors import FolderTakenError
from eventflow.scaffold.names import Names, check_free, names_of
from eventflow.scaffold.programs import copier

if TYPE_CHECKING:
    from pathlib import Path

    from eventflow.scaffold.names import Template

License = Literal["MIT", "Apache-2.0", "BSD-3-Clause"]


@dataclass(frozen=True, slots=True)
class Project:
    """A project that was made.

    Attributes:
        names: Its names.
        folder: Where it is.
        template: Version of the template.
        files: What is in it, relative to the folder.
    """

    names: Names
    folder: Path
    template: str
    files: tuple[str, ...]


def new_project(
    template: Template, name: str, *, into: Path, author: str | None, license_: License
) -> Project:
    """Make a project in a folder of its own.

    Args:
        template: What the plugin provides.
        name: What it is called; see `eventflow.scaffold.names`.
        into: Folder that gets the project's folder.
        author: Who holds the copyright; by default who git says the user is.
        license_: Its licence.

    Raises:
        ScaffoldError: EF151 to EF156: name or folder cannot be used, or a program is missing.
    """
    names = names_of(template, name)
    check_free(names, installed())
    folder = into / names.distribution
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise FolderTakenError.for_folder(folder)
    tag = versions.current()
    answers = _answers(names, author or _author(), license_)
    data = [f"--data={key}={value}" for key, value in answers.items()]
    target = str(folder.absolute())
    source = versions.ADDRESS
    copier("copy", "--quiet", "--defaults", f"--vcs-ref={tag}", *data, source, target)
    files = sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())
    return Project(names=names, folder=folder, template=tag, files=tuple(files))


def _answers(names: Names, author: str, license_: License) -> dict[str, str]:
    lowest, following = host_range(core_version())
    return {
        "kind": names.template,
        "name": names.component,
        "distribution": names.distribution,
        "package": names.package,
        "class_name": names.class_name,
        "author": author,
        "license": license_,
        "year": str(datetime.now(UTC).year),
        "host_min": lowest,
        "host_next": following,
    }


def host_range(version: str) -> tuple[str, str]:
    """Return the versions of the host that fit: from this minor one to before the next break.

    Before 1.0 every minor version may break: ``0.3.1`` gives ``0.3`` and ``0.4``; ``1.4.0`` gives
    ``1.4`` and ``2``.
    """
    major, minor = (int(part) for part in f"{version}.0".split(".")[:2])
    following = f"0.{minor + 1}" if major == 0 else str(major + 1)
    return f"{major}.{minor}", following


def _author() -> str:
    """Ask git who the user is, else the system."""
    git = shutil.which("git")
    if git is not None:
        asked = subprocess.run(  # noqa: S603 - no shell, fixed words
            [git, "config", "user.name"], capture_output=True, encoding="utf-8", check=False
        )
        if asked.stdout.strip():
            return asked.stdout.strip()
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "the authors"
