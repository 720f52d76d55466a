"""Alertmanager's silences brought to what is wanted: made, kept on, found again, ended.

They are short and kept on while they are wanted, so that none outlives us by much. All of this can be done
again at any moment, by several of us at once: what was made twice is ended but for one.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import msgspec

from monitorgen_exporters.audit.canonical import Json
from monitorgen_exporters.audit.store import Store
from monitorgen_exporters.receiver.alertmanager.answers import Silence
from monitorgen_exporters.receiver.alertmanager.client import Fault, Peer
from monitorgen_exporters.receiver.alertmanager.matchers import Matcher, matchers_of_alert
from monitorgen_exporters.receiver.alertmanager.sight import Sight
from monitorgen_exporters.receiver.alertmanager.silences import WantedSilence, to_do
from monitorgen_exporters.receiver.database import Database
from monitorgen_exporters.receiver.episodes import rows
from monitorgen_exporters.receiver.episodes.model import Episode
from monitorgen_exporters.receiver.episodes.transitions import RECEIVER
from monitorgen_exporters.receiver.moments import later, seconds_between
from monitorgen_exporters.receiver.payload import moment

__all__ = ["LENGTH", "silences_of", "tend", "waiting"]

LENGTH = 1800.0
"""Seconds that a silence of an episode lasts, unless it is kept on."""

_AHEAD = 900.0  # seconds before its end at which it is kept on
_SAME = 2.0  # seconds that two times of Alertmanager may differ and be the same

_logger = logging.getLogger(__name__)


@dataclass(slots=True)
class _Others:
    """All alerts that fire, by alertname: each silence is held against them."""

    by_name: dict[str, list[Mapping[str, str]]] = field(default_factory=dict)

    def of(self, labels: Mapping[str, str]) -> Sequence[Mapping[str, str]]:
        """Those that could have all of these labels."""
        return self.by_name.get(labels.get("alertname", ""), ())


def waiting(store: Store, source: str) -> bool:
    """Whether something is to be made or ended at once."""
    return bool(
        store.query(
            "SELECT 1 FROM receiver_silence "
            "WHERE source = ? AND state <> 'ended' AND state IN ('wanted', 'unwanted') LIMIT 1",
            [source],
        )
    )


def silences_of(peers: Sequence[Peer]) -> tuple[list[tuple[Peer, Silence]], list[Fault]]:
    """All silences of a cluster, each with who told of it, and who did not answer."""
    found: dict[str, tuple[Peer, Silence]] = {}
    faults = []
    for peer in peers:
        answer = peer.silences()
        if isinstance(answer, Fault):
            faults.append(answer)
            continue
        for silence in answer:
            known = found.get(silence.id)
            if known is None or moment(silence.updated_at) > moment(known[1].updated_at):
                found[silence.id] = peer, silence
    return list(found.values()), faults


def tend(
    database: Database, source: str, peers: Sequence[Peer], sight: Sight, *, of_episodes: bool
) -> list[str]:
    """Makes a source's silences what they are to be; what went wrong. Raises StoreError.

    Without `of_episodes` those that follow from acknowledgements and suppressions are ended.
    """
    with database.read() as store:
        wanted = to_do(store, source)
        episodes = {
            each.episode: rows.get(store, each.episode) for each in wanted if each.episode and of_episodes
        }
    if not wanted or sight.started_at is None:
        return []  # without knowing what fires, a silence might match too much
    there, faults = silences_of(peers)
    if len(faults) == len(peers):
        return [str(fault) for fault in faults]
    others = _Others()
    for labels in sight.everything:
        others.by_name.setdefault(labels.get("alertname", ""), []).append(labels)
    tender = _Tender(peers, there, database.clock())
    changed = []
    for before in wanted:
        after = tender.settle(_as_is_due(before, episodes.get(before.episode), others, tender.now))
        if after != before:
            changed.append((before, after))
    if changed:
        _write(database, changed)
    return [str(fault) for fault in (*faults, *tender.faults)]


def _as_is_due(wanted: WantedSilence, episode: Episode | None, others: _Others, now: str) -> WantedSilence:
    """What a row asks for by what its episode is now."""
    if wanted.state == "unwanted":
        return wanted
    if wanted.until and wanted.until <= now:
        return replace(wanted, state="unwanted")
    if not wanted.episode:
        return wanted
    held = episode is not None and episode.is_open and (episode.suppressed_at or episode.acknowledged_at)
    if episode is None or not held:
        return replace(wanted, state="unwanted")
    labels = episode.label_map
    matchers = matchers_of_alert(
        labels,
        others.of(labels),
        stages_only=episode.suppressed_at is None,
        before=wanted.matchers,
    )
    if matchers is None:
        _logger.warning("alert %s gets no silence: it cannot be told from others that fire", episode.id)
        return replace(wanted, state="unwanted")
    return replace(wanted, matchers=matchers)


class _Tender:
    """One round over the silences of a cluster."""

    def __init__(self, peers: Sequence[Peer], there: list[tuple[Peer, Silence]], now: str) -> None:
        self.now = now
        self.faults: list[Fault] = []
        self._peers = peers
        self._marked: dict[str, list[tuple[Peer, Silence]]] = {}
        for peer, silence in there:
            _, _, marker = silence.comment.rpartition(" ")
            self._marked.setdefault(marker, []).append((peer, silence))

    def settle(self, wanted: WantedSilence) -> WantedSilence:
        """Does what a row asks for; the row as it is then, which is as before where Alertmanager did not."""
        # Who copies a silence copies its comment, and signs it: that one is not ours.
        ours = [each for each in self._marked.get(wanted.marker, ()) if each[1].created_by == wanted.author]
        live = sorted((each for each in ours if each[1].is_live), key=lambda each: each[1].id)
        if wanted.state == "unwanted":
            ended = [self._expire(peer, silence) for peer, silence in live]
            return replace(wanted, state="ended") if all(ended) else wanted
        if not live and any(_by_hand(silence) for _, silence in ours):
            return replace(wanted, state="ended", why=f"{wanted.why} (ended in Alertmanager)".strip())
        fitting = [each for each in live if sorted(each[1].matchers) == sorted(wanted.matchers)]
        keep = next(iter(fitting or live), None)
        for peer, silence in live:
            if keep is not None and silence.id != keep[1].id:
                self._expire(peer, silence)
        if keep is not None and fitting and not self._is_due(wanted, keep[1]):
            return replace(wanted, state="active", remote_id=keep[1].id)
        made = self._put(wanted, keep)
        if isinstance(made, str):
            return replace(wanted, state="active", remote_id=made)
        self.faults += made
        if any(fault.final for fault in made):
            _logger.error("silence %s will never be made: %s", wanted.id, "; ".join(map(str, made)))
            return replace(wanted, state="ended", why=f"{wanted.why} (refused by Alertmanager)".strip())
        return wanted

    def _is_due(self, wanted: WantedSilence, silence: Silence) -> bool:
        """Whether its end is to be another."""
        ends_at = moment(silence.ends_at)
        if wanted.until and seconds_between(wanted.until, ends_at) > _SAME:
            return True
        return (
            seconds_between(self.now, ends_at) < _AHEAD
            and seconds_between(ends_at, self._end(wanted)) > _SAME
        )

    def _end(self, wanted: WantedSilence) -> str:
        if not wanted.episode:
            return wanted.until
        end = later(self.now, LENGTH)
        return min(end, wanted.until) if wanted.until else end

    def _put(self, wanted: WantedSilence, keep: tuple[Peer, Silence] | None) -> str | list[Fault]:
        """Makes a silence, or changes the one that is there; its id, or why nobody did."""
        faults: list[Fault] = []
        # The one that told of it first: others may not have heard of it.
        for peer in sorted(self._peers, key=lambda peer: keep is not None and peer is not keep[0]):
            made = peer.put_silence(
                wanted.matchers,
                # Alertmanager makes of a time that is over the present one, by its own clock.
                starts_at=later(self.now, -3600.0) if keep is None else keep[1].starts_at,
                ends_at=self._end(wanted),
                created_by=wanted.author,
                comment=wanted.comment,
                id=None if keep is None else keep[1].id,
            )
            if isinstance(made, str):
                return made
            faults.append(made)
        return faults

    def _expire(self, peer: Peer, silence: Silence) -> bool:
        fault = peer.expire(silence.id)
        if fault is not None:
            self.faults.append(fault)
        return fault is None


def _by_hand(silence: Silence) -> bool:
    """Whether somebody ended it: it was last changed when it ended, and not when it was kept on."""
    return abs(seconds_between(moment(silence.updated_at), moment(silence.ends_at))) < _SAME


def _write(database: Database, changed: Sequence[tuple[WantedSilence, WantedSilence]]) -> None:
    with database.write() as work:
        for before, after in changed:
            # What a person did meanwhile stands: the next round sees it.
            written = work.store.execute(
                "UPDATE receiver_silence SET state = ?, remote_id = ?, matchers = ?, why = ?, changed_at = ? "
                "WHERE id = ? AND state = ? AND changed_at = ?",
                [
                    after.state,
                    after.remote_id,
                    msgspec.json.encode(after.matchers).decode(),
                    after.why,
                    work.now,
                    after.id,
                    before.state,
                    before.changed_at,
                ],
            )
            if written and (after.state, after.remote_id) != (before.state, before.remote_id):
                told: dict[str, Json] = {
                    "silence": after.id,
                    "source": after.source,
                    "matchers": [_cut(matcher) for matcher in after.matchers],
                    **({"incident": after.episode} if after.episode else {}),
                    **({"alertmanager_id": after.remote_id} if after.remote_id else {}),
                }
                work.audit(_TYPES[after.state], RECEIVER, f"silence:{after.id}", told)


_TYPES = {"active": "silence.made", "unwanted": "silence.unwanted", "ended": "silence.ended"}


def _cut(matcher: Matcher) -> str:
    shown = str(matcher)
    return shown if len(shown) <= 500 else f"{shown[:497]}..."
