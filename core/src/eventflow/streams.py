"""Standing in for stdout while code that is not ours runs: stdout belongs to a command's result."""

from __future__ import annotations

import io
import sys


class Diverted(io.TextIOBase):
    """Stands for sys.stdout: what is printed goes to stderr.

    It may be closed, as a plugin may do, without closing anything else.
    """

    @property
    def encoding(self) -> str:  # type: ignore[override] # TextIOBase has a plain attribute
        """The encoding of stderr."""
        return sys.stderr.encoding

    @property
    def buffer(self) -> io.BufferedIOBase:
        """Where bytes go: stderr too."""
        return sys.stderr.buffer  # type: ignore[return-value] # a BinaryIO, which is one

    def write(self, text: str) -> int:
        """Write to stderr."""
        return sys.stderr.write(text)

    def flush(self) -> None:
        """Flush stderr."""
        sys.stderr.flush()

    def writable(self) -> bool:
        """Say that it can be written to."""
        return True

    def isatty(self) -> bool:
        """Whether a person sees stderr at once."""
        return sys.stderr.isatty()

    def fileno(self) -> int:
        """The descriptor of stderr."""
        return sys.stderr.fileno()

    def close(self) -> None:
        """Stay open."""
