"""The facade, as the product's specification shows it: a file, a batch of files, an upload."""

from __future__ import annotations

import asyncio
import gzip
import io
import os
import subprocess
import sys
import tempfile
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from pydantic import ValidationError

import eventflow
from eventflow import DataIngestionService, DataPipeline, EventflowError, PipelineConfig
from eventflow.facade import FileTooLargeError, IncompleteUploadError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

AS_OF = "2024-06-01"
CUSTOMERS = pl.DataFrame(
    {
        "customer_id": [f"{n:04}" for n in range(50)],
        "last_activity_date": [date(2024, 5, 1) + timedelta(days=n % 28) for n in range(50)],
        "account_created_date": [date(2023, 1, 1) + timedelta(days=n) for n in range(50)],
        "total_value": [n * 7.5 for n in range(50)],
    }
)
REVENUE = pl.DataFrame(
    {"date": [date(2024, 5, d) for d in range(1, 32)], "revenue": [float(d) for d in range(31)]}
)
SALES = pl.DataFrame(
    {
        "product_id": ["007"] * 31,
        "date": REVENUE["date"],
        "price": [1 + d % 5 / 10 for d in range(31)],
        "quantity_sold": [100 - d for d in range(31)],
    }
)


def found(folder: Path, pattern: str = "*") -> list[str]:
    """Return the names of what lies in a folder."""
    return sorted(path.name for path in folder.glob(pattern))


