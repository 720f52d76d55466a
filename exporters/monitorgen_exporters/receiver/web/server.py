"""The HTTP server of a receiver: bound, run until SIGTERM or SIGINT, and ended with grace."""

import signal
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

import uvicorn
from starlette.types import ASGIApp

from monitorgen.vocabulary.receiver import Receiver
from monitorgen_exporters.receiver.web.certificate import certificate_fault
from monitorgen_exporters.receiver.web.open_files import connections_that_fit
from monitorgen_exporters.receiver.web.protocol import protocol
from monitorgen_exporters.serving import address

__all__ = ["CannotListen", "bind", "run_server"]

_BACKLOG: Final = 4096  # connections that the kernel keeps for us: Alertmanager opens one for each group
_KEEP: Final = 90  # seconds an idle connection is kept: beyond Go's 90 it would be the client that closes it
_GRACE: Final = 20  # seconds in which requests under way are ended


class CannotListen(OSError):  # noqa: N818 (says what it cannot)
    """The address is not to be had, or the certificate cannot be used; the text says why."""


def bind(listen: str) -> socket.socket:
    """A socket that listens at HOST:PORT; raises CannotListen."""
    host, port = address(listen)
    try:
        family, kind, protocol, _, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        bound = socket.socket(family, kind, protocol)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(place)
        bound.listen(_BACKLOG)
    except OSError as problem:
        raise CannotListen(f"cannot listen at {listen}: {problem.strerror or problem}") from None
    return bound


def run_server(
    settings: Receiver,
    app: ASGIApp,
    bound: socket.socket,
    started: Callable[[], None],
    ending: Callable[[], None],
) -> None:
    """Serves `app` until SIGTERM or SIGINT. Raises CannotListen.

    `started` is called once it answers, and `ending` once it waits for requests under way: those that have no
    end of their own are to be ended then.

    Only the main thread of a process may call it.
    """
    tls = settings.tls
    if tls is not None and (fault := certificate_fault(tls)):
        raise CannotListen(fault)
    config = uvicorn.Config(
        app,
        http=protocol(connections_that_fit(settings.limits.connections)),
        ws="websockets-sansio",
        loop="uvloop",
        lifespan="off",
        access_log=False,
        log_config=None,
        server_header=False,
        date_header=True,
        proxy_headers=False,
        backlog=_BACKLOG,
        timeout_keep_alive=_KEEP,
        timeout_graceful_shutdown=_GRACE,
        ssl_certfile=tls.certificate if tls else None,
        ssl_keyfile=tls.key if tls else None,
        ssl_ca_certs=tls.client_ca if tls else None,
        ssl_cert_reqs=ssl.CERT_OPTIONAL if tls and tls.client_ca else ssl.CERT_NONE,
    )
    try:
        config.load()
    except (OSError, ssl.SSLError) as problem:
        raise CannotListen(f"`receiver.tls` cannot be used: {problem.strerror or problem}") from None
    _Server(config, started, ending).run(sockets=[bound])


class _Server(uvicorn.Server):
    """uvicorn's server, which would kill the process by the signal that ended it: others are to end, too."""

    def __init__(
        self, config: uvicorn.Config, started: Callable[[], None], ending: Callable[[], None]
    ) -> None:
        super().__init__(config)
        self._tell = started
        self._ending = ending

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._tell()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._ending()
        await super().shutdown(sockets)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        before = {
            number: signal.signal(number, self.handle_exit) for number in (signal.SIGTERM, signal.SIGINT)
        }
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
