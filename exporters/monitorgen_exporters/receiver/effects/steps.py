"""The steps of an effect while a runner has it: each is right however often it is taken.

An `owner` is one runner's one claim. A step changes nothing where the row is another's by now; and one that
was committed although nobody could be told (the connection was gone) is found done when it is taken again.
"""

import random
from collections.abc import Mapping
from typing import Any

import orjson

from monitorgen_exporters.receiver.effects import outbox
from monitorgen_exporters.receiver.effects.kind import Effect, Outcome
from monitorgen_exporters.receiver.effects.outbox import COLUMNS, EffectState
from monitorgen_exporters.receiver.effects.rules import Policy
from monitorgen_exporters.receiver.moments import later
from monitorgen_exporters.receiver.work import Work, line

__all__ = ["FIRST_PAUSE", "finish", "give_back", "pause", "renew", "start"]

FIRST_PAUSE = 1.0
"""Seconds until the second attempt; each pause is twice the one before, up to what the deadline allows."""

_random = random.Random()  # noqa: S311 - it spreads retries, nothing else


def start(work: Work, effect: Effect, owner: str, lease: float) -> Effect | None:
    """The effect as it has to be done now, on the disk as begun; None where it is not the owner's any more.

    Whoever calls this again has not acted in between.
    """
    until = later(work.now, lease)
    work.store.execute(
        "UPDATE receiver_effect SET state = 'started', attempts = attempts + 1, why = '', lease_until = ?, "
        "next_at = ?, changed_at = ? WHERE id = ? AND owner = ? AND state = 'claimed'",
        [until, until, work.now, effect.id, owner],
    )
    found = _mine(work, effect, owner)
    return found if found is not None and found.state == "started" else None


def give_back(work: Work, effect: Effect, owner: str) -> None:
    """Plans an effect again that was claimed, or begun and not acted on; the attempt does not count."""
    found = _mine(work, effect, owner)
    if found is not None and found.state in ("claimed", "started"):
        attempts = found.attempts - (found.state == "started")
        _plan_again(work, effect, work.now, attempts, found.why, found.result)


def renew(work: Work, id: str, owner: str, lease: float) -> None:
    """Has a lease run anew; a longer one stays as it is."""
    until = later(work.now, lease)
    work.store.execute(
        "UPDATE receiver_effect SET lease_until = ?, next_at = ? WHERE id = ? AND owner = ? "
        "AND state IN ('claimed', 'started') AND lease_until < ?",
        [until, until, id, owner, until],
    )


def finish(
    work: Work,
    effect: Effect,
    owner: str,
    outcome: Outcome,
    policy: Policy,
    *,
    first_pause: float = FIRST_PAUSE,
    kept_owner: str | None = None,
) -> EffectState | None:
    """The state that an attempt has led to, `planned` where it will be tried again.

    None, and nothing changed, where the effect is not the owner's any more, or this was written before. One
    that was given up as unknown while it was still under way gets its true end. `kept_owner` is who may
    still do that for one that becomes unknown.
    """
    found = _mine(work, effect, owner)
    if found is None or found.state not in ("started", "unknown"):
        return None
    state, why = outcome.state, outcome.why
    if found.state == "unknown" and state not in ("done", "failed"):
        return None
    if state == "retry":
        next_at = later(work.now, pause(found.attempts, policy, first_pause, outcome.retry_after))
        last = later(str(found.result.get("retried_at", found.planned_at)), policy.deadline)
        if found.attempts < policy.attempts and next_at <= last:
            _plan_again(work, found, next_at, found.attempts, why, {**_kept(found), **outcome.result})
            return "planned"
        state = "failed"
        why = f"given up after {found.attempts} attempts: {why}"
    work.store.execute(
        "UPDATE receiver_effect SET result = ? WHERE id = ?",
        [orjson.dumps({**_kept(found), **outcome.result}).decode(), effect.id],
    )
    outbox.ended(work, found, state, why, owner=kept_owner or owner if state == "unknown" else None)
    return state


def pause(attempts: int, policy: Policy, first: float, asked: float | None = None) -> float:
    """Seconds until the next attempt after so many: twice as long each time, and spread by chance.

    No pause is longer than what has the attempts fill the time to the deadline, unless the other side asked
    for a longer one.
    """
    longest = max(first, policy.deadline / policy.attempts)
    doubled = min(longest, first * 2.0 ** min(attempts - 1, 40))
    return max(asked or 0.0, doubled * _random.uniform(0.5, 1.0))


def _mine(work: Work, effect: Effect, owner: str) -> Effect | None:
    rows = work.store.query(
        f"SELECT {COLUMNS} FROM receiver_effect WHERE id = ? AND owner = ?",  # noqa: S608
        [effect.id, owner],
    )
    return Effect.of(rows[0]) if rows else None


def _plan_again(
    work: Work, effect: Effect, next_at: str, attempts: int, why: str, result: Mapping[str, Any]
) -> None:
    work.store.execute(
        "UPDATE receiver_effect SET state = 'planned', owner = NULL, lease_until = NULL, next_at = ?, "
        "attempts = ?, why = ?, result = ?, changed_at = ? WHERE id = ?",
        [next_at, attempts, line(why), orjson.dumps(result).decode(), work.now, effect.id],
    )


def _kept(effect: Effect) -> dict[str, Any]:
    return {name: value for name, value in effect.result.items() if name.startswith("retried_")}
