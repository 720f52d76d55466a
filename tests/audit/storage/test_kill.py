"""Writers that are killed at any moment lose nothing they were told is kept, and leave a whole log behind."""

import random
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from monitorgen_exporters.audit.log import AuditLog
from tests.support.audit_writer import signer
from tests.support.checkout import TOP
from tests.support.postgres import Cluster
from tests.support.waiting import wait_until
from tests.support.whole_log import check_whole

ORIGIN = "example.org/audit/test/1"
ROUNDS = 8
WRITERS = 3


class Writer:
    """A process that appends; `acknowledged` grows with what it says is kept."""

    def __init__(self, url: str, folder: Path, name: str) -> None:
        self.acknowledged: list[str] = []
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.audit_writer", url, str(folder), name, "3"],
            cwd=TOP,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            assert line.endswith(b"\n")
            self.acknowledged.append(line.decode().strip())

    def wait_for(self, count: int) -> None:
        try:
            wait_until(lambda: len(self.acknowledged) >= count or self.process.poll() is not None, 600)
        except AssertionError as problem:
            self.process.send_signal(signal.SIGABRT)  # has it print where each of its threads is
            raise AssertionError(f"{problem}\n{self.said()}") from None
        assert self.process.poll() is None, self.said()

    def kill(self) -> list[str]:
        self.process.kill()
        return self.gone()

    def gone(self) -> list[str]:
        self.process.wait(120)
        self._reader.join()
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            assert stream is not None
            stream.close()
        return self.acknowledged

    def said(self) -> str:
        assert self.process.stderr is not None
        return self.process.stderr.read().decode()


def survives(url: str, folder: Path, disturb: Callable[[list[Writer], random.Random], None]) -> None:
    """Writers work side by side, are disturbed, and others go on; at the end everything must be there."""
    chance = random.Random(7)  # noqa: S311 - when to kill, which is never the same moment twice anyway
    AuditLog.create(url, origin=ORIGIN, signer=signer(folder)).close()
    acknowledged: list[str] = []
    for turn in range(ROUNDS):
        writers = [Writer(url, folder, f"{turn}-{number}") for number in range(WRITERS)]
        try:
            for writer in writers:
                writer.wait_for(chance.randrange(5, 40))
            disturb(writers, chance)
        finally:
            for writer in writers:
                acknowledged += writer.kill()
    with AuditLog.open(url, signer=signer(folder)) as log:

        def elected() -> bool:
            log.tend()  # a server of databases may take a while to see that the killed one is gone
            return log.status().sequencing

        wait_until(elected)
        assert log.status().waiting == 0
        assert log.status().trouble is None
    ids = check_whole(url)
    assert len(acknowledged) > ROUNDS * WRITERS * 5
    assert set(acknowledged) <= set(ids)
    assert len(set(acknowledged)) == len(acknowledged)


def kill_all(writers: list[Writer], _: random.Random) -> None:
    for writer in writers:
        writer.process.kill()


def kill_one_by_one(writers: list[Writer], chance: random.Random) -> None:
    """The sequencer may be any of them: whoever is left has to take over."""
    left = list(writers)
    chance.shuffle(left)
    while len(left) > 1:
        left.pop().process.kill()
        for writer in left:
            writer.wait_for(len(writer.acknowledged) + 10)


def test_all_writers_are_killed_at_once(log_url: str, tmp_path: Path) -> None:
    survives(log_url, tmp_path, kill_all)


def test_writers_are_killed_one_after_the_other(log_url: str, tmp_path: Path) -> None:
    survives(log_url, tmp_path, kill_one_by_one)


def test_the_server_crashes(postgres_url: str, postgres: Cluster, tmp_path: Path) -> None:
    def crash(writers: list[Writer], _: random.Random) -> None:
        postgres.crash()
        for writer in writers:
            writer.process.kill()
        postgres.start()

    survives(postgres_url, tmp_path, crash)


def test_a_writer_that_is_told_to_end_leaves_a_sealed_log(log_url: str, tmp_path: Path) -> None:
    AuditLog.create(log_url, origin=ORIGIN, signer=signer(tmp_path)).close()
    writer = Writer(log_url, tmp_path, "w")
    writer.wait_for(30)
    assert writer.process.stdin is not None
    writer.process.stdin.write(b"end\n")
    writer.process.stdin.flush()
    acknowledged = writer.gone()
    assert writer.process.returncode == 0
    ids = check_whole(log_url)
    assert sorted(ids[1:]) == sorted(acknowledged)
    with AuditLog.open(log_url) as log:
        note = log.checkpoint()
        assert note is not None
        assert note.split(b"\n")[1] == str(len(ids)).encode()
