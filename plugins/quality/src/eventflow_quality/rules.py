"""Which rules hold for which column: constraints of the schema, roles, options of the gate."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import evolve, frozen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from eventflow.quality import Severity
    from eventflow.schema import ColumnSchema, EventSchema
    from eventflow_quality.config import ColumnRules, GateConfig
    from eventflow_quality.table_options import OnFail, OutlierRule

_CONSTRAINTS = ("minimum", "maximum", "pattern", "allowed")
_WITHOUT_IT_NOTHING = ("timestamp", "entity")
_DEGREES = {"latitude": (-90.0, 90.0), "longitude": (-180.0, 180.0)}


@frozen(kw_only=True)
class Rules:
    """Everything that is asked of one column.

    Attributes:
        column: Its name.
        nullable: None when nobody said.
        unique: Whether values must be distinct.
        minimum: Smallest allowed value.
        maximum: Largest allowed value.
        pattern: Pattern of its text.
        allowed: The only values allowed.
        completeness: Share of rows that must have a value; None when that only informs.
        uniqueness: Share of values that must be distinct.
        validity: Share of values that must be valid.
        severity: Severity the options give the column, if they do.
        indispensable: Whether it says when or whom an event concerns.
        outliers: How values far from the others are told, if that is asked.
        on_fail: What becomes of rows whose value fails, if the options say it for the column.
        sensitive: Whether its values may not be shown.
    """

    column: str
    nullable: bool | None = None
    unique: bool = False
    minimum: Any = None
    maximum: Any = None
    pattern: str | None = None
    allowed: tuple[Any, ...] | None = None
    completeness: float | None = None
    uniqueness: float = 1.0
    validity: float = 1.0
    severity: Severity | None = None
    indispensable: bool = False
    outliers: OutlierRule | None = None
    on_fail: OnFail | None = None
    sensitive: bool = False


def rules_of(config: GateConfig, schema: EventSchema) -> list[Rules]:
    """Return the rules of every critical column, in a stable order.

    Critical are the columns with a role, those whose schema sets a constraint, and those the
    options name.
    """
    return [_merged(name, config, schema) for name in _critical(config, schema)]


def columns_read(config: GateConfig, schema: EventSchema) -> frozenset[str]:
    """Return the columns the gate looks at."""
    tables = (name for _, names in columns_of_tables(config, schema) for name in names)
    return frozenset((*_critical(config, schema), *tables))


def columns_of_tables(
    config: GateConfig, schema: EventSchema
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield each option that speaks of more than one column's values, with its columns."""
    yield "unique", tuple(column for key in config.unique for column in key)
    for title, rule in config.rules.items():
        yield f"rules.{title}", tuple(rule.that.columns())
    for reference in config.references:
        yield "references", reference.columns
    for monotonic in config.monotonic:
        along, entity = monotonic.along or schema.timestamp, schema.entity
        by = monotonic.by if monotonic.by is not None else (entity,) if entity else ()
        yield "monotonic", (monotonic.column, *by, *((along,) if along else ()))
    if config.gaps is not None:
        yield "gaps", config.gaps.by
    if config.late is not None:
        yield "late", (config.late.arrived,)
    if config.drift is not None:
        yield "drift", config.drift.columns


def sensitive(config: GateConfig, schema: EventSchema, columns: tuple[str, ...]) -> bool:
    """Whether values of any of these columns may not be shown."""
    specs = (spec.get(c) for c in columns for spec in (schema.columns, config.columns))
    return any(spec is not None and spec.sensitive for spec in specs)


def _critical(config: GateConfig, schema: EventSchema) -> dict[str, None]:
    roles = (column for _, column in schema.roles())
    constrained = (name for name, spec in schema.columns.items() if _constrained(spec))
    return dict.fromkeys((*roles, *constrained, *config.columns))


def _constrained(spec: ColumnSchema) -> bool:
    return (
        spec.critical
        or not spec.nullable
        or spec.unique
        or any(getattr(spec, c) is not None for c in _CONSTRAINTS)
    )


def _merged(name: str, config: GateConfig, schema: EventSchema) -> Rules:
    role = schema.role_of(name)
    spec, own = schema.columns.get(name), config.columns.get(name)
    says = dict(stated(spec)) | dict(stated(own))
    rules = Rules(
        **{
            "column": name,
            "indispensable": role in _WITHOUT_IT_NOTHING,
            "uniqueness": config.uniqueness,
            "validity": config.validity,
            **says,
            "sensitive": sensitive(config, schema, (name,)),
        }
    )
    if role in _DEGREES and rules.minimum is None and rules.maximum is None:
        low, high = _DEGREES[role]
        rules = evolve(rules, minimum=low, maximum=high)
    if rules.completeness is None:
        rules = evolve(rules, completeness=_completeness(rules.nullable, config.completeness))
    return rules


def stated(spec: ColumnSchema | ColumnRules | None) -> Iterator[tuple[str, Any]]:
    """Yield what was set on purpose, so that a default never overrides a statement.

    Args:
        spec: Schema of a column, or the gate's rules for it.
    """
    if spec is None:
        return
    for name in spec.model_fields_set - {"dtype", "unit", "description", "critical"}:
        if (value := getattr(spec, name)) is not None:
            yield name, value


def _completeness(nullable: bool | None, default: float) -> float | None:  # noqa: FBT001 - a value, not a switch
    if nullable is None:
        return default
    return None if nullable else 1.0
