"""What is judged once every record has been read: the whole against state, checkpoints, guard and anchors."""

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from monitorgen_exporters.audit.checkpoint import Checkpoint
from monitorgen_exporters.audit.guard import Guard
from monitorgen_exporters.audit.store.base import Store
from monitorgen_exporters.audit.store.errors import Damaged
from monitorgen_exporters.audit.store.records import hash_reader
from monitorgen_exporters.audit.trust import Trust
from monitorgen_exporters.audit.verify.anchoring import Comparison, Reading, judge_anchor
from monitorgen_exporters.audit.verify.blocks import DECLARING
from monitorgen_exporters.audit.verify.checkpoints import is_time, read_seal
from monitorgen_exporters.audit.verify.chunk import CHUNK_LEVEL
from monitorgen_exporters.audit.verify.claims import (
    Claims,
    check_erasures,
    check_prunings,
    check_restores,
    read_claims,
)
from monitorgen_exporters.audit.verify.findings import Finding, Findings, Kind
from monitorgen_exporters.audit.verify.merging import Merged
from monitorgen_exporters.audit.verify.proven import not_proven
from monitorgen_exporters.audit.verify.report import GuardView, Report, Tail, Verdict, Witnessed
from monitorgen_exporters.audit.verify.words import age, counted

__all__ = ["Judge", "Moment", "Options"]

_FOR_EVER: Final = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Options:
    """How a log is verified."""

    hashes_only: bool = False
    """Compare hashes and signatures, and not what the bodies say."""
    processes: int | None = None
    """How many; None for as many as there are processors, if the log is worth it."""
    skew: timedelta = timedelta(minutes=5)
    """How far clocks of writers may lie apart."""
    seal_within: timedelta = timedelta(minutes=15)
    """How long a growing log may go without a checkpoint."""
    max_anchor_age: timedelta = timedelta(hours=24)
    """How long a record may be outside of what the anchors have seen."""
    now: datetime | None = None


@dataclass(frozen=True, slots=True)
class Moment:
    """What the log says of itself, at one moment, before its records are read."""

    origin: Any
    size: int
    rows: int
    frontier: Any
    chain: Any
    first_body: Any
    scan: int
    """How many positions are looked at."""
    beyond: list[tuple[Any, ...]]
    """Checkpoints larger than the log."""
    personal: bool


