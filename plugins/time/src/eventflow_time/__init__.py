"""Time features for Eventflow: bins, calendar, sessions, lags, rolling windows, gaps, sequences.

Names are imported on first use: a pipeline that bins times does not load the holidays of the world.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from eventflow.imports import on_first_use

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

__getattr__, __dir__ = on_first_use(
    __name__,
    {
        "asof": ["AsOfJoin"],
        "bins": ["TemporalBinStep"],
        "calendar": ["TemporalCalendarStep"],
        "ewma": ["TemporalEwmaStep"],
        "fill": ["TemporalFillStep"],
        "holidays": ["TemporalHolidaysStep"],
        "intervals": ["IntervalJoin"],
        "lags": ["TemporalDiffStep", "TemporalLagStep", "TemporalSincePreviousStep"],
        "public_holidays": ["PublicHolidaysSource"],
        "rolling": ["TemporalRollingStep"],
        "sequence": ["TemporalSequenceStep"],
        "sessions": ["TemporalSessionStep"],
    },
)
