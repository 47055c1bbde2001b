"""Who may use a server: users with an NKey, with credentials, and with few permissions."""

from __future__ import annotations

import base64
import hashlib
import json
import os
from typing import TYPE_CHECKING, Any

import nkeys
import pytest

from eventflow.events import BaseEvent
from eventflow_nats.errors import NatsRefusedError
from eventflow_nats.transport import NatsTransport

if TYPE_CHECKING:
    from pathlib import Path

EVENT = BaseEvent(event_type="order.placed")
QUICK: dict[str, Any] = {"connect_seconds": 2, "timeout_seconds": 2}
NO_STREAMS = dict.fromkeys(("subs", "conn", "leaf", "imports", "exports", "data", "payload"), -1)
NO_LIMIT = NO_STREAMS | dict.fromkeys(("mem_storage", "disk_storage", "streams", "consumer"), -1)


def _key(kind: int) -> Any:
    return nkeys.from_seed(nkeys.encode_seed(os.urandom(32), kind))


def _name(key: Any) -> str:
    name: str = key.public_key.decode()
    return name


def _part(content: Any) -> str:
    text = json.dumps(content, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


def _signed(signer: Any, subject: Any, kind: str, said: dict[str, Any]) -> str:
    """Return a JWT as NATS has them: signed with an NKey."""
    claims = {"iat": 1_700_000_000, "iss": _name(signer), "name": kind, "sub": _name(subject),
              "nats": said | {"type": kind, "version": 2}}  # fmt: skip
    claims["jti"] = hashlib.sha256(_part(claims).encode()).hexdigest()
    text = f"{_part({'typ': 'JWT', 'alg': 'ed25519-nkey'})}.{_part(claims)}"
    signature = base64.urlsafe_b64encode(signer.sign(text.encode())).rstrip(b"=").decode()
    return f"{text}.{signature}"


def _credentials(place: Path, token: str, user: Any) -> Path:
    place.write_text(
        f"-----BEGIN NATS USER JWT-----\n{token}\n------END NATS USER JWT------\n\n"
        f"-----BEGIN USER NKEY SEED-----\n{user.seed.decode()}\n------END USER NKEY SEED------\n",
        encoding="utf-8",
    )
    return place


def test_a_file_of_credentials(own_server: Any, tmp_path: Path) -> None:
    """A user whose account signed for it is let in; one that signed for itself is EF752."""
    operator, account = _key(nkeys.PREFIX_BYTE_OPERATOR), _key(nkeys.PREFIX_BYTE_ACCOUNT)
    user = _key(nkeys.PREFIX_BYTE_USER)
    system = _key(nkeys.PREFIX_BYTE_ACCOUNT)
    known = _signed(operator, account, "account", {"limits": NO_LIMIT})
    server = own_server(
        config={
            "operator": _signed(operator, operator, "operator", {}),
            "resolver": "MEMORY",
            "system_account": _name(system),
            "resolver_preload": {
                _name(account): known,
                _name(system): _signed(operator, system, "account", {"limits": NO_STREAMS}),
            },
        }
    )
    let_in = _credentials(tmp_path / "a.creds", _signed(account, user, "user", NO_STREAMS), user)
    transport = NatsTransport(url=server.url, credentials=let_in, **QUICK)
    assert transport.send([EVENT])
    transport.close()
    stranger = _credentials(tmp_path / "b.creds", _signed(user, user, "user", NO_STREAMS), user)
    for place in (stranger, tmp_path / "absent.creds"):
        transport = NatsTransport(url=server.url, credentials=place, **QUICK)
        with pytest.raises(NatsRefusedError):
            transport.send([EVENT])
        transport.close()


def test_an_nkey(own_server: Any, tmp_path: Path) -> None:
    """The seed in a file is enough; another one is EF752, and so is none."""
    user, other = _key(nkeys.PREFIX_BYTE_USER), _key(nkeys.PREFIX_BYTE_USER)
    server = own_server(config={"authorization": {"users": [{"nkey": _name(user)}]}})
    (tmp_path / "user.nk").write_bytes(user.seed)
    (tmp_path / "other.nk").write_bytes(other.seed)
    transport = NatsTransport(url=server.url, nkey=tmp_path / "user.nk", **QUICK)
    assert transport.send([EVENT])
    transport.close()
    for how in ({"nkey": tmp_path / "other.nk"}, {}):
        transport = NatsTransport(url=server.url, **how, **QUICK)
        with pytest.raises(NatsRefusedError):
            transport.send([EVENT])
        transport.close()


def test_a_user_that_may_do_only_what_is_needed(own_server: Any) -> None:
    """Subjects of the prefix, JetStream and its inbox are enough; without the first it is told."""
    needed = ["eventflow.>", "$JS.>"]
    users = [
        {"user": "app", "password": "one",
         "permissions": {"publish": needed, "subscribe": ["_INBOX.>"]}},
        {"user": "other", "password": "two",
         "permissions": {"publish": ["$JS.>"], "subscribe": ["_INBOX.>"]}},
    ]  # fmt: skip
    server = own_server(config={"authorization": {"users": users}})
    transport = NatsTransport(url=server.url.replace("//", "//app:one@"), **QUICK)
    receiver = transport.open("*", group="g")
    assert transport.send([EVENT])
    [taken] = receiver.receive(5, 2)
    receiver.retry(taken, 0.0)
    [again] = receiver.receive(5, 2)
    receiver.bury(again, "enough")
    assert len(list(transport.dead_letters().letters())) == 1
    transport.close()
    refused = NatsTransport(url=server.url.replace("//", "//other:two@"), **QUICK)
    with pytest.raises(NatsRefusedError, match=r"[Pp]ermissions [Vv]iolation"):
        refused.send([EVENT])
    refused.close()
