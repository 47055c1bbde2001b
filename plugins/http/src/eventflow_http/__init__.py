"""Context from the web: JSON over HTTP, cached, recorded and replayed.

Names are imported on first use: what is not fetched loads no HTTP client.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from eventflow_http.client import JsonClient
    from eventflow_http.options import ClientOptions
    from eventflow_http.source import HttpJsonSource

_HOME = {"JsonClient": "client", "ClientOptions": "options", "HttpJsonSource": "source"}

__all__ = ["ClientOptions", "HttpJsonSource", "JsonClient"]


def __getattr__(name: str) -> object:
    """Import a public name on first use."""
    module = _HOME.get(name)
    if module is None:
        msg = f"module 'eventflow_http' has no attribute {name!r}"
        raise AttributeError(msg)
    value = getattr(import_module(f"eventflow_http.{module}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names."""
    return sorted(__all__)
