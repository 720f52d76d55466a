"""The guard: whatever happens to the process or the database, no two signed checkpoints contradict."""

import fcntl
import os
import random
import resource
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from monitorgen_exporters.audit.checkpoint import Checkpoint
from monitorgen_exporters.audit.guard import Guard, GuardError, GuardRefusal
from monitorgen_exporters.audit.note import SigningKey, open_note
from monitorgen_exporters.audit.tree import EMPTY_ROOT, Frontier, consistency_proof, leaf_hash, node_hash

ORIGIN = "example.org/audit/main/1"
KEY = SigningKey(ORIGIN, bytes(range(32)))
NEW = Checkpoint(ORIGIN, 0, EMPTY_ROOT)


class Log:
    """A log in memory; `story` tells one history from another."""

    def __init__(self, story: str = "true") -> None:
        self._story = story

    def leaf(self, index: int) -> bytes:
        return leaf_hash(f"{self._story} {index}".encode())

    def hash_at(self, level: int, index: int) -> bytes:
        if level == 0:
            return self.leaf(index)
        return node_hash(self.hash_at(level - 1, 2 * index), self.hash_at(level - 1, 2 * index + 1))

    def at(self, size: int) -> Checkpoint:
        frontier = Frontier()
        frontier.extend(self.leaf(index) for index in range(size))
        return Checkpoint(ORIGIN, size, frontier.root())

    def proof(self, old: int, new: int) -> list[bytes]:
        return consistency_proof(old, new, self.hash_at) if 0 < old < new else []


def sign(guard: Guard, log: Log, size: int) -> bytes:
    last = guard.last_signed(ORIGIN)
    return guard.sign(log.at(size), log.proof(0 if last is None else last.size, size), [KEY])


@pytest.fixture
def guard(tmp_path: Path) -> Guard:
    made = Guard(tmp_path / "guard.json")
    made.begin(NEW)
    return made


def test_a_growing_log_is_signed_and_remembered(guard: Guard) -> None:
    for size in (0, 1, 2, 2, 7, 8, 100):
        note = sign(guard, Log(), size)
        assert open_note(note, [KEY.verifier]).text == Log().at(size).text
        assert Guard(guard.path).last_signed(ORIGIN) == Log().at(size)
    assert guard.path.stat().st_mode & 0o077 == 0


def test_a_rolled_back_database_is_refused(guard: Guard) -> None:
    sign(guard, Log(), 10)
    for size in (0, 1, 9):
        with pytest.raises(GuardRefusal, match=r"was signed at size 10; the log has .* rolled back"):
            guard.sign(Log().at(size), [], [KEY])
    # Rolled back and grown again with other records, to the same size and beyond.
    forged = Log("false")
    with pytest.raises(GuardRefusal, match="two different roots"):
        guard.sign(forged.at(10), [], [KEY])
    for proof in (forged.proof(10, 20), Log().proof(10, 20), []):
        with pytest.raises(GuardRefusal, match="no continuation"):
            guard.sign(forged.at(20), proof, [KEY])
    assert guard.last_signed(ORIGIN) == Log().at(10)
    sign(guard, Log(), 20)


def test_a_proof_is_needed_and_none_too_many(guard: Guard) -> None:
    sign(guard, Log(), 10)
    for proof in ([], Log().proof(9, 20), [*Log().proof(10, 20), bytes(32)], [b"short"]):
        with pytest.raises(GuardRefusal):
            guard.sign(Log().at(20), proof, [KEY])


def test_an_empty_log_has_one_root_and_no_proof(guard: Guard) -> None:
    with pytest.raises(GuardRefusal, match="another root"):
        guard.sign(Checkpoint(ORIGIN, 0, bytes(32)), [], [KEY])
    with pytest.raises(GuardRefusal, match="nothing to prove"):
        guard.sign(Log().at(3), [bytes(32)], [KEY])
    with pytest.raises(GuardRefusal, match="no checkpoint of a log of ours"):
        guard.begin(Checkpoint("other", 0, bytes(32)))
    with pytest.raises(GuardRefusal, match="lines below the root"):
        guard.sign(Checkpoint(ORIGIN, 3, Log().at(3).root, ("x",)), [], [KEY])


