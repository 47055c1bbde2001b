"""`eventflow plugins update` brings in a changed template and keeps the author's changes."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING
from zipfile import ZipFile

import pytest

from eventflow.scaffold import versions
from eventflow.scaffold.errors import OldTemplateError
from eventflow.scaffold.update import update_project

if TYPE_CHECKING:
    from plugin_author import Author

MARK = "# what a newer template says\n"


@pytest.fixture
def project(author: Author, made: Path) -> Path:
    """Return a project, put into git."""
    shutil.copytree(made, author.folder.parent, dirs_exist_ok=True)
    author.commit()
    return author.folder / "eventflow-acme"


@pytest.fixture
def newer(author: Author, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the template of a later Eventflow, which this process now is."""
    template = tmp_path / "newer"
    shutil.copytree(versions.PACKAGED, template)
    tox = template / "project" / "tox.toml.jinja"
    tox.write_text(MARK + tox.read_text())
    monkeypatch.setenv("HOME", str(author.home))
    monkeypatch.setattr(versions, "PACKAGED", template)
    monkeypatch.setattr(versions, "core_version", lambda: "0.2.0")
    return template


@pytest.mark.usefixtures("newer")
def test_both_sides_are_kept(author: Author, project: Path) -> None:
    """The template's line comes in, the author's own lines stay, and nothing is committed."""
    tox, source = project / "tox.toml", project / "src" / "eventflow_acme" / "__init__.py"
    tox.write_text(tox.read_text() + "\n[env.mine]\n")
    source.write_text(source.read_text() + "\nMINE = 1\n")
    author.commit()
    done = update_project(project)
    assert (done.before, done.after, done.conflicts) == ("v0.1.0", "v0.2.0", ())
    assert set(done.changed) == {"tox.toml", ".copier-answers.yml"}
    assert tox.read_text().startswith(MARK)
    assert tox.read_text().endswith("\n[env.mine]\n")
    assert source.read_text().endswith("\nMINE = 1\n")
    assert "_commit: v0.2.0" in (project / ".copier-answers.yml").read_text()
    assert author.git("log", "--oneline").count("\n") == 2


@pytest.mark.usefixtures("newer")
def test_where_both_changed_a_line_the_author_decides(author: Author, project: Path) -> None:
    """The file is named as a conflict, and holds both versions between markers."""
    tox = project / "tox.toml"
    tox.write_text("# mine\n" + tox.read_text())
    author.commit()
    done = update_project(project)
    assert done.conflicts == ("tox.toml",)
    assert "# mine\n" in tox.read_text()
    assert MARK in tox.read_text()
    assert "<<<<<<<" in tox.read_text()


def test_the_same_version_changes_nothing(author: Author, project: Path) -> None:
    """It says so."""
    ended = author.plugins("update", str(project))
    assert ended.code == 0
    assert "up to date (v0.1.0)" in ended.stdout
    assert author.git("status", "--porcelain") == ""


@pytest.mark.usefixtures("newer")
def test_on_another_machine_the_old_wheel_is_named(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A home that never saw the old template takes it from the wheel that shipped it."""
    monkeypatch.setenv("HOME", str(tmp_path / "another"))
    monkeypatch.setattr(versions, "uv_is_there", lambda: False)
    with pytest.raises(OldTemplateError) as caught:
        update_project(project)
    assert (
        caught.value.problems[0].command == "python -m pip download --no-deps eventflow-core==0.1.0"
    )
    wheel = tmp_path / "eventflow_core-0.1.0-py3-none-any.whl"
    old = Path(versions.__file__).parent / "template"
    with ZipFile(wheel, "w") as archive:
        for path in old.rglob("*"):
            archive.write(path, Path("eventflow/scaffold/template") / path.relative_to(old))
    done = update_project(project, shipped=wheel)
    assert "tox.toml" in done.changed
    assert (project / "tox.toml").read_text().startswith(MARK)


@pytest.mark.usefixtures("newer")
def test_a_template_that_changes_within_a_version_gets_its_own_tag(newer: Path) -> None:
    """As it does while it is worked on; one that is known keeps its tag."""
    assert versions.current() == "v0.2.0"
    assert versions.current() == "v0.2.0"
    (newer / "project" / "README.md.jinja").write_text("other\n")
    assert versions.current() == "v0.2.0.post1"
    assert versions.current() == "v0.2.0.post1"


def test_what_cannot_be_updated_is_said(author: Author, project: Path) -> None:
    """EF157: changes that are not committed, and a folder that is no project."""
    (project / "README.md").write_text("changed\n")
    dirty = author.plugins("update", str(project))
    (author.folder / "empty").mkdir()
    other = author.plugins("update", "empty")
    assert [dirty.stderr.split()[0], other.stderr.split()[0]] == ["EF157", "EF157"]
    assert "not committed" in dirty.stderr
    assert "-> git add --all && git commit --message" in dirty.stderr
    assert (dirty.code, other.code) == (2, 2)


def test_a_project_that_is_no_repository_is_told_how_to_become_one(
    author: Author, made: Path
) -> None:
    """EF157: the command that mends it runs, and then the update does."""
    shutil.copytree(made, author.folder.parent, dirs_exist_ok=True)
    project = author.folder / "eventflow-acme"
    refused = author.plugins("update", str(project))
    assert refused.stderr.split()[0] == "EF157"
    assert "not kept in git" in refused.stderr
    [command] = re.findall(r"-> (git init && .*)", refused.stderr)
    who = {f"GIT_{role}_{part}": "ann@example.org"
           for role in ("AUTHOR", "COMMITTER") for part in ("NAME", "EMAIL")}  # fmt: skip
    subprocess.run(command, shell=True, cwd=project, env={**os.environ, **who}, check=True)  # noqa: S602 - what a user is told to run
    assert author.plugins("update", str(project)).code == 0
