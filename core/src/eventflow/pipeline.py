"""Pipelines built in Python: steps in order, run on a frame."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from eventflow.engines.local import LocalEngine
from eventflow.frame import EventFrame
from eventflow.runs.execute import Execution
from eventflow.runs.plan import expanded, hand_made

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from eventflow.types import Engine, Step


class Pipeline:
    """Steps applied in order.

    Without steps that learn, `run` builds a lazy plan and reads nothing. A step that learns makes
    the pipeline execute up to that step; what it learned is in `states` afterwards and can be given
    to another pipeline of the same steps. A recipe among them is replaced by its steps.

    Args:
        steps: The steps.
        engine: Engine for what must be executed on the way; the local one by default.
        states: Fitted states from an earlier run (``steps.0`` → state); those steps do not learn.
    """

    def __init__(
        self,
        steps: Sequence[Step],
        *,
        engine: Engine | None = None,
        states: Mapping[str, Any] | None = None,
    ) -> None:
        """Take the steps as they are.

        Raises:
            TypeError: One of them is a class or a name, not a step.
        """
        self._steps = tuple(steps)
        for i, step in enumerate(self._steps):
            if isinstance(step, (type, str)):
                name = step.__name__ if isinstance(step, type) else "TheStep"
                msg = f"step {i} is {step!r}, not a step: build one, {name}(option=...)"
                raise TypeError(msg)
        self._engine: Engine = engine or LocalEngine()
        self.states: dict[str, Any] = dict(states or {})

    def run(self, frame: EventFrame) -> EventFrame:
        """Apply every step.

        Args:
            frame: The events.

        Returns:
            The transformed events, lazily; `accounts` tell which rows left and are not counted yet.

        Raises:
            StepFailedError: A step failed; the error names it.
            GateClosedError: A quality step found the data wanting.
            TypeError: The events are no event frame.
        """
        given: object = frame
        if not isinstance(given, EventFrame):
            msg = f"run() takes an event frame: EventFrame.of(data), not {type(given).__name__}"
            raise TypeError(msg)
        execution = Execution(self._engine, frame, states=dict(self.states))
        execution.steps(hand_made(expanded(self._steps)))
        self.states = execution.states
        return execution.frame

    def __iter__(self) -> Iterator[Step]:
        """Iterate over the steps."""
        return iter(self._steps)

    def __len__(self) -> int:
        """Number of steps."""
        return len(self._steps)

    def __repr__(self) -> str:
        """Render as it is written."""
        return f"Pipeline([{', '.join(repr(s) for s in self._steps)}])"
