"""Where alerts go: the log, or a web address."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import httpx
import msgspec
import stamina
from attrs import define, field

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eventflow_monitoring.alerts import Alert

_log = logging.getLogger(__name__)


@define
class LogSink:
    """Logs alerts: raised ones as warnings, cleared ones as information."""

    def __call__(self, alert: Alert) -> None:
        """Log one."""
        level = logging.WARNING if alert.state == "raised" else logging.INFO
        said = "alert %s %s: %s is %g, threshold %g"
        _log.log(level, said, alert.rule, alert.state, alert.measure, alert.value, alert.threshold)


class _Refused(Exception):  # noqa: N818 - not an error that anyone sees
    """An answer that may be another one a moment later."""


@define
class WebhookSink:
    """Posts alerts as JSON, again with growing waits while the other side cannot take them.

    An answer of 4xx other than 408 and 429 is final: the request would be refused again.

    Attributes:
        url: Where to; http or https.
        headers: Headers to send, for example a token.
        attempts: How often it is tried.
        timeout: Seconds for one attempt.
        first_wait: Seconds before the second attempt; they double, with jitter.

    Raises:
        httpx.HTTPError: It could not be delivered; `AlertMonitor` logs and counts that.
    """

    url: str
    headers: Mapping[str, str] = field(factory=dict, repr=False)
    attempts: int = 5
    timeout: float = 5.0
    first_wait: float = 0.2

    def __call__(self, alert: Alert) -> None:
        """Post one."""
        body = msgspec.json.encode(alert)
        headers = {"content-type": "application/json", **self.headers}
        for attempt in stamina.retry_context(
            on=(_Refused, httpx.TransportError),
            attempts=self.attempts,
            timeout=None,
            wait_initial=self.first_wait,
        ):
            with attempt:
                answer = httpx.post(self.url, content=body, headers=headers, timeout=self.timeout)
                if answer.status_code in {408, 429} or answer.is_server_error:
                    raise _Refused(answer.status_code)
        answer.raise_for_status()
