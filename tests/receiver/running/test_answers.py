"""What is answered, and that no delivery, whoever sends it, stands in the way of the next."""

import gzip
import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.support.running import (
    TOKEN,
    Alertmanager,
    Receiver,
    routed,
    running_alertmanager,
    running_receiver,
)
from tests.support.servers import Generation
from tests.support.waiting import wait_until

ALERT = {"status": "firing", "labels": {"alertname": "Direct"}, "startsAt": "2026-11-21T10:00:00Z"}
HOSTILE = {
    "option": "-oProxyCommand=touch /tmp/pwned",
    "shell": "$(id) `id` ; id | id && id",
    "lines": "one\ntwo\r\nthree\u2028four\x1b[2J",
    "nul": "a\0b\0",
    "template": "{{ .Labels }} {% raw %} ${jndi:ldap://x} %s %(x)s {0}",
    "html": "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>",
    "formula": '=HYPERLINK("http://x","y")',
    "bidi": "\u202egnp.exe\u2066\u200f",
    "combining": "a" + "\u0301" * 500,
    "plane": "\U0001f525\U0010ffff\ufffe",
    "sql": "'; DROP TABLE receiver_episode; --",
    "long": "x" * 65536,
    "escalation_stage": "\"\0'",
    "severity": "critical\0\n",
    "service": "../../etc/passwd",
}


@pytest.fixture(scope="module")
def receiver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Receiver]:
    """One for all of them: what one test does to it, the others go on with."""
    sources: dict[str, Any] = {name: {"token": {"file": ""}} for name in ("eu1", "eu2")}
    sources["eu1"]["default"] = True
    folder = tmp_path_factory.mktemp("receiver")
    for name, source in sources.items():
        source["token"]["file"] = str(folder / f"{name}.token")
    (folder / "eu2.token").write_text("another")
    with running_receiver(folder, sources=sources, limits={"body": "1MiB"}) as receiver:
        yield receiver
        assert receiver.stop() == 0
        receiver.check()


@pytest.fixture
def alertmanager(receiver: Receiver, generation: Generation, tmp_path: Path) -> Iterator[Alertmanager]:
    """One of each generation that posts to it, with the token of eu1 in a file."""
    (tmp_path / "token").write_text(TOKEN)
    with running_alertmanager(
        generation, tmp_path / "am", by_file(receiver.webhook, tmp_path)
    ) as alertmanager:
        yield alertmanager


def by_file(url: str, folder: Path) -> dict[str, Any]:
    """A configuration that shows what the file `token` holds."""
    return routed(url, authorization={"credentials_file": str(folder / "token")})


def arrives(receiver: Receiver, alertmanager: Alertmanager, name: str) -> None:
    """Passes when an alert, and its end, still get through."""
    labels = {"alertname": name, "group": name}
    alertmanager.post([labels])
    wait_until(lambda: frozenset(labels.items()) in receiver.open())
    alertmanager.resolve([labels])
    wait_until(lambda: frozenset(labels.items()) not in receiver.open())


def refused(receiver: Receiver, alertmanager: Alertmanager, answer: str, labels: dict[str, str]) -> None:
    """Returns once the alert was answered so, and Alertmanager counts that."""
    before = receiver.answered().get(answer, 0)
    failed = "alertmanager_notification_requests_failed_total"
    counted = alertmanager.told(failed)
    alertmanager.post([labels])
    wait_until(lambda: receiver.answered().get(answer, 0) > before)
    wait_until(lambda: alertmanager.told(failed) > counted)
    assert frozenset(labels.items()) not in receiver.open()


@pytest.mark.parametrize("path", ["", "/", "/eu1", "/eu1/"])
def test_every_form_of_the_address_is_served(
    path: str, receiver: Receiver, generation: Generation, tmp_path: Path
) -> None:
    with running_alertmanager(generation, tmp_path, routed(receiver.webhook + path)) as alertmanager:
        arrives(receiver, alertmanager, f"Form{path}")
        assert alertmanager.told("alertmanager_notification_requests_failed_total") == 0


def test_what_has_a_wrong_token_comes_once_it_is_right(
    receiver: Receiver, alertmanager: Alertmanager, tmp_path: Path
) -> None:
    labels = {"alertname": "Late401", "group": "late", "generation": alertmanager.server.url}
    (tmp_path / "token").write_text("wrong")
    refused(receiver, alertmanager, "401", labels)
    (tmp_path / "token").write_text(TOKEN)
    wait_until(lambda: frozenset(labels.items()) in receiver.open())


