"""Running pipelines from Python: no global state, sync and async."""

from __future__ import annotations

import asyncio
from pathlib import Path
from threading import Event as Flag
from typing import TYPE_CHECKING, Any

from eventflow.config.loading import host_of, resolve
from eventflow.report.writer import HtmlReport
from eventflow.runs.explain import Explanation, explain_config
from eventflow.runs.orchestrate import PipelineOrchestrator
from eventflow.runs.state import find_state

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from eventflow.config.loading import MakeHost
    from eventflow.config.model import PluginOptions
    from eventflow.plugins import PluginHost
    from eventflow.runs.record import PassRecord
    from eventflow.runs.result import RunResult
    from eventflow.types import Transport


def run(  # noqa: PLR0913 - all but the pipeline are options
    pipeline: str | Path | Mapping[str, Any],
    *,
    overrides: Sequence[str] = (),
    state: str | Path | None = None,
    strict: bool = False,
    host: PluginHost | None = None,
    on_pass: Callable[[PassRecord], None] | None = None,
    transport: Transport | None = None,
    traceparent: str | None = None,
    parent: str | None = None,
) -> RunResult:
    """Run a pipeline and return its result.

    Args:
        pipeline: A pipeline file, or the same as a dictionary.
        overrides: ``path=value`` texts, as ``--set`` takes them.
        state: A saved state (a file, a run's folder, or a run's short id) to use instead of
            learning.
        strict: Whether a warning about the data stops the run before it publishes.
        host: The plugin host; a new one with the configuration's plugin options by default.
        on_pass: Called after every pass over the data.
        transport: Where the run's events go, instead of where the configuration sends them;
            subscribe to it before. It is yours, and so is closing it.
        traceparent: W3C trace context that the run continues; by default OpenTelemetry's current
            span, or ``TRACEPARENT`` in the environment.
        parent: The run that trackers show this one within.

    Raises:
        ConfigError: The configuration has problems; all of them are in the error.
        RunFailedError: The run failed; its `record` tells why, and nothing was published.
    """
    work = orchestrator(
        pipeline, overrides=overrides, state=state, make_host=_maker(host), strict=strict
    )
    work.on_pass = on_pass or work.on_pass
    work.transport = transport
    work.traceparent = traceparent
    work.parent = parent
    return work.run()


async def run_async(  # noqa: PLR0913 - all but the pipeline are options
    pipeline: str | Path | Mapping[str, Any],
    *,
    overrides: Sequence[str] = (),
    state: str | Path | None = None,
    strict: bool = False,
    host: PluginHost | None = None,
    on_pass: Callable[[PassRecord], None] | None = None,
    transport: Transport | None = None,
    traceparent: str | None = None,
    parent: str | None = None,
) -> RunResult:
    """Check and run a pipeline in a thread of its own; otherwise as `run`.

    Cancelling the task stops the run before its next pass, waits for that, and publishes nothing:
    the query that is running ends first, as Polars stops none safely in the middle.
    """
    flag = Flag()

    def work() -> RunResult:
        made = orchestrator(
            pipeline, overrides=overrides, state=state, make_host=_maker(host), strict=strict
        )
        made.on_pass = on_pass or made.on_pass
        made.transport = transport
        made.traceparent = traceparent
        made.parent = parent
        made.cancelled = flag
        return made.run()

    thread = asyncio.ensure_future(asyncio.to_thread(work))
    try:
        return await asyncio.shield(thread)
    except asyncio.CancelledError:
        flag.set()
        await asyncio.gather(thread, return_exceptions=True)
        raise


def check(
    pipeline: str | Path | Mapping[str, Any],
    *,
    overrides: Sequence[str] = (),
    host: PluginHost | None = None,
) -> Explanation:
    """Check a pipeline without running it: configuration, components, schema.

    Of the data it reads what tells names and dtypes of columns: the beginning of text files.

    Raises:
        EventflowError: With every problem found.
    """
    return explain(pipeline, overrides=overrides, host=host)


def explain(
    pipeline: str | Path | Mapping[str, Any],
    *,
    overrides: Sequence[str] = (),
    host: PluginHost | None = None,
) -> Explanation:
    """Return the plan of a pipeline: order, package, locality, columns, streaming.

    Of the data it reads what tells names and dtypes of columns: the beginning of text files.

    Raises:
        EventflowError: With every problem found.
    """
    return explain_config(resolve(pipeline, tuple(overrides), make_host=_maker(host)))


def orchestrator(
    pipeline: str | Path | Mapping[str, Any],
    *,
    overrides: Sequence[str] = (),
    state: str | Path | None = None,
    make_host: MakeHost = host_of,
    strict: bool = False,
) -> PipelineOrchestrator:
    """Return the orchestrator of a pipeline, checked and bound but not started.

    Args:
        pipeline: A pipeline file, or the same as a dictionary.
        overrides: ``path=value`` texts, as ``--set`` takes them.
        state: A saved state to use instead of learning; as in `run`.
        make_host: Makes the plugin host from the configuration's plugin options.
        strict: Whether a warning about the data stops the run before it publishes.

    Raises:
        ConfigError: The configuration has problems; all of them are in the error.
    """
    made: list[PluginHost] = []

    def make(options: PluginOptions) -> PluginHost:
        made.append(make_host(options))
        return made[-1]

    bound = resolve(pipeline, tuple(overrides), make_host=make)
    found = find_state(str(state), Path(bound.config.runs.path)) if state is not None else None
    return PipelineOrchestrator(bound, made[-1], state=found, strict=strict, report=HtmlReport())


def _maker(host: PluginHost | None) -> MakeHost:
    return host_of if host is None else lambda _: host
