"""What a person asks for, in a configuration or a notebook, as a chart of a frame."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Self

from pydantic import Field, model_validator

from eventflow.charts import maps, tables
from eventflow.charts.errors import NoPlaceError
from eventflow.charts.measure import Aggregate, Measure
from eventflow.columns import require_columns
from eventflow.component import ComponentConfig

if TYPE_CHECKING:
    from eventflow.charts.chart import Chart
    from eventflow.frame import EventFrame
    from eventflow.schema import EventSchema

_NAMED = ("string", "categorical", "boolean", "integer", "numeric", "temporal")
_SCALED = ("numeric", "temporal")
_NUMBERS = ("numeric", "boolean")
_NEEDS = {"map": (), "heatmap": ("x", "y"), "bars": ("x",), "histogram": ("x",)}
_MAY = {
    "map": ("cell", "latitude", "longitude", "value", "aggregate"),
    "heatmap": ("x", "y", "every", "value", "aggregate"),
    "bars": ("x", "value", "aggregate"),
    "histogram": ("x", "every"),
}


class ChartConfig(ComponentConfig):
    """Options of a chart.

    Attributes:
        kind: ``map`` (places), ``heatmap`` (two columns), ``bars`` (one column's values) or
            ``histogram`` (how one column's values are spread).
        x: Column from left to right; of bars, the column whose values they are.
        y: Column of a heatmap from top to bottom.
        value: Column that is measured; rows are counted if not given.
        aggregate: What of its values; their mean if not given.
        every: Calendar step of times in `x`, such as ``6h`` or ``1w``; what fits if not given.
        cell: Column of a map with the ids of grid cells or zones; positions if not given.
        latitude: Column of latitude in degrees; the schema's if not given.
        longitude: Column of longitude in degrees; the schema's if not given.
        title: What it shows; measure and columns if not given.
        unit: Unit of the numbers; the schema's of `value` if not given.
    """

    kind: Literal["map", "heatmap", "bars", "histogram"]
    x: str | None = Field(default=None, min_length=1)
    y: str | None = Field(default=None, min_length=1)
    value: str | None = Field(default=None, min_length=1)
    aggregate: Aggregate | None = None
    every: str | None = Field(default=None, pattern=r"^([1-9]\d*(y|q|mo|w|d|h|m|s))+$")
    cell: str | None = Field(default=None, min_length=1)
    latitude: str | None = Field(default=None, min_length=1)
    longitude: str | None = Field(default=None, min_length=1)
    title: str = ""
    unit: str = ""

    @model_validator(mode="after")
    def _fits_its_kind(self) -> Self:
        options = ("x", "y", "value", "aggregate", "every", "cell", "latitude", "longitude")
        given = [name for name in options if getattr(self, name) is not None]
        if lacking := [name for name in _NEEDS[self.kind] if name not in given]:
            msg = f"a {self.kind} chart needs {' and '.join(lacking)}"
            raise ValueError(msg)
        if surplus := [name for name in given if name not in _MAY[self.kind]]:
            msg = f"a {self.kind} chart has no {' and no '.join(surplus)}"
            raise ValueError(msg)
        if self.aggregate is not None and self.value is None:
            msg = "aggregate says what of a value is shown, and no value is given"
            raise ValueError(msg)
        return self

    def columns(self, schema: EventSchema) -> frozenset[str]:
        """Return the columns that it may look at."""
        names = {self.x, self.y, self.value, self.cell}
        if self.kind == "map":
            names |= {self.latitude or schema.latitude, self.longitude or schema.longitude}
        return frozenset(name for name in names if name is not None)


def asked(frame: EventFrame, config: ChartConfig) -> Chart:
    """Return a chart of a frame's rows. Reads no data.

    Raises:
        SchemaError: EF301, a column is not there.
        UnfitColumnError: EF308, a column cannot be drawn, or not be measured.
        NoPlaceError: EF641, nothing says where events happened.
    """
    found = frame.columns()
    measure = Measure.of(config.value, config.aggregate)
    if config.value is not None:
        families = _NUMBERS if measure.numeric is not None else ()
        require_columns([config.value], found, key="value", families=families)
    told = {"title": config.title, "unit": config.unit or _unit(frame, measure)}
    if config.kind == "map":
        return _map(frame, config, measure, told)
    scaled = config.kind == "histogram"
    x, y = config.x or "", config.y or ""
    require_columns([x], found, key="x", families=_SCALED if scaled else _NAMED)
    if config.kind == "heatmap":
        require_columns([y], found, key="y", families=_NAMED)
        return tables.heatmap(frame.lazy, x, y, measure, every=config.every, **told)
    if config.kind == "bars":
        return tables.bars(frame.lazy, x, measure, **told)
    return tables.histogram(frame.lazy, x, every=config.every, **told)


def _map(frame: EventFrame, config: ChartConfig, measure: Measure, told: dict[str, str]) -> Chart:
    outline = frame.outlines.get(config.cell) if config.cell is not None else None
    position = None if outline is not None else _position(frame, config)
    if config.cell is None:
        assert position is not None  # noqa: S101 - there is no outline without a cell
        return maps.points(frame.lazy, position, measure, **told)
    require_columns([config.cell], frame.columns(), key="cell")
    return maps.areas(frame.lazy, config.cell, measure, outline=outline, position=position, **told)


def _position(frame: EventFrame, config: ChartConfig) -> tuple[str, str]:
    latitude = config.latitude or frame.schema.latitude
    longitude = config.longitude or frame.schema.longitude
    if latitude is None or longitude is None:
        outlined = [name for name in frame.columns() if name in frame.outlines]
        raise NoPlaceError.of_map(config.cell, outlined)
    for name, key in ((latitude, "latitude"), (longitude, "longitude")):
        require_columns([name], frame.columns(), key=key, families=["numeric"])
    return latitude, longitude


def _unit(frame: EventFrame, measure: Measure) -> str:
    """Return the unit of a column that is measured, as the schema says it."""
    spec = frame.schema.columns.get(measure.numeric or "")
    return (spec.unit or "") if spec is not None else ""
