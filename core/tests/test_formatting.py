from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventflow import formatting as fmt


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (0, "0 ms"), (0.0031, "3 ms"), (0.084, "0.08 s"), (1.43, "1.4 s"), (59.94, "59.9 s"),
        (59.96, "1 min 00 s"), (125, "2 min 05 s"), (3599.7, "1 h 00 min"), (7380, "2 h 03 min"),
    ],
)  # fmt: skip
def test_durations_are_in_their_natural_unit(seconds: float, expected: str) -> None:
    """A time reads as a person would say it, and rounds into the next unit."""
    assert fmt.duration(seconds) == expected


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        (None, "–"), (0, "0 B"), (1023, "1023 B"), (1024, "1.0 KiB"), (217_088, "212 KiB"),
        (31_037_849, "29.6 MiB"), (1024**2 - 1, "1.0 MiB"), (412 * 1024**2, "412 MiB"),
        (5 * 1024**5, "5120 TiB"),
    ],
)  # fmt: skip
def test_sizes_are_in_binary_units(size: int | None, expected: str) -> None:
    """Sizes have at most four digits."""
    assert fmt.size(size) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, "–"), (float("nan"), "–"), (float("inf"), "∞"), (float("-inf"), "-∞"), (0, "0"),
        (-42.1, "-42.1"), (0.1088, "0.1088"), (48_044.1, "48,044"), (1.5e15, "1.5e+15"),
        (3.9e-8, "3.9e-08"), (738.0, "738"), (1_234_567, "1,234,567"),
    ],
)  # fmt: skip
def test_statistics_have_four_digits(value: float | None, expected: str) -> None:
    """Exponents appear only where digits stop being readable."""
    assert fmt.number(value) == expected


@given(st.floats(0, 1))
def test_a_share_never_flatters(value: float) -> None:
    """Only all is 100 %, only none is 0 %, and the fraction never exceeds the value."""
    assert (fmt.share(value) == "100.0 %") == (value == 1)
    assert (fmt.share(value) == "0.0 %") == (value == 0)
    assert float(fmt.fraction(value)) <= value + 1e-9


@given(st.floats(0, 100), st.integers(0, 100))
def test_a_score_is_shown_on_its_side_of_the_minimum(value: float, minimum: int) -> None:
    """79.9 is never shown as 80 beside a minimum of 80."""
    if abs(value - minimum) > 0.01:
        assert (float(fmt.score(value, minimum)) < minimum) == (value < minimum)


def test_a_score_shows_decimals_where_they_decide() -> None:
    """A minimum between two whole numbers asks for more digits."""
    assert fmt.score(92.7, 92.5) == "92.7"
    assert fmt.score(93.1, 80) == "93"
    assert fmt.score(None) == "–"


def test_moments_are_in_utc_and_short() -> None:
    """Midnight is a day; other zones are converted."""
    india = timezone(timedelta(hours=5, minutes=30))
    assert fmt.moment(datetime(2011, 12, 10, tzinfo=UTC)) == "2011-12-10"
    assert fmt.moment(datetime(2011, 12, 10, 5, 30, tzinfo=india)) == "2011-12-10"
    assert fmt.moment(datetime(2011, 12, 10, 6, 30, tzinfo=india)) == "2011-12-10 01:00:00 UTC"
    assert fmt.iso(datetime(2011, 12, 10, 6, 30, tzinfo=india)) == "2011-12-10T01:00:00Z"


def test_plurals() -> None:
    """Nouns agree with their number."""
    assert [fmt.plural(n, "row") for n in (0, 1, 1200)] == ["0 rows", "1 row", "1,200 rows"]
    assert fmt.plural(2, "pass") == "2 passes"


@given(st.text())
def test_printable_text_cannot_take_over(text: str) -> None:
    """No escape, NUL, surrogate or direction mark is left; line ends and tabs are."""
    out = fmt.printable(text)
    assert len(out) == len(text)
    assert not set(out) & {"\x00", "\x1b", "\x9b", "\u202e", "\u2066", "\x7f"}
    out.encode("utf-8")


def test_printable_keeps_what_is_harmless() -> None:
    """Emoji, right-to-left letters and lines stay as they are."""
    assert fmt.printable("☕ תל\n\tx") == "☕ תל\n\tx"
    assert fmt.printable("a\x1b[31m\udce9") == "a\ufffd[31m\ufffd"
    assert fmt.printable("no XML: \ufffe\uffff") == "no XML: \ufffd\ufffd"
