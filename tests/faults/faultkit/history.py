"""What publishers attempted and were promised, against what is found afterwards."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from attrs import Factory, define, frozen

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Mapping


@frozen
class Judgement:
    """What a history and its outcome say together.

    Attributes:
        acknowledged: How many were acknowledged.
        found: How many were found.
        lost: Acknowledged, and not found.
        duplicated: Found more than once.
        reordered: Found after a later one of the same publisher.
        invented: Found, and never attempted.
        missed: Acknowledged and not found, where what was done excuses it.
    """

    acknowledged: int
    found: int
    lost: tuple[Hashable, ...] = ()
    duplicated: tuple[Hashable, ...] = ()
    reordered: tuple[Hashable, ...] = ()
    invented: tuple[Hashable, ...] = ()
    missed: tuple[Hashable, ...] = ()

    @property
    def clean(self) -> bool:
        """Whether nothing is wrong."""
        return not (self.lost or self.duplicated or self.reordered or self.invented)


@define
class History:
    """Who attempted what, in which order, and what was acknowledged.

    What was attempted and not acknowledged may be found or not: nobody was promised anything.

    Attributes:
        attempts: Id → publisher, in the order of the attempts.
        acknowledged: Ids that a publisher was told are safe.
    """

    attempts: dict[Hashable, str] = Factory(dict)
    acknowledged: set[Hashable] = Factory(set)

    def attempt(self, name: Hashable, publisher: str = "") -> None:
        """Somebody begins to publish."""
        self.attempts.setdefault(name, publisher)

    def acknowledge(self, name: Hashable) -> None:
        """It returned well."""
        self.acknowledged.add(name)

    def judge(self, found: Iterable[Hashable]) -> Judgement:
        """Compare with what is found, in the order in which it is found."""
        outcome = list(found)
        counted = Counter(outcome)
        first = list(dict.fromkeys(outcome))
        order = {name: number for number, name in enumerate(self.attempts)}
        return Judgement(
            acknowledged=len(self.acknowledged),
            found=len(outcome),
            lost=tuple(name for name in order if name in self.acknowledged - counted.keys()),
            duplicated=tuple(name for name, times in counted.items() if times > 1),
            reordered=tuple(self._late(first, order)),
            invented=tuple(name for name in first if name not in order),
        )

    def _late(self, found: Iterable[Hashable], order: Mapping[Hashable, int]) -> Iterable[Hashable]:
        latest: dict[str, int] = {}
        for name in found:
            if name in order:
                publisher = self.attempts[name]
                if order[name] < latest.get(publisher, -1):
                    yield name
                latest[publisher] = max(order[name], latest.get(publisher, -1))
