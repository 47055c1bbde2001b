"""What the gate promises beyond counting: scores, severities, evidence, rejected rows, errors."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, get_args

import polars as pl
import pytest
from pydantic import ValidationError

from eventflow.errors import EventflowError
from eventflow.frame import REASON, EventFrame
from eventflow.quality import Dimension
from eventflow.schema import ColumnSchema, EventSchema
from eventflow.types import ROW, Step
from eventflow_quality.errors import RuleTypeError, UnknownRuleColumnError
from eventflow_quality.gate import QualityGate

if TYPE_CHECKING:
    from eventflow.quality import Verdict


def judge(
    data: dict[str, Any] | pl.DataFrame, schema: EventSchema | None = None, **options: Any
) -> Verdict:
    """Judge a small frame."""
    gate = QualityGate(**options)
    frame = EventFrame(pl.DataFrame(data).lazy(), schema or EventSchema())
    return gate.judge(gate.measure(frame).collect())


def share(good: int, bad: int) -> list[int | None]:
    """Return a column with so many values and so many nulls."""
    return [*range(good), *[None] * bad]


def test_the_gate_is_a_step_that_accounts_for_rows() -> None:
    """It keeps the contract of a step."""
    gate = QualityGate()
    assert isinstance(gate, Step)
    assert gate.rows == "accounted"
    assert gate.locality == ROW


def test_critical_columns_are_roles_constraints_and_options() -> None:
    """`reads` names exactly what is checked: a column that is only described is left alone."""
    schema = EventSchema(
        timestamp="at",
        columns={"a": ColumnSchema(dtype="i64"), "b": ColumnSchema(minimum=0)},
    )
    gate = QualityGate(columns={"c": {}}, unique=[["d", "e"]])
    assert gate.reads(schema, ["at", "a", "b", "c", "d", "e", "f"]) == set("bcde") | {"at"}


def test_schema_constraints_are_checked_without_options() -> None:
    """Range, pattern, allowed values and uniqueness of the schema all count."""
    schema = EventSchema(
        entity="id",
        columns={
            "id": ColumnSchema(unique=True, pattern="^x"),
            "n": ColumnSchema(minimum=0, maximum=5, allowed=(1, 2)),
        },
    )
    verdict = judge({"id": ["x1", "x1"], "n": [1, 9]}, schema)
    found = {(c.check, c.columns[0]): (c.passed, c.total) for c in verdict.checks}
    assert found == {
        ("not_null", "id"): (2, 2),
        ("unique", "id"): (1, 2),
        ("pattern", "id"): (2, 2),
        ("not_null", "n"): (2, 2),
        ("range", "n"): (1, 2),
        ("allowed", "n"): (1, 2),
    }


def test_options_stand_above_the_schema_only_where_they_say_something() -> None:
    """An option replaces one constraint and leaves the others."""
    schema = EventSchema(columns={"n": ColumnSchema(minimum=0, maximum=5)})
    verdict = judge({"n": [-1, 7]}, schema, columns={"n": {"maximum": 10}})
    (check,) = [c for c in verdict.checks if c.check == "range"]
    assert (check.passed, check.total, check.examples) == (1, 2, ("-1",))


@pytest.mark.parametrize(("present", "passes"), [(95, True), (94, False)])
def test_completeness_of_95_percent_is_enough(present: int, *, passes: bool) -> None:
    """The threshold itself passes: a role's column with 95 of 100 values is complete enough."""
    verdict = judge({"id": share(present, 100 - present)}, EventSchema(entity="id"))
    assert verdict.passed is passes


def test_nullable_false_asks_for_every_value_and_true_for_none() -> None:
    """A stated contract is the threshold; where missing is ordinary, completeness only informs."""
    data = {"a": share(99, 1), "b": share(1, 99)}
    verdict = judge(data, columns={"a": {"nullable": False}, "b": {"nullable": True}})
    required = {c.columns[0]: c.required for c in verdict.checks}
    assert required == {"a": 1.0, "b": None}
    assert verdict.dimensions == {"completeness": 99.0}


