"""Explaining a plan: what will happen, who provides it, and what leaves the streaming engine."""

from __future__ import annotations

from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import frozen

from eventflow.errors import EventflowError
from eventflow.runs import compile as compiler
from eventflow.runs.described import described
from eventflow.runs.hiding import without_secrets
from eventflow.runs.streaming import in_memory_nodes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import polars as pl

    from eventflow.blueprint import FeatureSpec
    from eventflow.config import Bound, BoundConfig
    from eventflow.frame import EventFrame
    from eventflow.runs.plan import StepNode


@frozen(kw_only=True)
class ExplainedNode:
    """One line of an explanation.

    Attributes:
        name: Node name.
        role: What it is.
        component: Name the configuration used.
        owner: Distribution and version.
        locality: Empty for sources and sinks.
        columns: Columns it needs; None when it cannot say.
        leaves_streaming: What it adds that holds all rows in memory, in words (``grouping``); None
            when that cannot be told before something is learned.
        note: Further facts: what it learns, where it writes.
        recipes: The recipes it comes from, the outermost first, each with its version.
    """

    name: str
    role: str
    component: str
    owner: str
    locality: str = ""
    columns: tuple[str, ...] | None = None
    leaves_streaming: tuple[str, ...] | None = ()
    note: str = ""
    recipes: tuple[str, ...] = ()


@frozen(kw_only=True, eq=False)
class Explanation:
    """The plan of a pipeline, read without touching data.

    Attributes:
        name: Name of the pipeline.
        as_of: Moment of the features, in words; empty without a blueprint.
        nodes: The plan in order.
        left_out: Feature → fields it lacks.
        polars: The optimised Polars plan up to where something must be learned first.
        features: What the columns of the result mean, where the blueprint or a step says so; those
            of steps behind one that must learn first are not known yet.
        observers: The transport and the trackers, which are told of the run.
    """

    name: str
    as_of: str
    nodes: tuple[ExplainedNode, ...]
    left_out: dict[str, tuple[str, ...]]
    polars: str
    features: tuple[FeatureSpec, ...] = ()
    observers: tuple[ExplainedNode, ...] = ()

    def mermaid(self) -> str:
        """Render as a Mermaid flowchart; dotted arrows lead to those who are told of the run."""
        last, observers = len(self.nodes) - 1, range(len(self.observers))
        lines = ["flowchart LR"]
        lines += [f'  n{i}["{_label(node)}"]' for i, node in enumerate(self.nodes)]
        lines += [f'  o{i}(["{_label(node)}"])' for i, node in enumerate(self.observers)]
        lines += [f"  n{i} --> n{i + 1}" for i in range(last)]
        lines += [f"  n{last} -.-> o{i}" for i in observers]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><th scope='row'>{escape(n.component)}</th><td>{escape(n.locality or n.role)}</td>"
            f"<td>{escape(n.owner)}</td><td>{escape(_facts(n))}</td></tr>"
            for n in (*self.nodes, *self.observers)
        )
        return (
            f"<table><caption>{escape(self.name)}, plan</caption><thead><tr><th scope='col'>node"
            "</th><th scope='col'>locality</th><th scope='col'>from</th><th scope='col'></th>"
            f"</tr></thead><tbody>{rows}</tbody></table>"
        )


def _label(node: ExplainedNode) -> str:
    last = node.recipes[-1:]
    return "<br>".join([node.component, node.locality or node.role, node.owner, *last])


def _facts(node: ExplainedNode) -> str:
    return "; ".join(part for part in (" > ".join(node.recipes), node.note) if part)


def explain_config(bound: BoundConfig) -> Explanation:
    """Plan a bound configuration and describe every node, secrets masked. Reads no data.

    Raises:
        EventflowError: The source's columns, a step or the blueprint do not fit; as in a run.
    """
    secrets = bound.config.secrets
    try:
        return without_secrets(_explained_config(bound), secrets)
    except EventflowError as error:
        error.problems = tuple(secrets.cleaned(p) for p in error.problems)
        error.hide = secrets.hide
        raise


