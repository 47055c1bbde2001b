"""Moments as a configuration writes them: ISO 8601, read in UTC where no offset is given."""

from __future__ import annotations

import calendar
import re
from datetime import UTC, date, datetime

_MOMENT = re.compile(
    r"\d{4}-\d\d-\d\d(?:[Tt ]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?\s?(?:[Zz]|[+-]\d\d(?::?\d\d)?)?)?"
)
_LOOSE = re.compile(r"(?P<y>\d{4})[-/.](?P<m>\d{1,2})[-/.](?P<d>\d{1,2})(?P<rest>.*)", re.DOTALL)
_COMPACT = re.compile(r"(?P<y>\d{4})(?P<m>\d\d)(?P<d>\d\d)(?P<rest>)")


class BadMomentError(ValueError):
    """Text that is no moment.

    Attributes:
        nearest: What was probably meant, if it can be told.
    """

    def __init__(self, text: str) -> None:
        """Say what is wrong, and what was probably meant."""
        self.nearest = _nearest(text)
        shaped = _MOMENT.fullmatch(text.strip()) is not None
        why = "there is no such date or time" if shaped else "not a date or time in ISO 8601"
        super().__init__(f'"{text}": {why}')


def parse_moment(value: str | date) -> datetime:
    """Read a moment.

    Args:
        value: ``2011-12-10``, ``2011-12-10T00:00:00Z``, ``2011-12-10 12:00+02:00``, or a date or
            datetime. A date means its first instant.

    Returns:
        The moment with its time zone; UTC where none is given.

    Raises:
        BadMomentError: It is no moment, or one that does not exist.
    """
    if isinstance(value, str):
        moment = _parse(value)
    elif isinstance(value, datetime):
        moment = value
    else:
        moment = datetime(value.year, value.month, value.day, tzinfo=UTC)
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _parse(text: str) -> datetime:
    written = text.strip()
    if not _exists(written):
        raise BadMomentError(text)
    return _read(written)


def _nearest(text: str) -> str | None:
    """Mend separators, missing zeros, swapped month and day, and days past the month's end."""
    match = _LOOSE.fullmatch(text.strip()) or _COMPACT.fullmatch(text.strip())
    if match is None:
        return None
    year, month, day = int(match["y"]), int(match["m"]), int(match["d"])
    if month > 12 >= day >= 1:  # noqa: PLR2004 - months of a year
        month, day = day, month
    if not (1 <= month <= 12 and year >= 1):  # noqa: PLR2004 - months of a year
        return None
    day = min(max(day, 1), calendar.monthrange(year, month)[1])
    start = f"{year:04}-{month:02}-{day:02}"
    return start + match["rest"] if _exists(start + match["rest"]) else start


def _exists(text: str) -> bool:
    if _MOMENT.fullmatch(text) is None:
        return False
    try:
        _read(text)
    except ValueError:
        return False
    return True


def _read(text: str) -> datetime:
    return datetime.fromisoformat(re.sub(r"\s(?=[Zz+-])", "", text).upper())
