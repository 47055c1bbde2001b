"""Components that break one law each: loading them, and what each is expected to fail."""

from __future__ import annotations

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from types import ModuleType

FOLDER = Path(__file__).parent.parent / "testing"


@frozen
class Offender:
    """A component that breaks a law.

    Attributes:
        component: The class.
        said: What `eventflow.testing.contract` is told of it.
        also: Further checks that cannot but fail with it.
    """

    component: type
    said: Mapping[str, Any] = {}
    also: frozenset[str] = frozenset()


def offender(component: type, *also: str, **said: Any) -> Offender:
    """Return a component that breaks a law, and these others with it."""
    return Offender(component, said, frozenset(also))


def offenders() -> Iterator[tuple[str, Offender]]:
    """Yield check and offender, for every ``BAD`` of the modules ``bad_*.py``."""
    for module in _modules("bad_*.py"):
        yield from module.BAD


def good() -> Iterator[Offender]:
    """Yield the small components beside them that keep every law."""
    for module in _modules("bad_*.py"):
        yield from module.GOOD


def _modules(pattern: str) -> Iterator[ModuleType]:
    for file in sorted(FOLDER.glob(pattern)):
        yield sys.modules.get(file.stem) or load(file)


def load(file: Path) -> ModuleType:
    """Import a file under its bare name, which pickling and child processes find again."""
    spec = spec_from_file_location(file.stem, file)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[file.stem] = module
    spec.loader.exec_module(module)
    return module
