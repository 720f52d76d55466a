"""TLS, and each way in which an Alertmanager proves who it is; nothing listens openly by mistake."""

import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.support.certificates import Authority, Issued
from tests.support.receiver import PROGRAM, write_settings
from tests.support.running import TOKEN, Receiver, routed, running_alertmanager, running_receiver
from tests.support.servers import Generation
from tests.support.waiting import wait_until


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    """Whom both sides trust."""
    return Authority(tmp_path)


@pytest.fixture
def receiver(authority: Authority, tmp_path: Path) -> Iterator[Receiver]:
    """A receiver with TLS, and a source for each way to prove who one is."""
    server = authority.issue("receiver")
    for name in ("bearer", "basic"):
        (tmp_path / name).write_text(f"{name}-{TOKEN}\n")
    sources: dict[str, Any] = {
        "bearer": {"token": {"file": str(tmp_path / "bearer")}, "default": True},
        "basic": {"username": "am", "password": {"file": str(tmp_path / "basic")}},
        "mutual": {"client_certificate": "am-1.example", "tenant": "acme"},
    }
    tls = {
        "certificate": str(server.certificate),
        "key": str(server.key),
        "client_ca": str(authority.certificate),
    }
    with running_receiver(tmp_path, sources=sources, tls=tls, authority=authority.certificate) as receiver:
        yield receiver
        assert receiver.stop() == 0
    receiver.check()


def shown(source: str, authority: Authority, folder: Path) -> dict[str, Any]:
    """What an Alertmanager's `http_config` says to be this source."""
    tls: dict[str, Any] = {"ca_file": str(authority.certificate)}
    match source:
        case "bearer":
            return {"tls_config": tls, "authorization": {"credentials_file": str(folder / "bearer")}}
        case "basic":
            return {
                "tls_config": tls,
                "basic_auth": {"username": "am", "password_file": str(folder / "basic")},
            }
        case _:
            client = authority.issue(source)
            return {
                "tls_config": {
                    **tls,
                    "cert_file": str(client.certificate),
                    "key_file": str(client.key),
                }
            }


@pytest.mark.parametrize(
    ("source", "http"), [("bearer", "bearer"), ("basic", "basic"), ("mutual", "am-1.example")]
)
def test_each_way_to_prove_who_one_is(
    source: str,
    http: str,
    receiver: Receiver,
    authority: Authority,
    generation: Generation,
    tmp_path: Path,
) -> None:
    labels = {"alertname": "Secret", "group": source, "tenant": "another"}
    config = routed(receiver.webhook, **shown(http, authority, tmp_path))
    with running_alertmanager(generation, tmp_path / "am", config) as alertmanager:
        alertmanager.post([labels])
        wait_until(lambda: receiver.open() == {frozenset(labels.items())})
        (episode,) = receiver.episodes()
        assert episode.source == source
        # The label says nothing about it.
        assert episode.tenant == ("acme" if source == "mutual" else "")
        alertmanager.resolve([labels])
        wait_until(lambda: not receiver.open())


def test_other_certificates_prove_nothing(
    receiver: Receiver, authority: Authority, generation: Generation, tmp_path: Path
) -> None:
    config = routed(receiver.webhook, **shown("am-2.example", authority, tmp_path))
    with running_alertmanager(generation, tmp_path / "am", config) as alertmanager:
        alertmanager.post([{"alertname": "Foreign", "group": "foreign"}])
        wait_until(lambda: alertmanager.told("alertmanager_notification_requests_failed_total") > 0)
    assert post(receiver, authority) == 401
    (tmp_path / "foreign").mkdir()
    foreign = Authority(tmp_path / "foreign").issue("am-1.example")
    expired = authority.issue("am-1.example", days=-1)
    for certificate in (foreign, expired):
        with pytest.raises(requests.ConnectionError):
            post(receiver, authority, certificate)
    assert post(receiver, authority, authority.issue("am-1.example")) == 400
    assert receiver.episodes() == []


def post(receiver: Receiver, authority: Authority, client: Issued | None = None) -> int:
    """What an empty delivery is answered, from who shows this certificate."""
    cert = None if client is None else (str(client.certificate), str(client.key))
    with closing(requests.Session()) as session:
        return session.post(
            receiver.webhook, data=b"", timeout=60, verify=str(authority.certificate), cert=cert
        ).status_code


def test_answers_over_tls_ask_for_more_tls(receiver: Receiver, authority: Authority) -> None:
    with closing(requests.Session()) as session:
        answer = session.get(f"{receiver.url}/healthz", timeout=60, verify=str(authority.certificate))
    assert answer.status_code == 200
    assert "max-age=" in answer.headers["Strict-Transport-Security"]


@pytest.mark.parametrize(
    ("listen", "settings", "said"),
    [
        ("0.0.0.0:0", {}, "Say `tls:` with a certificate and its key"),
        ("[::]:0", {}, "Say `tls:` with a certificate and its key"),
        ("0.0.0.0:0", {"behind_tls_proxy": True}, "Make a key with `monitorgen receiver keys create`"),
    ],
)
def test_it_does_not_listen_where_others_reach_it_unprotected(
    listen: str, settings: dict[str, Any], said: str, tmp_path: Path
) -> None:
    words = [*PROGRAM, "receiver", "run", "--config", str(write_settings(tmp_path, **settings)), "--listen"]
    ended = subprocess.run([*words, listen], capture_output=True, text=True, check=False, timeout=120)
    assert ended.returncode == 4
    assert f"`listen: {listen}` can be reached from other machines" in ended.stderr
    assert said in ended.stderr
    assert "Traceback" not in ended.stderr
    assert "listens at" not in ended.stderr
