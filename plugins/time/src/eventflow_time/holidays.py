"""The step `time.holidays`: public holidays, and the days around them."""

from __future__ import annotations

import warnings
from datetime import date, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any, ClassVar, Self

import polars as pl
from attrs import frozen
from pydantic import Field, NonNegativeInt, model_validator

from eventflow.base import BaseStep, ComponentConfig
from eventflow.errors import nearest
from eventflow.zones import TimeZone  # noqa: TC001 - pydantic reads it
from eventflow_time.clocks import Clock
from eventflow_time.errors import require_free
from eventflow_time.history import named_time, time_dtype

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from eventflow.frame import EventFrame
    from eventflow.schema import EventSchema
    from eventflow.types import Rows


class TemporalHolidaysStep(BaseStep):
    """Whether an event falls on a public holiday, which, and whether one is near.

    | column | what | dtype |
    |---|---|---|
    | is_holiday | whether the day is a public holiday | bool |
    | holiday | its name; of several on one day all, with ``; ``; null on other days | text |
    | near_holiday | whether it is at most `before` days before one or `after` days after | bool |

    ``near_holiday`` is made when `before` or `after` is given; it holds on the holiday too. The
    day is that of the calendar of `timezone`. Null: no time, or a day outside the years that
    `years` asks for and the country's rules cover. Parity: exact. Holidays are fixed in advance,
    so days before them look at nothing that was not known; dates of past years are as the law
    stands in the installed release of the source, the ``holidays`` package
    (https://github.com/vacanza/holidays).

    Raises while the plan is built: `SchemaError` (EF301), `UnknownHistoryError` (EF330),
    `UnfitColumnError` (EF331), `ColumnTakenError` (EF332).
    """

    rows: ClassVar[Rows] = "kept"

    class Config(ComponentConfig):
        """Options.

        Attributes:
            country: ISO 3166-1 code: ``DE``, ``US``.
            subdivision: State or province, as ISO 3166-2 writes it without the country: ``BY``.
            language: Language of the names, such as ``en_US``; not given: the country's own.
            before: Days before a holiday that count as near it.
            after: Days after a holiday that count as near it.
            years: First and last year that are looked up.
            time: Column of the event time; the schema's timestamp if not given.
            timezone: Zone of the calendar; not given: that of the times.
            prefix: What the names begin with.
        """

        country: str
        subdivision: str | None = None
        language: str | None = None
        before: NonNegativeInt = Field(default=0, le=60)
        after: NonNegativeInt = Field(default=0, le=60)
        years: tuple[int, int] = (1970, 2100)
        time: str | None = None
        timezone: TimeZone | None = None
        prefix: str = ""

        @model_validator(mode="after")
        def _exists(self) -> Self:
            if self.years[0] > self.years[1]:
                msg = f"years end before they begin: write [{self.years[1]}, {self.years[0]}]"
                raise ValueError(msg)
            check_place(self.country, self.subdivision, self.language)
            return self

    def reads(self, schema: EventSchema, columns: Sequence[str]) -> frozenset[str] | None:
        """The time."""
        del columns
        return frozenset({named_time(self.config.time, schema)})

    def apply(self, frame: EventFrame, state: Any) -> EventFrame:
        """Add the columns, lazily; the holidays are computed here, from no data."""
        del state
        config, found = self.config, frame.columns()
        time = named_time(config.time, frame.schema)
        clock = Clock.of(frame, time, time_dtype(time, found), config.timezone)
        table = holidays_of(config.country, config.subdivision, config.language, config.years)
        day = clock.wall.dt.date() if clock.dtype != pl.Date else clock.wall
        covered = day.is_between(table.first, table.last)
        names = day.replace_strict(dict(table.names), default=None, return_dtype=pl.String)
        made = {"is_holiday": _among(day, table.names), "holiday": names}
        if config.before or config.after:
            made["near_holiday"] = _among(day, table.near(config.before, config.after))
        made = {f"{config.prefix}{n}": pl.when(covered).then(e) for n, e in made.items()}
        require_free(made, found, key="prefix")
        return frame.with_lazy(frame.lazy.with_columns(**made))


@frozen
class Holidays:
    """The holidays of a place.

    Attributes:
        names: Day → name.
        first: First day of the years that are covered.
        last: Last day of the years that are covered.
    """

    names: Mapping[date, str]
    first: date
    last: date

    def near(self, before: int, after: int) -> set[date]:
        """Return the days up to `before` days before a holiday and `after` days after."""
        around = range(-before, after + 1)
        return {day + timedelta(days=n) for day in self.names for n in around}


@lru_cache(maxsize=32)
def holidays_of(
    country: str,
    subdivision: str | None,
    language: str | None,
    years: tuple[int, int],
    *,
    substitutes: bool = True,
) -> Holidays:
    """Return the holidays of a place, as far as its rules cover the years.

    Args:
        country: ISO 3166-1 code.
        subdivision: Code of the state or province; None for the whole country.
        language: Language of the names; None for the country's own.
        years: First and last year.
        substitutes: Whether days count that are free because a holiday falls on another.
    """
    import holidays  # noqa: PLC0415 - delayed: hundreds of modules, only for this step

    empty = holidays.country_holidays(country, subdiv=subdivision)
    first, last = max(years[0], empty.start_year), min(years[1], empty.end_year)
    with warnings.catch_warnings():  # years that a country's calendar only estimates
        warnings.simplefilter("ignore")
        found = holidays.country_holidays(
            country,
            subdiv=subdivision,
            years=range(first, last + 1),
            language=language or empty.default_language,  # else it is the machine's
            observed=substitutes,
        )
    inside = {day: name for day, name in sorted(found.items()) if first <= day.year <= last}
    return Holidays(inside, date(max(first, 1), 1, 1), date(last, 12, 31))


def check_place(country: str, subdivision: str | None, language: str | None) -> None:
    """Check that there are holidays of a place, and names for them in a language.

    Raises:
        ValueError: There are none; the message names what there is.
    """
    import holidays  # noqa: PLC0415 - delayed: see above

    places = holidays.list_supported_countries(include_aliases=True)
    if country not in places:
        near = nearest(country, places)
        hint = f'did you mean "{near}"?' if near else "write an ISO 3166-1 code such as DE"
        msg = f'there are no holidays of "{country}", {hint}'
        raise ValueError(msg)
    if subdivision is not None and subdivision not in places[country]:
        known = ", ".join(places[country][:20]) or "none"
        msg = f'{country} has no subdivision "{subdivision}"; known: {known}'
        raise ValueError(msg)
    spoken = holidays.country_holidays(country).supported_languages
    if language is not None and language not in spoken:
        msg = f'the holidays of {country} are not named in "{language}"; known: {", ".join(spoken)}'
        raise ValueError(msg)


def _among(day: pl.Expr, days: Mapping[date, str] | set[date]) -> pl.Expr:
    return day.is_in(pl.Series(sorted(days), dtype=pl.Date).implode())
