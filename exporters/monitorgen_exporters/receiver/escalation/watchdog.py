"""What should have a timer and has none: nobody would be reminded of it, or what ran out would go on.

There is none but alerts that were open already when the settings began to ask for acknowledgements, unless
something is broken: so they are looked for, given their timer, and counted.
"""

import orjson

from monitorgen.vocabulary.receiver import ReceiverAcknowledgement
from monitorgen_exporters.audit.store import Store
from monitorgen_exporters.receiver.episodes.model import Episode
from monitorgen_exporters.receiver.episodes.rows import COLUMNS, episode_of, members
from monitorgen_exporters.receiver.escalation.policy import begin_wait, keep_expiries, waits
from monitorgen_exporters.receiver.escalation.timers import ACKNOWLEDGEMENT, SUPPRESSION, WAITING
from monitorgen_exporters.receiver.work import Work

__all__ = ["mend", "without_timer"]


def without_timer(store: Store, policy: ReceiverAcknowledgement, limit: int) -> list[Episode]:
    """At most `limit` open episodes that lack a timer."""
    where = [
        f"acknowledged_until IS NOT NULL AND {_lacks(ACKNOWLEDGEMENT)}",
        f"suppressed_until IS NOT NULL AND {_lacks(SUPPRESSION)}",
    ]
    parameters: list[object] = []
    if policy.timeout is not None:
        covered = f"severity IN ({members(store.dialect)}) AND " if policy.severities else ""
        parameters += [orjson.dumps(policy.severities).decode()] if policy.severities else []
        where.append(f"status = 'firing' AND doubt = 0 AND {covered}{_lacks(*WAITING)}")
    return [
        episode_of(row)
        for row in store.query(
            f"SELECT {COLUMNS} FROM receiver_episode "  # noqa: S608 - our own words
            f"WHERE ended_at IS NULL AND (({') OR ('.join(where)})) LIMIT ?",
            [*parameters, limit],
        )
    ]


def mend(work: Work, policy: ReceiverAcknowledgement, limit: int) -> int:
    """Gives at most `limit` episodes the timer they lack; how many there were. Waits begin now."""
    found = without_timer(work.store, policy, limit)
    for episode in found:
        keep_expiries(work, episode)
        if waits(episode, policy):
            begin_wait(work, episode, policy)
    return len(found)


def _lacks(*kinds: str) -> str:
    named = ", ".join(f"'{kind}'" for kind in kinds)
    timers = f"receiver_timer WHERE episode = receiver_episode.id AND kind IN ({named})"
    return f"NOT EXISTS (SELECT 1 FROM {timers})"  # noqa: S608 - our own words
