"""A context source in a few lines: `BaseContextSource.frame`."""

from __future__ import annotations

from typing import Any, ClassVar

import polars as pl
import pytest

from eventflow import BaseContextSource, ContextSchema, EventFrame
from eventflow.testing import contract

SCHEMA = ContextSchema(
    key="district",
    timezone="Europe/Berlin",
    crs="EPSG:4326",
    columns={
        "district": {"dtype": "str"},
        "inhabitants": {"dtype": "i64"},
        "share": {"dtype": "f64"},
    },
)


class Districts(BaseContextSource):
    """Makes its rows when they are read, and counts how often."""

    context: ClassVar[ContextSchema] = SCHEMA
    rows: ClassVar[Any] = [{"district": "Mitte", "inhabitants": 3, "share": float("nan")}]
    read: ClassVar[int] = 0

    def scan(self) -> EventFrame:
        """Return the rows."""
        return self.frame(self.make)

    def make(self) -> Any:
        """Make them."""
        type(self).read += 1
        return self.rows


TestDistricts = contract(Districts)


@pytest.mark.parametrize(
    "rows",
    [
        [{"district": "Mitte", "inhabitants": 3, "beside": 1}],
        {"district": ["Mitte"], "inhabitants": [3], "share": [None]},
        pl.DataFrame({"inhabitants": [3], "district": "Mitte", "share": None}),
        pl.LazyFrame({"inhabitants": [3], "district": "Mitte", "share": None, "beside": 1}),
    ],
    ids=["rows", "columns", "frame", "lazy"],
)
def test_rows_that_a_function_makes_have_the_dtypes_of_the_context(
    rows: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever form it makes them in; what is not declared is left out, what lacks is null."""
    monkeypatch.setattr(Districts, "rows", rows)
    found = Districts().scan().collect()
    assert dict(found.schema) == {name: spec.dtype for name, spec in SCHEMA.columns.items()}
    assert found.row(0) == ("Mitte", 3, None)


def test_nothing_is_made_before_it_is_read() -> None:
    """Planning knows the columns; each execution makes the rows anew, without NaN."""
    before = Districts.read
    frame = Districts().scan()
    assert frame.columns().names() == list(SCHEMA.columns)
    assert Districts.read == before
    assert frame.collect()["share"].to_list() == [None]
    assert Districts.read == before + 1


def test_the_frame_carries_roles_zone_and_place_system() -> None:
    """Joins and messages find what they need."""
    frame = Districts().scan()
    assert frame.schema is SCHEMA
    assert (frame.zone, frame.metadata.crs) == ("Europe/Berlin", "EPSG:4326")
    assert frame.metadata.dataset == "districts"
    assert Districts().frame({"n": [1]}, name="table").metadata.dataset == "table"


@pytest.mark.parametrize(
    ("cls", "words"),
    [("AcmeRatesSource", "acme_rates"), ("HTTPRates2Source", "http_rates2"), ("rain_", "rain")],
)
def test_context_is_called_as_its_class_in_plain_words(cls: str, words: str) -> None:
    """The ledger speaks of "no acme_rates", as a configuration names the component."""
    made = type(cls, (BaseContextSource,), {})()
    assert made.frame({"n": [1]}).metadata.dataset == words


def test_a_function_needs_dtypes() -> None:
    """A class that declares none is told so, in words that can be copied."""
    with pytest.raises(TypeError, match="must give the dtype of each column"):
        BaseContextSource().frame(list)
