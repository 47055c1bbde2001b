"""``eventflow init``: a pipeline file to start from, drafted from data."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from eventflow.cli import output
from eventflow.cli.options import Settings, debug_option, pass_settings, without_option
from eventflow.cli.schema import MODELINE, write_schema
from eventflow.errors import ExitCode

if TYPE_CHECKING:
    from eventflow.drafting.pipeline import DraftedPipeline


@click.command(name="init")
@click.option(
    "--from",
    "data",
    required=True,
    metavar="DATA",
    help="File to draft from: CSV, NDJSON, Parquet or Arrow IPC; a folder or glob with --use.",
)
@click.option("--use", help="Source that reads it; by default what the file's ending says.")
@click.option("--name", help="Name of the pipeline; by default the file's.")
@click.option(
    "--output",
    "target",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File to write; NAME.yaml by default.",
)
@click.option("--force", is_flag=True, help="Replace the file if it is there.")
@debug_option
@without_option
@pass_settings
def command(  # noqa: PLR0913 - one argument per option
    settings: Settings,
    *,
    data: str,
    use: str | None,
    name: str | None,
    target: Path | None,
    force: bool,
) -> int:
    """Write a pipeline that reads DATA, demands what holds of it now, and writes Parquet.

    Every row is looked at. What is drafted is a beginning: it says what holds of these rows, and
    only you know what must hold of all.
    """
    from eventflow.config.dump import dump  # noqa: PLC0415 - delayed: YAML
    from eventflow.drafting.errors import FileInTheWayError  # noqa: PLC0415 - beside its use
    from eventflow.drafting.pipeline import name_of, source_of  # noqa: PLC0415 - delayed: Polars

    title = name or name_of(data)
    path = target or Path(f"{title}.yaml")
    if path.exists() and not force:
        raise FileInTheWayError.at(path)
    made = _draft(settings, {"use": use or source_of(data), "path": data}, title)
    about = (
        f"# Drafted from {data}: what holds of its {made.rows:,} rows. Say what must hold of all."
    )
    path.write_text(f"{MODELINE}\n{about}\n{dump(made.config)}", encoding="utf-8")
    write_schema(settings)
    output.say(f"{output.glyphs().ok} wrote {path}, drafted from {made.rows:,} rows")
    output.say(f"  next: eventflow check {path}")
    return ExitCode.DONE


def _draft(settings: Settings, source: dict[str, str], name: str) -> DraftedPipeline:
    from eventflow.config.loading import resolve  # noqa: PLC0415 - delayed: pydantic, Polars
    from eventflow.drafting.pipeline import draft  # noqa: PLC0415 - delayed: Polars
    from eventflow.runs.compile import scan  # noqa: PLC0415 - delayed: Polars

    bound = resolve({"name": name, "source": source}, make_host=settings.host_for)
    gate = any(ref.name == "quality.gate" for ref in settings.host().refs("step"))
    return draft(scan(bound), source=source, name=name, gate=gate)