def test_score_is_the_weighted_mean_of_dimension_scores() -> None:
    """Two checks of completeness (100 and 50) and one of validity (0), weighted 1 to 3."""
    verdict = judge(
        {"a": [1, 2], "b": [7, None]},
        columns={"a": {"nullable": False}, "b": {"maximum": 5}},
        weights={"completeness": 1, "validity": 3},
        minimum_score=None,
    )
    assert verdict.dimensions == {"completeness": 75.0, "validity": 0.0}
    assert verdict.score == pytest.approx(18.75)


def test_many_checks_do_not_let_a_dimension_dominate() -> None:
    """Nine valid columns do not hide that the one identifier repeats itself."""
    columns: dict[str, Any] = {f"c{i}": {"minimum": 0} for i in range(9)}
    data = {f"c{i}": [1, 2] for i in range(9)} | {"id": [1, 1]}
    verdict = judge(data, columns={**columns, "id": {"unique": True}})
    assert verdict.dimensions == {"completeness": 100.0, "validity": 100.0, "uniqueness": 50.0}
    assert verdict.score == pytest.approx(250 / 3)


@pytest.mark.parametrize(("valid", "passes"), [(80, True), (79, False)])
def test_a_score_at_the_minimum_passes(valid: int, *, passes: bool) -> None:
    """80 of 100 is enough and 79 is not; floating-point error does not decide."""
    data = {"n": [0] * valid + [9] * (100 - valid)}
    rules = {"n": {"maximum": 5, "nullable": True}}
    verdict = judge(data, columns=rules, weights={"completeness": 0, "uniqueness": 0})
    assert verdict.score == valid
    assert verdict.passed is passes


def test_a_critical_check_closes_the_gate_whatever_the_score() -> None:
    """One repeated identifier in a hundred: the score is 99.7, and nothing passes."""
    data = {"id": [*range(99), 0], "n": [1] * 100}
    verdict = judge(data, columns={"id": {"unique": True}, "n": {"minimum": 0}})
    assert verdict.score is not None
    assert verdict.score > 99
    assert verdict.reasons == (
        "uniqueness of id is 99 %, required 100 %: 1 of 100 fail unique, for example 0",
    )


@pytest.mark.parametrize(("failing", "passes"), [(5, True), (6, False)])
def test_five_high_failures_are_warned_about_and_six_are_too_many(
    failing: int, *, passes: bool
) -> None:
    """High severity: up to five with warnings."""
    names = [f"c{i}" for i in range(failing)]
    data = {name: [*[1] * 90, *[9] * 10] for name in names}
    verdict = judge(data, columns={name: {"maximum": 5} for name in names})
    assert len(verdict.warnings) == failing
    assert verdict.passed is passes


@pytest.mark.parametrize("severity", ["medium", "low"])
def test_medium_and_low_only_inform(severity: str) -> None:
    """They neither close the gate nor warn, and the result is still listed."""
    rules = {"n": {"maximum": 5, "severity": severity}}
    verdict = judge({"n": [1] * 90 + [9] * 10}, columns=rules)
    assert verdict.passed
    assert verdict.warnings == ()
    assert [c.ok for c in verdict.checks] == [True, False]


def test_an_empty_table_is_no_evidence_and_no_pass() -> None:
    """No rows: no score, and the gate is closed for exactly that reason."""
    verdict = judge(pl.DataFrame(schema={"id": pl.Int64}), EventSchema(entity="id"))
    assert verdict.score is None
    assert verdict.dimensions == {}
    assert verdict.reasons == ("no evidence: there are no rows",)


def test_no_checks_are_no_evidence_and_no_pass() -> None:
    """Data of which nothing is said cannot be found fit."""
    verdict = judge({"a": [1]})
    assert verdict.score is None
    assert [r.split(":")[0] for r in verdict.reasons] == ["no evidence"]


def test_an_all_null_column_gives_no_evidence_of_validity() -> None:
    """Validity of nothing is not 100: it has no score, and a person is told."""
    data = pl.DataFrame({"a": [1, 2], "b": pl.Series([None, None], dtype=pl.Float64)})
    verdict = judge(data, columns={"a": {}, "b": {"nullable": True, "minimum": 0}})
    assert verdict.dimensions == {"completeness": 100.0}
    assert verdict.passed
    assert verdict.warnings == ("validity of b: no evidence, required 98 %",)


