"""A program gets what it is given and nothing else, within its bounds, and what it says comes back."""

import json
import os
import pwd
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from monitorgen_exporters.receiver.effects.process import StartError, run
from tests.receiver.effects.hostile import HOSTILE
from tests.receiver.effects.running import command, run_python, run_shell


def test_exit_code_and_both_outputs_come_back() -> None:
    ended = run_shell("echo out; echo err >&2; exit 7")
    assert (ended.exit_code, ended.signal, ended.cut_off) == (7, None, False)
    assert (ended.stdout.first, ended.stderr.first) == (b"out\n", b"err\n")
    assert (ended.left_running, ended.survivors) == (0, 0)


def test_a_signal_that_ends_it_comes_back() -> None:
    ended = run_shell("kill -QUIT $$")
    assert (ended.exit_code, ended.signal, ended.cut_off) == (None, signal.SIGQUIT, False)


def test_the_environment_is_what_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECEIVER_TOKEN", "hunter2")
    assert run(command("/usr/bin/env")).stdout.first == b""
    given = {"NAME": "a b\nc", "OTHER": "$NAME"}
    assert run(command("/usr/bin/env", "-0", environment=given)).stdout.first == b"NAME=a b\nc\0OTHER=$NAME\0"


def test_nothing_else_is_inherited(tmp_path: Path) -> None:
    with (tmp_path / "file").open("w") as file:
        os.set_inheritable(file.fileno(), True)
        before = Path.cwd()
        ended = run_python(
            "import os, signal, json\n"
            "fds = [os.readlink(f'/proc/self/fd/{fd}') for fd in os.listdir('/proc/self/fd')"
            " if os.path.exists(f'/proc/self/fd/{fd}')]\n"
            "status = open('/proc/self/status').read()\n"
            "print(json.dumps([fds, os.getcwd(), os.getsid(0) == os.getpid(), os.umask(0), status]))"
        )
    fds, folder, leader, umask, status = json.loads(ended.stdout.first)
    assert str(tmp_path / "file") not in fds
    assert [fd.partition(":")[0] for fd in fds].count("pipe") == 2
    assert os.devnull in fds
    assert (folder, leader, umask) == ("/", True, 0o022)
    assert Path.cwd() == before
    blocked = next(line for line in status.splitlines() if line.startswith("SigBlk"))
    assert int(blocked.split()[1], 16) == 0


def test_signals_are_not_left_ignored() -> None:
    # A shell that finds SIGPIPE ignored can never set it right again.
    ended = run_shell("yes | head -n 1; grep SigIgn /proc/self/status")
    assert ended.stdout.first.splitlines()[0] == b"y"
    # Two signals are the C library's own, which nobody else can set.
    assert int(ended.stdout.first.splitlines()[1].split()[1], 16) & ~(0b11 << 31) == 0


def test_a_receiver_that_outlives_its_terminal_does_not_have_its_commands_do_so() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        ended = run_shell("grep SigIgn /proc/self/status")
    finally:
        signal.signal(signal.SIGHUP, before)
    assert int(ended.stdout.first.split()[1], 16) & 1 == 0


def test_input_is_at_its_end() -> None:
    assert run(command("/bin/cat")).exit_code == 0


@pytest.mark.parametrize("value", [value for value in HOSTILE if len(value) < 1000])
def test_no_shell_and_nobody_else_reads_an_argument(value: str) -> None:
    arguments = ("/usr/bin/printf", "%s|", value, "$HOME", "*")
    if "\0" in value or "\ud800" in value:
        with pytest.raises(StartError):
            run(command(*arguments))
        return
    assert run(command(*arguments)).stdout.first == f"{value}|$HOME|*|".encode()


def test_limits_hold_for_the_program() -> None:
    ended = run_python(
        "import resource as r\n"
        "for kind in r.RLIMIT_CPU, r.RLIMIT_DATA, r.RLIMIT_NOFILE, r.RLIMIT_CORE:\n"
        "    print(r.getrlimit(kind)[0])",
        cpu=11,
        memory=200 << 20,
    )
    assert ended.stdout.first.split() == [b"11", str(200 << 20).encode(), b"256", b"0"]


def test_a_program_that_takes_too_much_memory_does_not_get_it() -> None:
    ended = run_python("a = bytearray(600 << 20)", memory=256 << 20)
    assert ended.exit_code == 1
    assert b"MemoryError" in ended.stderr.first


