"""``eventflow contract``: what a pipeline demands of its data, as a data contract, and back."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from eventflow.cli import output
from eventflow.cli.options import (
    Settings,
    debug_option,
    pass_settings,
    pipeline_argument,
    set_option,
    without_option,
)
from eventflow.errors import ExitCode

_output = click.option(
    "--output",
    "output_",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write to this file instead of the terminal.",
)


@click.group(name="contract")
def command() -> None:
    """Write and read data contracts (Open Data Contract Standard 3)."""


@command.command(name="export")
@pipeline_argument
@set_option
@_output
@debug_option
@without_option
@pass_settings
def export(
    settings: Settings, pipeline: str, overrides: tuple[str, ...], output_: Path | None
) -> int:
    """Write a pipeline's schema and quality rules as a data contract."""
    from eventflow.config.dump import dump  # noqa: PLC0415 - delayed: YAML
    from eventflow.config.loading import resolve  # noqa: PLC0415 - delayed: pydantic, Polars
    from eventflow_quality.contract_export import contract_of  # noqa: PLC0415 - delayed: Polars
    from eventflow_quality.promised import promised_by  # noqa: PLC0415 - delayed: Polars

    bound = resolve(pipeline, overrides, make_host=settings.host_for)
    promised = promised_by(bound, as_of=bound.config.as_of or datetime.now(UTC))
    _write(dump(contract_of(promised)), output_)
    for context in promised.gate.contexts:
        output.note(f"left out: where the rows of {context} lie")
    return ExitCode.DONE


@command.command(name="import")
@click.argument("contract", type=click.Path(path_type=Path))
@click.option("--table", help="Table of the contract, if it has several.")
@_output
@debug_option
def import_(contract: Path, table: str | None, output_: Path | None) -> int:
    """Write a data contract's rules as the sections `schema` and `quality` of a pipeline."""
    from eventflow.config.dump import dump  # noqa: PLC0415 - delayed: YAML
    from eventflow_quality.contract_import import (  # noqa: PLC0415 - delayed: Polars
        read_contract,
    )

    found = read_contract(contract, table)
    sections = {"schema": found.schema, "quality": found.quality}
    _write(dump({name: said for name, said in sections.items() if said}), output_)
    for what in found.left_out:
        output.note(f"left out: {what}")
    for context in found.contexts:
        output.note(
            f"say where its rows lie: under quality write  contexts: {{{context}: {{use: …}}}}"
        )
    return ExitCode.DONE


def _write(text: str, path: Path | None) -> None:
    if path is None:
        output.say(text.rstrip())
        return
    path.write_text(text, encoding="utf-8")
    output.note(f"wrote {path}")
