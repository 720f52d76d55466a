"""`POST /api/v1/webhook`: an ASGI application without a framework, because this is where the load is.

Answers, after what Alertmanager makes of them (`notify/util.go`, `retry_stage.go`): 200 once everything is on
the disk; 503 when it cannot be kept now, which Alertmanager tries again at once; 400 only for what can never
be read; 401 and 403 for credentials; 413 for a body beyond the limit. Never a redirect, which loses the
alert, and never 429, which it does not wait for.
"""

import asyncio
import re
from collections.abc import Callable
from typing import Final

from starlette.types import Receive, Scope, Send

from monitorgen_exporters.receiver.access.refusal import Refusal
from monitorgen_exporters.receiver.access.webhook import Admitted, Webhook
from monitorgen_exporters.receiver.ingest import Delivery, Ingest, Verdict
from monitorgen_exporters.receiver.payload import BadPayload
from monitorgen_exporters.receiver.web import answers

__all__ = ["PATH", "WebhookApp"]

PATH: Final = "/api/v1/webhook"
"""Also with a slash behind it, and with the name of a source behind that."""

_ROUTE = re.compile(rf"{PATH}(?:/([A-Za-z0-9_.-]*))?/?").fullmatch
_PATIENCE = 30.0  # seconds between two pieces of a body

Counter = Callable[[str, str], None]
"""Told of each delivery: its source (empty where nobody proved to be one) and what was answered."""


class WebhookApp:
    """Takes deliveries. For one event loop."""

    def __init__(
        self,
        sources: Webhook,
        ingest: Ingest,
        *,
        limit: int,
        tls: bool,
        count: Counter = lambda *_: None,
        refused: Callable[[Refusal], object] = bool,
    ) -> None:
        self._sources = sources
        self._ingest = ingest
        self._limit = limit
        self._tls = tls
        self._count = count
        self._refused = refused

    @staticmethod
    def is_for(path: str) -> bool:
        """Whether a path is the webhook's."""
        return _ROUTE(path) is not None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        source = ""
        try:
            source, status, text, headers = await self._handle(scope, receive)
        except _GoneAway:
            self._count(source, "gone")
            return
        self._count(source, str(status))
        await answers.answer(send, status, text.encode(), tls=self._tls, headers=headers)

    async def _handle(
        self, scope: Scope, receive: Receive
    ) -> tuple[str, int, str, list[tuple[bytes, bytes]]]:
        if scope["method"] != "POST":
            return "", 405, "Alertmanager posts here.", [(b"allow", b"POST")]
        if scope.get("state", {}).get("crowded"):
            return "", 503, answers.CROWDED, answers.LATER
        admitted = self._identify(scope)
        if isinstance(admitted, Refusal):
            self._refused(admitted)
            headers = [(b"www-authenticate", b'Bearer realm="monitorgen"')] if admitted.status == 401 else []
            return "", admitted.status, admitted.text, headers
        source = admitted.source
        if _header(scope, b"content-encoding") not in (b"", b"identity"):
            return source, 400, "Compressed bodies are not read: Alertmanager sends none.", []
        if int(_header(scope, b"content-length") or 0) > self._limit:
            return source, 413, self._too_large, []
        body = await self._read(receive)
        if body is None:
            return source, 413, self._too_large, []
        verdict = await self._keep(Delivery(source, admitted.tenant, body))
        if verdict == "kept":
            return source, 200, "", []
        if isinstance(verdict, BadPayload):
            return source, 400, str(verdict), []
        return source, 503, "This cannot be kept at present: send it again.", [(b"retry-after", b"5")]

    def _identify(self, scope: Scope) -> Admitted | Refusal:
        route = _ROUTE(scope["path"])
        named = (route[1] if route else None) or None
        authorization = [value for name, value in scope["headers"] if name == b"authorization"]
        common_name = scope.get("state", {}).get("client_name")
        return self._sources.identify(authorization, common_name=common_name, named=named)

    @property
    def _too_large(self) -> str:
        return f"A delivery has at most {self._limit} bytes: `receiver.limits.body` is that much."

    async def _read(self, receive: Receive) -> bytes | None:
        """The whole body, or None for one beyond the limit."""
        pieces, length = [], 0
        while True:
            try:
                async with asyncio.timeout(_PATIENCE):
                    message = await receive()
            except TimeoutError:
                raise _GoneAway from None
            if message["type"] == "http.disconnect":
                raise _GoneAway
            piece = message.get("body", b"")
            length += len(piece)
            if length > self._limit:
                return None
            pieces.append(piece)
            if not message.get("more_body"):
                return b"".join(pieces)

    async def _keep(self, delivery: Delivery) -> Verdict:
        loop = asyncio.get_running_loop()
        found: asyncio.Future[Verdict] = loop.create_future()

        def tell(verdict: Verdict) -> None:
            if not found.done():
                found.set_result(verdict)

        def answer(verdict: Verdict) -> None:
            loop.call_soon_threadsafe(tell, verdict)

        self._ingest.take(delivery, answer)
        return await found


class _GoneAway(Exception):  # noqa: N818 (says what they did)
    """Who was sending does not wait for an answer any more."""


def _header(scope: Scope, name: bytes) -> bytes:
    found: bytes = next((value for key, value in scope["headers"] if key == name), b"")
    return found.strip().lower()
