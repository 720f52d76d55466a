"""The heartbeat against the real Alertmanager: taken, read back, and sent on to where it is archived."""

import json
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
import yaml

from monitorgen_exporters.audit.anchors.alertmanager import ALERT, AlertmanagerAnchor
from monitorgen_exporters.audit.anchors.base import AnchorError, Sighting, Unusable
from monitorgen_exporters.audit.anchors.http import Endpoint
from tests.support.audit_history import ORIGIN, History
from tests.support.processes import RunningServer
from tests.support.servers import Generation, run_alertmanager
from tests.support.sinks import SmtpSink, smtp_sink, webhook_sink
from tests.support.waiting import wait_until


@pytest.fixture
def archive() -> Iterator[SmtpSink]:
    """The mail server of those who keep the heartbeats."""
    with smtp_sink() as sink:
        yield sink


@pytest.fixture
def server(generation: Generation, archive: SmtpSink, tmp_path: Path) -> Iterator[RunningServer]:
    """An Alertmanager that mails everything at once."""
    config = {
        "route": {
            "receiver": "archive",
            "group_by": ["alertname"],
            "group_wait": "1s",
            "group_interval": "1s",
        },
        "receivers": [
            {
                "name": "archive",
                "email_configs": [
                    {
                        "to": "archive@acme.example",
                        "from": "alertmanager@acme.example",
                        "smarthost": f"{archive.host}:{archive.port}",
                        "require_tls": False,
                    }
                ],
            }
        ],
    }
    file = tmp_path / "alertmanager.yml"
    file.write_text(yaml.safe_dump(config))
    with run_alertmanager(generation, file, storage=tmp_path) as running:
        yield running


@pytest.fixture
def anchor(server: RunningServer) -> AlertmanagerAnchor:
    """An anchor at that server."""
    return AlertmanagerAnchor("alertmanager", Endpoint(server.url))


def archived(archive: SmtpSink, root: str) -> bool:
    """Whether a mail with that root has come."""
    return any(root in mail.part("text/html") for mail in archive.mails)


def test_what_was_published_is_held(anchor: AlertmanagerAnchor) -> None:
    history = History(40)
    assert list(anchor.recorded()) == []
    for size in (7, 40):
        assert anchor.publish(history.note(size), history.checkpoint(size)) == b""
    wait_until(lambda: len(list(anchor.recorded())) == 2)
    found = [one for one in anchor.recorded() if isinstance(one, Sighting)]
    assert [one.size for one in found] == [7, 40]
    assert [one.note for one in found] == [history.note(size) for size in (7, 40)]
    assert {one.origin for one in found} == {ORIGIN}
    assert all(one.seen is not None for one in found)


def test_each_checkpoint_reaches_the_archive(anchor: AlertmanagerAnchor, archive: SmtpSink) -> None:
    history = History(40)
    for size in (7, 40):
        anchor.publish(history.note(size), history.checkpoint(size))
        root = history.checkpoint(size).root.hex()
        wait_until(partial(archived, archive, root))
    last = archive.mails[-1]
    assert f"Audit log {ORIGIN} stands at 40 records." in last.part("text/html")
    assert last.recipients == ("archive@acme.example",)


def test_what_is_no_heartbeat_of_ours_is_told(anchor: AlertmanagerAnchor, server: RunningServer) -> None:
    history = History(3)
    anchor.publish(history.note(), history.checkpoint())
    planted = [
        {"labels": {"alertname": ALERT, "tree_size": "9"}, "annotations": {"checkpoint": "no note"}},
        {"labels": {"alertname": ALERT}},
        {"labels": {"alertname": "Other"}, "annotations": {"checkpoint": history.note().decode()}},
    ]
    body = json.dumps(planted).encode()
    assert anchor.server.post("/api/v2/alerts", body, "application/json").status == 200
    wait_until(lambda: len(list(anchor.recorded())) == 3)
    assert sorted(type(one) is Unusable for one in anchor.recorded()) == [False, True, True]
    assert server.log()


def test_an_alert_that_it_does_not_take(server: RunningServer) -> None:
    odd = AlertmanagerAnchor("alertmanager", Endpoint(server.url), labels={"not a name": "x", "": "y"})
    backwards = AlertmanagerAnchor("alertmanager", Endpoint(server.url), active=timedelta(hours=-1))
    for anchor in (odd, backwards):
        with pytest.raises(AnchorError, match="refused the heartbeat, 400"):
            anchor.publish(History(1).note(), History(1).checkpoint())


@pytest.mark.parametrize("status", [302, 404, 500])
def test_a_server_that_is_something_else(status: int) -> None:
    with webhook_sink() as sink:
        sink.answers.append(status)
        anchor = AlertmanagerAnchor("alertmanager", Endpoint(sink.url))
        with pytest.raises(AnchorError, match=str(status)):
            anchor.publish(History(1).note(), History(1).checkpoint())
        with pytest.raises(AnchorError, match="501"):
            list(anchor.recorded())
