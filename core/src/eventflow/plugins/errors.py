"""What can be wrong with plugins and with what is asked of them: EF110 to EF132, and EF201."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from eventflow.errors import EventflowError, ExitCode, facts_of, nearest
from eventflow.plugins.index import normalized
from eventflow.plugins.known import KNOWN, OFFICIAL

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from eventflow.plugins.index import ComponentRef, IndexedPlugin, Role
    from eventflow.plugins.info import Quarantine, Stage


def show_command(name: str) -> str:
    """The command that shows a plugin or component."""
    return f"eventflow plugins show {name}"


def doctor_command(distribution: str) -> str:
    """The command that looks at a plugin, and says where in its source a fault is."""
    return f"eventflow plugins doctor {distribution}"


def reinstall_command(distribution: str) -> str:
    """The command that installs a distribution anew, with everything it needs."""
    return f"uv pip install --reinstall {distribution}"


def words(kind: Role) -> str:
    """A kind as written in a sentence: ``context join``."""
    return kind.replace("_", " ")


class PluginError(EventflowError):
    """A plugin that is needed cannot serve.

    Attributes:
        stage: Where it failed.
    """

    code = "EF100"
    exit_code = ExitCode.PLUGIN
    stage: Stage = "index"

    @property
    def reason(self) -> str:
        """Why, in one line."""
        problem = self.problems[0]
        return problem.detail[0] if problem.detail else problem.message

    def quarantine(self, subject: str) -> Quarantine:
        """Describe the failure as something set aside."""
        from eventflow.plugins.info import Quarantine  # noqa: PLC0415 - delayed: only on failure

        problem = self.problems[0]
        return Quarantine(
            subject, self.stage, problem.code, self.reason, problem.fix, problem.command
        )


class IncompatiblePluginError(PluginError):
    """A plugin demands another version of core."""

    code = "EF110"
    stage = "compatible"

    @classmethod
    def for_plugin(cls, plugin: IndexedPlugin, demand: str, core_version: str) -> Self:
        """Say what `plugin` demands and what is there."""
        return cls.of(
            f"{plugin.name} {plugin.version} does not fit this version of Eventflow",
            detail=[f"needs eventflow-core {demand}, this is {core_version}"],
            owner=f"{plugin.name} {plugin.version}",
            fix="install a version of the plugin that fits",
            command=f"uv add --upgrade-package {plugin.name} {plugin.name}",
        )


class UnreadablePluginError(PluginError):
    """A plugin's metadata cannot be read."""

    code = "EF111"
    stage = "index"

    @classmethod
    def for_plugin(cls, plugin: IndexedPlugin) -> Self:
        """Say what is wrong with the metadata of `plugin`."""
        return cls.of(
            f"the metadata of {plugin.name} {plugin.version} is damaged",
            detail=[plugin.defect or "its metadata cannot be read"],
            owner=f"{plugin.name} {plugin.version}",
            fix="reinstall it, or report it to its author",
            command=reinstall_command(plugin.name),
        )


class AmbiguousComponentError(EventflowError):
    """Two plugins provide a component of one name."""

    code = "EF112"
    exit_code = ExitCode.USAGE

    @classmethod
    def for_name(cls, kind: Role, name: str, claimants: Sequence[ComponentRef]) -> Self:
        """Name the claimants, and the qualified names to choose from."""
        choices = ", ".join(f'"{ref.qualified}"' for ref in claimants)
        return cls.of(
            f'{len(claimants)} plugins provide {words(kind)} "{name}"',
            detail=[f"provided by {', '.join(ref.owner for ref in claimants)}"],
            fix=f"write the qualified name: {choices}",
            command=show_command(name),
        )


class UnknownListedError(EventflowError):
    """A list of plugins to allow or leave out holds a name that nothing installed has."""

    code = "EF113"
    exit_code = ExitCode.USAGE

    @classmethod
    def for_name(cls, name: str, where: str, known: Iterable[str]) -> Self:
        """Name the list and the nearest installed name."""
        near = nearest(name, known)
        return cls.of(
            f'{where}: nothing installed is called "{name}"',
            fix=f'did you mean "{near}"?' if near else "remove it from the list",
            command="eventflow plugins list",
        )


