"""What can be wrong with how the contract kit is used: EF170 to EF173."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from eventflow.errors import EventflowError, ExitCode, Problem, nearest, text_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping


class ContractTermsError(EventflowError):
    """A contract names something that the kit does not know, or leaves out a reason."""

    code = "EF170"
    exit_code = ExitCode.USAGE

    @classmethod
    def for_unknown(cls, what: str, name: str, known: Iterable[str]) -> Self:
        """Name the nearest of what is known."""
        known = sorted(known)
        near = nearest(name, known)
        return cls.of(
            f'there is no {what} "{name}"',
            detail=() if near else [f"known: {', '.join(known)}"],
            fix=f'did you mean "{near}"?'
            if near
            else f"name a {what} that exists, or leave it out",
        )

    @classmethod
    def for_exclusions(cls, exclude: Mapping[str, str], applying: Iterable[str]) -> Self | None:
        """Return what is wrong with exclusions, all at once; None if nothing is."""
        problems = tuple(_exclusion_problems(exclude, tuple(applying), cls.code))
        return cls(*problems) if problems else None

    @classmethod
    def for_level(cls, level: int, newest: int) -> Self:
        """Say which levels there are."""
        return cls.of(
            f"there is no contract level {level}",
            detail=[f"this kit knows the levels 1 to {newest}"],
            fix="declare a level that exists, or upgrade eventflow-core",
        )

    @classmethod
    def for_data(cls, what: str, error: Exception) -> Self:
        """Say that the data given cannot become an event frame."""
        return cls.of(
            f"the {what} cannot become an event frame: {text_of(error)[:300]}",
            fix="give an EventFrame, a Polars frame, or a mapping of column name to values",
        )


def _exclusion_problems(
    exclude: Mapping[str, str], applying: tuple[str, ...], code: str
) -> Iterator[Problem]:
    for name, reason in exclude.items():
        if name not in applying:
            near = nearest(name, applying)
            yield Problem(
                code=code,
                message=f'exclusion "{name}" is no check that applies here',
                fix=f'did you mean "{near}"?' if near else "take the exclusion out",
            )
        elif not str(reason).strip():
            yield Problem(
                code=code,
                message=f'exclusion "{name}" has no reason',
                fix="say why the law cannot hold; users read it in the conformance report",
            )


class MissingExtraError(EventflowError):
    """The contract kit needs what the extra `testing` installs."""

    code = "EF171"
    exit_code = ExitCode.USAGE

    @classmethod
    def for_missing(cls, module: str) -> Self:
        """Say which module is missing."""
        return cls.of(
            f"eventflow.testing needs {module}, which is not installed",
            fix="install the extra in the environment of your tests",
            command='python -m pip install "eventflow-core[testing]"',
        )


class UnknownDistributionError(EventflowError):
    """The distribution to judge is not installed, or offers no component."""

    code = "EF172"
    exit_code = ExitCode.USAGE

    @classmethod
    def for_name(cls, name: str, known: Iterable[str]) -> Self:
        """Name the nearest plugin."""
        known = sorted(known)
        near = nearest(name, known)
        return cls.of(
            f'no installed plugin is called "{name}"',
            detail=[f"plugins here: {', '.join(known)}"],
            fix=f'did you mean "{near}"?'
            if near
            else "install it first, for example: pip install -e .",
        )

    @classmethod
    def for_folder(cls, folder: str) -> Self:
        """Say that a folder does not tell which distribution is meant."""
        return cls.of(
            f"{folder} has no pyproject.toml with a [project] name",
            fix="name the distribution: pytest --eventflow-contract=NAME",
        )


class ContractTableError(EventflowError):
    """``[tool.eventflow.contract]`` says something the kit cannot use."""

    code = "EF173"
    exit_code = ExitCode.USAGE

    @classmethod
    def for_key(cls, key: str, known: Iterable[str]) -> Self:
        """Name the nearest key."""
        known = sorted(known)
        near = nearest(key.rpartition(".")[2], known)
        return cls.of(
            f"[tool.eventflow.contract] has an unknown key {key}",
            detail=[f"known: {', '.join(known)}"],
            fix=f'did you mean "{near}"?' if near else "take the key out",
        )

    @classmethod
    def for_component(cls, kind: str, name: str, offered: Iterable[str]) -> Self:
        """Say that the table speaks of a component that the distribution does not offer."""
        return cls.of(
            f"[tool.eventflow.contract.{kind}.{name}] speaks of no component of the distribution",
            detail=[f"it offers: {', '.join(sorted(offered))}"],
            fix="rename or remove the table",
        )
