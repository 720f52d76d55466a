"""The receiver's certificate, looked at before anything is served with it."""

import ssl
from pathlib import Path

from monitorgen.vocabulary.receiver import ReceiverTls

__all__ = ["certificate_fault"]


def certificate_fault(tls: ReceiverTls) -> str:
    """Why TLS cannot be served with these files, which it names; empty if it can."""
    named = {"certificate": tls.certificate, "key": tls.key, "client_ca": tls.client_ca}
    for name, path in named.items():
        if path is None:
            continue
        try:
            # OpenSSL says what is wrong, and not with which file.
            with Path(path).open("rb"):
                pass
        except (OSError, ValueError) as problem:
            return f"`tls.{name}`: {path} cannot be read: {getattr(problem, 'strerror', problem)}"
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.load_cert_chain(tls.certificate, tls.key, password=_encrypted)
    except _EncryptedError:
        return f"`tls.key`: {tls.key} is encrypted, and a service has nobody to ask for the passphrase"
    except (OSError, ValueError) as problem:
        return f"`tls`: {tls.certificate} and {tls.key} are no certificate and its key: {_why(problem)}"
    try:
        if tls.client_ca is not None:
            context.load_verify_locations(tls.client_ca)
    except (OSError, ValueError) as problem:
        return f"`tls.client_ca`: {tls.client_ca} holds no certificate: {_why(problem)}"
    return ""


class _EncryptedError(Exception):
    """The key has a passphrase."""


def _encrypted() -> str:
    # Without this, OpenSSL asks at the terminal and waits.
    raise _EncryptedError


def _why(problem: Exception) -> str:
    reason = getattr(problem, "reason", None) or getattr(problem, "strerror", None) or str(problem)
    return str(reason).lower().replace("_", " ")
