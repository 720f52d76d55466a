"""What a delivered alert does to its episode: the rules by which episodes follow Alertmanager's truth.

There is no sequence number in what Alertmanager sends, peers of a cluster send old snapshots late, and a
firing alert can come again after its resolve with the very same `startsAt` (Prometheus was cut off and the
link healed). So nothing here rests on the order of deliveries:

* a firing alert that has an open episode is a heartbeat, and whatever its `startsAt`: an alert has one open
  episode;
* without one, an alert that began before its last episode ended may be late news or may fire again: that
  episode is open again, in doubt, until Alertmanager's API or another delivery, a while later, says so;
* a resolve whose `endsAt` is not later than one that was believed, or that ended before the open episode
  began, is old news;
* a stage of an escalation is part of its alert's episode, which ends when the alert itself, or the last of
  its stages, does.
"""

from typing import TYPE_CHECKING, Literal, TypeAlias

import orjson

from monitorgen_exporters.audit.canonical import Json
from monitorgen_exporters.audit.stamps import uuid7
from monitorgen_exporters.receiver.episodes.model import Episode
from monitorgen_exporters.receiver.moments import seconds_between
from monitorgen_exporters.receiver.payload import Alert, column_text, moment
from monitorgen_exporters.receiver.post import Kept

if TYPE_CHECKING:
    from monitorgen_exporters.receiver.work import Work

__all__ = [
    "ALERTMANAGER",
    "DOUBT",
    "GRACE",
    "RECEIVER",
    "Effect",
    "began_before_end",
    "end",
    "fired",
    "forget_acknowledgement",
    "forget_suppression",
    "new_episode",
    "opened",
    "resolved",
    "seen_again",
    "vanished",
]

ALERTMANAGER = "system:alertmanager"
RECEIVER = "system:receiver"
_ITSELF = '[""]'  # the stages of an alert that fires itself

GRACE = 300.0
"""Seconds for which a person's resolve stands although Alertmanager still shows the alert firing."""

DOUBT = 60.0
"""Seconds after which another firing delivery is no copy of the one that was doubted: Alertmanager sends a
snapshot again, and its peers send theirs, within the flush it belongs to."""

Effect: TypeAlias = Literal["nothing", "seen", "changed"]
"""What became of the row: nothing to write, only that it was seen, or the whole row."""


def new_episode(incident: str, tenant: str, source: str, kept: Kept, stage: str, now: str) -> Episode:
    """The episode that begins with an alert, not written and without its event."""
    return Episode(
        uuid7(),
        incident,
        kept.starts_at,
        tenant,
        source,
        kept.alertname,
        kept.service,
        kept.team,
        kept.severity,
        kept.environment,
        kept.labels,
        kept.annotations,
        kept.generator_url,
        "firing",
        orjson.dumps([stage]).decode() if stage else _ITSELF,
        now,
        now,
    )


def opened(work: "Work", episode: Episode, last: Episode | None, told: dict[str, Json]) -> None:
    """Tells that a new episode has begun, after `last`, the one of its incident before it.

    What somebody did not want to hear of until a time is not heard of until then, however often it fires.
    """
    held = last is not None and last.suppressed_until is not None and last.suppressed_until > work.now
    if held and last is not None:
        episode.suppressed_by, episode.suppressed_at = last.suppressed_by, last.suppressed_at
        episode.suppressed_until, episode.suppressed_why = last.suppressed_until, last.suppressed_why
        episode.settle()
    work.event(episode, "opened", ALERTMANAGER, told)
    if held:
        why = {"why": episode.suppressed_why, "until": episode.suppressed_until}
        work.event(episode, "suppressed", RECEIVER, {**why, "by": episode.suppressed_by})


