"""Silences that follow from what people do here: what is wanted, in `receiver_silence`.

A row is written with the acknowledgement, in its transaction, and made true later (silencing.py). Its id
stands in the silence's comment: so a silence is found again whose making nobody confirmed, and no other is
taken for it.

An acknowledgement mutes the stages of the escalation, and not the alert itself: its resolve still comes.
A suppression mutes all of it, for everybody whom that Alertmanager tells, because that is what was asked for;
Alertmanager tells of no resolve then, and the end is seen by looking (reconcile.py).
"""

from dataclasses import dataclass
from typing import Final

import msgspec

from monitorgen_exporters.audit.stamps import uuid7
from monitorgen_exporters.audit.store import Row, Store
from monitorgen_exporters.receiver.alertmanager.matchers import Matcher, matchers_of_alert
from monitorgen_exporters.receiver.episodes.model import Episode
from monitorgen_exporters.receiver.tables import SILENCE
from monitorgen_exporters.receiver.work import Work

__all__ = ["MOVING", "WantedSilence", "follow", "get", "to_do", "unwant", "want", "want_these"]

_COLUMNS = "id, episode, source, remote_id, matchers, until, state, why, created_by, changed_at"

MOVING: Final = frozenset(
    {
        *("acknowledged", "unacknowledged", "suppressed", "unsuppressed", "expired"),
        *("seen_again", "doubted", "resolved", "vanished", "closed"),
    }
)
"""The events after which an episode may need another silence, or none: `follow` is called after each."""


@dataclass(slots=True)
class WantedSilence:
    """A row of `receiver_silence`; `state` is wanted, active, unwanted or ended."""

    id: str
    episode: str
    """Of which episode it is; empty for one that a person asked for."""
    source: str
    remote_id: str | None
    matchers: tuple[Matcher, ...]
    until: str
    """When it ends at the latest; empty: with the episode."""
    state: str
    why: str
    created_by: str
    changed_at: str

    @property
    def marker(self) -> str:
        """What stands in the comment of the silence."""
        return f"[monitorgen:{self.id}]"

    @property
    def author(self) -> str:
        """Who made it, as Alertmanager shows it."""
        return f"{self.created_by} (monitorgen)"

    @property
    def comment(self) -> str:
        """What Alertmanager shows."""
        return f"{self.why} {self.marker}".strip()


def follow(work: Work, episode: Episode) -> None:
    """Has the silence that an episode needs as it stands now, or none."""
    if episode.is_open and episode.suppressed_at is not None:
        want(
            work,
            episode,
            episode.suppressed_until,
            episode.suppressed_why or "",
            episode.suppressed_by or "",
        )
    elif episode.is_open and episode.acknowledged_at is not None:
        want(
            work,
            episode,
            episode.acknowledged_until,
            episode.acknowledged_why or "",
            episode.acknowledged_by or "",
        )
    else:
        unwant(work, episode)


def want(work: Work, episode: Episode, until: str | None, why: str, actor: str) -> None:
    """Has Alertmanager mute an episode, `until` then or its end.

    All of it where it is suppressed, or else its stages.
    """
    matchers = matchers_of_alert(episode.label_map, (), stages_only=episode.suppressed_at is None)
    if matchers is None:
        return  # an alert without labels cannot be told from others
    same = work.store.execute(
        "UPDATE receiver_silence SET until = ?, why = ?, state = 'wanted', changed_at = ? "
        "WHERE episode = ? AND created_by = ? AND state IN ('wanted', 'active')",
        [until or "", why, work.now, episode.id, actor],
    )
    if not same:  # Alertmanager shows who made a silence: another person's is another
        unwant(work, episode)
        _add(work, episode.id, episode.source, matchers, until or "", why, actor)


def want_these(
    work: Work, source: str, matchers: tuple[Matcher, ...], until: str, why: str, actor: str
) -> str:
    """Has Alertmanager mute what these match, until then; the id here. The caller has checked that."""
    return _add(work, "", source, matchers, until, why, actor)


def unwant(work: Work, episode: Episode) -> None:
    """Has Alertmanager mute an episode no longer."""
    work.store.execute(
        "UPDATE receiver_silence SET state = 'unwanted', changed_at = ? "
        "WHERE episode = ? AND state IN ('wanted', 'active')",
        [work.now, episode.id],
    )


def to_do(store: Store, source: str) -> list[WantedSilence]:
    """The silences of a source that are there or are to be, oldest first."""
    return [
        _silence(row)
        for row in store.query(
            f"SELECT {_COLUMNS} FROM receiver_silence WHERE source = ? AND state <> 'ended' ORDER BY id",  # noqa: S608
            [source],
        )
    ]


def get(store: Store, id: str) -> WantedSilence | None:
    """The silence with that id, ours."""
    rows = store.query(f"SELECT {_COLUMNS} FROM receiver_silence WHERE id = ?", [id])  # noqa: S608
    return _silence(rows[0]) if rows else None


def _add(
    work: Work,
    episode: str,
    source: str,
    matchers: tuple[Matcher, ...],
    until: str,
    why: str,
    actor: str,
) -> str:
    id = uuid7()
    encoded = msgspec.json.encode(matchers).decode()
    row = (id, episode, source, None, encoded, until, "wanted", why, actor, work.now)
    work.store.insert(SILENCE, [row])
    return id


def _silence(row: Row) -> WantedSilence:
    found = WantedSilence(*row)
    found.matchers = msgspec.json.decode(row[4], type=tuple[Matcher, ...])
    return found
