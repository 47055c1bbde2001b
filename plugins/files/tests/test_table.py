"""The source `table`: any file as context, with roles; mistakes are told with their fix."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from pydantic import ValidationError

from eventflow import ContextEnricherStep, EventFrame, Pipeline
from eventflow.context.schema import ContextSchema
from eventflow.errors import EventflowError
from eventflow.testing import contract, sample_events
from eventflow_files.table import TableSource

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

DISTRICTS = pl.DataFrame({"zip": ["01067", "53111"], "inhabitants": [7_000, 12_000]})
WRITERS: dict[str, Callable[[pl.DataFrame, Path], None]] = {
    "csv": pl.DataFrame.write_csv,
    "tsv": lambda rows, path: rows.write_csv(path, separator="\t"),
    "csv.gz": lambda rows, path: rows.write_csv(path, compression="gzip", check_extension=False),
    "ndjson": pl.DataFrame.write_ndjson,
    "parquet": pl.DataFrame.write_parquet,
    "arrow": pl.DataFrame.write_ipc,
}


def _config(folder: Path) -> dict[str, Any]:
    path = folder / "events.csv"
    if not path.exists():
        sample_events().collect().write_csv(path)
    return {"path": str(path), "key": "entity"}


def _changed(folder: Path) -> None:
    sample_events(50).collect().write_csv(folder / "events.csv")


TestTable = contract(
    TableSource, config=_config, changed=_changed, missing={"path": "not-there.csv"}
)


@pytest.mark.parametrize("ending", WRITERS)
def test_the_ending_of_the_name_tells_the_format(ending: str, tmp_path: Path) -> None:
    """Every format gives the same rows, under the same roles."""
    path = tmp_path / f"districts.{ending}"
    WRITERS[ending](DISTRICTS, path)
    frame = TableSource(path=str(path), key="zip").scan()
    assert frame.collect().sort("zip").equals(DISTRICTS)
    assert isinstance(frame.schema, ContextSchema)
    assert frame.schema.identity == ("zip",)
    assert frame.metadata.dataset == "districts"


@pytest.mark.parametrize("path", ["{}", "{}/part*"])
def test_a_folder_or_a_pattern_is_read_by_what_is_in_it(path: str, tmp_path: Path) -> None:
    """No ending is needed where the files have one; hive folders give their columns."""
    for year in (2024, 2025):
        folder = tmp_path / f"part-year={year}"
        folder.mkdir()
        DISTRICTS.write_csv(tmp_path / f"part-{year}.csv")
    frame = TableSource(path=path.format(tmp_path), key="zip").scan()
    assert frame.collect().height == 2 * DISTRICTS.height


def test_roles_and_options_reach_frame_and_reader(tmp_path: Path) -> None:
    """Times are parsed as the options say; position, CRS and zone are known to joins."""
    path = tmp_path / "stations.txt"
    path.write_text("id;from;to;lat;lon\nA1;01.02.2024;01.03.2024;50.7;7.1\n")
    parse = {"from": "%d.%m.%Y", "to": "%d.%m.%Y"}
    frame = TableSource(
        path=str(path), key=["id"], timestamp="from", until="to", latitude="lat", longitude="lon",
        crs="EPSG:4326", timezone="Europe/Berlin", options={"separator": ";", "parse": parse},
    ).scan()  # fmt: skip
    assert frame.collect()["from"].to_list() == [date(2024, 2, 1)]
    assert (frame.zone, frame.metadata.crs) == ("Europe/Berlin", "EPSG:4326")
    assert frame.schema.latitude == "lat"


def test_events_are_joined_by_the_key_the_table_names(tmp_path: Path) -> None:
    """`enrich` needs no further option; ids keep their leading zeros."""
    DISTRICTS.write_csv(tmp_path / "districts.csv")
    table = TableSource(path=str(tmp_path / "districts.csv"), key="zip")
    events = EventFrame.of({"zip": ["01067", "99999"]})
    rows = Pipeline([ContextEnricherStep(table)]).run(events).collect().sort("zip")
    assert rows["inhabitants"].to_list() == [7_000, None]


def test_a_row_that_cannot_be_read_fails_unless_it_may_be_left_out(tmp_path: Path) -> None:
    """Context that is silently missing would look like an event that has none."""
    path = tmp_path / "districts.csv"
    path.write_text("zip,n\n" + "01067,1\n" * 40 + "53111,many,x\n")
    with pytest.raises(EventflowError, match="EF611"):
        TableSource(path=str(path)).scan().collect()
    lenient = TableSource(path=str(path), options={"bad_rows": "quarantine"})
    assert lenient.scan().collect().height == 40


def test_files_of_several_formats_are_no_table(tmp_path: Path) -> None:
    """The error names the formats; the fix names files of one."""
    DISTRICTS.write_csv(tmp_path / "a.csv")
    DISTRICTS.write_parquet(tmp_path / "b.parquet")
    with pytest.raises(EventflowError, match=r"(?s)EF633.*csv, parquet.*\*\.csv"):
        TableSource(path=str(tmp_path)).scan()


def test_a_name_that_tells_no_format_asks_for_it(tmp_path: Path) -> None:
    """And `format` answers."""
    path = tmp_path / "districts.dat"
    DISTRICTS.write_csv(path)
    with pytest.raises(EventflowError, match=r"(?s)EF633.*format: csv"):
        TableSource(path=str(path)).scan()
    assert TableSource(path=str(path), format="csv").scan().collect().height == 2


def test_a_role_without_its_column_names_the_nearest(tmp_path: Path) -> None:
    """EF613, under the option's own name."""
    DISTRICTS.write_csv(tmp_path / "d.csv")
    with pytest.raises(EventflowError, match=r'(?s)EF613.*key names.*did you mean "zip"'):
        TableSource(path=str(tmp_path / "d.csv"), key="zipp").scan()


@pytest.mark.parametrize(
    ("ending", "fix"), [("csv", r"options: \{parse: \{zip"), ("parquet", "another column")]
)
def test_a_role_of_the_wrong_dtype_says_how_to_read_it(
    ending: str, fix: str, tmp_path: Path
) -> None:
    """All roles at once: a time that is text, a position that is text."""
    path = tmp_path / f"d.{ending}"
    WRITERS[ending](DISTRICTS.with_columns(place=pl.lit("x")), path)
    table = TableSource(path=str(path), timestamp="zip", latitude="place")
    with pytest.raises(EventflowError, match=f"(?s)EF634.*{fix}") as raised:
        table.scan()
    assert [problem.key for problem in raised.value.problems] == ["timestamp", "latitude"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"options": {"seperator": ";"}}, 'did you mean "separator"'),
        ({"options": {"separator": ";;"}}, "options.separator"),
        ({"options": {"timezone": "UTC"}}, "written beside it"),
        ({"latitude": "x", "longitude": "x"}, "two roles"),
    ],
)
def test_options_are_checked_before_any_file_is_looked_at(
    options: dict[str, Any], words: str
) -> None:
    """Those of the format's source too, with the nearest name."""
    with pytest.raises(ValidationError, match=words):
        TableSource(path="not-there.csv", **options)
