"""What people do with an episode. Each change is an event and a record in the audit log, in the same `Work`.

Doing again what was done, by the same person and in the same words, changes nothing: a request may be sent
twice. Every function gives the episode as it is then, and takes

* `expected`, the `Episode.changed` that the person has seen: when it has changed since, nothing is done;
* `tenant`, whose episodes alone are there; None for all.

All of them raise NotFound, and Refused with a text for the person, Changed among them.
"""

from typing import Final

from monitorgen_exporters.audit.canonical import Json
from monitorgen_exporters.receiver.episodes import rows, transitions
from monitorgen_exporters.receiver.episodes.model import Episode
from monitorgen_exporters.receiver.moments import later
from monitorgen_exporters.receiver.payload import moment
from monitorgen_exporters.receiver.work import Work

__all__ = [
    "LONGEST_COMMENT",
    "LONGEST_NAME",
    "LONGEST_REASON",
    "Changed",
    "NotFound",
    "Refused",
    "acknowledge",
    "assign",
    "close",
    "comment",
    "suppress",
    "unacknowledge",
    "unsuppress",
]

LONGEST_REASON: Final = 1_000
"""The most characters of a reason."""

LONGEST_COMMENT: Final = 10_000
"""The most characters of a comment."""

LONGEST_NAME: Final = 200
"""The most characters of the name that an episode is assigned to."""


class NotFound(LookupError):  # noqa: N818 - it is an answer, not a fault
    """There is no such episode, or none that the tenant may see."""


class Refused(ValueError):  # noqa: N818
    """What was asked for cannot be done; the text says why."""


class Changed(Refused):
    """The episode is not any more what the person saw."""


def acknowledge(
    work: Work,
    id: str,
    actor: str,
    why: str,
    until: str | None,
    *,
    longest: float | None,
    expected: int | None = None,
    tenant: str | None = None,
) -> Episode:
    """Somebody has taken it on: nobody is reminded of it `until` then, or until it ends.

    `longest` are the seconds that an acknowledgement holds at most (`acknowledgement.max` of the settings).
    To say the same with another time, or another reason, takes the place of what was said before.
    """
    episode = _open(work, id, expected, tenant, "acknowledged")
    why = _text(why, "A reason", LONGEST_REASON)
    limit = None if longest is None else later(work.now, longest)
    same = episode.acknowledged_by == actor and episode.acknowledged_why == why
    if until is None:
        if same:
            return episode
        until = limit
    else:
        until = _future(work, until)
        if same and episode.acknowledged_until == until:
            return episode
        if limit is not None and until > limit:
            raise Refused(f"An acknowledgement holds until {limit} at most: say a time before that.")
    episode.acknowledged_by = actor
    episode.acknowledged_at = work.now
    episode.acknowledged_until = until
    episode.acknowledged_why = why
    return _done(work, episode, "acknowledged", actor, {"why": why, "until": until})


def unacknowledge(
    work: Work, id: str, actor: str, why: str = "", *, expected: int | None = None, tenant: str | None = None
) -> Episode:
    """Nobody has taken it on any more: it waits for somebody, from now on."""
    episode = _open(work, id, expected, tenant, "given back")
    why = _text(why, "A reason", LONGEST_REASON, needed=False)
    if episode.acknowledged_at is None:
        return episode
    transitions.forget_acknowledgement(episode)
    return _done(work, episode, "unacknowledged", actor, {"why": why} if why else {})


def suppress(
    work: Work,
    id: str,
    actor: str,
    why: str,
    until: str,
    *,
    expected: int | None = None,
    tenant: str | None = None,
) -> Episode:
    """It is known and not to be heard of `until` then, also when it ends and fires again meanwhile."""
    episode = _open(work, id, expected, tenant, "suppressed")
    why, until = _text(why, "A reason", LONGEST_REASON), _future(work, until)
    said = (episode.suppressed_by, episode.suppressed_why, episode.suppressed_until)
    if said == (actor, why, until):
        return episode
    episode.suppressed_by = actor
    episode.suppressed_at = work.now
    episode.suppressed_until = until
    episode.suppressed_why = why
    return _done(work, episode, "suppressed", actor, {"why": why, "until": until})


