"""What checks take, what they refuse, and when two of them are one module."""

from typing import Any

import pytest
from pydantic import ValidationError

from monitorgen.vocabulary.checks import CHECKS
from tests.checks.probing import check

HTTP = {"type": "http", "url": "https://checkout.acme.example/healthz"}
TCP = {"type": "tcp", "host": "ledger-db", "port": "5432"}
PING = {"type": "ping", "host": "10.0.0.1"}
DNS = {"type": "dns", "server": "10.0.0.53", "query_name": "checkout.acme.example"}


def body(fields: dict[str, Any]) -> dict[str, Any]:
    return check(fields).probing().body


def test_every_kind_is_tried_here() -> None:
    assert {base["type"] for base in (HTTP, TCP, PING, DNS)} == {kind.kind() for kind in CHECKS}


@pytest.mark.parametrize(
    "fields",
    [
        {"url": "http://elsewhere.example/"},
        {"timeout": "3s"},
        {"interval": "10s"},
        {"labels": {"zone": "a"}},
        {"alert": {"severity": "high"}},
        {"enabled": "false", "reason": "not yet"},
        {"expected_status": []},
        {"method": "GET"},
    ],
)
def test_checks_that_ask_for_the_same_share_a_module(fields: dict[str, Any]) -> None:
    assert body({**HTTP, **fields}) == body(HTTP)


def test_the_order_of_headers_and_statuses_does_not_matter() -> None:
    one = {**HTTP, "headers": {"A": "1", "B": "2"}, "expected_status": ["200", "404", "200"]}
    other = {**HTTP, "headers": {"B": "2", "A": "1"}, "expected_status": ["404", "200"]}
    assert repr(body(one)) == repr(body(other))


@pytest.mark.parametrize(
    ("fields", "target"),
    [
        (HTTP, "https://checkout.acme.example/healthz"),
        (TCP, "ledger-db:5432"),
        ({**TCP, "host": "2001:db8::1"}, "[2001:db8::1]:5432"),
        (PING, "10.0.0.1"),
        (DNS, "10.0.0.53:53"),
    ],
)
def test_the_target(fields: dict[str, Any], target: str) -> None:
    assert check(fields).probing().target == target


@pytest.mark.parametrize(("count", "attempts"), [(None, 1), ("1", 1), ("3", 3)])
def test_a_ping_is_as_many_attempts_as_packets(count: str | None, attempts: int) -> None:
    assert check({**PING, **({"packet_count": count} if count else {})}).attempts() == attempts


@pytest.mark.parametrize("made", [HTTP, TCP, DNS])
def test_other_checks_are_one_attempt(made: dict[str, Any]) -> None:
    assert check(made).attempts() == 1


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({**TCP, "host": "http://ledger-db"}, "MG0204"),
        ({**TCP, "host": "ledger-db:5432"}, "MG0204"),
        ({**TCP, "host": ""}, "MG0204"),
        ({**TCP, "port": "0"}, "MG0204"),
        ({**TCP, "conversation": [{}]}, "MG0204"),
        ({**PING, "packet_count": "0"}, "MG0204"),
        ({**PING, "packet_count": "21"}, "MG0204"),
        ({**HTTP, "expected_status": "2xx"}, "MG0204"),
        ({**HTTP, "expected_status": ["200", "99"]}, "MG0204"),
        ({**HTTP, "url": "checkout.acme.example"}, "MG0204"),
        ({**HTTP, "bearer_token": "abc"}, "MG0210"),
        (
            {
                **HTTP,
                "bearer_token": {"file": "/t"},
                "basic_auth": {"username": "a", "password": {"file": "/p"}},
            },
            "MG0220",
        ),
        ({**HTTP, "tls": {"cert_file": "/c"}}, "MG0221"),
        ({**HTTP, "tls": {"key_file": "/k"}}, "MG0221"),
        ({**DNS, "query_type": "a"}, "literal_error"),
        ({**HTTP, "expected_contents": "ok"}, "extra_forbidden"),
    ],
)
def test_what_cannot_be_is_refused_once(fields: dict[str, Any], code: str) -> None:
    with pytest.raises(ValidationError) as caught:
        check(fields)
    assert [error["type"] for error in caught.value.errors()] == [code]


def test_no_secret_is_written_out() -> None:
    """The module names files on the server; their content is read there, at each probe."""
    user = {"username": "prober", "password": {"file": "/run/secrets/prober"}}
    assert body({**HTTP, "basic_auth": user})["http"]["basic_auth"] == {
        "username": "prober",
        "password_file": "/run/secrets/prober",
    }
    assert body({**HTTP, "bearer_token": {"file": "/run/secrets/token"}})["http"]["authorization"] == {
        "type": "Bearer",
        "credentials_file": "/run/secrets/token",
    }
