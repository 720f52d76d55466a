"""A cluster of real Alertmanagers that post to a receiver's core, and the Prometheus that feeds them."""

import os
import signal
import zlib
from collections.abc import Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import Any

import requests

from monitorgen.vocabulary.receiver_sources import ReceiverSource, SourceAlertmanager
from monitorgen.vocabulary.secrets import SecretFile
from monitorgen_exporters.audit.filters import Filters
from monitorgen_exporters.audit.log import AuditLog
from monitorgen_exporters.audit.record import Record
from monitorgen_exporters.audit.search import Query, find
from monitorgen_exporters.receiver.alertmanager import silences
from monitorgen_exporters.receiver.alertmanager.reconcile import Reconciler
from monitorgen_exporters.receiver.database import Database
from monitorgen_exporters.receiver.episodes import rows
from monitorgen_exporters.receiver.episodes.model import Episode
from monitorgen_exporters.receiver.identity import STAGE, without_stage
from monitorgen_exporters.receiver.ingest import Delivery, Ingest, Verdict
from monitorgen_exporters.receiver.payload import parse
from monitorgen_exporters.receiver.work import Recorder, Work
from tests.support.processes import RunningServer, run_server
from tests.support.servers import Generation
from tests.support.waiting import free_port, wait_until

__all__ = ["SOURCE", "Cluster", "Core", "running_cluster", "running_core", "same"]

SOURCE = "am"

_CONFIG = """\
route:
  receiver: monitorgen
  group_by: [alertname]
  group_wait: 100ms
  group_interval: 1s
  repeat_interval: 1h
  routes:
    - {receiver: elsewhere, matchers: ['team="elsewhere"']}
receivers:
  - name: monitorgen
    webhook_configs: [{url: "URL", send_resolved: true}]
  - name: elsewhere
inhibit_rules:
  - {source_matchers: ['alertname="Outage"'], target_matchers: ['inhibited="yes"']}
"""

Labels = Mapping[str, str]


@dataclass(slots=True)
class Core:
    """A receiver without its API: `url` takes what Alertmanager posts while `listens`."""

    database: Database
    url: str
    listens: bool = True

    def episodes(self) -> list[Episode]:
        """All of them, oldest first."""
        with self.database.read() as store:
            found = store.query(f"SELECT {rows.COLUMNS} FROM receiver_episode ORDER BY id")  # noqa: S608
        return [rows.episode_of(row) for row in found]

    def open(self) -> dict[frozenset[tuple[str, str]], list[str]]:
        """The labels of those that are open, and which stages they have."""
        return {
            frozenset(episode.label_map.items()): episode.stage_list
            for episode in self.episodes()
            if episode.is_open
        }

    def only(self) -> Episode:
        """The one there is."""
        (episode,) = self.episodes()
        return episode

    def only_of(self, labels: Labels) -> Episode:
        """The one of the alert with these labels."""
        (episode,) = (each for each in self.episodes() if each.label_map == labels)
        return episode

    def records(self) -> list[Record]:
        """All records of the audit log, oldest first."""
        with self.database.read() as store:
            found = list(find(store, Query(), oldest_first=True))
        return [each.record for each in found if each.record is not None]

    def events(self) -> list[str]:
        """The types of all events, oldest first."""
        return [type for type, _ in self.told()]

    def told(self) -> list[tuple[str, str]]:
        """The types and data of all events, oldest first."""
        with self.database.read() as store:
            return [
                (type, data)
                for type, data in store.query("SELECT type, data FROM receiver_event ORDER BY seq")
            ]

    def deliver_again(self, status: str) -> None:
        """Has the first delivery of that status come once more, as a peer that was late would send it."""
        with self.database.read() as store:
            bodies = store.query("SELECT body FROM receiver_delivery ORDER BY first_ts")
        body = next(
            body for (packed,) in bodies if parse(body := zlib.decompress(packed)).alerts[0].status == status
        )
        requests.post(self.url, data=body, timeout=60).raise_for_status()

    def settings(self, cluster: "Cluster", **other: Any) -> SourceAlertmanager:
        """How to ask the cluster; what it does not show counts a second after it began."""
        return SourceAlertmanager.model_validate(
            {
                "urls": [peer.url for peer in cluster.peers],
                "every": "1s",
                "absent_polls": 2,
                "resend_window": "1s",
                **other,
            }
        )

    def reconciler(self, cluster: "Cluster", **settings: Any) -> Reconciler:
        """One that is not started."""
        asked = self.settings(cluster, **settings)
        source = ReceiverSource(token=SecretFile("/not/used"), alertmanager=asked)
        return Reconciler(self.database, SOURCE, source, asked)


