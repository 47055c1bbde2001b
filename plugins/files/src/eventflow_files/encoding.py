"""Which encoding a text file is in, and turning it into UTF-8 as it is read.

Bytes that the encoding does not know become bytes that are not UTF-8, so that the row they stand
in is found and set aside like any other row that is not text.
"""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING, Any

from attrs import define, field

from eventflow_files.errors import EncodingMismatchError

if TYPE_CHECKING:
    from pathlib import Path

    from eventflow_files.compression import Stream

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SINGLE_BYTE = ("cp1252", "latin-1")
_C1 = bytes(range(0x80, 0xA0))
_MARK = "eventflow_files.mark"
_MARKED = "\udcff"
_UTF16_SHARE = 0.3


def _mark(error: UnicodeError) -> tuple[str, int]:
    if isinstance(error, UnicodeDecodeError):
        return _MARKED, error.end
    raise error


codecs.register_error(_MARK, _mark)


def detect(head: bytes) -> str:
    """Return the name of the encoding of a file that begins with these bytes.

    A byte order mark decides. Without one, text whose every other byte is zero is UTF-16, text
    with more multi-byte UTF-8 characters than invalid bytes is UTF-8 (the rows with invalid bytes
    are then bad), and the rest is decided between Latin-1 and CP1252 with charset-normalizer.
    """
    for mark, name in _BOMS:
        if head.startswith(mark):
            return name
    if wide := _utf16_without_mark(head):
        return wide
    return "utf-8" if _mostly_utf8(head) else _single_byte(head)


def choose(head: bytes, stated: str | None, path: Path) -> str:
    """Return the encoding to read a file in: the stated one if it can be, else the detected one.

    Raises:
        EncodingMismatchError: The stated encoding does not fit; the detected one is named.
    """
    detected = detect(head)
    if stated is None:
        return detected
    name = canonical(stated)
    marked = detected if head.startswith(tuple(m for m, _ in _BOMS)) else None
    if name == "utf-16":
        name = detected if detected.startswith("utf-16") else name
    fits = (_decodes(head, name) or (name == "utf-8" == detected)) and (
        marked is None or _agrees(name, marked)
    )
    mojibake = name in _SINGLE_BYTE and detected.startswith("utf-") and not head.isascii()
    if not fits or mojibake:
        raise EncodingMismatchError.at(path, stated, detected)
    return marked or name


def canonical(name: str) -> str:
    """Return the codec's own name for an encoding, for example ``latin-1`` for ``ISO-8859-1``.

    Raises:
        LookupError: Python knows no such encoding.
    """
    found = codecs.lookup(name).name
    return {"iso8859-1": "latin-1"}.get(found, found)


def is_utf8(name: str) -> bool:
    """Whether text in this encoding can be read without transcoding."""
    return name in {"utf-8", "utf-8-sig", "ascii"}


@define
class Transcoded:
    """A stream in any encoding, read as UTF-8 without its byte order mark."""

    raw: Stream
    encoding: str
    _decoder: Any = field(init=False)
    _rest: bytes = b""
    _begun: bool = False
    _ended: bool = False

    def __attrs_post_init__(self) -> None:
        """Prepare the decoder."""
        self._decoder = codecs.getincrementaldecoder(self.encoding)(errors=_MARK)

    def read(self, size: int, /) -> bytes:
        """Return up to about `size` bytes of UTF-8; none at the end."""
        out = b""
        while not out and not self._ended:
            data = self.raw.read(size)
            self._ended = not data
            text = self._decoder.decode(data, final=self._ended)
            if not self._begun and text:
                text, self._begun = text.removeprefix("\ufeff"), True
            out = text.encode("utf-8", errors="surrogateescape")
        return out

    def close(self) -> None:
        """Release the file."""
        self.raw.close()


def _agrees(name: str, marked: str) -> bool:
    return name == marked or marked.startswith(name)


def _mostly_utf8(head: bytes) -> bool:
    if _decodes(head, "utf-8"):
        return True
    invalid = sum("\udc80" <= c <= "\udcff" for c in head.decode("utf-8", "surrogateescape"))
    other = sum(c > "\x7f" for c in head.decode("utf-8", "ignore"))
    return other >= invalid


def _decodes(head: bytes, name: str) -> bool:
    try:
        codecs.getincrementaldecoder(name)().decode(head, final=False)
    except UnicodeError:
        return False
    return True


def _utf16_without_mark(head: bytes) -> str | None:
    sample = head[:4096]
    if not sample or b"\0" not in sample:
        return None
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    half = len(sample) / 2
    if odd > _UTF16_SHARE * half and even == 0:
        return "utf-16-le" if _decodes(head, "utf-16-le") else None
    if even > _UTF16_SHARE * half and odd == 0:
        return "utf-16-be" if _decodes(head, "utf-16-be") else None
    return None


def _single_byte(head: bytes) -> str:
    from charset_normalizer import from_bytes  # noqa: PLC0415 - delayed: few files need a guess

    guess = from_bytes(head[:65536], cp_isolation=["cp1252", "latin_1", "utf_8"]).best()
    if guess is not None and guess.encoding == "cp1252":
        return "cp1252"
    has_c1 = len(head) != len(head.translate(None, _C1))
    return "cp1252" if has_c1 and _decodes(head, "cp1252") else "latin-1"
