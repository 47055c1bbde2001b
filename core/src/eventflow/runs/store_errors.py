"""What can go wrong between a person and the runs that are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eventflow.errors import EventflowError, ExitCode, Problem, nearest

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


class UnknownRunError(EventflowError):
    """No run has this id."""

    code = "EF520"
    exit_code = ExitCode.USAGE

    @classmethod
    def for_id(cls, asked: str, known: Sequence[str], home: Path) -> UnknownRunError:
        """Name the nearest id; `known` are short ids, the newest first."""
        if not known:
            problem = Problem(
                code=cls.code,
                message=f"there are no runs in {home.as_posix()} yet",
                fix="run a pipeline first, or name another folder",
                command="eventflow run PIPELINE",
            )
            return cls(problem)
        near = nearest(asked, known)
        recent = ", ".join(known[:5]) + (", …" if len(known) > 5 else "")  # noqa: PLR2004 - a line
        return cls(
            Problem(
                code=cls.code,
                message=f'no run "{asked}" in {home.as_posix()}',
                detail=(f"newest runs: {recent}",),
                fix=f'did you mean "{near}"?' if near else 'name one of them, or "latest"',
                command="eventflow runs list",
                replacement=near,
            )
        )


class AmbiguousRunError(EventflowError):
    """A prefix fits several runs."""

    code = "EF521"
    exit_code = ExitCode.USAGE

    @classmethod
    def for_prefix(cls, asked: str, fitting: Sequence[str]) -> AmbiguousRunError:
        """List the runs it fits."""
        return cls.of(
            f'"{asked}" fits {len(fitting)} runs',
            detail=(", ".join(fitting[:8]),),
            fix="write one more character",
        )


class RecordFormatError(EventflowError):
    """A run record cannot be read."""

    code = "EF522"

    @classmethod
    def for_schema(cls, found: object, expected: str) -> RecordFormatError:
        """Say which version was found and which is read here."""
        return cls.of(
            f"this is not a run record that this version reads: schema {found!r}, "
            f"expected {expected!r}",
            fix="read it with the version of eventflow-core that wrote it",
        )

    @classmethod
    def for_reason(cls, reason: str) -> RecordFormatError:
        """Say why."""
        return cls.of(f"the run record is damaged: {reason}")

    @classmethod
    def for_json(cls, reason: str) -> RecordFormatError:
        """Say where the JSON breaks off."""
        return cls.for_reason(f"not JSON: {reason}")

    @classmethod
    def for_file(cls, path: Path, reason: str) -> RecordFormatError:
        """Say which file, why, and how to be rid of it."""
        return cls.of(
            f"the record of this run cannot be read: {reason}",
            detail=(f"file: {path.as_posix()}",),
            fix="the run's outputs are untouched; run the pipeline again for a new record",
        )


class RunStoreError(EventflowError):
    """The folder or the index of runs cannot be used."""

    code = "EF523"

    @classmethod
    def for_reason(cls, home: Path, reason: str) -> RunStoreError:
        """Say where and why."""
        return cls.of(
            f"cannot use the run store in {home.as_posix()}: {reason}",
            key="runs.path",
            fix="check that the folder is writable and the disk is not full, "
            "or set runs.path to another folder",
        )

    @classmethod
    def for_newer(cls, path: Path, found: int, known: int) -> RunStoreError:
        """Say that a newer version wrote it."""
        return cls.of(
            f"{path.as_posix()} was written by a newer eventflow-core "
            f"(layout {found}, this version knows {known})",
            fix="update eventflow-core, or set runs.path to another folder",
            command="uv lock --upgrade-package eventflow-core",
        )


INTERRUPTED = Problem(
    code="EF524",
    message="the run was interrupted: its process ended without saying how",
    detail=("killed, out of memory, or the machine went down; nothing was published",),
    fix="run the pipeline again",
)
"""What is shown for a run whose process is gone."""
