from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from eventflow.errors import EventflowError, ExitCode
from eventflow.plugins import PluginHost
from eventflow.plugins.errors import (
    AmbiguousComponentError,
    DeniedComponentError,
    IncompatiblePluginError,
    MissingPluginError,
    SetAsidePluginsError,
    UnknownComponentError,
    UnknownListedError,
)

if TYPE_CHECKING:
    from conftest import Site


def text(error: pytest.ExceptionInfo[EventflowError]) -> str:
    """The message as a user sees it."""
    return "\n".join(error.value.problems[0].lines())


def test_finding_imports_nothing(site: Site) -> None:
    """A component is found by name and by qualified name, and only loading imports it."""
    site.install("acme-things")
    host = PluginHost()
    ref = host.find("step", "thing")
    assert host.find("step", "acme-things:thing") == ref
    assert host.find("step", "Acme_Things:thing") == ref
    assert site.modules() == set()
    assert host.load(ref).__name__ == "Thing"
    assert site.modules() == {"acme_things"}


def test_a_misspelt_name_gets_the_nearest(site: Site) -> None:
    """EF201 names what is installed, and exits like a configuration error."""
    site.install("acme-things")
    with pytest.raises(UnknownComponentError) as error:
        PluginHost().find("step", "thingg")
    assert error.value.exit_code == ExitCode.USAGE
    assert error.value.problems[0].code == "EF201"
    assert 'did you mean "thing"?' in text(error)


