"""Every source of the package is lazy, describes its columns truly, and names its licence."""

from __future__ import annotations

import hashlib
from importlib.metadata import entry_points
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
import polars.selectors as cs
import pytest

from eventflow.types import Source

if TYPE_CHECKING:
    from eventflow.schema import ColumnSchema
    from eventflow_datasets.packaged import PackagedSource

SOURCES: dict[str, type[PackagedSource]] = {
    ep.name: ep.load()
    for ep in entry_points(group="eventflow.sources")
    if ep.value.startswith("eventflow_datasets.")
}

# Errors that were published and are documented.
KNOWN_VIOLATIONS = {("nyc_weather", "wind_speed"): 1}


@pytest.fixture(params=sorted(SOURCES))
def source(request: pytest.FixtureRequest) -> PackagedSource:
    """Return each source in turn."""
    return SOURCES[request.param]()


def test_the_eight_sources_are_offered() -> None:
    """The names in configurations are stable."""
    assert sorted(SOURCES) == [
        "avocado", "earthquakes", "game_revenue", "nyc_airports", "nyc_flights", "nyc_planes",
        "nyc_weather", "online_retail",
    ]  # fmt: skip


def test_a_source_keeps_the_contract(source: PackagedSource) -> None:
    """It is a Source, has a description, and takes no options."""
    assert isinstance(source, Source)
    assert source.__doc__
    with pytest.raises(ValueError, match="nonsense"):
        type(source)(nonsense=1)


def test_scan_reads_no_rows(source: PackagedSource, monkeypatch: pytest.MonkeyPatch) -> None:
    """Building the plan collects nothing."""

    def refuse(*_: object, **__: object) -> None:
        pytest.fail("scan() collected")

    monkeypatch.setattr(pl.LazyFrame, "collect", refuse)
    assert isinstance(source.scan().lazy, pl.LazyFrame)


def test_only_the_columns_asked_for_are_read(source: PackagedSource) -> None:
    """The plan is a scan of Parquet, into which the projection is pushed."""
    frame = source.scan()
    first, *rest = frame.columns().names()
    plan = frame.lazy.select(first).explain()
    assert "Parquet SCAN" in plan
    assert f"PROJECT 1/{len(rest) + 1} COLUMNS" in plan


def test_the_schema_describes_every_column_and_fits(source: PackagedSource) -> None:
    """Each column has a dtype and a description, and the frame passes its own schema."""
    frame = source.scan()
    frame.schema.check(frame.columns())
    assert list(frame.schema.columns) == frame.columns().names()
    for name, spec in frame.schema.columns.items():
        assert spec.dtype is not None, name
        assert spec.description, name


def _violations(frame: pl.DataFrame, name: str, spec: ColumnSchema) -> int:
    """Count the values that break a constraint, constraint by constraint."""
    column = frame[name]
    found = 0 if spec.nullable else column.null_count()
    values = column.drop_nulls()
    if spec.unique:
        found += len(values) - values.n_unique()
    if spec.minimum is not None:
        found += values.filter(values < spec.minimum).len()
    if spec.maximum is not None:
        found += values.filter(values > spec.maximum).len()
    if spec.pattern is not None:
        found += values.filter(~values.str.contains(spec.pattern)).len()
    if spec.allowed is not None:
        found += values.filter(~values.is_in(list(spec.allowed))).len()
    return found


def test_every_constraint_holds_in_the_data(source: PackagedSource) -> None:
    """What the schema says is a fact, but for the errors that are documented."""
    frame = source.scan()
    data = frame.collect()
    dataset = frame.metadata.dataset or ""
    for name, spec in frame.schema.columns.items():
        assert _violations(data, name, spec) == KNOWN_VIOLATIONS.get((dataset, name), 0), name


def test_no_value_is_nan(source: PackagedSource) -> None:
    """Missing is null, never NaN."""
    flags = source.scan().lazy.select(cs.float().is_nan().any()).collect()
    assert not any(flags.rows() and flags.row(0))


def test_metadata_names_dataset_licence_and_origin(source: PackagedSource) -> None:
    """A frame says where it comes from, and places come with their reference system."""
    frame = source.scan()
    assert SOURCES[frame.metadata.dataset or ""] is type(source)
    assert frame.metadata.licence
    assert frame.metadata.source
    assert (frame.metadata.crs == "EPSG:4326") == (frame.schema.latitude is not None)


def test_estimated_bytes_is_what_the_rows_take(source: PackagedSource) -> None:
    """The stated size is the size in memory, to within a tenth."""
    size = source.scan().collect().estimated_size()
    assert source.estimated_bytes() == pytest.approx(size, rel=0.1)


def test_the_fingerprint_is_the_hash_of_the_file(source: PackagedSource) -> None:
    """Two runs on the same bytes name the same fingerprint."""
    data = files("eventflow_datasets").joinpath("data", f"{source.metadata.dataset}.parquet")
    assert source.fingerprint() == f"sha256:{hashlib.sha256(data.read_bytes()).hexdigest()}"


def test_the_package_stays_small_and_carries_its_licences() -> None:
    """All data together is below 15 MB, and the notice cites every file."""
    folder = Path(str(files("eventflow_datasets").joinpath("data")))
    parquet = sorted(folder.glob("*.parquet"))
    assert sum(p.stat().st_size for p in parquet) < 15_000_000
    notice = (folder / "LICENSE-DATA.md").read_text("utf-8")
    assert "https://doi.org/10.24432/C5CG6D" in notice
    assert "CC BY 4.0" in notice
    assert all(p.name in notice for p in parquet)
