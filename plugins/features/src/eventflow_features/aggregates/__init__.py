"""Aggregates per group, each as partial, merge and finish.

Every aggregate ignores nulls, as SQL's do (ISO/IEC 9075-2). What it answers when no value is left
is stated in its docstring: counts and sums answer 0 (an entity that is known and did nothing spent
nothing), everything else null (there is no such value).
"""

from eventflow_features.aggregates.checked import CheckedMean, CheckedSum
from eventflow_features.aggregates.diversity import Entropy, Evenness, GiniSimpson, Simpson
from eventflow_features.aggregates.folds import Count, CountRows, Max, Min, Sum
from eventflow_features.aggregates.lists import Median, MostFrequent, Quantile, TopK
from eventflow_features.aggregates.moments import Mean, StandardDeviation, Variance
from eventflow_features.aggregates.order import First, Last
from eventflow_features.aggregates.pairs import Correlation, Covariance, Ratio, Trend
from eventflow_features.aggregates.sets import ApproximateDistinctCount, DistinctCount
from eventflow_features.aggregates.sketches import ApproximateQuantile
from eventflow_features.aggregates.times import GapMean, GapVariation, TimeSince

__all__ = [
    "ApproximateDistinctCount",
    "ApproximateQuantile",
    "CheckedMean",
    "CheckedSum",
    "Correlation",
    "Count",
    "CountRows",
    "Covariance",
    "DistinctCount",
    "Entropy",
    "Evenness",
    "First",
    "GapMean",
    "GapVariation",
    "GiniSimpson",
    "Last",
    "Max",
    "Mean",
    "Median",
    "Min",
    "MostFrequent",
    "Quantile",
    "Ratio",
    "Simpson",
    "StandardDeviation",
    "Sum",
    "TimeSince",
    "TopK",
    "Trend",
    "Variance",
]
