"""The outbox: what is to be done outside the database, planned in the transaction that decides it.

An effect goes from `planned` to `claimed` (a runner means to do it), to `started` (it may have been done
from here on), and to an end: `done`, `failed`, `unknown` (it was started, and nobody knows what came of
it), `skipped` (a rule forbade it) or `cancelled`. Every end is an event `effect` of its episode, and so a
record in the audit log. steps.py makes the steps of a runner; here is what everybody else does with
effects.
"""

from collections.abc import Collection, Mapping
from typing import Any, Final, Literal, TypeAlias, get_args

import orjson

from monitorgen_exporters.audit.canonical import Json
from monitorgen_exporters.audit.stamps import uuid7
from monitorgen_exporters.receiver.effects.kind import Effect
from monitorgen_exporters.receiver.episodes import rows
from monitorgen_exporters.receiver.episodes.model import Episode
from monitorgen_exporters.receiver.payload import column_text
from monitorgen_exporters.receiver.tables import EFFECT
from monitorgen_exporters.receiver.work import Work, line

__all__ = [
    "COLUMNS",
    "EFFECTS",
    "STATES",
    "EffectNotFound",
    "EffectRefused",
    "EffectState",
    "cancel",
    "cancel_one",
    "ended",
    "plan",
    "retry",
]

EffectState: TypeAlias = Literal[
    "planned", "claimed", "started", "done", "failed", "unknown", "cancelled", "skipped"
]
"""How far an effect has come."""

STATES: Final[tuple[EffectState, ...]] = get_args(EffectState)

EFFECTS: Final = "system:effects"
"""Who did it, of what the outbox does by itself."""

COLUMNS: Final = ", ".join(EFFECT.columns)
"""What to select for `Effect.of`."""

_MARKS = ", ".join("?" * len(EFFECT.columns))
_PLAN = f"INSERT INTO receiver_effect ({COLUMNS}) VALUES ({_MARKS}) ON CONFLICT (key) DO NOTHING"  # noqa: S608
_AGAIN: Final = ("failed", "unknown", "skipped", "cancelled")


class EffectNotFound(LookupError):  # noqa: N818 - it is an answer, not a fault
    """There is no such effect, or none that the tenant may see."""


class EffectRefused(ValueError):  # noqa: N818
    """What was asked for cannot be done with an effect in its state; the text says why."""


def plan(
    work: Work,
    *,
    key: str,
    kind: str,
    name: str,
    episode: Episode,
    target: str,
    request: Mapping[str, Any],
    next_at: str | None = None,
    refused: str = "",
    unique: bool = False,
) -> bool:
    """Plans an effect, for now or for `next_at`; False, and nothing changed, where `key` was planned before.

    It is done once this transaction has committed, whatever happens to this process. `request` is JSON with
    everything it needs, as it is now, and never a secret. The episode need not be saved yet.

    Where `refused` says why it must not be done, it is `skipped` from the beginning, and the caller saves the
    episode, to which that has happened. Where `unique` says that nothing else ever has its key, it is written
    when the transaction ends, together with others.
    """
    state = "skipped" if refused else "planned"
    values: dict[str, Any] = {
        "id": uuid7(),
        "key": key,
        "kind": kind,
        "name": name,
        "episode": episode.id,
        "tenant": episode.tenant,
        "target": column_text(target),
        "state": state,
        "why": line(refused),
        "attempts": 0,
        "next_at": work.now if next_at is None else next_at,
        "lease_until": None,
        "owner": None,
        "request": orjson.dumps(request).decode(),
        "result": "{}",
        "planned_at": work.now,
        "changed_at": work.now,
    }
    row = [values[column] for column in EFFECT.columns]
    if unique:
        work.effects.append(row)
        return True
    planned = work.store.execute(_PLAN, row) == 1
    if planned:
        work.stirred.add("effects")
    if planned and refused:
        effect = Effect(**{**values, "request": request, "result": {}})
        work.event(episode, "effect", EFFECTS, _told(effect, "skipped", refused))
    return planned


