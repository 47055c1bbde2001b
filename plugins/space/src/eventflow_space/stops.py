"""The step `space.stops`: where an entity stays, and for how long so far."""

from __future__ import annotations

from datetime import timedelta
from functools import partial, reduce
from operator import or_
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import polars as pl
from pydantic import Field, PositiveFloat, field_validator

from eventflow.blueprint import EXACT, FeatureSpec, close
from eventflow.config.types import Duration  # noqa: TC001 - pydantic reads it
from eventflow_space.errors import require_free
from eventflow_space.places import unusable
from eventflow_space.tracks import AT, KNOWN, LAT, LON, TrackConfig, TrackStep, seconds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventflow.frame import EventFrame
    from eventflow.types import Rows
    from eventflow_space.tracks import Track

Column = Literal["id", "start", "dwell_s", "confirmed", "latitude", "longitude"]

_ANCHOR = "__eventflow_anchor"
_SOURCE = "after Li et al. 2008, Mining user similarity based on location history"
_TOLD: dict[Column, tuple[str, str]] = {
    "id": ("1", "entity and first event of the stay: ada@1577836800000000"),
    "start": ("1", "time of the first position of the stay"),
    "dwell_s": ("s", "time since the first position of the stay"),
    "confirmed": ("1", "whether the stay has lasted min_duration by this event"),
    "latitude": ("degrees", "latitude of the first position of the stay"),
    "longitude": ("degrees", "longitude of the first position of the stay"),
}


