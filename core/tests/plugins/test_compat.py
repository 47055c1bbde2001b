from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.specifiers import SpecifierSet

from eventflow.plugins.compat import unmet

releases = st.lists(st.integers(0, 3), min_size=1, max_size=3).map(
    lambda parts: ".".join(map(str, parts))
)
clauses = st.tuples(st.sampled_from([">=", "<=", ">", "<", "==", "!=", "~="]), releases).filter(
    lambda clause: clause[0] != "~=" or "." in clause[1]
)


@given(st.lists(clauses, max_size=3), releases)
def test_verdict_is_that_of_packaging(parts: list[tuple[str, str]], version: str) -> None:
    """The quick comparison agrees with the reference implementation of PEP 440."""
    specifier = ",".join(f"{operator}{wanted}" for operator, wanted in parts)
    met = SpecifierSet(specifier).contains(version, prereleases=True)
    assert (unmet([f"eventflow-core{specifier}"], version) is None) == met


@pytest.mark.parametrize(
    ("line", "version", "expected"),
    [
        ("eventflow-core>=0.9,<1", "0.1.0", ">=0.9,<1"),
        ("eventflow_core (>=0.1)", "0.1.0", None),
        ("Eventflow.Core[testing]>=0.2", "0.1.0", ">=0.2"),
        ("eventflow-core==0.1.*", "0.1.4", None),
        ("eventflow-core>=0.2", "0.2.0.dev1", ">=0.2"),
        ("eventflow-core>=9; extra == 'later'", "0.1.0", None),
        ("eventflow-core>=9; python_version > '3'", "0.1.0", ">=9"),
        ("eventflow-core-extras>=9", "0.1.0", None),
        ("polars>=9", "0.1.0", None),
        ("eventflow-core", "0.1.0", None),
    ],
)
def test_forms_of_requirement(line: str, version: str, expected: str | None) -> None:
    """Names in any spelling, extras, parentheses, markers, wildcards and pre-releases count."""
    assert unmet([line], version) == expected


def test_nonsense_is_unmet_and_named() -> None:
    """A requirement that cannot be read is reported, not taken for fulfilled."""
    assert "no valid requirement" in str(unmet(["eventflow-core >= banana"], "0.1.0"))


def test_plain_requirements_do_not_import_packaging() -> None:
    """What official plugins write is judged without the slow import."""
    code = (
        "import sys; from eventflow.plugins.compat import unmet; "
        "unmet(['eventflow-core>=0.1,<0.2'], '0.1.0'); print('packaging' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
