"""The transport that commands about events speak with: that of a pipeline file."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Self

import click

from eventflow.errors import EventflowError, ExitCode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from eventflow.cli.options import Settings
    from eventflow.types import Transport


class NoTransportError(EventflowError):
    """A command is to speak with a transport, and there is none that another process can reach."""

    code = "EF731"
    exit_code = ExitCode.USAGE

    @classmethod
    def nowhere(cls, home: Path) -> Self:
        """Build the error for no pipeline that names one."""
        return cls.of(
            f"no run in {home} used a transport, and no pipeline file was given",
            fix="name the pipeline file whose transport you mean: --pipeline FILE",
        )

    @classmethod
    def for_pipeline(cls, path: str) -> Self:
        """Build the error for a pipeline without one."""
        return cls.of(
            f"{path} names no transport",
            fix="give it one that others can reach: transport: {use: store}, or {use: redis, "
            "url: redis://localhost:6379} with eventflow-redis",
        )

    @classmethod
    def of_process(cls, name: str) -> Self:
        """Build the error for a transport that keeps its events in one process."""
        return cls.of(
            f'transport "{name}" keeps its events in the process of the run: nobody else sees them',
            fix="take one that others can reach: transport: {use: store}, or {use: redis, "
            "url: redis://localhost:6379} with eventflow-redis",
        )


def pipeline_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--pipeline FILE``; the command receives `pipeline`."""
    return click.option(
        "--pipeline",
        metavar="FILE",
        help="Pipeline file whose transport is meant; by default that of the newest run that "
        "used one.",
    )(command)


@contextmanager
def reached(
    settings: Settings, pipeline: str | None, overrides: Sequence[str], home: Path
) -> Iterator[Transport]:
    """Build the transport of a pipeline, and close it at the end.

    Raises:
        NoTransportError: There is none, or none that another process can reach.
        ConfigError: The pipeline file is not sound.
    """
    from eventflow.config.binding import bind_use  # noqa: PLC0415 - delayed: YAML, pydantic
    from eventflow.config.loading import load  # noqa: PLC0415 - as above

    path = pipeline or _newest(home)
    config = load(path, overrides)
    if config.transport is None:
        raise NoTransportError.for_pipeline(path)
    bound = bind_use(config.transport, config, settings.host_for(config.plugins))
    if bound.component.instant:
        raise NoTransportError.of_process(bound.use.name)
    try:
        yield bound.component
    finally:
        bound.component.close()


def _newest(home: Path) -> str:
    """Return the file of the newest run that used a transport."""
    from eventflow.runs.store import RunStore  # noqa: PLC0415 - delayed: not for --help

    store = RunStore(home)
    for row in store.list(limit=50):
        record = store.get(row.short_id)
        if record.config_path and record.config.get("transport"):
            return record.config_path
    raise NoTransportError.nowhere(home)
