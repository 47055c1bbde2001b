"""Law 1, lazy: planning reads no data, no step collects, and a run reads only what it needs."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
import shapely
import yaml

import eventflow
from eventflow.context.exact import ExactJoin
from eventflow.context.schema import ContextSchema
from eventflow.frame import EventFrame
from eventflow.plugins import PluginHost
from eventflow.recipes import RecipeRegistry
from eventflow.schema import EventSchema
from eventflow.testing import Probe
from eventflow_datasets.packaged import PackagedSource
from eventflow_datasets.retail import OnlineRetail
from law_kit import MAIN_JOB, host_with, inside, source_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventflow.types import Step

EVENTS = pl.DataFrame(
    {
        "who": ["a", "b", None, "a"],
        "at": [datetime(2020, 1, day) for day in (1, 2, 3, 3)],  # noqa: DTZ001 - naive on purpose
        "n": ["1", "2", "x", "4"],
        "amount": [1.0, -2.0, None, 1.0],
    }
)
SCHEMA = EventSchema(entity="who", timestamp="at", value="amount")
AS_OF = datetime(2020, 2, 1, tzinfo=UTC)
CONTEXT = EventFrame.of({"who": ["a"], "town": ["Bonn"]})
PLACE = {"latitude": "amount", "longitude": "amount", "crs": "EPSG:4326"}
POINTS = EventFrame.of({"y": [1.0], "x": [1.0]}, latitude="y", longitude="x", crs="EPSG:4326")
ZONES = EventFrame.of({"zone": ["all"], "shape": [shapely.box(-9, -9, 9, 9).wkb]}).under(
    ContextSchema(key=("zone",), geometry="shape", crs="EPSG:4326")
)

STEPS: dict[str, dict[str, Any]] = {
    "cast": {"columns": {"n": "i64"}},
    "deduplicate": {"by": ["who"], "keep": "last"},
    "chart": {"kind": "bars", "x": "who"},
    "enrich": {"context": CONTEXT, "join": ExactJoin(by="who", repeats="last")},
    "derive": {"columns": {"twice": "amount * 2"}},
    "features.aggregate": {"aggregates": ["sum(amount)", "last(n)"], "windows": ["7d"]},
    "features.lagged": {"columns": ["n"], "bin": "at", "every": "1d"},
    "features.profile": {"of": "amount"},
    "features.rate": {"columns": ["amount"], "per": 0.09, "unit": "km2"},
    "features.share": {"columns": ["amount"]},
    "features.training": {
        "cutoffs": ["2020-01-03", "2020-01-04"],
        "aggregates": ["sum(amount)"],
        "labels": {"window": "7d", "aggregates": {"bought": "count"}},
    },
    "filter": {"where": "amount > 0", "outcome": "quarantined"},
    "prepare.compact": {},
    "prepare.encode": {"columns": {"n": "target_ordered"}, "target": "amount"},
    "prepare.missing": {"columns": {"n": "forward", "amount": "auto"}},
    "prepare.outliers": {"columns": ["amount"], "action": "drop"},
    "prepare.scale": {},
    "quality.gate": {"on_fail": "drop", "columns": {"amount": {"minimum": 0}}},
    "rename": {"columns": {"n": "number"}},
    "require": {"columns": ["who"]},
    "select": {"columns": ["who", "at"]},
    "space.density": {"cell": "n", "bandwidth_m": 900, "value": "amount"},
    "space.distance": {
        **PLACE,
        "to_latitude": "amount",
        "to_longitude": "amount",
    },
    "space.geohash": {**PLACE, "precision": 6},
    "space.grid": {**PLACE, "size_m": 300},
    "space.h3": {**PLACE, "resolution": 7},
    "space.lag": {"cell": "n", "columns": ["amount"]},
    "space.neighbours": {"cell": "n", "columns": ["amount"]},
    "space.poi": {**PLACE, "pois": POINTS},
    "space.project": {**PLACE, "to": "EPSG:3857"},
    "space.stops": PLACE,
    "space.trajectory": PLACE,
    "space.zone": {**PLACE, "zones": ZONES},
    "time.bin": {"bin_size": "6h"},
    "time.calendar": {"cyclic": ["hour"]},
    "time.diff": {"columns": ["amount"]},
    "time.ewma": {"columns": ["amount"], "span": 3},
    "time.fill": {"every": "1d", "columns": {"amount": 0.0}},
    "time.holidays": {"country": "GB"},
    "time.lag": {"columns": ["amount"]},
    "time.rolling": {"windows": ["7d"], "columns": ["amount"]},
    "time.sequence": {"last": {"n": 2}},
    "time.session": {"gap": "1d"},
    "time.since_previous": {"unit": "h"},
}
"""Options of every official step, on `EVENTS`."""
FILES: dict[str, dict[str, Any]] = {
    "csv": {"path": "big.csv"},
    "ipc": {"path": "big.arrow"},
    "ndjson": {"path": "big.ndjson"},
    "parquet": {"path": "big.parquet"},
    "table": {"path": "big.csv"},
}
"""Options of every source that reads files of rows."""
HEAD = 3 * 2**20
"""Bytes a source may look at to tell names and dtypes."""


def steps() -> Sequence[str]:
    """Return the names of the official steps; recipes are made of these and read no more."""
    recipes = RecipeRegistry().names()
    return [ref.name for ref in PluginHost().refs("step") if ref.name not in recipes]


def packaged() -> Sequence[str]:
    """Return the names of the data sets that we ship."""
    refs = PluginHost().refs("source")
    return sorted(ref.name for ref in refs if ref.distribution == "eventflow-datasets")


def made(kind: Any, name: str, options: dict[str, Any]) -> Any:
    """Return a component by name, as a configuration makes it."""
    host = PluginHost()
    return host.load(host.find(kind, name))(**options)


def learned(step: Step) -> Any:
    """Return what a step learns on `EVENTS`; None if it learns nothing."""
    statistics = step.learn(EventFrame(EVENTS.lazy(), SCHEMA))
    return None if statistics is None else step.fit(statistics.collect())


def planned(step: Step, frame: EventFrame) -> EventFrame:
    """Do with a step all that planning does."""
    step.reads(frame.schema, frame.columns().names())
    step.learn(frame)
    step.measure(frame)
    after = step.apply(frame, learned(step))
    after.columns()
    return after


@pytest.mark.parametrize("name", steps())
def test_no_step_reads_while_it_plans(name: str) -> None:
    """Whatever a step does before the engine executes, not one row is pulled from the source."""
    probe = Probe(EVENTS)
    after = planned(made("step", name, STEPS[name]).at(AS_OF), EventFrame(probe.scan(), SCHEMA))
    assert probe.reads == []
    after.collect()
    assert probe.reads


@pytest.mark.parametrize("name", steps())
def test_no_step_changes_what_it_was_given(name: str) -> None:
    """Frame, schema and accounts stay as they were; a second application gives the same."""
    frame, untouched = EventFrame(EVENTS.lazy(), SCHEMA), EVENTS.clone()
    step = made("step", name, STEPS[name]).at(AS_OF)
    once, twice = planned(step, frame).collect(), planned(step, frame).collect()
    assert EVENTS.equals(untouched)
    assert frame.collect().equals(untouched)
    assert (frame.schema, frame.accounts) == (SCHEMA, ())
    key = once.columns
    assert once.sort(key).equals(twice.sort(key))


@pytest.fixture
def big(here: Path) -> Path:
    """Files of every format, each far larger than a head."""
    rows = pl.DataFrame({"a": range(600_000)}).with_columns(
        b=pl.col("a").hash(7).cast(pl.String), c=pl.col("a").hash(8)
    )
    rows.write_csv("big.csv")
    rows.write_ndjson("big.ndjson")
    rows.write_parquet("big.parquet")
    rows.write_ipc("big.arrow")
    return here


def bytes_read() -> int:
    """Return how many bytes this process has asked the system for so far."""
    facts = Path("/proc/self/io")
    if not facts.exists():
        pytest.skip("this system does not count what a process reads")
    return int(facts.read_text(encoding="ascii").split()[1])


@pytest.mark.parametrize("name", sorted(FILES))
def test_no_file_source_reads_more_than_a_head_while_it_plans(name: str, big: Path) -> None:
    """A file of many megabytes costs at most three to plan; executing it costs all of it."""
    source = made("source", name, FILES[name])
    assert (big / source.config.path).stat().st_size > 3 * HEAD
    before = bytes_read()
    source.scan().columns()
    assert bytes_read() - before < HEAD


@pytest.mark.parametrize("name", packaged())
def test_no_packaged_source_reads_rows_while_it_plans(
    name: str, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With nothing left of a data set but its footer, planning works and reading does not."""
    source = made("source", name, {})
    assert isinstance(source, PackagedSource)
    raw = Path(source._path()).read_bytes()
    footer = int.from_bytes(raw[-8:-4], "little") + 8
    hollow = here / "hollow.parquet"
    hollow.write_bytes(raw[:4] + bytes(len(raw) - footer - 4) + raw[-footer:])
    monkeypatch.setattr(PackagedSource, "_path", lambda _: str(hollow))
    frame = source.scan()
    frame.schema.check(frame.columns(), owner=name)
    with pytest.raises((pl.exceptions.PolarsError, OSError)):
        frame.collect()


