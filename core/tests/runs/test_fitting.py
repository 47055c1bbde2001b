"""A saved state fits the options it was fitted with, and no others."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from pydantic import Field, SecretStr

from eventflow.api import run
from eventflow.base import BaseSource, BlueprintConfig, ComponentConfig
from eventflow.runs.errors import StateMismatchError
from eventflow.runs.fitting import changes, plain_options
from eventflow.runs.orchestrate import RunFailedError
from run_components import PIPELINE, Share, Shares, host_in

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventflow.blueprint import Binding
    from eventflow.plugins import PluginHost


class Inner(BaseSource):
    """A nested component."""

    class Config(ComponentConfig):
        """Where it is."""

        url: str


class Outer(BaseSource):
    """A component with every shape of option."""

    class Config(ComponentConfig):
        """Options."""

        token: SecretStr = SecretStr("hush")
        names: frozenset[str] = frozenset({"b", "a"})
        edges: dict[str, tuple[float, ...]] = Field(default_factory=dict)
        inner: Any = None
        mode: str = "plain"


class Halves(Shares):
    """`Shares`, with options."""

    class Config(BlueprintConfig):
        """Options."""

        half: float = 0.5
        password: SecretStr = SecretStr("")

    config: Config

    def steps(self, binding: Binding) -> Sequence[Share]:
        return [Share()]


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PluginHost:
    """A host that offers `Halves`, in an empty working directory."""
    made = host_in(tmp_path, monkeypatch)
    made.register(Halves, name="halves")
    return made


def pipeline(**options: Any) -> dict[str, Any]:
    """Return a pipeline whose blueprint learns."""
    blueprint = {"use": "halves", "as_of": "2020-02-01", **options}
    return {**PIPELINE, "blueprint": blueprint}


def test_options_become_plain_data_without_secrets() -> None:
    """Sets are sorted, nested components are opened, secrets and credentials are masked."""
    outer = Outer(edges={"x": (1, 2)}, inner=Inner(url="https://me:pass@host/x"))

    assert plain_options(outer) == {
        "token": "********",
        "names": ["a", "b"],
        "edges": {"x": [1.0, 2.0]},
        "inner": {"use": "Inner", "url": "https://********@host/x"},
        "mode": "plain",
    }


def test_changes_name_the_innermost_option() -> None:
    """A change inside a mapping or a nested component is told with its path."""
    before = plain_options(Outer(inner=Inner(url="a"), edges={"x": (1,)}))

    assert changes(before, Outer(inner=Inner(url="b"), edges={"x": (2,)})) == [
        "edges.x: [1.0] -> [2.0]",
        "inner.url: a -> b",
    ]


def test_a_new_option_counts_only_when_it_is_used() -> None:
    """A state of an older version fits as long as what is new stands at its default."""
    before = plain_options(Outer())
    del before["mode"]

    assert changes(before, Outer()) == []
    assert changes(before, Outer(mode="odd")) == ["mode: nothing -> odd"]


def test_the_same_options_written_otherwise_fit(host: PluginHost) -> None:
    """What counts is the option as bound: a default that is written out changes nothing."""
    fitted = run(pipeline(), host=host)
    again = run(pipeline(half=0.5), state=fitted.record.state_path, host=host)

    assert fitted.data is not None
    assert again.data is not None
    assert again.data.sort("who").equals(fitted.data.sort("who"))


def test_changed_options_are_refused_with_node_and_values(host: PluginHost) -> None:
    """The error names the node, the option, both values and the way out; nothing is written."""
    fitted = run(pipeline(), host=host)
    Path("result.parquet").unlink()

    with pytest.raises(RunFailedError) as caught:
        run(pipeline(half=0.25), state=fitted.record.state_path, host=host)

    [problem] = caught.value.problems
    assert problem.code == StateMismatchError.code
    assert 'blueprint.0 ("halves")' in problem.message
    assert problem.detail == ("half: 0.5 -> 0.25",)
    assert "without --state" in (problem.fix or "")
    assert not Path("result.parquet").exists()


def test_as_of_may_move_on(host: PluginHost) -> None:
    """A state is there to be used at a later moment."""
    fitted = run(pipeline(), host=host)
    later = run(pipeline(as_of="2020-03-01"), state=fitted.record.state_path, host=host)

    assert later.ledger.adds_up


def test_a_secret_is_not_in_the_state_file(host: PluginHost) -> None:
    """The state file holds the mask of a secret option, and a changed secret still fits."""
    fitted = run(pipeline(password="first-word"), host=host)  # noqa: S106 - invented
    assert fitted.record.state_path is not None
    assert "first-word" not in Path(fitted.record.state_path).read_text(encoding="utf-8")

    other = run(
        pipeline(password="another-word"),  # noqa: S106 - invented
        state=fitted.record.state_path,
        host=host,
    )

    assert isinstance(other.data, pl.DataFrame)