class SetAsidePluginsError(PluginError):
    """Strict mode: plugins were set aside."""

    code = "EF114"

    @classmethod
    def for_quarantines(cls, quarantines: Sequence[Quarantine]) -> Self:
        """List what was set aside."""
        return cls.of(
            f"{len(quarantines)} set aside, and strict mode allows none",
            detail=[f"{q.code} {q.subject}: {q.reason}" for q in quarantines],
            fix="mend or remove them, or leave out strict mode",
            command="eventflow plugins list",
        )


class DeniedComponentError(PluginError):
    """A component is needed that the lists of plugins leave out."""

    code = "EF115"
    stage = "select"

    @classmethod
    def for_ref(cls, ref: ComponentRef) -> Self:
        """Say what leaves `ref` out."""
        return cls.of(
            f'{words(ref.kind)} "{ref.name}" is left out',
            detail=["by --without, or by a list of plugins to allow or to leave out"],
            owner=ref.owner,
            fix="allow it (plugins.allow, EVENTFLOW_PLUGINS_ALLOW) or do not leave it out "
            "(--without, plugins.deny, EVENTFLOW_PLUGINS_DENY)",
            command="eventflow plugins list",
        )


class BrokenPluginError(PluginError):
    """A component's module cannot be imported, or lacks what its entry point names."""

    code = "EF120"
    stage = "import"

    @classmethod
    def for_import(cls, ref: ComponentRef, error: BaseException, place: str | None) -> Self:
        """Say what the import raised, and where."""
        what = facts_of(error)
        return cls.of(
            f'{words(ref.kind)} "{ref.name}" could not be imported',
            detail=[what[0], *([f"at {place}"] if place else []), *what[1:]],
            owner=ref.owner,
            fix=_import_fix(ref, error),
            command=reinstall_command(ref.distribution),
        )

    @classmethod
    def for_attribute(cls, ref: ComponentRef, known: Iterable[str]) -> Self:
        """Say that the module has no such attribute."""
        attribute = ref.target.partition(":")[2].strip()
        near = nearest(attribute, known)
        hint = f', did you mean "{near}"?' if near else ""
        if not hint and ref.kind in {"step", "blueprint"}:
            hint = f", and the package no {attribute}.yaml, as a recipe has"
        return cls.of(
            f'{words(ref.kind)} "{ref.name}" could not be imported',
            detail=[f'module {ref.module} has no "{attribute}"{hint}'],
            owner=ref.owner,
            fix=f'its author should mend the entry point "{ref.name} = {ref.target}"',
            command=reinstall_command(ref.distribution),
        )


def _import_fix(ref: ComponentRef, error: BaseException) -> str:
    if isinstance(error, ModuleNotFoundError) and error.name:
        top = error.name.partition(".")[0]
        if top != ref.module.partition(".")[0]:
            return f'install the missing module "{top}", or reinstall {ref.distribution}'
    return f"reinstall or upgrade {ref.distribution}, or report it to its author"


class WrongShapeError(PluginError):
    """A component was imported but is not what its kind demands."""

    code = "EF121"
    stage = "contract"

    @classmethod
    def for_ref(cls, ref: ComponentRef, defects: Sequence[str]) -> Self:
        """List what is missing or wrong."""
        return cls.of(
            f"{ref.target} is no {words(ref.kind)}",
            detail=defects,
            owner=ref.owner,
            fix=f"subclass {base_name(ref.kind)}, or add what is missing",
            command=doctor_command(ref.distribution) if ref.version else None,
        )

    @classmethod
    def for_looking(cls, ref: ComponentRef, error: BaseException) -> Self:
        """Say what looking at the class raised."""
        first, *rest = facts_of(error)
        return cls.for_ref(ref, [f"looking at it raised {first}", *rest])

    @classmethod
    def for_unclear_kind(cls, target: str, fitting: Sequence[str]) -> Self:
        """Say that the kind of a class cannot be told."""
        found = f"it has the shape of {', '.join(fitting)}" if fitting else "it has no known shape"
        return cls.of(
            f"cannot tell what kind of component {target} is",
            detail=[found],
            fix='subclass a base class of eventflow.base, or give the kind: kind="step"',
        )


class BuildError(PluginError):
    """A component accepted its options but could not be built."""

    code = "EF122"
    stage = "configure"

    @classmethod
    def for_ref(cls, ref: ComponentRef, error: BaseException) -> Self:
        """Say what building it raised."""
        return cls.of(
            f'{words(ref.kind)} "{ref.name}" could not be built',
            detail=facts_of(error),
            owner=ref.owner,
            fix="check its options; if they are right, report it to its author",
            command=show_command(ref.qualified),
        )


