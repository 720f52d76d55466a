"""What happened, in the order in which it was committed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from monitorgen_exporters.audit.store import Store
from monitorgen_exporters.receiver.queries.conditions import Conditions

__all__ = ["Event", "EventQuery", "find_events", "newest"]

_COLUMNS = "seq, episode, tenant, ts, type, actor, data, record"


@dataclass(frozen=True, slots=True)
class Event:
    """A row of `receiver_event`."""

    seq: int
    episode: str
    tenant: str
    ts: str
    type: str
    actor: str
    data: dict[str, Any]
    record: str


@dataclass(frozen=True, slots=True)
class EventQuery:
    """What is asked of an event: all that is said has to hold; of several in one tuple, one."""

    episode: str | None = None
    tenant: str | None = None
    types: tuple[str, ...] = ()
    actors: tuple[str, ...] = ()
    since: str | None = None
    until: str | None = None


def find_events(
    store: Store,
    tenant: str | None,
    query: EventQuery,
    *,
    limit: int,
    after: int | None = None,
    oldest_first: bool = False,
) -> list[Event]:
    """At most `limit` events that fit, in one of the two orders, those that come after `after` in it.

    `tenant` is the one that is all there is for who asks; None for who sees all. Raises StoreError.
    """
    asked = Conditions(store.dialect)
    if after is not None:
        asked.add(f"seq {'>' if oldest_first else '<'} ?", after)
    for one in (tenant, query.tenant):
        if one:
            # Said twice, because the index has only events of tenants in it, and the planner has to see it.
            asked.add("tenant = ? AND tenant <> ''", one)
        elif one is not None:
            asked.add("tenant = ''")
    asked.equal("episode", query.episode)
    asked.among("type", query.types)
    asked.among("actor", query.actors)
    asked.between("ts", query.since, query.until)
    rows = store.query(
        f"SELECT {_COLUMNS} FROM receiver_event WHERE {asked.sql} "  # noqa: S608
        f"ORDER BY seq {'ASC' if oldest_first else 'DESC'} LIMIT ?",
        [*asked.values, limit],
    )
    return [_event(row) for row in rows]


def newest(store: Store) -> int:
    """The number of the newest event; 0 before the first. Raises StoreError."""
    ((seq,),) = store.query("SELECT COALESCE(MAX(seq), 0) FROM receiver_event")
    return int(seq)


def _event(row: Sequence[Any]) -> Event:
    seq, episode, tenant, ts, type, actor, data, record = row
    return Event(seq, episode, tenant, ts, type, actor, orjson.loads(data), record)
