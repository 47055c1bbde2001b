"""The pytest plugin: judge what a distribution offers, and write the conformance report.

pytest loads this module wherever Eventflow is installed, so it imports nothing until it is asked:

    pytest --eventflow-contract=my-plugin --eventflow-report=conformance.json
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from eventflow.frame import EventFrame
    from eventflow.plugins.host import PluginHost

THIS_PROJECT = "."


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the two options."""
    group = parser.getgroup("eventflow", "Eventflow's contract kit")
    group.addoption(
        "--eventflow-contract",
        nargs="?",
        const=THIS_PROJECT,
        metavar="DIST",
        help="judge every component of an installed distribution; without a name, of the project "
        "in this folder. Test files run too only when they are named.",
    )
    group.addoption(
        "--eventflow-report",
        type=Path,
        metavar="FILE",
        help="write what was judged, and how it ended, as JSON",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Gather findings if a report is asked for; leave test files out if a distribution is."""
    target = config.getoption("eventflow_report", None)
    if target is not None and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Findings(config.invocation_params.dir / target))
    asked = config.getoption("eventflow_contract", None) is not None
    if asked and config.args_source is not pytest.Config.ArgsSource.ARGS:
        config.args[:] = []


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(
    session: pytest.Session, config: pytest.Config, items: list[pytest.Item]
) -> None:
    """Add one test for each law of each component of the distribution."""
    name = config.getoption("eventflow_contract", None)
    if name is None:
        return
    from eventflow.errors import EventflowError  # noqa: PLC0415 - delayed: only when asked
    from eventflow.testing.installed import collect  # noqa: PLC0415 - delayed: likewise

    try:
        items.extend(collect(session, name, config.rootpath))
    except EventflowError as error:
        raise pytest.UsageError(str(error)) from None


def pytest_pycollect_makeitem(
    collector: pytest.Module | pytest.Class, name: str, obj: object
) -> pytest.Class | None:
    """Collect a contract under any name: one that is not collected would pass unseen."""
    if isinstance(obj, type) and "eventflow_contract" in vars(obj):
        return pytest.Class.from_parent(collector, name=name, obj=obj)
    return None


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Tell which checks could apply to what was judged, and what they need; not under ``-q``."""
    reports = [r for found in terminalreporter.stats.values() for r in found]
    facts = [fact for report in reports for fact in _facts(report)]
    if not facts or terminalreporter.verbosity < 0:
        return
    from eventflow.testing.report import unapplied  # noqa: PLC0415 - delayed: only when judged

    if lines := unapplied(facts):
        terminalreporter.section("contract checks that were not applied", sep="-")
        for line in lines:
            terminalreporter.write_line(line)


def _facts(report: object) -> list[dict[str, Any]]:
    """Return what a test's report carries of the kit's findings."""
    told = getattr(report, "user_properties", ())
    return [fact for name, fact in told if name == "eventflow_contract" and isinstance(fact, dict)]


class Findings:
    """Gathers what the tests of one session found, from xdist's workers too."""

    def __init__(self, target: Path) -> None:
        """Take the file to write at the end."""
        self._target = target
        self._facts: list[dict[str, Any]] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take what a test found; it is complete when the test is torn down."""
        if report.when == "teardown":
            self._facts += _facts(report)

    def pytest_sessionfinish(self) -> None:
        """Write the report."""
        from eventflow.testing.check import LEVEL  # noqa: PLC0415 - delayed: only when asked
        from eventflow.testing.report import conformance, write  # noqa: PLC0415 - delayed: likewise

        write(self._target, conformance(self._facts, LEVEL))


@pytest.fixture
def eventflow_host() -> PluginHost:
    """A plugin host of this test alone: it reads no environment, and nobody shares its state."""
    from eventflow.plugins.host import PluginHost  # noqa: PLC0415 - delayed: only when asked

    return PluginHost(environment={})


@pytest.fixture
def event_frame() -> EventFrame:
    """Sample events: ids, times, amounts, nulls, ties and entities of one row; always the same."""
    from eventflow.testing.frames import sample_events  # noqa: PLC0415 - delayed: only when asked

    return sample_events()
