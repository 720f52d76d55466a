"""HTTP as uvicorn speaks it, with what it leaves out: who showed which certificate, and an end to waiting.

And whether too many connections are open. uvicorn would answer 503 by itself then, also to those who ask
whether the receiver lives, and write a line for each.
"""

import asyncio
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

__all__ = ["Protocol", "protocol"]

_HEAD: Final = 20.0
"""Seconds in which the head of a request has to come. A body has its own patience (webhook.py)."""

_LONGEST: Final = 64 << 10
"""Bytes that may come without an end of the head, a piece of the body or an end of the request. The parser
keeps a line until its end, however long it is, of anybody."""


class Protocol(HttpToolsProtocol):
    """One connection.

    `scope["state"]` has `client_name`, the common name of a verified client certificate, and `crowded`,
    whether more than `most` connections are open.
    """

    most: int
    _client_name: str | None = None
    _clock: asyncio.TimerHandle | None = None
    _in_head: bool = False
    _kept: int = 0

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._client_name = _common_name(transport.get_extra_info("peercert"))
        self._wait_for_head()

    def data_received(self, data: bytes) -> None:
        self._kept += len(data)
        super().data_received(data)
        if self._kept > _LONGEST:
            self.transport.close()
        # Most heads come in one piece and need no clock. What comes after an answer and begins no request has
        # ended uvicorn's own waiting for the next one.
        answered = self.cycle is not None and self.cycle.response_complete
        if self._clock is None and (self._in_head or answered):
            self._wait_for_head()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["state"]["client_name"] = self._client_name
        self.scope["state"]["crowded"] = len(self.connections) > self.most
        self._stop_waiting()
        self._in_head = True

    def on_headers_complete(self) -> None:
        self._in_head = False
        self._stop_waiting()
        self._kept = 0
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._kept = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._kept = 0
        super().on_message_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        super().connection_lost(exc)

    def _wait_for_head(self) -> None:
        self._clock = self.loop.call_later(_HEAD, self.transport.close)

    def _stop_waiting(self) -> None:
        if self._clock is not None:
            self._clock.cancel()
            self._clock = None


def protocol(most: int) -> type[Protocol]:
    """The protocol of a server that has `most` connections open."""
    return type("Protocol", (Protocol,), {"most": most})


def _common_name(certificate: Any) -> str | None:
    """The subject's common name, in the form that `ssl.SSLSocket.getpeercert` gives a verified one."""
    for part in (certificate or {}).get("subject", ()):
        for name, value in part:
            if name == "commonName":
                return str(value)
    return None