def base_name(kind: Role) -> str:
    """The base class of a kind: ``eventflow.base.BaseStep``."""
    return f"eventflow.base.Base{kind.title().replace('_', '')}"


class HookShapeError(PluginError):
    """A listener's method cannot be called as a hook."""

    code = "EF130"
    stage = "hooks"

    @classmethod
    def for_method(cls, owner: str, method: str, defect: str, fix: str) -> Self:
        """Say what is wrong with `method`."""
        return cls.of(
            f'hook "{method}" has the wrong shape',
            detail=[defect],
            owner=owner,
            fix=fix,
            command="eventflow hooks list",
        )


class UnknownHookError(PluginError):
    """A listener implements a hook that does not exist."""

    code = "EF131"
    stage = "hooks"

    @classmethod
    def for_method(cls, owner: str, method: str, known: Iterable[str]) -> Self:
        """Name the nearest hook."""
        near = nearest(method, known)
        return cls.of(
            f'hook "{method}" does not exist',
            detail=[
                f'hook "{method}" does not exist' + (f', did you mean "{near}"?' if near else "")
            ],
            owner=owner,
            fix=f'rename it to "{near}"' if near else "remove the @impl marker",
            command="eventflow hooks list",
        )


class WrongAnswerError(PluginError):
    """A listener answered a hook with something of the wrong type."""

    code = "EF132"
    stage = "hooks"

    @classmethod
    def for_answer(cls, owner: str, hook: str, answer: object) -> Self:
        """Say what was expected and what came."""
        return cls.of(
            f'hook "{hook}" answered with the wrong type',
            detail=[f"expected a mapping of names to Offer, got {type(answer).__name__}"],
            owner=owner,
            fix='return {"name": Offer("module:Class")}',
            command="eventflow hooks list",
        )

    @classmethod
    def for_failure(cls, owner: str, hook: str, error: BaseException) -> Self:
        """Say what answering raised."""
        return cls.of(
            f'hook "{hook}" raised instead of answering',
            detail=facts_of(error),
            owner=owner,
            fix='return {"name": Offer("module:Class")}',
            command="eventflow hooks list",
        )


class UnknownComponentError(EventflowError):
    """No installed plugin provides a component of that name."""

    code = "EF201"
    exit_code = ExitCode.USAGE

    @classmethod
    def for_name(
        cls, kind: Role, name: str, installed: Sequence[ComponentRef], distributions: Iterable[str]
    ) -> UnknownComponentError:
        """Name the plugin to install if one is known, else the nearest installed name.

        Args:
            kind: What was looked for.
            name: The name as written, qualified or not.
            installed: What is installed of that kind.
            distributions: Every installed distribution with plugins.

        Returns:
            A `MissingPluginError` (exit code 4) when a plugin has to be installed.
        """
        distribution = _provider(kind, name)
        if distribution is not None and normalized(distribution) not in map(
            normalized, distributions
        ):
            return MissingPluginError.for_plugin(kind, name, distribution)
        names = sorted({ref.name for ref in installed})
        near = nearest(name.rpartition(":")[2], names)
        fix = f'did you mean "{near}"?' if near else "write the name of an installed one"
        return cls.of(
            f'no {words(kind)} "{name}" is installed',
            detail=[f"installed: {', '.join(names) or 'none'}"],
            fix=fix,
            command="eventflow plugins list",
        )


class MissingPluginError(UnknownComponentError):
    """A plugin that is needed is not installed."""

    exit_code = ExitCode.PLUGIN

    @classmethod
    def for_plugin(cls, kind: Role, name: str, distribution: str) -> Self:
        """Say how to install it."""
        return cls.of(
            f'no {words(kind)} "{name}" is installed',
            detail=[f"provided by {distribution}"],
            fix=f"install {distribution}",
            command=f"uv add {distribution}",
        )


def _provider(kind: Role, name: str) -> str | None:
    """The distribution that provides a name: an official one, or the one the name is of."""
    distribution, colon, rest = name.rpartition(":")
    if not colon:
        return KNOWN.get((kind, name))
    if distribution in OFFICIAL and (kind, rest) not in KNOWN:
        return None
    return distribution
