"""The kind `http`: what is sent, what each answer means, and what is kept of it."""

import hashlib
import ssl
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from monitorgen_exporters.audit.canonical import canonical
from monitorgen_exporters.receiver.effects.http import IDEMPOTENCY_KEY, KIND, retry_after
from monitorgen_exporters.receiver.effects.kind import Outcome
from monitorgen_exporters.receiver.effects.signature import SIGNATURE, TIMESTAMP, SignatureError, verify
from tests.receiver.effects.doing import ID, Given, effect, notification
from tests.support.raw_server import answer, certificate, raw_server, read_request
from tests.support.sinks import webhook_sink
from tests.support.waiting import free_port

EVENT = {"type": "opened", "alert": {"labels": {"b": "2", "a": "ü"}}}


def told(url: Any, event: Any = EVENT, **said: Any) -> Outcome:
    """What comes of telling a notification with this address; what is kept of it is fit for the audit log."""
    outcome = KIND.perform(effect("http", {"event": event}), Given({"it": notification(url, **said)}))
    canonical(dict(outcome.result))
    assert outcome.why.isprintable()
    return outcome


def answered(said: bytes) -> Outcome:
    """What comes of an answer."""
    with raw_server(
        lambda connection, _over: connection.sendall(said) if read_request(connection) else None
    ) as at:
        return told(f"http://{at}/")


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "secret"
    path.write_text("hunter22\n")
    return path


def test_the_event_is_posted_and_signed(secret: Path) -> None:
    with webhook_sink() as sink:
        outcome = told(f"{sink.url}/hook?a=b", secret={"file": str(secret)})
    assert (outcome.state, outcome.why) == ("done", "")
    assert outcome.result["status"] == 200
    assert outcome.result["answer"] == "ok"
    (posted,) = sink.posted
    assert (posted.path, posted.body) == ("/hook?a=b", EVENT)
    assert posted.headers["content-type"] == "application/json"
    assert posted.headers[IDEMPOTENCY_KEY.lower()] == ID
    body = '{"alert":{"labels":{"a":"ü","b":"2"}},"type":"opened"}'.encode()
    verify(b"hunter22", posted.headers, body)
    with pytest.raises(SignatureError):
        verify(b"hunter22\n", posted.headers, body)
    assert "hunter22" not in str(posted)


def test_without_a_secret_there_is_no_signature() -> None:
    with webhook_sink() as sink:
        assert told(sink.url).state == "done"
    assert SIGNATURE.lower() not in sink.posted[0].headers
    assert TIMESTAMP.lower() in sink.posted[0].headers


def test_each_attempt_has_the_same_key_and_body() -> None:
    requests: list[bytes] = []

    def talk(connection: Any, _over: threading.Event) -> None:
        while request := read_request(connection):
            requests.append(request)
            connection.sendall(answer(500))

    with raw_server(talk) as at:
        for event in (EVENT, dict(reversed(EVENT.items()))):
            assert told(f"http://{at}/", event).state == "retry"
    assert len({hashlib.sha256(request.partition(b"\r\n\r\n")[2]).digest() for request in requests}) == 1
    assert all(f"\r\n{IDEMPOTENCY_KEY}: {ID}\r\n".encode() in request for request in requests)


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_success_is_done(status: int) -> None:
    assert answered(answer(status)).state == "done"


@pytest.mark.parametrize("status", [408, 425, 429, 500, 501, 502, 503, 504, 599])
def test_what_may_go_better_later_is_tried_again(status: int) -> None:
    outcome = answered(answer(status, b"not\nnow"))
    assert (outcome.state, outcome.why) == ("retry", f"it answered {status}: not now")
    assert outcome.retry_after is None


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 409, 410, 413, 422, 300, 304, 600, 999])
def test_what_will_not_go_better_fails(status: int) -> None:
    assert answered(answer(status)).state == "failed"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_not_followed(status: int) -> None:
    with webhook_sink() as sink:
        outcome = answered(answer(status, Location=f"{sink.url}/secret-path"))
    assert outcome.state == "failed"
    assert f"redirect to {sink.url}, which" in outcome.why
    assert not sink.posted


