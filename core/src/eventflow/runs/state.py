"""Fitted state: saved with the run, reused on new data without fitting again."""

from __future__ import annotations

from contextlib import suppress
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import msgspec

from eventflow.runs.errors import StateMismatchError
from eventflow.runs.fitting import changes, plain_options

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cattrs.preconf.json import JsonConverter

    from eventflow.runs.plan import StepNode

FORMAT = "eventflow.state/1"


class _Entry(msgspec.Struct, rename={"cls": "class"}):
    """One fitted state in the file."""

    component: str
    distribution: str
    version: str
    cls: str
    options: dict[str, Any]
    state: Any


class _Document(msgspec.Struct):
    """The file."""

    format: str
    states: dict[str, _Entry]


@cache
def _converter() -> JsonConverter:
    from cattrs.preconf.json import make_converter  # noqa: PLC0415 - delayed: 50 ms, not for check

    return make_converter()


def save_states(path: Path, states: Mapping[str, Any], nodes: Sequence[StepNode]) -> None:
    """Write every fitted state as one JSON file.

    Args:
        path: The file; its folder exists.
        states: Node name → state, an attrs class of plain values.
        nodes: The plan's nodes, for component and version beside each state.
    """
    by_name = {node.name: node for node in nodes}
    entries = {name: _entry(by_name[name], state) for name, state in states.items()}
    document = msgspec.json.encode(_Document(FORMAT, entries))
    path.write_bytes(msgspec.json.format(document, indent=2))


def _entry(node: StepNode, state: Any) -> _Entry:
    return _Entry(
        component=node.component,
        distribution=node.distribution,
        version=node.version,
        cls=_path_of(type(state)),
        options=plain_options(node.configured),
        state=_converter().unstructure(state),
    )


def load_states(path: Path, nodes: Sequence[StepNode]) -> dict[str, Any]:
    """Read states back for the nodes they were fitted for.

    Raises:
        StateMismatchError: The file is missing, is not a state file, or does not fit the nodes:
            another component, other options, other fields.
    """
    entries = _read(path).states
    fitted = [(node, entries[node.name]) for node in nodes if node.name in entries]
    _check_options(fitted)
    return {node.name: _restore(entry, node) for node, entry in fitted}


def _read(path: Path) -> _Document:
    try:
        document = msgspec.json.decode(path.read_bytes(), type=_Document)
    except (OSError, msgspec.DecodeError) as error:
        raise StateMismatchError.unreadable(path, error) from error
    if document.format != FORMAT:
        raise StateMismatchError.unreadable(path, f"format {document.format!r}")
    return document


def _check_options(fitted: Sequence[tuple[StepNode, _Entry]]) -> None:
    """Refuse states fitted with other options; the nodes of one blueprint are told of together."""
    found: dict[int, tuple[list[StepNode], list[str]]] = {}
    for node, entry in fitted:
        if entry.component != node.component:
            raise StateMismatchError.other_component(node, entry.component)
        if changed := changes(entry.options, node.configured):
            found.setdefault(id(node.configured), ([], changed))[0].append(node)
    problems = [
        p for n, c in found.values() for p in StateMismatchError.other_options(n, c).problems
    ]
    if problems:
        raise StateMismatchError(*problems)


def _restore(entry: _Entry, node: StepNode) -> Any:
    cls = _class_at(entry.cls, node)
    try:
        return _converter().structure(entry.state, cls)
    except (ExceptionGroup, ValueError, TypeError) as error:  # cattrs groups what is wrong
        written_by = f"{entry.distribution} {entry.version}"
        raise StateMismatchError.other_version(node, written_by) from error


def _path_of(cls: type) -> str:
    return f"{cls.__module__}:{cls.__qualname__}"


def _class_at(path: str, node: StepNode) -> type:
    """Find a state's class; only attrs classes of the step's own package are accepted."""
    module, _, name = path.partition(":")
    root = type(node.step).__module__.partition(".")[0]
    if module.partition(".")[0] == root:
        cls = getattr(import_module(module), name, None)
        if isinstance(cls, type) and attrs.has(cls):
            return cls
    raise StateMismatchError.foreign_class(node, path)


def find_state(asked: str, home: Path) -> Path:
    """Return the state file for a path, else for what `RunStore.find` takes for a run.

    ``latest`` is the newest run that has one: not every run learns, and a failed one may not have.
    """
    from eventflow.runs.store import LATEST, RunStore  # noqa: PLC0415 - SQLite, not for checking
    from eventflow.runs.store_errors import UnknownRunError  # noqa: PLC0415 - likewise

    path = Path(asked)
    if asked.lower() == LATEST and not path.exists():
        rows = RunStore(home).list(None)
        files = (home / "runs" / row.short_id / "state.json" for row in rows)
        if found := next((file for file in files if file.is_file()), None):
            return found
    if not path.exists():
        with suppress(UnknownRunError):  # the path is what will be told of
            path = home / "runs" / RunStore(home).find(asked).short_id
    return path / "state.json" if path.is_dir() else path
