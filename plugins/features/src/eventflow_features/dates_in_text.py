"""Dates and times in text that an expression reads without saying how they are written.

Polars tells the form of a column from its first value, so that the answer would depend on the order
of the rows; and it casts no text to dates at all (from 2.0 on), which shows only while running.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import polars as pl
from polars.exceptions import PolarsError

from eventflow_features.unknowns import expr_of, tree_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_FORMS = {"Date": "%Y-%m-%d", "Datetime": "%Y-%m-%d %H:%M:%S", "Time": "%H:%M:%S"}
_WORDS = {"Date": "DATE", "Datetime": "STRPTIME", "Time": "TIME"}


def unformatted(expr: pl.Expr, found: Mapping[str, pl.DataType]) -> str | None:
    """Return how the first part that reads dates without a format would be written with one.

    Constants are left alone: ``DATE('2024-02-29')`` has one value, and one meaning.

    Args:
        expr: An expression.
        found: dtypes of its columns.
    """
    tree = tree_of(expr)
    text = json.dumps(tree)
    if "Strptime" not in text and "Cast" not in text:
        return None
    return next(_unformatted(tree, found), None)


def _unformatted(tree: Any, found: Mapping[str, pl.DataType]) -> Iterator[str]:
    if isinstance(tree, list):
        for part in tree:
            yield from _unformatted(part, found)
    if not isinstance(tree, dict):
        return
    for kind, body in tree.items():
        part, made = _read(kind, body)
        if made in _FORMS and _is_text_column(part, found):
            yield f"{_WORDS[made]}({_shown(part)}, '{_FORMS[made]}')"
        yield from _unformatted(body, found)


def _read(kind: str, body: Any) -> tuple[Any, str]:
    """Return which part a node makes a date or time of without a format, and its dtype."""
    if kind == "Cast":
        return body["expr"], _made(body["dtype"])
    function = body.get("function") if kind == "Function" else None
    text = function.get("StringExpr") if isinstance(function, dict) else None
    if not isinstance(text, dict) or "Strptime" not in text:
        return None, ""
    made, options = text["Strptime"]
    return body["input"][0], _made(made) if options["format"] is None else ""


def _is_text_column(part: Any, found: Mapping[str, pl.DataType]) -> bool:
    expr = expr_of(part)
    names = expr.meta.root_names()
    frame = pl.DataFrame(schema={name: found[name] for name in names}).lazy()
    try:
        return bool(names) and frame.select(expr.alias("v")).collect_schema()["v"] == pl.String
    except PolarsError:
        return False


def _made(dtype: Any) -> str:
    """Return the kind of a dtype in JSON: ``Date`` of ``{"Literal": "Date"}``."""
    literal = dtype.get("Literal") if isinstance(dtype, dict) else dtype
    return next(iter(literal)) if isinstance(literal, dict) else str(literal)


def _shown(part: Any) -> str:
    expr = expr_of(part)
    return expr.meta.output_name() if expr.meta.is_column() else "…"
