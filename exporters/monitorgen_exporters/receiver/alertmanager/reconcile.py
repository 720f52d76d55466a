"""Each source's Alertmanagers asked now and then; episodes and silences brought to what they say."""

import logging
import threading
import time
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice

from monitorgen.vocabulary.receiver_sources import ReceiverSource, SourceAlertmanager
from monitorgen_exporters.audit.store import StoreError
from monitorgen_exporters.receiver.alertmanager import source_rows
from monitorgen_exporters.receiver.alertmanager.client import Peer, peers_of
from monitorgen_exporters.receiver.alertmanager.comparing import (
    Rules,
    compare,
    differs,
    open_or_reopen,
    unexplained,
)
from monitorgen_exporters.receiver.alertmanager.sight import Sight, Trust, combine
from monitorgen_exporters.receiver.alertmanager.silencing import tend, waiting
from monitorgen_exporters.receiver.database import Database
from monitorgen_exporters.receiver.episodes import rows
from monitorgen_exporters.receiver.work import Work

__all__ = ["Looked", "Reconciler"]

_logger = logging.getLogger(__name__)
_AT_ONCE = 500  # incidents of one transaction: deliveries wait while it is written
_PAUSE = 1.0  # seconds between two looks whether a silence is to be made or ended


@dataclass(slots=True)
class Looked:
    """What came of asking once."""

    alerts: int = 0
    """Alerts, and stages of them, that fire there for us."""
    opened: int = 0
    reopened: int = 0
    ended: int = 0
    changed: int = 0
    """Episodes of which anything was written, those before included."""
    good: bool = False
    """Whether one of the Alertmanagers answered."""
    started_at: str | None = None
    """When the youngest of those that answered began."""
    error: str = ""
    """What went wrong; empty when nothing did."""


class Reconciler:
    """Looks at the Alertmanagers of one source, from `start` to `stop`, every `every` seconds.

    Of several receivers on one database, one looks at a time.
    """

    def __init__(
        self,
        database: Database,
        name: str,
        source: ReceiverSource,
        alertmanager: SourceAlertmanager,
        *,
        peers: Sequence[Peer] | None = None,
    ) -> None:
        """One that is not started; it asks `peers`, or else those of the settings."""
        self._database = database
        self._name = name
        self._receiver = source.receiver_name
        self._tenant = source.tenant or ""
        self._every = alertmanager.every
        self._silence = alertmanager.silence
        self._rules = Rules(alertmanager.absent_polls, self._tenant, name)
        self._peers = peers_of(alertmanager) if peers is None else peers
        self._trust = Trust([peer.url for peer in self._peers], alertmanager.resend_window)
        self._lasting: dict[tuple[str, str], int] = {}
        self._due = time.monotonic()
        self._failed = False
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"reconcile-{name}", daemon=True)

    def start(self) -> None:
        """Begins; returns at once."""
        self._thread.start()

    def stop(self) -> None:
        """Ends, once what is under way is done."""
        self._ending.set()
        if self._thread.is_alive():
            self._thread.join()

    @property
    def alive(self) -> bool:
        """Whether it works."""
        return self._thread.is_alive()

    def look(self) -> Looked:
        """Asks once, and writes what follows. Raises StoreError: then the rest is left to the next time."""
        sight = self._ask()
        looked = Looked(
            alerts=sum(len(stages) for stages in sight.incidents.values()),
            good=sight.started_at is not None,
            started_at=sight.started_at,
        )
        if looked.good:
            self._compare(sight, looked)
        faults = [str(fault) for fault in sight.faults]
        faults += tend(self._database, self._name, self._peers, sight, of_episodes=self._silence)
        looked.error = "; ".join(dict.fromkeys(faults))  # asked twice, it may say the same twice
        return looked

    def _ask(self) -> Sight:
        asked_at = self._database.clock()
        with ThreadPoolExecutor(len(self._peers)) as pool:
            answers = list(pool.map(lambda peer: peer.view(), self._peers))
        return combine(
            answers,
            asked_at=asked_at,
            trust=self._trust,
            receiver=self._receiver,
            tenant=self._tenant,
            source=self._name,
        )

    def _compare(self, sight: Sight, looked: Looked) -> None:
        with self._database.read() as store:
            known = rows.open_of_source(store, self._name)
        lasting: dict[tuple[str, str], int] = {}
        touched: dict[str, set[str]] = {}
        for incident in known.keys() | sight.incidents.keys():
            shown, episode = sight.incidents.get(incident, {}), known.get(incident)
            for stage in unexplained(episode, shown, sight):
                times = lasting[incident, stage] = self._lasting.get((incident, stage), 0) + 1
                if times >= self._rules.looks:
                    touched.setdefault(incident, set()).add(stage)
            if episode is not None and differs(episode, shown, sight):
                touched.setdefault(incident, set())
        self._lasting = lasting
        left = iter(touched.items())
        while some := dict(islice(left, _AT_ONCE)):
            with self._database.write() as work:
                self._settle(work, sight, some, looked)

    def _settle(
        self, work: Work, sight: Sight, touched: Mapping[str, Collection[str]], looked: Looked
    ) -> None:
        """Compares anew, with what is in the database now: deliveries may have come since it was read."""
        known = rows.open_of(work.store, touched.keys())
        ended = rows.ended_of(work.store, touched.keys() - known.keys())
        added = []
        for incident, due in touched.items():
            shown = sight.incidents.get(incident, {})
            if (episode := known.get(incident)) is not None:
                if compare(work, episode, shown, sight, due, self._rules):
                    rows.save(work.store, episode)
                    looked.changed += 1
                    looked.ended += not episode.is_open
                continue
            last = ended.get(incident)
            opened = open_or_reopen(work, incident, last, shown, sight, due, self._rules)
            if opened is None:
                continue
            looked.changed += 1
            if opened is last:
                rows.save(work.store, opened)
                looked.reopened += 1
            else:
                added.append(opened)
                looked.opened += 1
        rows.add(work.store, added)

    def _run(self) -> None:
        while not self._ending.is_set():
            try:
                if time.monotonic() >= self._due:
                    self._due = time.monotonic() + self._every
                    self._turn()
                elif not self._failed:
                    self._mend()
            except StoreError as problem:
                _logger.error("%s: what its Alertmanagers say could not be written: %s", self._name, problem)
            except Exception:
                _logger.exception("%s: what its Alertmanagers say could not be compared", self._name)
            self._ending.wait(min(_PAUSE, max(0.0, self._due - time.monotonic())))

    def _turn(self) -> None:
        # Who had no answer lets a replica go first that may have one.
        with self._database.write() as work:
            mine = source_rows.claim(work, self._name, self._every * (1.9 if self._failed else 0.9))
        if not mine:
            return
        self._failed = True
        looked = self.look()
        self._failed = not looked.good
        if looked.error:
            _logger.warning("%s: %s", self._name, looked.error)
        with self._database.write() as work:
            source_rows.finish(
                work,
                self._name,
                error=looked.error,
                started_at=looked.started_at,
                alerts=looked.alerts,
                good=looked.good,
            )

    def _mend(self) -> None:
        """Makes and ends the silences that wait for it."""
        with self._database.read() as store:
            if not waiting(store, self._name):
                return
        sight = self._ask()
        faults = [str(fault) for fault in sight.faults]
        faults += tend(self._database, self._name, self._peers, sight, of_episodes=self._silence)
        if faults:
            self._failed = True  # not again before the next turn
            _logger.warning("%s: %s", self._name, "; ".join(faults))
