"""Bringing a project up to date with the template, keeping its author's changes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from eventflow.scaffold import versions
from eventflow.scaffold.errors import NoProjectError, RenderError
from eventflow.scaffold.programs import copier, git

if TYPE_CHECKING:
    from pathlib import Path

ANSWERS = ".copier-answers.yml"
_COMMIT = re.compile(r"^_commit: ['\"]?(v[\w.+!-]+)['\"]?\s*$", re.MULTILINE)
_CONFLICTS = {"UU", "AA", "DU", "UD"}


@dataclass(frozen=True, slots=True)
class Update:
    """What an update did.

    Attributes:
        folder: The project.
        before: Version of the template it was made from.
        after: Version it is at now.
        changed: Files that changed, to be looked at and committed.
        conflicts: Those of them where the author's and the template's changes meet.
    """

    folder: Path
    before: str
    after: str
    changed: tuple[str, ...] = ()
    conflicts: tuple[str, ...] = ()


def update_project(folder: Path, *, shipped: Path | None = None) -> Update:
    """Bring a project up to date, by three-way merge.

    Args:
        folder: The project, in git and with everything committed.
        shipped: Wheel of the Eventflow that made it, where this machine does not have it.

    Raises:
        NoProjectError: EF157, it is no project of ours, or has changes that are not committed.
        OldTemplateError: EF158, the template it was made from cannot be had.
        RenderError: EF156, copier failed.
    """
    before = _made_from(folder)
    _require_committed(folder)
    if not versions.has(before):
        if shipped is not None:
            versions.keep_shipped(shipped, before)
        else:
            versions.fetch(before)
    after = versions.current()
    if after == before:
        return Update(folder, before, after)
    copier(
        "update", "--quiet", "--defaults", "--conflict=inline", f"--vcs-ref={after}",
        str(folder.absolute()),
    )  # fmt: skip
    status = git(folder, "status", "--porcelain", "--untracked-files=all", ".").splitlines()
    found = [(line.strip().partition(" ")[0], line.strip().partition(" ")[2]) for line in status]
    return Update(
        folder,
        before,
        after,
        changed=tuple(name.strip() for _, name in found),
        conflicts=tuple(name.strip() for state, name in found if state in _CONFLICTS),
    )


def _made_from(folder: Path) -> str:
    try:
        answers = (folder / ANSWERS).read_text(encoding="utf-8")
    except OSError:
        raise NoProjectError.for_answers(folder) from None
    found = _COMMIT.search(answers)
    if found is None:
        raise NoProjectError.for_answers(folder)
    return found[1]


def _require_committed(folder: Path) -> None:
    try:
        status = git(folder, "status", "--porcelain", ".")
        git(folder, "rev-parse", "--verify", "--quiet", "HEAD")
    except RenderError:
        raise NoProjectError.for_no_repository(folder) from None
    if status:
        raise NoProjectError.for_changes(folder)
