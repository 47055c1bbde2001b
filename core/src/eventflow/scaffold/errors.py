"""What can be wrong with making a plugin's project or bringing it up to date: EF150 to EF158."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from eventflow.errors import EventflowError, ExitCode

if TYPE_CHECKING:
    from pathlib import Path


class ScaffoldError(EventflowError):
    """A plugin's project cannot be made or brought up to date."""

    code = "EF150"
    exit_code = ExitCode.USAGE


class BadNameError(ScaffoldError):
    """A plugin cannot have this name."""

    code = "EF151"

    @classmethod
    def for_name(cls, name: str, why: str, suggestion: str | None) -> Self:
        """Say what is wrong with `name`, and give one that would do."""
        return cls.of(
            f'a plugin cannot be called "{name}"',
            detail=[why],
            fix=f'call it "{suggestion}"'
            if suggestion
            else "use letters, digits and -, as in acme",
        )


class NameTakenError(ScaffoldError):
    """Another plugin already has this name."""

    code = "EF152"

    @classmethod
    def for_name(cls, name: str, taken_by: str, suggestion: str) -> Self:
        """Say who has `name`, and give one that is free."""
        return cls.of(
            f'the name "{name}" is taken',
            detail=[taken_by],
            fix=f'choose another one, such as "{suggestion}"',
            command="eventflow plugins list",
        )


class FolderTakenError(ScaffoldError):
    """The folder for a new project holds something already."""

    code = "EF153"

    @classmethod
    def for_folder(cls, folder: Path) -> Self:
        """Name the folder."""
        return cls.of(
            f"{folder} is there already, and is not empty",
            fix="choose another folder with --into, or another name",
        )


class NoRendererError(ScaffoldError):
    """Neither copier nor uv is there to render the template."""

    code = "EF154"

    @classmethod
    def for_missing(cls) -> Self:
        """Say what brings it."""
        return cls.of(
            "copier, which renders the template, is not installed",
            detail=["uv would fetch it on the spot, but is not on PATH either"],
            fix="install it beside Eventflow",
            command='python -m pip install "eventflow-core[new]"',
        )


class NoGitError(ScaffoldError):
    """Git is not there; the template's versions are kept with it."""

    code = "EF155"

    @classmethod
    def for_missing(cls) -> Self:
        """Say why it is needed."""
        return cls.of(
            "git is not on PATH",
            detail=["it keeps the versions of the template, so that projects can be updated"],
            fix="install git",
        )


class RenderError(ScaffoldError):
    """Rendering or updating failed."""

    code = "EF156"
    exit_code = ExitCode.FAILED

    @classmethod
    def for_output(cls, program: str, said: str) -> Self:
        """Show the last lines of what the program said."""
        lines = [line for line in said.splitlines() if line.strip()]
        return cls.of(
            f"{program} failed",
            detail=lines[-6:],
            fix="mend what it says; without a network, install eventflow-core[new] beforehand",
        )


_SHOWN = "an update is shown as changes of the working tree, to look at and commit"
_COMMIT = 'git add --all && git commit --message "before the update"'


class NoProjectError(ScaffoldError):
    """A folder holds no project that can be updated."""

    code = "EF157"

    @classmethod
    def for_answers(cls, folder: Path) -> Self:
        """Say that the answers are missing."""
        return cls.of(
            f"{folder} is no project that `eventflow plugins new` made",
            detail=["its .copier-answers.yml is missing or names no version of the template"],
            fix="name the folder of the project",
        )

    @classmethod
    def for_changes(cls, folder: Path) -> Self:
        """Say that an update could not be told from the author's own changes."""
        return cls.of(
            f"{folder} has changes that are not committed",
            detail=[_SHOWN],
            fix="commit everything first",
            command=_COMMIT,
        )

    @classmethod
    def for_no_repository(cls, folder: Path) -> Self:
        """Say that nothing was ever committed."""
        return cls.of(
            f"{folder} is not kept in git",
            detail=[_SHOWN],
            fix="make it a git repository, and commit everything",
            command=f"git init && {_COMMIT}",
        )


class OldTemplateError(ScaffoldError):
    """The version of the template that a project was made from cannot be had."""

    code = "EF158"

    @classmethod
    def for_version(cls, version: str, why: str) -> Self:
        """Say where it comes from."""
        return cls.of(
            f"the project was made by the template of eventflow-core {version}, "
            "which is not on this machine",
            detail=[why],
            fix="fetch that wheel and name it: eventflow plugins update --from WHEEL",
            command=f"python -m pip download --no-deps eventflow-core=={version}",
        )
