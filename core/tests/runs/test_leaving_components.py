"""A component that tries to end the program fails as any other: coded, owned, never a success."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from eventflow.api import explain, run
from eventflow.errors import EventflowError, facts_of, text_of
from eventflow.runs.orchestrate import RunFailedError
from run_components import PIPELINE, Clumsy, Deaf, File, NeedWho, Rows4, Shares, host_in

if TYPE_CHECKING:
    from eventflow.plugins import PluginHost


class Away(BaseException):
    """An exception class that a plugin makes itself."""


LEAVING: dict[str, tuple[type, str, str]] = {
    "scan": (Rows4, "EF506", "rows4"),
    "fingerprint": (Rows4, "EF511", "rows4"),
    "estimated_bytes": (Rows4, "EF511", "rows4"),
    "at": (NeedWho, "EF511", "need_who"),
    "reads": (NeedWho, "EF501", "need_who"),
    "learn": (NeedWho, "EF501", "need_who"),
    "apply": (NeedWho, "EF501", "need_who"),
    "compatibility": (Shares, "EF511", "shares"),
    "steps": (Shares, "EF511", "shares"),
    "check": (File, "EF511", "file"),
    "write": (File, "EF511", "file"),
    "commit": (File, "EF511", "file"),
}
"""Method → the component that has it, the code of the failure, the component's name."""


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PluginHost:
    """A host with the components of a sound pipeline, in an empty working directory."""
    return host_in(tmp_path, monkeypatch)


def leave(how: BaseException) -> Any:
    """Return a method that raises, whatever it is called with."""

    def method(*_: Any, **__: Any) -> Any:
        raise how

    return method


@pytest.mark.parametrize("how", [SystemExit(0), Away("away")], ids=["exit", "own class"])
@pytest.mark.parametrize("method", LEAVING)
def test_a_run_fails_and_says_whose_fault_it_is(
    host: PluginHost, monkeypatch: pytest.MonkeyPatch, method: str, how: BaseException
) -> None:
    """Nothing is published; the problem has a code, an owner and what was raised."""
    component, code, name = LEAVING[method]
    monkeypatch.setattr(component, method, leave(how))
    with pytest.raises(RunFailedError) as caught:
        run(PIPELINE, host=host)
    [problem] = caught.value.problems
    assert problem.code == code
    assert problem.owner
    assert text_of(how) in " ".join([problem.message, *problem.detail])
    assert name in problem.message or code == "EF506"
    assert caught.value.exit_code == 1
    assert not Path("result.parquet").exists()


@pytest.mark.parametrize("method", ["scan", "at", "apply", "steps", "check"])
def test_a_plan_is_refused_likewise(
    host: PluginHost, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    """`check` and `explain` plan as a run does."""
    component, code, _ = LEAVING[method]
    monkeypatch.setattr(component, method, leave(SystemExit(0)))
    with pytest.raises(EventflowError, match=code):
        explain(PIPELINE, host=host)


def test_who_only_observes_cannot_end_a_run(
    host: PluginHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A tracker and a transport that try are told of among the warnings; the result is there."""
    monkeypatch.setattr(Clumsy, "params", leave(SystemExit(0)))
    monkeypatch.setattr(Deaf, "publish", leave(Away()))
    watched = {**PIPELINE, "trackers": [{"use": "clumsy"}], "transport": {"use": "deaf"}}
    record = run(watched, host=host).record
    assert {"EF701", "EF702"} <= {w.code for w in record.warnings}
    assert Path("result.parquet").exists()


def test_an_interrupt_stays_one(host: PluginHost, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C within a component cancels the run: it is nobody's fault."""
    monkeypatch.setattr(NeedWho, "apply", leave(KeyboardInterrupt()))
    with pytest.raises(RunFailedError, match="EF503"):
        run(PIPELINE, host=host)


class Unsayable(Exception):  # noqa: N818 - its name is no matter
    """Raises when it is asked for its text."""

    def __str__(self) -> str:
        """Raise."""
        raise RuntimeError


def test_facts_of_any_error_are_few_and_short() -> None:
    """At most four lines of 200 characters; a text that cannot be had is no failure."""
    assert facts_of(ValueError("a\n\n b ")) == ["ValueError: a", "b"]
    assert facts_of(ValueError()) == ["ValueError"]
    assert facts_of(Unsayable()) == ["Unsayable: its text cannot be shown: RuntimeError"]
    assert facts_of(SystemExit()) == ["SystemExit: it tried to end the program"]
    long = facts_of(ValueError("\n".join(["x" * 500] * 10_000)))
    assert [len(line) for line in long] == [200] * 4
