"""What becomes of effects whose runner has ended: found by their lease, or by knowing that it is dead.

One that was only claimed is planned again. One that was begun may have been done: it is done again where that
does no harm, else what can tell is asked (`Kind.verify`), and where nothing can, it is `unknown`.
"""

from collections.abc import Collection, Mapping

from monitorgen_exporters.receiver.effects import rules, steps
from monitorgen_exporters.receiver.effects.claiming import Claimed, Places
from monitorgen_exporters.receiver.effects.kind import Effect, EffectSettings, Kind, Outcome
from monitorgen_exporters.receiver.effects.outbox import COLUMNS
from monitorgen_exporters.receiver.effects.owner import is_dead
from monitorgen_exporters.receiver.moments import later
from monitorgen_exporters.receiver.work import Work

__all__ = ["CRASHED", "bury", "disown", "may_repeat", "recover"]

CRASHED = "the receiver ended while it was under way"
"""Why an effect was tried again, or is unknown."""

_TOGETHER = 100


def bury(work: Work, kinds: Mapping[str, Kind], settings: EffectSettings, settle: float) -> int:
    """Ends the leases of runners that are known to be dead; how many effects they had.

    What such a runner had begun may take `settle` seconds to end with it, so that only what may be done
    twice is not waited for.
    """
    owners = [
        owner
        for (owner,) in work.store.query(
            "SELECT DISTINCT owner FROM receiver_effect WHERE state IN ('planned', 'claimed', 'started') "
            "AND state <> 'planned' AND owner IS NOT NULL"
        )
    ]
    found = 0
    for owner in filter(is_dead, owners):
        for effect in _owned(work, owner):
            at_once = effect.state == "claimed" or may_repeat(effect, kinds, settings)
            until = work.now if at_once else later(work.now, settle)
            work.store.execute(
                "UPDATE receiver_effect SET lease_until = ?, next_at = ? WHERE id = ? AND next_at > ?",
                [until, until, effect.id, until],
            )
            found += 1
    return found


def disown(work: Work, owners: Collection[str]) -> None:
    """Ends the leases of owners that had never come to be: whoever claimed was not told of its success."""
    for owner in owners:
        work.store.execute(
            "UPDATE receiver_effect SET lease_until = ?, next_at = ? "
            "WHERE state IN ('planned', 'claimed', 'started') AND state <> 'planned' AND owner = ?",
            [work.now, work.now, owner],
        )


def recover(
    work: Work,
    kinds: Mapping[str, Kind],
    settings: EffectSettings,
    owner: str,
    lease: float,
    places: Places,
    mine: Collection[str],
) -> Claimed:
    """Takes from their runners what these have let the lease end of, `mine` excepted.

    `taken` are those whose outcome has to be looked for; each has the owner that it had before.
    """
    claimed = Claimed()
    rows = work.store.query(
        f"SELECT {COLUMNS} FROM receiver_effect WHERE state IN ('planned', 'claimed', 'started') "  # noqa: S608
        "AND state <> 'planned' AND next_at <= ? ORDER BY next_at, id LIMIT ?",
        [work.now, _TOGETHER + len(mine)],
    )
    for effect in map(Effect.of, rows):
        if effect.id in mine or effect.kind not in kinds or effect.owner is None:
            continue
        if effect.state == "claimed":
            steps.give_back(work, effect, effect.owner)
        elif may_repeat(effect, kinds, settings):
            policy = rules.policy_of(effect.kind, effect.name, settings)
            assert isinstance(policy, rules.Policy)
            state = steps.finish(work, effect, effect.owner, Outcome("retry", CRASHED), policy)
            if state is not None:
                claimed.ended.append((effect, state))
        elif places.of(effect.kind, effect.name) > 0:
            until = later(work.now, lease)
            work.store.execute(
                "UPDATE receiver_effect SET owner = ?, lease_until = ?, next_at = ? WHERE id = ?",
                [owner, until, until, effect.id],
            )
            places.take(effect.kind, effect.name)
            claimed.taken.append(effect)
    return claimed


def may_repeat(effect: Effect, kinds: Mapping[str, Kind], settings: EffectSettings) -> bool:
    """Whether an effect may be done again although it may have been done."""
    kind = kinds.get(effect.kind)
    return (
        kind is not None
        and kind.idempotent(effect, settings)
        and isinstance(rules.policy_of(effect.kind, effect.name, settings), rules.Policy)
    )


def _owned(work: Work, owner: str) -> list[Effect]:
    return [
        Effect.of(row)
        for row in work.store.query(
            f"SELECT {COLUMNS} FROM receiver_effect WHERE state IN ('planned', 'claimed', 'started') "  # noqa: S608
            "AND state <> 'planned' AND owner = ?",
            [owner],
        )
    ]
