"""Time zones: which exist, which was probably meant, and what a clock on their walls stands for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, available_timezones

import polars as pl
from pydantic import AfterValidator, Field

from eventflow.errors import nearest

Repeated = Literal["unfit", "earlier", "later"]
"""What becomes of a local time that occurs twice, where clocks go back."""

Skipped = Literal["unfit", "forward"]
"""What becomes of a local time that never occurs, where clocks go forward."""

_DAY = pl.duration(days=1, time_unit="ns")  # the coarser unit of two is that of their sum
_MONTHS = range(1, 13)


def known_zone(name: str) -> str:
    """Return the name of a zone that exists, as it is.

    Raises:
        ValueError: There is no such zone; the message names the nearest.
    """
    try:
        pl.Series([0]).cast(pl.Datetime("us")).dt.replace_time_zone(name)
    except pl.exceptions.PolarsError:
        near = nearest(name, available_timezones())
        hint = f'did you mean "{near}"?' if near else "write an IANA name such as Europe/Paris"
        msg = f'there is no time zone "{name}", {hint}'
        raise ValueError(msg) from None
    return name


TimeZone = Annotated[
    str, AfterValidator(known_zone), Field(examples=["UTC", "Europe/Paris", "America/New_York"])
]
"""Option that takes the IANA name of a time zone."""


def in_zone(
    wall: pl.Expr, zone: str, *, repeated: Repeated = "unfit", skipped: Skipped = "unfit"
) -> pl.Expr:
    """Return the instants that local times mean; null where one does not fit.

    Args:
        wall: Times without a zone.
        zone: IANA zone of the clock that showed them.
        repeated: Which of two instants a time means that occurs twice: the ``earlier``, the
            ``later``, or neither.
        skipped: Whether a time that never occurs is moved ``forward`` by what was skipped (the
            disambiguation "compatible" of ECMAScript's Temporal, and java.time's), or has no
            meaning.
    """
    which: Literal["null", "earliest", "latest"]
    which = "null" if repeated == "unfit" else "earliest" if repeated == "earlier" else "latest"
    local = wall.dt.replace_time_zone(zone, ambiguous=which, non_existent="null")
    if skipped == "unfit":
        return local
    before = (wall - _DAY).dt.replace_time_zone(zone, ambiguous=which, non_existent="null") + _DAY
    never = wall.dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null").is_null()
    return pl.when(never).then(before).otherwise(local)


@cache
def changes(zone: str) -> frozenset[timedelta]:
    """Return by how much clocks of a zone have been changed since 1970, forwards or back."""
    at = [
        datetime(y, m, d, tzinfo=UTC) for y in range(1970, 2038) for m in _MONTHS for d in (1, 15)
    ]
    place = ZoneInfo(zone)
    offsets = [moment.astimezone(place).utcoffset() or timedelta() for moment in at]
    return frozenset(abs(b - a) for a, b in pairwise(offsets) if a != b)