def _explained_config(bound: BoundConfig) -> Explanation:
    config = bound.config
    as_of = config.as_of or datetime.now(UTC)
    prepared = compiler.prepare(bound, as_of=as_of)
    compiler.rehearse(prepared)
    said = "the run's start" if config.as_of is None else f"{as_of:%Y-%m-%d %H:%M %Z}"
    steps, plan, made = _explain_steps(prepared.frame, prepared.nodes)
    left_out = dict(prepared.rest.left_out) if prepared.rest else {}
    declared = bound.blueprint.component.features if bound.blueprint else ()
    made |= {f.name: f for f in declared if f.name not in left_out}
    return Explanation(
        name=config.name,
        as_of=said if bound.blueprint else "",
        nodes=(_source(bound, prepared), *steps, *_late(bound, prepared), *_sink(bound)),
        left_out=left_out,
        polars=plan.explain(),
        features=tuple(made.values()),
        observers=tuple(_observers(bound)),
    )


def _source(bound: BoundConfig, prepared: compiler.Prepared) -> ExplainedNode:
    read = prepared.columns_read()
    note = f"{len(read)} of {len(prepared.frame.columns())} columns"
    return _end(bound.source, "source", note, tuple(sorted(read)))


def _explain_steps(
    frame: EventFrame, nodes: Sequence[StepNode]
) -> tuple[list[ExplainedNode], pl.LazyFrame, dict[str, FeatureSpec]]:
    out: list[ExplainedNode] = []
    made: dict[str, FeatureSpec] = {}
    known: EventFrame | None = frame
    seen: tuple[str, ...] = ()
    plan = frame.lazy
    for node in nodes:
        left: tuple[str, ...] | None = None
        note = ""
        reads = None
        if known is not None:
            if node.implied is not None:
                known = known.with_lazy(known.lazy, schema=node.implied)
            reads = node.step.reads(known.schema, known.columns().names())
            if node.step.learn(known) is not None:
                known, note, made = None, "learns from the data", {}
            else:
                made = described(made, node, known, None, reads)
                known = node.step.apply(known, None)
                plan = known.lazy
                now = in_memory_nodes(plan)
                left, seen = now[len(seen) :], now
        out.append(_explained(node, reads, left, note))
    if known is not None:
        made = {name: made[name] for name in known.columns().names() if name in made}
    return out, plan, made


def _explained(
    node: StepNode, reads: frozenset[str] | None, left: tuple[str, ...] | None, note: str
) -> ExplainedNode:
    return ExplainedNode(
        name=node.name,
        role=node.role,
        component=node.component,
        owner=node.owner,
        locality=str(node.step.locality),
        columns=tuple(sorted(reads)) if reads is not None else None,
        leaves_streaming=left,
        note=note,
        recipes=tuple(map(str, node.recipes)),
    )


def _late(bound: BoundConfig, prepared: compiler.Prepared) -> Iterator[ExplainedNode]:
    if prepared.rest is None and bound.blueprint is not None:
        yield _end(bound.blueprint, "blueprint", "bound once the steps before it have learned")


def _sink(bound: BoundConfig) -> Iterator[ExplainedNode]:
    if bound.sink is not None:
        yield _end(bound.sink, "sink", _target(bound.sink.component))


def _observers(bound: BoundConfig) -> Iterator[ExplainedNode]:
    if bound.transport is not None:
        yield _end(bound.transport, "transport", "gets the events of the run")
    for tracker in bound.trackers:
        yield _end(tracker, "tracker", "gets its numbers and files")


def _target(sink: Any) -> str:
    path = getattr(sink.config, "path", None)
    if path is None:
        return ""
    return f"{path} (exists: replaced)" if Path(path).exists() else str(path)


def _end(
    bound: Bound, role: str, note: str, columns: tuple[str, ...] | None = None
) -> ExplainedNode:
    return ExplainedNode(
        name=role,
        role=role,
        component=bound.use.name,
        owner=bound.owner,
        columns=columns,
        note=note,
    )
