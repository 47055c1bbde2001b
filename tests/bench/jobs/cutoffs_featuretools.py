"""The same with Featuretools: cut-off times, a training window at a time.

Labels are the window that ends a month after the cut-off.
"""

from __future__ import annotations

import warnings

import cutoffs_shape as shape
import pandas as pd  # type: ignore[import-untyped] # its stubs pin other versions
from timing import timed

warnings.simplefilter("ignore")
import featuretools as ft  # noqa: E402 - it warns of what it imports


def job(events: str, parquet: str) -> None:
    """Run it."""
    rows = pd.read_parquet(events)
    rows["id"] = range(len(rows))
    entities = ft.EntitySet("shop")
    entities.add_dataframe(dataframe_name="events", dataframe=rows, index="id", time_index="at")
    entities.normalize_dataframe("events", "customers", "customer", make_time_index=False)
    first = rows.groupby("customer")["at"].min()
    known = pd.concat(
        pd.DataFrame({"customer": first.index[first < cutoff], "time": cutoff})
        for cutoff in shape.CUTOFFS
    )
    parts = [
        _window(entities, known, length, shape.AGGREGATES, "{}_" + window)
        for window, length in shape.WINDOWS.items()
    ]
    later = known.assign(time=known["time"] + shape.LABEL)
    labels = _window(entities, later, shape.LABEL, shape.LABELS, "label_{}")
    labels.index = labels.index.set_levels(labels.index.levels[1] - shape.LABEL, level=1)
    made = pd.concat([*parts, labels], axis=1).rename_axis(["customer", "cutoff"])
    made.reset_index().to_parquet(parquet)


def _window(
    entities: ft.EntitySet, times: pd.DataFrame, length: object, wanted: tuple[str, ...], name: str
) -> pd.DataFrame:
    made = ft.dfs(
        entityset=entities,
        target_dataframe_name="customers",
        cutoff_time=times,
        training_window=None if length is None else f"{pd.Timedelta(length).days} days",
        include_cutoff_time=False,
        agg_primitives=list(wanted),
        trans_primitives=[],
        cutoff_time_in_index=True,
        n_jobs=1,
    )[0]
    columns = {
        "COUNT(events)" if a == "count" else f"{a.upper()}(events.amount)": name.format(a)
        for a in wanted
    }
    return made[list(columns)].rename(columns=columns).astype("float64")


if __name__ == "__main__":
    timed(job)
