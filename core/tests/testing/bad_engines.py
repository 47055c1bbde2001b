"""Engines that break one law each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from contract_offenders import offender
from eventflow.base import BaseEngine

if TYPE_CHECKING:
    from collections.abc import Sequence


class GoodEngine(BaseEngine):
    """An engine that keeps every law."""

    def gather(self, frames: Sequence[pl.LazyFrame]) -> list[pl.DataFrame]:
        return pl.collect_all(frames)

    def holds(self, estimated_bytes: int | None) -> bool:
        return estimated_bytes is not None and estimated_bytes < 10**9


class RoundingEngine(GoodEngine):
    """An engine that answers with fewer digits."""

    def gather(self, frames: Sequence[pl.LazyFrame]) -> list[pl.DataFrame]:
        return [f.with_columns(pl.col(pl.Float64).round(0)) for f in super().gather(frames)]


class ReversingEngine(GoodEngine):
    """An engine that mixes up many answers, as one that takes them as they come would."""

    def gather(self, frames: Sequence[pl.LazyFrame]) -> list[pl.DataFrame]:
        answers = super().gather(frames)
        return answers[::-1] if len(answers) > 10 else answers


class ForgetfulEngine(GoodEngine):
    """An engine that gives the first answer for plans of another shape beside it."""

    def gather(self, frames: Sequence[pl.LazyFrame]) -> list[pl.DataFrame]:
        answers = super().gather(frames)
        return [*answers[:-1], answers[0]] if 5 < len(answers) < 10 else answers


class WrappingEngine(GoodEngine):
    """An engine that hides what went wrong."""

    def gather(self, frames: Sequence[pl.LazyFrame]) -> list[pl.DataFrame]:
        try:
            return super().gather(frames)
        except pl.exceptions.PolarsError as error:
            msg = "a worker failed"
            raise RuntimeError(msg) from error


class TalkingEngine(GoodEngine):
    """An engine that answers a sink with the number of its plan."""

    def gather(self, frames: Sequence[pl.LazyFrame]) -> list[pl.DataFrame]:
        return [a if a.width else pl.DataFrame({"plan": [1]}) for a in super().gather(frames)]


class OptimisticEngine(GoodEngine):
    """An engine that holds what it knows nothing of."""

    def holds(self, estimated_bytes: int | None) -> bool:
        return estimated_bytes is None or super().holds(estimated_bytes) or True


GOOD = [offender(GoodEngine)]
BAD = [
    ("engine-answers", offender(RoundingEngine, "engine-shared")),
    ("engine-order", offender(ReversingEngine)),
    ("engine-shared", offender(ForgetfulEngine)),
    ("engine-failure", offender(WrappingEngine)),
    ("engine-sinks", offender(TalkingEngine)),
    ("engine-holds", offender(OptimisticEngine)),
]
