"""Nothing that a program started is left when a run is over, however it tried to stay."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from monitorgen_exporters.receiver.effects import process
from monitorgen_exporters.receiver.effects.process import Ended, LostError
from tests.receiver.effects.running import alive, marker, run_python, run_shell
from tests.support.waiting import wait_until

# Children in every way a child can try to get away: in a group or a session of its own, as a daemon whose
# parents have ended, deaf to SIGTERM.
STUBBORN = """
import os, signal, sys, time
def stay():
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    os.execv("/bin/sleep", ["sleep", "{mark}"])
if os.fork() == 0:
    stay()
if os.fork() == 0:
    os.setpgid(0, 0)
    stay()
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            for fd in range(3):
                os.close(fd)
            stay()
    os._exit(0)
while len([1 for p in os.listdir("/proc") if p.isdigit() and seen(p) == b"sleep\\x00{mark}\\x00"]) < 3:
    time.sleep(0.01)
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("ready", flush=True)
{then}
"""
SEEN = """
def seen(pid):
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return file.read()
    except OSError:
        return b""
"""


def stubborn(mark: str, then: str) -> str:
    """A program whose children stay; it has the mark among its own arguments, too."""
    return SEEN + STUBBORN.format(mark=mark, then=then)


def gone(mark: str) -> bool:
    return not alive(mark)


def cut_off(start: Callable[[float], Ended]) -> Ended:
    """How a program ended that was cut off after it had said that it was ready, however slow the machine."""
    for timeout in (3.0, 120.0):
        ended = start(timeout)
        assert ended.cut_off
        if ended.stdout.first == b"ready\n":
            return ended
    raise AssertionError("the program was not ready in two minutes")


@pytest.fixture(autouse=True)
def _patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "GRACE", 120.0)
    monkeypatch.setattr(process, "_KILLING", 120.0)


def test_a_program_that_takes_too_long_is_asked_to_end(tmp_path: Path) -> None:
    asked = tmp_path / "asked"
    script = f"trap 'echo x > {asked}; exit 3' TERM; echo ready; while :; do sleep 0.1; done"
    ended = cut_off(lambda timeout: run_shell(script, timeout=timeout))
    assert asked.exists()
    assert ended.exit_code == 3


def test_everything_is_killed_that_does_not_end_when_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "GRACE", 1.0)
    mark = marker()
    program = stubborn(mark, "time.sleep(1000)")
    ended = cut_off(lambda timeout: run_python(program, timeout=timeout))
    assert ended.signal == signal.SIGKILL
    assert ended.survivors == 0
    assert gone(mark)


def test_what_a_program_leaves_behind_is_ended_and_counted() -> None:
    mark = marker()
    ended = run_python(stubborn(mark, "sys.exit(4)"))
    assert (ended.exit_code, ended.cut_off, ended.left_running, ended.survivors) == (4, False, 3, 0)
    assert gone(mark)


def test_what_is_about_to_end_may_say_its_last_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "_LAST_WORDS", 300.0)
    ended = run_shell("(sleep 1; echo last) & echo first")
    assert ended.stdout.first == b"first\nlast\n"
    assert ended.left_running == 0


def test_a_program_that_closes_its_output_is_still_waited_for(tmp_path: Path) -> None:
    late = tmp_path / "late"
    ended = run_shell(f"exec >&- 2>&-; sleep 1; echo x > {late}; exit 5")
    assert late.exists()
    assert ended.exit_code == 5


def test_a_group_that_forks_for_ever_is_ended() -> None:
    mark = marker()
    storm = (
        "import os, sys, time\n"
        "def branch():\n"
        "    while True:\n"
        "        if os.fork() == 0:\n"
        "            os.execv('/bin/sleep', ['sleep', sys.argv[1]])\n"
        "        time.sleep(0.02)\n"
        "for _ in range(4):\n"
        "    if os.fork() == 0: branch()\n"
        "branch()\n"
    )
    ended = process.run(
        process.Command(
            argv=(sys.executable, "-I", "-S", "-c", storm, mark),
            timeout=2.0,
            environment={},
            cpu=60,
            memory=1 << 29,
            keep=100,
        )
    )
    assert ended.cut_off
    assert ended.survivors == 0
    assert gone(mark)


def test_no_zombies_are_left() -> None:
    run_shell("sleep 0 & sleep 0 & true")
    children = Path(f"/proc/self/task/{os.getpid()}/children")
    for pid in children.read_text().split() if children.exists() else ():
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        assert state != "Z"


def test_when_the_receiver_is_killed_everything_ends() -> None:
    mark = marker()
    script = (
        "import sys\n"
        "from monitorgen_exporters.receiver.effects import process\n"
        "process.GRACE = 1.0\n"
        "from tests.receiver.effects.running import run_python\n"
        "run_python(sys.argv[1])\n"
    )
    program = stubborn(mark, "time.sleep(1000)")
    receiver = subprocess.Popen([sys.executable, "-c", script, program])
    try:
        # The receiver, the program, and its three children; a child that was not yet execed counts as well.
        wait_until(lambda: len(alive(mark)) >= 5)
    finally:
        receiver.kill()
        receiver.wait()
    wait_until(lambda: gone(mark))


def test_when_the_supervisor_is_killed_the_program_ends_with_it() -> None:
    mark = marker()
    with pytest.raises(LostError):
        run_shell(f"sleep {mark} & kill -KILL $PPID; sleep {mark}")
    wait_until(lambda: gone(mark))


def test_a_supervisor_that_is_held_up_is_not_waited_for_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "GRACE", 0.0)
    monkeypatch.setattr(process, "_KILLING", 0.0)
    monkeypatch.setattr(process, "_MARGIN", -85.0)
    mark = marker()
    with pytest.raises(LostError):
        run_shell(f"kill -STOP $PPID; sleep {mark}", timeout=100.0)
    wait_until(lambda: gone(mark))


def test_the_longest_time_counts_everything() -> None:
    assert process.longest(60) > 60 + process.GRACE + process._KILLING