def test_the_other_side_may_say_when() -> None:
    assert answered(answer(429, Retry_After="17")).retry_after == 17
    assert answered(answer(503, Retry_After="Fri, 01 Jan 2100 00:00:00 GMT")).retry_after == 86400
    assert answered(answer(503, Retry_After="soon")).retry_after is None
    assert answered(answer(200, Retry_After="17")).retry_after is None


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("0", 0),
        (" 120 ", 120),
        ("9" * 400, 86400),
        ("Sat, 21 Nov 2026 10:01:30 GMT", 90),
        ("Sat, 21 Nov 2026 10:01:30 -0000", 90),
        ("Sat, 21 Nov 2026 11:01:30 +0100", 90),
        ("Sat, 21 Nov 2026 09:00:00 GMT", 0),
        ("", None),
        ("-1", None),
        ("1.5", None),
        ("٣", None),
        ("Sat, 99 Nov 2026 10:01:30 GMT", None),
        ("Sat, 21 Nov 2026 10:01:30 +9999", None),
        ("tomorrow", None),
    ],
)
def test_how_retry_after_is_read(said: str, seconds: float | None) -> None:
    assert retry_after(said, datetime(2026, 11, 21, 10, tzinfo=UTC)) == seconds


def test_nobody_there_is_tried_again() -> None:
    outcome = told(f"http://127.0.0.1:{free_port()}/", idempotent="false")
    assert outcome.state == "retry"
    assert "refused" in outcome.why


@pytest.mark.parametrize(
    ("said", "state"),
    [({}, "retry"), ({"idempotent": "true"}, "retry"), ({"idempotent": "false"}, "unknown")],
)
def test_a_request_that_may_have_arrived_is_repeated_only_if_that_is_allowed(said: Any, state: str) -> None:
    def hang_up(connection: Any, _over: threading.Event) -> None:
        read_request(connection)

    def say_nothing(connection: Any, over: threading.Event) -> None:
        read_request(connection)
        over.wait()

    for talk, timeout in ((hang_up, "5m"), (say_nothing, "5s")):
        with raw_server(talk) as at:
            outcome = told(f"http://{at}/", timeout=timeout, **said)
        assert outcome.state == state
        assert "no answer" in outcome.why


