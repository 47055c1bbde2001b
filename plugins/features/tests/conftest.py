"""How tests run a preparation step: fit on some rows, apply to these or others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from eventflow.frame import EventFrame

if TYPE_CHECKING:
    from collections.abc import Callable

    import polars as pl

    from eventflow.types import Step


class Prepared:
    """What a step made of rows.

    Attributes:
        rows: The rows, in the order of the column ``row`` where there is one.
        ledger: ``outcome: reason`` → rows.
        state: What was learned.
        frame: The frame it returned.
    """

    def __init__(self, frame: EventFrame, state: Any) -> None:
        rows = frame.collect()
        self.rows = rows.sort("row") if "row" in rows.columns else rows
        self.frame = frame
        self.state = state
        self.ledger = {
            f"{account.outcomes[reason]}: {reason}": rows
            for account in frame.accounts
            for reason, rows in account.counts.collect().iter_rows()
            if reason is not None and rows
        }


@pytest.fixture(scope="session")
def prepare() -> Callable[..., Prepared]:
    """Return a function that fits a step, and applies it to the same rows or to others."""

    def run(
        step: Step, fitting: pl.DataFrame, new: pl.DataFrame | None = None, **roles: str
    ) -> Prepared:
        learned = step.learn(EventFrame.of(fitting, **roles))
        state = None if learned is None else step.fit(learned.collect(engine="streaming"))
        frame = EventFrame.of(fitting if new is None else new, **roles)
        return Prepared(step.apply(frame, state), state)

    return run
