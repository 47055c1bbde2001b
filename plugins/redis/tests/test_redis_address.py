"""URLs of servers, sentinels and clusters."""

from __future__ import annotations

import pytest

from eventflow.events import BaseEvent
from eventflow_redis.address import Address
from eventflow_redis.connect import connect
from eventflow_redis.errors import RedisUnreachableError
from eventflow_redis.options import RedisOptions
from eventflow_redis.streams import RedisTransport


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("redis://h", Address(kind="server", hosts=(("h", 6379),))),
        ("redis://[::1]:7/2", Address(kind="server", hosts=(("::1", 7),), database=2)),
        (
            "rediss+sentinel://me:p%40ss@a,b:1/main/3",
            Address(
                kind="sentinel",
                tls=True,
                hosts=(("a", 26379), ("b", 1)),
                username="me",
                password="p@ss",  # noqa: S106 - made up
                database=3,
                service="main",
            ),
        ),
        ("redis+cluster://a:1,b", Address(kind="cluster", hosts=(("a", 1), ("b", 6379)))),
        ("unix:///run/redis.sock", Address(kind="unix", path="/run/redis.sock")),
    ],
)
def test_each_form_of_url(url: str, expected: Address) -> None:
    """Hosts, ports, database, service, user and unquoted password; the text names no secret."""
    assert Address.of(url) == expected
    assert "p@ss" not in str(expected)


def test_options_reach_the_client() -> None:
    """User, TLS and time limits are those of the options, also where the URL says otherwise."""
    options = RedisOptions(
        url="rediss://u:one@h:1/4",
        password="two",  # noqa: S106 - made up
        timeout_seconds=7,
        tls_verify="authority",
    )
    how = connect(options).connection_pool.connection_kwargs
    assert (how["username"], how["password"], how["db"]) == ("u", "two", 4)
    assert (how["socket_timeout"], how["ssl_check_hostname"]) == (7, False)


@pytest.mark.parametrize("form", ["redis+cluster://{}", "redis+sentinel://{}/main"])
def test_absent_sentinels_and_clusters(form: str) -> None:
    """EF741, as for a server, and not before something is asked of them."""
    transport = RedisTransport(url=form.format("127.0.0.1:1"), connect_seconds=1, retries=0)
    letters = transport.dead_letters()
    with pytest.raises(RedisUnreachableError):
        letters.remove("a")
    transport.publish(BaseEvent(event_type="a"))
    assert "EF741" in transport.first_failure
