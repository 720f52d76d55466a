"""`python -m bench.receiver_bare FILE HOST:PORT`: the least that a durable webhook receiver can be.

A raw ASGI application that decodes with msgspec, one thread that writes one row with a chained hash for each
alert and commits what has come together, and 200 after the commit.
"""

import asyncio
import sqlite3
import sys
import threading
from hashlib import sha256
from typing import Any

import msgspec
import uvicorn

__all__: list[str] = []


class Alert(msgspec.Struct, gc=False):
    """What is read of an alert."""

    status: str
    labels: dict[str, str]
    annotations: dict[str, str]
    startsAt: str  # noqa: N815 - as sent
    endsAt: str  # noqa: N815 - as sent
    fingerprint: str


class Delivery(msgspec.Struct, gc=False):
    """What is read of a post."""

    groupKey: str  # noqa: N815 - as sent
    alerts: list[Alert]


_decode = msgspec.json.Decoder(Delivery).decode
_encode = msgspec.json.Encoder().encode


class Committer:
    """Writes what has come together."""

    def __init__(self, path: str) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = FULL")
        self._connection.execute("CREATE TABLE record (pos INTEGER PRIMARY KEY, body BLOB, chain BLOB)")
        self._chain = bytes(32)
        self._queue: list[tuple[Delivery, asyncio.Future[None]]] = []
        self._changed = threading.Condition()
        threading.Thread(target=self._run, daemon=True).start()

    def take(self, delivery: Delivery, done: "asyncio.Future[None]") -> None:
        """Has a delivery written."""
        with self._changed:
            self._queue.append((delivery, done))
            self._changed.notify()

    def _run(self) -> None:
        while True:
            with self._changed:
                while not self._queue:
                    self._changed.wait()
                some, self._queue = self._queue, []
            rows = []
            for delivery, _ in some:
                for alert in delivery.alerts:
                    text = _encode(alert)
                    self._chain = sha256(self._chain + text).digest()
                    rows.append((text, self._chain))
            self._connection.execute("BEGIN IMMEDIATE")
            self._connection.executemany("INSERT INTO record (body, chain) VALUES (?, ?)", rows)
            self._connection.execute("COMMIT")
            loop = some[0][1].get_loop()
            loop.call_soon_threadsafe(_tell, [done for _, done in some])


def _tell(waiting: "list[asyncio.Future[None]]") -> None:
    for done in waiting:
        done.set_result(None)


def application(committer: Committer) -> Any:
    """The ASGI application."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["method"] == "GET":  # whether it is there yet
            await _answer(send)
            return
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        committer.take(_decode(body), done)
        await done
        await _answer(send)

    return app


async def _answer(send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
    await send({"type": "http.response.body", "body": b""})


if __name__ == "__main__":
    uvicorn.run(
        application(Committer(sys.argv[1])),
        port=int(sys.argv[2].rpartition(":")[2]),
        lifespan="off",
        access_log=False,
        log_level="error",
    )
