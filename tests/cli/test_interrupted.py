"""How the program ends when it is interrupted, or when nobody can take what it prints."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.support.checkout import TOP

PROGRAM = Path(sys.executable).with_name("monitorgen")


def test_an_interrupt_ends_with_130_and_writes_nothing(tmp_path: Path) -> None:
    # A pipe nobody writes to: reading the spec never ends, so the interrupt comes while it is at work.
    pipe = tmp_path / "spec.yaml"
    os.mkfifo(pipe)
    process = subprocess.Popen(
        [PROGRAM, "build", pipe, "-o", tmp_path / "out"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # Whoever runs the tests in the background may have us ignore interrupts, which children inherit.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    try:
        out, err = _interrupted(process, pipe)
    finally:
        process.kill()
    assert process.returncode == 130, (out, err)
    assert "Traceback" not in err
    assert not (tmp_path / "out").exists()


def _interrupted(process: subprocess.Popen[str], pipe: Path) -> tuple[str, str]:
    """What the program printed, interrupted again and again from when it reads `pipe` until it ends.

    One interrupt is not enough: it may come when `read` is about to wait, and then nothing wakes it.
    That the next ones come while the program is ending must not matter.
    """
    deadline = time.monotonic() + 120
    writing = None
    while True:
        if writing is None:
            with contextlib.suppress(OSError):  # nobody reads yet
                writing = os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
        else:
            process.send_signal(signal.SIGINT)
        try:
            printed = process.communicate(timeout=0.02)
        except subprocess.TimeoutExpired:
            assert time.monotonic() < deadline, "still running"
            continue
        assert writing is not None, printed
        os.close(writing)
        return printed


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
def test_output_that_cannot_be_written_is_said() -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [PROGRAM, "schema"], stdout=full, stderr=subprocess.PIPE, text=True, check=False, timeout=120
        )
    assert done.returncode == 1
    assert "No space left" in done.stderr
    assert "Traceback" not in done.stderr
    assert "bug" not in done.stderr


@pytest.mark.parametrize("verb", ["check", "build"])
def test_a_program_without_standard_output_does_its_work(verb: str, tmp_path: Path) -> None:
    spec = TOP / "examples" / "acme" / "spec"
    output = f"-o {tmp_path / 'out'}" if verb == "build" else ""
    done = subprocess.run(
        ["sh", "-c", f"'{PROGRAM}' {verb} '{spec}' {output} >&-"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, "bug" in done.stderr) == (0, False), done.stderr


def test_the_folder_of_the_spec_is_no_place_to_build() -> None:
    spec = TOP / "examples" / "acme" / "spec"
    done = subprocess.run(
        [PROGRAM, "build", spec, "-o", spec], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 2
    assert "folder of the spec" in done.stderr
    assert not (spec / "manifest.json").exists()
