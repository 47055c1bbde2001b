"""Failures that may pass when tried again, and how Polars tells of them.

Polars reads remote files with the Rust crate `object_store`, which tries a request several times
itself, then fails with an OSError or a ComputeError that has no errno: only its text tells a busy
service from a missing file. What answers for good (404, 403, a damaged file) is not tried again.
"""

from __future__ import annotations

import errno
import re

import polars as pl

from eventflow.errors import text_of
from eventflow.runs.errors import TRANSIENT, TransientError

_REMOTE = re.compile(
    r"object.store error|Error performing (?:GET|HEAD|PUT|POST|DELETE)|Generic \w+ error"
)
_PASSING = re.compile(
    r"status code: (?:408|425|429|5\d\d)\b|error sending request|\btimed? ?out\b|deadline"
    r"|connection (?:reset|refused|closed|aborted)|broken pipe|dns error|SlowDown"
    r"|Too Many Requests",
    re.IGNORECASE,
)
_NUMBERS = frozenset(
    {errno.ETIMEDOUT, errno.EHOSTUNREACH, errno.ENETUNREACH, errno.ENETRESET, errno.EAGAIN}
)


def as_transient(error: BaseException) -> BaseException | None:
    """Return the error as one to try again; None if trying again would not help.

    Args:
        error: What planning or executing a query raised.
    """
    if isinstance(error, TRANSIENT):
        return error
    if not isinstance(error, (OSError, pl.exceptions.ComputeError)):
        return None
    text = text_of(error)
    numbered = isinstance(error, OSError) and error.errno in _NUMBERS
    if numbered or (_REMOTE.search(text) and _PASSING.search(text)):
        return TransientError.of_cause(error)
    return None
