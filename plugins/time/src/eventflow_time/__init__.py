"""Time features for Eventflow: bins, calendar, sessions, lags, rolling windows, gaps, sequences.

Names are imported on first use: a pipeline that bins times does not load the holidays of the world.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from eventflow_time.asof import AsOfJoin
    from eventflow_time.bins import TemporalBinStep
    from eventflow_time.calendar import TemporalCalendarStep
    from eventflow_time.ewma import TemporalEwmaStep
    from eventflow_time.fill import TemporalFillStep
    from eventflow_time.holidays import TemporalHolidaysStep
    from eventflow_time.intervals import IntervalJoin
    from eventflow_time.lags import TemporalDiffStep, TemporalLagStep, TemporalSincePreviousStep
    from eventflow_time.public_holidays import PublicHolidaysSource
    from eventflow_time.rolling import TemporalRollingStep
    from eventflow_time.sequence import TemporalSequenceStep
    from eventflow_time.sessions import TemporalSessionStep

_HOME: dict[str, tuple[str, ...]] = {
    "asof": ("AsOfJoin",),
    "bins": ("TemporalBinStep",),
    "calendar": ("TemporalCalendarStep",),
    "ewma": ("TemporalEwmaStep",),
    "fill": ("TemporalFillStep",),
    "holidays": ("TemporalHolidaysStep",),
    "intervals": ("IntervalJoin",),
    "lags": ("TemporalDiffStep", "TemporalLagStep", "TemporalSincePreviousStep"),
    "public_holidays": ("PublicHolidaysSource",),
    "rolling": ("TemporalRollingStep",),
    "sequence": ("TemporalSequenceStep",),
    "sessions": ("TemporalSessionStep",),
}
_MODULE_OF = {name: module for module, names in _HOME.items() for name in names}

__all__ = [
    "AsOfJoin",
    "IntervalJoin",
    "PublicHolidaysSource",
    "TemporalBinStep",
    "TemporalCalendarStep",
    "TemporalDiffStep",
    "TemporalEwmaStep",
    "TemporalFillStep",
    "TemporalHolidaysStep",
    "TemporalLagStep",
    "TemporalRollingStep",
    "TemporalSequenceStep",
    "TemporalSessionStep",
    "TemporalSincePreviousStep",
]


def __getattr__(name: str) -> object:
    """Import a public name on first use."""
    module = _MODULE_OF.get(name)
    if module is None:
        msg = f"module 'eventflow_time' has no attribute {name!r}"
        raise AttributeError(msg)
    value = getattr(import_module(f"eventflow_time.{module}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names."""
    return sorted(__all__)
