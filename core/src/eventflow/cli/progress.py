"""A line on the terminal that says a run is alive; nothing in a pipe, in CI, or for JSON.

Consecutive lazy steps are one query, and Polars does not say how far a query is: a bar would be a
guess. What is certain is which pass is running and for how long.
"""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from threading import Event, Thread
from time import perf_counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from eventflow.runs.record import PassRecord

_PATIENCE = 0.4
"""Seconds before the line appears: a short run shows none."""
_CLEAR = "\r\x1b[K"


@contextmanager
def progress(*, quiet: bool) -> Iterator[Callable[[PassRecord], None]]:
    """Show on stderr how long a run has worked and how many passes are done.

    Args:
        quiet: Show nothing.

    Yields:
        What to call after each pass.
    """
    done: list[str] = []
    if quiet or not sys.stderr.isatty() or os.environ.get("CI"):
        yield lambda _: None
        return
    stop = Event()
    line = Thread(target=_tick, args=(stop, done), daemon=True)
    line.start()
    try:
        yield lambda finished: done.append(finished.label)
    finally:
        stop.set()
        line.join()


def _tick(stop: Event, done: list[str]) -> None:
    began = perf_counter()
    shown = False
    while not stop.wait(_PATIENCE):
        after = f", {len(done)} done, last: {done[-1]}"[:60] if done else ""
        text = f"{_CLEAR}  working  {perf_counter() - began:.0f} s{after}"
        sys.stderr.write(text.encode(sys.stderr.encoding, "replace").decode(sys.stderr.encoding))
        sys.stderr.flush()
        shown = True
    if shown:
        sys.stderr.write(_CLEAR)
        sys.stderr.flush()
