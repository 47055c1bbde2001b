"""Problems of gate and blueprint point at the option they speak of, not at the section."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING

import pytest

from bad_input import CHURN, CUSTOMERS, problems, put

if TYPE_CHECKING:
    from command_line import CommandLine

ROW = "7,2023-05-01,2022-01-01,5\n"
GATE = "  minimum_score: 50\n"
USE = "  use: customer_churn\n"
CASES = {
    "a rule for no column": (GATE, f"{GATE}  columns:\n    total_vale: {{minimum: 0}}\n", "8:5"),
    "a bound that fits no number": (
        GATE, f"{GATE}  columns:\n    total_value:\n      minimum: five\n", "9:7",
    ),
    "a key of no column": (GATE, f"{GATE}  unique: [[customer]]\n", "7:3"),
    "a field of no column": (USE, f"{USE}  columns:\n    customer_id: customer\n", "11:5"),
    "a field of a wrong type": (USE, f"{USE}  columns:\n    total_value: customer_id\n", "11:5"),
    "a field nobody spoke of": ("total_value", "total", "9:8"),
}  # fmt: skip

AGGREGATE = """name: p
source: {use: earthquakes}
steps:
  - use: features.aggregate
    by: place
    aggregates: WHAT
"""


@pytest.mark.parametrize(
    ("what", "places"),
    [
        ("[mean(place), count, sum(nope)]", ["6:18", "6:38"]),
        ("{x: mean(place), n: count, y: sum(nope)}", ["6:18", "6:44"]),
    ],
)
def test_each_faulty_aggregate_is_told_at_its_own_text(
    eventflow: CommandLine, what: str, places: list[str]
) -> None:
    """All of them at once, each with the owner and its version, whichever way they are written."""
    text = AGGREGATE.replace("WHAT", what) + "    windows: [7d, 30d]\n    as_of: 2020-01-01\n"
    ended = eventflow("check", eventflow.write("p.yaml", text), "--json")
    found = ended.document["files"][0]["problems"]
    assert [(p["code"], f"{p['location']['line']}:{p['location']['column']}") for p in found] == [
        ("EF321", places[0]),
        ("EF301", places[1]),
    ]
    assert {p["owner"] for p in found} == {f"eventflow-features {version('eventflow-features')}"}


@pytest.mark.parametrize(("old", "new", "at"), CASES.values(), ids=CASES)
def test_a_problem_points_at_its_own_option(
    eventflow: CommandLine, old: str, new: str, at: str
) -> None:
    """Line and column are those of the key; what is written nowhere points at the use."""
    changes_data = old == "total_value"
    data = (CUSTOMERS.replace(old, new) if changes_data else CUSTOMERS) + ROW
    text = CHURN if changes_data else CHURN.replace(old, new)
    ended = eventflow("run", put(eventflow, data, text))
    assert ended.code
    assert problems(ended)[0]["where"] == f"pipeline.yaml:{at}", ended.stdout
