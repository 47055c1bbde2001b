"""Typed events: what they carry, how they are written, and which types there are."""

from __future__ import annotations

from eventflow.events.base import BaseEvent

__all__ = ["BaseEvent"]
