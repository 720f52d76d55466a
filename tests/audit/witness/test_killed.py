"""A witness that is killed again and again never takes back what it said, and never says two things."""

import os
import random
import signal
import subprocess
import sys
import threading
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
import requests

from monitorgen_exporters.audit.note import VerifierKey, open_note
from monitorgen_exporters.audit.trust import dump_trust
from tests.audit.witness.serving import submit
from tests.support.audit_history import ORIGIN, History
from tests.support.processes import RunningServer, run_server

PROGRAM = Path(sys.executable).with_name("monitorgen")
ROUNDS = 8


def witness(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """What `monitorgen audit witness` said and how it ended."""
    command = [PROGRAM, "audit", "witness", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)


@pytest.fixture
def key(tmp_path: Path) -> VerifierKey:
    """The verifier key of a witness that was made just now."""
    made = witness(
        "init", "--name", "witness.example/w1", "--key", tmp_path / "key", "--memory", tmp_path / "db"
    )
    assert made.returncode == 0, made.stderr
    return VerifierKey.parse(made.stdout.strip())


def running(folder: Path, log: str) -> AbstractContextManager[RunningServer]:
    """The witness of `folder`, as a process."""
    own: list[str | Path] = [
        "--key",
        folder / "key",
        "--memory",
        folder / "db",
        "--trust",
        folder / "trust.yml",
    ]
    return run_server(
        lambda address: [PROGRAM, "audit", "witness", "run", *own, "--listen", address],
        log_path=folder / log,
        ready="/healthz",
    )


def log_of_cosigned(
    server: RunningServer, history: History, key: VerifierKey, from_size: int
) -> dict[int, bytes]:
    """Submits larger and larger sizes until the witness is gone; what it cosigned, by size."""
    found = {}
    old, size = from_size, from_size + 1
    while size <= len(history.leaves):
        try:
            answer = submit(server.url, history, old, size)
        except requests.RequestException:
            break
        if answer.status_code == 409:
            old = int(answer.text)
            size = max(size, old + 1)
            continue
        assert answer.status_code == 200, answer.text
        opened = open_note(history.note(size) + answer.content, (history.key.verifier, key))
        assert key in opened.times
        found[size] = history.checkpoint(size).root
        old, size = size, size + 1
    return found


def test_what_was_cosigned_stays_cosigned(tmp_path: Path, key: VerifierKey) -> None:
    history, fork = History(4000), History(4000, fork_at=0)
    (tmp_path / "trust.yml").write_text(dump_trust(history.trust()))
    newest = 0
    pause = random.Random(8)  # noqa: S311 - the same moments each time, as far as the machine plays along
    for number in range(ROUNDS):
        with running(tmp_path, f"{number}.log") as server:
            # Whatever it was killed in, what it had answered is what it knows, or one answer that got lost.
            known = submit(server.url, fork, 0, 3999) if newest else None
            if known is not None:
                assert known.status_code == 409
                assert newest <= int(known.text) <= newest + 1
                newest = int(known.text)
            killer = threading.Timer(
                pause.uniform(0.05, 0.6), os.killpg, (server.process.pid, signal.SIGKILL)
            )
            killer.start()
            cosigned = log_of_cosigned(server, history, key, newest)
            killer.join()
            server.process.wait()
            assert "Traceback" not in server.log()
        newest = max(cosigned, default=newest)
    assert newest > 0
    status = witness("status", "--memory", tmp_path / "db")
    assert status.returncode == 0, status.stderr
    assert status.stdout.startswith(ORIGIN)


def test_it_ends_by_a_signal_and_says_what_it_is(tmp_path: Path, key: VerifierKey) -> None:
    history = History(9)
    (tmp_path / "trust.yml").write_text(dump_trust(history.trust()))
    with running(tmp_path, "log") as server:
        assert submit(server.url, history, 0, 9).status_code == 200
        assert submit(server.url, History(9, fork_at=2), 9, 9).status_code == 409
        server.process.terminate()
        assert server.process.wait(120) == 0
        assert f"witness {key.name} at {server.url}, watching {ORIGIN}" in server.log()
        assert "which its key has signed" in server.log()
    status = witness("status", "--memory", tmp_path / "db")
    assert "9 records, cosigned" in status.stdout
    assert "REFUSED" in status.stdout


def test_a_witness_never_starts_over(tmp_path: Path, key: VerifierKey) -> None:
    history = History(9)
    (tmp_path / "trust.yml").write_text(dump_trust(history.trust()))
    again = witness("init", "--name", key.name, "--key", tmp_path / "key2", "--memory", tmp_path / "db")
    assert (again.returncode, "never starts over" in again.stderr) == (4, True)
    assert not (tmp_path / "key2").exists()
    lost = witness(
        *("run", "--key", tmp_path / "key", "--memory", tmp_path / "lost", "--trust", tmp_path / "trust.yml")
    )
    assert (lost.returncode, "has to be retired" in lost.stderr) == (4, True)
    assert not (tmp_path / "lost").exists()


@pytest.mark.parametrize(
    ("change", "code", "why"),
    [
        ({"--memory": "trust.yml"}, 4, "not a database"),
        ({"--key": "nothing"}, 4, "cannot be read"),
        ({"--key": "log.key"}, 2, "one of a log"),
        ({"--trust": "nothing"}, 4, "cannot be read"),
        ({"--trust": "key"}, 4, "mapping"),
        ({"--listen": "nonsense"}, 2, "HOST:PORT"),
        ({"--listen": "127.0.0.1:99999"}, 2, "HOST:PORT"),
        ({"--listen": "192.0.2.1:0"}, 4, "cannot serve at"),
    ],
)
def test_what_stands_in_the_way_is_said(
    change: dict[str, str], code: int, why: str, tmp_path: Path, key: VerifierKey
) -> None:
    assert key.name
    (tmp_path / "trust.yml").write_text(dump_trust(History(1).trust()))
    (tmp_path / "log.key").write_text(History(1).key.secret() + "\n")
    (tmp_path / "log.key").chmod(0o600)
    chosen = {"--key": "key", "--memory": "db", "--trust": "trust.yml", "--listen": "127.0.0.1:0", **change}
    arguments = [
        part
        for option, value in chosen.items()
        for part in (option, value if option == "--listen" else str(tmp_path / value))
    ]
    done = witness("run", *arguments)
    assert done.returncode == code, done.stderr
    assert why in done.stderr
    assert "Traceback" not in done.stderr
