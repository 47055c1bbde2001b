"""Rules of a data contract: metrics with a comparison, and what they say as rules of a gate."""

from __future__ import annotations

from math import ceil, floor
from typing import TYPE_CHECKING, Any

from attrs import field, frozen

if TYPE_CHECKING:
    from collections.abc import Mapping

_OLDER = {
    "nullCheck": "nullValues",
    "duplicateCount": "duplicateValues",
    "validValues": "invalidValues",
}
_DIGITS = 12


@frozen(kw_only=True)
class ColumnRule:
    """What one rule of a column says.

    Attributes:
        schema: Keys of the column's schema.
        gate: Keys of the gate's rules for the column.
    """

    schema: dict[str, Any] = field(factory=dict)
    gate: dict[str, Any] = field(factory=dict)


def column_rule(rule: Mapping[str, Any]) -> ColumnRule | None:
    """Return what a rule of a column says; None if a gate cannot check exactly that."""
    bad = bad_share(rule)
    if bad is None:
        return None
    arguments = rule.get("arguments") or {}
    metric = str(rule.get("metric") or rule.get("rule"))
    share = round(1 - bad, _DIGITS)
    match _OLDER.get(metric, metric):
        case "nullValues":
            return _shared({"nullable": False}, "completeness", share)
        case "duplicateValues" if "properties" not in arguments:
            return _shared({"unique": True}, "uniqueness", share, keep=True)
        case "invalidValues":
            allowed = arguments.get("validValues", rule.get("validValues"))
            said = {"allowed": allowed, "pattern": arguments.get("pattern")}
            schema = {key: value for key, value in said.items() if value is not None}
            return _shared(schema, "validity", share, keep=True) if schema else None
    return None


def _shared(schema: dict[str, Any], key: str, share: float, *, keep: bool = False) -> ColumnRule:
    if share == 1:
        return ColumnRule(schema=schema)
    return ColumnRule(schema=schema if keep else {}, gate={key: share})


def bad_share(rule: Mapping[str, Any]) -> float | None:
    """Return the share that may be bad; None if the rule does not say a share."""
    if rule.get("mustBe") == 0 or _whole(rule.get("mustBeLessOrEqualTo")) == 0:
        return 0.0
    if rule.get("unit") == "percent":
        most = rule.get("mustBeLessOrEqualTo")
        return most / 100 if isinstance(most, int | float) else None
    return 0.0 if _whole(rule.get("mustBeLessThan")) == 1 else None


def _whole(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def between(rule: Mapping[str, Any]) -> dict[str, int]:
    """Return the numbers of rows a comparison allows, as `minimum` and `maximum`."""
    out: dict[str, int] = {}
    for key, value in rule.items():
        match key, value:
            case "mustBe", int():
                out |= {"minimum": value, "maximum": value}
            case "mustBeGreaterThan", int() | float():
                out["minimum"] = floor(value) + 1
            case "mustBeGreaterOrEqualTo", int() | float():
                out["minimum"] = ceil(value)
            case "mustBeLessThan", int() | float():
                out["maximum"] = ceil(value) - 1
            case "mustBeLessOrEqualTo", int() | float():
                out["maximum"] = floor(value)
            case "mustBeBetween", [low, high]:
                out |= {"minimum": ceil(low), "maximum": floor(high)}
    return out if rule.get("unit", "rows") == "rows" else {}


def percent(share: float) -> dict[str, Any]:
    """Return the comparison of a metric of bad values with the share that must be good."""
    if share == 1:
        return {"mustBe": 0}
    return {"unit": "percent", "mustBeLessOrEqualTo": round(100 * (1 - share), _DIGITS)}
