"""Plain answers of ASGI applications, with the headers that all of ours have."""

from collections.abc import Iterable

from starlette.types import Send

from monitorgen_exporters.receiver.access.headers import secured

__all__ = ["CROWDED", "LATER", "answer"]

CROWDED = "Too many connections are open: try again."
LATER = [(b"retry-after", b"5"), (b"connection", b"close")]
"""The headers of an answer that ends its connection, too."""


async def answer(
    send: Send,
    status: int,
    body: bytes,
    *,
    tls: bool,
    content_type: bytes = b"text/plain; charset=utf-8",
    headers: Iterable[tuple[bytes, bytes]] = (),
) -> None:
    """Sends a whole answer."""
    own = [(b"content-type", content_type), (b"content-length", str(len(body)).encode()), *headers]
    await send({"type": "http.response.start", "status": status, "headers": secured(own, tls=tls)})
    await send({"type": "http.response.body", "body": body})
