"""What the name of a column says about what it holds."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from eventflow.drafting.facts import Facts
    from eventflow.schema import Role

_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_IDENTIFIERS = frozenset({"id", "ids", "key", "code", "number", "no", "nr", "uuid", "guid", "sku"})
_SUBJECTS = (
    "customer", "user", "client", "account", "member", "patient", "person", "employee", "device",
    "sensor", "vehicle", "driver", "store", "shop", "product",
)  # fmt: skip
_ALONE = [[subject] for subject in _SUBJECTS]
_MOMENTS = (("timestamp", "datetime", "time", "at"), ("date", "day", "on"))
_DEGREES: dict[Role, frozenset[str]] = {
    "latitude": frozenset({"lat", "latitude"}),
    "longitude": frozenset({"lon", "lng", "long", "longitude"}),
}
_SENSITIVE = frozenset({
    "email", "phone", "mobile", "iban", "ssn", "passport", "password", "birthday", "birthdate",
    "birth", "dob", "surname", "lastname", "firstname", "address",
})  # fmt: skip
_MOSTLY = 0.5


def words(name: str) -> list[str]:
    """Split a name into words: ``customerID`` and ``Customer ID`` are ``customer``, ``id``."""
    return [word.lower() for word in _WORDS.findall(name)]


def is_identifier(name: str) -> bool:
    """Whether the last word says that the column holds identifiers."""
    found = words(name)
    return bool(found) and found[-1] in _IDENTIFIERS


def is_sensitive(name: str) -> bool:
    """Whether a word, or two together, say that values concern a person's privacy."""
    found = words(name)
    pairs = {a + b for a, b in pairwise(found)}
    return bool(_SENSITIVE & ({*found} | pairs))


def roles_of(columns: Mapping[str, Facts]) -> dict[Role, str]:
    """Return the roles that dtypes and names suggest; none where nothing does.

    Args:
        columns: Column → what was found in it.
    """
    found: dict[Role, str] = {}
    if timestamp := _first(sorted(_moments(columns))):
        found["timestamp"] = timestamp
    if entity := _first(sorted(_entities(columns))):
        found["entity"] = entity
    for role, names in _DEGREES.items():
        fitting = (
            c for c, f in columns.items() if f.dtype.is_numeric() and names & set(words(c)[-1:])
        )
        if column := next(fitting, None):
            found[role] = column
    return found if {"latitude", "longitude"} <= found.keys() else _without_degrees(found)


def _without_degrees(found: dict[Role, str]) -> dict[Role, str]:
    return {role: column for role, column in found.items() if role not in _DEGREES}


def _first(ranked: list[tuple[int, int, str]]) -> str | None:
    return ranked[0][2] if ranked else None


def _moments(columns: Mapping[str, Facts]) -> Iterable[tuple[int, int, str]]:
    """Yield columns that could tell when, with their rank: what names a moment comes first."""
    for place, (name, facts) in enumerate(columns.items()):
        if facts.dtype in (pl.Date, pl.Datetime) and facts.present > _MOSTLY:
            found = set(words(name))
            rank = next((i for i, known in enumerate(_MOMENTS) if found & set(known)), 2)
            yield rank, place, name


def _entities(columns: Mapping[str, Facts]) -> Iterable[tuple[int, int, str]]:
    """Yield identifiers, with their rank: whom events concern comes before what each is called."""
    for place, (name, facts) in enumerate(columns.items()):
        kind = facts.dtype == pl.String or facts.dtype.is_integer()
        named = is_identifier(name) or words(name)[-1:] in _ALONE
        if kind and named and facts.present > _MOSTLY:
            subject = next((i for i, s in enumerate(_SUBJECTS) if s in words(name)), None)
            known = subject is not None
            yield 2 * facts.distinct_all + (not known), place, name
