"""Errors of sending what trackers were not told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from eventflow.errors import EventflowError

if TYPE_CHECKING:
    from pathlib import Path


class SpoolFormatError(EventflowError):
    """What waits for a tracker cannot be read."""

    code = "EF705"

    @classmethod
    def of_folder(cls, folder: Path, reason: str) -> Self:
        """Build the error for a spool."""
        return cls.of(
            f"the spool {folder} cannot be read: {reason}",
            fix="remove the folder if what it has need not be sent",
        )


class HiddenOptionsError(EventflowError):
    """A tracker's options hold a secret that was written in place, and is nowhere to be had."""

    code = "EF706"

    @classmethod
    def of_tracker(cls, name: str, run: str) -> Self:
        """Build the error for a tracker of a run."""
        return cls.of(
            f'tracker "{name}" of run {run} has a secret among its options, which is not kept',
            fix="keep the secret in the environment, as ${env:NAME}, and the pipeline's file",
        )


class UndeliveredError(EventflowError):
    """A tracker could not be told; everything waits where it was."""

    code = "EF707"

    @classmethod
    def of_tracker(cls, name: str, run: str, waiting: int, reason: str) -> Self:
        """Build the error for a tracker of a run, with the number of records that wait."""
        return cls.of(
            f'tracker "{name}" takes no more of run {run}: {reason}',
            detail=[f"{waiting:,} records wait"],
            fix=f"see to its service, then: eventflow runs sync {run}",
        )
