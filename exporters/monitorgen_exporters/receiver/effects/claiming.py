"""Which effects are due, and which of them a runner takes: one look, and one short transaction."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from monitorgen_exporters.audit.store import Store
from monitorgen_exporters.receiver.effects import outbox, rules
from monitorgen_exporters.receiver.effects.kind import Effect, EffectSettings, Refusal
from monitorgen_exporters.receiver.effects.outbox import COLUMNS, EffectState
from monitorgen_exporters.receiver.moments import later
from monitorgen_exporters.receiver.work import Work

__all__ = ["Claimed", "Due", "Places", "claim", "due"]

_TOGETHER = 100  # rows that one transaction decides on for each name: others wait meanwhile


@dataclass(frozen=True, slots=True)
class Due:
    """What there is to do."""

    planned: Collection[tuple[str, str]]
    """Kind and name of effects that are due, those first whose oldest has waited longest."""
    left: Collection[tuple[str, str, str]]
    """Id, kind and name of effects that a runner has let its lease end of."""
    next_at: str | None
    """When the next one is due of those that are not yet."""


@dataclass(slots=True)
class Places:
    """How many more effects a runner can work on."""

    kinds: dict[str, int]
    """Of each kind it knows."""
    names: Counter[tuple[str, str]]
    """How many of a kind and name it is at."""
    most: Mapping[str, int]
    """For each kind, how many of one name it is at most: a slow one is not to keep others waiting."""

    def of(self, kind: str, name: str) -> int:
        """How many more of that kind and name."""
        if kind not in self.kinds:
            return 0
        return min(self.kinds[kind], self.most[kind] - self.names[kind, name])

    def take(self, kind: str, name: str) -> None:
        """One more is taken."""
        self.kinds[kind] -= 1
        self.names[kind, name] += 1


@dataclass(slots=True)
class Claimed:
    """What a look has brought."""

    taken: list[Effect] = field(default_factory=list)
    """To be begun with `steps.start`."""
    ended: list[tuple[Effect, EffectState]] = field(default_factory=list)
    """What came to an end without being begun."""


def due(store: Store, now: str) -> Due:
    """What is due at `now`."""
    found = store.query(
        "SELECT kind, name, MIN(next_at) FROM receiver_effect "
        "WHERE state IN ('planned', 'claimed', 'started') AND state = 'planned' AND next_at <= ? "
        "GROUP BY kind, name ORDER BY 3",
        [now],
    )
    left = store.query(
        "SELECT id, kind, name FROM receiver_effect WHERE state IN ('planned', 'claimed', 'started') "
        "AND state <> 'planned' AND next_at <= ? ORDER BY next_at, id",
        [now],
    )
    ((next_at,),) = store.query(
        "SELECT MIN(next_at) FROM receiver_effect WHERE state IN ('planned', 'claimed', 'started') "
        "AND next_at > ?",
        [now],
    )
    return Due(
        [(kind, name) for kind, name, _ in found], [(id, kind, name) for id, kind, name in left], next_at
    )


def claim(
    work: Work,
    settings: EffectSettings,
    owner: str,
    lease: float,
    places: Places,
    names: Collection[tuple[str, str]],
) -> Claimed:
    """Takes what is due of these kinds and names for as long as `lease`, by the rules, and as far as there
    are places; ends what the rules forbid."""
    claimed = Claimed()
    for kind, name in names:
        if kind in places.kinds:
            _claim_of(work, settings, owner, lease, places, kind, name, claimed)
    return claimed


def _claim_of(
    work: Work,
    settings: EffectSettings,
    owner: str,
    lease: float,
    places: Places,
    kind: str,
    name: str,
    claimed: Claimed,
) -> None:
    policy = rules.policy_of(kind, name, settings)
    free = places.of(kind, name)
    if isinstance(policy, rules.Policy):
        room = rules.room(work.store, kind, name, policy, work.now)
        free = free if room is None else min(free, room)
        if free <= 0:
            return
    for effect in _planned(work.store, kind, name, work.now):
        if isinstance(policy, Refusal):
            _end(work, effect, "skipped", policy.why, claimed)
            continue
        if work.now > later(str(effect.result.get("retried_at", effect.planned_at)), policy.deadline):
            _end(work, effect, "failed", _too_late(effect, policy.deadline), claimed)
            continue
        if free <= 0:
            return
        found = rules.verdict(work.store, effect, policy, work.now)
        if isinstance(found, Refusal):
            _end(work, effect, "skipped", found.why, claimed)
        elif found is None:
            until = later(work.now, lease)
            work.store.execute(
                "UPDATE receiver_effect SET state = 'claimed', owner = ?, lease_until = ?, next_at = ?, "
                "changed_at = ? WHERE id = ?",
                [owner, until, until, work.now, effect.id],
            )
            claimed.taken.append(effect)
            places.take(kind, name)
            free -= 1


def _planned(store: Store, kind: str, name: str, now: str) -> list[Effect]:
    return [
        Effect.of(row)
        for row in store.query(
            f"SELECT {COLUMNS} FROM receiver_effect WHERE state IN ('planned', 'claimed', 'started') "  # noqa: S608
            "AND state = 'planned' AND kind = ? AND name = ? AND next_at <= ? ORDER BY next_at, id LIMIT ?",
            [kind, name, now, _TOGETHER],
        )
    ]


def _end(work: Work, effect: Effect, state: EffectState, why: str, claimed: Claimed) -> None:
    outbox.ended(work, effect, state, why)
    claimed.ended.append((effect, state))


def _too_late(effect: Effect, deadline: float) -> str:
    tried = f"after {effect.attempts} attempts, the last: {effect.why}" if effect.attempts else "not tried"
    return f"its deadline, {deadline:g} s after it was planned, has passed: {tried}"