def job(**changes: Any) -> dict[str, Any]:
    """Return the main job over a source named ``shop``, with changes."""
    written = yaml.safe_load(MAIN_JOB.read_text(encoding="utf-8"))
    written["source"] = {"use": "shop"}
    return {k: v for k, v in {**written, **changes}.items() if v is not None}


@pytest.fixture(scope="module")
def invoices() -> pl.DataFrame:
    """Twenty thousand invoice lines of the real shop."""
    return OnlineRetail().scan().lazy.head(20_000).collect()


def test_checking_and_explaining_read_and_write_nothing(here: Path, invoices: pl.DataFrame) -> None:
    """The whole main job is checked and explained without a row, and leaves no file."""
    probe = Probe(invoices)
    host = host_with(shop=source_of(probe.scan(), OnlineRetail.schema))
    eventflow.check(job(), host=host)
    assert "deduplicate" in eventflow.explain(job(), host=host).mermaid()
    assert probe.reads == []
    assert list(here.iterdir()) == []


BLUEPRINT = {"customer_id", "invoice", "invoice_date", "quantity", "price"}
GATE = {"country", "stock_code"}
"""Columns the source declares to be never null, which the gate therefore looks at."""


@pytest.mark.parametrize(
    ("changes", "needed"),
    [
        ({}, {*BLUEPRINT, *GATE, "description"}),
        ({"steps": job()["steps"][:2]}, {*BLUEPRINT, *GATE}),
        ({"steps": job()["steps"][:2], "quality": None}, {*BLUEPRINT, "stock_code"}),
        ({"steps": None, "quality": None}, BLUEPRINT),
    ],
    ids=["whole rows are compared", "steps and gate", "steps", "blueprint alone"],
)
@pytest.mark.parametrize("memory_share", [0, 0.25])
def test_a_run_pulls_only_the_columns_it_needs(
    here: Path, invoices: pl.DataFrame, changes: Any, needed: set[str], memory_share: float
) -> None:
    """What the plan names is what the record says, and what is pulled from the source.

    Without a gate to hold rows at, rows that are set aside are pulled whole, by a scan of their
    own.
    """
    probe = Probe(invoices)
    host = host_with(shop=source_of(probe.scan(), OnlineRetail.schema))
    asked = job(**changes, engine={"use": "local", "memory_share": memory_share})
    result = eventflow.run(asked, overrides=inside(here), host=host)
    whole = frozenset(invoices.columns)
    assert {names for names in probe.reads if not names <= needed} <= {whole}
    assert "quality" not in asked or frozenset().union(*probe.reads) == needed
    assert result.record.source_columns == (len(needed), 8)
