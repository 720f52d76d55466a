"""Every field of every check: a real blackbox_exporter answers otherwise when it changes."""

import os
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from monitorgen.vocabulary.checks import CHECKS
from monitorgen.vocabulary.checks.base import Check
from tests.checks.probing import check, prober
from tests.checks.services import CERTIFICATES, PASSWORD, TOKEN, USER, Services, serving
from tests.support.servers import Generation

SHARED = {"type", "interval", "timeout", "labels", "alert", "enabled", "reason"}
"""What every check has and no module says; `timeout` has a test of its own below."""
ELSEWHERE = {"ping": {"packet_count"}}
"""Fields with a test in another file."""

CLIENT = {"cert_file": str(CERTIFICATES / "client.pem"), "key_file": str(CERTIFICATES / "client.pem")}
TRUST = {"ca_file": str(CERTIFICATES / "server.pem"), "server_name": "checkout.test"}


@dataclass(frozen=True, slots=True)
class Witness:
    """Two checks that differ in one field: the first succeeds, the second fails.

    `until` is how long, in seconds, the second is tried: one that waits for what never comes fails only then.
    """

    good: dict[str, Any]
    bad: dict[str, Any]
    until: float = 20.0


def http_witnesses(services: Services, folder: Path) -> dict[str, Witness]:
    def page(path: str, **fields: Any) -> dict[str, Any]:
        return {"type": "http", "url": f"http://127.0.0.1:{services.web}{path}", **fields}

    def secure(port: int, **tls: Any) -> dict[str, Any]:
        return {"type": "http", "url": f"https://127.0.0.1:{port}/ok", **({"tls": tls} if tls else {})}

    password, token, wrong = folder / "password", folder / "token", folder / "wrong"
    password.write_text(PASSWORD)
    token.write_text(f"{TOKEN}\n")
    wrong.write_text("guess")
    user = {"username": USER, "password": {"file": str(password)}}
    return {
        "url": Witness(page("/ok"), page("/nothing")),
        "method": Witness(page("/posted", body="ping", method="POST"), page("/posted", body="ping")),
        "body": Witness(page("/posted", method="POST", body="ping"), page("/posted", method="POST")),
        "headers": Witness(page("/header", headers={"X-Probe": "yes"}), page("/header")),
        "follow_redirects": Witness(page("/moved"), page("/moved", follow_redirects="false")),
        "expected_status": Witness(page("/teapot", expected_status="418"), page("/teapot")),
        "expected_status, a list": Witness(
            page("/ok", expected_status=["418", "200"]), page("/ok", expected_status=["418", "204"])
        ),
        "expected_content": Witness(
            page("/ok", expected_content="(healthy) at $1.50"), page("/ok", expected_content="healthy .t")
        ),
        "expected_content, a list": Witness(
            page("/ok", expected_content=["all", "well"]), page("/ok", expected_content=["all", "wild"])
        ),
        "forbidden_content": Witness(
            page("/ok", forbidden_content="all.is"), page("/ok", forbidden_content="(healthy)")
        ),
        "forbidden_content, a list": Witness(
            page("/ok", forbidden_content=["sick", "sad"]), page("/ok", forbidden_content=["sick", "all"])
        ),
        "basic_auth": Witness(page("/basic", basic_auth=user), page("/basic")),
        "basic_auth.username": Witness(
            page("/basic", basic_auth=user), page("/basic", basic_auth={**user, "username": "eve"})
        ),
        "basic_auth.password": Witness(
            page("/basic", basic_auth=user),
            page("/basic", basic_auth={**user, "password": {"file": str(wrong)}}),
        ),
        "bearer_token": Witness(page("/token", bearer_token={"file": str(token)}), page("/token")),
        "tls": Witness(secure(services.secure, **TRUST), secure(services.secure)),
        "tls.ca_file": Witness(
            secure(services.secure, **TRUST), secure(services.secure, server_name="checkout.test")
        ),
        "tls.server_name": Witness(
            secure(services.secure, **TRUST), secure(services.secure, ca_file=TRUST["ca_file"])
        ),
        "tls.insecure_skip_verify": Witness(
            secure(services.secure, insecure_skip_verify="true"),
            secure(services.secure, insecure_skip_verify="false"),
        ),
        "tls.cert_file and key_file": Witness(
            secure(services.mutual, **TRUST, **CLIENT), secure(services.mutual, **TRUST)
        ),
        "ip_protocol": Witness(page("/ok", ip_protocol="ip4"), page("/ok", ip_protocol="ip6")),
    }


