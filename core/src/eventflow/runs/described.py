"""What steps say of the features they make, as far as it still holds when all steps are done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import evolve

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eventflow.blueprint import FeatureSpec
    from eventflow.frame import EventFrame
    from eventflow.runs.plan import StepNode


def described(
    before: Mapping[str, FeatureSpec],
    node: StepNode,
    frame: EventFrame,
    state: Any,
    reads: frozenset[str] | None,
) -> dict[str, FeatureSpec]:
    """Return what is said of features after a node.

    What folds rows ends what was said of their columns; anything else that reads a feature is
    added to its formula, since it may have changed it.

    Args:
        before: Column → what was said of it so far.
        node: The node.
        frame: What arrives at it.
        state: What it learned.
        reads: Columns it reads; None if it cannot say.
    """
    kept = {} if node.ends_columns or node.role == "blueprint" else dict(before)
    for name, spec in kept.items():
        if node.role == "step" and (reads is None or name in reads):
            kept[name] = evolve(spec, formula=f"{spec.formula}; then {node.component}")
    return kept | {spec.name: spec for spec in node.step.describe(frame, state)}
