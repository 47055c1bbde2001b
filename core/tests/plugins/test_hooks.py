from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING

import pytest

from eventflow import hookspecs
from eventflow.errors import EventflowError
from eventflow.hookspecs import Hooks, RunStarted, impl
from eventflow.plugins import PluginHost
from eventflow.plugins.errors import HookShapeError, UnknownHookError
from eventflow.plugins.hooks import HookBus, Listener, specified
from eventflow.plugins.index import GROUPS
from eventflow.types import KINDS

if TYPE_CHECKING:
    from conftest import Site

STARTED = RunStarted(run_id="7Q3K", name="churn")

LISTENER = """
from eventflow.hookspecs import Hooks, Offer, impl

class Listen(Hooks):
    heard = []

    {body}
"""


def hook_module(site: Site, name: str, body: str) -> None:
    """Install a distribution with a listener whose class body is `body`."""
    module = name.replace("-", "_")
    site.install(
        name,
        LISTENER.format(body=body.replace("\n", "\n    ")),
        entry_points={"eventflow.hooks": {"listen": f"{module}:Listen"}},
    )


TELL = "@impl\ndef run_started(self, event):\n    self.heard.append(event.run_id)"


class Recorder(Hooks):
    """Writes down under its label what it hears."""

    def __init__(self, label: str, heard: list[str]) -> None:
        self.label = label
        self.heard = heard

    @impl
    def run_started(self, event: RunStarted) -> None:
        """Write it down."""
        self.heard.append(f"{self.label} {event.run_id}")


class Raiser(Hooks):
    """Fails."""

    @impl
    def run_started(self, event: RunStarted) -> None:
        """Fail."""
        msg = f"no {event.name}"
        raise ValueError(msg)


def test_there_is_a_hook_for_every_kind_and_payload() -> None:
    """Eight kinds, commands, and a lifecycle hook for each payload."""
    offering = {f"eventflow_{kind}s" for kind in (*KINDS, "command")}
    lifecycle = {"run_started", "step_finished", "quality_checked", "run_finished", "run_failed"}
    assert set(specified()) == offering | lifecycle
    assert len(GROUPS) == len(offering) + 1


def test_every_hook_says_what_it_is_for() -> None:
    """Listings show the first line of a hook's documentation."""
    assert all(getattr(Hooks, name).__doc__ for name in specified())
    payloads = {
        s.parameters["event"].annotation for s in specified().values() if "event" in s.parameters
    }
    assert all(getattr(hookspecs, name).__doc__ for name in payloads)


def test_an_installed_listener_is_told(site: Site) -> None:
    """A hook module is imported when something is told, not before."""
    hook_module(site, "acme-listen", TELL)
    host = PluginHost()
    host.plugins()
    host.find("engine", "local")
    assert site.modules() == set()
    assert host.tell("run_started", STARTED) == []
    assert sys.modules["acme_listen"].Listen.heard == ["7Q3K"]


def test_a_listener_that_is_left_out_is_not_imported(site: Site) -> None:
    """Deny lists hold for listeners too."""
    hook_module(site, "acme-listen", TELL)
    PluginHost(deny=["acme-listen"]).tell("run_started", STARTED)
    assert site.modules() == set()


def test_order_is_that_of_the_config_then_by_name() -> None:
    """Listeners named in the order come first; the others by their distribution's name."""
    heard: list[str] = []
    host = PluginHost()
    for label in ("c", "a", "d", "b"):
        host.listen(Recorder(label, heard), name=label)
    host.tell("run_started", STARTED)
    assert [h[0] for h in heard] == ["a", "b", "c", "d"]
    heard.clear()
    host.order(["d", "b"])
    host.tell("run_started", STARTED)
    assert [h[0] for h in heard] == ["d", "b", "a", "c"]


def test_one_failing_listener_stops_nobody(caplog: pytest.LogCaptureFixture) -> None:
    """The others are told; the failure is returned and logged."""
    heard: list[str] = []
    host = PluginHost()
    host.listen(Recorder("a", heard), name="a")
    host.listen(Raiser(), name="b")
    host.listen(Recorder("c", heard), name="c")
    with caplog.at_level(logging.WARNING, "eventflow.plugins"):
        failures = host.tell("run_started", STARTED)
    assert heard == ["a 7Q3K", "c 7Q3K"]
    assert [(f.hook, f.listener.name, f.error) for f in failures] == [
        ("run_started", "b", "ValueError: no churn")
    ]
    assert "the run goes on" in caplog.text


def test_a_listener_may_take_fewer_arguments_and_hosts_are_separate() -> None:
    """An argument that is not needed may be left out; another host hears nothing."""
    heard: list[str] = []

    class Brief(Hooks):
        @impl
        def run_started(self) -> None:  # type: ignore[override] # too few arguments
            heard.append("started")

    host = PluginHost()
    host.listen(Brief())
    PluginHost().tell("run_started", STARTED)
    assert heard == []
    host.tell("run_started", STARTED)
    assert heard == ["started"]


BAD = {
    "keyword-only": "@impl\ndef run_started(self, *, event): ...",
    "receive nothing": "@impl\ndef run_started(self, **kwargs): ...",
    "async": "@impl\nasync def run_started(self, event): ...",
    'no argument "what"': "@impl\ndef run_started(self, what): ...",
    "not marked @impl": "def run_started(self, event): ...",
    "tryfirst is not supported": "@impl(tryfirst=True)\ndef run_started(self, event): ...",
    "wrapper is not supported": "@impl(wrapper=True)\ndef run_started(self, event): yield",
}


