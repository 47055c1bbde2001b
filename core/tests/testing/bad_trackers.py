"""Trackers that break one law each."""

from __future__ import annotations

import json
import math
import os
from pathlib import Path  # noqa: TC003 - pydantic reads it at run time
from typing import TYPE_CHECKING, Any, ClassVar

from contract_offenders import offender
from eventflow.base import BaseTracker, ComponentConfig

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime


class GoodTracker(BaseTracker):
    """A tracker that keeps every law: one text file per run."""

    class Config(ComponentConfig):
        """Options.

        Attributes:
            path: Folder of the files.
        """

        path: Path

    file: Path | None = None

    def start(
        self, run_id: str, name: str, started_at: datetime, parent: str | None = None
    ) -> None:
        self.file = self.config.path / f"{run_id}.log"
        self._write(name)

    def params(self, params: Mapping[str, Any]) -> None:
        self._write(repr(params))

    def metrics(self, metrics: Mapping[str, float], step: int | None = None) -> None:
        self._write(f"{metrics} {step}")

    def artifact(self, path: Path, name: str) -> None:
        self._write(f"{name} {path}")

    def finish(self, status: str) -> None:
        if self.file is not None:
            self._write(status)
        self.file = None

    def _write(self, text: str) -> None:
        assert self.file is not None
        with self.file.open("a", encoding="utf-8") as file:
            file.write(f"{text}\n")


class StepTracker(GoodTracker):
    """A tracker that takes no step by position."""

    def metrics(self, metrics: Mapping[str, float], step: int | None = None) -> None:
        if step == 2:
            msg = "step 1 was the last"
            raise ValueError(msg)
        super().metrics(metrics, step)


class StrictTracker(GoodTracker):
    """A tracker that takes only what JSON knows."""

    def metrics(self, metrics: Mapping[str, float], step: int | None = None) -> None:
        super().metrics({name: json.loads(json.dumps(v, allow_nan=False))
                         for name, v in metrics.items() if not math.isinf(v)}, step)  # fmt: skip


class CopyingTracker(GoodTracker):
    """A tracker that reads every file it is told of."""

    def artifact(self, path: Path, name: str) -> None:
        self._write(f"{name} {path.read_text(encoding='utf-8')}")


class ClosingTracker(GoodTracker):
    """A tracker that asserts a run is open."""

    opened = False

    def start(
        self, run_id: str, name: str, started_at: datetime, parent: str | None = None
    ) -> None:
        self.opened = True
        super().start(run_id, name, started_at)

    def finish(self, status: str) -> None:
        assert self.opened, "no run was started"
        super().finish(status)


class OnceTracker(GoodTracker):
    """A tracker that forgets its run too thoroughly."""

    started = False

    def start(
        self, run_id: str, name: str, started_at: datetime, parent: str | None = None
    ) -> None:
        super().start(run_id, name, started_at)
        self.started = True

    def finish(self, status: str) -> None:
        if self.started and self.file is None:
            msg = "the run is finished already"
            raise RuntimeError(msg)
        super().finish(status)


class SingleTracker(GoodTracker):
    """A tracker that is used up by one run."""

    used = False

    def start(
        self, run_id: str, name: str, started_at: datetime, parent: str | None = None
    ) -> None:
        assert not self.used, "a tracker is good for one run"
        self.used = True
        super().start(run_id, name, started_at)


class ActiveRunTracker(GoodTracker):
    """A tracker that writes to the run that was started last, anywhere."""

    active: ClassVar[Path | None] = None

    def start(
        self, run_id: str, name: str, started_at: datetime, parent: str | None = None
    ) -> None:
        super().start(run_id, name, started_at)
        ActiveRunTracker.active = self.file

    def params(self, params: Mapping[str, Any]) -> None:
        self.file = ActiveRunTracker.active
        super().params(params)


class ResolvingTracker(GoodTracker):
    """A tracker that looks masked values up again."""

    def params(self, params: Mapping[str, Any]) -> None:
        super().params({k: os.environ.get(k, "hunter2") if "password" in k else v
                        for k, v in params.items()})  # fmt: skip


class FlatTracker(GoodTracker):
    """A tracker that knows no run within a run."""

    def start(self, run_id: str, name: str, started_at: datetime) -> None:  # type: ignore[override] # the mistake
        super().start(run_id, name, started_at)


class ForgetfulTracker(GoodTracker):
    """A tracker that begins anew where it should go on."""

    def resume(
        self, run_id: str, name: str, started_at: datetime, parent: str | None = None
    ) -> None:
        super().start(f"{run_id}-again", name, started_at, parent)


def _recorded(folder: Path) -> dict[str, str]:
    return {file.stem: file.read_text(encoding="utf-8") for file in folder.glob("*.log")}


SAID: dict[str, Any] = {"config": lambda folder: {"path": folder}, "recorded": _recorded}
GOOD = [offender(GoodTracker, **SAID)]
BAD = [
    ("tracker-life", offender(StepTracker, "tracker-again", "tracker-finish-twice", **SAID)),
    ("tracker-odd-values", offender(StrictTracker, **SAID)),
    ("tracker-missing-artifact", offender(CopyingTracker, **SAID)),
    ("tracker-finish-alone", offender(ClosingTracker, **SAID)),
    ("tracker-finish-twice", offender(OnceTracker, **SAID)),
    ("tracker-again", offender(SingleTracker, **SAID)),
    ("tracker-apart", offender(ActiveRunTracker, **SAID)),
    ("tracker-keeps-masks", offender(ResolvingTracker, **SAID)),
    ("tracker-more", offender(FlatTracker, **SAID)),
    ("tracker-resume", offender(ForgetfulTracker, **SAID)),
]
