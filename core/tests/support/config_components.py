"""Components that the config tests choose by name; they do nothing but have options."""

# ruff: noqa: D106, RUF012, TC001, TC003 - `Config` is what its component says; pydantic copies
# defaults and evaluates annotations

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from eventflow.base import (
    BaseBlueprint,
    BaseContextJoin,
    BaseSink,
    BaseSource,
    BaseStep,
    BlueprintConfig,
    ComponentConfig,
)
from eventflow.config.types import Duration
from eventflow.config.uses import Uses
from eventflow.plugins import PluginHost

SOUND = """\
name: shop
source: {use: sheet, path: events.csv, limit: 10}
schema:
  timestamp: at
  entity: customer
  columns:
    amount: {dtype: f64, nullable: false}
steps:
  - use: sessions
    gap: 30m
    window:
      length: 1h
    columns: {a: b}
  - use: weather.enrich
    context: {use: sheet, path: weather.csv}
    join: {use: asof.near, tolerance: 1h}
blueprint: {use: recipe, as_of: 2011-12-10}
quality: {use: test.gate, minimum_score: 80, completeness: 0.95}
sink:
  use: output
  path: out.parquet
transport: {use: memory}
seed: 7
runs: {path: .eventflow, keep: 20}
plugins: {strict: false}
"""
"""A sound pipeline of these components, which the tests break in one place at a time."""


class Table(BaseSource):
    """A source with an option of each sort."""

    class Config(ComponentConfig):
        path: str = Field(examples=["events.csv"])
        separator: str = ","
        limit: int | None = Field(default=None, ge=0)
        header: bool = True
        encoding: Literal["utf-8", "utf-16", "latin-1"] = "utf-8"
        since: date | None = None
        null_values: list[str] = []
        password: SecretStr | None = None
        address: str | None = None


class Output(BaseSink):
    """A sink."""

    class Config(ComponentConfig):
        path: str
        compression: Literal["zstd", "lz4", "none"] = "zstd"
        level: int = Field(default=3, ge=1, le=22)


class Window(BaseModel):
    """Options inside an option."""

    model_config = ConfigDict(extra="forbid")
    length: Duration
    offset: Duration | None = None


class Sessions(BaseStep):
    """A step with nested options."""

    class Config(ComponentConfig):
        gap: Duration = Field(examples=["30m"])
        share: float = Field(default=0.5, ge=0, le=1)
        window: Window | None = None
        columns: dict[str, str] = {}


class Enrich(BaseStep):
    """A step that nests two components."""

    class Config(ComponentConfig):
        context: Annotated[Any, Uses("source")]
        join: Annotated[Any, Uses("context_join")]
        more: list[Annotated[Any, Uses("source")]] = []


class Gate(BaseStep):
    """A stand-in for the quality gate."""

    class Config(ComponentConfig):
        minimum_score: float = Field(default=0, ge=0, le=100)
        completeness: float = Field(default=0, ge=0, le=1)


class Nearest(BaseContextJoin):
    """A context join."""

    class Config(ComponentConfig):
        tolerance: Duration | None = None


class Recipe(BaseBlueprint):
    """A blueprint without features."""

    name = "recipe"
    version = "1"

    class Config(BlueprintConfig):
        half_life: Duration | None = None

    def steps(self, binding: Any) -> tuple[()]:
        """No steps."""
        del binding
        return ()


def host_with_components(*_: object) -> PluginHost:
    """A host that offers the components above under short names, beside what is installed."""
    host = PluginHost(environment={})
    host.register(Table, name="sheet", kind="source")
    host.register(Output, name="output", kind="sink")
    host.register(Sessions, name="sessions", kind="step")
    host.register(Enrich, name="weather.enrich", kind="step")
    host.register(Gate, name="test.gate", kind="step")
    host.register(Nearest, name="asof.near", kind="context_join")
    host.register(Recipe, name="recipe", kind="blueprint")
    return host
