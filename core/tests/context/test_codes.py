"""Keys get the same numbers wherever they are worked out, whatever the order of rows."""

from __future__ import annotations

from datetime import UTC, datetime

import polars as pl

from eventflow.context.codes import SERIES, numbered

AT = datetime(2026, 3, 1, tzinfo=UTC)


def test_numbers_of_keys_do_not_depend_on_the_order_of_rows() -> None:
    """Text, floats, and keys of several columns; either side is executed by itself, many times."""
    keys = pl.DataFrame({"shop": list("cabd") * 3, "lat": [3.5, -1.0, 0.25, 9.0] * 3})
    rows = keys.with_columns(at=pl.lit(AT))
    for by in (["shop"], ["lat"], ["shop", "lat"]):
        found = set()
        for seed in range(5):
            shuffled = rows.sample(fraction=1, shuffle=True, seed=seed).lazy()
            for side in numbered(rows.lazy(), shuffled, by=by):
                pairs = side.select(*by, SERIES).unique().sort(by).collect()
                found.add(tuple(pairs.rows()))
        assert len(found) == 1
        assert sorted(row[-1] for row in found.pop()) == [0, 1, 2, 3]
