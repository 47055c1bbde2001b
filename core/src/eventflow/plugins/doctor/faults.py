"""What the doctor finds in plugins that the host itself would not refuse: EF116 to EF141."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from eventflow.errors import ExitCode, nearest
from eventflow.plugins.errors import PluginError, show_command, words
from eventflow.plugins.index import CORE, GROUPS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventflow.errors import Location
    from eventflow.plugins.index import ComponentRef


def time_command(name: str) -> str:
    """The command that shows what an import costs."""
    return f"eventflow plugins time {name}"


def doctor_command(name: str) -> str:
    """The command that looks at one plugin again."""
    return f"eventflow plugins doctor {name}"


class SharedNameError(PluginError):
    """A plugin offers a component under a name that is another's already."""

    code = "EF116"

    @classmethod
    def for_ref(cls, ref: ComponentRef, others: Sequence[str]) -> Self:
        """Name the others; configurations must then write whose they mean."""
        return cls.of(
            f'{words(ref.kind)} "{ref.name}" is also provided by {", ".join(others)}',
            owner=ref.owner,
            fix=f'write "{ref.qualified}" in configurations; its author should rename it',
            command=show_command(ref.name),
        )

    @classmethod
    def for_official(cls, ref: ComponentRef, official: str) -> Self:
        """Say that the name is known as that of an official component."""
        return cls.of(
            f'{words(ref.kind)} "{ref.name}" has the name of one in {official}',
            owner=ref.owner,
            fix="its author should rename it: examples and answers about that name mean another",
            command=show_command(ref.qualified),
        )


class StrayEntryPointError(PluginError):
    """An entry point is in a group that does not exist, and so is never found."""

    code = "EF117"

    @classmethod
    def for_group(cls, owner: str, group: str, place: Location | None = None) -> Self:
        """Name the nearest group."""
        near = nearest(group, GROUPS)
        return cls.of(
            f'there is no entry-point group "{group}"',
            location=place,
            owner=owner,
            fix=f'rename it to "{near}"' if near else f"use one of {', '.join(GROUPS)}",
        )


class BadVersionError(PluginError):
    """A plugin's version or name is not what installers accept."""

    code = "EF118"

    @classmethod
    def for_version(cls, name: str, version: str, place: Location | None = None) -> Self:
        """Say what the version is."""
        return cls.of(
            f'"{version}" is no valid version of {name}',
            location=place,
            owner=f"{name} {version}",
            fix="its author should give it a version such as 1.0.0",
        )


class CrashError(PluginError):
    """Importing a plugin ended the process, or did not end."""

    code = "EF123"
    stage = "import"

    @classmethod
    def for_end(cls, owner: str, what: str, status: str, place: Location | None) -> Self:
        """Say how the process ended while it imported `what`."""
        return cls.of(
            f"importing {what} ended the whole process ({status})",
            location=place,
            owner=owner,
            fix="remove what ends the process, or upgrade or remove the plugin",
            command=f"uv pip uninstall {owner.partition(' ')[0]}",
        )

    @classmethod
    def for_hang(cls, owner: str, what: str, limit: float, place: Location | None) -> Self:
        """Say that importing `what` took longer than allowed."""
        return cls.of(
            f"importing {what} did not end within {limit:g} s",
            location=place,
            owner=owner,
            fix="move what waits (network, locks, sleep) out of the module into a method",
            command=f"uv pip uninstall {owner.partition(' ')[0]}",
        )


class UndocumentedError(PluginError):
    """A component has no docstring of its own."""

    code = "EF124"
    stage = "contract"

    @classmethod
    def for_class(cls, owner: str, name: str, place: Location | None) -> Self:
        """Say which class."""
        return cls.of(
            f"{name} has no docstring",
            location=place,
            owner=owner,
            fix="say in one line what it does, then its shapes, units and errors",
        )


class LooseConfigError(PluginError):
    """A `Config` accepts misspelt options, or can be changed after it was checked."""

    code = "EF125"
    stage = "contract"

    @classmethod
    def for_config(cls, owner: str, name: str, defect: str, place: Location | None) -> Self:
        """Say what it lets pass."""
        return cls.of(
            f"{name}.Config {defect}",
            location=place,
            owner=owner,
            fix="subclass eventflow.base.ComponentConfig, which forbids both",
        )


class MutableDefaultError(PluginError):
    """A default that can be changed in place, and so is shared by everything that uses it."""

    code = "EF126"
    stage = "contract"

    @classmethod
    def for_name(cls, owner: str, name: str, kind: str, place: Location | None) -> Self:
        """Say which default, and of what type it is."""
        return cls.of(
            f"the default of {name} is a {kind}, which can be changed in place",
            location=place,
            owner=owner,
            fix="use a tuple, a frozenset, or pydantic.Field(default_factory=...)",
        )


