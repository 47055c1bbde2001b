"""The twenty rules as a suite of Great Expectations over pandas.

What compares columns is worked out in pandas first: the library has no expectation for arithmetic
over columns of a data frame.
"""

from __future__ import annotations

import great_expectations as gx
import great_expectations.expectations as gxe
import pandas as pd  # type: ignore[import-untyped] # its stubs pin other versions
from timing import timed_counts

COLUMNS = ("id", "a", "b", "c", "d", "kind", "code")
BETWEEN = {
    "id range": ("id", 0, None),
    "a range": ("a", -4, 4),
    "b range": ("b", 0, 60),
    "c range": ("c", 0, 98),
    "d range": ("d", None, 998),
    "b + c positive": ("b + c", 0, None),
    "c near d": ("c - d", None, 98),
}
STRICT = {"a below b": ("a - b", 3), "c doubled": ("2c", 197), "b and c": ("b + c", 150)}


def _suite() -> list[gxe.Expectation]:
    named = {f"{c} present": gxe.ExpectColumnValuesToNotBeNull(column=c) for c in COLUMNS}
    named["id unique"] = gxe.ExpectColumnValuesToBeUnique(column="id")
    for name, (column, low, high) in BETWEEN.items():
        named[name] = gxe.ExpectColumnValuesToBeBetween(
            column=column, min_value=low, max_value=high
        )
    for name, (column, high) in STRICT.items():
        named[name] = gxe.ExpectColumnValuesToBeBetween(
            column=column, max_value=high, strict_max=True
        )
    allowed = ["x", "y", "z"]
    named["kind allowed"] = gxe.ExpectColumnValuesToBeInSet(column="kind", value_set=allowed)
    pattern = "^C[0-9]{2,5}$"
    named["code pattern"] = gxe.ExpectColumnValuesToMatchRegex(column="code", regex=pattern)
    for name, expectation in named.items():
        expectation.meta = {"rule": name}
    return list(named.values())


def job(path: str) -> dict[str, int]:
    """Validate the suite and count unexpected values."""
    rows = pd.read_parquet(path)
    more = {"b + c": rows.b + rows.c, "c - d": rows.c - rows.d, "a - b": rows.a - rows.b}
    rows = rows.assign(**more, **{"2c": rows.c * 2})
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False, "metric_calculations": False}
    asset = context.data_sources.add_pandas("p").add_dataframe_asset("rows")
    batch = asset.add_batch_definition_whole_dataframe("whole").get_batch({"dataframe": rows})
    result = batch.validate(gx.ExpectationSuite(name="rules", expectations=_suite()))
    return {
        outcome.expectation_config.meta["rule"]: outcome.result["unexpected_count"]
        for outcome in result.results
    }


if __name__ == "__main__":
    timed_counts(job)
