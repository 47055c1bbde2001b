"""Aggregates per group, each as partial, merge and finish.

Every aggregate ignores nulls, as SQL's do (ISO/IEC 9075-2). What it answers when no value is left
is stated in its docstring: counts and sums answer 0 (an entity that is known and did nothing spent
nothing), everything else null (there is no such value).
"""

from eventflow_features.aggregates.folds import Count, CountRows, Max, Min, Sum
from eventflow_features.aggregates.moments import Mean, StandardDeviation, Variance
from eventflow_features.aggregates.order import First, Last
from eventflow_features.aggregates.sets import DistinctCount

__all__ = [
    "Count",
    "CountRows",
    "DistinctCount",
    "First",
    "Last",
    "Max",
    "Mean",
    "Min",
    "StandardDeviation",
    "Sum",
    "Variance",
]
