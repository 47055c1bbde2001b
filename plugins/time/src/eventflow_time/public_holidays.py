"""The source `holidays`: public holidays of countries and their subdivisions, as context."""

from __future__ import annotations

from datetime import date, timedelta
from importlib.metadata import version
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from eventflow.base import BaseContextSource, ComponentConfig
from eventflow.config import ONE_OR_MANY
from eventflow.context.schema import ContextSchema
from eventflow_time.holidays import check_place, holidays_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from eventflow.frame import EventFrame

_COLUMNS: dict[str, Mapping[str, Any]] = {
    "date": {"dtype": "date", "nullable": False, "description": "the day"},
    "country": {"dtype": "str", "nullable": False, "description": "ISO 3166-1 code"},
    "subdivision": {"dtype": "str", "description": "state or province; null: the whole country"},
    "is_holiday": {"dtype": "bool", "description": "whether the day is a public holiday"},
    "holiday": {"dtype": "str", "description": "its name; of several on one day all"},
    "is_observed": {
        "dtype": "bool",
        "description": "whether it is free only because a holiday falls on another day",
    },
}


class PublicHolidaysSource(BaseContextSource):
    """Public holidays of countries, or of subdivisions of one, a row a day.

    | column | what | dtype |
    |---|---|---|
    | date | the day | date |
    | country | ISO 3166-1 code | text |
    | subdivision | state or province; null: the whole country | text |
    | is_holiday | whether the day is a public holiday: always, unless `days` is ``all`` | bool |
    | holiday | its name; of several on one day all, with ``; `` | text |
    | is_observed | whether it is free only because a holiday falls on another day | bool |

    Key: ``date``, with ``country`` where there are several and ``subdivision`` where there are
    several, so that the join ``exact`` finds them by the events' dates. There is no ``known_at``:
    a calendar is known years ahead, so an event may know the holidays after it. That dates of past
    years are as the law stands in the installed release of the source, the ``holidays`` package
    (https://github.com/vacanza/holidays), is part of the fingerprint. Days outside the years that
    `years` asks for and a country's rules cover have no row. Reads no data and no network.
    """

    class Config(ComponentConfig):
        """Options.

        Attributes:
            country: ISO 3166-1 code, or several: ``DE``, ``[DE, FR]``.
            subdivision: State or province, or several, of the one country, as ISO 3166-2 writes
                it without the country: ``BY``.
            language: Language of the names, such as ``en_US``; not given: each country's own.
            years: First and last year.
            days: Whether rows are the ``holidays`` alone or ``all`` days of the years, so that
                an ordinary day is told from one that no calendar covers.
        """

        country: Annotated[tuple[str, ...], ONE_OR_MANY] = Field(min_length=1, examples=["DE"])
        subdivision: Annotated[tuple[str, ...], ONE_OR_MANY] = ()
        language: str | None = None
        years: tuple[int, int] = (1970, 2100)
        days: Literal["holidays", "all"] = "holidays"

        @model_validator(mode="after")
        def _exists(self) -> Self:
            if self.years[0] > self.years[1]:
                msg = f"years end before they begin: write [{self.years[1]}, {self.years[0]}]"
                raise ValueError(msg)
            if self.subdivision and len(self.country) > 1:
                msg = "subdivision is of one country; write a source for each country"
                raise ValueError(msg)
            if twice := [p for p in self.places if self.places.count(p) > 1]:
                msg = f"{'-'.join(filter(None, twice[0]))} is asked for twice"
                raise ValueError(msg)
            for country, subdivision in self.places:
                check_place(country, subdivision, self.language)
            return self

        @property
        def places(self) -> list[tuple[str, str | None]]:
            """The countries, or the subdivisions of the one."""
            return [(c, s) for c in self.country for s in self.subdivision or (None,)]

    config: Config

    @property
    def context(self) -> ContextSchema:  # type: ignore[override] # the key depends on the options
        """What the columns mean."""
        several = {"country": len(self.config.country), "subdivision": len(self.config.subdivision)}
        key = (*(name for name, number in several.items() if number > 1), "date")
        return ContextSchema(key=key, timestamp="date", columns=_COLUMNS)

    def scan(self) -> EventFrame:
        """Return the days, lazily; they are computed when the plan is executed."""
        return self.frame(lambda: list(_rows(self.config)), name="holidays")

    def fingerprint(self) -> str:
        """Return the release of the calendar and what is asked of it."""
        return f"holidays {version('holidays')}: {self.config.model_dump_json()}"


def _rows(config: PublicHolidaysSource.Config) -> Iterator[dict[str, Any]]:
    for country, subdivision in config.places:
        every = holidays_of(country, subdivision, config.language, config.years)
        proper = holidays_of(country, subdivision, config.language, config.years, substitutes=False)
        for day in every.names if config.days == "holidays" else _days(every.first, every.last):
            name = every.names.get(day)
            yield {
                "date": day,
                "country": country,
                "subdivision": subdivision,
                "is_holiday": name is not None,
                "holiday": name,
                "is_observed": None if name is None else day not in proper.names,
            }


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]
