"""``eventflow explain``: the plan of a pipeline."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import click

from eventflow.cli import output
from eventflow.cli.options import (
    Settings,
    debug_option,
    json_option,
    keep_logs_quiet,
    pass_settings,
    pipeline_argument,
    set_option,
    strict_option,
    without_option,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from eventflow.blueprint import FeatureSpec
    from eventflow.runs.explain import ExplainedNode, Explanation

_MOST_FEATURES = 20


@click.command("explain")
@pipeline_argument
@set_option
@click.option(
    "--format",
    "shape",
    type=click.Choice(["text", "mermaid", "polars"]),
    default="text",
    show_default=True,
    help="How to show the plan.",
)
@json_option
@strict_option
@without_option
@debug_option
@pass_settings
def command(
    settings: Settings,
    pipeline: str,
    overrides: tuple[str, ...],
    shape: Literal["text", "mermaid", "polars"],
    as_json: bool,  # noqa: FBT001 - click passes options by name
) -> None:
    """Show what running PIPELINE would do: order, packages, locality, columns, streaming.

    Of the data it reads what tells names and dtypes of columns, as `check` does.
    """
    from eventflow.api import orchestrator  # noqa: PLC0415 - delayed: not for --help
    from eventflow.runs.explain import explain_config  # noqa: PLC0415 - delayed: not for --help

    keep_logs_quiet(settings)
    work = orchestrator(pipeline, overrides=overrides, make_host=settings.host_for)
    plan = explain_config(work.bound)
    if as_json:
        output.print_json("explain", _document(plan))
    elif shape == "mermaid":
        output.say(plan.mermaid())
    elif shape == "polars":
        output.say(plan.polars)
    else:
        for line in text_lines(plan, output.glyphs()):
            output.say(line)


def text_lines(plan: Explanation, glyphs: output.Glyphs) -> Iterator[str]:
    """Render the plan, one node a line; ▲ marks a node that leaves the streaming engine."""
    yield plan.name + (f"   as of {plan.as_of}" if plan.as_of else "")
    lines = (*plan.nodes, *plan.observers)
    wide = max(len(n.component) for n in lines)
    local = max(len(n.locality or n.role) for n in lines)
    owner = max(len(n.owner) for n in lines)
    for node in lines:
        mark = glyphs.warning if node.leaves_streaming else " "
        yield (
            f"  {mark} {node.component:<{wide}}  {node.locality or node.role:<{local}}  "
            f"{node.owner:<{owner}}  {_remark(node)}"
        ).rstrip()
    for feature, lacking in plan.left_out.items():
        yield f"  left out: {feature} (no {', '.join(lacking)})"
    yield from _feature_lines(plan.features)
    yield f"{len(plan.nodes)} nodes"


def _feature_lines(features: Sequence[FeatureSpec]) -> Iterator[str]:
    """Yield the feature dictionary: name, unit, parity, definition, when it is null."""
    if not features:
        return
    shown = features[:_MOST_FEATURES]
    name = max(len(f.name) for f in shown)
    unit = max(len(f.unit) for f in shown)
    parity = max(len(str(f.parity)) for f in shown)
    yield "features"
    for f in shown:
        told = f"{f.name:<{name}}  {f.unit:<{unit}}  {f.parity!s:<{parity}}  {f.formula}; {f.nulls}"
        yield f"    {told}".rstrip("; ")
    if more := len(features) - len(shown):
        yield f"    and {more} more: eventflow explain --json lists them all"


def _remark(node: ExplainedNode) -> str:
    held = node.leaves_streaming
    kept = f"holds all rows in memory for {' and '.join(dict.fromkeys(held))}" if held else ""
    reads = f"reads {', '.join(node.columns)}" if node.columns and node.locality else ""
    recipes = f"of {' > '.join(node.recipes)}" if node.recipes else ""
    return "; ".join(part for part in (kept, node.note, recipes, reads) if part)


def _document(plan: Explanation) -> dict[str, object]:
    from attrs import asdict  # noqa: PLC0415 - delayed: not for --help

    return {**asdict(plan), "features": [_feature(f) for f in plan.features]}


def _feature(spec: FeatureSpec) -> dict[str, object]:
    from attrs import asdict  # noqa: PLC0415 - delayed: not for --help

    return {**asdict(spec), "parity": str(spec.parity)}
