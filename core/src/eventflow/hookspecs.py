"""Every hook there is. Chosen by name → component; everyone interested → hook.

`Hooks` has two roles: its methods are the specifications, and it is the base class of whoever
listens. A type checker then refuses a misspelt hook, a wrong payload and a wrong result:

    from eventflow.hookspecs import Hooks, RunFinished, impl

    class Notify(Hooks):
        @impl
        def run_finished(self, event: RunFinished) -> None:
            print(event.run_id, event.state)

A distribution names its listener in the entry-point group ``eventflow.hooks``
(``notify = "acme_notify.hooks:Notify"``); the module should import nothing heavy.

Rules, checked when a listener is registered (EF130, EF131): plain methods marked `@impl`, the
specification's own argument names, no keyword-only arguments, no ``*args`` or ``**kwargs``, no
``async def``, no wrappers and no ``tryfirst`` or ``trylast``: listeners are called in the order the
configuration gives, then in the order of their distributions' names.

A listener that raises is recorded and logged; the others are still called, and the run goes on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen
from pluggy import HookimplMarker, HookspecMarker

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

PROJECT = "eventflow"

spec = HookspecMarker(PROJECT)
impl = HookimplMarker(PROJECT)


@frozen
class Offer:
    """A component that a plugin offers under a name.

    Attributes:
        target: ``module:Class``, imported only when a configuration names it; or the class.
        summary: One line for listings.
        tags: Words to find it by.
    """

    target: str | type
    summary: str = ""
    tags: tuple[str, ...] = ()


@frozen
class RunStarted:
    """A run has begun.

    Attributes:
        run_id: The run's id.
        name: The pipeline's name.
        as_of: The time features are computed as of; aware.
    """

    run_id: str
    name: str
    as_of: datetime | None = None


@frozen
class StepFinished:
    """One node of the plan has been executed, with the others of its pass over the data.

    Attributes:
        run_id: The run's id.
        node: The node's name in the plan.
        seconds: Wall time of the pass; consecutive lazy nodes are one query and share it.
        rows: Rows the pass delivered; None where they were not counted.
    """

    run_id: str
    node: str
    seconds: float
    rows: int | None = None


@frozen
class QualityChecked:
    """A quality gate has judged the data.

    Attributes:
        run_id: The run's id.
        score: Overall score from 0 to 100; None without evidence.
        passed: Whether the gate let the data through.
    """

    run_id: str
    score: float | None
    passed: bool


@frozen
class RunFinished:
    """A run has ended without an error.

    Attributes:
        run_id: The run's id.
        state: The run's final state.
        seconds: Wall time.
        rows_read: Rows read from the source.
        rows_result: Rows in the result.
    """

    run_id: str
    state: str
    seconds: float
    rows_read: int | None = None
    rows_result: int | None = None


@frozen
class RunFailed:
    """A run has ended with an error.

    Attributes:
        run_id: The run's id.
        code: The error's code, ``EFnnn``.
        message: The error's first line.
    """

    run_id: str
    code: str
    message: str


class Hooks:
    """The specifications, and the base class of listeners; override what you listen to."""

    @spec
    def eventflow_sources(self) -> Mapping[str, Offer]:
        """Offer sources: name in the configuration → component."""
        return {}

    @spec
    def eventflow_sinks(self) -> Mapping[str, Offer]:
        """Offer sinks: name in the configuration → component."""
        return {}

    @spec
    def eventflow_steps(self) -> Mapping[str, Offer]:
        """Offer steps: name in the configuration → component."""
        return {}

    @spec
    def eventflow_context_joins(self) -> Mapping[str, Offer]:
        """Offer context joins: name in the configuration → component."""
        return {}

    @spec
    def eventflow_blueprints(self) -> Mapping[str, Offer]:
        """Offer blueprints: name in the configuration → component."""
        return {}

    @spec
    def eventflow_transports(self) -> Mapping[str, Offer]:
        """Offer transports: name in the configuration → component."""
        return {}

    @spec
    def eventflow_trackers(self) -> Mapping[str, Offer]:
        """Offer trackers: name in the configuration → component."""
        return {}

    @spec
    def eventflow_engines(self) -> Mapping[str, Offer]:
        """Offer engines: name in the configuration → component."""
        return {}

    @spec
    def eventflow_commands(self) -> Mapping[str, Offer]:
        """Offer subcommands of ``eventflow``: name → click command."""
        return {}

    @spec
    def run_started(self, event: RunStarted) -> None:
        """Be told that a run has begun, before anything is read."""

    @spec
    def step_finished(self, event: StepFinished) -> None:
        """Be told that a node of the plan has been executed."""

    @spec
    def quality_checked(self, event: QualityChecked) -> None:
        """Be told what a quality gate found, before anything is published."""

    @spec
    def run_finished(self, event: RunFinished) -> None:
        """Be told that a run has ended without an error, after the result was published."""

    @spec
    def run_failed(self, event: RunFailed) -> None:
        """Be told that a run has ended with an error; nothing was published."""
