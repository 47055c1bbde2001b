"""The gate keeps the contract, open or closed, whatever it does with failing rows."""

from __future__ import annotations

from eventflow.testing import contract
from eventflow_quality.gate import QualityGate

RULES = {
    "amount": {"minimum": 0, "severity": "low"},
    "category": {"pattern": "^[a-z]", "severity": "low"},
    "quantity": {"allowed": [0, 1, 2, 3], "severity": "low"},
}
OPEN = {"minimum_score": None, "high_allowed": 99, "columns": RULES}

TestReporting = contract(QualityGate, config={**OPEN, "on_fail": "keep"})
TestDropping = contract(QualityGate, config={**OPEN, "on_fail": "drop"})
TestQuarantining = contract(QualityGate, config={**OPEN, "on_fail": "quarantine"})
TestClosed = contract(
    QualityGate,
    config={"minimum_score": 100, "unique": [["entity", "time"]]},
    exclude={"no-python": "one call for a whole key decides whether its values must be compared"},
)
