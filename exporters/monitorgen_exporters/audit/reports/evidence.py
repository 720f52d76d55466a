"""What a log holds for the controls of a framework in a period: numbers and facts, no judgement."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from monitorgen.model.duration import format_duration
from monitorgen_exporters.audit.config import Settings
from monitorgen_exporters.audit.reports.base import Control, Framework
from monitorgen_exporters.audit.store import Store
from monitorgen_exporters.audit.store.records import read_state

__all__ = ["BadVerification", "Evidence", "Report", "collect", "read_verification"]

_MAX_VERIFICATION = 16 << 20


class BadVerification(ValueError):  # noqa: N818 (says what the file is)
    """The file is not what `verify --format json` prints, or is about another log."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What there is for one control: how many records, when, and of which types, most often first."""

    control: Control
    records: int
    first: str | None
    last: str | None
    types: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Report:
    """A report on one framework. `verification` is what `verify` said, None when nobody asked it."""

    framework: Framework
    organization: str
    origin: str
    since: str
    until: str
    size: int
    pruned: int
    facts: tuple[str, ...]
    evidence: tuple[Evidence, ...]
    verification: Mapping[str, Any] | None


def read_verification(path: Path, origin: str) -> Mapping[str, Any]:
    """What `monitorgen audit verify --format json` printed into the file; raises BadVerification, OSError."""
    with path.open("rb") as file:
        text = file.read(_MAX_VERIFICATION + 1)
    try:
        found: Any = json.loads(text) if len(text) <= _MAX_VERIFICATION else None
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict) or not {"origin", "size", "verdict", "not_proven"} <= found.keys():
        raise BadVerification(f"{path} is not what `monitorgen audit verify --format json` prints")
    if found["origin"] != origin:
        raise BadVerification(f"{path} is about {str(found['origin'])[:100]}, and the log is {origin}")
    return found


def collect(
    store: Store,
    framework: Framework,
    settings: Settings | None,
    since: str,
    until: str,
    verification: Mapping[str, Any] | None,
) -> Report:
    """The report on the period from `since` up to `until`, both as records write times."""
    state = read_state(store)
    evidence = tuple(_evidence(store, control, since, until) for control in framework.controls)
    return Report(
        framework,
        settings.organization if settings else state.origin.partition("/")[0],
        state.origin,
        since,
        until,
        state.size,
        state.first_body,
        tuple(_facts(store, settings, state.origin)),
        evidence,
        verification,
    )


def _evidence(store: Store, control: Control, since: str, until: str) -> Evidence:
    if not control.types:
        return Evidence(control, 0, None, None, ())
    terms, values = [], list[object]()
    for word in control.types:
        terms.append("type = ?" if "." in word else f"substr(type, 1, {len(word) + 1}) = ?")
        values.append(word if "." in word else f"{word}.")
    rows = store.query(
        f"SELECT type, COUNT(*), MIN(ts), MAX(ts) FROM audit_record WHERE ({' OR '.join(terms)}) "  # noqa: S608
        "AND ts >= ? AND ts < ? GROUP BY type",
        [*values, since, until],
    )
    types = sorted(((row[0], row[1]) for row in rows), key=lambda one: (-one[1], one[0]))
    first, last = min((row[2] for row in rows), default=None), max((row[3] for row in rows), default=None)
    return Evidence(control, sum(count for _, count in types), first, last, tuple(types))


def _facts(store: Store, settings: Settings | None, origin: str) -> list[str]:
    """What can be said of the log itself, in sentences."""
    ((checkpoints, newest),) = store.query(
        "SELECT COUNT(*), MAX(size) FROM audit_checkpoint WHERE origin = ?", [origin]
    )
    anchored = store.query(
        "SELECT anchor, MAX(size), MAX(done_ts) FROM audit_outbox WHERE origin = ? AND done_ts IS NOT NULL "
        "GROUP BY anchor ORDER BY anchor",
        [origin],
    )
    facts = [
        f"{checkpoints} signed checkpoints are kept, the newest over {newest} records."
        if checkpoints
        else "No checkpoint has been signed: nothing here is tamper-evident."
    ]
    facts += [f"The anchor {name} confirmed size {size} on {at[:19]}Z." for name, size, at in anchored]
    if not anchored:
        facts.append(
            "No anchor has confirmed a checkpoint: who holds the signing key could rewrite the past."
        )
    if settings is None:
        facts.append(
            "Retention, filters and personal fields are not known: the report was made without --config."
        )
        return facts
    policy = settings.retention
    facts.append(
        f"Records are kept {format_duration(policy.keep)}, then "
        + (f"archived in {policy.archive}." if policy.archive else "deleted; their hashes stay.")
        if policy
        else "There is no retention policy: nothing is pruned."
    )
    left_out = sorted(settings.filters)
    facts.append(
        f"Filters leave out part of: {', '.join(left_out)}." if left_out else "No filter leaves anything out."
    )
    apart = ", ".join(settings.personal)
    facts.append(f"Personal fields, kept apart: {apart}." if apart else "No field is declared personal.")
    return facts
