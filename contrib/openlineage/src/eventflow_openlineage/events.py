"""What a run told, as an OpenLineage event with its facets."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit
from uuid import NAMESPACE_URL, UUID, uuid5

from attrs import define, field
from openlineage.client.event_v2 import InputDataset, Job, OutputDataset, Run, RunEvent, RunState
from openlineage.client.facet_v2 import (
    data_quality_assertions_dataset,
    data_quality_metrics_dataset,
    data_quality_metrics_input_dataset,
    dataset_version_dataset,
    output_statistics_output_dataset,
    parent_run,
    processing_engine_run,
    schema_dataset,
    tags_run,
)

from eventflow.tracking import CHECKS, FEATURES, Dataset

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    import polars as pl

PRODUCER: Final = "urn:eventflow:openlineage"
"""Who made the events."""


@define(kw_only=True)
class Told:
    """What a run has told so far.

    Attributes:
        namespace: Namespace of jobs.
        run_id: The run.
        name: Its pipeline.
        started_at: When it began.
        parent: The run it belongs to; None when it belongs to none.
        labels: Versions, platform and the like.
        numbers: Numbers of the whole run.
        tables: Quality checks and statistics of columns, as far as there are any.
        inputs: What was read.
        outputs: What was written.
    """

    namespace: str
    run_id: str
    name: str
    started_at: datetime
    parent: str | None = None
    labels: dict[str, str] = field(factory=dict)
    numbers: dict[str, float] = field(factory=dict)
    tables: dict[str, pl.DataFrame] = field(factory=dict)
    inputs: tuple[Dataset, ...] = ()
    outputs: tuple[Dataset, ...] = ()


def event(told: Told, kind: str, at: datetime) -> RunEvent:
    """Return the event of a kind, with everything that is known.

    Args:
        told: What the run has told.
        kind: ``START``, ``COMPLETE``, ``ABORT`` or ``FAIL``.
        at: When it happened; aware.
    """
    return RunEvent(
        eventType=RunState[kind],
        eventTime=at.isoformat(),
        run=Run(uuid_of(told.run_id), facets=_of_run(told)),
        job=Job(told.namespace, told.name),
        inputs=[_input(told, data) for data in told.inputs],
        outputs=[_output(told, data) for data in told.outputs],
        producer=PRODUCER,
    )


def uuid_of(run_id: str) -> str:
    """Return a run's id as the UUID that OpenLineage asks for; other text gives one of its own."""
    try:
        return str(UUID(run_id))
    except ValueError:
        return str(uuid5(NAMESPACE_URL, f"eventflow:{run_id}"))


def place_of(data: Dataset, namespace: str) -> tuple[str, str]:
    """Return namespace and name of a dataset, as OpenLineage's naming has them.

    A file is its absolute path in ``file``, an object its key in ``s3://bucket``; what has no place
    is its component's name in the namespace of the jobs.
    """
    if data.uri == data.name:
        return namespace, data.name
    parts = urlsplit(data.uri)
    if parts.netloc:
        return f"{parts.scheme}://{parts.hostname or parts.netloc}", parts.path.lstrip("/") or "/"
    path = parts.path if parts.scheme == "file" else data.uri
    return "file", Path(path).absolute().as_posix()


def _of_run(told: Told) -> dict[str, Any]:
    facets: dict[str, Any] = {}
    if told.parent is not None:
        facets["parent"] = parent_run.ParentRunFacet(
            run=parent_run.Run(uuid_of(told.parent)),
            job=parent_run.Job(told.namespace, "batch"),
            producer=PRODUCER,
        )
    if version := told.labels.get("version.eventflow-core"):
        facets["processing_engine"] = processing_engine_run.ProcessingEngineRunFacet(
            version=version, name="eventflow", producer=PRODUCER
        )
    if told.labels:
        tags = [
            tags_run.TagsRunFacetFields(key, text, "EVENTFLOW") for key, text in told.labels.items()
        ]
        facets["tags"] = tags_run.TagsRunFacet(tags=tags, producer=PRODUCER)
    return facets


def _input(told: Told, data: Dataset) -> InputDataset:
    facets: dict[str, Any] = _schema(data)
    if data.fingerprint:
        facets["version"] = dataset_version_dataset.DatasetVersionDatasetFacet(
            datasetVersion=data.fingerprint, producer=PRODUCER
        )
    quality: dict[str, Any] = {}
    if (rows := told.numbers.get("rows_read")) is not None:
        quality["dataQualityMetrics"] = (
            data_quality_metrics_input_dataset.DataQualityMetricsInputDatasetFacet(
                columnMetrics={}, rowCount=int(rows), producer=PRODUCER
            )
        )
    if assertions := _assertions(told, output=False):
        facets["dataQualityAssertions"] = assertions
    namespace, name = place_of(data, told.namespace)
    return InputDataset(namespace, name, quality, facets=facets)


def _output(told: Told, data: Dataset) -> OutputDataset:
    facets: dict[str, Any] = _schema(data)
    if assertions := _assertions(told, output=True):
        facets["dataQualityAssertions"] = assertions
    if (columns := _columns(told, data.rows)) is not None:
        facets["dataQualityMetrics"] = data_quality_metrics_dataset.DataQualityMetricsDatasetFacet(
            columnMetrics=columns, rowCount=data.rows, bytes=data.bytes, producer=PRODUCER
        )
    statistics = output_statistics_output_dataset.OutputStatisticsOutputDatasetFacet(
        rowCount=data.rows, size=data.bytes, producer=PRODUCER
    )
    namespace, name = place_of(data, told.namespace)
    return OutputDataset(namespace, name, {"outputStatistics": statistics}, facets=facets)


def _schema(data: Dataset) -> dict[str, Any]:
    if not data.columns:
        return {}
    fields = [
        schema_dataset.SchemaDatasetFacetFields(name=name, type=dtype, ordinal_position=place)
        for place, (name, dtype) in enumerate(data.columns, 1)
    ]
    return {"schema": schema_dataset.SchemaDatasetFacet(fields=fields, producer=PRODUCER)}


def _assertions(told: Told, *, output: bool) -> Any:
    """Return the checks of the gates, or those of the blueprint's output; None without any."""
    checks = told.tables.get(CHECKS)
    if checks is None:
        return None
    found = [row for row in checks.iter_rows(named=True) if (row["node"] == "output") is output]
    if not found:
        return None
    return data_quality_assertions_dataset.DataQualityAssertionsDatasetFacet(
        assertions=[_assertion(row) for row in found], producer=PRODUCER
    )


def _assertion(row: Mapping[str, Any]) -> Any:
    one = row["columns"] and ", " not in row["columns"]
    return data_quality_assertions_dataset.Assertion(
        assertion=row["check"],
        success=row["ok"],
        column=row["columns"] if one else None,
        name=f"{row['node']}: {row['dimension']}",
    )


def _columns(told: Told, rows: int | None) -> dict[str, Any] | None:
    features = told.tables.get(FEATURES)
    if features is None:
        return None
    return {row["name"]: _column(row, rows) for row in features.iter_rows(named=True)}


def _column(row: Mapping[str, Any], rows: int | None) -> Any:
    missing, median = row["missing"], _finite(row["median"])
    return data_quality_metrics_dataset.ColumnMetrics(
        nullCount=round(missing * rows) if missing is not None and rows is not None else None,
        distinctCount=row["distinct"],
        min=_finite(row["minimum"]),
        max=_finite(row["maximum"]),
        quantiles={"0.5": median} if median is not None else None,
    )


def _finite(number: float | None) -> float | None:
    return number if number is not None and math.isfinite(number) else None
