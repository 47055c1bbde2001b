"""What can go wrong with an event store."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eventflow.errors import EventflowError, ExitCode

if TYPE_CHECKING:
    from pathlib import Path


class StoreUnusableError(EventflowError):
    """The file of an event store cannot be opened as it was asked."""

    code = "EF720"

    @classmethod
    def for_absent(cls, path: Path) -> StoreUnusableError:
        """Say that there is none."""
        return cls.of(
            f"there is no event store at {path.as_posix()}",
            fix="name the file that a `store` transport or an EventStore writes",
        )

    @classmethod
    def for_reason(cls, path: Path, reason: str) -> StoreUnusableError:
        """Say why."""
        return cls.of(
            f"cannot open the event store {path.as_posix()}: {reason}",
            fix="check that its folder exists and that the file may be read, and written by who "
            "appends",
        )

    @classmethod
    def for_closed(cls, path: Path) -> StoreUnusableError:
        """Say that it was closed before."""
        return cls.of(
            f"the event store {path.as_posix()} was closed",
            fix="open it again with EventStore(path)",
        )


class NotAStoreError(EventflowError):
    """The file is something else."""

    code = "EF721"
    exit_code = ExitCode.USAGE

    @classmethod
    def for_bytes(cls, path: Path) -> NotAStoreError:
        """Say that it is no SQLite database."""
        return cls.of(
            f"{path.as_posix()} is no event store: its bytes are no SQLite database",
            fix="name the store's own file; if this was one, restore it from a backup",
        )

    @classmethod
    def for_application(cls, path: Path) -> NotAStoreError:
        """Say that it is another program's database."""
        return cls.of(
            f"{path.as_posix()} is no event store: it is a SQLite database of another program",
            fix="name another file; nothing was written to this one",
        )

    @classmethod
    def for_layout(cls, path: Path, found: int, known: int) -> NotAStoreError:
        """Say that another version wrote it."""
        return cls.of(
            f"{path.as_posix()} has layout {found}, this eventflow-core knows {known}",
            fix="update eventflow-core",
        )


class StoreDamagedError(EventflowError):
    """What is stored is not what was written."""

    code = "EF722"

    @classmethod
    def for_position(cls, path: Path, position: int, reason: str) -> StoreDamagedError:
        """Say where it begins to be wrong."""
        return cls.of(
            f"the event store {path.as_posix()} is damaged at position {position}: {reason}",
            fix="restore the file from a backup; earlier positions can still be replayed",
            command=f"eventflow events verify {path.as_posix()}",
        )

    @classmethod
    def for_structure(cls, path: Path, reason: str) -> StoreDamagedError:
        """Say what of the file is wrong, where no position can be told."""
        return cls.of(
            f"the event store {path.as_posix()} is damaged: {reason}",
            fix="restore the file from a backup",
            command=f"eventflow events verify {path.as_posix()}",
        )


class EventsMissingError(EventflowError):
    """Events that were acknowledged are not there."""

    code = "EF723"

    @classmethod
    def for_end(cls, path: Path, found: int, known: int) -> EventsMissingError:
        """Say where the store ends, and where it ended."""
        return cls.of(
            f"the event store {path.as_posix()} ends at position {found}, but events up to "
            f"{known} were acknowledged",
            detail=(f"witness: {path.as_posix()}-witness",),
            fix="restore the store with its -wal file; or, to go on without those events, remove "
            "the witness",
        )

    @classmethod
    def for_start(cls, path: Path, wanted: int, start: int) -> EventsMissingError:
        """Say that retention has taken what was asked for."""
        return cls.of(
            f"position {wanted} of the event store {path.as_posix()} was forgotten; it begins at "
            f"{start}",
            fix="keep the projection's own file, or rebuild it from a backup that reaches back",
        )


class StoreFullError(EventflowError):
    """There is no room; nothing was appended, and the store goes on when there is."""

    code = "EF724"

    @classmethod
    def for_path(cls, path: Path) -> StoreFullError:
        """Say which disk."""
        return cls.of(
            f"no room to append to the event store {path.as_posix()}: the disk is full",
            detail=("nothing was appended; what is stored can be read",),
            fix="free some space, then append again; EventStore.forget releases old events",
        )


class StoreFailedError(EventflowError):
    """The disk failed; nobody knows what it holds of the last append, so none is acknowledged."""

    code = "EF725"

    @classmethod
    def for_reason(cls, path: Path, reason: str) -> StoreFailedError:
        """Say what the disk said."""
        return cls.of(
            f"the disk failed under the event store {path.as_posix()}: {reason}",
            detail=("nothing more is appended until the store is opened again",),
            fix="look at the disk, open the store again, and append again what was not "
            "acknowledged: what is there already is not stored twice",
            command=f"eventflow events verify {path.as_posix()}",
        )


class StoreBusyError(EventflowError):
    """Another process keeps the store for itself."""

    code = "EF726"

    @classmethod
    def for_seconds(cls, path: Path, seconds: float) -> StoreBusyError:
        """Say how long it was waited for."""
        return cls.of(
            f"another process kept the event store {path.as_posix()} for more than {seconds:g} s",
            detail=("nothing was appended",),
            fix="end the process that holds it, then append again",
        )


class EventRefusedError(EventflowError):
    """An event cannot be stored as it is."""

    code = "EF727"

    @classmethod
    def for_encoding(cls, event_type: str, reason: str) -> EventRefusedError:
        """Say why it cannot be written as JSON."""
        return cls.of(
            f'an event of type "{event_type}" cannot be written as JSON: {reason}',
            fix="give its fields values of JSON's types, dates, UUIDs or attrs classes",
        )

    @classmethod
    def for_size(cls, event_type: str, size: int, limit: int) -> EventRefusedError:
        """Say how much too large it is."""
        return cls.of(
            f'an event of type "{event_type}" has {size} bytes, at most {limit} are stored',
            fix="store the payload elsewhere and the event with its address, or raise the limit",
        )

    @classmethod
    def for_conflict(cls, event_type: str, event_id: str, position: int) -> EventRefusedError:
        """Say which stored event has the same id and other content."""
        return cls.of(
            f'an event of type "{event_type}" has the id of another one: {event_id} is stored at '
            f"position {position} with other content",
            fix="make a new event instead of changing one: equal ids are the same event",
        )
