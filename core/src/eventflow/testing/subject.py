"""What is judged: a component's class, the options to build it with, and data to feed it."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from attrs import field, frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime
    from pathlib import Path
    from types import ModuleType

    import polars as pl

    from eventflow.frame import EventFrame

    Options = Mapping[str, Any] | Callable[[Path], Mapping[str, Any]]


@frozen(kw_only=True)
class Subject:
    """One component under one configuration.

    Attributes:
        component: The class.
        kind: Its kind, one of `eventflow.testing.check.KITS`.
        options: Options to build it with, as a configuration would give them. A callable is called
            with a fresh folder for each check and returns the options (paths, servers).
        frame: Data to feed it: an event frame over an in-memory table. For a context join, the
            events.
        context: For a context join: the context.
        as_of: The moment of the run; aware.
        capabilities: What the author says the component can do beyond its kind's minimum.
        extras: Whatever single checks need (documented with `contract`).
        folder: A fresh folder for each check.
    """

    component: type
    kind: str
    options: Options = field(factory=dict)
    frame: EventFrame
    context: EventFrame | None = None
    as_of: datetime
    capabilities: frozenset[str] = frozenset()
    extras: Mapping[str, Any] = field(factory=dict)
    folder: Path

    def build(self, **more: Any) -> Any:
        """Return a new instance, with the options and these on top."""
        options = self.options(self.folder) if callable(self.options) else self.options
        return self.component(**{**options, **more})

    @property
    def able(self) -> frozenset[str]:
        """What the component can do, as its class and its author say.

        These are the capabilities, the names of the extras, a transport's promises, and
        ``batches`` of a source that streams.
        """
        promises = getattr(self.component, "promises", None)
        kept = {p for p in ("durable", "ordered", "replayable", "acknowledged")
                if getattr(promises, p, False)}  # fmt: skip
        streams = {"batches"} if callable(getattr(self.component, "batches", None)) else set()
        return self.capabilities | set(self.extras) | kept | streams

    @property
    def data(self) -> pl.DataFrame:
        """The rows of `frame`, as a table."""
        return self.frame.collect()

    @property
    def module(self) -> ModuleType:
        """The module that defines the component."""
        return importlib.import_module(self.component.__module__)