class SlowImportError(PluginError):
    """A module imports something heavy, or takes long, before anyone uses it."""

    code = "EF127"
    stage = "import"

    @classmethod
    def for_module(cls, owner: str, module: str, seconds: float, place: Location | None) -> Self:
        """Say what is imported and what it costs."""
        cost = f" ({seconds:.2f} s)" if seconds else ""
        return cls.of(
            f"it imports {module} at module level{cost}",
            location=place,
            owner=owner,
            fix=f"import {module} inside the method that needs it",
            command=time_command(owner.partition(" ")[0]),
        )

    @classmethod
    def for_own(cls, owner: str, what: str, seconds: float, place: Location | None) -> Self:
        """Say that the plugin's own module-level code takes long."""
        return cls.of(
            f"importing {what} takes {seconds:.2f} s",
            location=place,
            owner=owner,
            fix="move work from the module into the method that needs it",
            command=time_command(owner.partition(" ")[0]),
        )


class NoisyImportError(PluginError):
    """Importing a plugin prints."""

    code = "EF128"
    stage = "import"

    @classmethod
    def for_text(cls, owner: str, what: str, text: str, place: Location | None) -> Self:
        """Show the beginning of what it prints."""
        return cls.of(
            f"importing {what} prints {text!r}",
            location=place,
            owner=owner,
            fix="remove it, or use logging.getLogger(__name__).debug(...)",
        )


class MeddlingError(PluginError):
    """Importing a plugin changes something that belongs to the whole process."""

    code = "EF129"
    stage = "import"

    @classmethod
    def for_change(cls, owner: str, what: str, change: str, place: Location | None) -> Self:
        """Say what it changes."""
        return cls.of(
            f"importing {what} {change}",
            location=place,
            owner=owner,
            fix="a module should only define; do this in a method, or leave it to the program",
        )


class CollectingError(PluginError):
    """A component reads data while the plan is built."""

    code = "EF133"
    stage = "contract"

    @classmethod
    def for_call(cls, owner: str, method: str, call: str, place: Location) -> Self:
        """Say which call, in which method."""
        return cls.of(
            f"{method} calls {call}(), which reads data while the plan is built",
            location=place,
            owner=owner,
            fix="return lazy expressions: scan_* for read_*, no collect; `learn` gathers data",
        )


class ProjectError(PluginError):
    """A plugin project cannot be read, or offers nothing."""

    code = "EF140"

    @classmethod
    def missing(cls, path: str) -> Self:
        """There is no such file."""
        return cls.of(f"{path} is missing", fix="name the folder that has it")

    @classmethod
    def unreadable(cls, path: str, error: Exception) -> Self:
        """The file is no TOML, or may not be read."""
        return cls.of(f"{path} cannot be read: {error}", fix="mend the file")

    @classmethod
    def nameless(cls, path: str, place: Location | None) -> Self:
        """The file describes no project."""
        fix = 'add [project] with name = "acme-things"'
        return cls.of(f"{path} names no project", location=place, fix=fix)

    @classmethod
    def empty(cls, name: str, place: Location | None) -> Self:
        """No entry point is one of Eventflow's."""
        fix = 'add [project.entry-points."eventflow.steps"] with  name = "module:Class"'
        return cls.of(f"{name} offers nothing to Eventflow", location=place, fix=fix)

    @classmethod
    def unbound(cls, name: str, place: Location | None) -> Self:
        """It depends on no version of the host."""
        fix = f'add "{CORE}>=0.1,<0.2" to dependencies'
        message = f"{name} does not say which Eventflow it needs"
        return cls.of(message, location=place, fix=fix)


class NothingKnownError(PluginError):
    """A name given to a command of `eventflow plugins` is neither a plugin nor a folder."""

    code = "EF141"
    exit_code = ExitCode.USAGE

    @classmethod
    def for_name(cls, name: str, known: Sequence[str]) -> Self:
        """Name the nearest plugin."""
        near = nearest(name, known)
        return cls.of(
            f'no plugin "{name}" is installed, and no folder is called so',
            fix=f'did you mean "{near}"?' if near else "write a plugin's name, or a folder",
            command="eventflow plugins list",
        )


class ProbeError(PluginError):
    """The process that looks at plugins could not start."""

    code = "EF142"
    exit_code = ExitCode.FAILED

    @classmethod
    def for_output(cls, text: str, status: int | None) -> Self:
        """Show the end of what it said."""
        lines = [line for line in text.splitlines() if line and not line.startswith("import time:")]
        return cls.of(
            f"the process that looks at plugins did not start (exit code {status})",
            detail=lines[-3:],
            fix="see that this Python can import eventflow, and try again",
            command='python -c "import eventflow.plugins.doctor.probe"',
        )
