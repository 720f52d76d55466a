"""A receiver that runs as people run it, behind a real Alertmanager, through whatever befalls the two."""

import os
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import requests
import yaml

from monitorgen_exporters.audit.keyfile import load
from monitorgen_exporters.audit.store import open_store
from monitorgen_exporters.audit.store.records import read_state
from monitorgen_exporters.audit.trust import Trust, TrustedKey, write_trust
from monitorgen_exporters.receiver.config import load_settings
from monitorgen_exporters.receiver.episodes import rows
from monitorgen_exporters.receiver.episodes.model import Episode
from tests.support.processes import RunningServer, run_server
from tests.support.receiver import PROGRAM, write_settings
from tests.support.servers import Generation
from tests.support.waiting import free_port, wait_until

__all__ = [
    "TOKEN",
    "Alertmanager",
    "Receiver",
    "agree",
    "delivery",
    "routed",
    "running_alertmanager",
    "running_receiver",
]

TOKEN = "s3cret"  # noqa: S105 - of the tests alone
"""What the source `eu1` shows."""

Labels = Mapping[str, str]
Several = set[frozenset[tuple[str, str]]]
"""The labels of each of some alerts."""


@dataclass(slots=True)
class Receiver:
    """`monitorgen receiver run` at an address that it keeps, however often it is started."""

    settings: Path
    address: str
    authority: Path | None = None
    """Who vouches for it, where it speaks TLS."""
    ended: ExitStack = field(default_factory=ExitStack)
    server: RunningServer | None = None
    starts: int = 0

    @property
    def url(self) -> str:
        """Without a slash at the end."""
        return f"{'https' if self.authority else 'http'}://{self.address}"

    @property
    def webhook(self) -> str:
        """Where deliveries go."""
        return f"{self.url}/api/v1/webhook"

    @property
    def log_url(self) -> str:
        """Where its database is."""
        return load_settings(self.settings).audit.log

    def start(self, program: Sequence[str] = PROGRAM, *, ready: str = "/readyz") -> RunningServer:
        """Starts it; `program` is what stands before the words `receiver run`."""
        self.starts += 1
        words = ["receiver", "run", "--config", str(self.settings), "--listen", self.address]
        self.server = self.ended.enter_context(
            run_server(
                lambda _: [*program, *words],
                log_path=self.settings.with_name(
                    f"receiver-{self.address.rpartition(':')[2]}-{self.starts}.log"
                ),
                ready=ready,
                address=self.address,
                authority=self.authority,
            )
        )
        return self.server

    def kill(self) -> None:
        """Kills it with SIGKILL."""
        assert self.server is not None
        os.killpg(self.server.process.pid, signal.SIGKILL)
        self.server.process.wait()

    def stop(self) -> int:
        """Ends it with SIGTERM; its exit code."""
        assert self.server is not None
        self.server.stop()
        return self.server.process.returncode

    def logs(self) -> str:
        """What all its runs have written."""
        port = self.address.rpartition(":")[2]
        found = sorted(self.settings.parent.glob(f"receiver-{port}-*.log"))
        return "".join(path.read_text(errors="replace") for path in found)

    def query(self, sql: str, *parameters: object) -> list[tuple[Any, ...]]:
        """What the database answers."""
        with open_store(self.log_url, readonly=True) as store:
            return store.query(sql, parameters)

    def episodes(self) -> list[Episode]:
        """All of them, oldest first."""
        found = self.query(f"SELECT {rows.COLUMNS} FROM receiver_episode ORDER BY id")  # noqa: S608
        return [rows.episode_of(row) for row in found]

    def seen(self) -> Several:
        """What there was an episode of."""
        return {frozenset(episode.label_map.items()) for episode in self.episodes()}

    def open(self) -> Several:
        """What there is an open episode of. An alert has one at most: the database holds that."""
        return {frozenset(episode.label_map.items()) for episode in self.episodes() if episode.is_open}

    def answered(self) -> dict[str, int]:
        """How many deliveries this run has answered, by status."""
        found: dict[str, int] = {}
        for line in requests.get(f"{self.url}/metrics", timeout=60).text.splitlines():
            if line.startswith("monitorgen_receiver_deliveries_total{"):
                answer = line.partition('answer="')[2].partition('"')[0]
                found[answer] = found.get(answer, 0) + int(float(line.rpartition(" ")[2]))
        return found

    def post(self, body: bytes, path: str = "/api/v1/webhook", **headers: str) -> requests.Response:
        """The answer to a delivery that no Alertmanager sends."""
        shown = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json", **headers}
        return requests.post(self.url + path, data=body, headers=shown, timeout=120, allow_redirects=False)

    def check(self) -> None:
        """Passes when the audit log is intact, and has the record of each event; for when it has ended."""
        words = ["audit", "verify", "--log", self.log_url, "--no-anchors", "--trust", str(self._trust())]
        said = subprocess.run([*PROGRAM, *words], capture_output=True, text=True, check=False, timeout=300)
        # 3: nobody outside was asked, which is so.
        assert said.returncode in (0, 3), said.stdout + said.stderr
        assert self.query("SELECT COUNT(*) FROM receiver_event") == self.query(
            "SELECT COUNT(*) FROM receiver_event JOIN audit_record ON audit_record.id = record "
            "WHERE audit_record.type = 'alert.' || receiver_event.type"
        )
        told = "SELECT COUNT(*) FROM audit_record WHERE type LIKE 'alert.%'"
        assert self.query(told) == self.query("SELECT COUNT(*) FROM receiver_event")
        assert "Traceback" not in self.logs()

    def _trust(self) -> Path:
        path = self.settings.with_name("trust.yml")
        with open_store(self.log_url, readonly=True) as store:
            origin = read_state(store).origin
        write_trust(Trust(origin, (TrustedKey(load(self.settings.with_name("audit.key")).verifier),)), path)
        return path


