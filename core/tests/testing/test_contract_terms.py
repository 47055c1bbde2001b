"""What an author says of a component: exclusions, levels, extras, and how findings end a test."""

from __future__ import annotations

import warnings
from pathlib import Path

import attrs
import pytest

from eventflow.base import BaseTracker, BaseTransport
from eventflow.plugins.errors import WrongShapeError
from eventflow.testing import CHECKS, ContractPreviewWarning, contract
from eventflow.testing.cases import settle
from eventflow.testing.errors import ContractTermsError
from eventflow.testing.judging import Contract
from eventflow.testing.terms import terms


class Plain(BaseTracker):
    """A tracker that keeps every law."""


class Noisy(BaseTracker):
    """A tracker that finishes only what it started."""

    def finish(self, status: str) -> None:
        msg = "no run is open"
        raise RuntimeError(msg)


class Outside(BaseTransport):
    """A transport without methods of its own."""


FAILS = "tracker-finish-alone"


def _problems(error: ContractTermsError) -> list[tuple[str, str | None]]:
    return [(problem.message, problem.fix) for problem in error.problems]


def test_an_unknown_exclusion_is_refused_with_the_nearest_check() -> None:
    """And one without a reason too: all that is wrong is told at once."""
    with pytest.raises(ContractTermsError) as caught:
        terms(Plain, exclude={"tracker-finsh-twice": "why not", "repr": " ", "source-lazy": "x"})
    assert caught.value.code == "EF170"
    (first, fix), (second, _), (third, _) = _problems(caught.value)
    assert first == 'exclusion "tracker-finsh-twice" is no check that applies here'
    assert fix == 'did you mean "tracker-finish-twice"?'
    assert second == 'exclusion "repr" has no reason'
    assert third == 'exclusion "source-lazy" is no check that applies here'


def test_an_excluded_law_that_holds_fails(tmp_path: Path) -> None:
    """An exclusion may not outlive its reason."""
    agreed = terms(Plain, exclude={FAILS: "the service is slow"})
    finding = agreed.judge(CHECKS[FAILS], tmp_path)
    assert finding.outcome == "unneeded"
    assert finding.fails
    assert "no longer needed" in finding.message
    assert "the service is slow" in finding.message


def test_an_excluded_law_that_is_broken_does_not_fail(tmp_path: Path) -> None:
    """Its reason and what was seen stay known."""
    agreed = terms(Noisy, exclude={FAILS: "the service counts"})
    finding = agreed.judge(CHECKS[FAILS], tmp_path)
    assert (finding.outcome, finding.fails, finding.reason) == (
        "excluded", False, "the service counts",
    )  # fmt: skip
    assert "RuntimeError: no run is open" in finding.message


def test_a_failure_tells_what_where_which_law_and_how_to_mend_it(tmp_path: Path) -> None:
    """In the words of the check; the place is the line that raised."""
    finding = terms(Noisy).judge(CHECKS[FAILS], tmp_path)
    seen, place, law, why, fix = finding.message.splitlines()
    assert seen == "it raised RuntimeError: no run is open"
    code = Path(__file__).read_text(encoding="utf-8").splitlines()
    line = code.index("        raise RuntimeError(msg)") + 1
    assert place.endswith(f"test_contract_terms.py:{line}")
    assert law == f"  law:  `finish` without `start` does nothing. [{FAILS}]"
    assert why.startswith("  why:  ")
    assert fix.startswith("  fix:  ")


def test_a_law_newer_than_the_level_only_warns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    """Even where warnings are errors, as they are in this test."""
    newer = attrs.evolve(CHECKS[FAILS], since=2)
    monkeypatch.setitem(CHECKS, FAILS, newer)
    agreed = terms(Noisy, level=1)
    finding = agreed.judge(newer, tmp_path)
    assert finding.outcome == "preview"
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("error")
        settle(agreed, finding, request.node)
    [warning] = told
    assert warning.category is ContractPreviewWarning
    assert "Noisy declares level 1; from level 2 on" in str(warning.message)


def test_the_class_may_state_its_level(monkeypatch: pytest.MonkeyPatch) -> None:
    """And a level that does not exist is refused."""
    monkeypatch.setattr(Plain, "contract_level", 7, raising=False)
    with pytest.raises(ContractTermsError, match="no contract level 7"):
        terms(Plain)
    assert terms(Plain, level=1).level == 1


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"recordd": None}, 'no extra "recordd"'),
        ({"capabilities": {"recordd"}}, 'no capability "recordd"'),
        ({"kind": "trackr"}, 'no kind "trackr"'),
        ({"frame": object()}, "frame cannot become an event frame"),
    ],
)
def test_what_does_not_exist_is_refused(said: dict[str, object], message: str) -> None:
    """With the code EF170, when the test module is collected."""
    with pytest.raises(ContractTermsError, match=message):
        terms(Plain, **said)  # type: ignore[arg-type] # the mistake


def test_a_class_of_no_kind_is_refused() -> None:
    """EF121 says to give the kind."""
    with pytest.raises(WrongShapeError, match="cannot tell what kind"):
        terms(dict)


def test_checks_that_need_a_capability_apply_only_with_it() -> None:
    """Given by the author, or stated by the class."""
    without, given = terms(Plain), terms(Plain, recorded=dict)
    names = {law.id for law in given.checks} - {law.id for law in without.checks}
    assert names == {"tracker-apart", "tracker-keeps-masks", "tracker-resume"}


def test_options_are_made_once_for_each_check(tmp_path: Path) -> None:
    """In a fresh folder, before anything is judged; what that raises is not the component's."""
    folders = []

    def config(folder: Path) -> dict[str, object]:
        folders.append(folder)
        return {}

    agreed = terms(Plain, config=config)
    agreed.judge(CHECKS["construction-reads-nothing"], tmp_path)
    assert folders == [tmp_path]
    broken = terms(Plain, config=lambda folder: {}[folder])
    with pytest.raises(KeyError):
        broken.judge(CHECKS["repr"], tmp_path)


def test_one_line_makes_one_test_per_law() -> None:
    """The ids are those of the checks."""
    made = contract(Plain)
    [mark] = made.test_law.pytestmark  # type: ignore[attr-defined] # what pytest reads
    assert [case.id for case in mark.args[1]] == [law.id for law in terms(Plain).checks]
    assert isinstance(made.eventflow_contract, Contract)  # type: ignore[attr-defined] # what the plugin reads
