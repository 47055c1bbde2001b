"""Phase one: the pipeline's own keys, checked by hand so that it imports no pydantic and no Polars.

Everything is looked at, whatever went wrong before it. A misspelt key is read as its nearest known
one, so that mistakes below it are reported in the same breath.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import define, field

from eventflow.config import edits, values
from eventflow.config.dates import BadMomentError, parse_moment
from eventflow.config.errors import BadDateError, MissingError, WrongTypeError
from eventflow.config.keys import SECTIONS, checked_keys
from eventflow.config.model import PipelineConfig, PluginOptions, RunsOptions, Use
from eventflow.config.secrets import Secrets
from eventflow.config.tree import (
    MappingNode,
    Node,
    ScalarNode,
    SequenceNode,
    kind_of,
    to_python,
)
from eventflow.config.using import read_use

if TYPE_CHECKING:
    from datetime import datetime

    from eventflow.errors import Problem
    from eventflow.types import Kind

DEFAULT_GATE = "quality.gate"
DEFAULT_ENGINE = "local"


@define(kw_only=True)
class Draft:
    """A configuration after phase one: what could be read, and everything that is wrong.

    Attributes:
        root: The configuration with its places.
        path: File it came from.
        problems: What is wrong.
        uses: Section → what it uses; ``steps`` and ``trackers`` may have several.
    """

    root: Node
    path: str | None = None
    problems: list[Problem] = field(factory=list)
    uses: dict[str, list[Use]] = field(factory=dict)
    name: str = "pipeline"
    as_of: datetime | None = None
    seed: int = 0
    schema: dict[str, Any] = field(factory=dict)
    runs: RunsOptions = field(factory=RunsOptions)
    plugins: PluginOptions = field(factory=PluginOptions)
    secrets: Secrets = field(factory=Secrets)

    def one(self, section: str) -> Use | None:
        """Return what a section uses, if it uses something."""
        found = self.uses.get(section)
        return found[0] if found else None

    def config(self) -> PipelineConfig | None:
        """Return the configuration, or None while it has no source to speak of."""
        source, engine = self.one("source"), self.one("engine")
        if source is None or engine is None:
            return None
        return PipelineConfig(
            name=self.name,
            source=source,
            engine=engine,
            schema=self.schema,
            steps=tuple(self.uses.get("steps", ())),
            blueprint=self.one("blueprint"),
            quality=self.one("quality"),
            sink=self.one("sink"),
            transport=self.one("transport"),
            trackers=tuple(self.uses.get("trackers", ())),
            as_of=self.as_of,
            seed=self.seed,
            runs=self.runs,
            plugins=self.plugins,
            path=self.path,
            root=self.root,
            secrets=self.secrets,
        )


def read_envelope(draft: Draft) -> None:
    """Check a draft's root and fill in the draft."""
    root = draft.root
    if not isinstance(root, MappingNode):
        message = f"a pipeline is a mapping of keys such as source and steps, not {kind_of(root)}"
        draft.problems.append(WrongTypeError.problem(message, root.span))
        return
    root = checked_keys(root, SECTIONS, "", draft.problems)
    draft.root = root
    _values(root, draft)
    for section in ("source", "quality", "sink", "transport", "engine"):
        _single(section, root, draft)
    _many("steps", "step", root, draft)
    _blueprint(root, draft)
    _many("trackers", "tracker", root, draft)
    if draft.one("engine") is None:
        draft.uses["engine"] = [Use(kind="engine", name=DEFAULT_ENGINE, key="engine")]
    draft.secrets = Secrets.of(root)


def _single(section: Any, root: MappingNode, draft: Draft) -> None:
    kind: Kind = "step" if section == "quality" else section
    node, span = root.get(section), root.key_span(section)
    default = {"quality": DEFAULT_GATE, "engine": DEFAULT_ENGINE}.get(section)
    if node is None or (isinstance(node, ScalarNode) and node.value is None and not node.hidden):
        if section == "source":
            message = "a pipeline needs a source: where its rows come from"
            fix = "add, for example,  source: {use: csv, path: events.csv}"
            place = span or _start(root)
            draft.problems.append(MissingError.problem(message, place, key="source", fix=fix))
        return
    if isinstance(node, SequenceNode):
        draft.problems.append(
            WrongTypeError.expected(
                section, "one mapping", "a list", span, edits=edits.as_single(node)
            )
        )
        node = node.items[0] if len(node.items) == 1 else MappingNode({})
        if not isinstance(node, MappingNode) or not node.entries:
            return
    use = read_use(node, kind, section, span, draft.problems, default=default)
    if use is not None:
        draft.uses[section] = [use]


