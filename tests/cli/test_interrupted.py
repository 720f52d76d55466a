"""How the program ends when it is interrupted, or when nobody can take what it prints."""

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
    )
    # Once the program reads, the writing end can be opened.
    while True:
        try:
            writing = os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
            break
        except OSError:
            assert process.poll() is None
            time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    os.close(writing)
    assert process.returncode == 130, (out, err)
    assert "Traceback" not in err
    assert not (tmp_path / "out").exists()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
def test_output_that_cannot_be_written_is_said() -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [PROGRAM, "schema"], stdout=full, stderr=subprocess.PIPE, text=True, check=False, timeout=60
        )
    assert done.returncode == 1
    assert "No space left" in done.stderr
    assert "Traceback" not in done.stderr
    assert "bug" not in done.stderr


def test_the_folder_of_the_spec_is_no_place_to_build() -> None:
    spec = TOP / "examples" / "acme" / "spec"
    done = subprocess.run(
        [PROGRAM, "build", spec, "-o", spec], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 2
    assert "folder of the spec" in done.stderr
    assert not (spec / "manifest.json").exists()
