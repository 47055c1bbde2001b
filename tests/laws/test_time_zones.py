"""Times without an offset, read in the zone that the configuration or the source declares."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from attrs import evolve

import eventflow
from eventflow.config.errors import ConfigError
from eventflow.errors import ExitCode
from eventflow.schema import EventMetadata, EventSchema
from law_kit import host_with, source_of

if TYPE_CHECKING:
    from pathlib import Path

NEW_YORK = ZoneInfo("America/New_York")
ZONE = {"timezone": "America/New_York"}
SPRING = "2024-03-10T16:30:00Z"  # 12:30 EDT; clocks went forward that morning
CUSTOMERS = "customer_id,last_activity_date,account_created_date,total_value\n"


def churn(folder: Path, rows: str, as_of: str, **schema: str) -> dict[str, dict[str, Any]]:
    """Run the churn job on a CSV; return its rows by customer."""
    path = folder / "customers.csv"
    path.write_text(CUSTOMERS + rows, encoding="utf-8")
    result = eventflow.run({
        "source": {"use": "csv", "path": str(path)},
        "schema": schema,
        "blueprint": {"use": "customer_churn", "as_of": as_of},
    })  # fmt: skip
    assert result.data is not None
    assert result.ledger.adds_up
    return {row["customer_id"]: row for row in result.data.iter_rows(named=True)}


def test_the_churn_job_reads_a_wall_clock_in_its_zone(here: Path) -> None:
    """What is before the moment there counts, and days are periods of 24 hours that passed."""
    rows = (
        "noon,2024-03-09 12:00:00,2024-03-01 12:00:00,5\n"
        "just,2024-03-10 12:29:59,2024-03-01 12:00:00,5\n"
        "then,2024-03-10 12:30:00,2024-03-01 12:00:00,5\n"
    )
    made = churn(here, rows, SPRING, **ZONE)
    at = datetime.fromisoformat(SPRING)
    passed = at - datetime(2024, 3, 9, 12, tzinfo=NEW_YORK).astimezone(UTC)
    assert passed == timedelta(hours=23, minutes=30)
    assert made.keys() == {"noon", "just"}
    assert made["noon"]["days_since_last_activity"] == passed.days == 0
    assert churn(here, rows, SPRING).keys() == {"noon", "just", "then"}, "UTC unless said"
    assert churn(here, rows, SPRING)["noon"]["days_since_last_activity"] == 1


def test_the_churn_job_counts_dates_as_days_of_the_zone(here: Path) -> None:
    """The tenth has begun in UTC, not yet in New York; days are days of the calendar there."""
    rows = "a,2024-03-09,2024-03-01,5\nb,2024-03-10,2024-03-01,5\n"
    made = churn(here, rows, "2024-03-10T04:59:59Z", **ZONE)
    assert made.keys() == {"a"}
    assert churn(here, rows, "2024-03-10T04:59:59Z").keys() == {"a", "b"}
    later = churn(here, rows, "2024-03-11T04:00:01Z", **ZONE)
    assert (later["a"]["days_since_last_activity"], later["b"]["days_since_last_activity"]) == (
        2,
        1,
    )


def test_a_repeated_hour_does_not_count_too_early(here: Path) -> None:
    """01:15 on 3 November 2024 was twice: it counts when the second has passed."""
    rows = (
        "a,2024-11-03 01:15:00,2024-01-01 00:00:00,5\nb,2024-11-02 01:15:00,2024-01-01 00:00:00,5\n"
    )
    assert churn(here, rows, "2024-11-03T05:30:00Z", **ZONE).keys() == {"b"}
    assert churn(here, rows, "2024-11-03T06:15:00Z", **ZONE).keys() == {"b"}
    assert churn(here, rows, "2024-11-03T06:15:01Z", **ZONE).keys() == {"a", "b"}


def walls() -> list[datetime]:
    """Return a wall clock of New York for every ten minutes around both changes of 2024."""
    tens = [timedelta(minutes=10 * n) for n in range(-6 * 30, 6 * 30)]
    changes = datetime(2024, 3, 10, 2), datetime(2024, 11, 3, 1)  # noqa: DTZ001 - naive on purpose
    return [change + ten for change in changes for ten in tens]


def surely(wall: datetime) -> datetime | None:
    """Return the later instant of a wall clock of New York; None if clocks skipped it."""
    found = [wall.replace(tzinfo=NEW_YORK, fold=fold).astimezone(UTC) for fold in (0, 1)]
    back = {at.astimezone(NEW_YORK).replace(tzinfo=None) for at in found}
    return max(found) if wall in back else None


@pytest.mark.parametrize("declared", ["schema", "source"])
@pytest.mark.parametrize("as_of", ["2024-03-10T15:00:00Z", "2024-11-03T05:40:00Z",
                                   "2024-11-03T06:20:00Z", "2024-11-04T00:00:00Z"])  # fmt: skip
def test_windows_on_a_wall_clock_are_windows_in_its_zone(
    here: Path, as_of: str, declared: str
) -> None:
    """A naive loop with `zoneinfo` counts the same events, whoever declares the zone."""
    del here
    at, times = datetime.fromisoformat(as_of), [w for w in walls() if surely(w) is not None]
    rows = pl.LazyFrame({"who": ["a"] * len(times), "at": times})
    schema = EventSchema(entity="who", timestamp="at")

    class Shop(source_of(rows, schema)):  # type: ignore[misc] # a class made at run time
        def scan(self) -> Any:
            frame = super().scan()
            zone = "America/New_York" if declared == "source" else "Asia/Kolkata"
            return evolve(frame, metadata=EventMetadata(timezone=zone))

    step = {"use": "features.aggregate", "as_of": as_of, "aggregates": ["count"],
            "windows": ["6h", "1d", "2d..1d", "all"]}  # fmt: skip
    config = {"source": {"use": "shop"}, "schema": ZONE if declared == "schema" else {}}
    made = eventflow.run({**config, "steps": [step]}, host=host_with(shop=Shop)).data
    assert made is not None

    local = at.astimezone(NEW_YORK)
    days = [(local - timedelta(days=n)).astimezone(UTC) for n in (1, 2)]  # wall-clock arithmetic
    edges = {"6h": (at - timedelta(hours=6), at), "1d": (days[0], at), "2d_1d": (days[1], days[0]),
             "all": (datetime.min.replace(tzinfo=UTC), at)}  # fmt: skip
    for name, (low, high) in edges.items():
        wanted = sum(1 for w in times if low <= (surely(w) or low) < high)
        assert made[f"count_{name}"].item() == wanted, name


def test_aware_columns_stay_instants(here: Path) -> None:
    """An offset in the data stands above every zone that is declared."""
    rows = "a,2024-03-10T12:29:59-04:00,2024-03-01T12:00:00-05:00,5\n"
    assert churn(here, rows, SPRING, timezone="Asia/Kolkata") == churn(here, rows, SPRING)


def test_a_cast_to_an_instant_reads_the_wall_clock_in_its_zone(here: Path) -> None:
    """`datetime[us, UTC]` is the same moment, not the same digits."""
    path = here / "t.csv"
    path.write_text("at,n\n2024-07-01 12:00:00,1\n", encoding="utf-8")
    result = eventflow.run({
        "source": {"use": "csv", "path": str(path)},
        "schema": ZONE,
        "steps": [{"use": "cast", "columns": {"at": "datetime[us, UTC]"}}],
    })  # fmt: skip
    assert result.data is not None
    assert result.data["at"].item() == datetime(2024, 7, 1, 16, tzinfo=UTC)


def test_offsets_in_some_rows_only_have_a_stated_outcome(here: Path) -> None:
    """A time without one is a bad row, unless the source's `timezone` says where it was taken."""
    path = here / "t.csv"
    rows = [f"2024-07-{n:02}T12:00:00Z,{n}" for n in range(1, 29)]
    path.write_text("\n".join(["at,n", "2024-07-29T12:00:00,29", *rows, ""]), encoding="utf-8")
    config: dict[str, Any] = {"source": {"use": "csv", "path": str(path)}, "schema": ZONE}

    [entry] = [e for e in eventflow.run(config).ledger.entries if e.rows]
    config["source"] |= ZONE
    result = eventflow.run(config)

    assert (entry.kind, entry.rows) == ("quarantined", 1)
    assert result.data is not None
    assert result.data.sort("n")["at"][-1] == datetime(2024, 7, 29, 16, tzinfo=UTC)


def test_an_unknown_zone_is_a_mistake_in_the_configuration(here: Path) -> None:
    """Found before anything is read, with the nearest name."""
    with pytest.raises(ConfigError) as caught:
        churn(here, "a,2024-03-09,2024-03-01,5\n", SPRING, timezone="America/New_Yrok")
    [problem] = caught.value.problems
    assert (problem.code, problem.key) == ("EF206", "schema.timezone")
    assert "America/New_York" in str(problem.fix)
    assert caught.value.exit_code == ExitCode.USAGE
