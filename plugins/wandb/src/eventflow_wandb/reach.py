"""Asking a server once, before the SDK tries for minutes or asks a person for a key."""

from __future__ import annotations

from netrc import NetrcParseError, netrc
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen


def ask(address: str, patience: float, key: str | None) -> None:
    """Make sure that a server answers, and that there is a key for it.

    Raises:
        ValueError: The address is not one of http or https.
        ConnectionError: The server does not answer.
        PermissionError: There is no key.
    """
    parts = urlsplit(address)
    host = parts.hostname or ""
    if parts.scheme not in {"http", "https"}:
        msg = f"{parts.scheme}://{host} is no address of a server: write https://…"
        raise ValueError(msg)
    try:
        with urlopen(Request(address), timeout=patience):  # noqa: S310 - checked above
            pass
    except HTTPError:
        pass  # it answers; whether it lets us in, the SDK will tell
    except OSError as error:
        msg = f"no W&B server answers at {host}: {getattr(error, 'reason', error)}"
        raise ConnectionError(msg) from error
    if key is None and not _kept(host):
        msg = f"there is no key for {host}: set WANDB_API_KEY, or run wandb login"
        raise PermissionError(msg)


def _kept(host: str) -> bool:
    """Whether ``wandb login`` has kept a key for a host."""
    try:
        return netrc().authenticators(host) is not None
    except (OSError, NetrcParseError):
        return False
