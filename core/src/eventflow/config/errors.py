"""Everything that can be wrong with a configuration, one class for each code.

A configuration is checked to the end and its problems are raised together, as one `ConfigError`.
The classes here build those problems; a class's docstring is its page in the documentation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from eventflow.errors import Edit, EventflowError, ExitCode, Problem

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from eventflow.config.model import Origin, Use
    from eventflow.config.tree import Span


class ConfigError(EventflowError):
    """A configuration has problems; all of them are in `problems`, sorted by place."""

    code = "EF200"
    exit_code = ExitCode.USAGE

    @classmethod
    def problem(  # noqa: PLR0913 - every field is optional and keyword-only
        cls,
        message: str,
        span: Span | None,
        *,
        key: str | None = None,
        owner: str | None = None,
        fix: str | None = None,
        command: str | None = None,
        detail: Sequence[str] = (),
        replacement: str | None = None,
        edits: Sequence[Edit] = (),
    ) -> Problem:
        """Build a problem with this class's code, at a place."""
        return Problem(
            code=cls.code,
            message=message,
            location=span.location if span else None,
            key=key,
            owner=owner,
            fix=fix,
            command=command,
            detail=tuple(detail),
            replacement=replacement if span else None,
            edits=tuple(edits),
        )


class PluginNeededError(ConfigError):
    """The configuration is sound; what it needs is not installed, or does not work."""

    exit_code = ExitCode.PLUGIN


class UnknownKeyError(ConfigError):
    """A key that pipelines do not have: misspelt, or at the wrong level."""

    code = "EF202"


class UnknownOptionError(ConfigError):
    """An option that the named component does not have; its own options sit beside ``use``."""

    code = "EF203"


class MissingError(ConfigError):
    """A key or option that must be there is not."""

    code = "EF204"


class WrongTypeError(ConfigError):
    """A value of the wrong kind: a list where a mapping belongs, text where a number does."""

    code = "EF205"

    @classmethod
    def expected(  # noqa: PLR0913 - what, found and how to mend it
        cls,
        key: str,
        wanted: str,
        found: str,
        span: Span | None,
        *,
        fix: str | None = None,
        replacement: str | None = None,
        edits: Sequence[Edit] = (),
    ) -> Problem:
        """Say what belongs there and what was found."""
        return cls.problem(
            f'"{key}" must be {wanted}, not {found}',
            span,
            key=key,
            fix=fix,
            replacement=replacement,
            edits=edits,
        )


class BadValueError(ConfigError):
    """A value of the right kind that is not allowed: out of range, or not one of the choices."""

    code = "EF206"


class BadDateError(ConfigError):
    """A date or time that does not exist or is not written as ISO 8601."""

    code = "EF207"


class NoComponentError(ConfigError):
    """A part of the pipeline that does not say which component to use."""

    code = "EF208"


class UnreadableFileError(ConfigError):
    """A configuration file that is missing, is a directory, may not be read, or is not text."""

    code = "EF210"


class SyntaxProblemError(ConfigError):
    """Text that is not YAML (or JSON): indentation, a bracket, a quote or a colon is wrong."""

    code = "EF211"


class TabIndentError(ConfigError):
    """Tabs in the indentation; YAML allows only spaces."""

    code = "EF212"


class DuplicateKeyError(ConfigError):
    """One key twice in one mapping; YAML readers would silently keep the last."""

    code = "EF213"

    @classmethod
    def twice(cls, key: object, first: Span, second: Span, edits: Sequence[Edit]) -> Problem:
        """Name both places."""
        return cls.problem(
            f'key "{key}" is written twice',
            second,
            key=str(key),
            detail=(f"first written at {first.location}",),
            fix="remove one of the two",
            edits=edits,
        )


class NotSupportedError(ConfigError):
    """YAML beyond plain data: tags, several documents, values that contain themselves."""

    code = "EF214"


class EmptyConfigError(ConfigError):
    """A configuration file without anything in it."""

    code = "EF215"


class BadReferenceError(ConfigError):
    """A ``${…}`` that is neither ``${env:NAME}`` nor ``${file:PATH}``, is open, or is nested."""

    code = "EF220"


class UnsetVariableError(ConfigError):
    """``${env:NAME}`` names an environment variable that is not set."""

    code = "EF221"


class UnreadableReferenceError(ConfigError):
    """``${file:PATH}`` names a file that cannot be read."""

    code = "EF222"


class IncludeError(ConfigError):
    """An included file that cannot be included."""

    code = "EF230"


class IncludeCycleError(ConfigError):
    """Files that include each other in a circle."""

    code = "EF231"


class OverrideError(ConfigError):
    """A ``--set`` that is not ``path.to.key=value``, or whose path leads nowhere."""

    code = "EF240"


def raised(problems: Iterable[Problem], of_plugins: Collection[Problem] = ()) -> ConfigError:
    """Make one error of many problems, sorted by place.

    Args:
        problems: At least one.
        of_plugins: Those of them that a missing or broken plugin causes; when nothing else is
            wrong, the error ends the command line with exit code 4.
    """
    ordered = in_order(problems)
    only_plugins = all(problem in of_plugins for problem in ordered)
    return (PluginNeededError if only_plugins else ConfigError)(*ordered)


def in_order(problems: Iterable[Problem]) -> list[Problem]:
    """Sort problems by file and place, those without a place last; drop exact repetitions."""
    unique = list(dict.fromkeys(problems))
    return sorted(unique, key=_place)


def _place(problem: Problem) -> tuple[bool, str, int, int]:
    at = problem.location
    return (True, "", 0, 0) if at is None else (False, at.file, at.line, at.column)


class RecipeCycleError(ConfigError):
    """A recipe uses itself, at once or through others."""

    code = "EF162"

    @classmethod
    def for_use(cls, use: Use, origin: Origin) -> Problem:
        """Name every recipe of the circle, at the line that closes it."""
        circle = [*use.recipes[use.recipes.index(origin) :], origin]
        span = use.section.get("use")
        return cls.problem(
            f"recipes use each other: {' -> '.join(o.name for o in circle)}",
            span.span if span else None,
            key=use.key,
            owner=use.recipes[-1].owner or None,
            fix=f'take "{use.name}" out of the steps of "{use.recipes[-1].name}"',
        )


class TooManyStepsError(ConfigError):
    """Recipes that use recipes stand for more steps than any plan should have."""

    code = "EF169"

    @classmethod
    def for_use(cls, use: Use, most: int) -> Problem:
        """Name the recipe with which they became too many."""
        span = use.section.get("use")
        return cls.problem(
            f'with "{use.name}", recipes stand for more than {most:,} steps',
            span.span if span else None,
            key=use.key,
            fix="use fewer recipes, or recipes of fewer steps",
        )
