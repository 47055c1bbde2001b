"""Lengths of time as options: ``6h``, ``7d``, ``1mo``."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, Field

_PART = re.compile(r"(\d+)(ns|us|ms|mo|s|m|h|d|w|q|y)")
_LENGTH = re.compile(rf"(?:{_PART.pattern})+")
_NANOSECONDS = {
    "ns": 1, "us": 1_000, "ms": 1_000_000, "s": 10**9, "m": 60 * 10**9, "h": 3600 * 10**9,
}  # fmt: skip
_DAYS = {"d": (1, 1), "w": (7, 7), "mo": (28, 31), "q": (90, 92), "y": (365, 366)}
_DAY = 24 * 3600 * 10**9
HOUR = 3600 * 10**9
"""Nanoseconds of an hour."""


def parts(length: str) -> list[tuple[int, str]]:
    """Return numbers and units: ``1h30m`` is ``[(1, "h"), (30, "m")]``."""
    return [(int(number), unit) for number, unit in _PART.findall(length)]


def times(length: str, factor: int) -> str:
    """Return a length several times; ``0d`` for none."""
    return "".join(f"{number * factor}{unit}" for number, unit in parts(length))


def of_days(length: str) -> bool:
    """Whether a length is made of whole days, weeks, months, quarters or years."""
    return all(unit in _DAYS for _, unit in parts(length))


def bounds(length: str) -> tuple[int, int]:
    """Return the shortest and longest a length can be, in nanoseconds."""
    low = high = 0
    for number, unit in parts(length):
        if unit in _DAYS:
            low, high = low + number * _DAYS[unit][0] * _DAY, high + number * _DAYS[unit][1] * _DAY
        else:
            low, high = low + number * _NANOSECONDS[unit], high + number * _NANOSECONDS[unit]
    return low, high


def _known(text: str) -> str:
    if _LENGTH.fullmatch(text) is None or bounds(text)[0] == 0:
        msg = f'"{text}" is not a length of time; write for example 15m, 6h, 7d, 1w or 1mo'
        raise ValueError(msg)
    return text


def _one_unit(text: str) -> str:
    if len(parts(_known(text))) > 1:
        msg = f'"{text}" has two units; write it in one, for example 90m for 1h30m'
        raise ValueError(msg)
    return text


Length = Annotated[str, AfterValidator(_known), Field(examples=["15m", "6h", "7d", "1mo"])]
"""A length of time; ``d`` and longer are lengths of the calendar, a day may have 23 or 25 hours."""

BinLength = Annotated[str, AfterValidator(_one_unit), Field(examples=["15m", "6h", "1d", "1mo"])]
"""A length of time in one unit."""
