"""What is unknown in an expression: NaN, and casts that fail, become null where they arise.

Polars holds NaN to be larger than every number, so that ``0 / 0 > 0.3`` is true, and ``coalesce``
passes it on; SQL knows no NaN. Parts of an expression can only be replaced where Polars writes it
as JSON; what is put there is written by Polars too.
"""

from __future__ import annotations

import json
from io import StringIO
from typing import TYPE_CHECKING, Any

import polars as pl
from attrs import frozen
from polars.exceptions import PolarsError

if TYPE_CHECKING:
    from collections.abc import Mapping

_HOLE = "__eventflow_hole"
_PARTS: dict[str, tuple[str, ...]] = {
    "BinaryExpr": ("left", "right"),
    "Cast": ("expr",),
    "Ternary": ("predicate", "truthy", "falsy"),
}
"""Kinds of node → names of their parts that are nodes, beside functions and aliases."""

_TRUTHS = frozenset({"And", "Or", "Eq", "NotEq", "Lt", "LtEq", "Gt", "GtEq"})
"""Operators whose answer is true or false: no schema need be asked."""


def without_nan(
    expr: pl.Expr, found: Mapping[str, pl.DataType], *, lenient: bool = False
) -> pl.Expr:
    """Return `expr` with null for NaN wherever another part of it looks at the value.

    Only parts that compute floats are wrapped; an expression without any costs what it did. The
    outermost value stays as it is, and so does an expression that cannot be written as JSON (one
    with a Python function or an infinite constant).

    Args:
        expr: An expression over each row alone.
        found: dtypes of the columns, none of which holds NaN.
        lenient: Whether casts and parsing that fail give null, instead of an error.
    """
    tree = tree_of(expr)
    empty = pl.DataFrame(schema={name: found[name] for name in expr.meta.root_names()}).lazy()
    changed = _Cleaning(empty).parts(tree)
    changed = _lenient(changed) if lenient else changed
    return expr if changed == tree else expr_of(changed)


@frozen
class _Cleaning:
    """One walk over the tree of an expression.

    Attributes:
        empty: A frame with its columns.
    """

    empty: pl.LazyFrame

    def parts(self, tree: Any) -> Any:
        """Return a node whose parts hold no NaN that it would look at."""
        kind, body = _opened(tree)
        part = self.parts if self._hands_on(tree) else self.clean
        if kind == "Alias":
            return {kind: [self.parts(body[0]), *body[1:]]}
        if kind == "Function":
            return {kind: {**body, "input": [part(node) for node in body["input"]]}}
        if kind in _PARTS:
            return {kind: {**body, **{name: part(body[name]) for name in _PARTS[kind]}}}
        return tree

    def clean(self, tree: Any) -> Any:
        """Return a node that is never NaN."""
        kind, body = _opened(tree)
        if kind == "Alias":
            return {kind: [self.clean(body[0]), *body[1:]]}
        computes = kind in ("BinaryExpr", "Function", "Cast") and self._is_float(tree)
        return _filled(self.parts(tree)) if computes else self.parts(tree)

    def _hands_on(self, tree: Any) -> bool:
        """Whether it is arithmetic, which gives NaN for NaN: its parts can stay as they are."""
        kind, body = _opened(tree)
        sql = kind == "Function" and "Binary" in str(body["function"])
        return (kind in ("BinaryExpr", "Cast") or sql) and self._is_float(tree)

    def _is_float(self, tree: Any) -> bool:
        kind, body = _opened(tree)
        if kind == "BinaryExpr" and body["op"] in _TRUTHS:
            return False
        try:
            return self.empty.select(expr_of(tree).alias("v")).collect_schema()["v"].is_float()
        except PolarsError:
            return False


def _opened(tree: Any) -> tuple[str, Any]:
    """Return kind and body of a node; nothing of what is none."""
    return next(iter(tree.items())) if isinstance(tree, dict) else ("", None)


def _filled(tree: Any) -> Any:
    return _put(tree_of(pl.col(_HOLE).fill_nan(None)), tree)


def _put(template: Any, tree: Any) -> Any:
    if template == {"Column": _HOLE}:
        return tree
    if isinstance(template, dict):
        return {name: _put(value, tree) for name, value in template.items()}
    return [_put(value, tree) for value in template] if isinstance(template, list) else template


def _lenient(tree: Any) -> Any:
    if isinstance(tree, list):
        return [_lenient(value) for value in tree]
    if not isinstance(tree, dict):
        return tree
    softer = {"options": ("Strict", "NonStrict"), "strict": (True, False)}
    return {
        name: softer[name][1] if name in softer and value == softer[name][0] else _lenient(value)
        for name, value in tree.items()
    }


def tree_of(expr: pl.Expr) -> Any:
    """Return an expression as the JSON that Polars writes; None where JSON cannot hold it."""
    try:
        text = expr.meta.serialize(format="json")
        pl.Expr.deserialize(StringIO(text), format="json")  # an infinite constant is lost
    except PolarsError:
        return None
    return json.loads(text)


def expr_of(tree: Any) -> pl.Expr:
    """Return the expression of a tree; the inverse of `tree_of`."""
    return pl.Expr.deserialize(StringIO(json.dumps(tree)), format="json")
