"""The feature dictionary of aggregates: what each column means, its unit, and when it is null."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import frozen

from eventflow.blueprint import FeatureSpec

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import polars as pl

    from eventflow.blueprint import Parity
    from eventflow.schema import EventSchema
    from eventflow_features.groups import Group
    from eventflow_features.specs import AggregateSpec
    from eventflow_features.windows import Window

_SQL = "SQL, ISO/IEC 9075-2"
_MERGED = "Chan, Golub & LeVeque (1979)"
_PAIRS = "Pébay (2008)"
_ZERO, _NULL = "0 without values", "null without values"
_DAYS = "days"


@frozen
class _Entry:
    """What all features of one aggregate share.

    Attributes:
        unit: Its unit; ``u`` stands for that of the values, ``o`` for that of the other column.
        nulls: When it is null or 0; options stand in braces.
        source: Where its definition comes from.
    """

    unit: str
    nulls: str
    source: str


_ENTRIES: dict[str, _Entry] = {
    "count": _Entry("1", _ZERO, _SQL),
    "sum": _Entry("u", _ZERO, _SQL),
    "mean": _Entry("u", _NULL, _SQL),
    "min": _Entry("u", _NULL, _SQL),
    "max": _Entry("u", _NULL, _SQL),
    "var": _Entry("u²", "null without more than {ddof} values", _MERGED),
    "std": _Entry("u", "null without more than {ddof} values", _MERGED),
    "first": _Entry("u", _NULL, "earliest known value; ties by tie_break, then the smallest"),
    "last": _Entry("u", _NULL, "latest known value; ties by tie_break, then the largest"),
    "n_unique": _Entry("1", _ZERO, _SQL),
    "approx_n_unique": _Entry("1", _ZERO, "Bar-Yossef et al. (2002); exact below {bound}"),
    "median": _Entry("u", _NULL, "Hyndman & Fan (1996), definition 7"),
    "quantile": _Entry("u", _NULL, "Hyndman & Fan (1996), definition 7"),
    "approx_quantile": _Entry("u", _NULL, "Karnin, Lang & Liberty (2016)"),
    "mode": _Entry("u", _NULL, "most frequent value; of several the smallest"),
    "top_k": _Entry("u", "empty without values", "most frequent values; ties in their order"),
    "entropy": _Entry("nat", _NULL, "Shannon (1948)"),
    "simpson": _Entry("1", _NULL, "Simpson (1949): sum of squared shares"),
    "gini_simpson": _Entry("1", _NULL, "Simpson (1949): 1 - sum of squared shares"),
    "evenness": _Entry("1", "null below 2 distinct values", "Pielou (1966): entropy / ln n_unique"),
    "ratio": _Entry("u/o", "null without pairs, or where the divisor is 0", "sum over sum"),
    "cov": _Entry("u·o", "null without more than {ddof} pairs", _PAIRS),
    "corr": _Entry("1", "null below 2 pairs, or where a side does not vary", _PAIRS),
    "trend": _Entry("u/day", "null below 2 values, or at one time", "least squares over time"),
    "time_since": _Entry(_DAYS, "null without rows", "from the latest row to the moment"),
    "gap_mean": _Entry(_DAYS, "null below 2 rows", "time from row to row, mean"),
    "gap_cv": _Entry(
        "1", "null below 3 rows, or at one time", "time from row to row, std over mean"
    ),
}
_LOGARITHMS = {2.0: "bit", 10.0: "dit"}
"""Units of information, by the base of the logarithm (IEC 80000-13)."""

_MOST_VALUES = 5
_DEFAULTS: dict[str, Any] = {"ddof": 1, "bound": 1024}


@frozen
class Dictionary:
    """Entries for the columns that aggregates make of rows.

    Attributes:
        schema: Schema of the rows; tells units.
        found: Columns of the rows and their dtypes.
        time: Column of the event time.
        moment: What the moment is called: ``as_of`` or ``cutoff``.
    """

    schema: EventSchema
    found: Mapping[str, pl.DataType]
    time: str | None
    moment: str = "as_of"

    def of(self, specs: Sequence[AggregateSpec]) -> tuple[FeatureSpec, ...]:
        """Return an entry for each spec. Reads no data.

        What windows and groups share (dtype and parity) is looked at once.
        """
        known: dict[tuple[Any, ...], Parity] = {}
        made = []
        for spec in specs:
            key = (spec.op, repr(sorted(spec.options.items())), self._told(spec), id(spec.where))
            if key not in known:
                dtype = spec.check(self.found, self.time)
                known[key] = spec.unbound(self.time).parity(dtype)
            made.append(self._entry(spec, known[key], self.past(spec.window)))
        return tuple(made)

    def ahead(self, specs: Sequence[AggregateSpec], length: str) -> tuple[FeatureSpec, ...]:
        """Return entries for labels, which see a window that begins at the moment."""
        window = f"in [{self.moment}, {self.moment} + {length})"
        return tuple(
            self._entry(s, s.unbound(self.time).parity(s.check(self.found, self.time)), window)
            for s in specs
        )

    def past(self, window: Window) -> str:
        """Return what rows a window holds, in words."""
        if window.start is None:
            return f"before {self.moment}" if self.time else "of all rows"
        end = f"{self.moment} - {window.end}" if window.end else self.moment
        return f"in [{self.moment} - {window.start}, {end})"

    def _entry(self, spec: AggregateSpec, parity: Parity, window: str) -> FeatureSpec:
        entry = _ENTRIES.get(spec.op_name, _Entry("u", "as its class says", spec.op_name))
        nulls = entry.nulls if spec.value else entry.nulls.replace("values", "rows")
        options = {**_DEFAULTS, **spec.options}
        return FeatureSpec(
            name=spec.name,
            unit=self._unit(entry.unit, spec),
            formula=f"{self._call(spec)} {window}",
            parity=parity,
            nulls=nulls.format(**options),
            source=entry.source.format(**options),
        )

    def _call(self, spec: AggregateSpec) -> str:
        told = [f"{name}={value}" for name, value in sorted(spec.options.items())]
        parts = [f"{spec.op_name}({', '.join([self._told(spec), *told])})"]
        if spec.where is not None:
            parts.append(f"where {spec.where.text}")
        if spec.group is not None:
            parts.append(f"of {_of_group(spec.group)}")
        return " ".join(parts)

    def _told(self, spec: AggregateSpec) -> str:
        """Return what is aggregated, in words."""
        return "rows" if spec.value is None else spec.value.text

    def _unit(self, unit: str, spec: AggregateSpec) -> str:
        """Put units of columns into one; a column without a unit is its own."""
        if base := spec.options.get("base"):
            return _LOGARITHMS.get(base, f"log {base:g}")
        u, o = self._of_column(self._told(spec)), self._of_column(str(spec.options.get("other")))
        told = {"u": u, "o": o, "u²": f"({u})²" if " " in u else f"{u}²", "u/day": f"{u}/day"}
        return told.get(unit) or {"u/o": f"{u}/{o}", "u·o": f"{u}·{o}"}.get(unit, unit)

    def _of_column(self, text: str) -> str:
        column = self.schema.columns.get(text)
        return text if column is None or column.unit is None else column.unit


def _of_group(group: Group) -> str:
    """Return which rows a group holds: ``kind food``, ``kind other than food; travel``."""
    if not group.is_rest:
        return _listed(f"{c} {v}" for c, v in zip(group.columns, group.values, strict=True))
    columns = _listed(group.columns)
    shown = [_listed(values) for values in group.others[:_MOST_VALUES]]
    more = len(group.others) - len(shown)
    return f"{columns} other than {'; '.join(shown)}{f' and {more} more' if more else ''}"


def _listed(values: Iterable[object]) -> str:
    return ", ".join(str(value) for value in values)
