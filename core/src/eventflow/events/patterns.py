"""Subscription patterns: dotted types with wildcards, compiled once."""

from __future__ import annotations

import re
from functools import lru_cache

_SEGMENT = re.compile(r"[A-Za-z0-9_-]+|\*")


@lru_cache(maxsize=1024)
def compile_pattern(pattern: str) -> re.Pattern[str]:
    """Compile a pattern; ``*`` stands for one segment or more.

    ``validation.*`` matches ``validation.started`` and ``validation.phase.completed``;
    ``*.error.*`` matches ``validation.error.occurred``; ``*`` matches everything.

    Raises:
        ValueError: A segment is empty or has characters that no event type has.
    """
    segments = pattern.split(".")
    for segment in segments:
        if not _SEGMENT.fullmatch(segment):
            msg = f'"{pattern}" is no event pattern: segment "{segment}" must be a word or *'
            raise ValueError(msg)
    body = r"\.".join(".+" if s == "*" else re.escape(s) for s in segments)
    return re.compile(body)


def matches(pattern: str, event_type: str) -> bool:
    """Whether an event type matches a pattern."""
    return compile_pattern(pattern).fullmatch(event_type) is not None
