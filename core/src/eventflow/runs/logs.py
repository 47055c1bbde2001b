"""Structured logs: JSON lines with the run's correlation id."""

from __future__ import annotations

import logging
from contextlib import contextmanager, nullcontext, suppress
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec

from eventflow.events import trace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from eventflow.runs.record import RunRecord

_correlation: ContextVar[str] = ContextVar("eventflow_correlation_id", default="")
_log = logging.getLogger("eventflow")


_handler_of_run: ContextVar[logging.Handler | None] = ContextVar("eventflow_run_log", default=None)


def inform(message: str, *values: object) -> None:
    """Write an INFO line to the log of the run at hand.

    Where the application asks for INFO it gets the line too; where it does not (the default), the
    line goes to the run's log alone, and no level of anyone's logger is changed.
    """
    if _log.isEnabledFor(logging.INFO):
        _log.info(message, *values)
    elif handler := _handler_of_run.get():
        place = ("eventflow", logging.INFO, __file__, 0, message, values, None)
        handler.handle(_log.makeRecord(*place))


class JsonFormatter(logging.Formatter):
    """Formats a record as one JSON object.

    Its keys: at, level, logger, message, correlation_id; within a trace trace_id and span_id; where
    there is one, error.
    """

    def __init__(self, hide: Callable[[str], str] = str) -> None:
        """Take what masks secrets in messages and tracebacks."""
        super().__init__()
        self._hide = hide

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, without a line break at its end."""
        line = {
            "at": datetime.fromtimestamp(record.created, UTC),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": self._hide(record.getMessage()),
            "correlation_id": _correlation.get(),
        }
        if (span := trace.current()) is not None:
            line |= {"trace_id": span.trace_id, "span_id": span.span_id}
        if record.exc_info:
            line["error"] = self._hide(self.formatException(record.exc_info))
        return msgspec.json.encode(line, enc_hook=str).decode()


class _RunLog(logging.FileHandler):
    """A file that a run can do without: a disk that fills up loses lines, and nothing is said."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the name logging calls
        """Lose the line."""
        del record

    def close(self) -> None:
        """Close the file, with what it could not hold."""
        with suppress(OSError):
            super().close()


class _OneRun(logging.Filter):
    """Lets through what was logged in the context of one run."""

    def __init__(self, correlation_id: str) -> None:
        super().__init__()
        self._id = correlation_id

    def filter(self, record: logging.LogRecord) -> bool:
        del record
        return _correlation.get() == self._id


@contextmanager
def run_log(
    folder: Path | None,
    run: RunRecord,
    packages: Iterable[str] = (),
    hide: Callable[[str], str] = str,
) -> Iterator[None]:
    """Write what is logged in this context to ``<folder>/log.jsonl``.

    That is what is logged under ``eventflow`` and under the packages whose components take part.
    What `hide` masks does not get there.
    The application's own logging configuration is left alone; several runs at once keep apart.
    """
    token = _correlation.set(run.correlation_id)
    handler = _handler(folder, run.correlation_id, hide)
    held = _handler_of_run.set(handler)
    try:
        with (
            _listening(handler, {"eventflow", *packages}),
            trace.within(run.trace) if run.trace is not None else nullcontext(),
        ):
            yield
    finally:
        _handler_of_run.reset(held)
        _correlation.reset(token)


@contextmanager
def _listening(handler: logging.Handler | None, names: Iterable[str]) -> Iterator[None]:
    if handler is None:
        yield
        return
    loggers = [logging.getLogger(name) for name in names]
    for logger in loggers:
        logger.addHandler(handler)
    try:
        yield
    finally:
        for logger in loggers:
            logger.removeHandler(handler)
        handler.close()


def _handler(
    folder: Path | None, correlation_id: str, hide: Callable[[str], str]
) -> logging.Handler | None:
    if folder is None:
        return None
    try:
        handler = _RunLog(folder / "log.jsonl", encoding="utf-8")
    except OSError:  # a run must not fail because its log cannot be written
        _log.warning("the run's log cannot be written", exc_info=True)
        return None
    handler.setFormatter(JsonFormatter(hide))
    handler.addFilter(_OneRun(correlation_id))
    return handler