@contextmanager
def running_core(folder: Path) -> Iterator[Core]:
    """A receiver's core whose silences follow from its episodes, for as long as the block lasts."""

    def follow(work: Work, episode: Episode, type: str, _: object) -> None:
        if type in silences.MOVING:
            silences.follow(work, episode)

    folder.mkdir(parents=True, exist_ok=True)
    path = str(folder / "receiver.db")
    database = Database(AuditLog.create(path, origin="acme/receiver"), path, Recorder(Filters()), follow)
    ingest = Ingest(database)
    ingest.start()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            verdict: Verdict = "refused"
            if core.listens:
                answered: SimpleQueue[Verdict] = SimpleQueue()
                ingest.take(Delivery(SOURCE, "", body), answered.put)
                verdict = answered.get()
            self.send_response(200 if verdict == "kept" else 503)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing: what came is in the database."""

    try:
        with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
            server.daemon_threads = True
            core = Core(database, f"http://127.0.0.1:{server.server_port}")
            thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
            thread.start()
            try:
                yield core
            finally:
                server.shutdown()
                thread.join()
    finally:
        ingest.stop()
        database.close()


@dataclass(slots=True)
class _Peer:
    url: str
    gossip: str
    folder: Path
    server: RunningServer | None = None
    ended: ExitStack = field(default_factory=ExitStack)


class Cluster:
    """Alertmanagers that gossip where there are several; they may be killed and started again."""

    def __init__(self, generation: Generation, folder: Path, url: str, size: int) -> None:
        self._generation = generation
        folder.mkdir(parents=True, exist_ok=True)
        self._config = folder / "alertmanager.yml"
        self._config.write_text(_CONFIG.replace("URL", url))
        self.peers = [
            _Peer(f"http://127.0.0.1:{free_port()}", f"127.0.0.1:{free_port()}", folder / str(number))
            for number in range(size)
        ]

    def start(self, number: int = 0) -> None:
        """Starts one that does not run."""
        peer = self.peers[number]
        peer.folder.mkdir(exist_ok=True)
        gossip = [f"--cluster.listen-address={peer.gossip}", f"--cluster.advertise-address={peer.gossip}"]
        others = [f"--cluster.peer={other.gossip}" for other in self.peers if other is not peer]
        peer.server = peer.ended.enter_context(
            run_server(
                lambda address: [
                    self._generation.bin / "alertmanager",
                    f"--web.listen-address={address}",
                    f"--config.file={self._config}",
                    f"--storage.path={peer.folder}",
                    "--cluster.peer-timeout=500ms",
                    "--cluster.settle-timeout=1s",
                    "--cluster.pushpull-interval=1s",
                    *((*gossip, *others) if others else ("--cluster.listen-address=",)),
                ],
                log_path=peer.folder / "alertmanager.log",
                ready="/-/ready",
                address=peer.url.removeprefix("http://"),
            )
        )

    def kill(self, number: int = 0) -> None:
        """Kills one: what it had only in memory is gone."""
        peer = self.peers[number]
        if peer.server is not None:
            os.killpg(peer.server.process.pid, signal.SIGKILL)
            peer.server.process.wait()
            peer.server = None
            peer.ended.close()

    def runs(self, number: int) -> bool:
        """Whether it was started and not killed since."""
        return self.peers[number].server is not None

    def post(
        self,
        *labels: Labels,
        lasting: float = 600,
        began: datetime | None = None,
        to: Collection[int] | None = None,
    ) -> None:
        """Sends firing alerts to those that run, or to some of them, as a Prometheus does.

        They expire after `lasting` seconds; a negative number resolves them.
        """
        now = datetime.now(UTC)
        alerts = [
            {
                "labels": dict(each),
                "annotations": {"summary": "it fires"},
                "startsAt": (began or now - timedelta(seconds=30)).isoformat(),
                "endsAt": (now + timedelta(seconds=lasting)).isoformat(),
            }
            for each in labels
        ]
        for number, peer in enumerate(self.peers):
            if peer.server is not None and (to is None or number in to):
                requests.post(f"{peer.url}/api/v2/alerts", json=alerts, timeout=60).raise_for_status()

    def resolve(self, *labels: Labels, to: Collection[int] | None = None) -> None:
        """Sends that alerts have ended."""
        self.post(*labels, lasting=-0.001, to=to)

    def silence(self, labels: Labels, **other: str) -> str:
        """A silence of those labels, made by somebody at the first that runs; its id."""
        now = datetime.now(UTC)
        asked = {
            "matchers": [{"name": name, "value": value, "isRegex": False} for name, value in labels.items()],
            "startsAt": now.isoformat(),
            "endsAt": (now + timedelta(hours=1)).isoformat(),
            "createdBy": "somebody",
            "comment": "maintenance",
            **other,
        }
        peer = next(peer for peer in self.peers if peer.server is not None)
        answer = requests.post(f"{peer.url}/api/v2/silences", json=asked, timeout=60)
        answer.raise_for_status()
        return str(answer.json()["silenceID"])

    def unsilence(self, id: str) -> None:
        """Ends a silence, wherever it is known."""
        for peer in self.peers:
            if peer.server is not None:
                requests.delete(f"{peer.url}/api/v2/silence/{id}", timeout=60)

    def silences(self, *, live: bool = True, number: int = 0) -> list[dict[str, Any]]:
        """The silences that one of them has."""
        found = requests.get(f"{self.peers[number].url}/api/v2/silences", timeout=60).json()
        return [each for each in found if not live or each["status"]["state"] != "expired"]

    def alerts(self, number: int = 0) -> list[dict[str, Any]]:
        """What fires at one of them."""
        found: list[dict[str, Any]] = requests.get(
            f"{self.peers[number].url}/api/v2/alerts", timeout=60
        ).json()
        return found

    def open(self) -> dict[frozenset[tuple[str, str]], list[str]]:
        """What fires at any that runs and goes to us, as `Core.open` has it."""
        found: dict[frozenset[tuple[str, str]], set[str]] = {}
        for number in range(len(self.peers)):
            for alert in self.alerts(number) if self.runs(number) else ():
                if any(receiver["name"] == "monitorgen" for receiver in alert["receivers"]):
                    labels = alert["labels"]
                    stages = found.setdefault(frozenset(without_stage(labels).items()), set())
                    stages.add(labels.get(STAGE, ""))
        return {labels: sorted(stages) for labels, stages in found.items()}


@contextmanager
def running_cluster(generation: Generation, folder: Path, url: str, size: int = 1) -> Iterator[Cluster]:
    """Alertmanagers that post to `url`, for as long as the block lasts."""
    cluster = Cluster(generation, folder, url, size)
    try:
        for number in range(size):
            cluster.start(number)
        yield cluster
    finally:
        for peer in cluster.peers:
            peer.ended.close()


def same(core: Core, cluster: Cluster, reconciler: Reconciler) -> None:
    """Returns once our open episodes are what the Alertmanagers show, looking all the time."""

    def agree() -> bool:
        reconciler.look()
        return core.open() == cluster.open()

    wait_until(agree)