class SpatialStopsStep(TrackStep):
    """Where an entity stays: the stay each event belongs to, and how long it has lasted so far.

    A *stay* is a maximal run of consecutive positions of an entity within `radius_m` (great-circle)
    of the run's first. The first position beyond begins the next stay, and so does the first after
    more than `max_gap` without any. Every usable position is part of exactly one stay; one that
    has lasted at least `min_duration` is *confirmed*, it is a stop.

    | column | what | unit, dtype |
    |---|---|---|
    | stop_id | entity and first event: ``ada@1577836800000000`` | text |
    | stop_start | time of the first position | as the time |
    | stop_dwell_s | time since the first position: the dwell so far | seconds, f64 |
    | stop_confirmed | whether the dwell so far is at least `min_duration` | Boolean |
    | stop_latitude, stop_longitude | the first position | degrees, f64 |

    Nothing later than the event is looked at: the first events of a stop are not confirmed, though
    later ones of the same id are. The last event of an id tells the whole dwell; to aggregate over
    stops, group by ``stop_id``. Differs from Li et al. (2008), who see the whole track and begin
    anew one position, not one run, after a place that was left too early.

    The last of simultaneous events by latitude and longitude stands for them in what follows; none
    of them is told of another. Events without a usable position, entity or time get nulls; the
    former are counted as flagged. The id does not change with the order of rows or with what else
    is in the data; stays that begin at one time, by a tie-break, share it. Parity: exact; positions
    and dwell close(1e-9).

    Cost: each position is compared with later ones until the first beyond `radius_m`, those of a
    long stay in blocks; tracks are held in memory.

    Raises while the plan is built: `SchemaError` (EF301), `UnknownPlaceError` (EF370),
    `UnknownCrsError` (EF371), `ColumnTakenError` (EF372), `UnknownTrackError` (EF379),
    `UnfitTimeError` (EF394).
    """

    rows: ClassVar[Rows] = "kept"

    class Config(TrackConfig):
        """Options.

        Attributes:
            radius_m: How far from its first position a stay reaches, metres.
            min_duration: How long a stay lasts at least to be a stop: ``20m``.
            max_gap: The longest time without a position within a stay; any if not given.
            columns: Which columns are made.
            latitude: Column of latitude in degrees; the schema's if not given.
            longitude: Column of longitude in degrees; the schema's if not given.
            crs: Geographic coordinate system of the two; the frame's if not given.
            by: Columns that identify who moves; the schema's entity if not given; ``[]``: one
                track.
            time: Column of the event time; the schema's timestamp if not given.
            tie_break: Columns that order events of one time.
            prefix: What the names of the new columns begin with.
        """

        radius_m: PositiveFloat = 200.0
        min_duration: Duration = timedelta(minutes=20)
        max_gap: Duration | None = None
        columns: tuple[Column, ...] = Field(
            default=("id", "start", "dwell_s", "confirmed"), min_length=1
        )
        prefix: str = "stop_"

        @field_validator("min_duration", "max_gap")
        @classmethod
        def _longer_than_nothing(cls, value: timedelta | None) -> timedelta | None:
            if value is not None and value <= timedelta():
                msg = "must be longer than nothing"
                raise ValueError(msg)
            return value

    def apply(self, frame: EventFrame, state: Any) -> EventFrame:
        """Add the columns, lazily."""
        del state
        track, prefix = self.track(frame), self.config.prefix
        made = {f"{prefix}{c}": self._column(track, c) for c in self.config.columns}
        require_free(made, frame.columns(), key="prefix")
        lazy = track.located(frame.lazy).sort(*track.by, KNOWN, *track.whole_order, nulls_last=True)
        lazy = lazy.with_columns(self._anchor(track).alias(_ANCHOR)).with_columns(**made)
        kept = lazy.select(*frame.columns().names(), *made)
        return frame.with_lazy(kept).account(unusable(frame, track.place))

    def describe(self, frame: EventFrame, state: Any) -> Sequence[FeatureSpec]:
        """Return formula, unit and null rule of each column."""
        del frame, state
        return [
            FeatureSpec(
                name=f"{self.config.prefix}{column}",
                unit=_TOLD[column][0],
                formula=_TOLD[column][1],
                parity=close() if column == "dwell_s" else EXACT,
                nulls="no usable position, entity or time",
                source=_SOURCE,
            )
            for column in self.config.columns
        ]

    def _anchor(self, track: Track) -> pl.Expr:
        """Return the row of the first position of each row's stay; rows are in order."""
        from eventflow_space import staying  # noqa: PLC0415 - delayed: brings numpy

        starts = _changed([*(pl.col(c) for c in track.by), pl.col(KNOWN)])
        if self.config.max_gap is not None:
            late = pl.col(AT) - pl.col(AT).shift(1) > self.config.max_gap
            starts |= late.fill_null(value=False)
        rows = pl.struct(lat=LAT, lon=LON, known=KNOWN, starts=starts, begins=starts | track.begins)
        found = partial(staying.anchors, radius_m=self.config.radius_m)
        return rows.map_batches(found, return_dtype=pl.Int64())

    def _column(self, track: Track, column: Column) -> pl.Expr:
        def first(name: str) -> pl.Expr:
            return pl.col(name).gather(pl.col(_ANCHOR))

        dwell = pl.col(AT) - first(AT)
        match column:
            case "id":
                return _id(track, first(AT))
            case "start":
                return first(track.time)
            case "dwell_s":
                return seconds(dwell)
            case "confirmed":
                return dwell >= pl.lit(self.config.min_duration)
            case "latitude":
                return first(LAT)
            case "longitude":
                return first(LON)


def _changed(columns: Sequence[pl.Expr]) -> pl.Expr:
    """Return whether a row differs from the one above, or has none above."""
    differs = reduce(or_, (c.ne_missing(c.shift(1)) for c in columns))
    return differs | (pl.int_range(pl.len()) == 0)


def _id(track: Track, start: pl.Expr) -> pl.Expr:
    moment = start.dt.epoch("us").cast(pl.String)
    if not track.by:
        return moment
    escaped = len(track.by) > 1
    parts = [_escaped(c) if escaped else pl.col(c).cast(pl.String) for c in track.by]
    return pl.concat_str([pl.concat_str(parts, separator="/"), moment], separator="@")


def _escaped(column: str) -> pl.Expr:
    """Keep keys of several columns apart: ``a/b`` and ``c`` are not ``a`` and ``b/c``."""
    text = pl.col(column).cast(pl.String)
    return text.str.replace_all("\\", "\\\\", literal=True).str.replace_all(
        "/", "\\/", literal=True
    )
