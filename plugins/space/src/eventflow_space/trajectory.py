"""The step `space.trajectory`: how an entity moved from where it was before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal

import polars as pl
from pydantic import Field, PositiveFloat

from eventflow.blueprint import FeatureSpec, close
from eventflow_space.errors import require_free
from eventflow_space.places import flagged, unusable
from eventflow_space.sphere import Point, bearing, haversine, turned
from eventflow_space.tracks import AT, LAT, LON, TrackConfig, TrackStep, seconds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventflow.frame import EventFrame
    from eventflow.types import Rows
    from eventflow_space.tracks import Track

Column = Literal["distance_m", "speed_m_s", "bearing_deg", "turn_deg", "length_m"]

_BEFORE, _ARRIVAL = "__eventflow_before", "__eventflow_arrival"
_DISTANCE = "__eventflow_distance"
_HALF_TURN = 180.0
_SOURCE = "great circle on a sphere of 6,371,008.8 m"
_FIRST = "first position, or none that can be used"
_TOLD: dict[Column, tuple[str, str, str]] = {
    "distance_m": ("m", "great-circle distance from the position before", _FIRST),
    "speed_m_s": ("m/s", "that distance by the time since then", f"{_FIRST}, or no time passed"),
    "bearing_deg": (
        "degrees, [0, 360)",
        "direction of the great circle from the position before, clockwise from north",
        f"{_FIRST}, or it did not move",
    ),
    "turn_deg": (
        "degrees, (-180, 180]",
        "bearing less the direction in which the leg before arrived; positive: to the right",
        "one of the two legs has no bearing",
    ),
    "length_m": ("m", "sum of the distances so far, this one included", "no usable position"),
}


class SpatialTrajectoryStep(TrackStep):
    """How an entity moved: distance, speed and direction from its position before.

    | column | what | unit |
    |---|---|---|
    | track_distance_m | great-circle distance from the position before | m |
    | track_speed_m_s | that distance by the time since then | m/s |
    | track_bearing_deg | direction from the position before, clockwise from north | [0, 360) |
    | track_turn_deg | change of direction; positive is to the right | (-180, 180] |
    | track_length_m | sum of the distances so far | m |
    | track_is_implausible | faster than `max_speed_m_s`, or moved in no time | Boolean |

    The position before is the entity's last usable one strictly before the event. Simultaneous
    events do not see one another; for what follows, the last of them by latitude and longitude
    stands for all. Events without a usable position are passed over: they get nulls, and are
    counted as flagged. A turn compares with the direction in which the leg before arrived, so that
    following one great circle is no turn. Formulas: `eventflow_space.sphere`.

    Shape: the same events; dtypes f64 and Boolean. Null: the entity's first position, no usable
    position, no entity or no time; where it did not move there is no bearing, where no time passed
    no speed. Parity: close(1e-9). Nothing later than the event is looked at.

    Raises while the plan is built: `SchemaError` (EF301), `UnknownPlaceError` (EF370),
    `UnknownCrsError` (EF371), `ColumnTakenError` (EF372), `UnknownTrackError` (EF379),
    `UnfitTimeError` (EF394).
    """

    rows: ClassVar[Rows] = "kept"

    class Config(TrackConfig):
        """Options.

        Attributes:
            columns: Which columns are made.
            max_speed_m_s: Speed in m/s above which a leg is implausible; it is then marked in
                ``is_implausible`` and counted as flagged. Not given: none is.
            latitude: Column of latitude in degrees; the schema's if not given.
            longitude: Column of longitude in degrees; the schema's if not given.
            crs: Geographic coordinate system of the two; the frame's if not given.
            by: Columns that identify who moves; the schema's entity if not given; ``[]``: one
                track.
            time: Column of the event time; the schema's timestamp if not given.
            tie_break: Columns that order events of one time.
            prefix: What the names of the new columns begin with.
        """

        columns: tuple[Column, ...] = Field(
            default=("distance_m", "speed_m_s", "bearing_deg", "turn_deg", "length_m"),
            min_length=1,
        )
        max_speed_m_s: PositiveFloat | None = None

    def apply(self, frame: EventFrame, state: Any) -> EventFrame:
        """Add the columns, lazily."""
        del state
        track = self.track(frame)
        require_free([s.name for s in self._specs()], frame.columns(), key="prefix")
        before = track.told(pl.struct(LAT, LON, AT).gather(track.before))
        lazy = track.located(frame.lazy).with_columns(before.alias(_BEFORE))
        lazy = lazy.with_columns(_arrival().alias(_ARRIVAL), **self._row_by_row())
        lazy = lazy.with_columns(**self._along(track))
        kept = [*frame.columns().names(), *(s.name for s in self._specs())]
        made = frame.with_lazy(lazy.select(kept)).account(unusable(frame, track.place))
        limit = self.config.max_speed_m_s
        if limit is None:
            return made
        fast = pl.col(f"{self.config.prefix}is_implausible").fill_null(value=False)
        return made.account(flagged(made, {f"faster than {limit:g} m/s": fast}, among=fast))

    def describe(self, frame: EventFrame, state: Any) -> Sequence[FeatureSpec]:
        """Return formula, unit and null rule of each column."""
        del frame, state
        return self._specs()

    def _specs(self) -> list[FeatureSpec]:
        told = {c: _TOLD[c] for c in self.config.columns}
        limit = self.config.max_speed_m_s
        if limit is not None:
            words = f"speed is above {limit:g} m/s, or it moved while no time passed"
            told = {**told, "is_implausible": ("1", words, _FIRST)}
        return [
            FeatureSpec(
                name=f"{self.config.prefix}{name}",
                unit=unit,
                formula=formula,
                parity=close(),
                nulls=nulls,
                source=_SOURCE,
            )
            for name, (unit, formula, nulls) in told.items()
        ]

    def _row_by_row(self) -> dict[str, pl.Expr]:
        """Return what follows from a position and the one before; the distance always."""
        prefix, distance = self.config.prefix, haversine(_before(), _here())
        passed = seconds(pl.col(AT) - pl.col(_BEFORE).struct.field(AT))
        speed = pl.when(passed > 0).then(distance / passed)
        made = {_DISTANCE: distance}
        wanted = {
            "distance_m": distance,
            "speed_m_s": speed,
            "bearing_deg": bearing(_before(), _here()),
        }
        made |= {f"{prefix}{c}": wanted[c] for c in self.config.columns if c in wanted}
        limit = self.config.max_speed_m_s
        if limit is not None:
            moved = pl.when(passed > 0).then(speed > limit).otherwise(distance > 0)
            made[f"{prefix}is_implausible"] = moved
        return made

    def _along(self, track: Track) -> dict[str, pl.Expr]:
        """Return what follows from the legs before."""
        made, prefix = {}, self.config.prefix
        if "turn_deg" in self.config.columns:
            arrival = track.told(pl.col(_ARRIVAL).gather(track.before))
            made[f"{prefix}turn_deg"] = _within_half(bearing(_before(), _here()) - arrival)
        if "length_m" in self.config.columns:
            stands = track.begins.shift(-1, fill_value=True)
            so_far = pl.when(stands).then(pl.col(_DISTANCE)).fill_null(0.0).cum_sum()
            before = track.told(so_far.gather(track.before).fill_null(0.0))
            made[f"{prefix}length_m"] = before + pl.col(_DISTANCE).fill_null(0.0)
        return made


def _here() -> Point:
    return Point(pl.col(LAT), pl.col(LON))


def _before() -> Point:
    there = pl.col(_BEFORE).struct
    return Point(there.field(LAT), there.field(LON))


def _arrival() -> pl.Expr:
    """Return the direction in which a leg arrives: away from where it came from."""
    return turned(bearing(_here(), _before()) + _HALF_TURN)


def _within_half(degrees: pl.Expr) -> pl.Expr:
    """Return an angle of degrees in (-180, 180]."""
    whole = turned(degrees)
    return pl.when(whole > _HALF_TURN).then(whole - 2 * _HALF_TURN).otherwise(whole)
