"""Small logs for the verifier, made by the log's own sequencer and signed by keys of the test's."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from monitorgen_exporters.audit.anchors.base import AnchorError, Sighting, Unusable
from monitorgen_exporters.audit.checkpoint import Checkpoint
from monitorgen_exporters.audit.entry import new_entry
from monitorgen_exporters.audit.note import SigningKey, sign_note
from monitorgen_exporters.audit.record import BadRecord, decode
from monitorgen_exporters.audit.sequencer import Sequencer
from monitorgen_exporters.audit.stamps import now
from monitorgen_exporters.audit.store import Store, create_store, open_store
from monitorgen_exporters.audit.store.records import NODE_LEVEL
from monitorgen_exporters.audit.tree import FIRST_CHAIN, Frontier, chain_hash, leaf_hash
from monitorgen_exporters.audit.trust import Trust, TrustedKey
from monitorgen_exporters.audit.verify.findings import Finding, Kind
from monitorgen_exporters.audit.verify.options import Options
from monitorgen_exporters.audit.verify.report import Report
from monitorgen_exporters.audit.verify.verifier import verify
from tests.support.tampering import disarm

__all__ = ["KEY", "ORIGIN", "FakeAnchor", "Log", "first", "sample", "sighting"]

ORIGIN = "example.org/audit/main/1"
KEY = SigningKey(ORIGIN, bytes(range(32)))


@dataclass
class Log:
    """A log at `url`; `trust` is what its verifier believes."""

    url: str
    origin: str = ORIGIN
    keys: tuple[SigningKey, ...] = (KEY,)
    trust: Trust = field(default_factory=lambda: Trust(ORIGIN, (TrustedKey(KEY.verifier),)))

    @classmethod
    def create(cls, url: str) -> "Log":
        """A new, empty log."""
        create_store(url, ORIGIN).close()
        return cls(url)

    def append(self, count: int = 1, **said: Any) -> list[str]:
        """Adds records; the ids."""
        fields = {"type": "alert.firing", "actor": "system:test", "subject": "alert:High", **said}
        entries = [
            new_entry(**{"data": {"number": number, "labels": {"job": "api"}, "severity": "high"}, **fields})
            for number in range(count)
        ]
        with open_store(self.url) as store:
            assert store.try_sequencer()
            Sequencer(store).append(entries)
        return [entry.record.id for entry in entries]

    def checkpoint(self) -> Checkpoint:
        """What a checkpoint over all records says."""
        with open_store(self.url) as store:
            frontier = Sequencer(store).tip.frontier
        return Checkpoint(self.origin, frontier.size, frontier.root())

    def seal(self, *keys: SigningKey, ts: str = "") -> Checkpoint:
        """Issues a checkpoint over all records."""
        made = self.checkpoint()
        self.put(made, sign_note(made.text, *(keys or self.keys)), ts=ts)
        return made

    def put(self, made: Checkpoint, note: bytes, *, ts: str = "") -> None:
        """Stores a checkpoint as the log does."""
        with open_store(self.url) as store:
            store.insert("audit_checkpoint", [(made.origin, made.size, made.root, note, ts or now())])

    def note(self, size: int) -> bytes:
        """The stored note of the checkpoint of that size."""
        with open_store(self.url) as store:
            return bytes(store.query("SELECT note FROM audit_checkpoint WHERE size = ?", [size])[0][0])

    def verify(self, *, anchors: Any = (), guard: Any = None, **options: Any) -> Report:
        """The verifier's report."""
        chosen = replace(Options(processes=1), **options)
        return verify(self.url, self.trust, anchors=anchors, guard=guard, options=chosen)

    @contextmanager
    def attacked(self) -> Iterator[Store]:
        """The store, open to somebody who may write to the database."""
        with open_store(self.url) as store:
            disarm(store)
            yield store

    def bodies(self) -> list[bytes]:
        """What the log holds."""
        with open_store(self.url) as store:
            return [bytes(body) for (body,) in store.query("SELECT body FROM audit_record ORDER BY pos")]

    def rewrite(self, bodies: Sequence[bytes]) -> None:
        """Replaces the history, as somebody may who can write to the database and knows how all is made."""
        frontier, chain = Frontier(), FIRST_CHAIN
        leaves = [leaf_hash(body) for body in bodies]
        nodes = frontier.extend(leaves, nodes_from=NODE_LEVEL)
        rows = []
        for pos, (body, leaf) in enumerate(zip(bodies, leaves, strict=True)):
            chain = chain_hash(chain, leaf)
            rows.append((pos, *_columns(body, pos), leaf, chain, body))
        with self.attacked() as store, store.transaction():
            store.execute("DELETE FROM audit_record")
            store.execute("DELETE FROM audit_node")
            store.insert("audit_record", rows)
            store.insert("audit_node", nodes)
            store.execute(
                "UPDATE audit_state SET size = ?, frontier = ?, chain = ?",
                (len(bodies), frontier.to_bytes(), chain),
            )


def _columns(body: bytes, pos: int) -> tuple[str | None, ...]:
    try:
        found = decode(body)
    except BadRecord:
        return (f"unread-{pos}", "", "", "", "", None, "")
    return found.id, found.ts, found.type, found.actor, found.subject, found.incident, found.severity


def sample(url: str, steps: Iterable[int] = (3, 2, 4)) -> Log:
    """A log that grew in steps, each sealed."""
    log = Log.create(url)
    for count in steps:
        log.append(count)
        log.seal()
    return log


def first(report: Report) -> tuple[Kind, int]:
    """Kind and position of what is wrong first."""
    found = report.first
    assert isinstance(found, Finding), "nothing was found"
    return found.kind, found.start


@dataclass
class FakeAnchor:
    """An anchor that has kept these sightings."""

    sightings: Sequence[Sighting | Unusable] = ()
    name: str = "elsewhere"
    place: str = "https://elsewhere.example"
    broken: bool = False

    def publish(self, note: bytes, checkpoint: Checkpoint) -> bytes:
        """Is never asked."""
        raise NotImplementedError

    def recorded(self) -> Iterator[Sighting | Unusable]:
        """The sightings."""
        yield from self.sightings
        if self.broken:
            raise AnchorError("elsewhere.example does not answer")


def sighting(made: Checkpoint, note: bytes | None = None, *, kept: int = 32) -> Sighting:
    """What an anchor keeps of a checkpoint."""
    return Sighting(
        "elsewhere", "https://elsewhere.example/x", made.origin, made.size, made.root[:kept], None, note
    )
