"""Whatever happens between Prometheus, Alertmanager, people and us: in the end we hold what it shows."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from threading import Event, Lock, Thread

import pytest
import requests

from monitorgen_exporters.receiver.alertmanager.reconcile import Reconciler
from monitorgen_exporters.receiver.episodes import lifecycle, transitions
from monitorgen_exporters.receiver.identity import STAGE
from tests.support.alertmanagers import Cluster, Core, running_cluster
from tests.support.servers import Generation
from tests.support.waiting import wait_until

LASTING = 4.0  # seconds for which an alert stands that is not sent again
AGAIN = 0.5  # seconds after which it is sent again
STEPS = 40
Key = tuple[str, str]  # service and stage


def labels_of(key: Key) -> dict[str, str]:
    """The labels of an alert or a stage."""
    service, stage = key
    return {"alertname": f"Down{len(service) % 2}", "service": service, **({STAGE: stage} if stage else {})}


class Prometheus:
    """Sends what fires, again and again, and for a while what does not fire any more."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self.firing: dict[Key, datetime] = {}
        self.cut_off: set[int] = set()
        self._over: dict[Key, datetime] = {}
        self._lock = Lock()
        self._ending = Event()
        self._thread = Thread(target=self._run)

    def fire(self, key: Key) -> None:
        """It fires from now on."""
        with self._lock:
            self._over.pop(key, None)
            self.firing.setdefault(key, datetime.now(UTC))

    def resolve(self, key: Key) -> None:
        """It does not fire any more."""
        with self._lock:
            if self.firing.pop(key, None) is not None:
                self._over[key] = datetime.now(UTC)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Sends, for as long as the block lasts."""
        self._thread.start()
        try:
            yield
        finally:
            self._ending.set()
            self._thread.join()

    def _run(self) -> None:
        while not self._ending.wait(AGAIN):
            with self._lock:
                firing, over = dict(self.firing), dict(self._over)
            reached = [number for number in range(len(self._cluster.peers)) if number not in self.cut_off]
            # One that is just being killed is one that does not get it.
            with suppress(requests.RequestException):
                for key, began in firing.items():
                    self._cluster.post(labels_of(key), lasting=LASTING, began=began, to=reached)
                for key, ended in over.items():
                    ago = (ended - datetime.now(UTC)).total_seconds()
                    self._cluster.post(
                        labels_of(key), lasting=ago, began=ended - timedelta(seconds=1), to=reached
                    )


class Story:
    """What happens, one thing after another, by a seed."""

    def __init__(self, seed: int, prometheus: Prometheus, cluster: Cluster, core: Core) -> None:
        self._random = Random(seed)  # noqa: S311
        self._prometheus, self._cluster, self._core = prometheus, cluster, core
        self._silences: list[str] = []
        self._pause = threading.Event()
        self.log: list[str] = []

    def step(self) -> None:
        """Something happens."""
        things: list[tuple[int, Callable[[], str]]] = [
            (6, self.fire),
            (5, self.resolve),
            (2, self.cut_off),
            (2, self.silence),
            (1, self.unsilence),
            (2, self.person),
            (1, self.restart),
            (1, self.deaf),
        ]
        (thing,) = self._random.choices([one for _, one in things], [weight for weight, _ in things])
        self.log.append(f"{datetime.now(UTC):%H:%M:%S.%f} {thing.__name__} {thing()}")
        self._pause.wait(self._random.random() * 0.6)

    def calm(self) -> None:
        """Everything works again."""
        for number in range(len(self._cluster.peers)):
            if not self._cluster.runs(number):
                self._cluster.start(number)
        self._prometheus.cut_off = set()
        self._core.listens = True
        while self._silences:
            self.unsilence()

    def key(self) -> Key:
        return f"s{'x' * self._random.randrange(6)}", self._random.choice(["", "", "2"])

    def fire(self) -> str:
        key = self.key()
        self._prometheus.fire(key)
        return str(key)

    def resolve(self) -> str:
        firing = sorted(self._prometheus.firing)
        if not firing:
            return "nothing"
        key = self._random.choice(firing)
        self._prometheus.resolve(key)
        return str(key)

    def cut_off(self) -> str:
        if self._prometheus.cut_off and self._random.random() < 0.7:
            self._prometheus.cut_off = set()
        else:
            self._prometheus.cut_off = {
                number for number in range(len(self._cluster.peers)) if self._random.random() < 0.7
            }
        return str(self._prometheus.cut_off)

    def silence(self) -> str:
        labels = labels_of(self.key())
        if any(map(self._cluster.runs, range(len(self._cluster.peers)))):
            self._silences.append(self._cluster.silence(labels))
        return str(labels)

    def unsilence(self) -> str:
        if not self._silences:
            return "nothing"
        id = self._silences.pop()
        self._cluster.unsilence(id)
        return id

    def person(self) -> str:
        """Somebody does something with an episode."""
        open_now = [episode for episode in self._core.episodes() if episode.is_open]
        if not open_now:
            return "nothing"
        episode = self._random.choice(open_now)
        until = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
        done = self._random.choice(["acknowledge", "unacknowledge", "suppress", "unsuppress", "close"])
        with suppress(lifecycle.Refused), self._core.database.write() as work:
            if done == "acknowledge":
                lifecycle.acknowledge(work, episode.id, "user:ann", "why", None, longest=None)
            elif done == "suppress":
                lifecycle.suppress(work, episode.id, "user:ann", "why", until)
            elif done == "close":
                lifecycle.close(work, episode.id, "user:ann", "why")
            else:
                getattr(lifecycle, done)(work, episode.id, "user:ann")
        return f"{done} {episode.labels}"

    def restart(self) -> str:
        number = self._random.randrange(len(self._cluster.peers))
        if self._cluster.runs(number):
            self._cluster.kill(number)
            return f"kills {number}"
        self._cluster.start(number)
        return f"starts {number}"

    def deaf(self) -> str:
        self._core.listens = not self._core.listens
        return str(self._core.listens)


@contextmanager
def looking(reconciler: Reconciler) -> Iterator[None]:
    """Looks all the time, for as long as the block lasts."""
    ending = Event()

    def look() -> None:
        while not ending.wait(0.2):
            reconciler.look()

    thread = Thread(target=look)
    thread.start()
    try:
        yield
    finally:
        ending.set()
        thread.join()


@pytest.mark.parametrize(("seed", "size"), [(1, 1), (2, 2)])
def test_what_we_hold_is_what_it_shows(
    seed: int,
    size: int,
    core: Core,
    generation: Generation,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(transitions, "GRACE", 2.0)
    with running_cluster(generation, tmp_path / "cluster", core.url, size) as cluster:
        prometheus = Prometheus(cluster)
        story = Story(seed, prometheus, cluster, core)
        reconciler = core.reconciler(cluster, absent_polls=3, resend_window="3s")
        with prometheus.running(), looking(reconciler):
            for _ in range(STEPS):
                story.step()
            story.calm()
            story.log.append(f"{datetime.now(UTC):%H:%M:%S.%f} calm")

            def agree() -> bool:
                expected: dict[frozenset[tuple[str, str]], set[str]] = {}
                for key in prometheus.firing:
                    labels = frozenset(labels_of((key[0], "")).items())
                    expected.setdefault(labels, set()).add(key[1])
                truth = {labels: sorted(stages) for labels, stages in expected.items()}
                return core.open() == cluster.open() == truth

            try:
                wait_until(agree, every=0.3)
            except AssertionError:
                print(*story.log, sep="\n")
                print(core.open(), cluster.open(), prometheus.firing, sep="\n")
                raise

            for key in list(prometheus.firing):
                prometheus.resolve(key)
            wait_until(lambda: not core.open() and not cluster.open(), every=0.3)
    recorded = [record.type for record in core.records() if record.category == "alert"]
    assert recorded == [f"alert.{type}" for type in core.events()]
