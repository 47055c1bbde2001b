"""Someone who writes a plugin, with a home of their own."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from attrs import frozen

from command_line import CommandLine, Ended

if TYPE_CHECKING:
    from pathlib import Path


@frozen
class Author:
    """Someone who writes a plugin.

    Attributes:
        folder: Where they work.
        home: Their home folder.
    """

    folder: Path
    home: Path

    def plugins(self, *arguments: str, **environment: str) -> Ended:
        """Run ``eventflow plugins …``; a repository around the folder is none of theirs."""
        own = {"HOME": str(self.home), "GIT_CEILING_DIRECTORIES": str(self.folder)}
        command = CommandLine(self.folder, own)
        return command("plugins", *arguments, **environment)

    def git(self, *arguments: str, project: str = "eventflow-acme") -> str:
        """Run git in a project."""
        who = ("-c", "user.name=Ann", "-c", "user.email=ann@example.org")
        command = ["git", *who, *arguments]
        folder = self.folder / project
        ended = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
        return ended.stdout

    def commit(self) -> None:
        """Put everything into git."""
        self.git("init", "--quiet")
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", "all")