def unsuppress(
    work: Work, id: str, actor: str, why: str = "", *, expected: int | None = None, tenant: str | None = None
) -> Episode:
    """It is heard of again."""
    episode = _open(work, id, expected, tenant, "heard of again")
    why = _text(why, "A reason", LONGEST_REASON, needed=False)
    if episode.suppressed_at is None:
        return episode
    transitions.forget_suppression(episode)
    return _done(work, episode, "unsuppressed", actor, {"why": why} if why else {})


def close(
    work: Work, id: str, actor: str, why: str, *, expected: int | None = None, tenant: str | None = None
) -> Episode:
    """It is resolved, says a person. Alertmanager is believed again after `transitions.GRACE`."""
    episode = _found(work, id, expected, tenant)
    why = _text(why, "A reason", LONGEST_REASON)
    if episode.ended_by == actor:
        return episode
    if not episode.is_open:
        raise Refused(_ended(episode, "resolved"))
    transitions.end(work, episode, actor, "closed", actor, {"why": why})
    rows.save(work.store, episode)
    return episode


def assign(
    work: Work,
    id: str,
    actor: str,
    assignee: str | None,
    *,
    expected: int | None = None,
    tenant: str | None = None,
) -> Episode:
    """It is this person's to mend, or a team's; None: nobody's."""
    episode = _found(work, id, expected, tenant)
    if assignee is not None:
        assignee = _text(assignee, "A name", LONGEST_NAME, lines=False)
    if episode.assignee == assignee:
        return episode
    before, episode.assignee = episode.assignee, assignee
    return _done(work, episode, "assigned", actor, {"assignee": assignee, "before": before})


def comment(
    work: Work, id: str, actor: str, text: str, *, expected: int | None = None, tenant: str | None = None
) -> Episode:
    """Something to remember, of an episode that may have ended. Said twice, it stands there twice."""
    episode = _found(work, id, expected, tenant)
    return _done(work, episode, "commented", actor, {"text": _text(text, "A comment", LONGEST_COMMENT)})


def _found(work: Work, id: str, expected: int | None, tenant: str | None) -> Episode:
    episode = rows.get(work.store, id) if id.isascii() and "\0" not in id else None
    if episode is None or tenant not in (None, episode.tenant):
        raise NotFound(f"There is no alert {id}.")
    if expected is not None and episode.changed != expected:
        raise Changed("The alert has changed since you looked at it: look again, then decide.")
    return episode


def _open(work: Work, id: str, expected: int | None, tenant: str | None, what: str) -> Episode:
    episode = _found(work, id, expected, tenant)
    if not episode.is_open:
        raise Refused(_ended(episode, what))
    return episode


def _ended(episode: Episode, what: str) -> str:
    return f"It cannot be {what}: it ended at {episode.ended_at}, and is {episode.status}."


def _done(work: Work, episode: Episode, type: str, actor: str, data: dict[str, Json]) -> Episode:
    episode.settle()
    work.event(episode, type, actor, data)
    rows.save(work.store, episode)
    return episode


def _future(work: Work, until: str) -> str:
    try:
        found = moment(until)
    except ValueError:
        raise Refused("`until` is a time with its zone, such as 2026-11-21T18:00:00Z.") from None
    if found <= work.now:
        raise Refused(f"`until` is a time to come: {found} is over, it is {work.now} now.")
    return found


def _text(text: str, what: str, longest: int, *, needed: bool = True, lines: bool = True) -> str:
    """What a person wrote, without blanks around it."""
    text = text.replace("\r\n", "\n").strip()
    if not text and needed:
        raise Refused(f"{what} is needed.")
    if len(text) > longest:
        raise Refused(f"{what} has at most {longest} characters; this one has {len(text)}.")
    if any(not _fits(character, lines) for character in text):
        raise Refused(f"{what} has no control characters in it" + ("." if lines else ", and one line."))
    return text


def _fits(character: str, lines: bool) -> bool:
    code = ord(character)
    if character in "\n\t":
        return lines
    return code >= 32 and not 127 <= code < 160 and not 0xD800 <= code < 0xE000
