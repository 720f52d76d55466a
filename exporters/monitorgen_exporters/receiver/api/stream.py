"""The live stream: the same by server-sent events, for whatever speaks HTTP, and by WebSocket."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Annotated, Final
from urllib.parse import urlsplit

import orjson
from fastapi import APIRouter, Header, Query, Request, WebSocket
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocketDisconnect

from monitorgen_exporters.audit.store import StoreError
from monitorgen_exporters.receiver.api.alert_models import alert_of
from monitorgen_exporters.receiver.api.guard import GuardedRoute, TheService, Who, admit, service_of
from monitorgen_exporters.receiver.api.history import event_of
from monitorgen_exporters.receiver.api.permissions import permission_of
from monitorgen_exporters.receiver.api.problems import Problem, answer_of
from monitorgen_exporters.receiver.live import (
    HEARTBEAT,
    Change,
    Heartbeat,
    Live,
    OpenAlert,
    Ready,
    Said,
    Stream,
    TooManyStreams,
)

__all__ = ["PATIENCE", "router"]

router: Final = APIRouter(route_class=GuardedRoute, tags=["stream"])

PATIENCE: Final = 30.0
"""Seconds in which a listener has to take what is said; then it is cut off, and may resume."""

_RETRY: Final = b"retry: 2000\n\n"  # milliseconds after which a browser connects again

_logger = logging.getLogger(__name__)

Still = Callable[[], Awaitable[bool]]
"""Whether the listener may still listen."""

After = Annotated[
    int | None,
    Query(ge=0, lt=1 << 63, description="The number of an event: what came after it, without open alerts."),
]


@router.get(
    "/api/v1/stream",
    response_class=Response,
    responses={
        200: {
            "description": "A stream of server-sent events.",
            "content": {"text/event-stream": {"schema": {"type": "string"}}},
        }
    },
)
async def stream(
    request: Request,
    service: TheService,
    who: Who,
    after: After = None,
    last_event_id: Annotated[str | None, Header(max_length=64, description="As browsers resume.")] = None,
) -> Response:
    """What changes, as server-sent events, for as long as the connection lasts.

    First an event `alert` for each open alert, then `ready`; from then on `change` for each event, with the
    alert as it is by then. Whoever is cut off resumes with the last `id` as `Last-Event-ID`, or as `after`,
    and misses nothing. A comment comes every 15 seconds without anything else.
    """
    if last_event_id is not None and last_event_id.isascii() and last_event_id.isdigit():
        after = min(int(last_event_id), (1 << 63) - 1)
    return _ServerSentEvents(_open(service.live, who, after), _still(request))


@router.websocket("/api/v1/stream/ws")
async def stream_by_websocket(websocket: WebSocket, after: After = None) -> None:
    """The same by WebSocket: each message is a JSON object with `kind`, `seq` and what belongs to it."""
    try:
        _check_origin(websocket, service_of(websocket).settings.public_url)
        who = await admit(websocket, permission_of("GET", "/api/v1/stream/ws"))
        live = _open(service_of(websocket).live, who, after)
    except Problem as problem:
        await websocket.send_denial_response(answer_of(problem))
        return
    except StoreError:
        await websocket.send_denial_response(
            answer_of(Problem(503, "The database cannot be used at present."))
        )
        return
    await websocket.accept()
    await _talk(websocket, live, _still(websocket))


def _open(live: Live, who: Who, after: int | None) -> Stream:
    try:
        return live.open(who.tenant, after)
    except TooManyStreams:
        raise Problem(
            503, "As many listen already as there may: try again later.", headers={"Retry-After": "30"}
        ) from None


def _still(connection: Request | WebSocket) -> Still:
    """Looks now and then whether the credential is still good: a stream outlives many a key."""
    permission = permission_of("GET", "/api/v1/stream")
    looked = time.monotonic()

    async def still() -> bool:
        nonlocal looked
        if time.monotonic() - looked < HEARTBEAT:
            return True
        looked = time.monotonic()
        try:
            await admit(connection, permission)
        except Problem as problem:
            return problem.status_code in (429, 503)
        except StoreError:
            pass  # nobody is thrown out because the database is away
        return True

    return still


class _ServerSentEvents(Response):
    """A stream as server-sent events (WHATWG HTML, section 9.2)."""

    def __init__(self, stream: Stream, still: Still) -> None:
        super().__init__(headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        del self.headers["content-length"]
        self.headers["content-type"] = "text/event-stream; charset=utf-8"
        self._stream = stream
        self._still = still

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        async def tell(body: bytes, *, more: bool = True) -> None:
            message = {"type": "http.response.body", "body": body, "more_body": more}
            await asyncio.wait_for(send(message), PATIENCE)

        watching = asyncio.ensure_future(self._watch(receive))
        try:
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            await tell(_RETRY)
            async for said in self._stream.said():
                if not await self._still():
                    break
                await tell(_as_event(said))
            await tell(b"", more=False)
        except TimeoutError:
            _logger.info("a stream was cut off: its listener took nothing for %g s", PATIENCE)
        except StoreError as problem:
            _logger.warning("a stream was cut off: %s", problem)
            with suppress(TimeoutError):
                await tell(b"", more=False)
        finally:
            self._stream.close()
            watching.cancel()

    async def _watch(self, receive: Receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        self._stream.close()


def _as_event(said: Said) -> bytes:
    if isinstance(said, Heartbeat):
        return b": nothing new\n\n"
    kind, seq, body = _parts(said)
    number = b"" if seq is None else b"id: %d\n" % seq
    # JSON has no newline in it but those that are escaped.
    return b"%sevent: %s\ndata: %s\n\n" % (number, kind.encode(), orjson.dumps(body))


async def _talk(websocket: WebSocket, stream: Stream, still: Still) -> None:
    watching = asyncio.ensure_future(_until_closed(websocket, stream))
    code, why = 1001, "the receiver ends"
    try:
        async for said in stream.said():
            if not await still():
                code, why = 1008, "the credential is no longer good"
                break
            kind, seq, body = _parts(said)
            message = orjson.dumps({"kind": kind, "seq": seq, **body}).decode()
            await asyncio.wait_for(websocket.send_text(message), PATIENCE)
    except TimeoutError:
        code, why = 1013, "too slow: resume"
    except StoreError as problem:
        _logger.warning("a stream was cut off: %s", problem)
        code, why = 1013, "the database cannot be read: resume"
    except (WebSocketDisconnect, RuntimeError):
        return  # the listener is gone
    finally:
        stream.close()
        watching.cancel()
    with suppress(WebSocketDisconnect, RuntimeError, TimeoutError):
        await asyncio.wait_for(websocket.close(code, why), PATIENCE)


async def _until_closed(websocket: WebSocket, stream: Stream) -> None:
    """Waits for the listener to go, or to say something: there is nothing to be said to a stream."""
    with suppress(WebSocketDisconnect, RuntimeError):
        await websocket.receive()
    stream.close()


def _parts(said: Said) -> tuple[str, int | None, dict[str, object]]:
    match said:
        case OpenAlert(alert):
            return "alert", None, {"alert": alert_of(alert).model_dump()}
        case Ready(seq):
            return "ready", seq, {}
        case Change(event, alert):
            shown = None if alert is None else alert_of(alert).model_dump()
            return "change", event.seq, {"event": event_of(event).model_dump(), "alert": shown}
        case Heartbeat(seq):
            return "heartbeat", seq, {}


def _check_origin(websocket: WebSocket, public_url: str) -> None:
    """A page of another site may not use what a browser would send along. Raises Problem."""
    origin = websocket.headers.get("origin")
    if origin is None:
        return
    found, own = urlsplit(origin), urlsplit(public_url)
    if (found.scheme, found.netloc) != (own.scheme, own.netloc):
        raise Problem(403, "Pages of this origin may not listen here.")
