"""The contract kit: every law of a component's kind, judged by one line in a plugin's tests.

    from eventflow.testing import contract
    from my_plugin import MySource

    TestMySource = contract(MySource, config={"path": "tests/data/events.csv"})

The extra ``eventflow-core[testing]`` brings what it needs. Names are imported when they are first
used: pytest loads this package wherever Eventflow is installed.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from eventflow.imports import on_first_use

if TYPE_CHECKING:
    from eventflow.testing.cases import ContractPreviewWarning, contract
    from eventflow.testing.check import CHECKS, EXTRAS, LEVEL, Broken, Check, broken
    from eventflow.testing.comparing import differences
    from eventflow.testing.frames import (
        event_frames,
        sample_context,
        sample_events,
        sample_history,
    )
    from eventflow.testing.probe import Probe

_REGISTERED = ("CHECKS", "EXTRAS")
"""What checks enter themselves into, once they are loaded."""
_EXTRA = ("pytest", "hypothesis", "time_machine")

__all__ = [
    "CHECKS",
    "EXTRAS",
    "LEVEL",
    "Broken",
    "Check",
    "ContractPreviewWarning",
    "Probe",
    "broken",
    "contract",
    "differences",
    "event_frames",
    "sample_context",
    "sample_events",
    "sample_history",
]


_imported, __dir__ = on_first_use(
    __name__,
    {
        "cases": ["ContractPreviewWarning", "contract"],
        "check": ["CHECKS", "EXTRAS", "LEVEL", "Broken", "Check", "broken"],
        "comparing": ["differences"],
        "frames": ["event_frames", "sample_context", "sample_events", "sample_history"],
        "probe": ["Probe"],
    },
)


def __getattr__(name: str) -> object:
    """Import a public name on first use.

    Raises:
        MissingExtraError: EF171, pytest, Hypothesis or time-machine is not installed.
    """
    try:
        if name in _REGISTERED:
            import_module("eventflow.testing.checks").load()
        return _imported(name)
    except ModuleNotFoundError as error:
        if error.name not in _EXTRA:
            raise
        from eventflow.testing.errors import MissingExtraError  # noqa: PLC0415 - delayed: see above

        raise MissingExtraError.for_missing(error.name) from None
