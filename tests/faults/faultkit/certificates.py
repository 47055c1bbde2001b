"""Certificates for servers on this machine, from an authority made for the test."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

import trustme
from attrs import frozen

if TYPE_CHECKING:
    from pathlib import Path


@frozen
class Certificates:
    """Files of a server's certificate.

    Attributes:
        authority: The authority's certificate, which clients trust.
        certificate: The server's certificate.
        key: Its private key.
    """

    authority: Path
    certificate: Path
    key: Path

    @classmethod
    def made(cls, folder: Path, *names: str) -> Certificates:
        """Make an authority and a certificate for these names, ``127.0.0.1`` by default."""
        folder.mkdir(parents=True, exist_ok=True)
        authority = trustme.CA()
        issued = authority.issue_cert(*(names or ("127.0.0.1", "localhost")))
        made = cls(folder / "ca.pem", folder / "server.pem", folder / "server.key")
        authority.cert_pem.write_to_path(str(made.authority))
        issued.private_key_pem.write_to_path(str(made.key))
        for blob in issued.cert_chain_pems:
            blob.write_to_path(str(made.certificate), append=True)
        return made

    def server_side(self) -> ssl.SSLContext:
        """Return what a server in this process needs."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self.certificate, self.key)
        return context

    def client_side(self) -> ssl.SSLContext:
        """Return what a client needs to trust it."""
        return ssl.create_default_context(cafile=self.authority)
