"""Check what no linter checks: sizes, reasons for exceptions, and words that may not be kept.

Prints one line per violation, ``file:line: rule``, and fails when there is one.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ROOT = Path(__file__).parent.parent
MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 50
TEXT = {".py", ".md", ".toml", ".yaml", ".yml", ".html", ".css", ".js", ".json", ".txt", ".cfg", ""}

ADDRESS = re.compile(r"(?:files\.pythonhosted|pypi)\.(?:org|io)|registry\.npmjs\.|deb\.debian\.")
MACHINE = re.compile(r"(?<![\w./:~-])/(?:work|root|home|tmp|Users|opt)/\w")
CODE = re.compile(r'^    code = "(EF\d+)"', re.MULTILINE)
BARE_NOQA = re.compile(r"#\s*noqa(?::\s*[A-Z]+\d+(?:[,\s]+[A-Z]+\d+)*)?\s*$")
BARE_IGNORE = re.compile(r"#\s*type:\s*ignore(?:\[[\w, -]+\])?\s*$")


def check(path: Path, text: str) -> Iterator[str]:
    """Yield each violation in one file.

    Args:
        path: Where it is, relative to the repository.
        text: What is in it.
    """
    for number, line in enumerate(text.splitlines(), 1):
        for rule in _line_rules(path, line):
            yield f"{path}:{number}: {rule}"
    if path.suffix == ".py":
        yield from _sizes(path, text)


def _line_rules(path: Path, line: str) -> Iterator[str]:
    if ADDRESS.search(line):
        yield "names a package registry's host"
    if MACHINE.search(line):
        yield "names a path of one machine"
    if path.suffix == ".py":
        if BARE_NOQA.search(line):
            yield "noqa without a code and a reason"
        if BARE_IGNORE.search(line):
            yield "type: ignore without a code and a reason"


def _sizes(path: Path, text: str) -> Iterator[str]:
    lines = text.count("\n")
    if lines > MAX_FILE_LINES:
        yield f"{path}:1: {lines} lines, at most {MAX_FILE_LINES}: give it one subject"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > MAX_FUNCTION_LINES:
                yield (
                    f"{path}:{node.lineno}: {node.name} has {length} lines, "
                    f"at most {MAX_FUNCTION_LINES}"
                )


def kept_files(root: Path) -> list[Path]:
    """Return the text files that git keeps or would keep, relative to the root."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)  # noqa: S603 - no shell, fixed words
    paths = (Path(name) for name in listed.stdout.split("\0") if name)
    return sorted(p for p in paths if p.suffix in TEXT and (root / p).is_file())


def shared_codes(texts: Mapping[Path, str]) -> Iterator[str]:
    """Yield each error code that more than one class of the sources takes for itself."""
    homes: dict[str, list[Path]] = {}
    for path, text in texts.items():
        if path.suffix == ".py" and "src" in path.parts:
            for code in CODE.findall(text):
                homes.setdefault(code, []).append(path)
    for code, paths in sorted(homes.items()):
        if len(paths) > 1:
            yield f"{paths[1]}:1: {code} is taken by {paths[0]}"


def violations(root: Path) -> list[str]:
    """Return every violation in the repository."""
    texts = {
        path: (root / path).read_text(encoding="utf-8", errors="replace")
        for path in kept_files(root)
    }
    found = [line for path, text in texts.items() for line in check(path, text)]
    return [*found, *shared_codes(texts)]


if __name__ == "__main__":
    found = violations(ROOT)
    print(*found, sep="\n")
    sys.exit(1 if found else 0)