def _start(root: MappingNode) -> Any:
    first = next(iter(root.entries.values()), None)
    return first.span if first else root.span


def _many(section: str, kind: Kind, root: MappingNode, draft: Draft) -> None:
    node, span = root.get(section), root.key_span(section)
    if node is None or (isinstance(node, ScalarNode) and node.value is None and not node.hidden):
        return
    if not isinstance(node, SequenceNode):
        draft.problems.append(
            WrongTypeError.expected(
                section, "a list", kind_of(node), span, fix=f'one "-" for each {kind}',
                edits=edits.as_list(node),
            )
        )  # fmt: skip
        node = SequenceNode([node])
    uses = [
        read_use(item, kind, f"{section}.{i}", item.span, draft.problems)
        for i, item in enumerate(node.items)
    ]
    draft.uses[section] = [use for use in uses if use is not None]


def _blueprint(root: MappingNode, draft: Draft) -> None:
    _single("blueprint", root, draft)
    node = root.get("blueprint")
    moment = node.get("as_of") if isinstance(node, MappingNode) else None
    if not isinstance(moment, ScalarNode) or moment.value is None:
        if moment is not None and not isinstance(moment, ScalarNode):
            draft.problems.append(_not_a_date(moment))
        return
    if isinstance(moment.value, (bool, float)) or not hasattr(moment.value, "__str__"):
        draft.problems.append(_not_a_date(moment))
        return
    try:
        value = str(moment.value) if isinstance(moment.value, int) else moment.value
        draft.as_of = parse_moment(value)
    except BadMomentError as error:
        near = error.nearest
        fix = f'did you mean "{near}"?' if near else "write for example 2011-12-10"
        draft.problems.append(
            BadDateError.problem(
                f"as_of {error}", moment.span, key="blueprint.as_of", fix=fix, replacement=near
            )
        )


def _not_a_date(node: Node) -> Problem:
    wanted, found = "a date or a time", kind_of(node)
    fix = "write for example 2011-12-10"
    return WrongTypeError.expected("blueprint.as_of", wanted, found, node.span, fix=fix)


def _values(root: MappingNode, draft: Draft) -> None:
    name = values.text(root, "name", "name", draft.problems)
    draft.name = name or _stem(draft.path) or draft.name
    draft.seed = values.whole(root, "seed", "seed", draft.problems) or 0
    schema = values.mapping(root, "schema", None, draft.problems)
    draft.schema = to_python(schema) if schema is not None else {}
    draft.runs = _runs(root, draft.problems)
    plugins = values.mapping(root, "plugins", ("allow", "deny", "strict", "order"), draft.problems)
    if plugins is not None:
        draft.plugins = PluginOptions(
            values.names(plugins, "allow", draft.problems),
            values.names(plugins, "deny", draft.problems),
            values.flag(plugins, "strict", "plugins.strict", draft.problems),
            values.names(plugins, "order", draft.problems),
        )


def _runs(root: MappingNode, problems: list[Problem]) -> RunsOptions:
    default = RunsOptions()
    known = ("path", "keep", "attempts", "initial_wait", "max_wait", "trackers_wait")
    runs = values.mapping(root, "runs", known, problems)
    if runs is None:
        return default
    first = values.number(runs, "initial_wait", "runs.initial_wait", problems)
    longest = values.number(runs, "max_wait", "runs.max_wait", problems)
    trackers = values.number(runs, "trackers_wait", "runs.trackers_wait", problems)
    return RunsOptions(
        path=values.text(runs, "path", "runs.path", problems) or default.path,
        keep=values.whole(runs, "keep", "runs.keep", problems, least=1),
        attempts=values.whole(runs, "attempts", "runs.attempts", problems, least=1)
        or default.attempts,
        initial_wait=default.initial_wait if first is None else first,
        max_wait=default.max_wait if longest is None else longest,
        trackers_wait=trackers,
    )


def _stem(path: str | None) -> str | None:
    from pathlib import PurePath  # noqa: PLC0415 - delayed: only where no name is given

    return PurePath(path).stem if path else None
