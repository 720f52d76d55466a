"""Pages of the outbox, the newest first."""

from dataclasses import dataclass

from monitorgen_exporters.audit.store import Store
from monitorgen_exporters.receiver.effects.kind import Effect
from monitorgen_exporters.receiver.effects.outbox import COLUMNS
from monitorgen_exporters.receiver.queries.conditions import Conditions

__all__ = ["EffectQuery", "find_effect", "find_effects"]


@dataclass(frozen=True, slots=True)
class EffectQuery:
    """What is asked of an effect: all that is said has to hold; of several in one tuple, one."""

    states: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    episode: str | None = None
    tenant: str | None = None


def find_effects(
    store: Store, tenant: str | None, query: EffectQuery, *, limit: int, after: str | None = None
) -> list[Effect]:
    """At most `limit` effects that fit, the newest first, those older than the effect `after`.

    `tenant` is the one that is all there is for who asks; None for who sees all. Raises StoreError.
    """
    asked = Conditions(store.dialect)
    if after is not None:
        asked.add("id < ?", after)
    asked.equal("tenant", tenant)
    asked.equal("tenant", query.tenant)
    asked.among("state", query.states)
    asked.among("kind", query.kinds)
    asked.among("name", query.names)
    asked.equal("episode", query.episode)
    rows = store.query(
        f"SELECT {COLUMNS} FROM receiver_effect WHERE {asked.sql} ORDER BY id DESC LIMIT ?",  # noqa: S608
        [*asked.values, limit],
    )
    return [Effect.of(row) for row in rows]


def find_effect(store: Store, tenant: str | None, id: str) -> Effect | None:
    """The effect with this id, if it is there for `tenant`. Raises StoreError."""
    asked = Conditions(store.dialect)
    asked.equal("id", id)
    asked.equal("tenant", tenant)
    rows = store.query(f"SELECT {COLUMNS} FROM receiver_effect WHERE {asked.sql}", asked.values)  # noqa: S608
    return Effect.of(rows[0]) if rows else None
