"""From what an author writes to a contract: the kind, the data, the options and their checks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from eventflow.frame import EventFrame
from eventflow.plugins.errors import WrongShapeError
from eventflow.plugins.shapes import kinds_of
from eventflow.schema import EventSchema
from eventflow.testing import checks
from eventflow.testing.check import CHECKS, EXTRAS, KITS
from eventflow.testing.errors import ContractTermsError
from eventflow.testing.frames import AS_OF, sample_events
from eventflow.testing.judging import Contract
from eventflow.testing.subject import Subject

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from eventflow.testing.subject import Options


def terms(  # noqa: PLR0913 - one keyword per thing an author may say; all but the class by keyword
    component: type,
    *,
    kind: str | None = None,
    config: Options | None = None,
    level: int | None = None,
    frame: Any = None,
    schema: EventSchema | Mapping[str, Any] | None = None,
    context: Any = None,
    context_schema: EventSchema | Mapping[str, Any] | None = None,
    as_of: datetime = AS_OF,
    capabilities: Iterable[str] = (),
    exclude: Mapping[str, str] | None = None,
    **extras: Any,
) -> Contract:
    """Return the contract of a component; see `eventflow.testing.contract`.

    Raises:
        ContractTermsError: EF170, something named does not exist, or a reason is missing.
        WrongShapeError: EF121, the kind of the class cannot be told.
    """
    checks.load()
    _known("extra", extras, EXTRAS)
    able = frozenset(capabilities)
    _known("capability", able, {c.needs for c in CHECKS.values() if c.needs} | set(EXTRAS))
    subject = Subject(
        component=component,
        kind=_kind(component, kind),
        options=config or {},
        frame=_frame("frame", frame, schema) or sample_events(),
        context=_frame("context", context, context_schema),
        as_of=as_of,
        capabilities=able,
        extras=extras,
        folder=Path(),
    )
    stated = level if level is not None else getattr(component, "contract_level", 1)
    return Contract(subject=subject, level=stated, exclude=dict(exclude or {}))


def _known(what: str, names: Iterable[str], known: Iterable[str]) -> None:
    for name in names:
        if name not in known:
            raise ContractTermsError.for_unknown(what, name, known)


def _kind(component: type, kind: str | None) -> str:
    if kind is not None:
        _known("kind", [kind], KITS)
        return kind
    found = kinds_of(component)
    if len(found) == 1:
        return found[0]
    target = f"{component.__module__}:{component.__qualname__}"
    raise WrongShapeError.for_unclear_kind(target, found)


def _frame(what: str, data: Any, schema: EventSchema | Mapping[str, Any] | None) -> Any:
    """Return the data as an event frame over a table in memory."""
    if data is None:
        return None
    try:
        frame = data if isinstance(data, EventFrame) else EventFrame.of(data)
        if schema is not None:
            frame = frame.under(EventSchema.model_validate(schema))
        return frame.with_lazy(frame.collect().lazy())
    except Exception as error:
        raise ContractTermsError.for_data(what, error) from error
