"""The versions of the template: a git repository in the user's cache, one tag for each.

copier updates a project by comparing what two versions of the template make of its answers, and
knows versions by the tags of a git repository. The wheel holds one version, as plain files; each
version that this machine has seen is kept in the repository, under the version of Eventflow it came
with. A version from elsewhere is taken from the wheel it was shipped in.
"""

from __future__ import annotations

import shutil
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZipFile, is_zipfile

from eventflow.plugins.index import core_version
from eventflow.scaffold.errors import OldTemplateError, RenderError
from eventflow.scaffold.programs import git, uv, uv_is_there

ADDRESS = "~/.cache/eventflow/plugin-template"
"""Where the repository is; projects remember it in this form, which holds for every user."""

PACKAGED = Path(__file__).parent / "template"
_INSIDE = "eventflow/scaffold/template"


def repository() -> Path:
    """Return the repository, made if there is none yet."""
    folder = Path(ADDRESS).expanduser()
    if not (folder / ".git").is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        git(folder, "init", "--quiet")
    return folder


def current() -> str:
    """Keep the template of this Eventflow and return its tag."""
    return keep(PACKAGED, core_version())


def keep(template: Path, version: str) -> str:
    """Put a template into the repository and return its tag.

    A template that changed without a new version, as it does while it is worked on, becomes
    ``vX.post1`` and so on; one that is there already keeps its tag.
    """
    folder = repository()
    with TemporaryDirectory(prefix="eventflow-template-") as aside:
        commit, tree = _committed(template, Path(aside))
        for number in count():
            tag = f"v{version}.post{number}" if number else f"v{version}"
            if not has(tag):
                git(folder, "fetch", "--quiet", aside, f"{commit}:refs/tags/{tag}")
                return tag
            if git(folder, "rev-parse", f"{tag}^{{tree}}") == tree:
                return tag
    raise AssertionError  # pragma: no cover - there is always a next number


def has(tag: str) -> bool:
    """Whether the repository holds a version."""
    return bool(git(repository(), "tag", "--list", tag))


def fetch(tag: str) -> None:
    """Get a version that is not in the repository from the wheel it was shipped in.

    Raises:
        OldTemplateError: EF158, the wheel cannot be had.
    """
    version = tag.removeprefix("v").partition(".post")[0]
    if not uv_is_there():
        raise OldTemplateError.for_version(version, "uv, which would fetch it, is not on PATH")
    with TemporaryDirectory(prefix="eventflow-wheel-") as folder:
        try:
            uv(
                "pip", "install", "--quiet", "--no-deps", "--target", folder,
                f"eventflow-core=={version}",
            )  # fmt: skip
        except RenderError as error:
            why = error.problems[0].detail[-1:] or ("uv could not fetch it",)
            raise OldTemplateError.for_version(version, why[0]) from error
        keep_shipped(Path(folder), tag)


def keep_shipped(place: Path, tag: str) -> None:
    """Put the template of a wheel, or of a folder that a wheel was unpacked into, under a tag.

    Raises:
        OldTemplateError: EF158, there is no template in it.
    """
    version = tag.removeprefix("v")
    with TemporaryDirectory(prefix="eventflow-wheel-") as folder:
        if is_zipfile(place):
            with ZipFile(place) as wheel:
                wheel.extractall(folder)
            place = Path(folder)
        template = place / _INSIDE
        if not (template / "copier.yml").is_file():
            raise OldTemplateError.for_version(version, f"there is no template in {place}")
        keep(template, version)


def _committed(template: Path, aside: Path) -> tuple[str, str]:
    """Commit a template to a repository of its own; return commit and tree."""
    shutil.copytree(template, aside, dirs_exist_ok=True)
    git(aside, "init", "--quiet")
    git(aside, "add", "--all", "--force")
    git(aside, "-c", "commit.gpgsign=false", "commit", "--quiet", "--message", "template")
    return git(aside, "rev-parse", "HEAD"), git(aside, "rev-parse", "HEAD^{tree}")