@pytest.fixture(autouse=True)
def uploads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in a folder with the files of the specification; return where uploads are put aside."""
    monkeypatch.chdir(tmp_path)
    CUSTOMERS.write_csv("customer_data.csv")
    CUSTOMERS.head(20).write_csv("customers_jan.csv")
    CUSTOMERS.tail(20).write_csv("customers_feb.csv")
    REVENUE.write_csv("revenue_data.csv")
    SALES.write_csv("sales.csv")
    (tmp_path / "odd.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    line = CUSTOMERS.head(1).write_csv().encode()
    (tmp_path / "bomb.csv.gz").write_bytes(gzip.compress(line * 500))
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.mark.parametrize(
    ("file", "blueprint", "rows", "feature"),
    [
        ("customer_data.csv", "customer_churn", 50, "activity_recency_score"),
        ("revenue_data.csv", "revenue_projection", 31, "revenue_ma_7"),
        ("sales.csv", "price_optimization", 31, "price_elasticity"),
    ],
)
async def test_a_file_becomes_features(file: str, blueprint: str, rows: int, feature: str) -> None:
    """Every blueprint of the specification works on a CSV, and the state tells what was made."""
    processed, state = await DataPipeline().process_file(
        file_path=file, blueprint_name=blueprint, as_of=AS_OF
    )
    assert processed.height == rows
    assert processed[feature].drop_nulls().len() > 0
    assert state.status == "COMPLETED"
    assert feature in state.feature_engineering.features_created


async def test_a_batch_goes_on_when_a_file_fails() -> None:
    """Each file has its result, in order; a missing one and a wrong one have their errors."""
    pipeline = DataPipeline(max_concurrent_pipelines=3, enable_monitoring=True)
    files = [
        ("customers_jan.csv", "customer_churn"),
        ("gone.csv", "customer_churn"),
        ("odd.csv", "customer_churn"),
        ("customers_feb.csv", "customer_churn"),
        ("revenue_data.csv", "revenue_projection"),
    ]
    done = await pipeline.process_batch(files, max_concurrent=3, as_of=AS_OF)
    assert [r[0].height if isinstance(r, tuple) else "failed" for r in done] == [
        20, "failed", "failed", 20, 31,
    ]  # fmt: skip
    assert isinstance(done[1], EventflowError)
    assert "EF601" in str(done[1])
    assert "customer_id" in str(done[2])
    assert sorted(r.state for r in pipeline.records) == ["COMPLETED"] * 3 + ["FAILED"] * 2


@pytest.mark.parametrize(("asked", "at_once"), [(1, 1), (2, 2), (9, 3), (None, 3)])
async def test_no_more_files_at_once_than_asked_for(
    monkeypatch: pytest.MonkeyPatch, asked: int | None, at_once: int
) -> None:
    """The batch's limit holds, within the pipeline's."""
    running, most = 0, 0

    async def counted(*_: Any, **__: Any) -> Any:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.01)
        running -= 1
        msg = "not run"
        raise EventflowError.of(msg)

    monkeypatch.setattr("eventflow.facade.pipeline.run_async", counted)
    pipeline = DataPipeline(max_concurrent_pipelines=3)
    await pipeline.process_batch([("sales.csv", "x")] * 7, max_concurrent=asked)
    assert most == at_once


def test_one_pipeline_serves_several_event_loops() -> None:
    """Also where files have to wait for one another."""
    pipeline = DataPipeline(max_concurrent_pipelines=1, enable_monitoring=False)
    files = [("customers_jan.csv", "customer_churn")] * 2
    for _ in range(2):
        done = asyncio.run(pipeline.process_batch(files, as_of=AS_OF))
        assert all(isinstance(result, tuple) for result in done)
    assert pipeline.records == ()


class Upload:
    """An asynchronous upload, as web frameworks hand it over."""

    def __init__(self, data: bytes) -> None:
        self._data = io.BytesIO(data)

    async def read(self, size: int = -1) -> bytes:
        """Read some of it."""
        return self._data.read(size)


async def _pieces(data: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(data), 100):
        yield data[start : start + 100]


def _streams() -> Iterator[tuple[str, Any]]:
    data = CUSTOMERS.write_csv().encode()
    yield "file", io.BytesIO(data)
    yield "text", io.StringIO(data.decode())
    yield "chunks", iter([data[:50], data[50:]])
    yield "async-file", Upload(data)
    yield "async-chunks", _pieces(data)


@pytest.mark.parametrize("kind", [name for name, _ in _streams()])
async def test_an_upload_gives_what_the_file_gives(uploads: Path, kind: str) -> None:
    """Whatever kind of stream it is; nothing is left behind, and folders in names mean nothing."""
    stream = dict(_streams())[kind]
    size = len(CUSTOMERS.write_csv().encode())
    pipeline = DataPipeline()
    processed, state = await pipeline.process_stream(
        file_stream=stream,
        filename="../../uploaded_data.csv",
        blueprint_name="customer_churn",
        content_length=size,
        as_of=AS_OF,
    )
    expected, _ = await pipeline.process_file("customer_data.csv", "customer_churn", as_of=AS_OF)
    assert processed.sort("customer_id").equals(expected.sort("customer_id"))
    assert state.status == "COMPLETED"
    assert found(uploads) == []


class Unread:
    """A stream that must not be read."""

    def read(self, size: int) -> bytes:
        """Fail."""
        raise AssertionError(size)


@pytest.mark.parametrize(
    ("stream", "name", "length", "error"),
    [
        (Unread(), "big.csv", 2000, "EF630"),
        (io.BytesIO(b"x" * 2000), "big.csv", None, "EF630"),
        (io.BytesIO(b"x,y\n"), "short.csv", 100, "EF631"),
        (io.BytesIO(b"x,y\n" * 9), "long.csv", 4, "EF631"),
        (Unread(), "what.docx", None, "EF604"),
        (Unread(), "small.csv.gz", None, "EF632"),
    ],
    ids=["announced", "too-long", "cut-off", "surplus", "unknown", "compressed"],
)
async def test_what_may_not_come_in_is_refused(
    uploads: Path, stream: Any, name: str, length: int | None, error: str
) -> None:
    """By size, length, type or compression; as early as it can be known, and nothing is left."""
    small = DataIngestionService(max_file_size=1000, chunk_size=10, enable_compression=False)
    pipeline = DataPipeline(ingestion=small)
    with pytest.raises(EventflowError, match=error):
        await pipeline.process_stream(stream, name, "customer_churn", content_length=length)
    assert found(uploads) == []


async def test_files_are_limited_too() -> None:
    """On disk as they are, and decompressed: a small archive may hold a large file."""
    small = DataPipeline(ingestion=DataIngestionService(max_file_size=1000))
    with pytest.raises(FileTooLargeError, match="raise the limit"):
        await small.process_file("customer_data.csv", "customer_churn")
    with pytest.raises(EventflowError, match="max_bytes"):
        await small.process_file("bomb.csv.gz", "customer_churn")


async def test_an_upload_that_is_cancelled_leaves_nothing(uploads: Path) -> None:
    """Whoever closes the page in the middle of an upload."""

    async def endless() -> AsyncIterator[bytes]:
        while True:
            await asyncio.sleep(0)
            yield b"x"

    task = asyncio.create_task(DataPipeline().process_stream(endless(), "a.csv", "customer_churn"))
    await asyncio.sleep(0.05)
    assert len(found(uploads)) == 1
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert found(uploads) == []


KILLED = """
import os
from eventflow.facade.scratch import scratch_folder
with scratch_folder() as folder:
    (folder / "secret.csv").write_text("1")
    os._exit(9)
