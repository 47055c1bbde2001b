"""The contract kit: every law of a component's kind, judged by one line in a plugin's tests."""

from __future__ import annotations

from eventflow.testing.check import Broken, Check, broken, check

__all__ = ["Broken", "Check", "broken", "check"]
