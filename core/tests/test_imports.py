"""Packages that import their names on first use."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

import eventflow

if TYPE_CHECKING:
    from pathlib import Path

PACKAGE = """
from eventflow.imports import on_first_use

__getattr__, __dir__ = on_first_use(__name__, {"near": ["One", "Two"], "deep.far": ["Three"]})
"""


def test_modules_are_imported_when_their_names_are_first_used(tmp_path: Path) -> None:
    """Nothing is imported with the package, one module with a name, and that once."""
    (tmp_path / "parcel" / "deep").mkdir(parents=True)
    (tmp_path / "parcel" / "__init__.py").write_text(PACKAGE)
    (tmp_path / "parcel" / "near.py").write_text("One, Two = object(), object()\n")
    (tmp_path / "parcel" / "deep" / "far.py").write_text("Three = object()\n")
    program = """
import sys, parcel
print(sorted(m for m in sys.modules if m.startswith("parcel.")))
print(dir(parcel))
from parcel import Three
print(sorted(m for m in sys.modules if m.startswith("parcel.")), Three is parcel.Three)
print("Three" in vars(parcel), "One" in vars(parcel))
"""
    ran = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert ran.stdout.splitlines() == [
        "[]",
        "['One', 'Three', 'Two']",
        "['parcel.deep', 'parcel.deep.far'] True",
        "True False",
    ]


def test_a_name_that_is_not_there_is_an_attribute_error_of_the_package() -> None:
    """Python's own words, so that `hasattr` and suggestions work."""
    with pytest.raises(AttributeError, match="module 'eventflow' has no attribute 'Pipelin'") as e:
        _ = eventflow.Pipelin
    assert (e.value.name, e.value.obj) == ("Pipelin", eventflow)
