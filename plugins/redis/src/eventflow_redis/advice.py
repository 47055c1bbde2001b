"""What helps against an error, by what the server or the TLS library said."""

from __future__ import annotations

_CAUSES = 5
_NAME = "connect by a name that is in its certificate, or say tls_verify: authority"
_OWN = "it asks for a certificate of yours: tls_cert and tls_key name its files"
_ASKED = "the sentinels ask for a password: sentinel_password, and sentinel_username"
_UNKNOWN = "start it; the url ends in the name they watch it by: /NAME"
_KEYS = "resetkeys ~{PREFIX}:* resetchannels &PREFIX:*"
_RIGHTS = f"ACL SETUSER NAME {_KEYS} +@all -@admin +client|setname +cluster|slots"
_NONE = "it does not answer in TLS: if it speaks none, write redis:// for rediss://"
_ITS = "it speaks TLS: write rediss://"
_ENDED = ("reset by peer", "closed by server", "broken pipe")

_ADVICE: dict[str, tuple[tuple[str, str], ...]] = {
    "EF740": (
        ("cluster support disabled", "it is no cluster: write redis:// for redis+cluster://"),
    ),
    "EF741": (
        ("the sentinels do not answer: authentication", _ASKED),
        ("the sentinels do not answer: invalid username", _ASKED),
        ("the sentinels know of none", _UNKNOWN),
    ),
    "EF742": (
        ("without any password", "it has no password: leave it out"),
        ("noauth", "it asks for a password: password, and username where it is not the default"),
        ("authentication required", "it asks for a password: password, and username"),
        ("wrongpass", "correct username and password"),
        ("invalid username-password", "correct username and password"),
        ("", f"let it have its keys and channels: {_RIGHTS}"),  # it is known
    ),
    "EF743": (
        ("address mismatch", _NAME),
        ("hostname mismatch", _NAME),
        ("certificate required", _OWN),
        ("certificate_required", _OWN),
        ("handshake failure", _OWN),
        ("has expired", "renew the certificate of the server"),
        ("verify failed", "tls_ca names the file of the authority that signed its certificate"),
        ("wrong version", _NONE),
        ("handshake operation timed out", _NONE),
        ("record layer", _NONE),
        ("key_values_mismatch", "tls_key is the key of another certificate than tls_cert"),
        ("no_certificate_or_crl", "tls_ca, tls_cert and tls_key are PEM files"),
        ("[ssl] pem", "tls_ca, tls_cert and tls_key are PEM files"),
        ("eof occurred", f"write redis:// if it does not speak TLS; else {_OWN}"),
    ),
}


def advice(code: str, error: BaseException, *, tls: bool) -> str | None:
    """Return what helps against an error of this code; None where its class knows best."""
    said = whole(error)
    if code == "EF741" and any(word in said for word in _ENDED):
        return f"start it; if it ends each connection, {_OWN if tls else _ITS}"
    return next((fix for word, fix in _ADVICE.get(code, ()) if word in said), None)


def whole(error: BaseException) -> str:
    """Return what an error and its causes say, in small letters."""
    said: list[str] = []
    now: BaseException | None = error
    while now is not None and len(said) < _CAUSES:
        said.append(str(now).lower())
        now = now.__cause__ or now.__context__
    return " ".join(said)