def test_an_answer_that_breaks_off_counts_by_its_status() -> None:
    assert answered(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf").state == "done"
    assert answered(b"HTTP/1.1 404 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n").state == "failed"


@pytest.mark.parametrize(
    "said", [b"", b"\xff\xfe\r\n\r\n", b"SSH-2.0-x\r\n", b"HTTP/1.1 OK\r\n\r\n", b"\0" * 100]
)
def test_what_is_no_answer_is_tried_again(said: bytes) -> None:
    assert answered(said).state == "retry"


def test_nothing_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login ann password hunter22\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    with webhook_sink() as proxy, webhook_sink() as sink:
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        assert told(sink.url).state == "done"
    assert not proxy.posted
    assert "authorization" not in sink.posted[0].headers


def test_cookies_are_not_kept() -> None:
    requests: list[bytes] = []

    def talk(connection: Any, _over: threading.Event) -> None:
        while request := read_request(connection):
            requests.append(request)
            connection.sendall(answer(200, Set_Cookie="session=1; Path=/"))

    with raw_server(talk) as at:
        told(f"http://{at}/")
        told(f"http://{at}/")
    assert len(requests) == 2
    assert not any(b"cookie" in request.lower() for request in requests)


def test_a_connection_that_was_closed_meanwhile_is_made_again() -> None:
    with raw_server(
        lambda connection, _over: connection.sendall(answer(200)) if read_request(connection) else None
    ) as at:
        states = [told(f"http://{at}/").state for _ in range(5)]
    # Where the end comes while the next request is on its way, nobody can know, and it is tried again.
    assert states[0] == "done"
    assert set(states) <= {"done", "retry"}
    assert states.count("done") >= 3


def test_an_address_by_reference_is_kept_secret(tmp_path: Path) -> None:
    place = tmp_path / "url"

    def talk(connection: Any, _over: threading.Event) -> None:
        path = read_request(connection).split()[1]
        connection.sendall(answer(403, b"no such hook: " + path + b" " + path.rpartition(b"/")[2]))

    with raw_server(talk) as at:
        place.write_text(f"http://ann:hunter22@{at}/services/T000/XYZZY99\n")
        outcome = told({"file": str(place)})
    assert outcome.state == "failed"
    assert not any(part in str(outcome) for part in ("XYZZY99", "T000", "hunter22"))
    assert outcome.result["place"] == f"http://{at}"
    place.write_text(f"http://127.0.0.1:{free_port()}/services/T000/XYZZY99\n")
    assert "XYZZY99" not in str(told({"file": str(place)}))


@pytest.mark.parametrize(
    "text", ["XYZZY99", "ftp://XYZZY99/", "http://XYZZY99:port/", "http:///XYZZY99", "http://[XYZZY99/"]
)
def test_an_address_that_is_none_fails_and_stays_secret(text: str, tmp_path: Path) -> None:
    place = tmp_path / "url"
    place.write_text(text)
    outcome = told({"file": str(place)})
    assert outcome.state == "failed"
    if not text.startswith("ftp"):
        assert "XYZZY99" not in str(outcome)


def test_secrets_are_read_when_they_are_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = tmp_path / "secret"
    with webhook_sink() as sink:
        outcome = told(sink.url, secret={"file": str(secret)})
        assert (outcome.state, outcome.why) == (
            "retry",
            f"{secret} cannot be read: No such file or directory",
        )
        for text in ("first", "second"):
            secret.write_text(text)
            assert told(sink.url, secret={"file": str(secret)}).state == "done"
        monkeypatch.setenv("HOOK_SECRET", "third")
        assert told(sink.url, secret={"env": "HOOK_SECRET"}).state == "done"
        secret.write_bytes(b"\xff\xfe")
        assert told(sink.url, secret={"file": str(secret)}).state == "retry"
    body = '{"alert":{"labels":{"a":"ü","b":"2"}},"type":"opened"}'.encode()
    for text, posted in zip(("first", "second", "third"), sink.posted, strict=True):
        verify(text.encode(), posted.headers, body)


def test_certificates_are_verified(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    public, private = certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(public, private)
    with webhook_sink(tls=context) as sink:
        outcome = told(sink.url, idempotent="false")
        assert outcome.state == "retry"
        assert "certificate" in outcome.why
        assert not sink.posted
        monkeypatch.setenv("SSL_CERT_FILE", str(public))
        assert told(sink.url).state == "done"
        assert told(sink.url.replace("127.0.0.1", "localhost")).state == "retry"
    assert len(sink.posted) == 1


def test_many_threads_tell_at_once() -> None:
    with webhook_sink() as sink, ThreadPoolExecutor(8) as pool:
        states = list(pool.map(lambda number: told(sink.url, {"number": number}).state, range(80)))
    assert states == ["done"] * 80
    assert sorted(body["number"] for body in sink.bodies()) == list(range(80))


def test_a_notification_that_the_settings_no_longer_have_fails() -> None:
    gone = effect("http", {})
    assert KIND.perform(gone, Given()).state == "failed"
    assert KIND.idempotent(gone, Given()) is False
    assert KIND.verify(gone, Given()) is None
    assert KIND.longest(gone, Given()) > 0


def test_the_settings_say_what_may_be_sent_twice() -> None:
    for said, idempotent in (("true", True), ("false", False)):
        settings = Given({"it": notification("http://127.0.0.1/", idempotent=said, timeout="7m")})
        assert KIND.idempotent(effect("http", {}), settings) is idempotent
        assert KIND.longest(effect("http", {}), settings) > 420
