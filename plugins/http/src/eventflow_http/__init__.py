"""Context from the web: JSON over HTTP, cached, recorded and replayed.

Names are imported on first use: what is not fetched loads no HTTP client.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from eventflow.imports import on_first_use

if TYPE_CHECKING:
    from eventflow_http.client import JsonClient
    from eventflow_http.options import ClientOptions
    from eventflow_http.source import HttpJsonSource


__all__ = ["ClientOptions", "HttpJsonSource", "JsonClient"]

__getattr__, __dir__ = on_first_use(
    __name__,
    {
        "client": ["JsonClient"],
        "options": ["ClientOptions"],
        "source": ["HttpJsonSource"],
    },
)
