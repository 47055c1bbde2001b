"""Contracts as pytest tests: one test per check, which fails with the law and nothing else."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import pytest

from eventflow.testing.report import note
from eventflow.testing.terms import terms

if TYPE_CHECKING:
    from pathlib import Path

    from eventflow.testing.check import Check
    from eventflow.testing.judging import Contract, Finding


class ContractPreviewWarning(UserWarning):
    """A law newer than the component's contract level does not hold; it will count one day."""


def contract(component: type, **said: Any) -> type:
    """Return a pytest class with one test per law of the component's kind.

    Example:
        >>> from eventflow.bus.memory import InMemoryTransport
        >>> from eventflow.testing import contract
        >>> TestMemory = contract(InMemoryTransport, config={"keep": 100})

    Args:
        component: The class to judge.
        said: What the author says of it, all optional:

            - ``kind``: Its kind, where its class does not tell.
            - ``config``: Options to build it with. A function is called with a fresh folder for
              each check and returns them: for paths, for servers.
            - ``level``: The contract level it declares to meet, by default its class attribute
              ``contract_level``, else 1. Newer laws only warn (`ContractPreviewWarning`).
            - ``frame``, ``schema``: Events to feed it (an event frame, a Polars frame, a mapping
              of columns) and what their columns mean; sample events by default.
            - ``context``, ``context_schema``: The same for the context of a context join.
            - ``as_of``: The moment of the run, aware.
            - ``capabilities``: What it can do beyond its kind's minimum; more laws apply then.
            - ``exclude``: Check → why its law cannot hold here. An exclusion without a reason, of
              a check that does not apply, or of a law that holds, is an error.
            - and what single checks need, by name: see `eventflow.testing.EXTRAS`.

    Raises:
        ContractTermsError: EF170, something named does not exist, or a reason is missing.
        WrongShapeError: EF121, the kind of the class cannot be told.
    """
    agreed = terms(component, **said)

    @pytest.mark.parametrize("law", [pytest.param(c, id=c.id) for c in agreed.checks])
    def test_law(self: Any, law: Check, tmp_path: Path, request: pytest.FixtureRequest) -> None:
        """The law holds for the component."""
        del self
        settle(agreed, agreed.judge(law, tmp_path), request.node)

    members = {"__doc__": f"The contract of {component.__name__}.", "test_law": test_law}
    return type(f"Test{component.__name__}", (), {**members, "eventflow_contract": agreed})


def settle(agreed: Contract, finding: Finding, item: pytest.Item) -> None:
    """Note a finding for the report, and end the test as it demands."""
    note(item, agreed, finding)
    if finding.fails:
        pytest.fail(f"{agreed.subject.component.__name__}: {finding.message}", pytrace=False)
    if finding.outcome == "excluded":
        pytest.xfail(finding.reason)
    if finding.outcome == "skipped":
        pytest.skip(finding.reason)
    if finding.outcome == "preview":
        _preview(agreed, finding)


def _preview(agreed: Contract, finding: Finding) -> None:
    """Warn even where warnings are errors: a preview must never turn a build red."""
    name = agreed.subject.component.__name__
    text = f"{name} declares level {agreed.level}; from level {finding.check.since} on:\n"
    with warnings.catch_warnings():
        warnings.simplefilter("always", ContractPreviewWarning)
        warnings.warn(ContractPreviewWarning(text + finding.message), stacklevel=2)
