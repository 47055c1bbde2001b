"""What differs between two runs: configuration, versions, rows, and the features themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import asdict, frozen

from eventflow import formatting as fmt
from eventflow.report import facts
from eventflow.runs.encode import record_to_dict

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from eventflow.runs.record import FeatureRecord, RunRecord

_MOVED = 0.05
"""Share of the greater value by which a median must differ to be told."""

_PARTS = ("config", "versions", "inputs", "ledger", "quality", "features")
_ABSENT = object()


@frozen
class Change:
    """One difference.

    Attributes:
        what: What differs: a dotted configuration key, a distribution, a feature's property.
        before: Its value in the first run as text; None when it was not there.
        after: Its value in the second run; None when it is gone.
    """

    what: str
    before: str | None
    after: str | None


@frozen
class RunDiff:
    """The differences between two runs, each part empty when nothing differs.

    Attributes:
        config: Configuration keys, dotted.
        versions: Distributions.
        inputs: Fingerprints of the sources.
        ledger: Rows read, gone and written.
        quality: Scores.
        features: Features added and removed; dtype, definition, missing share, median.
    """

    config: tuple[Change, ...]
    versions: tuple[Change, ...]
    inputs: tuple[Change, ...]
    ledger: tuple[Change, ...]
    quality: tuple[Change, ...]
    features: tuple[Change, ...]

    @property
    def empty(self) -> bool:
        """Whether the runs are alike in everything compared."""
        return not any(changes for _, changes in self.parts())

    def parts(self) -> Sequence[tuple[str, tuple[Change, ...]]]:
        """Return each part with its name."""
        return [(name, getattr(self, name)) for name in _PARTS]

    def to_dict(self) -> dict[str, Any]:
        """Return the differences as plain data."""
        return asdict(self)


def diff(before: RunRecord, after: RunRecord) -> RunDiff:
    """Compare two runs, of the same pipeline or not."""
    return RunDiff(
        config=_changes(_flat(before), _flat(after)),
        versions=_changes(before.versions, after.versions),
        inputs=_changes(before.inputs, after.inputs),
        ledger=_changes(_rows(before), _rows(after)),
        quality=_changes(_scores(before), _scores(after)),
        features=tuple(_features(before, after)),
    )


def _changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Change, ...]:
    keys = dict.fromkeys([*before, *after])
    pairs = ((key, before.get(key, _ABSENT), after.get(key, _ABSENT)) for key in keys)
    return tuple(Change(key, _text(old), _text(new)) for key, old, new in pairs if old != new)


def _text(value: object) -> str | None:
    return None if value is _ABSENT else str(value)


def _flat(record: RunRecord) -> dict[str, Any]:
    """Return the configuration with dotted keys: ``steps.0.use``."""
    return dict(_leaves("", record_to_dict(record)["config"]))


def _leaves(prefix: str, value: object) -> Iterator[tuple[str, object]]:
    if isinstance(value, dict) and value:
        items: list[tuple[Any, object]] = list(value.items())
    elif isinstance(value, list) and value:
        items = list(enumerate(value))
    else:
        yield prefix, value
        return
    for key, inner in items:
        yield from _leaves(f"{prefix}.{key}" if prefix else str(key), inner)


def _rows(record: RunRecord) -> dict[str, str]:
    lines = facts.ledger_lines(record)
    named = [
        (line.kind if line.kind in {"read", "result"} else f"{line.kind}: {line.what}", line.rows)
        for line in lines
    ]
    total: dict[str, int] = {}
    for name, rows in named:
        total[name] = total.get(name, 0) + rows
    return {name: fmt.count(rows) for name, rows in total.items()}


def _scores(record: RunRecord) -> dict[str, str]:
    if record.verdict is None or record.verdict.score is None:
        return {}
    scores = {"score": record.verdict.score, **record.verdict.dimensions}
    return {name: f"{value:.1f}" for name, value in scores.items()}


def _features(before: RunRecord, after: RunRecord) -> Iterator[Change]:
    """Yield what was added or removed first, then what changed."""
    old = {f.name: f for f in before.features}
    new = {f.name: f for f in after.features}
    for name in sorted(new.keys() ^ old.keys()):
        yield Change(name, _kind(old.get(name)), _kind(new.get(name)))
    for name in (n for n in old if n in new):
        yield from _feature(old[name], new[name])


def _kind(feature: FeatureRecord | None) -> str | None:
    return None if feature is None else feature.dtype


def _feature(old: FeatureRecord, new: FeatureRecord) -> Iterator[Change]:
    for part in ("dtype", "unit", "formula", "parity"):
        if getattr(old, part) != getattr(new, part):
            yield Change(f"{old.name} {part}", getattr(old, part), getattr(new, part))
    if fmt.share(old.missing) != fmt.share(new.missing):
        yield Change(f"{old.name} missing", fmt.share(old.missing), fmt.share(new.missing))
    if _moved(old.median, new.median):
        yield Change(f"{old.name} median", fmt.number(old.median), fmt.number(new.median))


def _moved(old: float | None, new: float | None) -> bool:
    if old is None or new is None:
        return old is not new
    return abs(new - old) > _MOVED * max(abs(old), abs(new))