def test_what_names_another_source_comes_once_it_is_right(
    receiver: Receiver, alertmanager: Alertmanager, tmp_path: Path
) -> None:
    labels = {"alertname": "Late403", "group": "late", "generation": alertmanager.server.url}
    alertmanager.reconfigure(by_file(receiver.webhook + "/eu2", tmp_path))
    refused(receiver, alertmanager, "403", labels)
    alertmanager.reconfigure(by_file(receiver.webhook, tmp_path))
    wait_until(lambda: frozenset(labels.items()) in receiver.open())


def test_what_cannot_be_kept_now_is_sent_again(receiver: Receiver, alertmanager: Alertmanager) -> None:
    labels = {"alertname": "Late503", "group": "late", "generation": alertmanager.server.url}
    secret = receiver.settings.with_name("eu1.token")
    held = secret.read_text()
    secret.unlink()
    try:
        # The look at secrets is once in a while: until then the one it knows is good.
        wait_until(lambda: receiver.post(b"").status_code == 503)
        refused(receiver, alertmanager, "503", labels)
    finally:
        secret.write_text(held)
    wait_until(lambda: frozenset(labels.items()) in receiver.open())


def test_a_group_that_is_too_large_keeps_no_other_out(receiver: Receiver, alertmanager: Alertmanager) -> None:
    run = alertmanager.server.url
    small = {"alertname": "Small413", "group": "large", "generation": run}
    large = [{"alertname": "Large413", "group": "large", "generation": run, "n": str(n)} for n in range(20)]
    alertmanager.post(large, annotations={"text": "y" * 100_000})
    wait_until(lambda: receiver.answered().get("413", 0))
    alertmanager.post([small])
    arrives(receiver, alertmanager, "Beside413")
    assert frozenset(small.items()) not in receiver.open()
    alertmanager.post(large, annotations={"text": "short"})
    wait_until(lambda: {frozenset(each.items()) for each in (small, *large)} <= receiver.open())


def test_labels_of_any_kind_are_kept_as_they_are(receiver: Receiver, alertmanager: Alertmanager) -> None:
    run = alertmanager.server.url
    for name, value in HOSTILE.items():
        alertmanager.post(
            [{"alertname": f"Hostile{name}", "group": "hostile", "generation": run, name: value}],
            annotations={name: value},
            generatorURL="http://prometheus/graph?q=%00%22%3Cscript%3E",
        )
    alertmanager.post([{"alertname": v, "group": "named", "generation": run} for v in HOSTILE.values()])

    def kept() -> bool:
        there = {
            frozenset((name, value) for name, value in labels if name != "escalation_stage")
            for labels in alertmanager.open()
        }
        return there <= receiver.open()

    wait_until(kept)
    assert len(alertmanager.open()) == 2 * len(HOSTILE)
    arrives(receiver, alertmanager, "BesideHostile")


@pytest.mark.parametrize(
    "starts", ["0000-01-01T00:00:00Z", "0001-01-01T00:00:01+14:00", "9999-12-31T23:59:59-14:00"]
)
def test_a_time_beyond_all_calendars_keeps_no_group_out(
    starts: str, receiver: Receiver, alertmanager: Alertmanager
) -> None:
    run = alertmanager.server.url
    honest = {"alertname": "Beside", "group": f"times {starts}", "generation": run}
    odd = {"alertname": "Odd", "group": f"times {starts}", "generation": run}
    with suppress(requests.HTTPError):  # it refuses the last of them itself
        alertmanager.post([odd], startsAt=starts, endsAt="9999-12-31T23:59:59Z")
    alertmanager.post([honest])
    fires = alertmanager.open()
    assert frozenset(honest.items()) in fires
    wait_until(lambda: fires <= receiver.open())


def _delivery(**changed: Any) -> bytes:
    body = {"version": "4", "groupKey": "{}", "receiver": "monitorgen", "alerts": [ALERT], **changed}
    return json.dumps(body).encode()


def _labels(text: str) -> bytes:
    return _delivery().replace(b'{"alertname": "Direct"}', text.encode())


