"""What follows from an event, in the same transaction: timers, notifications, actions and silences.

A repeated delivery is no event, so that nothing here ever follows from one. Of an alert in doubt
(`transitions`) nobody is told, and nothing is done for it, until it is confirmed.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final, TypeVar

from monitorgen.vocabulary.receiver import Receiver
from monitorgen.vocabulary.receiver_effects import ReceiverAction, ReceiverNotification, fits
from monitorgen_exporters.audit.canonical import Json
from monitorgen_exporters.receiver.alertmanager import silences
from monitorgen_exporters.receiver.effects import command, outbox
from monitorgen_exporters.receiver.effects.kind import Refusal
from monitorgen_exporters.receiver.episodes.model import Episode
from monitorgen_exporters.receiver.escalation import policy
from monitorgen_exporters.receiver.work import Follow, Work

__all__ = ["following"]

_T = TypeVar("_T", ReceiverNotification, ReceiverAction)

_FIRES_AGAIN: Final = frozenset({"seen_again", "confirmed"})
_FIRES: Final = _FIRES_AGAIN | {"opened"}
# After these nobody looks after an alert that still fires: for whoever is told of alerts, it is as if it
# fired anew.
_UNATTENDED: Final = _FIRES_AGAIN | {"unacknowledged", "unsuppressed", "expired"}


def following(settings: Receiver) -> Follow:
    """What follows from events by these settings, for a `Database`."""
    told = _by_event((name, said, said.events) for name, said in settings.notifications.items())
    done = _by_event((name, said, (said.on,)) for name, said in settings.actions.items())
    muted = {
        name
        for name, source in settings.sources.items()
        if source.alertmanager is not None and source.alertmanager.silence
    }

    def follow(work: Work, episode: Episode, type: str, data: Mapping[str, Json]) -> None:
        policy.follow(work, episode, type, settings.acknowledgement)
        if type in silences.MOVING and episode.source in muted:
            silences.follow(work, episode)
        if (episode.doubt and type not in ("doubted", "effect")) or data.get("unconfirmed"):
            return
        asked = _asked(episode, type, data)
        notifications = _fitting(told, asked, episode)
        if named := _named(settings, type, data):
            labels = episode.label_map
            notifications |= {
                name: said
                for name in named
                if (said := settings.notifications.get(name)) and said.enabled and fits(said.match, labels)
            }
        if notifications:
            # Before all else, as that may be an event itself.
            _notify(work, episode, type, data, notifications, settings.public_url)
        if done:
            if type in policy.ENDS:
                outbox.cancel(work, episode, ("command",), "the alert ended before it was begun")
            for name, action in _fitting(done, _sets_off(type, asked), episode).items():
                _act(work, episode, name, action)

    return follow


def _by_event(said: Iterable[tuple[str, _T, Collection[str]]]) -> dict[str, list[tuple[str, _T]]]:
    """What is enabled, by each event that it is for."""
    found: dict[str, list[tuple[str, _T]]] = {}
    for name, one, events in said:
        for event in events if one.enabled else ():
            found.setdefault(event, []).append((name, one))
    return found


def _fitting(
    by_event: Mapping[str, Sequence[tuple[str, _T]]], asked: Collection[str], episode: Episode
) -> dict[str, _T]:
    """What of it is for one of these events, of an alert like this one."""
    some = [each for event in asked for each in by_event.get(event, ())]
    if not some:
        return {}
    labels = episode.label_map
    return {name: one for name, one in some if fits(one.match, labels)}


def _asked(episode: Episode, type: str, data: Mapping[str, Json]) -> Collection[str]:
    """The events in the settings that this one is."""
    if type == "effect":
        return ("unknown",) if data.get("state") == "unknown" else ()
    if type == "closed":
        return ("closed", "resolved")
    if type == "stage" and episode.status != "firing":
        return ()  # somebody is at it, or nobody wants to hear of it
    if type in _FIRES and episode.status == "suppressed":
        return ()  # told when the suppression ends
    if type in _UNATTENDED and episode.status == "firing":
        return (type, "opened")
    return (type,)


def _sets_off(type: str, asked: Collection[str]) -> Collection[str]:
    """What it is for an action: an alert that people give back has not begun anew."""
    return (type,) if type in _UNATTENDED - _FIRES_AGAIN else asked


def _named(settings: Receiver, type: str, data: Mapping[str, Json]) -> Sequence[str]:
    """The notifications that are sent whether or not they ask for such events."""
    if type in ("timed_out", "reminded"):
        # By the policy when the wait began; but a timeout is told to somebody, whatever they are called now.
        began = data.get("notify")
        known = [name for name in began if name in settings.notifications] if isinstance(began, list) else []
        return [str(name) for name in known] or settings.acknowledgement.notify
    if type == "effect" and data.get("state") == "unknown":
        # Nobody is told through a notification that the same notification is lost.
        own = data.get("name") if data.get("kind") == "http" else None
        return [name for name in settings.unknown_notify if name != own]
    return ()


def _notify(
    work: Work,
    episode: Episode,
    type: str,
    data: Mapping[str, Json],
    notifications: Collection[str],
    url: str,
) -> None:
    seq = episode.changed
    event = {
        "version": 1,
        "event": type,
        "seq": seq,
        "time": work.now,
        "actor": work.actor,
        "data": dict(data),
        "episode": _shown(episode, url),
    }
    for name in sorted(notifications):
        outbox.plan(
            work,
            key=f"{name}:{episode.id}:{seq}",
            kind="http",
            name=name,
            episode=episode,
            target="",
            request={"event": event},
            unique=True,
        )


def _act(work: Work, episode: Episode, name: str, action: ReceiverAction) -> None:
    labels = episode.label_map
    planned = command.plan(action, labels)
    refused = ""
    if isinstance(planned, Refusal):
        refused = planned.why
        wanted = {parameter.label for parameter in action.parameters.values()}
        given: dict[str, Json] = {label: labels[label] for label in sorted(wanted) if label in labels}
        planned = command.Planned("", {"labels": given})
    outbox.plan(
        work,
        key=f"{name}:{episode.id}",
        kind="command",
        name=name,
        episode=episode,
        target=planned.target,
        request=planned.request,
        refused=refused,
    )


def _shown(episode: Episode, url: str) -> dict[str, Any]:
    """An episode as others are told of it."""
    return {
        "id": episode.id,
        "url": f"{url}/api/v1/alerts/{episode.id}",
        "status": episode.status,
        "alertname": episode.alertname,
        "tenant": episode.tenant,
        "source": episode.source,
        "service": episode.service,
        "team": episode.team,
        "severity": episode.severity,
        "environment": episode.environment,
        "labels": episode.label_map,
        "annotations": episode.annotation_map,
        "generator_url": episode.generator_url,
        "stages": episode.stage_list,
        "starts_at": episode.starts_at,
        "opened_at": episode.opened_at,
        "ended_at": episode.ended_at,
        "ended_by": episode.ended_by,
        "acknowledged_by": episode.acknowledged_by,
        "acknowledged_at": episode.acknowledged_at,
        "acknowledged_until": episode.acknowledged_until,
        "acknowledged_why": episode.acknowledged_why,
        "suppressed_until": episode.suppressed_until,
        "assignee": episode.assignee,
        "reopened": episode.reopened,
        "notified": episode.notified,
    }