def test_an_unknown_origin_is_refused_so_that_a_lost_file_is_noticed(guard: Guard) -> None:
    sign(guard, Log(), 10)
    guard.path.unlink()
    assert guard.last_signed(ORIGIN) is None
    with pytest.raises(
        GuardRefusal, match=r"is not known to the guard file .* `monitorgen audit restore --from CHECKPOINT`"
    ):
        guard.sign(Log().at(5), [], [KEY])
    guard.begin(Log().at(10))
    with pytest.raises(GuardRefusal, match="rolled back"):
        guard.sign(Log().at(5), [], [KEY])


def test_beginning_twice_is_the_same_as_once_but_never_goes_back(guard: Guard) -> None:
    guard.begin(NEW)
    sign(guard, Log(), 4)
    with pytest.raises(GuardRefusal, match="signed at size 4 already"):
        guard.begin(NEW)
    guard.begin(Log().at(4))


def test_a_new_incarnation_has_an_entry_of_its_own(guard: Guard) -> None:
    sign(guard, Log(), 10)
    second = Checkpoint("example.org/audit/main/2", 0, EMPTY_ROOT)
    guard.begin(second)
    guard.sign(Checkpoint(second.origin, 1, Log().at(1).root), [], [KEY])
    assert guard.last_signed(ORIGIN) == Log().at(10)
    with pytest.raises(GuardRefusal):
        guard.sign(Log().at(9), [], [KEY])


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"[]",
        b"null",
        b"\xff",
        b'{"v":2,"last_signed":{}}',
        b'{"v":1,"last_signed":[]}',
        b'{"v":1,"last_signed":{"a":5}}',
        b'{"v":1,"last_signed":{"a":{"size":"5"}}}',
        b'{"v":1,"last_signed":{"a":{"size":5,"root":"00"}}}',
        b'{"v":1,"last_signed":{"a":{"size":"5","root":"00"}}}',
        b'{"v":1,"last_signed":{"a":{"size":"-5","root":"' + b"0" * 64 + b'"}}}',
        b'{"v":1,"last_signed":{"a":{"size":"5_0","root":"' + b"0" * 64 + b'"}}}',
        b'{"v":1,"last_signed":{"a":{"size":"' + b"9" * 5000 + b'","root":"' + b"0" * 64 + b'"}}}',
        b'{"v":1,"last_signed":{"":{"size":"5","root":"' + b"0" * 64 + b'"}}}',
        b" " * (1 << 21),
    ],
)
def test_a_damaged_memory_signs_nothing(guard: Guard, body: bytes) -> None:
    guard.path.write_bytes(body)
    for call in (lambda: guard.begin(NEW), lambda: guard.last_signed(ORIGIN), lambda: sign(guard, Log(), 1)):
        with pytest.raises(GuardError, match="damaged"):
            call()
    assert guard.path.read_bytes() == body


def test_a_memory_that_cannot_be_used(tmp_path: Path) -> None:
    with pytest.raises(GuardError, match="cannot be opened: No such file"):
        Guard(tmp_path / "none" / "guard.json").begin(NEW)
    (tmp_path / "folder").mkdir()
    with pytest.raises(GuardError, match="cannot be read: Is a directory"):
        Guard(tmp_path / "folder").begin(NEW)
    (tmp_path / "linked.lock").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(GuardError, match=r"lock .* cannot be opened"):
        Guard(tmp_path / "linked").begin(NEW)


def test_no_signature_is_given_when_the_memory_cannot_be_written(guard: Guard) -> None:
    sign(guard, Log(), 3)
    before = guard.path.read_bytes()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (5, hard))
    try:
        with pytest.raises(GuardError, match="cannot be written: File too large"):
            sign(guard, Log(), 4)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, ignored)
    assert guard.path.read_bytes() == before
    assert guard.last_signed(ORIGIN) == Log().at(3)
    sign(guard, Log(), 4)


def test_another_process_that_signs_is_waited_for(guard: Guard) -> None:
    lock = guard.path.with_name("guard.json.lock")
    with lock.open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(GuardError, match="another process holds the lock"):
            sign(Guard(guard.path, patience=0.05), Log(), 1)
    sign(guard, Log(), 1)


