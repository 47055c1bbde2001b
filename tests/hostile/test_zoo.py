"""Everything bad that a plugin can be, all installed at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from bad_input import COPY, outputs, put
from command_line import CommandLine
from hostile_zoo import ZOO, install_zoo

if TYPE_CHECKING:
    from pathlib import Path

    from command_line import Ended

TOLD = [name for name, offender in ZOO.items() if offender.told]
OFFICIAL = ("eventflow-core", "eventflow-files", "eventflow-datasets")


@pytest.fixture(scope="module")
def zoo(tmp_path_factory: pytest.TempPathFactory) -> CommandLine:
    """The command, with all of them installed."""
    folder = tmp_path_factory.mktemp("zoo")
    install_zoo(folder / "site")
    return CommandLine(folder, {"PYTHONPATH": str(folder / "site")})


@pytest.fixture(scope="module")
def doctor(zoo: CommandLine) -> Ended:
    """What the doctor says of all of them, as JSON."""
    return zoo("plugins", "doctor", "--limit", "5", "--json")


@pytest.fixture(scope="module")
def diagnoses(doctor: Ended) -> dict[str, Any]:
    """Distribution → what the doctor says of it."""
    return {plugin["name"]: plugin for plugin in doctor.document["plugins"]}


@pytest.mark.parametrize("name", TOLD)
def test_the_doctor_tells_what_is_wrong_where_and_how_to_mend_it(
    zoo: CommandLine, diagnoses: dict[str, Any], name: str
) -> None:
    """Code, words, file and line, and a remedy, for each offender."""
    offender = ZOO[name]
    found = [p for p in diagnoses[f"acme-{name}"]["problems"] if p["code"] == offender.told]
    assert found, diagnoses[f"acme-{name}"]
    said = [" ".join([p["message"], *p["detail"], p["fix"] or ""]) for p in found]
    fitting = [p for p, text in zip(found, said, strict=True) if offender.says in text]
    assert fitting, said
    assert fitting[0]["fix"]
    if offender.line:
        place = fitting[0]["location"]
        assert place, fitting[0]
        assert place["file"].endswith(f"acme_{name}.py")
        assert place["line"] == offender.line


def test_the_doctor_ends_with_4_and_clears_who_is_innocent(
    doctor: Ended, diagnoses: dict[str, Any]
) -> None:
    """Official plugins are healthy, whatever is installed beside them, but for stolen names."""
    assert doctor.code == 4
    assert "Traceback" not in doctor.stderr
    for name in OFFICIAL:
        codes = {p["code"] for p in diagnoses[name]["problems"]}
        assert codes <= {"EF116"}, diagnoses[name]


def test_the_doctor_as_text(zoo: CommandLine) -> None:
    """The same for people: the row of the plugin, the place, the line of source, the fix."""
    ended = zoo("plugins", "doctor", "acme-raises", "acme-first")
    assert ended.code == 4
    assert "acme_raises.py:2:1  EF120" in ended.stdout
    assert "2 | raise RuntimeError('no luck')" in ended.stdout
    assert "1 with warnings, 1 broken" in ended.stdout.splitlines()[-1]
    assert zoo("plugins", "doctor", "acme-first").code == 0
    assert zoo("plugins", "doctor", "acme-first", "--strict").code == 4


def test_the_list_tells_all_and_imports_none(zoo: CommandLine) -> None:
    """Exit code 0, nothing printed by a plugin, every plugin named with what is known of it."""
    ended = zoo("plugins", "list")
    assert (ended.code, ended.stderr) == (0, "")
    assert "noise" not in ended.stdout
    listed = {p["name"]: p for p in zoo("plugins", "list", "--json").document["plugins"]}
    assert {f"acme-{name}" for name in ZOO} <= set(listed)
    expected = {
        "acme-outdated": "incompatible", "acme-garbled": "quarantined",
        "acme-mojibake": "quarantined", "acme-first": "clashing", "acme-thief": "clashing",
        "acme-dies": "installed", "eventflow-quality": "installed",
    }  # fmt: skip
    assert {name: listed[name]["status"] for name in expected} == expected


@pytest.mark.parametrize("name", ["dies", "segfaults", "closes", "interrupts", "louder", "threads"])
def test_showing_one_hurts_nobody(zoo: CommandLine, name: str) -> None:
    """A page or a coded problem; never the end of the command."""
    ended = zoo("plugins", "show", f"acme-{name}:{name}", "--json")
    (page,) = ended.document["components"]
    broken = ZOO[name].told in {"EF120", "EF123"}
    assert ended.code == (4 if broken else 0)
    assert (page["problem"] is not None) == broken
    assert "noise" not in ended.stdout


def test_times_of_the_slow_and_the_broken(zoo: CommandLine) -> None:
    """Seconds and slowest modules of what can be imported; the reason for what cannot."""
    names = ["acme-slow", "acme-heavy", "acme-raises", "eventflow-files"]
    ended = zoo("plugins", "time", *names, "--json")
    assert ended.code == 0
    found = {plugin["name"]: plugin for plugin in ended.document["plugins"]}
    assert next(iter(found)) == "acme-slow", "the costliest comes first"
    assert found["acme-slow"]["own_seconds"] >= 2
    assert found["acme-heavy"]["seconds"] - found["acme-heavy"]["own_seconds"] >= 0.6
    assert found["acme-heavy"]["modules"][0]["module"] == "acme_sdk"
    assert "no luck" in found["acme-raises"]["problem"]
    assert found["eventflow-files"]["problem"] is None


def test_freezing_leaves_out_what_cannot_be_installed(zoo: CommandLine) -> None:
    """As comments, so that the file is still good."""
    ended = zoo("plugins", "freeze")
    assert ended.code == 0
    lines = ended.stdout.splitlines()
    assert "acme-first==1.0" in lines
    assert any(line.startswith("# left out: acme-unversioned") for line in lines)
    assert any(line.startswith("# left out: acme-garbled") for line in lines)
    assert zoo("plugins", "freeze", "--json").document["requirements"]


def test_hooks_are_listed_without_importing_any(zoo: CommandLine) -> None:
    """Who implements what, in order, read from the source."""
    ended = zoo("hooks", "list", "--json")
    assert (ended.code, ended.stderr) == (0, "")
    hooks = {hook["name"]: hook["listeners"] for hook in ended.document["hooks"]}
    assert hooks["run_finished"] == ["acme-loud", "acme-path", "acme-wanders"]


def test_help_is_there(zoo: CommandLine) -> None:
    """Whatever is installed."""
    ended = zoo("--help")
    assert (ended.code, ended.stderr) == (0, "")


@pytest.fixture
def pipeline(zoo: CommandLine) -> str:
    """A pipeline that uses none of them, but for a source whose name one has stolen."""
    put(zoo, "a\n1\n")
    text = COPY.replace("use: csv\n  path: in", 'use: "eventflow-files:csv"\n  path: in')
    return zoo.write("pipeline.yaml", text)


def test_checking_an_unrelated_pipeline(zoo: CommandLine, pipeline: str) -> None:
    """Nothing is wrong with it."""
    ended = zoo("check", pipeline)
    assert (ended.code, ended.stderr) == (0, "")
    assert zoo("check", pipeline, "--json").document["schema"] == "eventflow.check/1"


def test_running_an_unrelated_pipeline(zoo: CommandLine, pipeline: str) -> None:
    """It succeeds in its own folder; listeners that fail are told, stdout stays clean."""
    ended = zoo("run", pipeline, "--json")
    assert ended.code == 0, ended.stderr
    assert ended.document["schema"] == "eventflow.run/1"
    assert "result.csv" in outputs(zoo)
    assert "acme-complains" in str(ended.document["warnings"])
    (log,) = (zoo.folder / ".eventflow").rglob("log.jsonl")
    logged = log.read_text(encoding="utf-8")
    for name in ("acme-misspelt", "acme-keyword", "acme-awaited", "acme-unusual"):
        assert f"{name}:{name.removeprefix('acme-')} was set aside" in logged
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("command", ["check", "run", "explain"])
@pytest.mark.parametrize(("name", "code"), [("leaves", "EF501"), ("quits", "EF122")])
def test_a_step_that_ends_the_program_is_no_success(
    zoo: CommandLine, command: str, name: str, code: str
) -> None:
    """Exit code 0 says that all is well: a component cannot say so. Its owner is named."""
    put(zoo, "a\n1\n")
    text = COPY.replace("use: csv\n  path: in", 'use: "eventflow-files:csv"\n  path: in')
    ended = zoo(command, zoo.write(f"{name}.yaml", f"{text}steps:\n  - use: {name}\n"))
    assert ended.code != 0
    assert f"{code}" in ended.stderr + ended.stdout
    assert f"acme-{name} 1.0" in ended.stderr + ended.stdout
    assert ZOO[name].says in ended.stderr + ended.stdout


def test_offenders_have_names_of_their_own(tmp_path: Path) -> None:
    """Each is installed: a folder of metadata for every one of the table."""
    install_zoo(tmp_path / "site")
    assert len(list((tmp_path / "site").glob("*.dist-info"))) == len(ZOO)
