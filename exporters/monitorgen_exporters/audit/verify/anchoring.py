"""What places outside the log have kept of it, against the log."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from monitorgen_exporters.audit.anchors.base import Anchor, AnchorError, Sighting, Unusable
from monitorgen_exporters.audit.checkpoint import parse_checkpoint
from monitorgen_exporters.audit.note import NoteError, open_note
from monitorgen_exporters.audit.trust import Trust
from monitorgen_exporters.audit.verify.findings import Finding, Findings, Kind
from monitorgen_exporters.audit.verify.report import AnchorView, Restore

__all__ = ["Comparison", "Reading", "judge_anchor", "read_anchors"]

_WHYS = 3


@dataclass(frozen=True, slots=True)
class Reading:
    """All that one anchor had to say, each sighting once with the last time it was seen."""

    name: str
    place: str
    sightings: tuple[Sighting, ...]
    unusable: tuple[str, ...] = ()
    trouble: str = ""
    """Why it could not be read (to the end)."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """What of the log anchors are compared with."""

    trust: Trust
    size: int
    roots: Mapping[int, bytes]
    """Root by size, for each sighted size that could be made."""
    restores: Sequence[Restore]
    own_note: Callable[[int], str | None]
    """The stored note of a checkpoint of that size."""
    unanchored_age: Callable[[int], float]
    """Age in seconds of the record at this position; 0 when there is none."""
    max_age: float
    """Seconds that a record may be outside of what an anchor has seen."""


def read_anchors(anchors: Iterable[Anchor]) -> list[Reading]:
    """Every sighting of every anchor. To be called before the log is read: a log only grows."""
    return [_read(anchor) for anchor in anchors]


def _read(anchor: Anchor) -> Reading:
    found: dict[tuple[str, int, bytes], Sighting] = {}
    unusable: list[str] = []
    trouble = ""
    try:
        for one in anchor.recorded():
            if isinstance(one, Unusable):
                unusable.append(f"{one.place}: {one.why}")
                continue
            key = (one.origin, one.size, one.root)
            before = found.get(key)
            if before is None or (one.seen or _NEVER) > (before.seen or _NEVER):
                found[key] = one
    except (AnchorError, OSError) as problem:
        trouble = str(problem)
    return Reading(anchor.name, anchor.place, tuple(found.values()), tuple(unusable), trouble)


_NEVER = datetime.min.replace(tzinfo=UTC)


def judge_anchor(
    reading: Reading, log: Comparison, findings: Findings, warnings: list[str], now: datetime
) -> AnchorView:
    """The anchor's verdict; what it disagrees with is a finding, with both notes as evidence."""
    restored = {one.origin: one for one in log.restores}
    unusable = list(reading.unusable)
    other = compared = uncompared = 0
    lost: dict[str, int] = {}
    disagrees = False
    newest: Sighting | None = None
    for one in sorted(reading.sightings, key=lambda sighting: sighting.size):
        if one.origin != log.trust.origin and one.origin not in restored:
            other += 1
            continue
        if one.note is not None and (why := _unproven(one, log.trust)):
            unusable.append(f"{one.place}: {why}")
            continue
        if one.origin in restored and one.size > restored[one.origin].size:
            other += 1
            lost[one.origin] = max(one.size, lost.get(one.origin, 0))
            continue
        found = _against(one, newest.size if newest else 0, reading, log)
        if found is not None:
            findings.add(found)
            disagrees = True
            compared += 1
        elif one.size == 0 or one.size in log.roots:
            compared += 1
            newest = one
        else:
            uncompared += 1
    for origin, size in lost.items():
        admitted = max(restored[origin].size, restored[origin].known_size or 0)
        if size > admitted:
            warnings.append(
                f"anchor {reading.name} has seen {size} records of {origin}, and the restore from it speaks "
                f"of {admitted}: more was lost than it says"
            )
    warnings += [f"anchor {reading.name}: {why}" for why in unusable[:_WHYS]]
    if len(unusable) > _WHYS:
        warnings.append(f"anchor {reading.name}: {len(unusable) - _WHYS} more entries say nothing")
    age = log.unanchored_age(newest.size) if newest else None
    if disagrees:
        verdict = "disagrees"
    elif reading.trouble:
        verdict = "unreachable"
    elif newest is None:
        verdict = "uncompared" if uncompared else "empty"
    else:
        verdict = "stale" if age is not None and age > log.max_age else "agrees"
    return AnchorView(
        reading.name,
        reading.place,
        verdict,
        compared,
        newest.size if newest else None,
        _seen(newest, now),
        age,
        len(unusable),
        other,
        reading.trouble,
        uncompared,
    )


def _against(one: Sighting, agreed: int, reading: Reading, log: Comparison) -> Finding | None:
    """What the sighting says against the log; `agreed` is the largest smaller size on which they agree."""
    said = f"anchor {reading.name} ({one.place})"
    shown = one.note.decode(errors="replace") if one.note else f"{one.origin}\n{one.size}\n{one.root.hex()}\n"
    if one.size > log.size:
        return Finding.within(
            log.size,
            one.size,
            Kind.ROLLED_BACK,
            f"{said} has seen {one.size} records, and the log has {log.size}: the others were cut off",
            shown,
        )
    made = log.roots.get(one.size)
    if made is not None and not one.agrees_with(made):
        own = log.own_note(one.size) or f"{log.trust.origin}\n{one.size}\n{made.hex()}\n"
        return Finding.within(
            agreed,
            one.size,
            Kind.FORK,
            f"{said} has seen another root for size {one.size} than the records give: two histories",
            shown,
            own,
        )
    if one.note is not None and one.origin == log.trust.origin and log.own_note(one.size) is None:
        return Finding.within(
            one.size - 1,
            one.size,
            Kind.REMOVED,
            f"{said} has a signed checkpoint of size {one.size} that the log keeps no more: all are kept",
            shown,
        )
    return None


def _unproven(one: Sighting, trust: Trust) -> str:
    """Why a sighted note is no evidence about the log, or nothing."""
    assert one.note is not None
    try:
        opened = open_note(one.note, tuple(key.vkey for key in trust.keys))
        said = parse_checkpoint(opened.text)
    except NoteError as problem:
        # Whoever can write there could otherwise make any log look tampered with.
        return f"its note for size {one.size} is no evidence: {problem}"
    if (said.origin, said.size) != (one.origin, one.size) or not one.agrees_with(said.root):
        return f"it files a note of {said.origin}, size {said.size}, under another size, root or origin"
    return ""


def _seen(one: Sighting | None, now: datetime) -> str | None:
    if one is None or one.seen is None:
        return None
    return min(one.seen, now).astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
