"""Options of the quality gate."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from eventflow.base import ComponentConfig
from eventflow.quality import Severity  # noqa: TC001 - pydantic reads it at run time


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
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    nullable: bool | None = None
    unique: bool = False
    minimum: Any | None = None
    maximum: Any | None = None
    pattern: str | None = None
    allowed: tuple[Any, ...] | None = None
    completeness: float | None = Field(default=None, ge=0, le=1)
    uniqueness: float | None = Field(default=None, ge=0, le=1)
    validity: float | None = Field(default=None, ge=0, le=1)
    severity: Severity | None = None

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
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    completeness: Severity = "high"
    uniqueness: Severity = "critical"
    validity: Severity = "high"


class Weights(BaseModel):
    """Weight of each dimension in the score; dimensions without evidence take no part.

    Attributes:
        completeness: Weight of values that are there.
        uniqueness: Weight of values and keys that are distinct.
        validity: Weight of values that pass range, pattern and allowed.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    completeness: float = Field(default=1.0, ge=0)
    uniqueness: float = Field(default=1.0, ge=0)
    validity: float = Field(default=1.0, ge=0)

    @model_validator(mode="after")
    def _some_weight(self) -> Weights:
        if self.completeness + self.uniqueness + self.validity == 0:
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
        weights: Weight of each dimension in the score.
        severity: What failing a check means, by dimension.
        high_allowed: Number of failing checks of high severity that are only warned about.
        columns: Column → rules beside those of the schema.
        unique: Keys whose combinations of values must be distinct.
        on_fail: ``report`` keeps every row; ``drop`` and ``quarantine`` take failing rows out.
    """

    minimum_score: float | None = Field(default=80.0, ge=0, le=100)
    completeness: float = Field(default=0.95, ge=0, le=1)
    uniqueness: float = Field(default=1.0, ge=0, le=1)
    validity: float = Field(default=0.98, ge=0, le=1)
    weights: Weights = Weights()
    severity: Severities = Severities()
    high_allowed: int = Field(default=5, ge=0)
    columns: dict[str, ColumnRules] = Field(default_factory=dict)
    unique: tuple[tuple[str, ...], ...] = ()
    on_fail: Literal["report", "drop", "quarantine"] = "report"

    @field_validator("unique")
    @classmethod
    def _keys_have_columns(cls, keys: tuple[tuple[str, ...], ...]) -> tuple[tuple[str, ...], ...]:
        for key in keys:
            if not key or len(set(key)) != len(key):
                msg = f"a key needs distinct column names, got {list(key)}"
                raise ValueError(msg)
        return keys
