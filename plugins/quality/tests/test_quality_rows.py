"""Rules of a row: conditions, foreign keys, late and future events, and what becomes of the row."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import duckdb
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eventflow import BaseSource, PluginHost, check
from eventflow.errors import EventflowError
from eventflow.frame import REASONS, EventFrame
from eventflow.schema import ColumnSchema, EventSchema
from eventflow_quality.gate import QualityGate
from judging import judged, the

if TYPE_CHECKING:
    from pathlib import Path

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
AT = EventSchema(timestamp="at")


class Products(BaseSource):
    """Two products, one twice and one without a code."""

    name = "products"

    def scan(self) -> EventFrame:
        return EventFrame.of({"code": ["A", "B", "B", None], "shop": [1, 1, 1, 2]})


_number = st.none() | st.integers(-3, 3)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(_number, _number, _number), max_size=20))
def test_conditions_agree_with_sql(rows: list[tuple[int | None, ...]]) -> None:
    """Rows where the condition is true pass, where it is null they are not judged."""
    data = pl.DataFrame(rows, schema=dict.fromkeys("abc", pl.Int64), orient="row")
    found = the(judged(data, rules={"adds up": "a + b = c OR c > 2"}), "adds up")
    sql = "select count(*) filter (ok), count(ok) from (select a + b = c or c > 2 as ok from t)"
    with duckdb.connect() as oracle:
        oracle.execute("create table t (a int, b int, c int)")
        for row in rows:
            oracle.execute("insert into t values (?, ?, ?)", row)
        assert (found.passed, found.total) == oracle.execute(sql).fetchone()


def test_a_row_that_fails_a_condition_is_shown_with_its_columns() -> None:
    """Up to five rows, the first in the order of their text, each once."""
    data = {"q": [1, 2, 2, 3, 4, 5, 6], "total": [1, 0, 0, 0, 0, 0, 0]}
    found = the(judged(data, rules={"adds up": "q = total"}), "adds up")
    assert found.examples == tuple(f"q={q}, total=0" for q in (2, 3, 4, 5, 6))


@pytest.mark.parametrize("marked", ["schema", "options"])
def test_values_of_a_sensitive_column_are_never_shown(marked: str) -> None:
    """Neither in checks nor in what the gate says, by the schema's mark or the gate's."""
    schema = EventSchema(columns={"card": ColumnSchema(sensitive=marked == "schema")})
    rules: dict[str, Any] = {"pattern": "^[0-9]+$", "sensitive": marked == "options"}
    verdict = judged(
        {"card": ["4111-secret", "1"]},
        schema,
        columns={"card": rules},
        rules={"short": "length(card) < 5"},
    )
    assert "secret" not in str(verdict)
    assert the(verdict, "pattern").examples == ("********",)
    assert the(verdict, "short").examples == ("********",)


@pytest.mark.parametrize(("marked", "shown"), [(False, "who=b, at=2024-05-01"), (True, "********")])
def test_a_missing_value_is_shown_by_whom_and_when_it_concerns(*, marked: bool, shown: str) -> None:
    """A missing value cannot be shown itself; an entity that is sensitive is masked."""
    data = {"who": ["a", "b"], "at": [NOON.date()] * 2, "price": [1.0, None]}
    columns = {"who": ColumnSchema(sensitive=marked)}
    schema = EventSchema(entity="who", timestamp="at", columns=columns)
    verdict = judged(data, schema, columns={"price": {}})
    [found] = [c for c in verdict.checks if (c.check, c.columns) == ("not_null", ("price",))]
    assert found.examples == (shown,)


def test_a_repeated_key_is_shown_with_its_columns() -> None:
    """Each key once, those with a missing part left out; both ways of asking can stand together."""
    data = {"a": [1, 1, 1, 2, None, None], "b": ["x", "x", "x", "x", "x", "x"]}
    verdict = judged(data, unique=[["a", "b"], ["a"]], columns={"a": {"unique": True}})
    found = [c for c in verdict.checks if c.check == "unique"]
    assert [c.examples for c in found] == [("1",), ("a=1, b=x",), ("1",)]
    assert [(c.passed, c.total) for c in found] == [(2, 4)] * 3


@pytest.mark.parametrize("text", ["sum(q) > 1", "q + 1", "nope > 1"])
def test_a_condition_must_be_true_or_false_of_one_row(text: str) -> None:
    """Aggregates, numbers and unknown columns are found before anything is read."""
    with pytest.raises(EventflowError):
        judged({"q": [1]}, rules={"bad": text})


def test_a_foreign_key_is_looked_up_in_its_context() -> None:
    """Known keys pass however often the context has them; missing ones are not judged."""
    verdict = judged(
        {"stock": ["A", "B", "Z", None], "shop": [1, 2, 1, 1]},
        contexts={"products": Products()},
        references=[
            {"columns": ["stock"], "context": "products", "key": ["code"]},
            {"columns": ["stock", "shop"], "context": "products", "key": ["code", "shop"]},
        ],
    )
    one, both = (c for c in verdict.checks if c.check == "reference to products")
    assert (one.passed, one.total, one.examples) == (2, 3, ("Z",))
    assert (both.passed, both.total) == (1, 3)


def test_a_key_of_another_type_is_found_before_reading() -> None:
    """Text never equals a number; the error names both columns."""
    rule = {"columns": ["n"], "context": "products", "key": ["code"]}
    with pytest.raises(EventflowError, match="EF412") as caught:
        judged({"n": [1]}, contexts={"products": Products()}, references=[rule])
    assert '"code"' in caught.value.problems[0].message


def test_a_pipeline_names_its_contexts_as_components(tmp_path: Path) -> None:
    """`contexts` hold sources, which are found and built as everywhere else."""
    host = PluginHost()
    host.register(Products)
    found = check(
        {
            "name": "n",
            "source": {"use": "products"},
            "quality": {
                "contexts": {"codes": {"use": "products"}},
                "references": [{"columns": ["code"], "context": "codes"}],
            },
            "runs": {"path": str(tmp_path)},
        },
        host=host,
    )
    assert found is not None


def test_late_and_future_events() -> None:
    """Late is judged between two columns, the future against the moment of the run."""
    hours = [0, 1, 2, 3]
    data = pl.DataFrame(
        {
            "at": [NOON - timedelta(hours=1) + timedelta(hours=h) for h in hours],
            "got": [NOON + timedelta(hours=2 * h) for h in hours],
        }
    )
    rules: dict[str, Any] = {"late": {"arrived": "got", "within": "2h"}, "future": {}}
    verdict = judged(data, AT, NOON, **rules)
    assert (the(verdict, "late").passed, the(verdict, "late").total) == (2, 4)
    assert (the(verdict, "future").passed, the(verdict, "future").total) == (2, 4)
    assert the(judged(data, AT, NOON, future={"tolerance": "1h"}), "future").passed == 3


@pytest.mark.parametrize(("zone", "passed"), [("UTC", 1), ("America/New_York", 0)])
def test_a_wall_clock_is_in_the_future_of_its_own_zone(zone: str, passed: int) -> None:
    """Eleven in New York is still to come when it is noon in UTC."""
    schema = EventSchema(timestamp="at", timezone=zone)
    data = {"at": [datetime(2024, 5, 1, 11)]}  # noqa: DTZ001 - a wall clock
    assert the(judged(data, schema, NOON, future={}), "future").passed == passed


def test_a_day_is_not_in_the_future_of_itself() -> None:
    """A date compares by its midnight."""
    data = {"at": [NOON.date(), NOON.date() + timedelta(days=1)]}
    assert the(judged(data, AT, NOON, future={}), "future").passed == 1


@pytest.mark.parametrize("rule", ["future", "freshness"])
def test_without_a_moment_there_is_nothing_to_compare_with(rule: str) -> None:
    """A gate that is not bound to a moment says how to bind it."""
    options: dict[str, Any] = {rule: {"within": "1d"} if rule == "freshness" else {}}
    with pytest.raises(EventflowError, match="EF413"):
        judged({"at": [NOON]}, AT, **options)
    with pytest.raises(EventflowError, match="EF414"):
        judged({"at": [NOON]}, None, NOON, **options)


def test_each_rule_says_what_becomes_of_a_row_and_a_row_keeps_every_reason() -> None:
    """Quarantine stands above drop; `keep` only counts; columns of contexts never stay."""
    data = {"stock": ["A", "Z", "Z", "B"], "n": [1, 9, 1, 50]}
    gate = QualityGate(
        columns={"n": {"maximum": 5, "on_fail": "drop"}, "stock": {}},
        rules={"even": {"that": "n % 2 = 0", "on_fail": "keep"}},
        contexts={"products": Products()},
        references=[{"columns": ["stock"], "context": "products", "key": ["code"]}],
        on_fail="quarantine",
    )
    out = gate.apply(EventFrame.of(data), None)
    assert out.collect().to_dict(as_series=False) == {"stock": ["A"], "n": [1]}
    (account,) = out.accounts
    assert account.rejected is not None
    aside = account.rejected.collect()
    unknown, large = "stock not among the keys of products", "n not at most 5"
    assert {(r["stock"], r["n"], *r[REASONS]) for r in aside.to_dicts()} == {
        ("Z", 9, unknown, large),
        ("Z", 1, unknown),
    }
    assert not any("known" in c or "ours" in c for c in aside.columns)
    assert dict(account.counts.collect().iter_rows()) == {None: 1, unknown: 2, large: 1}
