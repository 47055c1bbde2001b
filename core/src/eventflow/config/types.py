"""Types for the options of components: what pydantic lacks for configurations of events."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BeforeValidator, PlainSerializer
from pydantic.json_schema import WithJsonSchema
from pydantic_core import core_schema

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
    from pydantic.json_schema import JsonSchemaValue

_UNITS = {
    "us": timedelta(microseconds=1),
    "ms": timedelta(milliseconds=1),
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
}
_CALENDAR = {"mo": "a month", "q": "a quarter", "y": "a year"}
_LONG = {
    "microseconds": "us", "microsecond": "us", "µs": "us",
    "milliseconds": "ms", "millisecond": "ms", "msec": "ms",
    "seconds": "s", "second": "s", "secs": "s", "sec": "s",
    "minutes": "m", "minute": "m", "mins": "m", "min": "m",
    "hours": "h", "hour": "h", "hrs": "h", "hr": "h",
    "days": "d", "day": "d", "weeks": "w", "week": "w",
}  # fmt: skip
_SHOWN, _READABLE = 40, 1e15
_PART = re.compile(r"(\d+)(us|ms|s|m|h|d|w)")
_WORDS = re.compile(r"(\d+)\s*([a-zµ]+)[\s,]*", re.IGNORECASE)


def parse_duration(text: str) -> timedelta:
    """Read a duration in Polars' grammar.

    Args:
        text: ``30s``, ``1h30m``, ``7d``, ``2w``, ``-15m``. Units: us, ms, s, m, h, d (24 hours),
            w (7 days).

    Raises:
        ValueError: It is not a duration, has no fixed length (``1mo``), or is too long; the message
            says what was probably meant.
    """
    body = text.removeprefix("-")
    total, end = timedelta(), 0
    for match in _PART.finditer(body):
        if match.start() != end:
            break
        try:
            total += int(match[1]) * _UNITS[match[2]]
        except (OverflowError, ValueError):  # Python refuses very many digits too
            msg = f'"{text[:_SHOWN]}" is longer than a duration can be, which is 999999999d'
            raise ValueError(msg) from None
        end = match.end()
    if not body or end != len(body):
        raise ValueError(_explained(text))
    return -total if text.startswith("-") else total


def _explained(text: str) -> str:
    if match := re.fullmatch(r"-?\d+(mo|q|y)", text):
        return f'"{text}" has no fixed length ({_CALENDAR[match[1]]} varies); write days or weeks'
    parts = _WORDS.findall(text)
    units = [_LONG.get(unit.lower(), unit.lower()) for _, unit in parts]
    mended = "".join(number + unit for (number, _), unit in zip(parts, units, strict=True))
    if parts and not _WORDS.sub("", text).strip("- ") and all(u in _UNITS for u in units):
        return f'"{text}" is not a duration, did you mean "{mended}"?'
    return f'"{text}" is not a duration; write for example 30s, 15m, 1h30m or 7d'


def format_duration(duration: timedelta) -> str:
    """Write a duration so that `parse_duration` reads it back: ``1h30m``; zero is ``0s``."""
    rest, out = abs(duration), ""
    for unit in ("d", "h", "m", "s", "ms", "us"):
        count, rest = divmod(rest, _UNITS[unit])
        out += f"{count}{unit}" if count else ""
    return ("-" if duration < timedelta() else "") + (out or "0s")


def _to_duration(value: Any) -> Any:
    if isinstance(value, str):
        return parse_duration(value)
    if isinstance(value, (int, float)):
        shown = f"{value:g}" if abs(value) < _READABLE else "30"
        msg = f"{value} has no unit; write for example {shown}s, {shown}m or {shown}h"
        raise ValueError(msg)  # noqa: TRY004 - pydantic turns only ValueError into a problem
    return value


Duration = Annotated[
    timedelta,
    BeforeValidator(_to_duration),
    PlainSerializer(format_duration, return_type=str),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": r"^-?(\d+(us|ms|s|m|h|d|w))+$",
            "examples": ["30s", "15m", "1h30m", "7d"],
        }
    ),
]
"""A fixed length of time: ``1h30m`` in a configuration, a `timedelta` in the component."""


class _OneOrMany:
    """Lets an item stand where a list of such items belongs, for pydantic and for editors."""

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        return core_schema.no_info_before_validator_function(_listed, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        many = handler(schema)
        return {"anyOf": [handler.resolve_ref_schema(many).get("items", {}), many]}


def _listed(value: Any) -> Any:
    return (value,) if isinstance(value, (str, int, float)) else value


ONE_OR_MANY = _OneOrMany()
"""Marks a list of which one item may stand alone: ``Annotated[tuple[str, ...], ONE_OR_MANY]``."""
