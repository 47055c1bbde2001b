"""Put what the first command prints in a terminal into the README.

Run ``python tools/readme_output.py`` when the summary has changed; a test compares the two.
"""

from __future__ import annotations

import re
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests" / "support"))

from command_line import CommandLine  # noqa: E402 - found only after the line above

BLOCK = re.compile(r"(<!-- output: eventflow (.+?) -->\n```text\n).*?```", re.DOTALL)


def fill(text: str, folder: Path) -> str:
    """Return the text with each marked block replaced by what its command prints."""
    (folder / "docs").mkdir()
    (folder / "docs" / "examples").symlink_to(ROOT / "docs" / "examples")

    def shown(mark: re.Match[str]) -> str:
        ended = CommandLine(folder).in_a_terminal(*mark[2].split(), NO_COLOR="1")
        if ended.code:
            sys.exit(ended.stdout)
        return f"{mark[1]}{ended.stdout.strip()}\n```"

    return BLOCK.sub(shown, text)


if __name__ == "__main__":
    readme = ROOT / "README.md"
    with tempfile.TemporaryDirectory() as temporary:
        filled = fill(readme.read_text(encoding="utf-8"), Path(temporary))
    readme.write_text(filled, encoding="utf-8")
