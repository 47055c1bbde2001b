from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest
from pydantic import Field, ValidationError

from eventflow.base import BaseStep, ComponentConfig
from eventflow.errors import EventflowError, ExitCode
from eventflow.plugins import PluginHost
from eventflow.plugins.errors import BrokenPluginError, BuildError, WrongShapeError
from eventflow.plugins.options import options_of

if TYPE_CHECKING:
    from conftest import Site


def failing(host: PluginHost) -> EventflowError:
    """Load the step ``thing`` and return the error."""
    with pytest.raises(EventflowError) as error:
        host.load(host.find("step", "thing"))
    return error.value


def test_a_module_that_raises(site: Site) -> None:
    """EF120 says what was raised and where; the plugin is shown as set aside."""
    site.install("acme-things", "x = 1\nraise RuntimeError('no luck')")
    host = PluginHost()
    error = failing(host)
    assert isinstance(error, BrokenPluginError)
    assert error.exit_code == ExitCode.PLUGIN
    detail = "\n".join(error.problems[0].detail)
    assert "RuntimeError: no luck" in detail
    assert "acme_things.py:2" in detail
    assert error.problems[0].command == "uv pip install --reinstall acme-things"
    info = next(p for p in host.plugins() if p.name == "acme-things")
    assert (info.state, info.stage, info.reason) == (
        "quarantined", "import", "RuntimeError: no luck",
    )  # fmt: skip
    assert str(failing(host)) == str(error), "a second try gives the same answer"


def test_a_module_that_ends_the_program(site: Site) -> None:
    """`SystemExit` at import is one plugin's failure, not the end of the program."""
    site.install("acme-things", "import sys\nsys.exit(3)")
    error = failing(PluginHost())
    assert error.problems[0].code == "EF120"
    assert "SystemExit: it tried to end the program with 3" in error.problems[0].detail[0]


@pytest.mark.parametrize("how", ["raise SystemExit('x')", "raise Rude"])
def test_a_class_that_ends_the_program_when_it_is_looked_at(site: Site, how: str) -> None:
    """A descriptor runs code of its own: whatever that raises is its plugin's failure, EF121."""
    site.install(
        "acme-things",
        "class Rude(BaseException):\n    pass\n\nclass Trap:\n"
        f"    def __get__(self, instance, owner):\n        {how}\n\nclass Thing:\n"
        "    Config = Trap()\n",
    )
    problem = failing(PluginHost()).problems[0]
    assert problem.code == "EF121"
    assert "looking at it raised" in problem.detail[0]
    assert problem.owner == "acme-things 1.0"


def test_a_component_that_ends_the_program_when_it_is_built(site: Site) -> None:
    """EF122, as whatever else it raises; it never reads as success."""
    site.install(
        "acme-things",
        "from eventflow.base import BaseStep\n\nclass Thing(BaseStep):\n"
        "    def __init__(self, **options):\n        raise SystemExit(0)\n\n"
        "    def apply(self, frame, state):\n        return frame\n",
    )
    host = PluginHost()
    with pytest.raises(BuildError, match="EF122") as caught:
        host.build(host.find("step", "thing"), {})
    assert caught.value.problems[0].detail == ("SystemExit: it tried to end the program with 0",)


UNSAYABLE = """
class Unsayable(Exception):
    def __str__(self):
        raise RuntimeError("no str")

"""


def test_an_error_whose_text_cannot_be_had(site: Site) -> None:
    """EF120 names its class, and what asking for its text raised."""
    site.install("acme-things", f"{UNSAYABLE}\nraise Unsayable")
    problem = failing(PluginHost()).problems[0]
    assert problem.code == "EF120"
    assert problem.detail[0] == "Unsayable: its text cannot be shown: RuntimeError"
    assert problem.owner == "acme-things 1.0"


def test_an_error_of_five_megabytes(site: Site) -> None:
    """A message shows the beginning of a few lines, however long the text is."""
    site.install("acme-things", "raise ValueError('\\n'.join(['x' * 500] * 10_000))")
    error = failing(PluginHost())
    assert len(str(error)) < 2_000
    assert len(str(error).splitlines()) <= 12


def test_the_user_can_always_interrupt(site: Site) -> None:
    """`KeyboardInterrupt` at import passes."""
    site.install("acme-things", "raise KeyboardInterrupt")
    host = PluginHost()
    with pytest.raises(KeyboardInterrupt):
        host.load(host.find("step", "thing"))


def test_a_missing_dependency_is_named(site: Site) -> None:
    """The fix names the module to install, when it is not the plugin's own."""
    site.install("acme-things", "import not_there.at_all")
    assert 'install the missing module "not_there"' in str(failing(PluginHost()))


def test_a_missing_attribute_gets_the_nearest(site: Site) -> None:
    """An entry point that names no attribute of its module says so."""
    entry_points = {"eventflow.steps": {"thing": "acme_things:Thign"}}
    site.install("acme-things", entry_points=entry_points)
    detail = failing(PluginHost()).problems[0].detail[0]
    assert detail == 'module acme_things has no "Thign", did you mean "Thing"?'


HEAD = "from eventflow.base import BaseStep\nclass Thing(BaseStep):\n"


