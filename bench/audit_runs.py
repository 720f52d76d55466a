"""Appending to the audit log, and the bare loops to compare it with: each a process of its own.

`python -m bench.audit_runs NAME URL RECORDS` prints what it measured as JSON: records a second, and the
process's peak memory in megabytes after the first tenth of the records and after all of them.
"""

import json
import resource
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path

import psycopg

from monitorgen_exporters.audit.canonical import canonical
from monitorgen_exporters.audit.guard import Guard
from monitorgen_exporters.audit.issuing import Signer
from monitorgen_exporters.audit.log import AuditLog
from monitorgen_exporters.audit.note import SigningKey
from monitorgen_exporters.audit.record import Record, new_record

__all__: list[str] = []

BATCH = 100
_TEXT = "p99 latency of the checkout service is 1.24 s, objective 0.50 s, in 3 of 3 zones; " * 2

Commit = Callable[[range], object]


def record(number: int) -> Record:
    """A record as a receiver of alerts writes it: about 450 bytes of JSON."""
    return new_record(
        "alert.firing",
        "system:receiver",
        f"alert:CheckoutLatency{number % 50}",
        {"incident": f"checkout-{number // 20}", "severity": "high", "text": _TEXT, "number": number},
    )


def ours(url: str) -> tuple[Commit, Callable[[], None]]:
    """The whole of it: records made, canonical, hashed, in the tree, with rows and indexes, committed."""
    log = AuditLog.create(url, origin="bench/audit/append/1")
    return (lambda numbers: log.append_many(record(number) for number in numbers)), log.close


def sealed(url: str) -> tuple[Commit, Callable[[], None]]:
    """The same with signed checkpoints as they come due, and the guard's promise on the disk."""
    folder = tempfile.TemporaryDirectory(prefix="monitorgen-guard-")
    key = SigningKey.generate("bench/audit/append")
    signer = Signer((key,), Guard(Path(folder.name, "guard")), ("prometheus",))
    log = AuditLog.create(url, origin="bench/audit/append/1", signer=signer)

    def close() -> None:
        log.close()
        folder.cleanup()

    return (lambda numbers: log.append_many(record(number) for number in numbers)), close


def bodies(numbers: range) -> Iterator[bytes]:
    """The canonical bytes of plain objects of the same size and shape."""
    for number in numbers:
        yield canonical(
            {
                "v": 1,
                "id": f"01a2b3c4-d5e6-7f80-91a2-{number:012d}",
                "ts": "2026-11-21T14:06:54.123456Z",
                "type": "alert.firing",
                "actor": "system:receiver",
                "subject": f"alert:CheckoutLatency{number % 50}",
                "data": {
                    "incident": f"checkout-{number // 20}",
                    "severity": "high",
                    "text": _TEXT,
                    "number": number,
                },
                "commitments": {},
            }
        )


def rows(numbers: range, chain: bytes) -> list[tuple[int, bytes, bytes]]:
    """Position, body and chain value: the least that a hash chain in a table can be."""
    made = []
    for number, body in zip(numbers, bodies(numbers), strict=True):
        chain = sha256(chain + body).digest()
        made.append((number, body, chain))
    return made


def bare_sqlite(url: str) -> tuple[Commit, Callable[[], None]]:
    """A loop of group commits into a table of three columns, as durable as ours."""
    connection = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE record (pos INTEGER PRIMARY KEY, body BLOB, chain BLOB)")
    chain = bytes(32)

    def commit(numbers: range) -> None:
        nonlocal chain
        made = rows(numbers, chain)
        chain = made[-1][2]
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany("INSERT INTO record VALUES (?, ?, ?)", made)
        connection.execute("COMMIT")

    return commit, connection.close


def bare_postgres(url: str) -> tuple[Commit, Callable[[], None]]:
    """The same with a binary COPY in each transaction."""
    connection = psycopg.connect(url)
    connection.execute("CREATE TABLE record (pos BIGINT PRIMARY KEY, body BYTEA, chain BYTEA)")
    connection.commit()
    chain = bytes(32)

    def commit(numbers: range) -> None:
        nonlocal chain
        made = rows(numbers, chain)
        chain = made[-1][2]
        with connection.cursor() as cursor, cursor.copy("COPY record FROM STDIN (FORMAT BINARY)") as copy:
            copy.set_types(["int8", "bytea", "bytea"])
            for row in made:
                copy.write_row(row)
        connection.commit()

    return commit, connection.close


def measured(commit: Commit, records: int) -> dict[str, float]:
    """Rate and memory of committing so many records in batches."""
    began, early = time.perf_counter(), 0.0
    for start in range(0, records, BATCH):
        commit(range(start, min(start + BATCH, records)))
        if not early and start * 10 >= records:
            early = _memory()
    seconds = time.perf_counter() - began
    return {"rate": records / seconds, "early": early, "late": _memory()}


def _memory() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


RUNS = {"ours": ours, "sealed": sealed, "bare_sqlite": bare_sqlite, "bare_postgres": bare_postgres}

if __name__ == "__main__":
    _commit, _close = RUNS[sys.argv[1]](sys.argv[2])
    print(json.dumps(measured(_commit, int(sys.argv[3]))))
    _close()
