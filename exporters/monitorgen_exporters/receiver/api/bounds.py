"""What a request may take of us: a body of some size, sent within some time."""

import asyncio
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from monitorgen_exporters.receiver.api.problems import Problem

__all__ = ["LONGEST_BODY", "Bounds"]

LONGEST_BODY: Final = 1 << 20
"""Bytes of a request of the API. Deliveries of an Alertmanager do not come this way."""

_PATIENCE: Final = 30.0  # seconds between two pieces of a body


class Bounds:
    """Has the reading of a body fail with a Problem where it is too long or stops coming."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        length = 0
        whole = False

        async def bounded() -> Message:
            nonlocal length, whole
            if whole:  # what comes now is the end of the connection, and that may take its time
                return await receive()
            try:
                message = await asyncio.wait_for(receive(), _PATIENCE)
            except TimeoutError:
                raise Problem(
                    408, "The body of the request stopped coming.", headers={"Connection": "close"}
                ) from None
            length += len(message.get("body", b""))
            whole = not message.get("more_body")
            if length > LONGEST_BODY:
                raise Problem(
                    413, f"A body has at most {LONGEST_BODY} bytes.", headers={"Connection": "close"}
                )
            return message

        await self._app(scope, bounded, send)
