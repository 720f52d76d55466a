"""`monitorgen audit checkpoint`, with a real git remote, a witness, and a real Prometheus beside a log."""

import json
import threading
from pathlib import Path

import yaml

from monitorgen_exporters.audit.checkpoint import claimed_checkpoint
from monitorgen_exporters.audit.log import AuditLog
from monitorgen_exporters.audit.note import open_note
from monitorgen_exporters.audit.opening import open_log
from tests.audit.anchors.beside import PROGRAM, grow, remote_sizes
from tests.audit.people.logs import ORIGIN, Place
from tests.audit.witness.serving import KEY
from tests.support.command_line import monitorgen
from tests.support.processes import run_server
from tests.support.servers import Generation, run_prometheus
from tests.support.waiting import free_port, wait_until


def test_issue_publish_show(place: Place, witness: str) -> None:
    assert witness
    grow(place, 5)
    done = place.run("checkpoint", "publish")
    assert done.exit_code == 0, done.output
    assert done.stdout.splitlines() == ["git: holds size 6", "witness:w1: holds size 6"]
    grow(place, 300)
    done = place.run("checkpoint", "publish", "--format", "json")
    assert [json.loads(line)["size"] for line in done.stdout.splitlines()] == [306, 306]
    assert remote_sizes(place) == [6, 306]
    shown = place.run("checkpoint", "show").stdout.encode()
    assert claimed_checkpoint(shown).size == 306
    assert open_note(shown, (place.key.verifier, KEY.verifier)).verified == (place.key.verifier, KEY.verifier)
    assert claimed_checkpoint(place.run("checkpoint", "show", "--size", "6").stdout.encode()).size == 6
    assert place.run("checkpoint", "show", "--size", "7").exit_code == 1
    again = place.run("checkpoint", "publish")
    assert (again.exit_code, again.stdout) == (0, "nothing waits to be published\n")


def test_status(place: Place, witness: str) -> None:
    assert witness
    grow(place, 5)
    waits = json.loads(place.run("checkpoint", "status", "--format", "json").stdout)
    assert [(one["name"], one["holds"], one["waiting"]) for one in waits["anchors"]] == [
        ("git", None, 1),
        ("witness:w1", None, 1),
    ]
    place.run("checkpoint", "publish", "--anchor", "git")
    text = place.run("checkpoint", "status").stdout
    assert f"{ORIGIN}: 6 records" in text
    assert "not covered: 0 records" in text
    assert "newest checkpoint: size 6 (noted 2" in text  # no signature covers the time
    assert "audit-checkpoints): size 6" in text
    assert f"anchor witness:w1 ({witness}): nothing yet; 1 waiting" in text
    assert place.run("checkpoint", "publish", "--anchor", "s3").exit_code == 2


def test_an_anchor_that_is_not_there(place: Place) -> None:
    place.write(anchors={"git": {"repository": str(place.folder / "nothing.git")}})
    grow(place, 5)
    done = place.run("checkpoint", "publish")
    assert done.exit_code == 4
    assert "git: " in done.stderr
    assert "last attempt: " in place.run("checkpoint", "status").stdout


def test_an_anchor_that_holds_another_history(place: Place, witness: str) -> None:
    assert witness
    other = place.folder / "other"
    other.mkdir()
    forked = Place(f"sqlite:///{other / 'log.db'}", other, place.key)
    forked.write(key={"file": str(place.folder / "audit.key")}, anchors=place.settings["anchors"])
    grow(forked, 5)
    assert forked.run("checkpoint", "publish").exit_code == 0
    grow(place, 5)
    done = place.run("checkpoint", "publish")
    assert done.exit_code == 1, done.output
    assert "git: conflict: " in done.stderr
    assert "witness:w1: conflict: " in done.stderr
    assert place.run("checkpoint", "status").stdout.count("HOLDS ANOTHER HISTORY") == 2
    # Whoever has the key can sign it all anew; what the anchors hold says so.
    judged = place.run("verify")
    assert judged.exit_code == 1, judged.output
    assert "fork" in judged.stdout
    assert forked.run("verify").exit_code == 0