def cancel(work: Work, episode: Episode, kinds: Collection[str], why: str, *, actor: str = EFFECTS) -> int:
    """Cancels what is planned for an episode and has not been started, of these kinds; how many there were.

    The caller saves the episode. What is under way goes on: nobody could tell how far it has come.
    """
    found = work.store.query(
        f"SELECT {COLUMNS} FROM receiver_effect WHERE episode = ? AND state IN ('planned', 'claimed') "  # noqa: S608
        f"AND kind IN ({rows.members(work.store.dialect)}) ORDER BY id",
        [episode.id, orjson.dumps(list(kinds)).decode()],
    )
    for row in found:
        effect = Effect.of(row)
        _set(work, effect, "cancelled", why)
        work.event(episode, "effect", actor, _told(effect, "cancelled", why))
    return len(found)


def cancel_one(work: Work, id: str, actor: str, why: str = "", *, tenant: str | None = None) -> None:
    """A person cancels an effect that waits. Raises EffectNotFound, and EffectRefused for any other."""
    effect = _asked(work, id, tenant)
    if effect.state not in ("planned", "claimed"):
        raise EffectRefused(
            "It is being done right now, and nobody could tell how far it has come."
            if effect.state == "started"
            else f"It does not wait: it is {effect.state} already."
        )
    why = why or "cancelled by a person"
    _set(work, effect, "cancelled", why)
    _tell(work, effect, "cancelled", why, actor)


def retry(work: Work, id: str, actor: str, why: str = "", *, tenant: str | None = None) -> None:
    """A person has an effect done again that failed, is unknown, or was skipped or cancelled.

    It has the same id, and so the same `Idempotency-Key`; the rules that forbid (rules.py) do not hold for
    it. Raises EffectNotFound, and EffectRefused for one that waits, runs or was done.
    """
    effect = _asked(work, id, tenant)
    if effect.state not in _AGAIN:
        raise EffectRefused(
            "It has been done."
            if effect.state == "done"
            else f"It is {effect.state}: it will be done anyway."
        )
    why = why or f"was {effect.state}, tried again by a person"
    work.store.execute(
        "UPDATE receiver_effect SET state = 'planned', why = ?, attempts = 0, next_at = ?, owner = NULL, "
        "lease_until = NULL, result = ?, changed_at = ? WHERE id = ?",
        [
            why,
            work.now,
            orjson.dumps(
                {"retried_by": actor, "retried_at": work.now, "retried_from": effect.state}
            ).decode(),
            work.now,
            effect.id,
        ],
    )
    work.stirred.add("effects")
    _tell(work, effect, "planned", why, actor)


def ended(work: Work, effect: Effect, state: EffectState, why: str, *, owner: str | None = None) -> None:
    """Writes an end of an effect that the caller has made sure is still in the state it was read in.

    `owner` stays known of one whose outcome is unknown, as that runner may still find out.
    """
    _set(work, effect, state, why, owner)
    _tell(work, effect, state, why, EFFECTS)


def _asked(work: Work, id: str, tenant: str | None) -> Effect:
    found = work.store.query(f"SELECT {COLUMNS} FROM receiver_effect WHERE id = ?", [id])  # noqa: S608
    effect = Effect.of(found[0]) if found else None
    if effect is None or (tenant is not None and effect.tenant != tenant):
        raise EffectNotFound(f"There is no effect {id}.")
    return effect


def _set(work: Work, effect: Effect, state: EffectState, why: str, owner: str | None = None) -> None:
    work.store.execute(
        "UPDATE receiver_effect SET state = ?, why = ?, owner = ?, lease_until = NULL, changed_at = ? "
        "WHERE id = ?",
        [state, line(why), owner, work.now, effect.id],
    )


def _tell(work: Work, effect: Effect, state: EffectState, why: str, actor: str) -> None:
    """The event of what became of an effect; a record alone where its episode is not kept any more."""
    told = _told(effect, state, why)
    episode = rows.get(work.store, effect.episode)
    if episode is None:
        work.audit("alert.effect", actor, f"effect:{effect.id}", told)
        return
    work.event(episode, "effect", actor, told)
    rows.save(work.store, episode)


def _told(effect: Effect, state: EffectState, why: str) -> dict[str, Json]:
    return {"effect": effect.id, "name": effect.name, "kind": effect.kind, "state": state, "why": line(why)}