def fired(work: "Work", episode: Episode, alert: Alert, stage: str, *, certain: bool = False) -> Effect:
    """A firing alert of an incident that `episode` is the open, or else the last, episode of.

    `certain` where the API says that it fires now. The caller has made sure that a new episode would be wrong
    (`began_before_end`).
    """
    if not episode.is_open:
        if _stands(episode, work.now):
            return "nothing"
        seen_again(work, episode, stage, doubt=not certain)
        return "changed"
    episode.missing = 0
    # In doubt, the time of the doubt stays: it is what tells a copy from another delivery.
    effect: Effect = "nothing" if episode.doubt else "seen"
    if episode.doubt and (certain or _is_new(episode, alert) or _older(episode.seen_at, work.now, DOUBT)):
        episode.doubt = 0
        work.event(episode, "confirmed", ALERTMANAGER, {})
        effect = "changed"
    stages = episode.stage_list
    if stage and not certain and "" in stages and moment(alert.starts_at) < episode.starts_at:
        return effect  # a stage begins after its alert: this one is of a firing before
    if stage not in stages:
        episode.stages = orjson.dumps(sorted([*stages, stage])).decode()
        if stage:
            work.event(episode, "stage", ALERTMANAGER, {"stage": column_text(stage)[:200]})
        else:
            # The alert itself tells when it began; a stage begins later.
            episode.starts_at = min(episode.starts_at, moment(alert.starts_at))
        effect = "changed"
    return effect


def began_before_end(episode: Episode, alert: Alert) -> bool:
    """Whether the alert began before this ended episode did end: then it is no other firing."""
    return moment(alert.starts_at) <= (episode.resolved_ends_at or episode.ended_at or "")


def _is_new(episode: Episode, alert: Alert) -> bool:
    """Whether the alert began after the end that was believed: no delivery from before that end says so."""
    return episode.resolved_ends_at is not None and moment(alert.starts_at) > episode.resolved_ends_at


def seen_again(work: "Work", episode: Episode, stage: str, *, doubt: bool) -> None:
    """Opens an episode that had ended."""
    episode.ended_at = episode.ended_by = None
    forget_acknowledgement(episode)
    episode.stages = orjson.dumps([stage]).decode()
    episode.doubt = int(doubt)
    episode.missing = 0
    episode.reopened += 1
    episode.seen_at = work.now
    episode.settle()
    work.event(
        episode, "doubted" if doubt else "seen_again", ALERTMANAGER, {"stage": column_text(stage)[:200]}
    )


def resolved(work: "Work", episode: Episode, alert: Alert, stage: str) -> Effect:
    """A resolved alert of an incident that has this open episode."""
    ended = moment(alert.ends_at)
    if ended < episode.starts_at or ended <= (episode.resolved_ends_at or ""):
        return "nothing"
    stages = [other for other in episode.stage_list if other != stage]
    if stage and stages:
        if len(stages) == len(episode.stage_list):
            return "nothing"
        episode.stages = orjson.dumps(stages).decode()
        return "changed"
    episode.resolved_ends_at = ended
    end(work, episode, "alertmanager", "resolved", ALERTMANAGER, {})
    return "changed"


def vanished(work: "Work", episode: Episode, why: str) -> None:
    """Ends an episode that Alertmanager no longer knows of, and of whose resolve it never told."""
    end(work, episode, "absence", "vanished", RECEIVER, {"why": why})


def end(work: "Work", episode: Episode, by: str, type: str, actor: str, data: dict[str, str]) -> None:
    """Ends an episode: `by` is what or who ended it, `type` the event that tells.

    The event of one that was in doubt says so: `unconfirmed`. Nobody had been told that it fired again.
    """
    told: dict[str, Json] = {**data, "unconfirmed": True} if episode.doubt else {**data}
    episode.ended_at = work.now
    episode.ended_by = by
    episode.stages = "[]"
    episode.doubt = 0
    episode.settle()
    work.event(episode, type, actor, told)


def forget_acknowledgement(episode: Episode) -> None:
    """Nobody has acknowledged it; the caller settles its status."""
    episode.acknowledged_at = episode.acknowledged_by = None
    episode.acknowledged_until = episode.acknowledged_why = None


def forget_suppression(episode: Episode) -> None:
    """Nobody has suppressed it; the caller settles its status."""
    episode.suppressed_at = episode.suppressed_by = None
    episode.suppressed_until = episode.suppressed_why = None


def _stands(episode: Episode, now: str) -> bool:
    """Whether a person ended it a short while ago."""
    if episode.ended_by in ("alertmanager", "absence") or episode.ended_at is None:
        return False
    return not _older(episode.ended_at, now, GRACE)


def _older(then: str, now: str, seconds: float) -> bool:
    return seconds_between(then, now) >= seconds