def test_a_known_component_that_is_missing_names_its_plugin(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """EF201 for an official component says what to install, and exits with 4."""
    monkeypatch.setattr("sys.path", [str(site.path)])
    with pytest.raises(MissingPluginError) as error:
        PluginHost().find("tracker", "mlflow")
    assert error.value.exit_code == ExitCode.PLUGIN
    assert error.value.problems[0].command == "uv add eventflow-mlflow"


def test_a_qualified_name_of_a_missing_plugin_names_it(site: Site) -> None:
    """The distribution in a qualified name is what has to be installed."""
    del site
    with pytest.raises(MissingPluginError) as error:
        PluginHost().find("transport", "acme-bus:redis")
    assert error.value.problems[0].command == "uv add acme-bus"


def test_an_installed_plugin_without_that_component_is_not_missing(site: Site) -> None:
    """A wrong name after a right distribution is a misspelling, not a missing plugin."""
    site.install("acme-things")
    with pytest.raises(UnknownComponentError) as error:
        PluginHost().find("step", "acme-things:thingg")
    assert error.value.exit_code == ExitCode.USAGE
    assert 'did you mean "thing"?' in text(error)


def test_two_plugins_of_one_name_need_the_qualified_name(site: Site) -> None:
    """EF112 lists both; each is reachable by its qualified name; listings show the clash."""
    site.install("acme-one")
    site.install("acme-two")
    host = PluginHost()
    with pytest.raises(AmbiguousComponentError) as error:
        host.find("step", "thing")
    assert '"acme-one:thing", "acme-two:thing"' in text(error)
    assert error.value.exit_code == ExitCode.USAGE
    assert host.find("step", "acme-two:thing").distribution == "acme-two"
    assert {p.name for p in host.plugins() if p.clashes} == {"acme-one", "acme-two"}


def test_one_name_in_two_kinds_is_no_clash(site: Site) -> None:
    """Kinds have their own names: a step and a tracker may share one."""
    site.install("acme-things", entry_points={"eventflow.steps": {"jsonl": "acme_things:Thing"}})
    host = PluginHost()
    assert host.find("step", "jsonl").distribution == "acme-things"
    assert host.find("tracker", "jsonl").distribution == "eventflow-core"
    assert not any(p.clashes for p in host.plugins())


def test_an_incompatible_plugin_is_refused_before_import(site: Site) -> None:
    """EF110 says what the plugin needs and what is there; its module is never imported."""
    site.install("acme-future", requires=("eventflow-core>=9,<10",))
    host = PluginHost()
    with pytest.raises(IncompatiblePluginError) as error:
        host.find("step", "thing")
    assert "needs eventflow-core >=9,<10, this is 0.1" in text(error)
    assert error.value.exit_code == ExitCode.PLUGIN
    assert site.modules() == set()
    info = next(p for p in host.plugins() if p.name == "acme-future")
    assert (info.state, info.stage) == ("quarantined", "compatible")
    assert info.reason
    assert info.remedy


def test_an_incompatible_twin_does_not_clash(site: Site) -> None:
    """A plugin that cannot serve claims no name."""
    site.install("acme-future", requires=("eventflow-core>=9",))
    site.install("acme-now")
    assert PluginHost().find("step", "thing").distribution == "acme-now"


@pytest.mark.parametrize(
    "name", ["acme-two", "Acme_Two", "acme-two:thing", "acme_two"], ids=lambda n: f"by {n}"
)
def test_leaving_out_resolves_a_clash(site: Site, name: str) -> None:
    """A list matches distributions, entry points and modules, in any spelling."""
    site.install("acme-one")
    site.install("acme-two")
    assert PluginHost(deny=[name]).find("step", "thing").distribution == "acme-one"
    assert PluginHost(allow=[name]).find("step", "thing").distribution == "acme-two"


def test_what_is_left_out_says_so(site: Site) -> None:
    """EF115 when a configuration needs what a list leaves out."""
    site.install("acme-one")
    with pytest.raises(DeniedComponentError) as error:
        PluginHost(deny=["thing"]).find("step", "thing")
    assert error.value.problems[0].code == "EF115"
    assert "EVENTFLOW_PLUGINS_DENY" in text(error)


def test_core_serves_whatever_is_allowed_unless_it_is_denied(site: Site) -> None:
    """An allow list need not name core; a deny list may."""
    site.install("acme-one")
    host = PluginHost(allow=["acme-one"])
    assert host.find("engine", "local").distribution == "eventflow-core"
    with pytest.raises(DeniedComponentError):
        PluginHost(deny=["jsonl"]).find("tracker", "jsonl")


def test_the_environment_adds_its_lists(site: Site) -> None:
    """A component must be in the host's list and in that of the environment."""
    site.install("acme-one")
    site.install("acme-two")
    environment = {"EVENTFLOW_PLUGINS_ALLOW": "acme-one, acme-two"}
    host = PluginHost(allow=["acme-two"], environment=environment)
    assert [r.distribution for r in host.refs("step") if r.name == "thing"] == ["acme-two"]
    host = PluginHost(environment={"EVENTFLOW_PLUGINS_DENY": "acme-one"})
    assert host.find("step", "thing").distribution == "acme-two"


@pytest.mark.parametrize("which", ["allow", "deny"])
def test_an_unknown_name_in_a_list_is_an_error(site: Site, which: str) -> None:
    """EF113 names the list and the nearest installed name; official names are never unknown."""
    site.install("acme-one")
    host = PluginHost(["acme-onne"]) if which == "allow" else PluginHost(deny=["acme-onne"])
    with pytest.raises(UnknownListedError) as error:
        host.find("step", "thing")
    assert f'plugins to {which}: nothing installed is called "acme-onne"' in text(error)
    assert 'did you mean "acme-one"?' in text(error)
    PluginHost(deny=["eventflow-mlflow"]).find("step", "thing")


def test_an_unknown_name_in_the_environment_names_the_variable(site: Site) -> None:
    """The user learns which list to mend."""
    del site
    with pytest.raises(UnknownListedError) as error:
        PluginHost(environment={"EVENTFLOW_PLUGINS_DENY": "nothing-like-it"}).find(
            "engine", "local"
        )
    assert "EVENTFLOW_PLUGINS_DENY" in text(error)


@pytest.mark.parametrize(
    ("strict", "environment", "fails"),
    [
        (True, {}, True),
        (False, {"EVENTFLOW_STRICT": "1"}, True),
        (False, {"EVENTFLOW_STRICT": "0"}, False),
        (False, {}, False),
    ],
)
def test_strict_mode_allows_nothing_set_aside(
    site: Site, *, strict: bool, environment: dict[str, str], fails: bool
) -> None:
    """EF114 in strict mode even if nothing needs the plugin; otherwise work goes on."""
    site.install("acme-future", requires=("eventflow-core>=9",))
    host = PluginHost(strict=strict, environment=environment)
    if fails:
        with pytest.raises(SetAsidePluginsError) as error:
            host.find("engine", "local")
        assert "acme-future" in text(error)
    else:
        assert host.find("engine", "local").distribution == "eventflow-core"


def test_hosts_do_not_disturb_each_other(site: Site) -> None:
    """Lists, registrations and failures belong to one host."""
    site.install("acme-one", "raise RuntimeError('broken')")
    first, second = PluginHost(deny=["acme-one"]), PluginHost()
    with pytest.raises(DeniedComponentError):
        first.find("step", "thing")
    ref = second.find("step", "thing")
    with pytest.raises(EventflowError):
        second.load(ref)
    assert [p.state for p in first.plugins() if p.name == "acme-one"] == ["compatible"]
    assert [p.state for p in second.plugins() if p.name == "acme-one"] == ["quarantined"]
