"""What keeps an effect from being done, or makes it wait: decided from the rows of the outbox.

All of it holds over every replica, because who asks holds the line of transactions:

* an action is not run again for a tenant and a target within its `cooldown` after it was run for them;
* not more often than its `rate`, over all targets: what is beyond is skipped;
* not at more than `concurrency` places at once: what is beyond waits;
* and after `stop_after` failures in a row it is not run at all, until a person has one of those, or one that
  was skipped for them, tried again and it is done;
* a notification beyond its `throttle` waits its turn, in the order of the events: it is late, and never lost.

What a person has tried again is not kept back by cooldown, rate and failures: they know of those. It still
waits for its turn where others run.
"""

from dataclasses import dataclass
from typing import Final

from monitorgen_exporters.audit.store import Store
from monitorgen_exporters.receiver.effects.kind import Effect, EffectSettings, Refusal
from monitorgen_exporters.receiver.moments import later

__all__ = ["COMMAND_ATTEMPTS", "COMMAND_DEADLINE", "Policy", "Wait", "policy_of", "room", "verdict"]

COMMAND_DEADLINE: Final = 3600.0
"""Seconds after its event in which a command is still begun: what was broken then may not be so any more."""

COMMAND_ATTEMPTS: Final = 5
"""How often a command is begun that may be run again after a crash, so that none can go on crashing us."""

# What counts as run: it was begun, or is about to be.
_RUN: Final = "(state = 'claimed' OR (attempts > 0 AND state NOT IN ('cancelled', 'skipped')))"


@dataclass(frozen=True, slots=True)
class Policy:
    """What the settings say of effects of one kind and name; times are seconds."""

    attempts: int = 20
    deadline: float = 86400.0
    """How long after it was planned it is still tried."""
    per: float = 0.0
    at_most: int | None = None
    """How many are done in `per`; None: any number."""
    waits: bool = True
    """Whether what is beyond `at_most` waits; else it is skipped."""
    concurrency: int | None = None
    cooldown: float = 0.0
    stop_after: int | None = None


@dataclass(frozen=True, slots=True)
class Wait:
    """Not now, but perhaps soon."""


def policy_of(kind: str, name: str, settings: EffectSettings) -> Policy | Refusal:
    """What holds for effects of that kind and name, or why there are none (any more)."""
    if kind == "http":
        notification = settings.notifications.get(name)
        if notification is None:
            return Refusal(f"the settings have no notification `{name}` any more")
        if not notification.enabled:
            return Refusal(f"notifications.{name}.enabled is false: {notification.reason}")
        return Policy(
            attempts=notification.attempts,
            deadline=notification.deadline,
            per=notification.throttle.per,
            at_most=notification.throttle.at_most,
        )
    if kind == "command":
        action = settings.actions.get(name)
        if action is None:
            return Refusal(f"the settings have no action `{name}` any more")
        if not action.enabled:
            return Refusal(f"actions.{name}.enabled is false: {action.reason}")
        return Policy(
            attempts=COMMAND_ATTEMPTS,
            deadline=COMMAND_DEADLINE,
            per=action.rate.per,
            at_most=action.rate.at_most,
            waits=False,
            concurrency=action.concurrency,
            cooldown=action.cooldown,
            stop_after=action.stop_after,
        )
    return Policy()


def room(store: Store, kind: str, name: str, policy: Policy, now: str) -> int | None:
    """How many more of them may be begun now; None: any number."""
    free = []
    if policy.concurrency is not None:
        ((running,),) = store.query(
            "SELECT COUNT(*) FROM receiver_effect WHERE state IN ('planned', 'claimed', 'started') "
            "AND state <> 'planned' AND kind = ? AND name = ?",
            [kind, name],
        )
        free.append(policy.concurrency - running)
    if policy.at_most is not None and policy.waits:
        free.append(policy.at_most - _recent(store, kind, name, later(now, -policy.per), but=""))
    return max(0, min(free)) if free else None


def verdict(store: Store, effect: Effect, policy: Policy, now: str) -> Refusal | Wait | None:
    """Why this effect must not be begun now; None where it may."""
    if "retried_by" in effect.result:
        return None
    if policy.stop_after is not None and _stopped(store, effect, policy.stop_after):
        return Refusal(
            f"stop_after: `{effect.name}` failed {policy.stop_after} times in a row, and is not run until a "
            "person has one of those tried again and it is done"
        )
    if policy.cooldown and (found := _in_cooldown(store, effect, policy.cooldown, now)):
        return found
    if policy.at_most is not None and not policy.waits:
        recent = _recent(store, effect.kind, effect.name, later(now, -policy.per), but=effect.id)
        if recent >= policy.at_most:
            return Refusal(f"rate: `{effect.name}` was run {recent} times in the last {policy.per:g} s")
    return None


def _recent(store: Store, kind: str, name: str, since: str, *, but: str) -> int:
    ((count,),) = store.query(
        f"SELECT COUNT(*) FROM receiver_effect WHERE kind = ? AND name = ? AND changed_at > ? AND {_RUN} "  # noqa: S608
        "AND id <> ?",
        [kind, name, since, but],
    )
    found: int = count
    return found


def _stopped(store: Store, effect: Effect, failures: int) -> bool:
    # A failure that is tried again stays one until something else has come of it.
    latest = store.query(
        "SELECT state FROM receiver_effect WHERE kind = ? AND name = ? AND "
        "((state IN ('done', 'failed') AND attempts > 0) OR "
        "(state IN ('planned', 'claimed', 'started') AND result LIKE '%\"retried_from\":\"failed\"%')) "
        "ORDER BY changed_at DESC, id DESC LIMIT ?",
        [effect.kind, effect.name, failures],
    )
    return len(latest) == failures and all(state != "done" for (state,) in latest)


def _in_cooldown(store: Store, effect: Effect, cooldown: float, now: str) -> Refusal | Wait | None:
    same = "kind = ? AND name = ? AND tenant = ? AND target = ? AND id <> ?"
    of_it = [effect.kind, effect.name, effect.tenant, effect.target, effect.id]
    # Two questions, as each has an index that answers it, however much has been run before.
    running = store.query(
        "SELECT state, changed_at FROM receiver_effect WHERE state IN ('planned', 'claimed', 'started') "  # noqa: S608
        f"AND state <> 'planned' AND {same} ORDER BY state DESC",
        of_it,
    )
    recent = store.query(
        f"SELECT state, changed_at FROM receiver_effect WHERE {same} AND attempts > 0 "  # noqa: S608
        "AND state NOT IN ('claimed', 'cancelled', 'skipped') AND changed_at > ? "
        "ORDER BY changed_at DESC LIMIT 1",
        [*of_it, later(now, -cooldown)],
    )
    for_what = f" for `{effect.target}`" if effect.target else ""
    for state, changed_at in (*running, *recent):
        if state != "claimed":
            return Refusal(f"cooldown: `{effect.name}` was run{for_what} at {changed_at}")
    # One that is claimed may yet be cancelled: whether this one has to be is known once that has begun.
    return Wait() if running else None