def tcp_witnesses(services: Services, _folder: Path) -> dict[str, Witness]:
    def port(number: int, **fields: Any) -> dict[str, Any]:
        return {"type": "tcp", "host": "127.0.0.1", "port": str(number), **fields}

    def talk(*steps: dict[str, str], **fields: Any) -> dict[str, Any]:
        return port(services.lines, conversation=list(steps), **fields)

    upgrade = [{"expect": "220"}, {"send": "STARTTLS"}, {"expect": "go on"}]
    silent = 3.5  # of which blackbox_exporter takes half a second off
    return {
        "host": Witness(port(services.lines), port(services.lines, host="127.0.0.99")),
        "port": Witness(port(services.lines), port(services.closed)),
        "conversation": Witness(
            talk({"expect": "ready (really)"}), talk({"expect": "ready .really"}), silent
        ),
        "conversation, send": Witness(
            talk({"send": "PING"}, {"expect": "+PONG"}), talk({"send": "PONG"}, {"expect": "+PONG"}), silent
        ),
        "conversation, send after expect in one step": Witness(
            talk({"expect": "220", "send": "$1"}, {"expect": "+ONE"}),
            talk({"expect": "220", "send": "$2"}, {"expect": "+ONE"}),
            silent,
        ),
        "conversation, starttls": Witness(
            talk(*upgrade, {"starttls": "true"}, {"expect": "secret"}, tls=TRUST),
            talk(*upgrade, {"expect": "secret"}, tls=TRUST),
            silent,
        ),
        "use_tls": Witness(
            port(services.secure_lines, use_tls="true", tls=TRUST, conversation=[{"expect": "220"}]),
            port(services.secure_lines, tls=TRUST, conversation=[{"expect": "220"}]),
            silent,
        ),
        "tls": Witness(
            port(services.secure_lines, use_tls="true", tls=TRUST),
            port(services.secure_lines, use_tls="true"),
        ),
        "ip_protocol": Witness(
            port(services.lines, ip_protocol="ip4"), port(services.lines, ip_protocol="ip6")
        ),
    }


def dns_witnesses(services: Services, _folder: Path) -> dict[str, Witness]:
    def ask(name: str = "checkout.test", **fields: Any) -> dict[str, Any]:
        server = {"server": "127.0.0.1", "port": str(services.names)}
        return {"type": "dns", **server, "query_name": name, **fields}

    both, datagrams = ["10.0.0.1", "10.0.0.2"], str(services.datagram_names)
    return {
        "server": Witness(ask(), ask(server="127.0.0.99")),
        "port": Witness(ask(), ask(port=str(services.lines))),
        "transport": Witness(ask(port=datagrams), ask(port=datagrams, transport="tcp")),
        "query_name": Witness(ask("checkout.test"), ask("elsewhere.test")),
        "query_type": Witness(
            ask("mail.test", query_type="MX", expected_answers=["10 mx.checkout.test"]),
            ask("mail.test", query_type="TXT", expected_answers=["10 mx.checkout.test"]),
        ),
        "recursion": Witness(ask("far.test"), ask("far.test", recursion="false")),
        "expected_rcode": Witness(
            ask("elsewhere.test", expected_rcode="NXDOMAIN"), ask(expected_rcode="NXDOMAIN")
        ),
        "expected_answers": Witness(ask(expected_answers=both), ask(expected_answers=both[:1])),
        "expected_answers, none": Witness(ask("empty.test"), ask("empty.test", expected_answers=both)),
        "expected_answers, by way of an alias": Witness(
            ask("alias.test", expected_answers=both), ask("alias.test", expected_answers=["10.0.0.10"])
        ),
        "expected_answers, the alias itself": Witness(
            ask("alias.test", query_type="CNAME", expected_answers=["checkout.test."]),
            ask("alias.test", query_type="CNAME", expected_answers=["out.test"]),
        ),
        "expected_answers, text": Witness(
            ask("text.test", query_type="TXT", expected_answers=["v=spf1 -all"]),
            ask("text.test", query_type="TXT", expected_answers=["v=spf1"]),
        ),
        "ip_protocol": Witness(ask(ip_protocol="ip4"), ask(ip_protocol="ip6")),
    }


