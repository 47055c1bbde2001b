"""A pipeline that reads a data set, demands what holds of it, and writes it."""

from __future__ import annotations

import re
from itertools import groupby
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from attrs import frozen

from eventflow.drafting.errors import NothingToDraftError, UnknownFormatError
from eventflow.drafting.facts import facts_of
from eventflow.drafting.naming import is_identifier, is_sensitive, roles_of
from eventflow.schema import dtype_name, parse_dtype

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import polars as pl

    from eventflow.drafting.facts import Facts
    from eventflow.frame import EventFrame
    from eventflow.schema import Role

SOURCES = {
    ".csv": "csv", ".tsv": "csv", ".txt": "csv", ".ndjson": "ndjson", ".jsonl": "ndjson",
    ".parquet": "parquet", ".pq": "parquet", ".arrow": "ipc", ".feather": "ipc", ".ipc": "ipc",
}  # fmt: skip
"""Ending of a file → source that reads it, by the name it has in a configuration."""

_COMPRESSED = frozenset({".gz", ".zst", ".bz2", ".xz"})
_CLASSES = {"0": "[0-9]", "A": "[A-Z]", "a": "[a-z]"}


@frozen(kw_only=True)
class DraftedPipeline:
    """A drafted configuration.

    Attributes:
        config: The pipeline, as plain data.
        rows: Rows that were looked at.
    """

    config: dict[str, Any]
    rows: int


def source_of(path: str) -> str:
    """Return the name of the source that reads a file of this ending.

    Raises:
        UnknownFormatError: No ending tells (EF351).
    """
    endings = [s.lower() for s in PurePath(path).suffixes]
    while endings and endings[-1] in _COMPRESSED:
        endings.pop()
    if not endings or endings[-1] not in SOURCES:
        raise UnknownFormatError.for_path(path, SOURCES)
    return SOURCES[endings[-1]]


def name_of(path: str) -> str:
    """Return a name for a pipeline that reads this file: letters, digits and dashes."""
    stem = PurePath(path).name.partition(".")[0]
    return "-".join(re.findall(r"[a-z0-9]+", stem.lower())) or "pipeline"


def draft(
    frame: EventFrame, *, source: Mapping[str, Any], name: str, gate: bool
) -> DraftedPipeline:
    """Look at every row and write down what holds.

    Args:
        frame: The rows.
        source: Section `source` that reads them.
        name: Name of the pipeline.
        gate: Whether a quality gate is installed.

    Raises:
        NothingToDraftError: There are no rows (EF350).
    """
    facts = facts_of(frame)
    rows = next((f.rows for f in facts.values()), 0)
    if not rows:
        raise NothingToDraftError.for_source(source)
    open_ = frame.metadata.undetermined
    roles = roles_of(facts)
    columns = {c: dict(_column(c, f, roles, told=c not in open_)) for c, f in facts.items()}
    config: dict[str, Any] = {"name": name, "source": dict(source)}
    config["schema"] = {**roles, "columns": columns}
    if gate:
        config["quality"] = {"minimum_score": 80}
    config["sink"] = {"use": "parquet", "path": f"out/{name}.parquet"}
    return DraftedPipeline(config=config, rows=rows)


def _column(
    name: str, facts: Facts, roles: Mapping[Role, str], *, told: bool
) -> Iterator[tuple[str, Any]]:
    """Yield what holds of a column; values themselves only where they are no secret."""
    if told and _writable(facts.dtype):
        yield "dtype", dtype_name(facts.dtype)
    yield "nullable", facts.values < facts.rows
    identifier, secret = is_identifier(name), is_sensitive(name)
    if identifier and facts.distinct_all:
        yield "unique", True
    degrees = name in (roles.get("latitude"), roles.get("longitude"))
    if facts.least is not None and facts.least >= 0 and not identifier and not degrees:
        yield "minimum", 0
    if secret:
        yield "sensitive", True
    elif identifier and facts.shape:
        yield "pattern", _pattern(facts.shape)
    elif facts.categories and not identifier:
        yield "allowed", list(facts.categories)


def _writable(dtype: pl.DataType) -> bool:
    try:
        return parse_dtype(dtype_name(dtype)) == dtype
    except ValueError:
        return False


def _pattern(shape: str) -> str:
    """Write a shape as a regular expression: ``AA-000`` is ``^[A-Z]{2}-[0-9]{3}$``."""
    parts = []
    for character, run in groupby(shape):
        length = len(list(run))
        part = _CLASSES.get(character, character.replace(".", r"\."))
        parts.append(part if length == 1 else f"{part}{{{length}}}")
    return f"^{''.join(parts)}$"
