"""What is known of each plugin: how far it came, and why it was set aside."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from eventflow.plugins.index import ComponentRef

State = Literal[
    "indexed", "compatible", "imported", "contract-shaped", "configured", "ready", "quarantined"
]
"""How far a plugin or component came. Each state includes those before it."""

STATES: tuple[State, ...] = (
    "indexed", "compatible", "imported", "contract-shaped", "configured", "ready", "quarantined",
)  # fmt: skip

Status = Literal[
    "installed", "imported", "ready", "clashing", "disabled", "incompatible", "quarantined"
]
"""What a person wants to know of a plugin. ``installed`` has not been imported, so nobody knows yet
whether it works."""

Stage = Literal["index", "select", "compatible", "import", "contract", "configure", "hooks"]
"""Where something was set aside."""


@dataclass(frozen=True, slots=True)
class Quarantine:
    """Something that was set aside so that the rest can go on.

    Attributes:
        subject: The plugin, or ``distribution:name`` of one of its components.
        stage: Where it failed.
        code: Code of the error a configuration that needs it would get.
        reason: Why.
        remedy: What to do.
        command: A command to run.
    """

    subject: str
    stage: Stage
    code: str
    reason: str
    remedy: str | None = None
    command: str | None = None


@dataclass(frozen=True, slots=True)
class PluginInfo:
    """A plugin as listings show it.

    Attributes:
        name: Distribution name.
        version: Distribution version.
        summary: One line.
        provides: Components, commands and hook modules it offers.
        requires: What it demands of core, such as ``>=0.1,<0.2``; None if it does not say.
        state: How far it came; ``quarantined`` if it, or anything of it, was set aside.
        quarantines: What was set aside, and why.
        clashes: Its components whose name another plugin claims too; they need the qualified name.
        disabled: Whether lists of plugins leave all of it out.
    """

    name: str
    version: str
    summary: str
    provides: tuple[ComponentRef, ...]
    requires: str | None
    state: State
    quarantines: tuple[Quarantine, ...] = ()
    clashes: tuple[ComponentRef, ...] = ()
    disabled: bool = False

    @property
    def status(self) -> Status:
        """How it is, in one word; what keeps it from working comes first."""
        if self.state == "quarantined":
            return "incompatible" if self.stage == "compatible" else "quarantined"
        if self.disabled:
            return "disabled"
        if self.clashes:
            return "clashing"
        if self.state == "ready":
            return "ready"
        return "installed" if self.state in {"indexed", "compatible"} else "imported"

    @property
    def stage(self) -> Stage | None:
        """Where it was first set aside."""
        return self.quarantines[0].stage if self.quarantines else None

    @property
    def reason(self) -> str | None:
        """Why it was first set aside."""
        return self.quarantines[0].reason if self.quarantines else None

    @property
    def remedy(self) -> str | None:
        """What to do about it."""
        return self.quarantines[0].remedy if self.quarantines else None