def test_threads_that_sign_at_once_contradict_nothing(guard: Guard) -> None:
    log, signed, refused = Log(), [], []

    def work(seed: int) -> None:
        chance = random.Random(seed)  # noqa: S311
        for _ in range(20):
            try:
                signed.append(sign(guard, log, chance.randrange(40)))
            except GuardRefusal as fault:
                refused.append(fault)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(signed) + len(refused) == 80
    last = guard.last_signed(ORIGIN)
    assert last is not None
    sizes = [int(open_note(note, [KEY.verifier]).text.split("\n")[1]) for note in signed]
    assert max(sizes) == last.size


# Signs sizes upwards from where the memory stands, and tells each after its signature is there. With a number
# as third argument it kills itself before that call of the functions that touch the disk.
_SIGNER = """
import os, signal, sys
sys.path.insert(0, sys.argv[1])
import importlib.util
spec = importlib.util.spec_from_file_location("trial", sys.argv[2])
trial = importlib.util.module_from_spec(spec)
spec.loader.exec_module(trial)
guard = trial.Guard(sys.argv[3])
last = guard.last_signed(trial.ORIGIN)
left = int(sys.argv[4])
def deadly(function):
    def call(*args, **kwargs):
        global left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return function(*args, **kwargs)
    return call
if left:
    import fcntl
    for name in ("open", "fsync", "close", "replace", "rename", "fdopen"):
        setattr(os, name, deadly(getattr(os, name)))
    fcntl.flock = deadly(fcntl.flock)
    trial.Guard._write = deadly(trial.Guard._write)
    module = sys.modules["monitorgen_exporters.audit.guard"]
    module.sign_note = deadly(module.sign_note)
for size in range(last.size + 1, last.size + 1 + int(sys.argv[5])):
    trial.sign(guard, trial.Log(), size)
    print(size, flush=True)
"""


def signer(guard: Guard, *, die_at: int, sizes: int) -> "subprocess.Popen[str]":
    exporters = str(Path(sys.modules["monitorgen_exporters"].__path__[0]).parent)
    command = [sys.executable, "-c", _SIGNER, exporters, __file__, str(guard.path), str(die_at), str(sizes)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def check_after_death(guard: Guard, told: int, tried: int) -> int:
    """Nothing that was told is forgotten, nothing is damaged, and older sizes are refused."""
    last = guard.last_signed(ORIGIN)
    assert last is not None
    assert told <= last.size <= tried
    assert last == Log().at(last.size)
    if last.size > 1:
        with pytest.raises(GuardRefusal, match="rolled back"):
            guard.sign(Log().at(last.size - 1), [], [KEY])
        with pytest.raises(GuardRefusal):
            guard.sign(Log("false").at(last.size), [], [KEY])
    assert sign(guard, Log(), last.size)
    return last.size


def test_killed_before_each_call_that_touches_the_disk(guard: Guard) -> None:
    sign(guard, Log(), 1)
    size, survived = 1, False
    for call in range(1, 60):
        process = signer(guard, die_at=call, sizes=1)
        out, _ = process.communicate(timeout=120)
        size = check_after_death(guard, int(out or size), size + 1)
        if process.returncode == 0:
            survived = True
            break
        assert process.returncode == -signal.SIGKILL
    assert survived, "the last run has fewer calls than the one it should die before"
    assert call > 6


def test_killed_at_any_time(guard: Guard) -> None:
    sign(guard, Log(), 1)
    chance, size = random.Random(7), 1  # noqa: S311
    for _ in range(8):
        process = signer(guard, die_at=0, sizes=100_000)
        assert process.stdout is not None
        told = [process.stdout.readline() for _ in range(chance.randrange(1, 6))]
        time.sleep(chance.random() / 50)
        os.kill(process.pid, signal.SIGKILL)
        # Not communicate(): with a time limit it leaves out what readline() has in its buffer.
        with process.stdout:
            told += [line for line in process.stdout if line.endswith("\n")]
        assert process.wait(timeout=120) == -signal.SIGKILL
        size = check_after_death(guard, int(told[-1]), int(told[-1]) + 1)
    assert size > 8
