"""`eventflow plugins new` makes a complete project, or says why not."""

from __future__ import annotations

import ast
import os
import tomllib
from typing import TYPE_CHECKING

import pytest
import yaml

from eventflow.scaffold.names import TEMPLATES

if TYPE_CHECKING:
    from pathlib import Path

    from plugin_author import Author

ALWAYS = {
    ".copier-answers.yml", ".github/workflows/ci.yml", ".gitignore", "CHANGELOG.md", "LICENSE",
    "README.md", "docs/acme.md", "pyproject.toml", "tests/test_acme.py", "tests/test_contract.py",
    "tox.toml",
}  # fmt: skip


@pytest.mark.parametrize("kind", TEMPLATES)
def test_a_project_is_complete_and_every_file_can_be_read(author: Author, kind: str) -> None:
    """Every file parses, none has the template's language, and the entry point names the code."""
    made = author.plugins("new", kind.replace("_", "-"), "acme", "--json").document
    project = author.folder / made["folder"]
    assert set(made["files"]) >= ALWAYS
    assert len(made["next"]) == 3
    for name in made["files"]:
        text = (project / name).read_text(encoding="utf-8")
        assert "{%" not in text, name
        assert "{{ " not in text.replace("${{ ", ""), name
        if name.endswith(".py"):
            assert ast.get_docstring(ast.parse(text)), name
        elif name.endswith(".toml"):
            assert tomllib.loads(text), name
        elif name.endswith((".yaml", ".yml")):
            assert yaml.safe_load(text), name
    _check_entry_point(project, kind)


def _check_entry_point(project: Path, kind: str) -> None:
    """Group, name and target fit the source: a class, or for a recipe a YAML file and no Python."""
    groups = tomllib.loads((project / "pyproject.toml").read_text())["project"]["entry-points"]
    group = {"aggregate": "step", "recipe": "blueprint"}.get(kind, kind)
    [(name, target)] = groups.pop(f"eventflow.{group}s").items()
    module, _, attribute = target.partition(":")
    package = project / "src" / module
    assert name == "acme"
    if kind == "recipe":
        [(_, steps)] = groups.pop("eventflow.steps").items()
        files = {f"{attribute}.yaml", f"{steps.partition(':')[2]}.yaml"}
        assert {path.name for path in package.iterdir()} == files
        return
    source = ast.parse((package / "__init__.py").read_text())
    assert attribute in {node.name for node in source.body if isinstance(node, ast.ClassDef)}
    assert (package / "py.typed").is_file()


def test_an_aggregate_is_a_step(author: Author) -> None:
    """Of the kind step, in name and metadata; its example folds the events of the project."""
    made = author.plugins("new", "aggregate", "acme", "--json").document
    assert made["kind"] == "step"
    project = author.folder / made["folder"]
    groups = tomllib.loads((project / "pyproject.toml").read_text())["project"]["entry-points"]
    assert groups == {"eventflow.steps": {"acme": "eventflow_acme:AcmeStep"}}
    [step] = yaml.safe_load((project / "example.yaml").read_text())["steps"]
    columns = (project / "events.csv").read_text().partition("\n")[0].split(",")
    assert {*step["by"], step["value"], step["time"]} <= set(columns)


def test_author_and_licence_are_as_asked(author: Author) -> None:
    """Also a name with quotes, which has to survive in TOML."""
    name = 'Ann O\'Neil "the author"'
    author.plugins("new", "step", "acme", "--author", name, "--license", "BSD-3-Clause")
    project = author.folder / "eventflow-acme"
    read = tomllib.loads((project / "pyproject.toml").read_text())["project"]
    assert read["authors"] == [{"name": name}]
    assert read["license"] == "BSD-3-Clause"
    licence = (project / "LICENSE").read_text()
    assert "BSD 3-Clause License" in licence
    assert name in licence


def test_nothing_is_fetched_and_three_commands_are_said(author: Author) -> None:
    """Where no address can be reached a project is made: install, test, run the example."""
    nowhere = "http://127.0.0.1:9"
    proxies = dict.fromkeys(("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"), nowhere)
    ended = author.plugins("new", "step", "acme", **proxies)
    assert ended.code == 0
    assert ended.stdout.splitlines()[-3:] == [
        "  cd eventflow-acme && uv pip install --group dev -e .",
        "  pytest",
        "  eventflow run example.yaml",
    ]


def test_a_blueprint_in_yaml_is_a_recipe(author: Author) -> None:
    """`blueprint --yaml` makes what `recipe` makes."""
    made = author.plugins("new", "blueprint", "acme", "--yaml", "--json").document
    assert "src/eventflow_acme/acme.yaml" in made["files"]


@pytest.mark.parametrize(
    ("name", "code", "said"),
    [
        ("my plugin!", "EF151", 'call it "my-plugin"'),
        ("123", "EF151", 'call it "my-123"'),
        ("class", "EF151", "Python keyword"),
        ("x" * 41, "EF151", "more than 40"),
        ("privacy", "EF152", "eventflow-privacy is an official plugin"),
        ("filter", "EF152", "eventflow-features"),
    ],
)
def test_a_name_that_cannot_be_is_refused(author: Author, name: str, code: str, said: str) -> None:
    """With the reason and a name that would do; nothing is made."""
    ended = author.plugins("new", "step", name)
    assert ended.code == 2
    assert code in ended.stderr
    assert said in ended.stderr
    assert list(author.folder.iterdir()) == []


def test_a_folder_that_holds_something_is_left_alone(author: Author) -> None:
    """EF153; --into goes elsewhere."""
    (author.folder / "eventflow-acme").mkdir()
    (author.folder / "eventflow-acme" / "mine.txt").write_text("mine")
    refused = author.plugins("new", "step", "acme")
    assert (refused.code, refused.stderr.split()[0]) == (2, "EF153")
    assert author.plugins("new", "step", "acme", "--into", "other").code == 0
    assert (author.folder / "other" / "eventflow-acme" / "pyproject.toml").is_file()
    assert [p.name for p in (author.folder / "eventflow-acme").iterdir()] == ["mine.txt"]


def test_yaml_is_for_blueprints(author: Author) -> None:
    """A step in YAML is a usage error."""
    ended = author.plugins("new", "step", "acme", "--yaml")
    assert ended.code == 2
    assert "--yaml is for blueprints" in ended.stderr


def test_without_git_it_says_so(author: Author) -> None:
    """EF155, before anything is made."""
    ended = author.plugins("new", "step", "acme", PATH=os.devnull)
    assert (ended.code, ended.stderr.split()[0]) == (2, "EF155")
    assert list(author.folder.iterdir()) == []


def test_without_copier_and_uv_it_says_what_to_install(
    author: Author, monkeypatch: pytest.MonkeyPatch
) -> None:
    """EF154, with the command."""
    from eventflow.scaffold import programs  # noqa: PLC0415 - only this test looks inside
    from eventflow.scaffold.errors import NoRendererError  # noqa: PLC0415 - as above

    monkeypatch.setattr(programs, "find_spec", lambda _: None)
    monkeypatch.setattr(programs, "uv_is_there", lambda: False)
    monkeypatch.chdir(author.folder)
    with pytest.raises(NoRendererError) as caught:
        programs.copier("--version")
    assert caught.value.problems[0].command == 'python -m pip install "eventflow-core[new]"'