"""


async def test_what_a_killed_process_left_is_removed_on_the_next_start(uploads: Path) -> None:
    """Folders of processes that are gone go; those of living ones stay."""
    environment = {**os.environ, "TMPDIR": str(uploads), "TEMP": str(uploads)}
    subprocess.run([sys.executable, "-c", KILLED], env=environment, check=False)  # noqa: ASYNC221 - our own program
    assert found(uploads, "*/*") == ["secret.csv"]
    service = DataIngestionService()
    async with (
        service.received(io.BytesIO(b"x"), "a.csv"),
        service.received(io.BytesIO(b"x"), "b.csv"),
    ):
        assert found(uploads, "*/*") == ["a.csv", "b.csv"]
    assert found(uploads) == []


async def test_thresholds_and_checks_are_those_of_the_gate() -> None:
    """What the thresholds let through, and what they do not; without checks there is no gate."""
    pl.concat([CUSTOMERS, CUSTOMERS.head(5)]).write_csv("twice.csv")

    async def processed(**options: Any) -> Any:
        pipeline = DataPipeline(PipelineConfig(**options))
        return await pipeline.process_file("twice.csv", "customer_churn", as_of=AS_OF)

    usual = {"completeness": 0.95, "uniqueness": 1.0, "validity": 0.98}
    with pytest.raises(EventflowError, match="uniqueness of customer_id"):
        await processed(quality_thresholds=usual)
    for options in (
        {"quality_thresholds": usual | {"uniqueness": 0.5}},
        {"validation_config": {"schema_validation": True, "quality_checks": False}},
    ):
        data, _ = await processed(**options)
        assert data.height == 55


ADVANCED = {
    "missing_value_strategy": "auto",
    "outlier_method": "iqr",
    "encoding_strategy": "auto",
    "scaling_method": "robust",
}
"""The specification's own example."""


async def test_data_is_prepared_as_the_specification_shows() -> None:
    """Gaps are filled and outliers capped before, features encoded and scaled after."""
    worth = pl.when(pl.int_range(50) == 49).then(1e6).otherwise("total_value")
    table = CUSTOMERS.with_columns(worth.alias("total_value"))
    gaps = table.with_columns(pl.when(pl.int_range(50) != 7).then("total_value"))
    gaps.write_csv("gaps.csv")
    plain, _ = await DataPipeline().process_file("gaps.csv", "customer_churn", as_of=AS_OF)
    made, state = await DataPipeline().process_file(
        file_path="gaps.csv",
        blueprint_name="customer_churn",
        preprocessing_config=ADVANCED,
        as_of=AS_OF,
    )
    assert state.status == "COMPLETED"
    assert plain["daily_value_rate"].null_count() == 1
    assert made["daily_value_rate"].null_count() == 0
    assert plain.filter(pl.col("daily_value_rate") > 1_000).height == 1
    assert made.filter(pl.col("daily_value_rate") > 3).height == 0
    assert made["account_tenure_days"].median() == pytest.approx(0)
    assert sorted(made["customer_id"]) == sorted(CUSTOMERS["customer_id"])


async def test_texts_become_numbers_where_asked_for() -> None:
    """Reasons of the price blueprint as codes; product and date stay what they are."""
    pipeline = DataPipeline(PipelineConfig(preprocessing_config={"encoding_strategy": "label"}))
    made, _ = await pipeline.process_file("sales.csv", "price_optimization", as_of=AS_OF)
    assert made["price_elasticity_reason"].dtype == pl.Int32
    assert made["product_id"].unique().to_list() == ["007"]


async def test_outliers_are_told_where_statistics_are_asked_for() -> None:
    """The gate looks at the numbers that the blueprint needs; without, it says nothing of them."""
    worth = pl.when(pl.int_range(50) == 49).then(1e6).otherwise("total_value")
    CUSTOMERS.with_columns(worth.alias("worth")).drop("total_value").write_csv("odd_one.csv")
    told = []
    for asked in (True, False):
        checks = {"schema_validation": True, "quality_checks": True}
        config = PipelineConfig(validation_config=checks | {"statistical_validation": asked})
        data, state = await DataPipeline(config).process_file(
            "odd_one.csv", "customer_churn", as_of=AS_OF, columns={"total_value": "worth"}
        )
        assert data.height == 50
        assert state.record.verdict is not None
        failed = [c for c in state.record.verdict.checks if c.passed < c.total]
        told.append([(c.columns, c.total - c.passed) for c in failed])
    assert told == [[(("worth",), 1)], []]


@pytest.mark.parametrize(
    "options",
    [
        {"preprocessing_config": {"scaling_method": "max"}},
        {"quality_threshold": {}},
        {"quality_thresholds": {"completeness": 95}},
        {"validation_config": {"schema_validation": False}},
    ],
)
def test_options_are_checked(options: dict[str, Any]) -> None:
    """Misspelt names, shares above one, and a schema that is not looked at."""
    with pytest.raises(ValidationError):
        PipelineConfig(**options)


def test_limits_below_one_mean_nothing() -> None:
    """They are refused when the service or the pipeline is made."""
    with pytest.raises(ValueError, match="at least one file"):
        eventflow.DataPipeline(max_concurrent_pipelines=0)
    with pytest.raises(ValueError, match="at least 1"):
        DataIngestionService(chunk_size=0)
    with pytest.raises(ValueError, match="at least 1"):
        DataIngestionService(max_file_size=0)


def test_an_incomplete_upload_says_how_much_came() -> None:
    """Both numbers, and what to do."""
    error = IncompleteUploadError.by("a.csv", announced=10, received=4)
    assert "4 bytes came, content_length said 10" in str(error)