def test_a_critical_check_without_evidence_closes_the_gate() -> None:
    """What must hold must be shown to hold."""
    data = pl.DataFrame({"a": [1], "b": pl.Series([None], dtype=pl.Int64)})
    rules = {"a": {}, "b": {"nullable": True, "minimum": 0, "severity": "critical"}}
    assert not judge(data, columns=rules).passed


def test_one_row_is_evidence() -> None:
    """A single good row passes with 100."""
    assert judge({"id": [1]}, EventSchema(entity="id")).score == 100


def test_places_must_be_on_the_globe() -> None:
    """Latitude and longitude have a range by their role, unless the schema sets another."""
    data = {"lat": [91.0, 0.0], "lon": [0.0, -181.0]}
    verdict = judge(data, EventSchema(latitude="lat", longitude="lon"))
    assert [c.examples for c in verdict.checks if c.check == "range"] == [("91.0",), ("-181.0",)]


def test_a_share_just_below_never_reads_as_if_it_reached() -> None:
    """99.9999 % is not written as 100 %."""
    data = {"id": pl.int_range(1_000_000, eager=True).replace(0, 1)}
    (reason,) = judge(pl.DataFrame(data), columns={"id": {"unique": True}}).reasons
    assert "is 99.99 %, required 100 %" in reason


@pytest.mark.parametrize("zone", [None, "UTC", "America/New_York"])
def test_bounds_in_time_are_read_in_the_columns_zone(zone: str | None) -> None:
    """`2024-01-01` is midnight there; the moment before fails and midnight passes."""
    at = pl.Series(["2023-12-31T23:59:59", "2024-01-01T00:00:00"]).str.to_datetime()
    data = pl.DataFrame({"at": at.dt.replace_time_zone(zone) if zone else at})
    verdict = judge(data, columns={"at": {"minimum": "2024-01-01"}})
    assert [c.passed for c in verdict.checks if c.check == "range"] == [1]


@pytest.mark.parametrize(("zone", "passed"), [("UTC", 1), ("America/New_York", 2)])
def test_a_bound_with_an_offset_is_compared_in_the_frames_zone(zone: str, passed: int) -> None:
    """Midnight in UTC is seven in the evening in New York."""
    at = pl.Series(["2023-12-31T18:59:59", "2023-12-31T19:00:00", "2024-01-01T00:00:00"])
    frame = EventFrame.of({"at": at.str.to_datetime()}, timezone=zone)
    gate = QualityGate(columns={"at": {"minimum": "2024-01-01T00:00:00Z"}})
    verdict = gate.judge(gate.measure(frame).collect())
    assert [c.passed for c in verdict.checks if c.check == "range"] == [passed]


def test_allowed_moments_days_and_categories() -> None:
    """Allowed values are read in the column's dtype."""
    data = pl.DataFrame(
        {
            "day": pl.Series(["2024-01-01", "2024-01-02"]).str.to_date(),
            "at": [datetime(2024, 1, 1, tzinfo=UTC), datetime(2024, 1, 2, tzinfo=UTC)],
            "kind": pl.Series(["a", "b"], dtype=pl.Categorical),
            "flag": [True, False],
        }
    )
    rules = {
        "day": {"allowed": ["2024-01-01"]},
        "at": {"allowed": ["2024-01-02T00:00:00+00:00"]},
        "kind": {"allowed": ["a", "z"], "pattern": "^[ab]$"},
        "flag": {"allowed": [True]},
    }
    verdict = judge(data, columns=rules)
    assert [c.passed for c in verdict.checks if c.check == "allowed"] == [1, 1, 1, 1]
    assert [c.passed for c in verdict.checks if c.check == "pattern"] == [2]


def test_column_names_may_hold_any_character() -> None:
    """A key of ("a", "b") and a column named "a, b" are kept apart."""
    data = {"a": [1, 1], "b": [2, 2], "a, b": [1, 2], 'q"': [1, 1]}
    verdict = judge(data, unique=[["a", "b"], ["a, b"], ['q"']])
    assert [c.passed for c in verdict.checks] == [1, 2, 1]