def test_what_was_published_is_what_verify_compares(place: Place, witness: str) -> None:
    assert witness
    grow(place, 5)
    assert place.run("verify").exit_code == 3  # nobody outside knows it yet
    place.run("checkpoint", "publish")
    done = place.run("verify", "--format", "json")
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)["anchors"]
    assert sorted((one["name"], one["verdict"]) for one in told) == [
        ("git", "agrees"),
        ("witness:w1", "agrees"),
    ]


def test_what_is_missing_is_said(place: Place) -> None:
    for words in (("show",), ("status",), ("publish",), ("serve",)):
        done = place.run("checkpoint", *words)
        assert done.exit_code == 4, done.output
    grow(place, 1)
    for more in (["issue"], ["serve", "--log", place.url]):
        done = monitorgen("audit", "checkpoint", *more)
        assert done.exit_code == 2
        assert "--config FILE" in done.stderr
    assert monitorgen("audit", "checkpoint", "publish", "--log", place.url).exit_code == 0


def test_a_service_and_its_prometheus(
    generation: Generation, place: Place, witness: str, tmp_path: Path
) -> None:
    """The whole way: a log that grows, `serve` beside it, Prometheus, and each anchor up to the last size."""
    assert witness
    exporter, address = free_port(), f"127.0.0.1:{free_port()}"
    job = {"job_name": "audit", "static_configs": [{"targets": [f"127.0.0.1:{exporter}"]}]}
    config = tmp_path / "prometheus.yml"
    config.write_text(
        yaml.safe_dump({"global": {"scrape_interval": "1s", "scrape_timeout": "1s"}, "scrape_configs": [job]})
    )
    anchors = {**place.settings["anchors"], "prometheus": {"url": f"http://{address}"}}
    anchors["git"] = {**anchors["git"], "every": "1s"}
    anchors["witnesses"]["w1"]["every"] = "1s"
    place.write(anchors=anchors, checkpoints={"every": "1s"})
    grow(place, 1)
    with (
        run_prometheus(generation, config, storage=tmp_path, address=address) as prometheus,
        run_server(
            lambda at: [PROGRAM, "audit", "checkpoint", "serve", "--config", place.config, "--listen", at],
            log_path=tmp_path / "serve.log",
            ready="/metrics",
            address=f"127.0.0.1:{exporter}",
        ) as service,
    ):
        with open_log(place.load()) as log:
            appending(log, 4, 50)
        size = 202

        def holds() -> bool:
            told = json.loads(place.run("checkpoint", "status", "--format", "json").stdout)
            return told["size"] == size and all(one["holds"] == size for one in told["anchors"])

        wait_until(holds)

        def shown() -> list[str]:
            answer = prometheus.get("/api/v1/query", query="monitorgen_audit_tree_size").json()
            return [one["value"][1] for one in answer["data"]["result"]]

        wait_until(lambda: shown() == [str(size)])
        text = service.get("/metrics").text
        assert "monitorgen_audit_readable 1.0" in text
        own = f'incarnation="1",log="{ORIGIN.rpartition("/")[0]}"'
        for name in ("git", "prometheus", "witness:w1"):
            assert f'monitorgen_audit_anchor_tree_size{{anchor="{name}",{own}}} 202.0' in text
            assert f'monitorgen_audit_anchor_conflict{{anchor="{name}",{own}}} 0.0' in text
        service.process.terminate()
        assert service.process.wait(120) == 0
        assert "Traceback" not in service.log()
    assert remote_sizes(place)[-1] == size


def appending(log: AuditLog, threads: int, count: int) -> None:
    """Records of several threads."""
    writers = [
        threading.Thread(
            target=lambda: [
                log.append(type="alert.firing", actor="system:x", subject="alert:x") for _ in range(count)
            ]
        )
        for _ in range(threads)
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
