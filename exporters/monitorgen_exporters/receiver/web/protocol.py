"""HTTP as uvicorn speaks it, with what it leaves out: who showed which certificate, and an end to waiting."""

import asyncio
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

__all__ = ["Protocol"]

_HEAD: Final = 20.0
"""Seconds in which the head of a request has to come. A body has its own patience (webhook.py)."""


class Protocol(HttpToolsProtocol):
    """One connection. `scope["state"]["client_name"]` is the common name of a verified client certificate."""

    _client_name: str | None = None
    _clock: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._client_name = _common_name(transport.get_extra_info("peercert"))
        self._wait_for_head()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["state"]["client_name"] = self._client_name
        self._wait_for_head()

    def on_headers_complete(self) -> None:
        self._stop_waiting()
        super().on_headers_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        super().connection_lost(exc)

    def _wait_for_head(self) -> None:
        self._stop_waiting()
        self._clock = self.loop.call_later(_HEAD, self.transport.close)

    def _stop_waiting(self) -> None:
        if self._clock is not None:
            self._clock.cancel()
            self._clock = None


def _common_name(certificate: Any) -> str | None:
    """The subject's common name, in the form that `ssl.SSLSocket.getpeercert` gives a verified one."""
    for part in (certificate or {}).get("subject", ()):
        for name, value in part:
            if name == "commonName":
                return str(value)
    return None
