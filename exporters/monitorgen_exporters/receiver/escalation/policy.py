"""Acknowledgements and suppressions in time: who did not acknowledge is told of, and what runs out ends.

An open alert that nobody has taken on waits for somebody: `timed_out` when the time for it is over, then
`reminded` a number of times. The wait begins when the alert fires, and anew when an acknowledgement or a
suppression ends. How it goes on is settled then: other settings hold for the next wait.
"""

from typing import Any, Final

from monitorgen.vocabulary.receiver import ReceiverAcknowledgement
from monitorgen_exporters.receiver.episodes import transitions
from monitorgen_exporters.receiver.episodes.model import Episode
from monitorgen_exporters.receiver.escalation.timers import (
    ACKNOWLEDGEMENT,
    NEVER,
    OVER,
    REMINDER,
    SUPPRESSION,
    TIMEOUT,
    WAITING,
    Timer,
    cancel,
    set_timer,
)
from monitorgen_exporters.receiver.moments import later
from monitorgen_exporters.receiver.work import Work

__all__ = ["ENDS", "ESCALATION", "begin_wait", "fire", "follow", "keep_expiries", "waits"]

ESCALATION: Final = "system:escalation"
"""Who did it, of what happens because its time has come."""

ENDS: Final = frozenset({"resolved", "vanished", "closed"})
"""The events that end an episode."""

_BEGINS = frozenset({"seen_again", "confirmed", "unacknowledged", "unsuppressed", "expired"})
_MOVES = _BEGINS | {"doubted", "acknowledged", "suppressed"}


def follow(work: Work, episode: Episode, type: str, policy: ReceiverAcknowledgement) -> None:
    """Sets and cancels the timers of an episode to which `type` has happened."""
    if type == "opened":  # it has no timers yet
        if waits(episode, policy):
            begin_wait(work, episode, policy)
    elif type in ENDS:
        cancel(work, episode)
    elif type in _MOVES:
        keep_expiries(work, episode)
        if not waits(episode, policy):
            cancel(work, episode, WAITING)
        elif type in _BEGINS:
            cancel(work, episode, WAITING)
            begin_wait(work, episode, policy)


def waits(episode: Episode, policy: ReceiverAcknowledgement) -> bool:
    """Whether somebody has to acknowledge this episode."""
    return (
        policy.timeout is not None
        and _unattended(episode)
        and (not policy.severities or episode.severity in policy.severities)
    )


def begin_wait(work: Work, episode: Episode, policy: ReceiverAcknowledgement) -> None:
    """Waits for an acknowledgement from now on, by the policy as it is now (whose `timeout` is given)."""
    assert policy.timeout is not None
    set_timer(
        work,
        episode,
        TIMEOUT,
        later(work.now, policy.timeout),
        {"every": policy.reminder, "number": 0, "of": policy.reminders, "notify": policy.notify},
    )


def keep_expiries(work: Work, episode: Episode) -> None:
    """Sets the timers at which its acknowledgement and its suppression run out, or takes them away."""
    for kind, until in (
        (ACKNOWLEDGEMENT, episode.acknowledged_until),
        (SUPPRESSION, episode.suppressed_until),
    ):
        if until is None:
            cancel(work, episode, (kind,))
        else:
            set_timer(work, episode, kind, until, {})


def fire(work: Work, episode: Episode, timer: Timer) -> None:
    """Does what a timer is for, whose row is deleted in this `Work`; the caller saves the episode."""
    if timer.kind in WAITING:
        _remind(work, episode, timer.data)
    elif timer.kind == ACKNOWLEDGEMENT:
        if episode.is_open and episode.acknowledged_until is not None:
            said = {"by": episode.acknowledged_by, "until": episode.acknowledged_until}
            transitions.forget_acknowledgement(episode)
            episode.settle()
            work.event(episode, "expired", ESCALATION, {"what": timer.kind, **said})
    elif timer.kind == SUPPRESSION:
        if episode.is_open and episode.suppressed_until is not None:
            said = {"by": episode.suppressed_by, "until": episode.suppressed_until}
            transitions.forget_suppression(episode)
            episode.settle()
            work.event(episode, "expired", ESCALATION, {"what": timer.kind, **said})
    else:
        raise ValueError(f"a timer of the kind {timer.kind}, which this version does not know")


def _remind(work: Work, episode: Episode, data: Any) -> None:
    if not _unattended(episode):
        return
    number, of, every = data["number"], data["of"], data["every"]
    episode.notified += 1
    if number == 0:
        work.event(episode, "timed_out", ESCALATION, {"notify": data["notify"]})
    else:
        told = {"number": number, "of": of, "notify": data["notify"]}
        work.event(episode, "reminded", ESCALATION, told)
    if every is not None and number < of:
        set_timer(work, episode, REMINDER, later(work.now, every), {**data, "number": number + 1})
    else:
        set_timer(work, episode, OVER, NEVER, {})


def _unattended(episode: Episode) -> bool:
    return episode.status == "firing" and not episode.doubt
