"""Families: what is computed alike in several windows or groups is computed once per tile."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import evolve, frozen

from eventflow_features.windows import ALL, Window

if TYPE_CHECKING:
    from collections.abc import Iterable

    import polars as pl

    from eventflow.aggregate import Aggregate
    from eventflow_features.specs import AggregateSpec


@frozen(eq=False)
class Member:
    """One column of the answer, as a member of its family.

    Attributes:
        spec: What the user asked for.
        column: The family's column in that window, before groups are spread over columns.
    """

    spec: AggregateSpec
    column: str


@frozen(eq=False)
class Family:
    """Specs that differ in nothing but window and group.

    Attributes:
        base: Their common part: over everything before the moment.
        members: The specs.
    """

    base: AggregateSpec
    members: list[Member]

    def in_window(self, window: Window) -> AggregateSpec:
        """Return what is computed in one window, named by `column_of`."""
        return evolve(self.base, name=column_of(self.base, window), window=window)

    def windows(self) -> list[Window]:
        """Return the windows its members ask for."""
        return list(dict.fromkeys(m.spec.window for m in self.members))


def families(specs: Iterable[AggregateSpec]) -> list[Family]:
    """Gather specs into families, in the order in which they are met."""
    found: dict[Any, Family] = {}
    for spec in specs:
        key = _key(spec)
        if key not in found:
            name = f"__family_{len(found)}"
            base = evolve(spec, name=name, window=_everything(spec), group=None)
            found[key] = Family(base, [])
        family = found[key]
        family.members.append(Member(spec, column_of(family.base, spec.window)))
    return list(found.values())


def column_of(base: AggregateSpec, window: Window) -> str:
    """Return the column of a family in one window."""
    return f"{base.name} {window.text}"


def partials(
    found: Iterable[tuple[Aggregate, pl.DataType]],
) -> tuple[dict[str, pl.Expr], dict[str, list[str]]]:
    """Return the partial columns of aggregates, equal ones once, and aggregate → its columns."""
    exprs: dict[str, pl.Expr] = {}
    owners: dict[str, list[str]] = {}
    for aggregate, dtype in found:
        made = aggregate.partial(dtype)
        exprs |= made
        owners[aggregate.name] = list(aggregate.merge())
    return exprs, owners


def _key(spec: AggregateSpec) -> Any:
    """Return what two specs of one family share; Python expressions are told apart by identity."""
    expressions = tuple(
        None if e is None else (e.text, None if e.written else id(e))
        for e in (spec.value, spec.where)
    )
    options = tuple(sorted((k, repr(v)) for k, v in spec.options.items()))
    return spec.op, expressions, options, _everything(spec)


def _everything(spec: AggregateSpec) -> Window:
    """Return the window of all time; what is measured from a window's own moment keeps that."""
    at = spec.window.at if spec.op == "time_since" else None
    return Window(ALL) if at is None else Window(f"{ALL} before {at.isoformat()}", at=at)
