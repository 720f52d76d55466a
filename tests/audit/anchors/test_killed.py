"""Feeding that is killed again and again: every anchor gets there, and none is told two histories."""

import os
import random
import re
import signal
import threading

from monitorgen_exporters.audit.anchors.base import Sighting
from monitorgen_exporters.audit.anchors.git import GitAnchor
from monitorgen_exporters.audit.opening import open_log
from tests.audit.anchors.beside import PROGRAM, remote_sizes
from tests.audit.people.logs import Place
from tests.support.processes import run_server
from tests.support.waiting import wait_until

ROUNDS = 6


def test_a_feeder_that_is_killed(place: Place, witness: str) -> None:
    assert witness
    anchors = place.settings["anchors"]
    anchors["git"]["every"] = anchors["witnesses"]["w1"]["every"] = "1s"
    place.write(anchors=anchors, checkpoints={"every": "1s", "records": "1"})
    serve = ("audit", "checkpoint", "serve", "--config", place.config, "--listen")
    pause = random.Random(4)  # noqa: S311 - the same moments each time, as far as the machine plays along
    ending = threading.Event()
    with open_log(place.load()) as log:

        def append() -> None:
            while not ending.wait(0.02):
                log.append(type="alert.firing", actor="system:x", subject="alert:x")

        writer = threading.Thread(target=append)
        writer.start()
        try:
            for number in range(ROUNDS):
                with run_server(
                    lambda at: [PROGRAM, *serve, at],
                    log_path=place.folder / f"{number}.log",
                    ready="/metrics",
                ) as service:
                    ending.wait(pause.uniform(0.0, 1.5))
                    os.killpg(service.process.pid, signal.SIGKILL)
                    service.process.wait()
                    assert "Traceback" not in service.log()
        finally:
            ending.set()
            writer.join()
    last = place.run("checkpoint", "show").stdout.splitlines()[1]
    with run_server(lambda at: [PROGRAM, *serve, at], log_path=place.folder / "last.log", ready="/metrics"):
        wait_until(
            lambda: len(re.findall(rf": size {last}\b", place.run("checkpoint", "status").stdout)) == 3
        )
    told = remote_sizes(place)
    assert told == sorted(set(told))
    assert told[-1] == int(last)
    assert place.run("verify").exit_code == 0
    held = GitAnchor("git", anchors["git"]["repository"], "audit-checkpoints").recorded()
    assert all(isinstance(one, Sighting) for one in held)
