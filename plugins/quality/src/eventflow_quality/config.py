"""Options of the quality gate."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from eventflow.base import ComponentConfig
from eventflow.config.uses import Uses
from eventflow.quality import Severity  # noqa: TC001 - pydantic reads it at run time
from eventflow_quality.table_options import (  # noqa: TC001 - pydantic reads them at run time
    CrossColumnOption,
    DriftRule,
    FreshnessRule,
    FutureRule,
    GapRule,
    LateRule,
    MonotonicRule,
    OnFail,
    OutlierOption,
    ReferenceRule,
    Share,
    VolumeRule,
)


class ColumnRules(BaseModel):
    """Rules for one column; what is set here stands above what the schema says.

    Attributes:
        nullable: False: no value may be missing. True: missing values are ordinary, and
            completeness only informs. Left out: at least `completeness` must be present.
        unique: Whether values must be distinct.
        minimum: Smallest allowed value, inclusive; dates and times as ISO 8601 text.
        maximum: Largest allowed value, inclusive.
        pattern: Regular expression (Rust syntax) that must be found in the text; anchor it with
            ``^`` and ``$`` to match the whole.
        allowed: The only values allowed.
        completeness: Share of rows that must have a value, in place of the gate's.
        uniqueness: Share of values that must be distinct, in place of the gate's.
        validity: Share of values that must pass range, pattern and allowed, in place of the gate's.
        severity: What failing a check of this column means.
        outliers: A method (``iqr``, ``zscore``, ``modified_zscore``), or `OutlierRule`.
        on_fail: What becomes of rows whose value fails; left out, what the gate says.
        sensitive: Whether failing values are masked in verdict, report and messages.
    """

    model_config = ConfigDict(
        extra="forbid", frozen=True, arbitrary_types_allowed=True, defer_build=True
    )

    nullable: bool | None = None
    unique: bool = False
    minimum: Any | None = None
    maximum: Any | None = None
    pattern: str | None = None
    allowed: tuple[Any, ...] | None = None
    completeness: Share | None = None
    uniqueness: Share | None = None
    validity: Share | None = None
    severity: Severity | None = None
    outliers: OutlierOption | None = None
    on_fail: OnFail | None = None
    sensitive: bool = False

    @field_validator("allowed")
    @classmethod
    def _some_allowed(cls, allowed: tuple[Any, ...] | None) -> tuple[Any, ...] | None:
        if allowed is not None and not allowed:
            msg = "allowed needs at least one value"
            raise ValueError(msg)
        return allowed


class Severities(BaseModel):
    """What failing a check of a dimension means, where a column says nothing else.

    Attributes:
        completeness: A value is missing.
        uniqueness: A value or key occurs twice.
        validity: A value is out of range, of another form, or not allowed.
        consistency: Columns, rows or tables disagree.
        timeliness: Events are missing, late, old, or from the future.
        outliers: A value is far from the others, which need not be wrong.
    """

    model_config = ConfigDict(
        extra="forbid", frozen=True, arbitrary_types_allowed=True, defer_build=True
    )

    completeness: Severity = "high"
    uniqueness: Severity = "critical"
    validity: Severity = "high"
    consistency: Severity = "high"
    timeliness: Severity = "high"
    outliers: Severity = "medium"


class Weights(BaseModel):
    """Weight of each dimension in the score; dimensions without evidence take no part.

    Attributes:
        completeness: Weight of values that are there.
        uniqueness: Weight of values and keys that are distinct.
        validity: Weight of values that pass range, pattern and allowed.
        consistency: Weight of columns, rows and tables that agree.
        timeliness: Weight of events that are there in time.
    """

    model_config = ConfigDict(
        extra="forbid", frozen=True, arbitrary_types_allowed=True, defer_build=True
    )

    completeness: float = Field(default=1.0, ge=0)
    uniqueness: float = Field(default=1.0, ge=0)
    validity: float = Field(default=1.0, ge=0)
    consistency: float = Field(default=1.0, ge=0)
    timeliness: float = Field(default=1.0, ge=0)

    @model_validator(mode="after")
    def _some_weight(self) -> Weights:
        if not any(dict(self).values()):
            msg = "at least one dimension needs a weight above 0"
            raise ValueError(msg)
        return self


class GateConfig(ComponentConfig):
    """Options of `quality.gate`.

    Attributes:
        minimum_score: Score from 0 to 100 below which the gate closes; None: no gate on the score.
        completeness: Share of rows in which a critical column must have a value.
        uniqueness: Share of an identifier's values that must be distinct.
        validity: Share of values that must pass each range, pattern and allowed check.
        consistency: Share of rows or values that must pass each check of this dimension.
        timeliness: Share of rows or periods that must pass each check of this dimension.
        weights: Weight of each dimension in the score.
        severity: What failing a check means, by dimension.
        high_allowed: Number of failing checks of high severity that are only warned about.
        columns: Column → rules beside those of the schema.
        unique: Keys whose combinations of values must be distinct.
        rules: Name → condition over the columns of a row, in SQL, or `CrossColumnRule`.
        contexts: Name → source whose rows other rules speak of.
        references: Foreign keys into contexts.
        monotonic: Columns that never fall along another.
        gaps: Periods without events.
        late: Events that arrived late.
        future: Events from after the moment of the run.
        freshness: Age of the newest event.
        volume: Number of rows.
        drift: Columns compared with a reference.
        on_fail: What becomes of rows that break a row's rule: ``keep`` keeps every row; ``drop``
            and ``quarantine`` take failing rows out.
    """

    minimum_score: float | None = Field(default=80.0, ge=0, le=100)
    completeness: Share = 0.95
    uniqueness: Share = 1.0
    validity: Share = 0.98
    consistency: Share = 0.98
    timeliness: Share = 0.98
    weights: Weights = Weights()
    severity: Severities = Severities()
    high_allowed: int = Field(default=5, ge=0)
    columns: dict[str, ColumnRules] = Field(default_factory=dict)
    unique: tuple[tuple[str, ...], ...] = ()
    rules: dict[str, CrossColumnOption] = Field(default_factory=dict)
    contexts: dict[str, Annotated[Any, Uses("source")]] = Field(default_factory=dict)
    references: tuple[ReferenceRule, ...] = ()
    monotonic: tuple[MonotonicRule, ...] = ()
    gaps: GapRule | None = None
    late: LateRule | None = None
    future: FutureRule | None = None
    freshness: FreshnessRule | None = None
    volume: VolumeRule | None = None
    drift: DriftRule | None = None
    on_fail: OnFail = "keep"

    @field_validator("unique")
    @classmethod
    def _keys_have_columns(cls, keys: tuple[tuple[str, ...], ...]) -> tuple[tuple[str, ...], ...]:
        for key in keys:
            if not key or len(set(key)) != len(key):
                msg = f"a key needs distinct column names, got {list(key)}"
                raise ValueError(msg)
        return keys

    @model_validator(mode="after")
    def _contexts_are_there(self) -> GateConfig:
        for rule in self.references:
            if rule.context not in self.contexts:
                msg = f'there is no context "{rule.context}"; write contexts: {{{rule.context}: …}}'
                raise ValueError(msg)
        return self
