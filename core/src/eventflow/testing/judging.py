"""Judging one component: which checks apply, and what each of them finds."""

from __future__ import annotations

import inspect
import os
import sys
import traceback
from pathlib import Path
from sysconfig import get_path
from typing import TYPE_CHECKING, Literal

import polars as pl
from attrs import evolve, frozen

from eventflow.testing.check import CHECKS, EXTRAS, LEVEL, Broken, checks_for
from eventflow.testing.errors import ContractTermsError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eventflow.testing.check import Check
    from eventflow.testing.subject import Subject

Outcome = Literal["passed", "failed", "preview", "excluded", "unneeded", "skipped"]
"""``preview``: broken, but newer than the component's level. ``excluded``: broken, with a reason.
``unneeded``: excluded, yet the law holds; this fails, so that exclusions do not outlive their
reason. ``skipped``: not judged, as the component cannot be used at all; `USABLE` fails then."""

USABLE = "usable"
"""The check that fails alone where a component cannot be built, or does nothing it should."""

FAILURES = (Exception, pl.exceptions.PanicException)
"""What a component's code may raise; Polars' panic is no `Exception`."""

_KIT = str(Path(__file__).parent) + os.sep
_LIBRARIES = tuple({get_path("stdlib"), get_path("purelib"), get_path("platlib")})


@frozen
class Finding:
    """What a check found.

    Attributes:
        check: The check.
        outcome: How it ended.
        message: What was seen, the law, why and how to mend it; empty when it passed.
        reason: Why the check is excluded or skipped, if it is.
    """

    check: Check
    outcome: Outcome
    message: str = ""
    reason: str = ""

    @property
    def fails(self) -> bool:
        """Whether a test fails by it."""
        return self.outcome in {"failed", "unneeded"}


@frozen(kw_only=True)
class Contract:
    """A component, and what its author says of it.

    Attributes:
        subject: The component with options and data.
        level: The contract level it declares to meet.
        exclude: Check → why its law cannot hold here.
    """

    subject: Subject
    level: int = LEVEL
    exclude: Mapping[str, str] = {}

    def __attrs_post_init__(self) -> None:
        """Refuse a level that does not exist, and exclusions that mean nothing or give no reason.

        Raises:
            ContractTermsError: EF170, with everything that is wrong.
        """
        if not 1 <= self.level <= LEVEL:
            raise ContractTermsError.for_level(self.level, LEVEL)
        applying = [check.id for check in self.checks]
        if error := ContractTermsError.for_exclusions(self.exclude, applying):
            raise error

    @property
    def checks(self) -> tuple[Check, ...]:
        """The checks that apply, in the order of definition."""
        able = self.subject.able
        return tuple(c for c in checks_for(self.subject.kind) if not c.needs or c.needs in able)

    @property
    def unapplied(self) -> dict[str, str]:
        """Checks of the kind that do not apply, each with what it would need."""
        applying = self.checks
        rest = (c for c in checks_for(self.subject.kind) if c not in applying)
        return {check.id: _need(check) for check in rest}

    def judge(self, check: Check, folder: Path) -> Finding:
        """Run one check in a fresh folder.

        Options that are a function of the folder are made here, once: what making them raises is
        the author's, not the component's.
        """
        options = self.subject.options
        made = options(folder) if callable(options) else options
        subject = evolve(self.subject, folder=folder, options=made)
        seen = _seen(check, subject)
        if seen is not None and (useless := self._useless(check, subject)):
            return Finding(check, "skipped", reason=useless)
        reason = self.exclude.get(check.id)
        if reason is not None:
            return _excluded(check, seen, reason)
        if seen is None:
            return Finding(check, "passed")
        return Finding(check, "failed" if check.since <= self.level else "preview", seen)

    def _useless(self, check: Check, subject: Subject) -> str | None:
        """Say that a check failed only because nothing can be done with the component, if so."""
        first = CHECKS[USABLE]
        if check is first or check.looks == "class" or self.subject.kind not in first.kinds:
            return None
        seen = None if USABLE in self.exclude else _seen(first, subject)
        return f"not judged, see {USABLE}: {seen.splitlines()[0]}" if seen else None


def _need(check: Check) -> str:
    told = EXTRAS.get(check.needs)
    return f"give {check.needs}=…: {told}" if told else f"it does not say that it is {check.needs}"


def _excluded(check: Check, seen: str | None, reason: str) -> Finding:
    if seen is not None:
        return Finding(check, "excluded", seen, reason)
    message = (
        f"the exclusion is no longer needed: the law holds [{check.id}]\n"
        f"  was:  {reason}\n  fix:  take {check.id} out of exclude"
    )
    return Finding(check, "unneeded", message, reason)


def _seen(check: Check, subject: Subject) -> str | None:
    """Return the message of a broken law; None where it holds.

    Whatever a component raises breaks the law that was being judged.
    """
    try:
        check.run(subject)
    except Broken as error:
        return check.explain(str(error), place_of(subject.component))
    except FAILURES as error:
        said = f"it raised {type(error).__name__}: {error}"
        return check.explain(
            said, raised_at(error, subject.component) or place_of(subject.component)
        )
    return None


def place_of(component: type) -> str:
    """Return ``file:line`` of a class, as far as it is known."""
    try:
        file = inspect.getsourcefile(component)
        line = inspect.getsourcelines(component)[1]
    except (OSError, TypeError):
        return f"{component.__module__}.{component.__qualname__}"
    return f"{_short(file or '?')}:{line}"


def raised_at(error: BaseException, component: type) -> str | None:
    """Return ``file:line`` of the innermost code that raised: the component's, else a user's.

    None when only libraries and the kit were at work.
    """
    frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename[:1] != "<"]
    folder = str(Path(getattr(sys.modules[component.__module__], "__file__", None) or "?").parent)
    own = [f for f in frames if f.filename.startswith(folder)]
    users = [f for f in frames if not f.filename.startswith((_KIT, *_LIBRARIES))]
    found = own or users
    return f"{_short(found[-1].filename)}:{found[-1].lineno}" if found else None


def _short(file: str) -> str:
    """Write a path from here if it is below here."""
    path, here = Path(file), Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)