@pytest.mark.parametrize(
    ("code", "defect"),
    [
        ("Thing = 3", "it is a int, not a class"),
        ("def Thing(): ...", "it is a function, not a class"),
        ("class Thing: ...", "Config is missing or no pydantic model"),
        ("class Thing: ...", "apply is missing"),
        (
            f"{HEAD}    async def apply(self, frame, state): ...",
            "apply is async; it must be a plain method",
        ),
        (
            f"{HEAD}    def apply(self, frame): ...",
            "apply must take (frame, state)",
        ),
        (
            "from eventflow.base import BaseStep\nclass Thing(BaseStep):\n    Config = dict",
            "Config is missing or no pydantic model",
        ),
        ("from eventflow.base import BaseSink as Thing", "apply is missing"),
    ],
)
def test_wrong_shapes(site: Site, code: str, defect: str) -> None:
    """EF121 lists what keeps a class from being what its kind demands."""
    site.install("acme-things", code)
    error = failing(PluginHost())
    assert isinstance(error, WrongShapeError)
    assert defect in error.problems[0].detail
    assert "subclass eventflow.base.BaseStep" in str(error)
    assert error.problems[0].command == "eventflow plugins doctor acme-things"


def test_what_a_module_prints_goes_to_stderr(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    """Stdout belongs to the command's result."""
    code = "print('hello from acme')\nfrom eventflow.base import BaseStep as Thing"
    site.install("acme-things", code)
    host = PluginHost()
    host.load(host.find("step", "thing"))
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "hello from acme" in captured.err


def test_states_follow_the_component(site: Site) -> None:
    """States: compatible → contract-shaped when loaded → ready when built with its options."""
    site.install("acme-things")
    host = PluginHost()
    ref = host.find("step", "thing")

    def state() -> str:
        return next(p.state for p in host.plugins() if p.name == "acme-things")

    assert state() == "compatible"
    host.load(ref)
    assert state() == "contract-shaped"
    with pytest.raises(ValidationError):
        host.build(ref, {"colour": "red"})
    assert state() == "contract-shaped"
    assert type(host.build(ref, {})).__name__ == "Thing"
    assert state() == "ready"


def test_a_component_that_cannot_be_built(site: Site) -> None:
    """EF122 when the options were right and the constructor failed all the same."""
    code = """
        from eventflow.base import BaseStep

        class Thing(BaseStep):
            def __init__(self, **options):
                super().__init__(**options)
                raise OSError("no socket")
    """
    site.install("acme-things", code)
    host = PluginHost()
    with pytest.raises(BuildError, match="no socket"):
        host.build(host.find("step", "thing"), {})
    info = next(p for p in host.plugins() if p.name == "acme-things")
    assert (info.state, info.stage) == ("quarantined", "configure")


HOSTILE = {
    "acme-raises": "raise RuntimeError('x')",
    "acme-exits": "raise SystemExit(2)",
    "acme-number": "Thing = 3",
    "acme-empty": "",
    "acme-syntax": "def (",
    "acme-prints": "print('noise')\nraise ImportError",
}


def test_unrelated_work_goes_on_beside_hostile_plugins(site: Site) -> None:
    """With every bad plugin installed, listing imports none, and others load and build."""
    for name, code in HOSTILE.items():
        module = name.replace("-", "_")
        site.install(name, code, entry_points={"eventflow.steps": {name: f"{module}:Thing"}})
    site.install("acme-future", requires=("eventflow-core>=9",))
    site.install("acme-one")
    site.install("acme-two")
    hook = {"eventflow.hooks": {"acme": "acme_hook:Thing"}}
    site.install("acme-hook", "raise RuntimeError", entry_points=hook)
    host = PluginHost()
    assert len(host.plugins()) >= len(HOSTILE) + 5
    assert site.modules() == set()
    assert type(host.build(host.find("transport", "memory"), {})).__name__ == "InMemoryTransport"
    assert host.tell("run_started", None) == []
    for name in HOSTILE:
        with pytest.raises(EventflowError) as error:
            host.load(host.find("step", name))
        assert error.value.exit_code == ExitCode.PLUGIN
    aside = {p.name for p in host.plugins() if p.state == "quarantined"}
    assert aside == {*HOSTILE, "acme-future", "acme-hook"}
    assert "acme_future" not in sys.modules


def test_options_are_read_from_the_config() -> None:
    """Names, types, defaults and descriptions, from fields and from the docstring."""

    class Config(ComponentConfig):
        """Options.

        Attributes:
            columns: Old name to
                new name.
            size: How many.
        """

        columns: dict[str, str]
        size: int | None = None
        words: tuple[str, ...] = ("a",)
        renamed: dict[str, str] = Field(default_factory=dict)

    class Step(BaseStep):
        pass

    Step.Config = Config
    columns, size, words, renamed = options_of(Step.Config)
    assert (columns.required, columns.type) == (True, "map to string")
    assert columns.description == "Old name to new name."
    assert (size.type, size.default, size.description) == ("integer or null", "null", "How many.")
    assert (words.type, words.default) == ("list of string", '["a"]')
    assert (renamed.required, renamed.default) == (False, "{}")
