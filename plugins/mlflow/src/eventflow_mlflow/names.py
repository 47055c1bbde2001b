"""Names and values as MLflow takes them."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import polars as pl

_REFUSED: Final = re.compile(r"[^\w\-. :/]", re.ASCII)
_LONGEST_NAME: Final = 250
_LONGEST_VALUE: Final = 5000


def clean(name: str) -> str:
    """Return a name with what MLflow refuses replaced: letters beyond ASCII as their code points.

    ``größe`` becomes ``gr.u00f6.u00dfe``; a name that is left with no path of its own, such as
    ``..``, gets an underscore in front.
    """
    told = _REFUSED.sub(lambda m: f".u{ord(m[0]):04x}", name)[:_LONGEST_NAME]
    plain = "/".join(f"_{part}" if part in {"", ".", ".."} else part for part in told.split("/"))
    return plain or "_"


def value(item: Any) -> str:
    """Return a parameter or a label as text, no longer than MLflow takes."""
    text = str(item)
    return text if len(text) <= _LONGEST_VALUE else f"{text[: _LONGEST_VALUE - 1]}…"


def milliseconds(moment: datetime | None) -> int:
    """Return a moment in milliseconds since 1970; now, where it is not known."""
    return int((moment or datetime.now(UTC)).timestamp() * 1000)


def batches(told: Mapping[str, Any], size: int) -> Iterator[dict[str, Any]]:
    """Yield a mapping in parts of at most so many items."""
    items = iter(told.items())
    while part := dict(islice(items, size)):
        yield part


def plain_rows(rows: pl.DataFrame) -> dict[str, Any]:
    """Return a table as MLflow keeps it: column names, and a list for each row."""
    data = [[_plain(cell) for cell in row] for row in rows.iter_rows()]
    return {"columns": rows.columns, "data": data}


def _plain(cell: Any) -> Any:
    if cell is None or isinstance(cell, (bool, int, str)):
        return cell
    if isinstance(cell, float):
        return cell if math.isfinite(cell) else str(cell)
    return str(cell)
