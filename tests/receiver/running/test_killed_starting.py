"""A receiver killed by SIGKILL while it starts, for the first time or again: the next start mends it."""

import signal
import subprocess
import sys
from itertools import count
from pathlib import Path

import pytest

from tests.support.running import delivery, running_receiver


@pytest.mark.parametrize("first", [True, False], ids=["first", "again"])
def test_killed_while_it_starts(first: bool, tmp_path: Path) -> None:
    for number in count(1, 13 if first else 5):
        with running_receiver(tmp_path / str(number), start=False) as receiver:
            if not first:
                receiver.start()
                assert receiver.post(delivery({"alertname": "Before"})).status_code == 200
                assert receiver.stop() == 0
            words = ["receiver", "run", "--config", str(receiver.settings), "--listen", "127.0.0.1:0"]
            program = [sys.executable, "-m", "tests.support.audit_killed", str(number), *words]
            ended = subprocess.Popen(program, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
            assert ended.stderr is not None
            with ended.stderr:
                listens = "listens at" in ended.stderr.readline()  # nothing where it was killed before
            ended.kill()
            assert ended.wait() == -signal.SIGKILL
            receiver.start()
            assert receiver.post(delivery({"alertname": "After"})).status_code == 200
            assert receiver.stop() == 0
            receiver.check()
        if listens:
            return
