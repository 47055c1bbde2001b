from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import click
import pytest

from eventflow.cli import main as module
from eventflow.cli.main import COMMANDS, main
from eventflow.errors import EventflowError, ExitCode

if TYPE_CHECKING:
    from conftest import Site

Captured = pytest.CaptureFixture[str]


def end(*arguments: str) -> int:
    """Run the command line and return its exit code."""
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    return int(ended.value.code or 0)


class BoomError(EventflowError):
    """An error of ours."""

    code = "EF999"
    exit_code = ExitCode.GATE


@pytest.fixture
def raising(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Add a command ``boom`` that raises what it is given."""

    def install(error: BaseException) -> None:
        from eventflow.cli.options import (  # noqa: PLC0415 - beside its use
            debug_option,
            json_option,
        )

        @click.command()
        @json_option
        @debug_option
        def boom(*, as_json: bool) -> None:
            del as_json
            raise error

        original = module.LazyGroup.get_command
        monkeypatch.setattr(
            module.LazyGroup,
            "get_command",
            lambda self, ctx, name: boom if name == "boom" else original(self, ctx, name),
        )

    return install


def test_our_errors_are_lines_and_an_exit_code(raising: Any, capsys: Captured) -> None:
    """Lines on stderr, nothing on stdout, no traceback, the error's own exit code."""
    raising(BoomError.of("it broke", fix="mend it"))
    assert end("boom") == ExitCode.GATE
    out, err = capsys.readouterr()
    assert out == ""
    assert err == "EF999  it broke\n   fix: mend it\n"


def test_our_errors_as_json(raising: Any, capsys: Captured) -> None:
    """With --json the problems are one document on stdout too."""
    raising(BoomError.of("it broke"))
    assert end("boom", "--json") == ExitCode.GATE
    document = json.loads(capsys.readouterr().out)
    assert document["schema"] == "eventflow.error/1"
    assert document["problems"][0]["code"] == "EF999"


@pytest.mark.parametrize("arguments", [("boom", "--debug"), ("--debug", "boom")])
def test_debug_shows_the_traceback(
    raising: Any, capsys: Captured, arguments: tuple[str, ...]
) -> None:
    """--debug may stand before or after the command."""
    raising(ValueError("surprise"))
    assert end(*arguments) == ExitCode.FAILED
    assert "Traceback" in capsys.readouterr().err


def test_what_nobody_expected_is_one_message(raising: Any, capsys: Captured) -> None:
    """EF500 with a hint at --debug instead of a traceback."""
    raising(ValueError("surprise"))
    assert end("boom") == ExitCode.FAILED
    err = capsys.readouterr().err
    assert err.startswith("EF500  unexpected ValueError: surprise")
    assert "--debug" in err
    assert "Traceback" not in err


@pytest.mark.parametrize("error", [KeyboardInterrupt(), click.Abort()])
def test_an_interrupt_ends_with_130(raising: Any, error: BaseException) -> None:
    """The exit code shells give to SIGINT."""
    raising(error)
    assert end("boom") == ExitCode.INTERRUPTED


def test_usage_errors_end_with_2_and_name_the_nearest(capsys: Captured) -> None:
    """An unknown command or option is a usage error."""
    assert end("plugns") == ExitCode.USAGE
    assert "Did you mean 'plugins'?" in capsys.readouterr().err
    assert end("plugins", "list", "--jsn") == ExitCode.USAGE


def test_help_lists_every_command_from_the_table(capsys: Captured) -> None:
    """--help names them in the order of the table, with their line."""
    assert end("--help") == ExitCode.DONE
    out = capsys.readouterr().out
    positions = [out.index(f"\n  {name} ") for name in COMMANDS]
    assert positions == sorted(positions)
    assert all(entry.help in out for entry in COMMANDS.values())


@pytest.mark.parametrize("name", ["plugins", "hooks", "completion"])
def test_table_matches_the_commands(name: str) -> None:
    """A command's line in the table is the one it gives itself."""
    from importlib import import_module  # noqa: PLC0415 - beside its use

    command = import_module(COMMANDS[name].module).command
    assert command.name == name
    assert command.get_short_help_str(limit=80) == COMMANDS[name].help


COMMAND = """
import click

@click.command()
def greet():
    click.echo("hello")
"""


def test_plugins_may_add_commands(site: Site, capsys: Captured) -> None:
    """A command of a plugin is listed from metadata and imported to run it."""
    entry_points = {"eventflow.commands": {"greet": "acme_greet:greet", "run": "acme_greet:greet"}}
    site.install("acme-greet", COMMAND, entry_points=entry_points, summary="Greets people")
    assert end("--help") == ExitCode.DONE
    assert "greet" in capsys.readouterr().out
    assert site.modules() == set()
    assert end("greet") == ExitCode.DONE
    assert capsys.readouterr().out == "hello\n"


def test_a_broken_command_of_a_plugin_breaks_only_itself(site: Site, capsys: Captured) -> None:
    """EF120, exit code 4; built-in commands and --help work."""
    site.install(
        "acme-greet", "1/0", entry_points={"eventflow.commands": {"greet": "acme_greet:greet"}}
    )
    assert end("--help") == ExitCode.DONE
    assert end("greet") == ExitCode.PLUGIN
    assert "EF120" in capsys.readouterr().err


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "ascii"])
def test_legacy_encodings_behave(encoding: str) -> None:
    """Glyphs that an encoding lacks have ASCII twins, and nothing raises."""
    done = subprocess.run(
        [sys.executable, "-c", "from eventflow.cli.main import main; main(['plugins', 'list'])"],
        capture_output=True,
        check=True,
        env={"PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"},
    )
    text = done.stdout.decode(encoding)
    assert ("\n  · " in text.replace("\r", "")) == (encoding == "utf-8")
    assert ("\n  - " in text.replace("\r", "")) == (encoding != "utf-8")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts(shell: str, capsys: Captured) -> None:
    """The script of each shell calls eventflow back."""
    assert end("completion", shell) == ExitCode.DONE
    assert f"_EVENTFLOW_COMPLETE={shell}_complete" in capsys.readouterr().out


def test_completing_a_command_imports_none() -> None:
    """Completion answers from the table."""
    code = (
        "import sys\nfrom eventflow.cli.main import main\ntry:\n    main([])\n"
        "except SystemExit:\n    pass\nprint([m for m in sys.modules if 'eventflow.cli.' in m])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={
            "_EVENTFLOW_COMPLETE": "bash_complete",
            "COMP_WORDS": "eventflow pl",
            "COMP_CWORD": "1",
        },
    )
    assert "plain,plugins" in done.stdout
    assert "eventflow.cli.plugins" not in done.stdout


@pytest.mark.parametrize(
    "arguments",
    [("run", "--json"), ("check", "p.yaml", "--json", "--nope"), ("schema", "--json"),
     ("runs", "gc", "--json"), ("rnu", "--json")],
    ids=" ".join,
)  # fmt: skip
def test_a_usage_error_is_json_where_json_was_asked_for(
    arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    """Also by a command that has no --json: whoever reads JSON gets a document, EF209."""
    assert end(*arguments) == ExitCode.USAGE
    told = capsys.readouterr()
    document = json.loads(told.out)
    assert document["schema"] == "eventflow.error/1"
    [problem] = document["problems"]
    assert problem["code"] == "EF209"
    assert problem["message"]
    assert problem["command"].endswith("--help")
    assert "Usage:" in told.err
