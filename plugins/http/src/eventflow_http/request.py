"""What is asked of a server, without secrets."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Self

import httpx2
import msgspec
from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping


@frozen
class Request:
    """One request.

    Attributes:
        method: ``GET`` or ``POST``.
        url: The address with its parameters, in the order of their names.
        body: What is posted, as JSON.
    """

    method: str
    url: str
    body: bytes | None = None

    @classmethod
    def of(
        cls,
        url: str,
        params: Mapping[str, Any] | None = None,
        *,
        method: str = "GET",
        body: Any = None,
        secret: Collection[str] = (),
    ) -> Self:
        """Put an address together.

        Args:
            url: The address; parameters it has stay.
            params: Further parameters; of a list each value, null is left out.
            method: ``GET`` or ``POST``.
            body: What is posted.
            secret: Parameters that are secrets; what servers repeat of them is taken out.
        """
        base = httpx2.URL(url)
        given = {k: v for k, v in (params or {}).items() if v is not None}
        merged = base.params.merge(given) if given else base.params
        kept = sorted((k, v) for k, v in merged.multi_items() if k not in secret)
        address = base.copy_with(params=kept or None, fragment=None)
        data = None if body is None else msgspec.json.encode(body, order="sorted")
        return cls(method, str(address), data)

    @property
    def key(self) -> str:
        """A short text that is the same for the same request."""
        asked = f"{self.method} {self.url}\n".encode() + (self.body or b"")
        return hashlib.blake2b(asked, digest_size=12).hexdigest()

    @property
    def changes_nothing(self) -> bool:
        """Whether it may be sent again without asking; see RFC 9110, 9.2.2."""
        return self.method == "GET"

    def __str__(self) -> str:
        """Render for messages: ``GET https://…``."""
        return f"{self.method} {self.url}"
