"""Every component: its shape, its documentation, building it, and what importing it costs."""

from __future__ import annotations

import inspect
from importlib import import_module
from typing import TYPE_CHECKING, Any, cast

from eventflow.plugins.index import GROUPS, installed
from eventflow.plugins.shapes import defects
from eventflow.testing.check import broken, check, extra
from eventflow.testing.import_probe import imported
from eventflow.testing.watching import watching

if TYPE_CHECKING:
    from eventflow.testing.subject import Subject
    from eventflow.types import Kind

extra("heavy", "module → reason why the component's module imports it at once, for `import-light`")
extra(
    "import_seconds", "CPU seconds that importing the component's module may take; 1.0 by default"
)

IMPORT_SECONDS = 1.0


@check("shape", since=1, looks="class")
def has_the_shape(subject: Subject) -> None:
    """The class has every member of its kind's contract, with the contract's arguments.

    Why: the host refuses a class of another shape, with EF121, when a user first needs it.
    Fix: subclass the base class of the kind, and keep the arguments of the methods you override.
    """
    if found := defects(subject.component, cast("Kind", subject.kind)):
        broken("; ".join(found))


@check("documented", since=1, looks="class")
def is_documented(subject: Subject) -> None:
    """The class has a docstring of its own, whose first line is one sentence.

    Why: `plugins show`, `explain` and the reference show it; it is all that many users read.
    Fix: say in one line what it is for; then shapes, units, errors and the source of its formulas.
    """
    text = inspect.cleandoc(vars(subject.component).get("__doc__") or "")
    first = text.partition("\n\n")[0].strip()
    if not first:
        broken(f"{subject.component.__name__} has no docstring")
    if not first.endswith((".", "!", "?", ":", "`")):
        broken(f'the docstring begins "{first[:80]}", which is no sentence')


@check("registered", since=1, looks="class")
def is_registered(subject: Subject) -> None:
    """The distribution that the class belongs to offers it, under its kind's entry-point group.

    Why: a component that no entry point names cannot be chosen in a configuration.
    Fix: name `module:Class` in pyproject.toml under the group of its kind, then install again.
    """
    component = subject.component
    package = component.__module__.partition(".")[0]
    refs = [r for plugin in installed() for r in plugin.refs if r.module.split(".")[0] == package]
    if not refs:
        return  # defined in a test or a notebook: no distribution to ask
    named = [r for r in refs if r.kind == subject.kind and _resolves(r.target, component)]
    if not named:
        group = next(group for group, role in GROUPS.items() if role == subject.kind)
        broken(
            f"no entry point of {refs[0].distribution} in the group {group} names "
            f"{component.__module__}:{component.__qualname__}"
        )


@check("construction-reads-nothing", since=1)
def construction_reads_nothing(subject: Subject) -> None:
    """Building it opens and makes no file, starts no process or connection, and reads no data.

    Why: `check` and `explain` build components on machines that have neither data nor services.
    Fix: keep the options in __init__, and open, connect or read where the work is done.
    """
    subject.build()  # imports what is delayed to the first use
    with watching() as watch:
        subject.build()
    if watch.all:
        broken(f"building {subject.component.__name__} {_first(watch.all)}")


@check("repr", since=1)
def shows_itself(subject: Subject) -> None:
    """Its repr is text that names the class.

    Why: error messages, notebooks and logs show components; a repr that raises hides the cause.
    Fix: leave __repr__ to the base class, or name the class and the options, without secrets.
    """
    shown = repr(subject.build())
    if subject.component.__name__ not in shown:
        broken(f"the repr is {shown[:120]}, which does not name {subject.component.__name__}")


@check("import-works", since=1, looks="class")
def imports_alone(subject: Subject) -> None:
    """Its module can be imported first, in a fresh process.

    Why: the host imports just this module, when a configuration names the component.
    Fix: import what the module needs in the module itself, and break import loops.
    """
    if error := _imported(subject).get("error"):
        broken(f"importing {subject.component.__module__} alone failed: {error}")


@check("import-light", since=1, looks="class")
def imports_light(subject: Subject) -> None:
    """Importing its module imports no heavy library.

    Why: every command that builds the component waits for it, even if it never runs.
    Fix: import the library in the function that uses it, or give a reason: heavy={"name": "why"}.
    """
    allowed = subject.extras.get("heavy", {})
    if found := [name for name in _imported(subject).get("heavy", ()) if name not in allowed]:
        broken(f"importing {subject.component.__module__} imports {', '.join(found)}")


@check("import-fast", since=1, looks="class")
def imports_fast(subject: Subject) -> None:
    """Importing its module takes little CPU time, beside that of core.

    Why: users feel a slow import in every command, and blame the program.
    Fix: move work out of module level; `eventflow plugins time` tells which import is slow.
    """
    allowed = float(subject.extras.get("import_seconds", IMPORT_SECONDS))
    taken = _imported(subject).get("seconds", 0.0)
    if taken > allowed:
        broken(f"importing {subject.component.__module__} takes {taken:.2f} s, at most {allowed} s")


@check("import-quiet", since=1, looks="class")
def imports_quietly(subject: Subject) -> None:
    """Importing its module prints nothing.

    Why: stdout is the result of a command, often JSON that another program reads.
    Fix: remove the print, or log it with the module's own logger.
    """
    if printed := _imported(subject).get("printed"):
        broken(f'importing {subject.component.__module__} printed "{printed[:120]}"')


@check("import-changes-nothing", since=1, looks="class")
def imports_without_effect(subject: Subject) -> None:
    """Importing its module changes no state of the process.

    Why: plugins share one process; what one sets at import, all others get, in random order.
    Fix: set it where it is used, for as long as it is used, and put it back.
    """
    if changed := _imported(subject).get("changed"):
        broken(f"importing {subject.component.__module__} changed {', '.join(changed)}")


@check("import-starts-nothing", since=1, looks="class")
def imports_without_starting(subject: Subject) -> None:
    """Importing its module starts no thread, no process and no connection.

    Why: `check` and editors import plugins; nothing may happen until a run needs it.
    Fix: start it when the component is first used, and stop it when it is closed.
    """
    if started := _imported(subject).get("started"):
        broken(f"importing {subject.component.__module__} started {', '.join(started)}")


def _imported(subject: Subject) -> dict[str, Any]:
    module = subject.module
    return imported(module.__name__, getattr(module, "__file__", None))


def _resolves(target: str, component: type) -> bool:
    """Whether an entry point means this class, itself or under a name that re-exports it."""
    if target.replace(" ", "") == f"{component.__module__}:{component.__qualname__}":
        return True
    if target.rpartition(":")[2] != component.__name__:
        return False
    module = import_module(target.partition(":")[0])
    return getattr(module, component.__name__, None) is component


def _first(seen: list[str]) -> str:
    more = f" (and {len(seen) - 1} more)" if len(seen) > 1 else ""
    return seen[0] + more
