"""Where problems that components tell are placed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

import eventflow
from eventflow.base import BaseSource, ComponentConfig
from eventflow.errors import EventflowError
from eventflow.frame import EventFrame
from eventflow.plugins import PluginHost
from eventflow.schema import EventSchema

if TYPE_CHECKING:
    from pathlib import Path


class NoServiceError(EventflowError):
    """A plugin's own error."""

    code = "EF999"


class Service(BaseSource):
    """Declares roles of columns that are not there, and refuses one path."""

    class Config(ComponentConfig):
        """Options."""

        path: str = "good"

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        if self.config.path != "good":
            raise NoServiceError.of("nothing answers", key="path")  # noqa: EM101, TRY003 - a plugin's words

    def scan(self) -> EventFrame:
        return EventFrame(pl.LazyFrame({"a": [1]}), EventSchema(timestamp="nothere"))


@pytest.fixture
def host() -> PluginHost:
    """A host with the source of this file."""
    host = PluginHost()
    host.register(Service, name="service")
    return host


def placed(folder: Path, text: str, host: PluginHost) -> tuple[str, int, int, str]:
    """Return code, line, column and owner of the one problem of a pipeline."""
    path = folder / "p.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(EventflowError) as caught:
        eventflow.check(path, host=host)
    (problem,) = caught.value.problems
    assert problem.location is not None
    return problem.code, problem.location.line, problem.location.column, str(problem.owner)


def test_a_wrong_schema_of_a_source_is_told_at_the_source(tmp_path: Path, host: PluginHost) -> None:
    """Not at the beginning of the file: nothing there is wrong; the source's owner is named."""
    text = "name: p\nsource: {use: service}\n"
    assert placed(tmp_path, text, host) == ("EF301", 2, 15, "runtime")


def test_a_wrong_schema_of_the_file_is_told_at_its_own_line(
    tmp_path: Path, host: PluginHost
) -> None:
    """What the file says of the columns stands over what the source does."""
    text = "name: p\nsource: {use: service}\nschema:\n  timestamp: b\n"
    assert placed(tmp_path, text, host)[:3] == ("EF301", 4, 3)


def test_an_error_with_a_key_is_told_at_that_option(tmp_path: Path, host: PluginHost) -> None:
    """A component that refuses its options while it is built names the one it means."""
    text = "name: p\nsource:\n  use: service\n  path: bad\n"
    assert placed(tmp_path, text, host)[:3] == ("EF999", 4, 3)
