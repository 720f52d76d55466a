"""A line of the log for each request: never what it carried, nor its query, which may name people."""

import logging
import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from monitorgen_exporters.receiver.work import line

__all__ = ["AccessLog"]

_logger = logging.getLogger(__name__)


class AccessLog:
    """Logs method, path, status, who asked, and how long it took until the answer was sent."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        began = time.monotonic()
        status = 0

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] in ("http.response.start", "websocket.http.response.start"):
                status = message["status"]
            elif message["type"] == "websocket.accept":
                status = 101
            await send(message)

        try:
            await self._app(scope, receive, noting)
        finally:
            principal = scope.get("state", {}).get("principal")
            _logger.info(
                "%s %s %s %s %.1f ms",
                line(scope.get("method", "GET")),
                line(scope["path"]),
                status or "-",
                "-" if principal is None else principal.actor,
                (time.monotonic() - began) * 1000,
            )
