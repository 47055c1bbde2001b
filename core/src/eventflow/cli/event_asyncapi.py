"""``eventflow events asyncapi``: an AsyncAPI document of the types of events."""

from __future__ import annotations

import json
from pathlib import Path

import click

from eventflow.cli import output
from eventflow.cli.event_types import known_types, module_option
from eventflow.cli.options import debug_option


@click.command(name="asyncapi")
@module_option
@click.option("--title", default="Events", show_default=True, help="Title of the document.")
@click.option("--api-version", default="1.0.0", show_default=True, help="Version it states.")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write it to this file; folders on the way are made.",
)
@debug_option
def command(modules: tuple[str, ...], title: str, api_version: str, out: Path | None) -> None:
    """Print an AsyncAPI 3 document: a channel per type, a message and JSON Schema per class."""
    from eventflow.events.asyncapi import asyncapi  # noqa: PLC0415 - delayed: not for --help

    document = asyncapi(known_types(modules), title=title, version=api_version)
    if out is None:
        click.echo(json.dumps(document, indent=2), file=output.result())
        return
    text = json.dumps(document, indent=2, ensure_ascii=False)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(text + "\n", encoding="utf-8")
    output.note(f"wrote {out}")
