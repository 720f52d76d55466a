"""What Alertmanager's word changes of an incident: opened, open again, confirmed, missing, muted."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import orjson

from monitorgen_exporters.receiver.alertmanager.sight import Shown, Sight
from monitorgen_exporters.receiver.episodes import transitions
from monitorgen_exporters.receiver.episodes.model import Episode
from monitorgen_exporters.receiver.episodes.transitions import ALERTMANAGER, RECEIVER
from monitorgen_exporters.receiver.moments import seconds_between
from monitorgen_exporters.receiver.payload import column_text
from monitorgen_exporters.receiver.post import kept_of
from monitorgen_exporters.receiver.work import Work

__all__ = ["Rules", "compare", "differs", "open_or_reopen", "unexplained"]

_MOST_MUTING = 100  # silences and inhibitors that are kept of one episode
_STALE = 900.0  # seconds after which being shown is written down again


@dataclass(frozen=True, slots=True)
class Rules:
    """How often in a row Alertmanager has to say a thing that no delivery told."""

    looks: int
    tenant: str
    source: str


def unexplained(episode: Episode | None, shown: Mapping[str, Shown], sight: Sight) -> set[str]:
    """The stages that fire and are not known to, and those that do not fire and are thought to.

    The first come with a delivery, the second go with one, a while later: after `Rules.looks` looks that is
    lost. What is muted comes with none, and is nobody's to be told of.
    """
    known = set() if episode is None else set(episode.stage_list)
    coming = {stage for stage, one in shown.items() if stage not in known and one.is_told}
    going = known - shown.keys() if shown and sight.knows_absence else set()
    return coming | going


def differs(episode: Episode, shown: Mapping[str, Shown], sight: Sight) -> bool:
    """Whether `compare` has something to write of an open episode, whatever its stages."""
    if not shown:
        return _is_missing(episode, sight)
    return bool(
        episode.missing
        or (episode.doubt and _confirming(episode, shown) is not None)
        or _muting(shown) != episode.silences
        or seconds_between(episode.seen_at, sight.asked_at) > _STALE
    )


def compare(
    work: Work, episode: Episode, shown: Mapping[str, Shown], sight: Sight, due: Collection[str], rules: Rules
) -> bool:
    """Brings an open episode to what is shown; whether that changed it.

    `due` are the stages that have been `unexplained` for long.
    """
    if not shown:
        return _absent(work, episode, sight, rules)
    changed = bool(episode.missing) or seconds_between(episode.seen_at, sight.asked_at) > _STALE
    episode.missing = 0
    if (stage := _confirming(episode, shown)) is not None and episode.doubt:
        changed |= transitions.fired(work, episode, shown[stage].alert, stage, certain=True) == "changed"
    for stage in sorted(due):
        if stage in shown and stage not in episode.stage_list:
            changed |= transitions.fired(work, episode, shown[stage].alert, stage, certain=True) == "changed"
    going = set(due) & set(episode.stage_list) - shown.keys()
    if going and _is_missing(episode, sight):
        left = [stage for stage in episode.stage_list if stage not in going]
        episode.stages = orjson.dumps(left or sorted(shown)).decode()
        changed = True
    changed |= _mute(work, episode, shown)
    if changed and not episode.doubt:
        episode.seen_at = max(episode.seen_at, sight.asked_at)
    return changed


def open_or_reopen(
    work: Work,
    incident: str,
    ended: Episode | None,
    shown: Mapping[str, Shown],
    sight: Sight,
    due: Collection[str],
    rules: Rules,
) -> Episode | None:
    """The episode of an incident that fires although none is open; None where that may well be so.

    `ended` is its last one. A new episode has an id that `ended` has not, and is yet to be added.
    """
    stages = [stage for stage in sorted(due) if stage in shown and shown[stage].is_told]
    if not stages:
        return None
    first = shown[stages[0]]
    if ended is None or not transitions.began_before_end(ended, first.alert):
        episode = transitions.new_episode(
            incident,
            rules.tenant,
            rules.source,
            kept_of(first.labels, first.alert),
            stages[0],
            work.now,
        )
        told = {"stage": stages[0][:200]} if stages[0] else {}
        transitions.opened(work, episode, ended, {"from": "api", **told})
    else:
        if (ended.ended_at or "") >= sight.asked_at:
            return None  # it ended while Alertmanager was asked
        if ended.ended_by == "alertmanager" and first.updated_at <= (ended.resolved_ends_at or ""):
            return None  # an Alertmanager that has not heard of the resolve yet
        if transitions.fired(work, ended, first.alert, stages[0], certain=True) == "nothing":
            return None  # a person has just closed it
        episode = ended
    for stage in stages[1:]:
        transitions.fired(work, episode, shown[stage].alert, stage, certain=True)
    _mute(work, episode, shown)
    return episode


def _is_missing(episode: Episode, sight: Sight) -> bool:
    return sight.knows_absence and episode.seen_at < sight.asked_at


def _absent(work: Work, episode: Episode, sight: Sight, rules: Rules) -> bool:
    if not _is_missing(episode, sight):
        return False
    if episode.doubt:
        why = "Alertmanager does not show it: what had opened it again was old news"
        transitions.end(work, episode, "alertmanager", "resolved", RECEIVER, {"why": why})
        return True
    episode.missing += 1
    if episode.missing >= rules.looks:
        times = "once" if episode.missing == 1 else f"{episode.missing} times in a row"
        transitions.vanished(work, episode, f"Alertmanager, asked {times}, did not show it any more")
    return True


def _confirming(episode: Episode, shown: Mapping[str, Shown]) -> str | None:
    """A stage that was sent to an Alertmanager after the resolve that was believed last."""
    since = episode.resolved_ends_at or ""
    return next((stage for stage, one in sorted(shown.items()) if one.updated_at > since), None)


def _muting(shown: Mapping[str, Shown]) -> list[str]:
    """What mutes all of an alert that fires: its stages are muted by every acknowledgement."""
    if any(not one.muted_by for one in shown.values()):
        return []
    return sorted({column_text(by) for one in shown.values() for by in one.muted_by})[:_MOST_MUTING]


def _mute(work: Work, episode: Episode, shown: Mapping[str, Shown]) -> bool:
    before, after = episode.silences, _muting(shown)
    if before == after:
        return False
    episode.silenced_by = orjson.dumps(after).decode()
    if bool(before) != bool(after):
        work.event(
            episode, "silenced" if after else "unsilenced", ALERTMANAGER, {"by": list(after or before)}
        )
    return True