def test_a_program_that_computes_for_ever_is_ended_by_its_limit() -> None:
    ended = run_python("while True: pass", cpu=1)
    assert ended.signal == signal.SIGXCPU
    assert not ended.cut_off


def test_of_much_output_the_start_and_the_end_are_kept() -> None:
    ended = run_python(
        "import sys\nfor n in range(200000): sys.stdout.write(f'{n:9}\\n')\nsys.stderr.write('short')",
        keep=100,
    )
    assert ended.stdout.first == b"".join(b"%9d\n" % n for n in range(10))
    assert ended.stdout.last == b"".join(b"%9d\n" % n for n in range(199990, 200000))
    assert ended.stdout.size == 2_000_000
    assert (ended.stderr.first, ended.stderr.last, ended.stderr.size) == (b"short", b"", 5)


def test_output_that_fits_is_whole() -> None:
    ended = run_python("print('x' * 149, end='')", keep=100)
    assert ended.stdout.first + ended.stdout.last == b"x" * 149
    assert ended.stdout.size == 149


def test_huge_output_takes_no_memory() -> None:
    script = (
        "import resource, sys\n"
        "from tests.receiver.effects.running import run_shell\n"
        "ended = run_shell('head -c 400000000 /dev/zero; head -c 400000000 /dev/zero >&2')\n"
        "assert (ended.stdout.size, ended.stderr.size) == (400000000, 400000000), ended\n"
        # Its own by another way: what getrusage says begins with the size of the process that started it.
        "print(next(each.split()[1] for each in open('/proc/self/status') if each.startswith('VmHWM')))\n"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    done = subprocess.run([sys.executable, "-c", script], stdout=subprocess.PIPE, check=True, timeout=600)
    assert all(int(kilobytes) < 200_000 for kilobytes in done.stdout.split())


@pytest.mark.parametrize("dry_run", [False, True])
def test_what_cannot_be_started_is_told_of_a_dry_run_as_of_a_real_one(tmp_path: Path, dry_run: bool) -> None:
    plain = tmp_path / "plain"
    plain.write_text("text")
    plain.chmod(0o644)
    for program, why in (
        ("/nowhere/at/all", "No such file or directory"),
        (str(plain), "Permission denied"),
        (str(tmp_path), "Permission denied"),
    ):
        with pytest.raises(StartError, match=f"`{program}` cannot be run: {why}"):
            run(command(program, dry_run=dry_run))
    with pytest.raises(StartError, match="the folder `/nowhere` cannot be entered"):
        run(command("/bin/true", folder="/nowhere", dry_run=dry_run))
    with pytest.raises(StartError, match="there is no user `nobody-by-that-name`"):
        run(command("/bin/true", user="nobody-by-that-name", dry_run=dry_run))
    with pytest.raises(StartError):
        run(command("/bin/true", environment={"A=B": ""}, dry_run=dry_run))


def test_a_dry_run_does_nothing(tmp_path: Path) -> None:
    touched = tmp_path / "touched"
    assert run(command("/usr/bin/touch", str(touched), dry_run=True)).exit_code == 0
    assert not touched.exists()
    assert run(command("/usr/bin/touch", str(touched))).exit_code == 0
    assert touched.exists()


def test_too_long_arguments_are_told() -> None:
    with pytest.raises(StartError, match="Argument list too long"):
        run(command("/bin/true", "x" * (1 << 23)))


def test_another_user_is_become_wholly_or_not_at_all() -> None:
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        ended = run_shell("id -u; id -g; id -G", user="nobody")
        assert ended.stdout.first.split()[:2] == [str(nobody.pw_uid).encode(), str(nobody.pw_gid).encode()]
        assert b"0" not in ended.stdout.first.split()
    else:
        with pytest.raises(StartError, match="cannot be run as the user `root`"):
            run(command("/bin/true", user="root"))
    myself = pwd.getpwuid(os.geteuid()).pw_name
    assert run(command("/bin/true", user=myself)).exit_code == 0


def test_many_threads_run_programs_at_once() -> None:
    def one(number: int) -> bytes:
        return run_shell(f"echo {number}; exit {number % 200}").stdout.first

    with ThreadPoolExecutor(12) as pool:
        assert list(pool.map(one, range(60))) == [b"%d\n" % number for number in range(60)]


def test_descriptors_do_not_pile_up() -> None:
    run(command("/bin/true"))
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(5):
        run(command("/bin/true"))
        with pytest.raises(StartError):
            run(command("/nowhere"))
    assert len(list(Path("/proc/self/fd").iterdir())) == before
