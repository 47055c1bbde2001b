"""What can be wrong with an event, its JSON, or its class."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from eventflow.errors import EventflowError, facts_of

if TYPE_CHECKING:
    from collections.abc import Sequence


class EventError(EventflowError):
    """Base of all errors about events."""

    code = "EF700"


class MalformedEventError(EventError):
    """A text is no JSON, or no JSON that an event can be read from."""

    code = "EF710"

    @classmethod
    def of_text(cls, reason: str) -> Self:
        """Build the error for what the parser says; the text itself is not quoted."""
        return cls.of(
            f"the text is not the JSON of an event: {reason}",
            fix="an event is one JSON object in UTF-8, as to_json() writes it; what else arrives "
            "on the same channel needs a channel of its own",
        )


class InvalidEventError(EventError):
    """The JSON is sound, and does not fit the class of its event type."""

    code = "EF711"

    @classmethod
    def for_class(cls, event: type, reasons: Sequence[str]) -> Self:
        """Build the error for a class and what does not fit it."""
        return cls.of(
            f"this is no {event.__name__}: {reasons[0] if reasons else 'it does not fit'}",
            detail=reasons[1:],
            fix="whoever wrote it has other fields: give changed fields a new schema_version and "
            "an upcaster from the old one",
        )

    @classmethod
    def without_head(cls, reason: str) -> Self:
        """Build the error for what no event can lack."""
        return cls.of(
            f"this is no event: {reason}",
            fix="every event has event_type, event_id and timestamp, as text",
        )


class UnwritableEventError(EventError):
    """An event holds a value that JSON cannot carry."""

    code = "EF712"

    @classmethod
    def for_field(cls, event: object, field: str, reason: str) -> Self:
        """Build the error for a field of an event."""
        return cls.of(
            f"{field} of {type(event).__name__} cannot be written as JSON: {reason}",
            fix="leave the value out, or give the field a type that JSON has; for a type of your "
            "own, register a hook with eventflow.events.codec.converter()",
        )


class EventTooLargeError(EventError):
    """An event is larger than what is written or read."""

    code = "EF713"

    @classmethod
    def of_size(cls, size: int, limit: int) -> Self:
        """Build the error for a size in bytes."""
        return cls.of(
            f"an event of {size:,} bytes is larger than the limit of {limit:,} bytes",
            fix="put large data into a file or table, and its place into the event",
        )


class DuplicateEventTypeError(EventError):
    """Two classes say that they are the same version of one event type."""

    code = "EF714"

    @classmethod
    def between(cls, event_type: str, version: int, classes: Sequence[type]) -> Self:
        """Build the error for the classes that clash."""
        names = [f"{c.__module__}.{c.__qualname__}" for c in classes]
        return cls.of(
            f'event type "{event_type}" version {version} is claimed by {" and ".join(names)}',
            fix="give one of them another event_type or schema_version; or make a registry of "
            "your own that holds only one: EventTypes(MyEvent, ...)",
        )


class UnusableEventTypeError(EventError):
    """A class cannot be registered as a type of event."""

    code = "EF715"

    @classmethod
    def for_class(cls, event: object, reason: str, fix: str) -> Self:
        """Build the error for a class."""
        name = getattr(event, "__qualname__", repr(event))
        return cls.of(f"{name} cannot be a type of event: {reason}", fix=fix)

    @classmethod
    def unresolved(cls, event: object, error: BaseException) -> Self:
        """Build the error for a class whose fields have annotations that cannot be used."""
        fix = "import what its annotations name outside `if TYPE_CHECKING:`, and use types of JSON"
        return cls.for_class(event, facts_of(error)[0], fix)


class UpcastError(EventError):
    """An upcaster raised, or returned something else than fields."""

    code = "EF716"

    @classmethod
    def at(cls, event: type, version: int, error: BaseException | None) -> Self:
        """Build the error for the step from a version to the next."""
        facts = facts_of(error) if error is not None else ["it returned no dict of fields"]
        return cls.of(
            f"the upcaster of {event.__name__} from version {version} failed: {facts[0]}",
            detail=facts[1:],
            fix="an upcaster takes the fields of its version as a dict and returns those of the "
            "next; every event of that version must pass",
        )


class CloudEventError(EventError):
    """Something is no envelope of CloudEvents 1.0, or cannot become one."""

    code = "EF717"

    @classmethod
    def lacking(cls, attribute: str) -> Self:
        """Build the error for an attribute that is not there, empty, or no text."""
        return cls._because(f'it lacks "{attribute}"')

    @classmethod
    def of_version(cls, version: str) -> Self:
        """Build the error for a version of CloudEvents that is not read here."""
        return cls._because(f"its specversion is {version[:20]!r}")

    @classmethod
    def of_schema_version(cls, version: object) -> Self:
        """Build the error for a version of fields that is no whole number."""
        return cls._because(f"its schemaversion is {str(version)[:20]!r}")

    @classmethod
    def without_time(cls) -> Self:
        """Build the error for an envelope without a time, which every event here has."""
        return cls._because('it lacks "time", which no event can do without')

    @classmethod
    def of_batch(cls) -> Self:
        """Build the error for several envelopes in one."""
        return cls._because("it is a batch, whose elements are to be read one by one")

    @classmethod
    def without_type(cls) -> Self:
        """Build the error for an event whose type no envelope can say."""
        return cls._because("its type is empty or has control characters")

    @classmethod
    def _because(cls, reason: str) -> Self:
        return cls.of(
            f"no CloudEvents 1.0 envelope: {reason}",
            fix="send id, source, type, time and specversion 1.0, each as text that is not empty",
        )
