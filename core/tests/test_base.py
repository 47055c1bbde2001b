"""The base classes: what they say of what a class leaves out."""

from __future__ import annotations

import polars as pl
import pytest

from eventflow import base
from eventflow.frame import EventFrame


class NoMerge(base.BaseAggregateStep):
    """An aggregate that was never finished."""

    by = ("who",)

    def partial(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        return rows.group_by(self.by).agg(pl.len())


class Empty(base.BaseStep):
    """A step without `apply`."""


def test_a_method_that_is_missing_is_named_with_its_class() -> None:
    """Instead of a bare `NotImplementedError`."""
    frame = EventFrame.of({"who": ["ann"]})
    with pytest.raises(NotImplementedError, match=r"^NoMerge does not define finish\(\)$"):
        NoMerge().apply(frame, None)
    with pytest.raises(NotImplementedError, match=r"^NoMerge does not define merge\(\)$"):
        NoMerge().merge(frame.lazy)
    with pytest.raises(NotImplementedError, match=r"^Empty does not define apply\(\)$"):
        Empty().apply(frame, None)


def test_every_method_that_a_base_leaves_out_says_so() -> None:
    """Of every kind of component; none forgets its name."""
    said = {}
    for name, kind in list(vars(base).items()):
        for method, body in list(vars(kind).items()) if isinstance(kind, type) else ():
            names = getattr(getattr(body, "__code__", None), "co_names", ())
            if "NotImplementedError" in names:
                consts = body.__code__.co_consts
                said[f"{name}.{method}"] = method in consts
    assert len(said) > 10
    assert all(said.values()), said
