"""What the log says was done to it, against what was: prunings, erasures and restores."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from monitorgen_exporters.audit.declared import (
    LOG_PRUNED,
    LOG_RESTORED,
    RECORD_ERASED,
    BadDeclaration,
    Erased,
    Pruned,
    Restored,
)
from monitorgen_exporters.audit.record import BadRecord, Record, decode
from monitorgen_exporters.audit.verify.findings import Finding, Findings, Kind
from monitorgen_exporters.audit.verify.merging import Foreign, fold
from monitorgen_exporters.audit.verify.personal_values import Missing
from monitorgen_exporters.audit.verify.report import Erasure, Pruning, Restore

__all__ = ["Claims", "check_erasures", "check_prunings", "check_restores", "read_claims"]

_SHOWN = 20

HashesAt = Callable[[int], Sequence[bytes] | None]
"""The full subtrees of the first so many records, the largest first; None when they cannot be made."""


@dataclass(slots=True)
class Claims:
    """The declarations of a log by the position of their record."""

    pruned: list[tuple[int, Pruned]] = field(default_factory=list)
    erased: dict[tuple[str, str], int] = field(default_factory=dict)
    """Position of the declaration, by record id and field."""
    restored: list[tuple[int, Restored]] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)


def read_claims(declaring: Iterable[tuple[int, bytes]], warnings: list[str]) -> Claims:
    """What these records declare; what is no declaration declares nothing, and is a warning."""
    claims = Claims()
    for position, body in declaring:
        try:
            record = decode(body)
            claims.counts[record.type] = claims.counts.get(record.type, 0) + 1
            _read(position, record, claims)
        except BadDeclaration as fault:
            warnings.append(f"record {position} declares nothing: {fault}")
        except BadRecord:
            continue  # a finding already
    return claims


def _read(position: int, record: Record, claims: Claims) -> None:
    if record.type == LOG_PRUNED:
        claims.pruned.append((position, Pruned.read(record)))
    elif record.type == RECORD_ERASED:
        said = Erased.read(record)
        for name in said.fields:
            claims.erased.setdefault((said.id, name), position)
    elif record.type == LOG_RESTORED:
        claims.restored.append((position, Restored.read(record)))


def check_prunings(
    runs: Sequence[tuple[int, int]], claims: Claims, hashes_at: HashesAt, findings: Findings
) -> tuple[Pruning, ...]:
    """The ranges without bodies and what declares each; bodies that are gone undeclared are findings."""
    honest: list[tuple[int, Pruned]] = []
    for position, said in claims.pruned:
        if fault := _false(position, said, hashes_at):
            findings.add(Finding.at(position, Kind.PRUNE_FALSE, f"the pruning declared here {fault}"))
        else:
            honest.append((position, said))
    made: list[Pruning] = []
    for start, end in runs:
        at = start
        while at < end:
            covering = [(where, said) for where, said in honest if said.from_pos <= at < said.to_pos]
            if covering:
                where, said = max(covering, key=lambda one: one[1].to_pos)
                stop = min(said.to_pos, end)
                made.append(Pruning(at, stop, where, said.archive))
            else:
                stop = min([end, *(said.from_pos for _, said in honest if said.from_pos > at)])
                made.append(Pruning(at, stop, None, None))
                what = "body is" if stop == at + 1 else "bodies are"
                findings.add(
                    Finding.within(
                        at,
                        at + 1,
                        Kind.PRUNED,
                        f"{stop - at} {what} gone from position {at} on, and no {LOG_PRUNED} says so",
                    )
                )
            at = stop
    return tuple(made)


def _false(position: int, said: Pruned, hashes_at: HashesAt) -> str:
    """What is not true of a declared pruning, or nothing."""
    if not said.from_pos < said.to_pos <= said.checkpoint_size <= position:
        return f"is of the records {said.from_pos} to {said.to_pos - 1}, which cannot be"
    cut, sealed = hashes_at(said.to_pos), hashes_at(said.checkpoint_size)
    if cut is not None and tuple(one.hex() for one in cut) != said.hashes:
        return f"names other hashes than those of the first {said.to_pos} records"
    if sealed is not None and fold(sealed).hex() != said.checkpoint_root:
        return f"names another root than that of the first {said.checkpoint_size} records"
    return ""


def check_restores(
    claims: Claims, foreign: Mapping[str, Foreign], hashes_at: HashesAt, findings: Findings
) -> tuple[Restore, ...]:
    """The restores; checkpoints of another origin that no restore accounts for are findings."""
    honest: dict[str, Restored] = {}
    for position, said in claims.restored:
        made = hashes_at(said.size)
        if said.size > position or (made is not None and fold(made).hex() != said.root):
            what = f"the restore declared here is not of the first {said.size} records of this log"
            findings.add(Finding.at(position, Kind.RESTORED, what))
        else:
            honest[said.origin] = said
    for origin, found in foreign.items():
        if origin not in honest:
            findings.add(
                Finding.within(
                    found.first_size - 1 if found.first_size else 0,
                    found.last_size,
                    Kind.ORIGIN,
                    f"{found.checkpoints} checkpoints are of {origin}, and no {LOG_RESTORED} says that "
                    "this log goes on from it",
                )
            )
            continue
        for size in found.wrong:
            if size <= honest[origin].size:
                findings.add(
                    Finding.within(
                        0, size, Kind.ROOT, f"the records do not give the root of size {size} of {origin}"
                    )
                )
    return tuple(
        Restore(position, said.origin, said.size, said.known_size, said.reason)
        for position, said in claims.restored
    )


def check_erasures(
    missing: Sequence[Missing],
    claims: Claims,
    findings: Findings,
    warnings: list[str],
    still_there: Callable[[str, str], bool],
) -> tuple[int, tuple[Erasure, ...]]:
    """How many declared erasures there are, and the first; values gone undeclared are findings.

    `still_there(id, field)` says whether a value is kept. An erased value that is kept was put back, as a
    restore from an old copy does.
    """
    found: dict[int, tuple[str, list[str], int]] = {}
    done = 0
    gone = set()
    for one in missing:
        gone.add((one.id, one.field))
        declared = claims.erased.get((one.id, one.field))
        if declared is None or declared < one.position:
            findings.add(
                Finding.at(
                    one.position,
                    Kind.ERASED,
                    f"the value of {one.field} is gone, and no {RECORD_ERASED} says so",
                )
            )
            continue
        done += 1
        if one.position in found:
            found[one.position][1].append(one.field)
        elif len(found) < _SHOWN:
            found[one.position] = (one.id, [one.field], declared)
    for (id_, name), position in claims.erased.items():
        if (id_, name) not in gone and still_there(id_, name):
            warnings.append(
                f"record {position} says that {name} of {id_} was erased, and it is there: erase it again"
            )
    return done, tuple(Erasure(at, id_, tuple(names), by) for at, (id_, names, by) in sorted(found.items()))
