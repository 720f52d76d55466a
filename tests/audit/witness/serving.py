"""A witness over HTTP, and how to talk to it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests

from monitorgen_exporters.audit.note import COSIGNATURE_V1, SigningKey
from monitorgen_exporters.audit.witness.judgement import Witness
from monitorgen_exporters.audit.witness.memory import Memory
from monitorgen_exporters.audit.witness.server import serving
from monitorgen_exporters.audit.witness.submission import format_submission
from tests.support.audit_history import History

__all__ = ["KEY", "submit", "witness_of"]

KEY = SigningKey("witness.example/w1", b"a witness's key, made for tests!", COSIGNATURE_V1)


@contextmanager
def witness_of(folder: Path, *histories: History) -> Iterator[str]:
    """The URL of a witness that watches these logs; it remembers in `folder`."""
    file = folder / "witness.db"
    memory = Memory.open(file) if file.exists() else Memory.create(file)
    logs = {history.origin: history.trust() for history in histories}
    with serving(Witness(KEY, memory, logs), "127.0.0.1", 0) as where:
        yield f"http://{where}"
    memory.close()


def submit(
    url: str,
    history: History,
    old: int,
    size: int,
    *,
    proof: list[bytes] | None = None,
    note: bytes | None = None,
) -> requests.Response:
    """What a witness answers to the checkpoint of `size`, proven from `old` unless `proof` says how."""
    if proof is None:
        proof = history.proof(old, size) if 0 < old < size else []
    body = format_submission(old, proof, note or history.note(size))
    # An answer that is kept keeps its connection, and a witness has few.
    return requests.post(f"{url}/add-checkpoint", data=body, headers={"Connection": "close"}, timeout=60)
