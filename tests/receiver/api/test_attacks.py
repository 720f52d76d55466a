"""What attackers send: it is data and nothing else, and what cannot be read is refused in words."""

from typing import Any

import pytest

from tests.support.receiver_api import Api, alert

_NASTY = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' OR '1'='1",
    "'; DROP TABLE receiver_episode; --",
    "%' OR 1=1 --",
    "${jndi:ldap://x}",
    "{{7*7}}",
    '=HYPERLINK("http://evil.example")',
    "$(id)`id`",
    "\u202egnp.exe",
    "line\r\nSet-Cookie: x=1",
    "../../etc/passwd",
    "x" * 65536,
)


@pytest.mark.parametrize("text", _NASTY, ids=lambda text: text[:20].encode("unicode_escape").decode())
def test_what_alerts_say_is_data(api: Api, text: str) -> None:
    api.deliver(alert(text, service=text, team=text, extra=text))
    api.deliver(alert("Other"))
    answer = api.ask("GET", "/api/v1/alerts")
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "Set-Cookie" not in answer.headers
    (found,) = (each for each in answer.json()["alerts"] if each["alertname"] != "Other")
    assert found["alertname"] == found["labels"]["extra"] == text
    if len(text) < 1000:
        for name, value in (("alertname", text), ("service", text), ("label", f"extra={text}"), ("q", text)):
            page = api.get("/api/v1/alerts", params={name: value})
            assert [each["id"] for each in page["alerts"]] == [found["id"]], name
    place = f"/api/v1/alerts/{found['id']}"
    assert api.ask("POST", f"{place}/acknowledge", json={"why": "x"}).ok
    assert len(api.get(f"{place}/history")["events"]) == 2
    assert len(api.get("/api/v1/alerts")["alerts"]) == 2


def test_no_spreadsheet_runs_what_alerts_say(api: Api) -> None:
    for name in ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "ok"):
        api.deliver(alert(name))
    answer = api.ask("GET", "/api/v1/reports/alert?format=csv")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    names = {line.split('","')[0].strip('"') for line in answer.content.decode().split("\r\n")[1:-1]}
    assert names == {"'=1+1", "'+1", "'-1", "'@SUM(A1)", "'\t=1", "ok"}


@pytest.mark.parametrize(
    ("body", "word"),
    [
        (b"", "body"),
        (b"{", "JSON"),
        (b"\xff\xfe", "UTF-8"),
        (b'{"why": "a", "why": "b"}', "twice"),
        (b'{"why": "a", "until": {"x": 1, "x": 2}}', "twice"),
        (b'{"why": NaN}', "NaN"),
        (b'{"why": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "deep"),
        (b'{"why": ' + b'{"a":' * 100_000, "deep"),
        (b'{"why": "\\ud800"}', "why"),
        (b'{"why": "\\u0000"}', "why"),
        (b'{"why": 1' + b"0" * 5000 + b"}", ""),
        (b'{"__proto__": {"why": "x"}}', "__proto__"),
        (b'{"\\ud800": 1, "why": "x"}', "body"),
    ],
    ids=lambda value: value[:24].decode("latin1") if isinstance(value, bytes) else value,
)
def test_a_body_that_is_no_such_thing(api: Api, body: bytes, word: str) -> None:
    api.deliver(alert())
    (found,) = api.get("/api/v1/alerts")["alerts"]
    answer = api.ask(
        "POST",
        f"/api/v1/alerts/{found['id']}/acknowledge",
        data=body,
        headers={"Content-Type": "application/json"},
    )
    assert answer.status_code in (400, 422)
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert word in answer.json()["detail"]
    assert api.get(f"/api/v1/alerts/{found['id']}") == found


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
def test_a_form_of_another_site_is_no_request(api: Api, kind: str) -> None:
    api.deliver(alert())
    (found,) = api.get("/api/v1/alerts")["alerts"]
    answer = api.ask(
        "POST",
        f"/api/v1/alerts/{found['id']}/acknowledge",
        data=b'{"why": "x"}',
        headers={"Content-Type": kind},
    )
    assert answer.status_code == 422


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/alerts?alertname=%00",
        "/api/v1/alerts?label=a%00=b",
        "/api/v1/alerts?label=a=b%00",
        "/api/v1/alerts?tenant=%00",
        "/api/v1/alerts?after=%00",
        "/api/v1/alerts/%00",
        "/api/v1/alerts/%00/history",
        "/api/v1/history?type=%00",
        "/api/v1/history?actor=%00",
        "/api/v1/history?after=-1",
        "/api/v1/history?after=99999999999999999999999",
        "/api/v1/effects?name=%00",
        "/api/v1/effects/%00",
        "/api/v1/audit/records?actor=%00",
        "/api/v1/audit/records?text=%00",
        "/api/v1/audit/records?incident=%00",
        "/api/v1/audit/records/%00/proof",
        "/api/v1/reports/nothing",
        "/api/v1/reports/team?since=%00",
        "/api/v1/silences?source=%00",
        "/api/v1/rules?service=%00",
        "/api/v1/stream?after=x",
    ],
)
def test_nul_and_nonsense_in_what_is_asked(read_only: Api, path: str) -> None:
    answer = read_only.ask("GET", path)
    assert answer.status_code == 422
    assert answer.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("path", ["/api/v1/alerts", "/api/v1/history", "/api/v1/audit/records"])
@pytest.mark.parametrize("name", ["since", "until"])
@pytest.mark.parametrize(
    "value", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "999999999d", "0s"]
)
def test_times_at_the_ends_of_time(read_only: Api, path: str, name: str, value: str) -> None:
    assert read_only.ask("GET", path, params={name: value}).status_code in (200, 422)
    assert read_only.ask("GET", "/api/v1/reports/team", params={name: value}).status_code in (200, 422)


def test_unicode_that_is_none(read_only: Api) -> None:
    answer: Any = read_only.ask("GET", "/api/v1/alerts?q=%ed%a0%80%ff")
    assert answer.json() == {"alerts": [], "next": None}