@dataclass(slots=True)
class Judge:
    """What is judged once every record has been read."""

    store: Store
    trust: Trust
    options: Options
    now: datetime
    moment: Moment
    merged: Merged
    report: Report

    @property
    def _findings(self) -> Findings:
        return self.report.findings

    def judge(self, readings: Sequence[Reading], signed: Checkpoint | None, guard: Guard | None) -> None:
        """Fills in the report."""
        merged, report = self.merged, self.report
        report.hashed = merged.hashed
        root = merged.root()
        report.root = base64.b64encode(root).decode() if root is not None else ""
        self._places_of_faults()
        self._state()
        self._nodes()
        claims = self._claims()
        self._checkpoints(claims)
        self._tail()
        self._intake()
        self._guard(signed, guard)
        self._anchors(readings)
        report.not_proven = not_proven(report)
        report.verdict = self._verdict(claims)

    def _places_of_faults(self) -> None:
        """Positions that only a second look can tell."""
        for id_, start, end in self.merged.duplicates:
            found = self.store.query(
                "SELECT max(pos) FROM audit_record WHERE pos >= ? AND pos < ? AND id = ?", (start, end, id_)
            )
            position = found[0][0] if found and found[0][0] is not None else end - 1
            self._findings.add(
                Finding.at(position, Kind.DUPLICATE_ID, f"the id {id_} is that of an earlier record as well")
            )
        if self.merged.backwards:
            count = len(self.merged.backwards)
            where = "once" if count == 1 else f"in {count} places"
            skew = age(self.options.skew.total_seconds())
            self.report.warnings.append(
                f"timestamps run backwards by more than {skew} {where}, first near record "
                f"{self.merged.backwards[0]}"
            )

    def _state(self) -> None:
        """The state that goes on growing, against what the records give."""
        moment, merged = self.moment, self.merged
        if moment.origin != self.trust.origin:
            self._findings.add(
                Finding.at(
                    0,
                    Kind.ORIGIN,
                    f"the log calls itself {moment.origin!r:.120}, the trust file is of {self.trust.origin}",
                )
            )
        frontier = merged.frontier()
        if moment.scan != moment.size or frontier is None:
            return
        if moment.frontier != frontier.to_bytes():
            self._findings.add(_at_end(moment.size, "the frontier in the state is not that of the records"))
        if merged.chain is not None and moment.chain != merged.chain:
            self._findings.add(
                _at_end(moment.size, "the chain value in the state is not that of the last record")
            )

    def _nodes(self) -> None:
        """The cached hashes above the chunks."""
        held = {
            (level, index): made
            for level, index, made in self.store.query(
                "SELECT level, idx, hash FROM audit_node WHERE level > ?", (CHUNK_LEVEL,)
            )
        }
        for (level, index), made in self.merged.nodes.items():
            if held.get((level, index)) != made:
                self._findings.add(
                    Finding.within(
                        index << level,
                        (index + 1) << level,
                        Kind.NODE,
                        f"the cached hash of level {level}, index {index} is wrong or missing",
                    )
                )

    def _claims(self) -> Claims:
        """What the log says was done to it, against what was."""
        merged, report = self.merged, self.report
        declaring = list(merged.declaring)
        if self.options.hashes_only and (merged.pruned or merged.foreign):
            declaring = self._declaring(0, self.moment.scan)
        if merged.pruned or merged.missing:
            # Pruned or erased while we were reading: then the word of it was added after we began.
            declaring += self._declaring(self.moment.scan, _FOR_EVER)
        claims = read_claims(declaring, report.warnings)
        report.declared = dict(sorted(claims.counts.items()))
        hashes_at = _hashes_at(self.store, self.merged.hole or self.moment.scan)
        self._first_body(claims)
        report.prunings = check_prunings(merged.pruned, claims, hashes_at, self._findings)
        report.restores = check_restores(claims, merged.foreign, hashes_at, self._findings)
        if not self.options.hashes_only:
            self._orphans()
            report.erased_fields, report.erasures = check_erasures(
                merged.missing, claims, self._findings, report.warnings, self._still_there
            )
        return claims

    def _first_body(self, claims: Claims) -> None:
        """From where on the log says that it has bodies: retention goes on from there."""
        said, declared = self.moment.first_body, [one.to_pos for _, one in claims.pruned]
        if self.moment.size and (type(said) is not int or not 0 <= said <= max(declared, default=0)):
            what = f"the state says that records before {said!r:.40} were pruned, and no record does"
            self._findings.add(_at_end(self.moment.size, what))

    def _declaring(self, start: int, end: int) -> list[tuple[int, bytes]]:
        """Position and body of the records in `[start, end)` that say what was done to the log."""
        marks = ", ".join("?" * len(DECLARING))
        rows = self.store.query(
            f"SELECT pos, body FROM audit_record WHERE type IN ({marks}) AND pos >= ? AND pos < ? "  # noqa: S608
            "ORDER BY pos",
            (*sorted(DECLARING), start, end),
        )
        return [(position, body) for position, body in rows if type(body) is bytes]

    def _orphans(self) -> None:
        """Personal values of no record at all; what is in the intake will be one."""
        ((count, example),) = self.store.query(
            "SELECT count(*), min(p.id) FROM audit_personal p WHERE NOT EXISTS "
            "(SELECT 1 FROM audit_record r WHERE r.id = p.id) "
            "AND NOT EXISTS (SELECT 1 FROM audit_intake i WHERE i.id = p.id)"
        )
        if count:
            what = f"{counted(count, 'personal value')} belong to no record, such as to {example!r:.60}"
            self._findings.add(_at_end(self.moment.size, what, Kind.STRAY))

    def _still_there(self, id_: str, field: str) -> bool:
        return bool(self.store.query("SELECT 1 FROM audit_personal WHERE id = ? AND field = ?", (id_, field)))

    def _checkpoints(self, claims: Claims) -> None:
        merged, report = self.merged, self.report
        report.checkpoints, report.checkpoints_unchecked = merged.held, merged.unchecked
        report.keys = tuple(merged.keys.values())
        report.newest_checkpoint = merged.newest.size if merged.newest else None
        report.warnings += merged.doubts
        restored = {said.origin for _, said in claims.restored}
        for row in self.moment.beyond:
            seal = read_seal(row, self.trust, self._findings)
            if seal is None or seal.origin in restored:
                continue
            if seal.origin != self.trust.origin:
                self._findings.add(
                    Finding.at(seal.size - 1, Kind.ORIGIN, f"a stored checkpoint is of {seal.origin:.120}")
                )
            elif seal.good:
                self._findings.add(
                    Finding.within(
                        self.moment.scan,
                        seal.size,
                        Kind.TRUNCATED,
                        f"a signed checkpoint covers {counted(seal.size, 'record')}, and the log has "
                        f"{self.moment.scan}",
                    )
                )
        if self.trust.witnesses:
            self._witnesses()

    def _witnesses(self) -> None:
        cosigned = self.merged.cosigned
        at = cosigned.cosigned_at if cosigned else None
        self.report.witnessed = Witnessed(
            max(1, self.trust.quorum),
            tuple(key.name for key in self.trust.witnesses),
            cosigned.size if cosigned else None,
            cosigned.cosigners if cosigned else (),
            max(0.0, self.now.timestamp() - at) if at is not None else None,
        )

    def _tail(self) -> None:
        """Records under no checkpoint: the part of the log that a writer of the database can still change."""
        start = self.merged.newest.size if self.merged.newest else 0
        records = max(0, self.moment.scan - start)
        oldest = self._time_of(start) if records else None
        self.report.tail = Tail(start, records, oldest, self._age(oldest))
        above = self.store.query(
            "SELECT count(*) FROM audit_checkpoint WHERE origin = ? AND size > ?", (self.trust.origin, start)
        )
        if not records or self.merged.hole is not None or above[0][0]:
            return  # checkpoints there are, and what is wrong with them has been said
        ((first, last),) = self.store.query(
            "SELECT min(id), max(id) FROM audit_record WHERE pos >= ? AND pos < ?", (start, self.moment.scan)
        )
        begun, ended = _made_at(first), _made_at(last)
        if begun is None or ended is None:
            return
        # The log's own clock counts, not today's: a copy of a log may be verified years later.
        open_for = (ended if self.merged.newest else self.now.timestamp()) - begun
        if open_for > self.options.seal_within.total_seconds():
            self._findings.add(
                Finding.within(
                    start,
                    self.moment.scan,
                    Kind.SEAL,
                    f"{counted(records, 'record')} from position {start} on are under no checkpoint, for "
                    f"{age(open_for)}: a log seals itself within seconds, so either nobody could sign, or "
                    "checkpoints were taken away",
                )
            )

    def _time_of(self, position: int) -> str | None:
        found = self.store.query("SELECT ts FROM audit_record WHERE pos = ?", (position,))
        return found[0][0] if found and is_time(found[0][0]) else None

    def _age(self, text: str | None) -> float | None:
        if text is None:
            return None
        return max(0.0, (self.now - datetime.fromisoformat(text)).total_seconds())

    def _intake(self) -> None:
        ((count, oldest),) = self.store.query("SELECT count(*), min(ts) FROM audit_intake")
        self.report.intake_records = count
        self.report.intake_oldest = oldest if is_time(oldest) else None
        self.report.intake_age_seconds = self._age(self.report.intake_oldest)

    def _guard(self, signed: Checkpoint | None, guard: Guard | None) -> None:
        if guard is None:
            return
        place = str(guard.path)
        if signed is None:
            self.report.guard = GuardView(place, None, "knows nothing of this log")
            return
        made = self.merged.roots.get(signed.size)
        verdict = "agrees"
        if signed.size > self.moment.scan:
            verdict = "disagrees"
            self._findings.add(
                Finding.within(
                    self.moment.scan,
                    signed.size,
                    Kind.ROLLED_BACK,
                    f"the signer has signed {counted(signed.size, 'record')} ({place}), and the log has "
                    f"{self.moment.scan}: the database was rolled back",
                    signed.text,
                )
            )
        elif made is None:
            verdict = "could not be compared"
        elif made != signed.root:
            verdict = "disagrees"
            own = self._own_note(signed.size) or Checkpoint(signed.origin, signed.size, made).text
            self._findings.add(
                Finding.within(
                    0,
                    signed.size,
                    Kind.FORK,
                    f"the signer has signed another root for size {signed.size} ({place}) than the records",
                    signed.text,
                    own,
                )
            )
        self.report.guard = GuardView(place, signed.size, verdict)

    def _own_note(self, size: int) -> str | None:
        found = self.store.query(
            "SELECT note FROM audit_checkpoint WHERE origin = ? AND size = ?", (self.trust.origin, size)
        )
        return found[0][0].decode(errors="replace") if found and type(found[0][0]) is bytes else None

    def _anchors(self, readings: Sequence[Reading]) -> None:
        log = Comparison(
            self.trust,
            self.moment.scan,
            self.merged.roots,
            self.report.restores,
            self._own_note,
            lambda position: self._age(self._time_of(position)) or 0.0,
            self.options.max_anchor_age.total_seconds(),
        )
        self.report.anchors = tuple(
            judge_anchor(reading, log, self._findings, self.report.warnings, self.now) for reading in readings
        )

    def _verdict(self, claims: Claims) -> Verdict:
        if self._findings:
            return Verdict.TAMPERED
        report = self.report
        start = report.tail.start if report.tail else 0
        unsealed = [
            position
            for position in (*(at for at, _ in claims.pruned), *claims.erased.values())
            if position >= start
        ]
        if unsealed:
            report.warnings.append(
                f"record {min(unsealed)} declares a pruning or an erasure, and no checkpoint covers it yet"
            )
            return Verdict.UNANCHORED
        if self.trust.quorum and not self._freshly_witnessed():
            return Verdict.UNANCHORED
        anchored = any(anchor.verdict == "agrees" for anchor in report.anchors)
        return Verdict.ANCHORED if anchored or self._freshly_witnessed() else Verdict.UNANCHORED

    def _freshly_witnessed(self) -> bool:
        found = self.report.witnessed
        # A cosignature bears the witness's time. An old one says nothing about what was cut off since.
        return (
            found is not None
            and found.age_seconds is not None
            and found.age_seconds <= self.options.max_anchor_age.total_seconds()
        )


def _at_end(size: int, message: str, kind: Kind = Kind.STATE) -> Finding:
    return Finding.within(size, size + 1, kind, message)


def _hashes_at(store: Store, known: int) -> Callable[[int], Sequence[bytes] | None]:
    """The full subtrees of the first so many records, from hashes that have been verified by now."""
    hash_at = hash_reader(store)

    def hashes(size: int) -> Sequence[bytes] | None:
        if not 0 <= size <= known:
            return None
        try:
            return [
                hash_at(level, size >> level + 1 << 1)
                for level in range(size.bit_length() - 1, -1, -1)
                if size >> level & 1
            ]
        except Damaged:
            return None

    return hashes


def _made_at(id_: Any) -> float | None:
    """When an id was made, in seconds since 1970: the first 48 bits of a UUIDv7 are milliseconds."""
    try:
        return int(id_[:8] + id_[9:13], 16) / 1000
    except (TypeError, ValueError):
        return None