@pytest.mark.parametrize(("on_fail", "kept_aside"), [("drop", False), ("quarantine", True)])
def test_failing_rows_leave_with_a_reason(on_fail: str, *, kept_aside: bool) -> None:
    """Each failing row leaves for the first rule it breaks, counted, and set aside if asked."""
    data = {"id": [1, None, 3, 4, None], "n": [1.0, 2.0, 9.0, float("nan"), 9.0]}
    rules = {"id": {"nullable": False}, "n": {"maximum": 5, "nullable": True}}
    frame = EventFrame(pl.DataFrame(data).lazy())
    out = QualityGate(columns=rules, on_fail=on_fail).apply(frame, None)
    assert sorted(out.lazy.collect()["id"].to_list()) == [1, 4]
    (account,) = out.accounts
    counts = dict(account.counts.collect().iter_rows())
    assert counts == {None: 2, "id not present": 2, "n not at most 5": 1}
    assert (account.rejected is not None) is kept_aside
    if account.rejected is not None:
        assert account.rejected.collect()[REASON].len() == 3


def test_by_default_every_row_stays() -> None:
    """`keep` changes nothing."""
    frame = EventFrame(pl.DataFrame({"n": [9, None]}).lazy())
    out = QualityGate(columns={"n": {"maximum": 5, "nullable": False}}).apply(frame, None)
    assert out is frame


def test_measuring_reads_nothing_until_it_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither measure nor apply collects, with any kind of rule."""

    def refuse(*_: object, **__: object) -> None:
        pytest.fail("collected while planning")

    rules = {"n": {"minimum": 0, "allowed": [1], "unique": True}, "s": {"pattern": "x"}}
    frame = EventFrame(pl.LazyFrame({"n": [1], "s": ["x"]}))
    monkeypatch.setattr(pl.LazyFrame, "collect", refuse)
    gate = QualityGate(columns=rules, on_fail="drop")
    gate.measure(frame)
    gate.apply(frame, None)


def test_an_unknown_column_is_found_before_reading() -> None:
    """The error names the nearest column."""
    with pytest.raises(UnknownRuleColumnError, match="EF411") as caught:
        judge({"price": [1]}, columns={"prise": {}})
    assert caught.value.problems[0].replacement == "price"
    with pytest.raises(UnknownRuleColumnError):
        judge({"price": [1]}, unique=[["price", "cod"]])


def test_a_column_the_schema_promises_must_be_there() -> None:
    """Roles and constrained columns are checked for presence and dtype: the schema check."""
    schema = EventSchema(entity="id", columns={"n": ColumnSchema(dtype="i64", minimum=0)})
    with pytest.raises(EventflowError, match="EF301"):
        judge({"n": [1]}, schema)
    with pytest.raises(EventflowError, match="EF303"):
        judge({"id": [1], "n": [1.5]}, schema)


@pytest.mark.parametrize(
    ("column", "rule"),
    [
        ("n", {"minimum": "five"}),
        ("n", {"maximum": True}),
        ("n", {"allowed": ["x"]}),
        ("n", {"allowed": [1.5]}),
        ("n", {"pattern": "x"}),
        ("s", {"pattern": "("}),
        ("s", {"minimum": 3}),
        ("at", {"minimum": "yesterday"}),
        ("day", {"allowed": ["2024-01-01", "never"]}),
    ],
)
def test_a_rule_that_does_not_fit_its_column_is_found_before_reading(
    column: str, rule: dict[str, Any]
) -> None:
    """The error says which rule, which column, and what to write."""
    data = pl.DataFrame(
        schema={"n": pl.Int64, "s": pl.String, "at": pl.Datetime("us"), "day": pl.Date}
    )
    with pytest.raises(RuleTypeError, match="EF410") as caught:
        judge(data, columns={column: rule})
    assert caught.value.problems[0].fix


@pytest.mark.parametrize(
    "options",
    [
        {"minimum_score": 101},
        {"completeness": 1.2},
        {"columns": {"a": {"minimun": 1}}},
        {"columns": {"a": {"allowed": []}}},
        {"weights": dict.fromkeys(get_args(Dimension), 0)},
        {"unique": [[]]},
        {"unique": [["a", "a"]]},
        {"on_fail": "delete"},
    ],
)
def test_options_out_of_range_are_refused(options: dict[str, Any]) -> None:
    """Nothing that cannot mean anything is accepted."""
    with pytest.raises(ValidationError):
        QualityGate(**options)
