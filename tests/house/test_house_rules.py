"""The rules no linter knows, and that the repository keeps them."""

from __future__ import annotations

from pathlib import Path

import pytest

import house_rules

ROOT = Path(__file__).parents[2]

HOST = "py" + "pi.org"
BAD = {
    "registry host": ("a.md", f"see {HOST}/simple", "names a package registry's host"),
    "machine path": ("a.md", "run /" + "root/eventflow", "names a path of one machine"),
    "bare noqa": ("a.py", "x = 1  # " + "noqa\n", "noqa without a code and a reason"),
    "noqa without reason": (
        "a.py",
        "x = 1  # " + "noqa: E501\n",
        "noqa without a code and a reason",
    ),
    "ignore without reason": (
        "a.py",
        "x = 1  # " + "type: ignore[misc]\n",
        "type: ignore without a code and a reason",
    ),
    "long file": ("a.py", "x = 1\n" * 401, "401 lines, at most 400"),
    "long function": ("a.py", "def f():\n" + "    x = 1\n" * 50, "f has 51 lines, at most 50"),
}

GOOD = {
    "link": ("a.md", "[design](explanation/laws.md) and https://example.org/work/root"),
    "noqa with reason": ("a.py", "x = 1  # " + "noqa: E501 - a table reads better unbroken\n"),
    "ignore with reason": ("a.py", "x = 1  # " + "type: ignore[misc] # the stub is wrong\n"),
}


@pytest.mark.parametrize(("name", "text", "rule"), BAD.values(), ids=BAD)
def test_a_broken_rule_is_named(name: str, text: str, rule: str) -> None:
    """One violation, with its file."""
    [found] = house_rules.check(Path(name), text)
    assert found.startswith(f"{name}:")
    assert rule in found


@pytest.mark.parametrize(("name", "text"), GOOD.values(), ids=GOOD)
def test_what_is_allowed_is_not_reported(name: str, text: str) -> None:
    """Near misses stay silent."""
    assert list(house_rules.check(Path(name), text)) == []


def test_two_errors_with_one_code_are_named() -> None:
    """A code leads to one page of the documentation."""
    error = 'class A(EventflowError):\n    code = "EF199"\n'
    texts = {Path("a/src/a.py"): error, Path("b/src/b.py"): error, Path("tests/c.py"): error}
    assert list(house_rules.shared_codes(texts)) == ["b/src/b.py:1: EF199 is taken by a/src/a.py"]


def test_the_repository_keeps_the_rules() -> None:
    """Every kept file, without exception."""
    assert house_rules.violations(ROOT) == []
