"""Data quality gates for Eventflow: schema, completeness, uniqueness, validity, scores.

Names are imported on first use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from eventflow.imports import on_first_use

if TYPE_CHECKING:
    from eventflow_quality.gate import QualityGate

__all__ = [
    "QualityGate",
]

__getattr__, __dir__ = on_first_use(
    __name__,
    {
        "gate": ["QualityGate"],
    },
)
