"""What people do with silences by the API: list them, have one made, end one."""

from collections.abc import Sequence
from typing import Final, Protocol

from monitorgen_exporters.receiver.alertmanager.answers import Silence
from monitorgen_exporters.receiver.alertmanager.client import Peer
from monitorgen_exporters.receiver.alertmanager.matchers import TENANT, Matcher, why_too_broad
from monitorgen_exporters.receiver.alertmanager.silences import get, want_these
from monitorgen_exporters.receiver.alertmanager.silencing import silences_of
from monitorgen_exporters.receiver.database import Database
from monitorgen_exporters.receiver.payload import moment
from monitorgen_exporters.receiver.work import Work

__all__ = ["SilenceNotFound", "SilenceRefused", "SilenceUnavailable", "create", "delete", "list_silences"]

_MOST: Final = 100  # matchers
_LONGEST: Final = 4096  # characters of a name, a value or a reason


class _Principal(Protocol):
    """Who asks (access/principal.py)."""

    @property
    def actor(self) -> str: ...

    @property
    def tenant(self) -> str | None: ...


class SilenceRefused(ValueError):  # noqa: N818 - it is an answer
    """What was asked for is not allowed or makes no sense; the text says why."""


class SilenceNotFound(LookupError):  # noqa: N818
    """There is no such silence, or none that the person may see."""


class SilenceUnavailable(RuntimeError):  # noqa: N818
    """No Alertmanager answered as it should; the text says why."""


def list_silences(peers: Sequence[Peer], principal: _Principal) -> list[Silence]:
    """A cluster's silences that mute or are going to, those that end last first. Raises SilenceUnavailable.

    A person of a tenant sees those that name the tenant.
    """
    return sorted(
        (silence for _, silence in _visible(peers, principal) if silence.is_live),
        key=lambda silence: (moment(silence.ends_at), silence.id),
        reverse=True,
    )


def create(
    work: Work, source: str, matchers: Sequence[Matcher], until: str, why: str, principal: _Principal
) -> str:
    """Has a silence made: the id of what is wanted, as its comment will have it. Raises SilenceRefused.

    Alertmanager is told soon after this transaction (`Reconciler`), and again should it forget.
    """
    if not matchers or len(matchers) > _MOST:
        raise SilenceRefused(f"A silence has 1 to {_MOST} matchers.")
    texts = [text for matcher in matchers for text in (matcher.name, matcher.value)]
    if any(len(text) > _LONGEST or not _is_text(text) for text in (*texts, why)):
        raise SilenceRefused(f"Names, values and the reason have at most {_LONGEST} characters, and no NUL.")
    if not all(matcher.name for matcher in matchers):
        raise SilenceRefused("A matcher names a label.")
    if problem := why_too_broad(matchers, principal.tenant):
        raise SilenceRefused(f"Not made: {problem}.")
    if not why.strip():
        raise SilenceRefused("A reason is needed.")
    try:
        until = moment(until)
    except ValueError:
        raise SilenceRefused("`until` is a time with its zone, such as 2026-11-21T18:00:00Z.") from None
    if until <= work.now:
        raise SilenceRefused(f"`until` is a time to come: {until} is over, it is {work.now} now.")
    id = want_these(work, source, tuple(matchers), until, why.strip(), principal.actor)
    shown = [str(matcher)[:500] for matcher in matchers]
    work.audit(
        "silence.requested",
        principal.actor,
        f"silence:{id}",
        {"silence": id, "source": source, "matchers": list(shown), "until": until, "why": why.strip()[:1000]},
    )
    return id


def delete(database: Database, source: str, peers: Sequence[Peer], id: str, principal: _Principal) -> None:
    """Ends the silence that Alertmanager knows by that id; one that has ended stays so.

    One that follows from an acknowledgement or a suppression goes with that. Raises SilenceNotFound,
    SilenceRefused, SilenceUnavailable and StoreError.
    """
    found = next((each for each in _visible(peers, principal) if each[1].id == id), None)
    if found is None:
        raise SilenceNotFound(f"There is no silence {id}.")
    peer, silence = found
    if not silence.is_live:
        return
    with database.write() as work:
        if (row := _ours(work, source, silence)) is not None and row[1]:
            raise SilenceRefused(
                f"It mutes alert {row[1]}, which somebody acknowledged or suppressed: take that back instead."
            )
        if row is not None:
            work.store.execute(
                "UPDATE receiver_silence SET state = 'unwanted', changed_at = ? WHERE id = ?",
                [work.now, row[0]],
            )
        work.audit(
            "silence.deleted",
            principal.actor,
            f"silence:{row[0] if row else id}",
            {
                "source": source,
                "alertmanager_id": id,
                "matchers": [str(matcher)[:500] for matcher in silence.matchers[:_MOST]],
            },
        )
    if (fault := peer.expire(id)) is not None and row is None:
        raise SilenceUnavailable(str(fault))


def _visible(peers: Sequence[Peer], principal: _Principal) -> list[tuple[Peer, Silence]]:
    found, faults = silences_of(peers)
    if faults and not found:
        raise SilenceUnavailable("; ".join(map(str, faults)))
    if principal.tenant is None:
        return found
    mine = Matcher(TENANT, principal.tenant)
    return [(peer, silence) for peer, silence in found if mine in silence.matchers]


def _ours(work: Work, source: str, silence: Silence) -> tuple[str, str] | None:
    """The row of a silence that we made, and its episode if it has one."""
    marker = silence.comment.rpartition(" ")[2]
    if not (marker.startswith("[monitorgen:") and marker.endswith("]") and marker.isascii()):
        return None
    row = get(work.store, marker[len("[monitorgen:") : -1].replace("\0", ""))
    if row is None or row.source != source or row.author != silence.created_by or row.state == "ended":
        return None
    return row.id, row.episode


def _is_text(text: str) -> bool:
    return "\0" not in text and not any(0xD800 <= ord(character) < 0xE000 for character in text)
