"""HTTP requests that end in time: requests bounds each wait for the other side, this the whole exchange.

A server that sends a byte every few seconds, in a TLS handshake, a header or a body, would otherwise hold a
thread, and outlast the lease of its effect.
"""

import os
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.cookiejar import DefaultCookiePolicy
from pathlib import Path
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

__all__ = ["Exchange", "exchange", "session", "trusted"]


class Exchange:
    """A request under way."""

    def __init__(self) -> None:
        self.sent = False
        """Whether any of it has left this host: if not, the other side cannot have acted on it."""
        self.late = False
        """Whether it was cut off, as its time was over."""
        # A handle of its own: TLS takes the first one away while it shakes hands, and http.client closes its
        # own before the body is read where the answer ends with the connection.
        self._line: socket.socket | None = None
        self._lock = threading.Lock()

    def cut(self) -> None:
        """Ends it from another thread; whoever waits for the other side then sees the connection end."""
        with self._lock:
            self.late = True
            self._shut()

    def hold(self, connection: socket.socket) -> None:
        """Says which connection it goes over."""
        with self._lock:
            self._let_go()
            self._line = socket.socket(fileno=os.dup(connection.fileno()))
            if self.late:
                self._shut()

    def close(self) -> None:
        """Lets go of the connection, which may be used again."""
        with self._lock:
            self._let_go()

    def _shut(self) -> None:
        if self._line is not None:
            with suppress(OSError):
                self._line.shutdown(socket.SHUT_RDWR)

    def _let_go(self) -> None:
        if self._line is not None:
            self._line.close()
            self._line = None


class _Here(threading.local):
    """What belongs to each thread: a session may not be shared, and the exchange is its own."""

    def __init__(self) -> None:
        self.exchange: Exchange | None = None
        self.session: requests.Session | None = None


_here = _Here()


class _Cuttable:
    """A connection that its exchange can cut off."""

    def _new_conn(self) -> socket.socket:
        made: socket.socket = super()._new_conn()  # type: ignore[misc]
        if _here.exchange is not None:
            _here.exchange.hold(made)
        return made

    def send(self, data: Any) -> None:
        if self.sock is None:  # type: ignore[attr-defined]
            self.connect()  # type: ignore[attr-defined]
        if _here.exchange is not None and not _here.exchange.sent:
            _here.exchange.hold(self.sock)  # type: ignore[attr-defined] # it may be one of an earlier exchange
            _here.exchange.sent = True
        super().send(data)  # type: ignore[misc]


class _Plain(_Cuttable, HTTPConnection):
    pass


class _Encrypted(_Cuttable, HTTPSConnection):
    pass


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _Plain


class _EncryptedPool(HTTPSConnectionPool):
    ConnectionCls = _Encrypted


class _Adapter(HTTPAdapter):
    def init_poolmanager(self, *arguments: Any, **named: Any) -> None:
        super().init_poolmanager(*arguments, **named)
        self.poolmanager.pool_classes_by_scheme = {"http": _PlainPool, "https": _EncryptedPool}


def session() -> requests.Session:
    """This thread's session: it takes nothing from the environment, and keeps no cookies."""
    if _here.session is None:
        _here.session = requests.Session()
        _here.session.trust_env = False
        _here.session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        for scheme in ("http://", "https://"):
            _here.session.mount(scheme, _Adapter())
    return _here.session


@contextmanager
def exchange(seconds: float) -> Iterator[Exchange]:
    """Bounds what this thread does with its session inside, all but looking up a name."""
    current = _here.exchange = Exchange()
    timer = threading.Timer(seconds, current.cut)
    timer.daemon = True
    timer.start()
    try:
        yield current
    finally:
        timer.cancel()
        current.close()
        _here.exchange = None


def trusted() -> str | bool:
    """Whose certificates are believed, for `verify=`: the system's own choice, or else that of requests.

    OpenSSL says where the system keeps it; `SSL_CERT_FILE` and `SSL_CERT_DIR` name other places.
    """
    places = ssl.get_default_verify_paths()
    if places.cafile:
        return places.cafile
    if places.capath and any(Path(places.capath).iterdir()):
        return places.capath
    return True