@pytest.mark.parametrize("defect", BAD)
def test_wrong_shapes_are_refused_at_registration(defect: str) -> None:
    """EF130: what pluggy would accept and then call wrongly, or never."""
    scope: dict[str, type[Hooks]] = {}
    body = BAD[defect].replace("\n", "\n    ")
    exec(LISTENER.format(body=body), scope)  # noqa: S102 - the code is written above
    heard: list[str] = []
    host = PluginHost()
    host.listen(Recorder("a", heard), name="a")
    with pytest.raises(HookShapeError, match="EF130") as error:
        host.listen(scope["Listen"](), name="acme")
    assert defect in str(error.value)
    host.tell("run_started", STARTED)
    assert heard == ["a 7Q3K"], "the host is untouched"


def test_a_misspelt_hook_gets_the_nearest() -> None:
    """EF131, where pluggy accepts it in silence."""

    class Misspelt(Hooks):
        @impl
        def run_finishd(self, event: object) -> None:
            """Never called."""

    with pytest.raises(UnknownHookError, match='did you mean "run_finished"'):
        PluginHost().listen(Misspelt())


def test_an_optional_hook_of_a_newer_host_is_accepted() -> None:
    """`optionalhook` of pluggy lets a plugin serve hosts that lack a hook."""

    class Newer(Hooks):
        @impl(optionalhook=True)
        def run_paused(self, event: object) -> None:
            """Not called here."""

        @impl
        def run_started(self, event: RunStarted) -> None:
            """Called."""
            heard.append(event.run_id)

    heard: list[str] = []
    host = PluginHost()
    host.listen(Newer())
    assert host.tell("run_started", STARTED) == []
    assert heard == ["7Q3K"], "its other hooks are called"
    with pytest.raises(AttributeError, match="run_paused"):
        host.tell("run_paused", STARTED)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("@impl\ndef run_finishd(self, event): ...", "EF131"),
        ("@impl\nasync def run_started(self, event): ...", "EF130"),
        ("raise RuntimeError('x')", "EF120"),
        ("def __init__(self):\n    raise RuntimeError('x')", "EF120"),
    ],
)
def test_a_bad_hook_module_is_set_aside(site: Site, body: str, code: str) -> None:
    """It is shown with its reason; other listeners are told."""
    hook_module(site, "acme-bad", body)
    hook_module(site, "acme-good", TELL)
    host = PluginHost()
    host.tell("run_started", STARTED)
    states = {p.name: [q.code for q in p.quarantines] for p in host.plugins()}
    assert states["acme-bad"] == [code]
    assert states["acme-good"] == []
    assert sys.modules["acme_good"].Listen.heard == ["7Q3K"]


OFFER = """@impl
def eventflow_steps(self):
    return {"computed": Offer("acme_steps:Thing", "Computed", ("tag",))}"""


def test_components_can_be_computed(site: Site) -> None:
    """A hook module offers what metadata cannot say; it loads like any other."""
    site.install("acme-steps", entry_points={"eventflow.steps": {"plain": "acme_steps:Thing"}})
    hook_module(site, "acme-offer", OFFER)
    host = PluginHost()
    ref = host.find("step", "computed")
    assert (ref.owner, ref.summary, ref.tags) == ("acme-offer 1.0", "Computed", ("tag",))
    assert host.load(ref).__name__ == "Thing"
    assert {"computed", "plain"} <= {r.name for r in host.refs("step")}
    assert host.find("step", "acme-offer:computed") == ref


def test_a_wrong_answer_sets_its_plugin_aside(site: Site) -> None:
    """EF132; the other offers stand."""
    hook_module(site, "acme-offer", "@impl\ndef eventflow_steps(self):\n    return ['computed']")
    site.install("acme-steps")
    host = PluginHost()
    assert "thing" in {r.name for r in host.refs("step")}
    codes = {p.name: [q.code for q in p.quarantines] for p in host.plugins()}
    assert codes["acme-offer"] == ["EF132"]


def test_a_broken_offer_is_told_to_who_needs_it(site: Site) -> None:
    """A qualified name of a plugin whose hook module is broken gives that plugin's error."""
    hook_module(site, "acme-offer", "raise RuntimeError('no luck')")
    with pytest.raises(EventflowError, match="no luck"):
        PluginHost().find("step", "acme-offer:computed")


def test_a_module_can_be_a_listener() -> None:
    """Functions marked `@impl` in a module do as well."""
    import types  # noqa: PLC0415 - makes the module

    module = types.ModuleType("acme_functions")
    exec(  # noqa: S102 - the code is written here
        "from eventflow.hookspecs import impl\nheard = []\n"
        "@impl\ndef run_started(event): heard.append(event.name)",
        vars(module),
    )
    bus = HookBus()
    bus.register(module, Listener("acme"))
    bus.point(Hooks.run_started).tell(STARTED)
    assert module.heard == ["churn"]


def test_the_order_of_a_configuration_holds() -> None:
    """`plugins.order` reaches the listeners; names compare as distributions do."""
    heard: list[str] = []
    host = PluginHost(order=["eventflow.core"])
    for label in ("a", "eventflow-core"):
        host.listen(Recorder(label, heard), name=label)
    host.tell("run_started", STARTED)
    assert heard == ["eventflow-core 7Q3K", "a 7Q3K"]
    assert host.in_order(["a", "eventflow-core"]) == ["eventflow-core", "a"]


def test_an_order_with_an_unknown_name_is_refused() -> None:
    """EF113 with the nearest name."""
    with pytest.raises(EventflowError, match='did you mean "eventflow-core"') as error:
        PluginHost(order=["eventflow-cor"]).check()
    assert error.value.problems[0].code == "EF113"
    assert "plugins.order" in error.value.problems[0].message
