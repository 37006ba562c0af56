"""Certificate and key: found unusable before anybody connects, and said why."""

import datetime as dt
import ssl
from pathlib import Path

from api.errors import CertificateError, FileMissingError, FileUnusableError
from layers.clock import now

# What OpenSSL calls it, by its own numbers.
_EXPIRED, _NOT_YET = 10, 9
_NOT_PEM = ("PEM", "NO_START_LINE", "NO_CERTIFICATE", "BAD")


def require_certificate(certificate: Path, key: Path) -> dt.datetime:
    """Refuse a certificate by which nobody could be served; say when it ends.

    It is tried out: a client that trusts it shakes hands with a server that shows it.

    Raises
    ------
    CertificateError, FileMissingError, FileUnusableError
    """
    for path in (certificate, key):
        _require_readable(path)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        server.load_cert_chain(certificate, key, password=_no_password)
        client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        client.check_hostname = False
        client.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        client.load_verify_locations(certificate)
        ends = _shake_hands(server, client)
    except (ssl.SSLError, _PasswordWantedError) as fault:
        raise CertificateError(
            certificate=str(certificate), key=str(key), reason=_reason(fault)
        ) from fault
    return ends


def days_left(ends: dt.datetime) -> int:
    """Count the days until a certificate ends."""
    return (ends - now()).days


class _PasswordWantedError(Exception):
    """The key is encrypted, and a service has nobody to ask."""


def _no_password() -> str:
    raise _PasswordWantedError


def _require_readable(path: Path) -> None:
    if not path.is_file():
        raise FileMissingError(path=str(path))
    try:
        path.read_bytes()
    except OSError as fault:
        raise FileUnusableError(path=str(path), reason=fault.strerror) from fault


def _reason(fault: Exception) -> str:
    if isinstance(fault, _PasswordWantedError):
        return "encrypted"
    if isinstance(fault, ssl.SSLCertVerificationError):
        known = {_EXPIRED: "expired", _NOT_YET: "not_yet"}
        return known.get(fault.verify_code, "refused")
    name = fault.reason if isinstance(fault, ssl.SSLError) and fault.reason else ""
    if "MISMATCH" in name:
        return "mismatch"
    is_unreadable = not name or any(part in name for part in _NOT_PEM)
    return "not_pem" if is_unreadable else "refused"


def _shake_hands(server: ssl.SSLContext, client: ssl.SSLContext) -> dt.datetime:
    """Let the two talk in memory until they agree."""
    there, back = ssl.MemoryBIO(), ssl.MemoryBIO()
    ours = server.wrap_bio(there, back, server_side=True)
    theirs = client.wrap_bio(back, there)
    waiting = [theirs, ours]
    for _ in range(20):  # far more turns than any handshake takes
        for side in list(waiting):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
            waiting.remove(side)
        if not waiting:
            break
    found = theirs.getpeercert() or {}
    ends = ssl.cert_time_to_seconds(str(found["notAfter"]))
    return dt.datetime.fromtimestamp(ends, dt.UTC)
