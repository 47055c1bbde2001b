"""What the report says of a fitted state."""

from __future__ import annotations

from attrs import frozen

from eventflow.runs.learned import MOST, told_of


@frozen
class Fences:
    """A state of fields."""

    low: dict[str, float | None]
    edges: tuple[float, ...] = ()
    seen: tuple[str, ...] = ("a", "b")


@frozen
class Spoken:
    """A state with words of its own."""

    saved: int

    def told(self) -> dict[str, str]:
        return {"saved": f"{self.saved} bytes"}


def test_fields_are_told_one_by_one() -> None:
    """Mappings by key, numbers with six digits, what is unknown by name, nothing where empty."""
    state = Fences(low={"amount": 1 / 3, "n": None})
    assert told_of(state) == (("low.amount", "0.333333"), ("low.n", "unknown"), ("seen", "a, b"))


def test_a_state_may_speak_for_itself() -> None:
    """`told` comes before the fields."""
    assert told_of(Spoken(7)) == (("saved", "7 bytes"),)


def test_long_states_are_cut() -> None:
    """So many lines of so many letters; the number of the others is told."""
    found = told_of(Fences(low={f"c{i:05}": 1.0 for i in range(1000)}, seen=("x" * 500,)))
    assert len(found) == MOST + 1
    assert found[-1] == ("…", f"and {1001 - MOST} more")
    assert len(told_of(Fences(low={}, seen=("x" * 500,)))[0][1]) == 80


def test_nothing_learned_is_nothing_told() -> None:
    """A step without a state has no lines."""
    assert told_of(None) == ()
