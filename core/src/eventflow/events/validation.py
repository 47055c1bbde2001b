"""Events that tell how validation goes."""

from __future__ import annotations

from typing import ClassVar

from attrs import frozen

from eventflow.events.base import BaseEvent, Category
from eventflow.events.performance import FieldPath  # noqa: TC001 - msgspec reads the annotations


@frozen(kw_only=True)
class ValidationEvent(BaseEvent):
    """Validation has begun, has ended, or has found something.

    Its types are those below ``validation``, for example ``validation.started``,
    ``validation.phase.completed`` and ``validation.error.occurred``.

    Attributes:
        context_id: What it happened in: a run, a request, a session.
        field_path: Field that was validated; empty for the whole.
        phase: Part of the validation: ``schema``, ``quality``.
        status: ``started``, ``passed``, ``failed`` or a word of your own.
        duration_ms: Time taken, in milliseconds; None while it goes on.
        rule: Rule that was checked; empty where no single one is meant.
        code: Error code; empty without an error.
        message: What was found, without values of rows.
    """

    event_types: ClassVar[tuple[str, ...]] = ("validation.*",)
    category: ClassVar[Category] = "validation"

    context_id: str
    field_path: FieldPath = ""
    phase: str = ""
    status: str = ""
    duration_ms: float | None = None
    rule: str = ""
    code: str = ""
    message: str = ""
