"""Typed events: what they carry, how they are written, and which types there are."""

from __future__ import annotations

from eventflow.events.base import BaseEvent
from eventflow.events.registry import EventTypes
from eventflow.events.unknown import UnknownEvent

__all__ = ["BaseEvent", "EventTypes", "UnknownEvent"]
