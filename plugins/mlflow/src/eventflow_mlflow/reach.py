"""Asking a server once, before MLflow is imported and tries for minutes."""

from __future__ import annotations

import os
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen


def ask(uri: str | None, patience: float) -> None:
    """Make sure that a server answers; stores of other kinds are not asked.

    Args:
        uri: Where runs are kept; None for what the environment says.
        patience: Seconds it may take.

    Raises:
        ConnectionError: The server does not answer.
    """
    address = uri or os.environ.get("MLFLOW_TRACKING_URI", "")
    if not address.startswith(("http://", "https://")):
        return
    request = Request(address.rstrip("/") + "/health")  # noqa: S310 - the scheme is checked above
    try:
        with urlopen(request, timeout=patience):  # noqa: S310 - likewise
            return
    except HTTPError:  # it answers; whether it lets us in, MLflow will tell
        return
    except OSError as error:
        reason = getattr(error, "reason", error)
        msg = f"no MLflow server answers at {urlsplit(address).hostname}: {reason}"
        raise ConnectionError(msg) from error