def ping_witnesses(_services: Services, _folder: Path) -> dict[str, Witness]:
    def ping(host: str, **fields: Any) -> dict[str, Any]:
        return {"type": "ping", "host": host, **fields}

    return {
        "host": Witness(ping("127.0.0.1"), ping("nowhere.invalid")),
        "ip_protocol": Witness(ping("127.0.0.1", ip_protocol="ip4"), ping("127.0.0.1", ip_protocol="ip6")),
    }


TABLES = {"http": http_witnesses, "tcp": tcp_witnesses, "dns": dns_witnesses, "ping": ping_witnesses}


@pytest.fixture(scope="module")
def services() -> Iterator[Services]:
    with serving() as running:
        yield running


@pytest.mark.parametrize("kind", CHECKS, ids=lambda kind: kind.kind())
def test_every_field_changes_what_a_probe_says(
    generation: Generation, tmp_path: Path, services: Services, kind: type[Check]
) -> None:
    if kind.kind() == "ping" and os.geteuid() != 0:
        pytest.skip("pinging takes root here")
    table = TABLES[kind.kind()](services, tmp_path)
    made = {name: (check(witness.good), check(witness.bad)) for name, witness in table.items()}
    with prober(generation, tmp_path, [one for pair in made.values() for one in pair]) as running:

        def said(name: str) -> tuple[bool, bool]:
            good, bad = made[name]
            return running.succeeds(good), running.succeeds(bad, table[name].until)

        # Several at once, as some wait in vain.
        with ThreadPoolExecutor(5) as pool:
            found = dict(zip(table, pool.map(said, table), strict=True))
    assert found == dict.fromkeys(table, (True, False))
    covered = {re.split(r"[,.]", name)[0] for name in table}
    assert set(kind.model_fields) - SHARED - ELSEWHERE.get(kind.kind(), set()) == covered


def test_ipv6_is_used_for_what_has_nothing_else(
    generation: Generation, tmp_path: Path, services: Services
) -> None:
    if not services.web6:
        pytest.skip("this machine has no IPv6")
    page = {"type": "http", "url": f"http://[::1]:{services.web6}/ok"}
    made = [check(page), check({**page, "ip_protocol": "ip6"}), check({**page, "ip_protocol": "ip4"})]
    with prober(generation, tmp_path, made) as running:
        assert list(map(running.succeeds, made)) == [True, True, False]


@pytest.mark.parametrize("timeout", ["500ms", "0s"])
def test_a_timeout_with_nothing_left_of_it_is_refused(timeout: str) -> None:
    with pytest.raises(ValidationError, match="no time at all"):
        check({"type": "ping", "host": "a", "timeout": timeout})


def test_the_timeout_that_prometheus_sends_holds(
    generation: Generation, tmp_path: Path, services: Services
) -> None:
    """Modules have none of their own, so checks of different timeouts can share one."""
    slow = check({"type": "http", "url": f"http://127.0.0.1:{services.web}/slow"})
    quick = check({"type": "http", "url": f"http://127.0.0.1:{services.web}/ok"})
    with prober(generation, tmp_path, [slow, quick]) as running:
        assert [running.succeeds(slow, timeout) for timeout in (1.0, 20.0)] == [False, True]
        # Half a second is what blackbox_exporter takes off: with less it has no time at all.
        assert [running.succeeds(quick, timeout) for timeout in (0.4, 20.0)] == [False, True]
