"""Names of time zones: which exist, and which was probably meant."""

from __future__ import annotations

from typing import Annotated
from zoneinfo import available_timezones

import polars as pl
from pydantic import AfterValidator, Field

from eventflow.errors import nearest


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
