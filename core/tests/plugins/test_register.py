from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from eventflow.base import (
    BaseBlueprint,
    BaseContextJoin,
    BaseEngine,
    BaseSink,
    BaseSource,
    BaseStep,
    BaseTracker,
    BaseTransport,
    ComponentConfig,
)
from eventflow.errors import EventflowError
from eventflow.plugins import PluginHost
from eventflow.plugins.errors import AmbiguousComponentError, WrongShapeError

if TYPE_CHECKING:
    from conftest import Site


class FillGapsStep(BaseStep):
    """Fill gaps."""

    tags = ("cleaning",)


@pytest.mark.parametrize(
    ("base", "class_name", "kind", "name"),
    [
        (BaseStep, "FillGapsStep", "step", "fill_gaps"),
        (BaseSource, "HTTPLogSource", "source", "http_log"),
        (BaseSink, "TableSink", "sink", "table"),
        (BaseContextJoin, "OppositeContextJoin", "context_join", "opposite"),
        (BaseContextJoin, "AsOfJoin", "context_join", "as_of"),
        (BaseTransport, "Queue2Transport", "transport", "queue2"),
        (BaseTracker, "Tracker", "tracker", "tracker"),
        (BaseEngine, "Local", "engine", "local"),
    ],
)
def test_kind_and_name_come_from_the_class(
    base: type, class_name: str, kind: Any, name: str
) -> None:
    """The base class gives the kind; the class's name, less what its kind is called, the name."""
    host = PluginHost(deny=["eventflow-core"])
    component = type(class_name, (base,), {})
    assert host.register(component) is component
    ref = host.find(kind, name)
    assert ref.qualified == f"runtime:{name}"
    assert host.load(ref) is component


def test_a_declared_name_wins_over_the_class_name() -> None:
    """A blueprint's own name is its name; an argument wins over both."""

    class Churn(BaseBlueprint):
        """Churn."""

        name = "my_churn"
        version = "1"

    host = PluginHost()
    host.register(Churn)
    host.register(Churn, name="other")
    assert host.load(host.find("blueprint", "my_churn")) is Churn
    assert host.load(host.find("blueprint", "other")) is Churn


def test_a_class_without_our_base_is_told_by_its_shape() -> None:
    """Protocols suffice: a class with the right methods needs no base class."""

    class Pairs:
        """Join."""

        Config = ComponentConfig

        def __init__(self, **options: Any) -> None:
            self.config = self.Config(**options)

        def reads(self, events: Any, context: Any) -> Any:
            return events, context

        def join(self, events: Any, context: Any) -> Any:
            return events, context

    host = PluginHost()
    host.register(Pairs)
    assert host.load(host.find("context_join", "pairs")) is Pairs


def test_a_class_of_no_kind_is_refused() -> None:
    """EF121 when the kind cannot be told, or the class does not fit the kind given."""

    class Nothing:
        pass

    with pytest.raises(WrongShapeError, match="no known shape"):
        PluginHost().register(Nothing)
    with pytest.raises(WrongShapeError, match="locality is missing") as raised:
        PluginHost().register(Nothing, kind="step")
    assert raised.value.problems[0].command is None, "no distribution to look at"


def test_tags_and_summary_come_from_the_class() -> None:
    """What listings need is on the reference."""
    host = PluginHost()
    host.register(FillGapsStep)
    ref = next(r for r in host.refs("step") if r.name == "fill_gaps")
    assert (ref.summary, ref.tags) == ("Fill gaps.", ("cleaning",))


def test_registering_again_replaces() -> None:
    """A notebook cell may be run twice."""
    host = PluginHost()
    host.register(FillGapsStep)
    again = type("FillGapsStep", (BaseStep,), {})
    host.register(again)
    assert host.load(host.find("step", "fill_gaps")) is again
    assert len([r for r in host.refs("step") if r.name == "fill_gaps"]) == 1


def test_registration_belongs_to_one_host() -> None:
    """Another host in the process knows nothing of it."""
    PluginHost().register(FillGapsStep)
    with pytest.raises(EventflowError):
        PluginHost().find("step", "fill_gaps")


def test_a_registered_name_does_not_shadow_a_plugin(site: Site) -> None:
    """A name in a config never changes its meaning in silence: EF112."""
    site.install("acme-things")
    host = PluginHost()
    host.register(FillGapsStep, name="thing")
    with pytest.raises(AmbiguousComponentError, match="runtime:thing"):
        host.find("step", "thing")
    assert host.load(host.find("step", "runtime:thing")) is FillGapsStep
    assert host.load(host.find("step", "acme-things:thing")).__name__ == "Thing"
