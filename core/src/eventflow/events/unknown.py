"""Events that nobody here knows, kept whole."""

from __future__ import annotations

from typing import Any, Self

import attrs
from attrs import field, frozen

from eventflow.events import codec
from eventflow.events.base import BaseEvent

_BLANK = b" \t\r\n"
_ONE_LINE = bytes.maketrans(b"\r\n", b"  ")
_HEAD = tuple(attrs.fields_dict(BaseEvent))


@frozen(kw_only=True)
class UnknownEvent(BaseEvent):
    """An event of a type, or of a newer version, that this process has no class for.

    What every event carries can be read; the rest is kept as it came, and `to_json` returns it
    unchanged, so that it can be stored and passed on to those who know it. Only line breaks between
    its parts become spaces: the JSON of an event is one line, whoever wrote it.

    Attributes:
        content: The event's JSON.
    """

    content: bytes = field(repr=False)

    @property
    def fields(self) -> dict[str, Any]:
        """All its fields as plain data.

        Raises:
            MalformedEventError: What was passed over in reading its head is no JSON.
        """
        return codec.decode_fields(self.content)

    def to_bytes(self) -> bytes:
        """Return the JSON as it came, on one line."""
        return self.content

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """Keep the JSON of any event.

        Raises:
            MalformedEventError: It is no JSON, or nested too deeply.
            InvalidEventError: It lacks what every event carries.
            EventTooLargeError: It is larger than `eventflow.events.codec.MAX_BYTES`.
        """
        head = BaseEvent.from_json(text)
        content = (text.encode() if isinstance(text, str) else bytes(text)).strip(_BLANK)
        if b"\n" in content or b"\r" in content:  # no string of JSON may hold them
            content = content.translate(_ONE_LINE)
        return cls(content=content, **{name: getattr(head, name) for name in _HEAD})