@contextmanager
def running_receiver(
    folder: Path, *, start: bool = True, authority: Path | None = None, **settings: Any
) -> Iterator[Receiver]:
    """A receiver with these settings (`write_settings`), ended when the block is left.

    `authority` vouches for it, where they say `tls`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = write_settings(folder, token=TOKEN, **settings)
    receiver = Receiver(written, f"127.0.0.1:{free_port()}", authority)
    with receiver.ended:
        if start:
            receiver.start()
        yield receiver


def routed(url: str, *, by: str = "group", wait: str = "100ms", **http: Any) -> dict[str, Any]:
    """A configuration of Alertmanager that sends everything to `url`, in groups by a label.

    `http` is what its `http_config` says; without any, it shows TOKEN.
    """
    shown = http or {"authorization": {"credentials": TOKEN}}
    hook = {"url": url, "send_resolved": True, "http_config": {"follow_redirects": False, **shown}}
    return {
        "route": {
            "receiver": "monitorgen",
            "group_by": [by],
            "group_wait": wait,
            "group_interval": "1s",
            "repeat_interval": "1h",
        },
        "receivers": [{"name": "monitorgen", "webhook_configs": [hook]}],
    }


@dataclass(slots=True)
class Alertmanager:
    """A real one, to which a test is the Prometheus."""

    server: RunningServer
    config: Path

    def post(
        self,
        labels: Sequence[Labels],
        *,
        lasting: float = 3600,
        annotations: Labels | None = None,
        **other: Any,
    ) -> None:
        """Sends firing alerts, which expire after `lasting` seconds; a negative number resolves them."""
        now = datetime.now(UTC)
        times = {
            "startsAt": (now - timedelta(seconds=30)).isoformat(),
            "endsAt": (now + timedelta(seconds=lasting)).isoformat(),
            **other,
        }
        alerts = [{"labels": dict(each), "annotations": dict(annotations or {}), **times} for each in labels]
        requests.post(f"{self.server.url}/api/v2/alerts", json=alerts, timeout=120).raise_for_status()

    def resolve(self, labels: Sequence[Labels]) -> None:
        """Sends that alerts have ended."""
        self.post(labels, lasting=-0.001)

    def open(self) -> Several:
        """What fires there."""
        found = requests.get(f"{self.server.url}/api/v2/alerts", timeout=120).json()
        return {frozenset(alert["labels"].items()) for alert in found}

    def reconfigure(self, config: Mapping[str, Any]) -> None:
        """Has it go on by another configuration."""
        self.config.write_text(yaml.safe_dump(config))
        self.server.reload()

    def told(self, metric: str) -> float:
        """The sum of one of its own metrics, of webhooks where it is of integrations."""
        lines = [
            line for line in self.server.get("/metrics").text.splitlines() if line.startswith(metric + "{")
        ]
        return sum(float(line.rpartition(" ")[2]) for line in lines if 'integration="webhook"' in line)


@contextmanager
def running_alertmanager(
    generation: Generation, folder: Path, config: Mapping[str, Any], *cluster: str, address: str = ""
) -> Iterator[Alertmanager]:
    """An Alertmanager by this configuration, for as long as the block lasts.

    `cluster` are its flags where it gossips, `address` says where it listens if that has to be known before.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "alertmanager.yml"
    path.write_text(yaml.safe_dump(dict(config)))
    with run_server(
        lambda address: [
            generation.bin / "alertmanager",
            f"--web.listen-address={address}",
            f"--config.file={path}",
            f"--storage.path={folder / 'alertmanager'}",
            *(cluster or ("--cluster.listen-address=",)),
        ],
        log_path=folder / "alertmanager.log",
        ready="/-/ready",
        address=address,
    ) as server:
        yield Alertmanager(server, path)


def delivery(labels: Labels) -> bytes:
    """A delivery of one alert that fires, as no Alertmanager has sent it."""
    alert = {"status": "firing", "labels": dict(labels), "startsAt": "2026-11-21T10:00:00Z"}
    return orjson.dumps({"groupKey": "{}", "receiver": "monitorgen", "alerts": [alert]})


def agree(receiver: Receiver, *alertmanagers: Alertmanager) -> None:
    """Returns once the open episodes are what fires at these Alertmanagers."""
    wait_until(lambda: receiver.open() == set().union(*(each.open() for each in alertmanagers)))
