"""Components of any kind that break one law of all components each."""

from __future__ import annotations

import os
from collections.abc import Callable  # noqa: TC003 - pydantic reads it at run time
from pathlib import Path
from typing import Any

from pydantic import ConfigDict, Field, SecretStr

from contract_offenders import offender
from eventflow.base import BaseTracker, BaseTransport, ComponentConfig
from eventflow.engines.local import LocalEngine
from eventflow.errors import EventflowError

_SHARED: list[str] = []


class GoodComponent(BaseTracker):
    """A component that keeps every law."""

    class Config(ComponentConfig):
        """Options.

        Attributes:
            names: Some names.
            token: Who is asked.
        """

        names: list[str] = Field(default_factory=list)
        token: SecretStr | None = None


class ShapelessTransport(BaseTransport):
    """A transport that cannot be told which subscription to end."""

    def publish(self, event: Any) -> None:
        """Discard."""

    def subscribe(self, pattern: str, handler: Any) -> str:
        return pattern

    def unsubscribe(self) -> None:  # type: ignore[override] # the mistake
        """End everything."""


class UndocumentedTracker(BaseTracker):  # noqa: D101 - the mistake
    pass


class UnregisteredEngine(LocalEngine):
    """An engine that no entry point names."""


UnregisteredEngine.__module__ = LocalEngine.__module__


class ReadingTracker(BaseTracker):
    """A tracker that opens a file when it is built."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        with Path(os.devnull).open("rb"):
            pass


class NamelessTracker(BaseTracker):
    """A tracker that does not say what it is."""

    def __repr__(self) -> str:  # noqa: D105 - the class says it
        return "<a component>"


class LaxTracker(BaseTracker):
    """A tracker that ignores options it does not know."""

    class Config(ComponentConfig):
        """Options."""

        model_config = ConfigDict(extra="ignore", frozen=True)


class MuteTracker(BaseTracker):
    """A tracker that refuses any option, and does not say which."""

    def __init__(self, **options: Any) -> None:
        if options:
            msg = "this cannot be"
            raise EventflowError.of(msg)
        super().__init__()


class ChangingTracker(BaseTracker):
    """A tracker whose options can be changed."""

    class Config(ComponentConfig):
        """Options."""

        model_config = ConfigDict(extra="forbid", frozen=False)


class SharingTracker(BaseTracker):
    """A tracker whose instances share a list."""

    class Config(ComponentConfig):
        """Options.

        Attributes:
            names: Some names.
        """

        names: list[str] = Field(default_factory=lambda: _SHARED)


class NoneTracker(BaseTracker):
    """A tracker whose default is of another type."""

    class Config(ComponentConfig):
        """Options.

        Attributes:
            keep: How many to keep.
        """

        keep: int = None  # type: ignore[assignment] # the mistake


class SilentTracker(BaseTracker):
    """A tracker that does not say what its option is for."""

    class Config(ComponentConfig):
        """Options."""

        keep: int = 1


class CallbackTracker(BaseTracker):
    """A tracker whose option no file can hold."""

    class Config(ComponentConfig):
        """Options.

        Attributes:
            call: What to call.
        """

        call: Callable[[], int] | None = None


class PlainTokenTracker(BaseTracker):
    """A tracker whose token is plain text."""

    class Config(ComponentConfig):
        """Options.

        Attributes:
            api_token: Token of the service.
        """

        api_token: str = ""


class LeakingTracker(GoodComponent):
    """A tracker that keeps its token where everyone looks."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.header = self.config.token and f"Bearer {self.config.token.get_secret_value()}"


GOOD = [offender(GoodComponent)]
BAD = [
    ("shape", offender(ShapelessTransport, *(
        "delivers-events", "patterns", "unsubscribe", "handler-isolation", "publish-from-threads",
    ), patience_seconds=0)),
    ("documented", offender(UndocumentedTracker)),
    ("registered", offender(UnregisteredEngine)),
    ("construction-reads-nothing", offender(ReadingTracker)),
    ("repr", offender(NamelessTracker)),
    ("unknown-option", offender(LaxTracker)),
    ("unknown-option", offender(MuteTracker)),
    ("config-frozen", offender(ChangingTracker)),
    ("config-defaults-apart", offender(SharingTracker)),
    ("config-defaults-valid", offender(NoneTracker)),
    ("options-described", offender(SilentTracker)),
    ("config-schema", offender(CallbackTracker)),
    ("secret-options", offender(PlainTokenTracker)),
    ("secrets-not-shown", offender(LeakingTracker)),
]  # fmt: skip
