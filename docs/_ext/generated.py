"""Fill the marked places of a page while the site is built, so that reference cannot go stale.

``<!-- generate: NAME -->`` is replaced by what the page of that name renders, and
``<!-- run: eventflow … -->`` by a console block with what that command prints.
"""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import checks_page
import cli_page
import components_page
import config_page
import errors_page
import events_page
import hooks_page
import python_page
from eventflow import events, testing

if TYPE_CHECKING:
    from collections.abc import Callable

    from sphinx.application import Sphinx

PAGES: dict[str, Callable[[], str]] = {
    "checks": checks_page.render,
    "cli": cli_page.render,
    "components": components_page.render,
    "config": config_page.render,
    "errors": errors_page.render,
    "events": events_page.render,
    "event_model": partial(python_page.render, events),
    "hooks": hooks_page.render,
    "python": python_page.render,
    "testing": partial(python_page.render, testing),
}
EXAMPLES = Path(__file__).parents[1] / "examples"
GENERATE = re.compile(r"^<!-- generate: (\w+) -->$", re.MULTILINE)
RUN = re.compile(r"^<!-- run: (eventflow .+) -->$", re.MULTILINE)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.connect("source-read", fill)
    return {"parallel_read_safe": True}


def fill(app: Sphinx, page: str, source: list[str]) -> None:
    """Replace the marks of one page; Sphinx passes its text as a list of one."""
    del app, page
    text = GENERATE.sub(lambda mark: PAGES[mark[1]](), source[0])
    source[0] = RUN.sub(lambda mark: session(mark[1]), text)


def session(line: str) -> str:
    """Run a command in an empty folder beside the examples, and show the session.

    Raises:
        subprocess.CalledProcessError: The command failed; the site would show a lie.
    """
    program = str(Path(sys.executable).with_name("eventflow"))
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "docs").mkdir()
        (Path(folder) / "docs" / "examples").symlink_to(EXAMPLES)
        command = [program, *shlex.split(line)[1:]]
        ended = subprocess.run(  # noqa: S603 - a line of our own documents
            command,
            cwd=folder,
            check=True,
            encoding="utf-8",
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
    return f"```console\n$ {line}\n{ended.stdout.rstrip()}\n```"
