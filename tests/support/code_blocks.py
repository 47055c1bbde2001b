"""Run the code blocks of a Markdown document, in order, in one folder and one namespace.

The conventions, so that what a reader copies is what is tested:

- a ``python`` block is executed;
- a block with a ``:caption:`` is a file of that name;
- a ``console`` block is a session: lines that begin with ``$`` are run, and every other line must
  be found in what they print, ``…`` standing for anything. A command that is meant to fail ends in
  ``# exit N``;
- of a ``console`` block with ``:class: terminal``, each command is run in a terminal of 80 columns.

Blocks in any other language, and sessions without a prompt, are shown only.
"""

from __future__ import annotations

import importlib
import os
import re
import shlex
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import field, frozen
from markdown_it import MarkdownIt

from command_line import CommandLine

if TYPE_CHECKING:
    from collections.abc import Callable

DIRECTIVE = re.compile(r"\{code-block\}\s*(\w+)")
OPTION = re.compile(r"^:(\w+):\s*(.*)$")
EXIT = re.compile(r"\s+# exit (\d+)$")


@frozen
class Block:
    """One fenced block.

    Attributes:
        line: Line of its fence, from 1.
        language: Language it states.
        text: What is in it, options left out.
        options: Options of a directive, for example its caption.
    """

    line: int
    language: str
    text: str
    options: dict[str, str] = field(factory=dict)


def blocks(markdown: str) -> list[Block]:
    """Return the fenced blocks of a document, in order."""
    fences = [t for t in MarkdownIt().parse(markdown) if t.type == "fence" and t.map]
    return [_block(t.map[0] + 1, t.info.strip(), t.content) for t in fences if t.map]


def _block(line: int, info: str, content: str) -> Block:
    directive = DIRECTIVE.match(info)
    if directive is None:
        return Block(line, info, content)
    lines = content.splitlines(keepends=True)
    options = {}
    while lines and (option := OPTION.match(lines[0].rstrip())):
        options[option[1]] = option[2]
        lines.pop(0)
    return Block(line, directive[1], "".join(lines).lstrip("\n"), options)


def links(markdown: str) -> list[str]:
    """Return where a document links to, addresses of other sites left out."""
    inline = (child for token in MarkdownIt().parse(markdown) for child in token.children or [])
    targets = [str(token.attrs["href"]) for token in inline if token.type == "link_open"]
    return [target for target in targets if not re.match(r"[a-z]+:", target)]


def run(document: Path, folder: Path) -> int:
    """Run a document's blocks in a folder and return how many there were.

    Raises:
        AssertionError: A command printed or returned something else than the document shows.
    """
    namespace: dict[str, Any] = {"__name__": "__main__"}
    ran = 0
    for block in blocks(document.read_text(encoding="utf-8")):
        place = f"{document.name}:{block.line}"
        if caption := block.options.get("caption"):
            target = folder / caption
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(block.text, encoding="utf-8")
            importlib.invalidate_caches()  # a folder that was looked into a moment ago
        elif block.language == "python":
            exec(compile(block.text, place, "exec", dont_inherit=True), namespace)  # noqa: S102 - our own documents
        elif block.language == "console":
            shown = _terminal if block.options.get("class") == "terminal" else _command
            _session(block.text, place, partial(shown, folder, place))
        else:
            continue
        ran += 1
    return ran


def _session(text: str, place: str, run_line: Callable[[str], str]) -> None:
    printed = None
    for line in text.splitlines():
        if line.startswith("$ "):
            printed = run_line(line[2:])
        elif line.strip() and printed is not None:
            pattern = ".*".join(re.escape(part.strip()) for part in _words(line).split("…"))
            assert re.search(pattern, _words(printed)), f"{place}: {line!r} is not in:\n{printed}"


def _words(text: str) -> str:
    """Return text with single blanks: how wide columns are depends on how long a run takes."""
    return re.sub(" +", " ", text)


def _terminal(folder: Path, place: str, line: str) -> str:
    """Run a command of ``eventflow`` in a terminal, and return what is left standing there."""
    ended = CommandLine(folder).in_a_terminal(*shlex.split(line)[1:], NO_COLOR="1")
    assert ended.code == 0, f"{place}: {line} ended with {ended.code}\n{ended.stdout}"
    return ended.stdout


def _command(folder: Path, place: str, line: str) -> str:
    """Run a shell line with this environment's programs first, and return all it printed."""
    expected = int(found[1]) if (found := EXIT.search(line)) else 0
    env = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONIOENCODING": "utf-8",
        "COLUMNS": "100",
    }
    ended = subprocess.run(  # noqa: S602 - a shell line of our own documents
        EXIT.sub("", line),
        shell=True,
        cwd=folder,
        env=env,
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=300,
    )
    printed = ended.stdout + ended.stderr
    assert ended.returncode == expected, f"{place}: {line} ended with {ended.returncode}\n{printed}"
    return printed
