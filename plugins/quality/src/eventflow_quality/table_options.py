"""Options of the rules that look beyond one column's values."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path  # noqa: TC003 - pydantic reads it at run time
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from eventflow.config.types import Duration  # noqa: TC001 - pydantic reads it at run time
from eventflow.quality import (  # noqa: TC001 - pydantic reads them at run time
    Dimension,
    Severity,
)
from eventflow_features.expressions import ExpressionOption  # noqa: TC001 - likewise

OnFail = Literal["keep", "drop", "quarantine"]
Share = Annotated[float, Field(ge=0, le=1)]


class TableRule(BaseModel):
    """What all rules have.

    Attributes:
        required: Share that must pass; left out, the share of the rule's dimension.
        severity: What falling short means; left out, the severity of the rule's dimension.
    """

    model_config = ConfigDict(
        extra="forbid", frozen=True, arbitrary_types_allowed=True, defer_build=True
    )

    required: Share | None = None
    severity: Severity | None = None


class RowRule(TableRule):
    """A rule that each row keeps or breaks by itself.

    Attributes:
        on_fail: What becomes of rows that break it; left out, what the gate says.
    """

    on_fail: OnFail | None = None


class CrossColumnRule(RowRule):
    """A condition over the columns of a row; where it is null, the row is not judged.

    Attributes:
        that: SQL that is true of a good row: ``quantity * price = total``.
        dimension: Quality dimension it counts for.
    """

    that: ExpressionOption
    dimension: Dimension = "consistency"


class ReferenceRule(RowRule):
    """A foreign key: each value must be among the keys of a context. Missing values are not judged.

    Attributes:
        columns: Columns of the key, here.
        context: Name of a context of the gate.
        key: Columns of the key, there, in the same order; left out, of the same names.
    """

    columns: tuple[str, ...] = Field(min_length=1)
    context: str
    key: tuple[str, ...] | None = None

    @model_validator(mode="after")
    def _as_many(self) -> ReferenceRule:
        if self.key is not None and len(self.key) != len(self.columns):
            msg = f"key needs as many columns as columns has, {len(self.columns)}"
            raise ValueError(msg)
        return self


class OutlierRule(TableRule):
    """Values far from the others; they are counted and shown, and stay.

    Attributes:
        method: ``iqr``: beyond the quartiles by more than `factor` interquartile ranges (Tukey
            1977). ``zscore``: more than `factor` sample standard deviations from the mean.
            ``modified_zscore``: 0.6745 (x - median) / MAD beyond `factor` (Iglewicz and Hoaglin
            1993); where MAD is 0, (x - median) / (1.253314 mean absolute deviation).
        factor: How far; left out, 1.5, 3 and 3.5.
    """

    method: Literal["iqr", "zscore", "modified_zscore"] = "iqr"
    factor: float | None = Field(default=None, gt=0)


class MonotonicRule(TableRule):
    """A column that never falls along another one: readings of a meter, times along a sequence.

    Attributes:
        column: Column that must not fall.
        along: Column that gives the order; left out, the timestamp. Rows of equal place are
            taken in the order of `column`.
        by: Columns within which it holds; left out, the entity.
    """

    column: str
    along: str | None = None
    by: tuple[str, ...] | None = None


class GapRule(TableRule):
    """Periods of the calendar without any event, from the first event to the last.

    Attributes:
        every: Length of a period, as Polars writes it: ``1h``, ``1d``, ``1w``, ``1mo``.
        by: Columns within which it holds, each from its own first event to its own last.
    """

    every: str = Field(pattern=r"^[1-9][0-9]*(s|m|h|d|w|mo|q|y)$")
    by: tuple[str, ...] = ()


class LateRule(RowRule):
    """Events that arrived long after they happened.

    Attributes:
        arrived: Column that says when the event arrived.
        within: How long after its timestamp an event may arrive; earlier than it is not late.
    """

    arrived: str
    within: Duration


class FutureRule(RowRule):
    """Events from after the moment of the run.

    Attributes:
        tolerance: How far ahead a clock may be.
    """

    tolerance: Duration = timedelta()


class FreshnessRule(TableRule):
    """How old the newest event may be at the moment of the run; events after it do not count.

    Attributes:
        within: How old.
    """

    within: Duration


class VolumeRule(TableRule):
    """How many rows there should be.

    Attributes:
        minimum: At least so many.
        maximum: At most so many.
        history: Numbers of rows of earlier runs.
        runs: Folder of a run store (``.eventflow``), whose completed runs are the history.
        name: Name of the pipeline in the store; left out, all of its runs.
        last: How many runs of the store to look at.
        within: How far the number may be from the median of the history, as a share of it.
    """

    minimum: int | None = Field(default=None, ge=0)
    maximum: int | None = Field(default=None, ge=0)
    history: tuple[int, ...] = ()
    runs: Path | None = None
    name: str | None = None
    last: int = Field(default=10, ge=1)
    within: float = Field(default=0.5, ge=0)


class DriftRule(TableRule):
    """Columns whose values must be spread as they were in a reference.

    Attributes:
        columns: Columns to watch: numbers, text, categories, booleans.
        reference: A Parquet file, or the folder of a run that watched the same columns
            (``.eventflow/runs/1a2b3c4d``). Left out, how the columns are spread is only saved
            with the run, for later ones to compare with.
        psi: Population stability index from which it is drift; null: not asked.
        ks: Two-sample Kolmogorov-Smirnov distance from which it is drift; null: not asked. Numbers
            only.
    """

    columns: tuple[str, ...] = Field(min_length=1)
    reference: Path | None = None
    psi: float | None = Field(default=0.2, gt=0)
    ks: float | None = Field(default=None, gt=0, le=1)


def _that(value: Any) -> Any:
    return value if isinstance(value, dict | BaseModel) else {"that": value}


def _method(value: Any) -> Any:
    return {"method": value} if isinstance(value, str) else value


CrossColumnOption = Annotated[CrossColumnRule, BeforeValidator(_that, json_schema_input_type=Any)]
OutlierOption = Annotated[OutlierRule, BeforeValidator(_method, json_schema_input_type=Any)]
