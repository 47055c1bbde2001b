"""Files that are no pipelines: each is told in a few coded lines, at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from command_line import CommandLine

_BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{name}: &{name} [{','.join([f'*{last}'] * 9)}]\n"
    for last, name in zip("abcdefgh", "bcdefghi", strict=True)
)
GARBAGE = {
    "no text": (bytes(range(128, 256)) * 20, "EF210"),
    "NUL bytes": (b"\0" * 50, "EF211"),
    "empty": (b"", "EF215"),
    "one line of 5 MB": (b"name: " + b"x" * 5_000_000, "EF210"),
    "brackets of 2 MB": (b"[" * 2_000_000, "EF214"),
    "nested blocks": ("".join(" " * n + "a:\n" for n in range(1500)).encode(), "EF214"),
    "an anchor bomb": (_BOMB.encode(), "EF214"),
    "a list that holds itself": (b"name: &a [*a]\n", "EF214"),
    "code": (b"name: !!python/object/apply:os.system ['true']\n", "EF214"),
    "two documents": (b"source: {use: earthquakes}\n---\nname: b\n", "EF214"),
    "another encoding": ("name: café\n".encode("latin-1"), "EF210"),
    "a number of 6,000 digits": (
        b"source: {use: earthquakes}\nseed: " + b"9" * 6000 + b"\n",
        "EF2",
    ),
}


@pytest.mark.parametrize(("data", "code"), GARBAGE.values(), ids=GARBAGE)
def test_garbage_is_told_in_a_few_lines(eventflow: CommandLine, data: bytes, code: str) -> None:
    """Exit code 2, at most twelve short lines a problem, and nothing is made."""
    (eventflow.folder / "pipeline.yaml").write_bytes(data)
    ended = eventflow("check", "pipeline.yaml")
    assert ended.code == 2, ended.stderr[:2000]
    assert code in ended.stderr
    for problem in ended.stderr.split("\n\n"):
        assert len(problem.splitlines()) <= 12
    assert max(map(len, ended.stderr.splitlines())) <= 400
    assert ended.stderr.replace("\n", "").isprintable()
    assert not (eventflow.folder / ".eventflow").exists()


@pytest.mark.parametrize("command", ["check", "run", "explain"])
def test_what_is_no_file_is_no_pipeline(eventflow: CommandLine, command: str) -> None:
    """A folder, an endless device, and a name that is not there, with the nearest that is."""
    (eventflow.folder / "folder.yaml").mkdir()
    (eventflow.folder / "endless.yaml").symlink_to("/dev/zero")
    eventflow.write("churn.yaml", "source: {use: earthquakes}\n")
    for name, said in (("folder.yaml", "directory"), ("endless.yaml", ""), ("chrun.yaml", "churn")):
        ended = eventflow(command, name)
        assert ended.code == 2, ended.stderr
        assert "EF210" in ended.stderr
        assert said in ended.stderr