BODIES = {
    "nothing": (b"", 400),
    "no JSON": (b"{", 400),
    "a list": (b"[]", 400),
    "null": (b"null", 400),
    "NUL": (b"\0" * 1000, 400),
    "no text": (b"\xff\xfe\xfd", 400),
    "a mark of byte order": (b"\xef\xbb\xbf" + _delivery(), 400),
    "brackets": (b"[" * 100_000, 400),
    "braces": (b'{"alerts":' * 100_000, 400),
    "brackets in what is not read": (_delivery(commonLabels=0).replace(b": 0", b": " + b"[" * 100_000), 400),
    "whole brackets in what is not read": (
        _delivery(commonLabels=0).replace(b": 0", b": " + b"[" * 100_000 + b"]" * 100_000),
        400,
    ),
    "a lone surrogate": (_labels(r'{"alertname": "\ud800"}'), 400),
    "a lone surrogate the other way": (_labels(r'{"alertname": "\udc00"}'), 400),
    "no text in a label": (_delivery().replace(b"Direct", b"\xff"), 400),
    "a label that is a number": (_labels('{"alertname": 1}'), 400),
    "no labels": (_labels("{}"), 400),
    "alerts that are none": (_delivery(alerts=[None]), 400),
    "a status that is none": (_delivery(alerts=[{**ALERT, "status": "perhaps"}]), 400),
    "a time that is none": (_delivery(alerts=[{**ALERT, "startsAt": "yesterday"}]), 400),
    "a time without a zone": (_delivery(alerts=[{**ALERT, "startsAt": "2026-11-21T10:00:00"}]), 400),
    "a number that is none": (_delivery(truncatedAlerts=1.5), 400),
    "a number beyond all": (_delivery(truncatedAlerts=10**400), 400),
    "a number beyond the database's": (_delivery(truncatedAlerts=1 << 63), 400),
    "fewer than nothing": (_delivery(truncatedAlerts=-1), 400),
    "two values of one key": (_labels('{"alertname": "One", "alertname": "Direct"}'), 200),
    "no alerts": (_delivery(alerts=[]), 200),
    "a NUL in a label": (_labels(r'{"alertname": "Direct", "a": "\u0000"}'), 200),
    "a NUL in the name of a label": (_labels(r'{"alertname": "Direct", "\u0000": "a"}'), 200),
    "fields of tomorrow": (_delivery(notification_reason="x", routeLabels={"a": 1}, version=5), 200),
    "a copy in one delivery": (_delivery(alerts=[ALERT, ALERT]), 200),
    "firing and resolved in one": (
        _delivery(alerts=[ALERT, {**ALERT, "status": "resolved", "endsAt": "2026-11-21T11:00:00Z"}]),
        200,
    ),
    "more than the limit": (_delivery(externalURL="x" * (2 << 20)), 413),
}


@pytest.mark.parametrize("what", BODIES)
def test_bodies_that_no_alertmanager_sends(what: str, receiver: Receiver) -> None:
    body, status = BODIES[what]
    answer = receiver.post(body)
    assert answer.status_code == status, answer.text
    assert len(answer.text) < 1000
    assert (status == 200) == (answer.text == "")
    # In pieces whose sum nobody says before, it is the same.
    pieces = (body[at : at + 10_000] for at in range(0, len(body), 10_000))
    shown = {"Authorization": f"Bearer {TOKEN}"}
    again = requests.post(receiver.webhook, data=pieces, headers=shown, timeout=120, allow_redirects=False)
    assert again.status_code == status


def test_compressed_bodies_are_not_read(receiver: Receiver) -> None:
    bomb = gzip.compress(b"[" * (64 << 20))
    for encoding in ("gzip", "deflate", "br", "zstd", "gzip, gzip", "x" * 1000):
        answer = receiver.post(bomb, **{"Content-Encoding": encoding})
        assert answer.status_code == 400, encoding


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "MOVE"])
def test_other_methods_are_told_which_one(method: str, receiver: Receiver) -> None:
    for path in ("", "/", "/eu1"):
        answer = requests.request(method, receiver.webhook + path, timeout=60, allow_redirects=False)
        assert answer.status_code == 405
        assert answer.headers["Allow"] == "POST"


@pytest.mark.parametrize(
    "path", ["//", "/eu1/eu2", "/../webhook", "/%2e%2e", "/eu1%2Feu2", "/\u00fc", "/?a=b#c"]
)
def test_no_path_is_ever_redirected(path: str, receiver: Receiver) -> None:
    answer = receiver.post(_delivery(), f"/api/v1/webhook{path}")
    assert answer.status_code in (200, 403, 404)
    answer = receiver.post(_delivery(), f"/{path}")
    assert answer.status_code in (401, 404, 405)


@pytest.mark.parametrize(
    ("shown", "status"),
    [
        ("", 401),
        ("Bearer", 401),
        ("Bearer wrong", 401),
        ("Bearer " + "x" * 60_000, 401),
        ("Basic " + "=" * 100, 401),
        ("Digest username=x", 401),
        ("Bearer another", 403),
        ("Bearer \x80\xff", 401),
    ],
)
def test_who_shows_something_else_is_not_let_in(shown: str, status: int, receiver: Receiver) -> None:
    headers = {"Authorization": shown.encode("latin-1")} if shown else {}
    answer = requests.post(
        f"{receiver.webhook}/eu1", data=_delivery(), headers=headers, timeout=60, allow_redirects=False
    )
    assert answer.status_code == status


def test_all_of_it_left_no_trace_of_an_error(receiver: Receiver) -> None:
    assert "Traceback" not in receiver.logs()
    assert set(receiver.answered()) <= {"200", "400", "401", "403", "405", "413", "503", "gone"}
