"""Blueprints: an honest dictionary of features, and an answer to "can this data serve it"."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import polars as pl

from eventflow.testing.check import broken, check, extra
from eventflow.testing.comparing import differences
from eventflow.testing.runner import (
    answer,
    applied,
    key_of,
    parity_of,
    stated,
    steps_of,
)
from eventflow.types import Step

if TYPE_CHECKING:
    from collections.abc import Iterator

    from eventflow.blueprint import Compatibility
    from eventflow.frame import EventFrame
    from eventflow.testing.subject import Subject

extra(
    "served_otherwise",
    "required fields that something else in the contract's data can stand in for",
)

KIND = ("blueprint",)
_SAID = ("name", "unit", "formula", "nulls", "source")


@check("features-described", kinds=KIND, since=1, looks="class")
def describes_features(subject: Subject) -> None:
    """Every feature says its unit, formula, null rule and source, and has a name of its own.

    Why: whoever trains on a feature must be able to look up what it means.
    Fix: fill in every part of its `FeatureSpec`; the unit of a pure number is "1".
    """
    features = subject.component.features  # type: ignore[attr-defined] # a blueprint's member
    if not features:
        broken("declares no feature")
    for spec in features:
        if lacking := [part for part in _SAID if not str(getattr(spec, part)).strip()]:
            broken(f"{spec.name or 'a feature'} does not say its {', '.join(lacking)}")
    names = [spec.name for spec in features]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        broken(f"declares {', '.join(twice)} more than once")


@check("fields-described", kinds=KIND, since=1, looks="class")
def describes_fields(subject: Subject) -> None:
    """Blueprint and fields have names and descriptions, and features need only declared fields.

    Why: people read them to find out which of their columns serves.
    Fix: describe each `FieldSpec`; let `needs` name optional fields.
    """
    component = subject.component
    for part in ("name", "version"):
        if not str(getattr(component, part, "")).strip():
            broken(f"has no {part}")
    optional = set()
    for spec in component.fields:  # type: ignore[attr-defined] # a blueprint's member
        if not spec.description.strip() or not spec.families:
            broken(f"the field {spec.name} lacks a description or the dtypes it may have")
        optional |= set() if spec.required else {spec.name}
    for feature in component.features:  # type: ignore[attr-defined] # a blueprint's member
        if unknown := [n for n in feature.needs if n not in optional]:
            broken(f"{feature.name} needs {', '.join(unknown)}, which is no optional field")


@check("missing-fields", kinds=KIND, since=1)
def names_missing_fields(subject: Subject) -> None:
    """Data that lacks a required field cannot serve it, and `compatibility` names that field.

    Why: the error before the run says what to add; without it the run fails somewhere inside.
    Fix: declare the field as required, and put what was not found in `Compatibility.missing`.
    """
    for field, column in _required(subject):
        found = _compatibility(subject, subject.data.drop(column))
        if found.ok:
            broken(f"without {column} it says that it can serve, though {field} is required")
        if field not in found.missing:
            broken(f"without {column} it does not name {field}: missing {list(found.missing)}")
    nothing = _compatibility(subject, pl.DataFrame({"x": [1]}))
    if nothing.ok:
        broken("says that it can be served by a table with nothing but a column x")


@check("wrong-dtypes", kinds=KIND, since=1)
def names_wrong_dtypes(subject: Subject) -> None:
    """Data whose required field has a dtype it cannot use does not serve, and is told so.

    Why: the error before the run says what to cast; without it Polars fails in its own words.
    Fix: give each field its dtype families, and name the field in `Compatibility.wrong`.
    """
    for field, column in _required(subject):
        binary = pl.lit(b"", pl.Binary).alias(column)
        found = _compatibility(subject, subject.data.with_columns(binary))
        if found.ok or field not in {*found.wrong, *found.missing}:
            broken(f"with {column} of dtype Binary it does not name {field} as wrong")


@check("optional-fields", kinds=KIND, since=1)
def leaves_out_what_lacks_fields(subject: Subject) -> None:
    """Without optional fields, exactly the features that need them are left out, and it says so.

    Why: one definition serves tables that are not all complete, without silent gaps.
    Fix: name the fields in `FeatureSpec.needs`, and make no feature whose fields are not bound.
    """
    features = subject.component.features  # type: ignore[attr-defined] # a blueprint's member
    for lacking, data in _subsets(subject):
        told = f"without {', '.join(lacking)}" if lacking else "with every field"
        frame = _frame(subject, data)
        found = subject.build().compatibility(frame.schema, data.schema)
        if not found.ok:  # an alternative input: what is optional in general is required here
            continue
        left = (f for f in features if f.name in found.left_out)
        if surplus := [f.name for f in left if found.columns.keys() >= {*f.needs}]:
            broken(f"{told}: leaves out {', '.join(surplus)}, though every field of it is there")
        made = set(applied(steps_of(subject, frame), frame).rows.columns)
        promised = {f.name for f in features} - found.left_out.keys()
        if absent := promised - made:
            broken(f"{told}: does not make {', '.join(sorted(absent))}, and does not say so")
        if told_off := made & found.left_out.keys():
            broken(f"{told}: makes {', '.join(sorted(told_off))}, which it says it leaves out")


@check("same-dtypes", kinds=KIND, since=1)
def keeps_dtypes(subject: Subject) -> None:
    """A feature has one dtype, whichever optional fields are there.

    Why: a model trained on one table is fed by another.
    Fix: cast each feature to its dtype where it is made.
    """
    whole = answer(subject).rows.schema
    for lacking, data in _subsets(subject):
        frame = _frame(subject, data)
        if not _compatibility(subject, data).ok:
            continue
        found = applied(steps_of(subject, frame), frame).rows.schema
        for name, dtype in found.items():
            if name in whole and dtype != whole[name]:
                broken(f"without {', '.join(lacking)}, {name} is {dtype}, otherwise {whole[name]}")


@check("steps-valid", kinds=KIND, since=1)
def is_made_of_steps(subject: Subject) -> None:
    """Its steps are steps, made anew for every binding.

    Why: the engine plans, fits and saves them one by one.
    Fix: return instances of classes derived from `BaseStep`.
    """
    steps = steps_of(subject)
    if not steps:
        broken("consists of no step")
    for step in steps:
        if not isinstance(step, Step):
            broken(f"{type(step).__name__} is no step: derive it from BaseStep")


@check("own-rows", kinds=KIND, since=1)
def looks_at_one_entity_alone(subject: Subject) -> None:
    """One entity alone has an outcome, and with what was learned before the same features.

    Why: services ask for one customer at a time.
    Fix: compute features of an entity from its own rows and the state.
    """
    key = key_of(subject)
    if not key:
        return
    whole = answer(subject)
    first = subject.data.drop_nulls(list(key)).head(1).select(key)
    data = subject.data.join(first, on=list(key), how="semi")
    stated("one entity alone", answer, subject, data)
    made = answer(subject, data, states=whole.states)
    if made.rows.height > 1 and _folds(subject):
        broken(f"one entity gives {made.rows.height} rows")
    ours = differences(made.rows, _matching(made.rows, whole.rows), parity=parity_of(subject))
    if ours:
        broken(f"one entity alone, with the state of all: {ours}")


def _matching(rows: pl.DataFrame, of: pl.DataFrame) -> pl.DataFrame:
    key = rows.columns[0]
    return of.join(rows.select(key).unique(), on=key, how="semi", nulls_equal=True)


def _frame(subject: Subject, data: pl.DataFrame) -> EventFrame:
    schema = subject.frame.schema.kept(frozenset(data.columns))
    return subject.frame.with_lazy(data.lazy(), schema=schema)


def _folds(subject: Subject) -> bool:
    """Whether an entity becomes one row: nothing after the fold describes rows of it again."""
    kinds = [s.locality.kind for s in steps_of(subject) if s.locality.kind != "row"]
    return kinds[-1:] == ["aggregate"]


def _compatibility(subject: Subject, data: pl.DataFrame) -> Compatibility:
    schema = subject.frame.schema.kept(frozenset(data.columns))
    found: Compatibility = subject.build().compatibility(schema, data.schema)
    return found


def _required(subject: Subject) -> Iterator[tuple[str, str]]:
    """Yield each required field with the column of the data that serves it."""
    bound = _compatibility(subject, subject.data).columns
    exempt = subject.extras.get("served_otherwise", ())
    for spec in subject.component.fields:  # type: ignore[attr-defined] # a blueprint's member
        if spec.required and spec.name in bound and spec.name not in exempt:
            yield spec.name, bound[spec.name]


def _subsets(subject: Subject) -> Iterator[tuple[tuple[str, ...], pl.DataFrame]]:
    """Yield the data without some of its optional fields: each, each pair, and all of them."""
    bound = _compatibility(subject, subject.data).columns
    optional = [
        spec.name
        for spec in subject.component.fields  # type: ignore[attr-defined] # a blueprint's member
        if not spec.required and spec.name in bound
    ]
    sizes = sorted({0, 1, min(2, len(optional)), len(optional)})
    for size in sizes:
        for lacking in combinations(optional, size):
            yield lacking, subject.data.drop(bound[name] for name in lacking)
