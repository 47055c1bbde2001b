"""The columns behind a step that must learn, before it has learned."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from eventflow.frame import EventFrame
    from eventflow.types import Step


def foreseen(step: Step, frame: EventFrame) -> EventFrame | None:
    """Return a frame with the columns there will be; None if only learning can tell them.

    The step learns from no rows and is applied to them. A step that cannot is no worse for it: a
    run that has rows may well succeed.
    """
    if not step.fixed_schema:
        return None
    nothing = frame.with_lazy(frame.lazy.clear()).settled()
    try:
        statistics = step.learn(nothing)
        if statistics is None:
            return None
        after = step.apply(nothing, step.fit(statistics.collect()))
        return after.with_lazy(after.lazy.clear()).settled()
    except KeyboardInterrupt:
        raise
    except BaseException:  # noqa: BLE001 - see above
        return None
