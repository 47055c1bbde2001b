"""Entries that a script has packed into one text, as MessagePack."""

from __future__ import annotations

from typing import Any

import msgspec

_TEXTS = msgspec.msgpack.Decoder(list[tuple[str, list[str]]])
_BYTES = msgspec.msgpack.Decoder(list[tuple[msgspec.Raw, list[msgspec.Raw]]])
_HEADS = {0xD9: 2, 0xDA: 3, 0xDB: 5}  # bytes before a text of up to 2**8, 2**16, 2**32; else one


def unpacked(packed: bytes) -> list[Any]:
    """Return position and fields of each entry: as text, or as bytes where some are no UTF-8."""
    try:
        return _TEXTS.decode(packed)
    except (msgspec.DecodeError, UnicodeDecodeError):
        entries = _BYTES.decode(packed)
        return [(_bytes(place), [_bytes(field) for field in fields]) for place, fields in entries]


def _bytes(text: msgspec.Raw) -> bytes:
    whole = bytes(text)
    return whole[_HEADS.get(whole[0], 1) :]
