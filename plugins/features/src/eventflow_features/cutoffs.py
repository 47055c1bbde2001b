"""Cut-offs: the moments of a training set, and the windows their labels come from."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Self

import polars as pl
from attrs import evolve, frozen
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from eventflow.moments import UTC_ZONE, ahead
from eventflow_features.compact import AggregateOptions, Aggregates, read_aggregates
from eventflow_features.errors import CutoffError, MissingOptionError
from eventflow_features.windows import ALL, Window

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import timedelta

MOST = 1_000
"""Cut-offs of one step: each multiplies the columns that are computed at once."""

_PART = re.compile(r"(\d+)(us|ms|mo|[smhdwqy])")
_LENGTH = re.compile(r"([1-9]\d*(us|ms|mo|[smhdwqy]))+")
_INSTANT = pl.Datetime("us", UTC_ZONE)


def _length(text: str) -> str:
    if _LENGTH.fullmatch(text) is None:
        msg = f'cannot read the length "{text}": write 30d, 12h or 1mo'
        raise ValueError(msg)
    return text


class CutoffRange(BaseModel):
    """Cut-offs at equal distances.

    Attributes:
        every: From one to the next, ``1mo`` or ``7d``, along the calendar; each is counted from the
            first, so that months after the 31st of January end with the month.
        from_: The first. Naive: UTC.
        to: The last, if it is one of them; none lies after it. Naive: UTC.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    every: str
    from_: datetime = Field(alias="from")
    to: datetime

    @field_validator("every")
    @classmethod
    def _known_length(cls, value: str) -> str:
        return _length(value)

    @model_validator(mode="after")
    def _some_but_not_too_many(self) -> Self:
        if _aware(self.to) < _aware(self.from_):
            msg = "to lies before from"
            raise ValueError(msg)
        if len(self.moments(_INSTANT)) > MOST:
            msg = f"more than {MOST:,} cut-offs: write a longer every, or several runs"
            raise ValueError(msg)
        return self

    def moments(self, dtype: pl.DataType, zone: str = UTC_ZONE) -> list[datetime]:
        """Return the cut-offs in UTC, at most one more than `MOST`; arguments as in `ahead`."""
        found = [_aware(self.from_)]
        for times in range(1, MOST + 1):
            following = ahead(self.from_, _multiple(self.every, times), dtype, zone)
            if following > _aware(self.to):
                break
            found.append(following)
        return found


class LabelOptions(BaseModel):
    """What is to be predicted: aggregates of a window that begins at the cut-off.

    Attributes:
        window: Its length: ``30d`` is ``[cutoff, cutoff + 30d)``, along the calendar.
        aggregates: Name → what, written as the features are.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    window: str
    aggregates: dict[str, AggregateOptions] = Field(min_length=1)

    @field_validator("window")
    @classmethod
    def _known_length(cls, value: str) -> str:
        return _length(value)

    @field_validator("aggregates", mode="before", json_schema_input_type=Aggregates)
    @classmethod
    def _short_forms(cls, value: Any) -> Any:
        return read_aggregates(value)

    @field_validator("aggregates")
    @classmethod
    def _one_window(cls, value: dict[str, AggregateOptions]) -> dict[str, AggregateOptions]:
        if own := [name for name, options in value.items() if options.window is not None]:
            msg = f"labels share one window, but {own[0]} names its own: leave it out"
            raise ValueError(msg)
        return value


@frozen
class Cutoff:
    """One moment of a training set.

    Attributes:
        at: The moment: features see what is before it, labels what is at it or later.
        end: Where the label window ends, at `at` if there are no labels; in UTC, as `at`.
    """

    at: datetime
    end: datetime

    def past(self, window: Window) -> Window:
        """Return a window of features as it lies before this cut-off."""
        return evolve(window, text=f"{window.text} before {self.at.isoformat()}", at=self.at)

    def everything(self) -> Window:
        """Return all time before this cut-off."""
        return self.past(Window(ALL))

    def future(self) -> Window:
        """Return the window of labels."""
        text = f"from {self.at.isoformat()} to {self.end.isoformat()}"
        return Window(text, start=f"{_microseconds(self.end - self.at)}us", at=self.end)


def listed(moments: Sequence[datetime]) -> list[datetime]:
    """Return cut-offs that were written one by one, in UTC and in order."""
    return sorted({_aware(moment) for moment in moments})


def cutoffs_of(
    moments: Sequence[datetime],
    label: str | None,
    as_of: datetime | None,
    dtype: pl.DataType,
    zone: str,
) -> list[Cutoff]:
    """Return the cut-offs of which everything is known at a moment.

    Args:
        moments: All that were asked for, in UTC and in order.
        label: Length of the label window; None if there are no labels.
        as_of: Up to when events are known; None: no matter, if there are no labels.
        dtype: dtype of the time column.
        zone: IANA zone of times without an offset.

    Raises:
        MissingOptionError: There are labels, and no moment (EF323).
        CutoffError: None is left (EF325).
    """
    if as_of is None and label is not None:
        raise MissingOptionError.lacking(method="a label window", option="as_of")
    asked = [Cutoff(at, at if label is None else ahead(at, label, dtype, zone)) for at in moments]
    known = [c for c in asked if as_of is None or c.end <= _aware(as_of)]
    if not known and as_of is not None:
        raise CutoffError.none_over(asked[0].at, asked[0].end, _aware(as_of))
    return known


def _aware(at: datetime) -> datetime:
    return (at if at.tzinfo is not None else at.replace(tzinfo=UTC)).astimezone(UTC)


def _multiple(length: str, times: int) -> str:
    return "".join(f"{int(number) * times}{unit}" for number, unit in _PART.findall(length))


def _microseconds(length: timedelta) -> int:
    return (length.days * 86_400 + length.seconds) * 1_000_000 + length.microseconds
