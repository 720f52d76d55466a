"""Effects as people look at them: one, a page of them, and how many wait."""

from collections.abc import Sequence
from dataclasses import dataclass

from monitorgen_exporters.audit.store import Store
from monitorgen_exporters.receiver.effects.kind import Effect
from monitorgen_exporters.receiver.effects.outbox import COLUMNS
from monitorgen_exporters.receiver.moments import seconds_between

__all__ = ["EffectFilter", "Waiting", "effects", "get", "waiting"]


@dataclass(frozen=True, slots=True)
class EffectFilter:
    """Which effects are asked for; None: any."""

    tenant: str | None = None
    state: str | None = None
    kind: str | None = None
    name: str | None = None
    episode: str | None = None
    target: str | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """Effects of one kind and name that have not come to an end."""

    kind: str
    name: str
    count: int
    oldest_due: float
    """For how many seconds the oldest of them has been due; 0 where none is."""


def get(store: Store, id: str, *, tenant: str | None = None) -> Effect | None:
    """The effect with that id; None where there is none, or `tenant` is given and it is another's."""
    rows = store.query(f"SELECT {COLUMNS} FROM receiver_effect WHERE id = ?", [id])  # noqa: S608
    effect = Effect.of(rows[0]) if rows else None
    return None if effect is None or tenant not in (None, effect.tenant) else effect


def effects(store: Store, asked: EffectFilter, *, limit: int, after: str = "") -> Sequence[Effect]:
    """At most `limit` effects that pass the filter, the newest first; those that follow the id `after`."""
    where, parameters = ["1 = 1"], []
    for column in ("tenant", "state", "kind", "name", "episode", "target"):
        if (value := getattr(asked, column)) is not None:
            where.append(f"{column} = ?")
            parameters.append(value)
    if after:
        where.append("id < ?")  # ids are in the order of their time
        parameters.append(after)
    sql = f"SELECT {COLUMNS} FROM receiver_effect WHERE {' AND '.join(where)} ORDER BY id DESC LIMIT ?"  # noqa: S608
    return [Effect.of(row) for row in store.query(sql, [*parameters, limit])]


def waiting(store: Store, now: str) -> Sequence[Waiting]:
    """What waits or is under way, by kind and name."""
    rows = store.query(
        "SELECT kind, name, COUNT(*), MIN(CASE WHEN state = 'planned' THEN next_at END) FROM receiver_effect "
        "WHERE state IN ('planned', 'claimed', 'started') GROUP BY kind, name ORDER BY kind, name"
    )
    return [
        Waiting(kind, name, count, max(0.0, seconds_between(due, now)) if due else 0.0)
        for kind, name, count, due in rows
    ]
