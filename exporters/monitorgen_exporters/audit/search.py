"""Records found by what they say, and what belongs together: by incident and by actor."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from monitorgen.model.duration import parse_duration
from monitorgen_exporters.audit.canonical import canonical
from monitorgen_exporters.audit.record import BadRecord, Record, decode
from monitorgen_exporters.audit.store import Store
from monitorgen_exporters.audit.store.errors import Damaged
from monitorgen_exporters.audit.store.tables import ACTED

__all__ = ["BadTime", "Found", "Group", "Query", "correlate", "find", "moment", "one"]

_BATCH = 500
_MAX_DIGITS = 18
"""More than that no position has, and some numbers of 19 digits no database column holds."""


class BadTime(ValueError):  # noqa: N818 (says what the text is)
    """The text is neither a moment nor a length of time."""


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked of a record: all that is said has to hold; of several in one tuple, one."""

    types: tuple[str, ...] = ()
    """Whole types (`alert.firing`) or categories (`alert`)."""
    actors: tuple[str, ...] = ()
    """Whole actors (`user:alice`) or kinds of them (`user`)."""
    subjects: tuple[str, ...] = ()
    """Whole subjects (`alert:HighErrorRate`) or kinds of them (`alert`)."""
    incidents: tuple[str, ...] = ()
    severities: tuple[str, ...] = ()
    since: str = ""
    """The first moment, as records write it."""
    until: str = ""
    """The first moment that is too late."""
    text: str = ""
    """A piece of text somewhere in the record, as it is written there: small and capital letters differ."""


@dataclass(frozen=True, slots=True)
class Found:
    """A record at its position; `record` is None where only its hash is kept."""

    position: int
    id: str
    leaf: bytes
    body: bytes | None
    record: Record | None


@dataclass(frozen=True, slots=True)
class Group:
    """Records of one incident or one actor: how many, from when to when, their types, most often first."""

    key: str
    records: int
    first: str
    last: str
    types: tuple[tuple[str, int], ...]


def find(
    store: Store,
    query: Query,
    *,
    limit: int = 0,
    oldest_first: bool = False,
    after: int | None = None,
    also: tuple[str, Sequence[object]] = ("1 = 1", ()),
) -> Iterator[Found]:
    """What fits `query`, the newest first unless told otherwise: at most `limit` of it, or all for 0.

    With `after`, only what comes behind that position in this order. `also` is one more condition in SQL,
    with its parameters, of a program that has tables beside the log's.

    Memory stays that of a few hundred records. Pruned records fit only a query that asks nothing.
    """
    left = limit or -1
    where, values = _where(query)
    where, values = f"{where} AND ({also[0]})", [*values, *also[1]]
    needle = canonical(query.text)[1:-1] if query.text else b""
    beyond, order = (">", "ASC") if oldest_first else ("<", "DESC")
    last = after
    while left:
        size = _BATCH if left < 0 or needle else min(left, _BATCH)
        further = "" if last is None else f" AND pos {beyond} ?"
        rows = store.query(
            f"SELECT pos, id, leaf, body FROM audit_record WHERE {where}{further} "  # noqa: S608 - our own words
            f"ORDER BY pos {order} LIMIT {size}",
            values if last is None else [*values, last],
        )
        for position, id_, leaf, body in rows:
            if not needle or (body is not None and needle in body):
                yield _found(position, id_, leaf, body)
                left -= 1
                if not left:
                    return
        if len(rows) < size:
            return
        last = rows[-1][0]


def one(store: Store, name: str) -> Found | None:
    """The record of that id or, for a whole number, at that position; None when there is none."""
    is_position = name.isascii() and name.isdigit()
    if is_position and len(name) > _MAX_DIGITS:
        return None
    column, value = ("pos", int(name)) if is_position else ("id", name.lower())
    rows = store.query(f"SELECT pos, id, leaf, body FROM audit_record WHERE {column} = ?", [value])  # noqa: S608
    return _found(*rows[0]) if rows else None


def correlate(store: Store, query: Query, by: Literal["incident", "actor"], *, limit: int = 0) -> list[Group]:
    """What fits `query` in groups that share an incident or an actor, the latest first; without `text`."""
    where, values = _where(query)
    where = f"({where}) AND {by} IS NOT NULL AND {by} <> ''"
    most = f" LIMIT {limit}" if limit else ""
    groups = store.query(
        f"SELECT {by}, COUNT(*), MIN(ts), MAX(ts) FROM audit_record WHERE {where} "  # noqa: S608
        f"GROUP BY {by} ORDER BY MAX(pos) DESC{most}",
        values,
    )
    return [
        Group(key, count, first, last, _types(store, f"{where} AND {by} = ?", [*values, key]))
        for key, count, first, last in groups
    ]


def moment(text: str, now: datetime) -> str:
    """The moment that `text` means, as records write it.

    `2026-11-21`, `2026-11-21T14:06` and so on are UTC unless they say otherwise; a length of time (`36h`,
    `7d`) is that long before `now`. Raises BadTime.
    """
    ago = parse_duration(text)
    try:
        if ago is not None:
            found = now - timedelta(seconds=ago)
        else:
            found = datetime.fromisoformat(text)
            found = found if found.tzinfo else found.replace(tzinfo=UTC)
        return found.astimezone(UTC).isoformat(timespec="microseconds")[:-6] + "Z"
    except (ValueError, OverflowError):
        raise BadTime(
            f"`{text[:60]}` is no time: write 2026-11-21, 2026-11-21T14:06:00Z, or 36h for that long ago"
        ) from None


def _where(query: Query) -> tuple[str, list[object]]:
    terms, values = ["1 = 1"], list[object]()
    for column, wanted, mark in (
        ("type", query.types, "."),
        ("actor", query.actors, ":"),
        ("subject", query.subjects, ":"),
        ("incident", query.incidents, ""),
        ("severity", query.severities, ""),
    ):
        either = []
        for word in wanted:
            if mark and mark not in word:
                # Not LIKE, to which letters mean something, nor a range, which collations order differently.
                either.append(f"substr({column}, 1, {len(word) + 1}) = ?")
                values.append(word + mark)
            else:
                either.append(f"{column} = ?")
                values.append(word)
        if either:
            terms.append(f"({' OR '.join(either)})")
    if query.actors and not any(actor.partition(":")[0] == "system" for actor in query.actors):
        terms.append(ACTED)
    if query.since:
        terms.append("ts >= ?")
        values.append(query.since)
    if query.until:
        terms.append("ts < ?")
        values.append(query.until)
    return " AND ".join(terms), values


def _types(store: Store, where: str, values: list[object]) -> tuple[tuple[str, int], ...]:
    return tuple(
        (type_, count)
        for type_, count in store.query(
            f"SELECT type, COUNT(*) FROM audit_record WHERE {where} "  # noqa: S608 - our own words
            "GROUP BY type ORDER BY COUNT(*) DESC, type",
            values,
        )
    )


def _found(position: int, id_: str, leaf: bytes, body: bytes | None) -> Found:
    try:
        return Found(position, id_, leaf, body, None if body is None else decode(body))
    except BadRecord as fault:
        raise Damaged(
            f"the record at position {position} cannot be read ({fault}): run `monitorgen audit verify`"
        ) from None
