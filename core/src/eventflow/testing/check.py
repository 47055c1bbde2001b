"""What a check is: a guarantee, why it matters and how to mend it, as one decorated function.

The docstring is the documentation and the failure message:

    @check("lazy-plan", kinds=("step",), since=1)
    def builds_without_reading(subject: StepSubject) -> None:
        '''Building the plan reads no data.

        Why: a plan is built to be explained and checked, on machines without the data.
        Fix: return expressions; leave `collect` to the engine.
        '''

A check raises `Broken` with what it saw; the kit adds the guarantee, the why and the fix.
"""

from __future__ import annotations

import inspect
import re
from typing import TYPE_CHECKING, Any, Literal, NoReturn

from attrs import field, frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LEVEL = 1
"""The newest contract level. A check is enforced for components that declare its level."""

KITS = (
    "source", "sink", "step", "context_join", "blueprint", "transport", "tracker", "engine",
    "aggregate",
)  # fmt: skip
"""What the kit can judge: every kind of component, and the aggregates that steps are made of."""

COMPONENTS = KITS[:-1]
"""The kinds of component, which a configuration chooses by name."""

CHECKS: dict[str, Check] = {}
"""Every check there is, by id, in the order of definition."""

Looks = Literal["class", "use"]
"""What a check looks at: the class as it is written, or what an instance of it does."""

EXTRAS: dict[str, str] = {}
"""What single checks may be told beyond the data, by name: what it is for. See `extra`."""

_PARTS = re.compile(r"^(Why|Fix):\s*", re.MULTILINE)


class Broken(AssertionError):  # noqa: N818 - what pytest prints is this word, then the sentence
    """A component broke its contract; the message says what was seen."""


@frozen
class Check:
    """One law, as it applies to some kinds of component.

    Attributes:
        id: Stable name, kebab-case; what exclusions and reports use.
        kinds: The kinds it judges.
        since: The contract level that brought it.
        looks: Whether it judges the class as written, or its use; see `usable`.
        needs: Capability a component must have, or extra it must be given, for the check to
            apply; empty: it always does.
        run: Called with the subject; raises `Broken`.
        guarantee: What holds, in one sentence.
        why: Why a user needs it.
        fix: What an author changes when it fails.
    """

    id: str
    kinds: tuple[str, ...]
    since: int
    looks: Looks
    needs: str
    run: Callable[[Any], None] = field(repr=False)
    guarantee: str
    why: str
    fix: str

    def explain(self, seen: str, place: str = "") -> str:
        """Return the message of a failure: what was seen, where, then what to do."""
        at = f"  at:   {place}\n" if place else ""
        return (
            f"{seen}\n{at}  law:  {self.guarantee} [{self.id}]\n"
            f"  why:  {self.why}\n  fix:  {self.fix}"
        )


def check(
    name: str,
    *,
    kinds: tuple[str, ...] = COMPONENTS,
    since: int,
    looks: Looks = "use",
    needs: str = "",
) -> Callable[[Callable[[Any], None]], Callable[[Any], None]]:
    """Register a check; its docstring must give the guarantee, ``Why:`` and ``Fix:``."""

    def register(function: Callable[[Any], None]) -> Callable[[Any], None]:
        if name in CHECKS:
            msg = f"two checks are called {name}"
            raise ValueError(msg)
        guarantee, why, fix = _documented(function)
        CHECKS[name] = Check(name, kinds, since, looks, needs, function, guarantee, why, fix)
        return function

    return register


def extra(name: str, meaning: str) -> None:
    """Declare a keyword that `contract` takes for single checks.

    A check with ``needs=name`` applies only where it is given; the value is in `Subject.extras`.
    """
    EXTRAS[name] = " ".join(meaning.split())


def broken(seen: str) -> NoReturn:
    """Fail the check with what was seen."""
    __tracebackhide__ = True
    raise Broken(seen)


def checks_for(kind: str) -> Iterator[Check]:
    """Yield the checks that judge a kind, in the order of definition."""
    return (check for check in CHECKS.values() if kind in check.kinds)


def _documented(function: Callable[[Any], None]) -> tuple[str, str, str]:
    guarantee, *parts = _PARTS.split(inspect.getdoc(function) or "")
    told = {label: " ".join(text.split()) for label, text in zip(*[iter(parts)] * 2, strict=True)}
    return " ".join(guarantee.split()), told["Why"], told["Fix"]
