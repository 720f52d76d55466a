"""The application that the server runs: the webhook by the short way, everything else through the API."""

import asyncio
from collections.abc import Awaitable, Callable

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from monitorgen_exporters.receiver.access.headers import secured
from monitorgen_exporters.receiver.health import Health
from monitorgen_exporters.receiver.web.answers import CROWDED, LATER, answer
from monitorgen_exporters.receiver.web.webhook import WebhookApp

__all__ = ["Front"]

_Plain = Callable[[Send], Awaitable[None]]


class Front:
    """Sends each request where it belongs."""

    def __init__(
        self, webhook: WebhookApp, api: ASGIApp, health: Health, registry: CollectorRegistry, *, tls: bool
    ) -> None:
        self._webhook = webhook
        self._api = api
        self._health = health
        self._registry = registry
        self._tls = tls
        self._plain: dict[str, _Plain] = {
            "/healthz": self._alive,
            "/readyz": self._ready,
            "/metrics": self._metrics,
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            path = scope["path"]
            if self._webhook.is_for(path):
                await self._webhook(scope, receive, send)
                return
            plain = self._plain.get(path)
            if plain is not None and scope["method"] in ("GET", "HEAD"):
                await plain(send)
                return
            if scope.get("state", {}).get("crowded"):
                await answer(send, 503, CROWDED.encode(), tls=self._tls, headers=LATER)
                return
        await self._api(scope, receive, self._secure(send) if scope["type"] == "http" else send)

    def _secure(self, send: Send) -> Send:
        async def secure(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": secured(message.get("headers", ()), tls=self._tls)}
            await send(message)

        return secure

    async def _alive(self, send: Send) -> None:
        dead = self._health.dead()
        text = "\n".join(dead) or "alive"
        await answer(send, 503 if dead else 200, f"{text}\n".encode(), tls=self._tls)

    async def _ready(self, send: Send) -> None:
        missing = await self._health.missing()
        text = "\n".join(missing) or "ready"
        await answer(send, 503 if missing else 200, f"{text}\n".encode(), tls=self._tls)

    async def _metrics(self, send: Send) -> None:
        # Some of it is asked of the database, which may hang: nobody else is to wait for that.
        body = await asyncio.get_running_loop().run_in_executor(None, generate_latest, self._registry)
        await answer(send, 200, body, tls=self._tls, content_type=CONTENT_TYPE_LATEST.encode())
