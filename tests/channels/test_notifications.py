"""What people read: mail, Slack and PagerDuty as real Alertmanagers render them, hostile labels included."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

import pytest
import requests

from tests.channels.page import Page
from tests.channels.trials import EXTERNAL_URL, Bench, alert, bench, delivery, run, send
from tests.support.processes import RunningServer
from tests.support.servers import Generation
from tests.support.sinks import Mail
from tests.support.waiting import wait_until

KINDS = ("email", "slack", "pagerduty")
TURN = "\u202e"
HOSTILE = {
    "service": "<script>alert(1)</script>",
    "team": '"><img src=x onerror=alert(1)>',
    "environment": "{{ .ExternalURL }}",
    "instance": 'quo"te\\slash',
    "lines": "one\ntwo",
    "turned": f"user{TURN}gnp.exe",
    "odd": "100% ä+b & c/d?e#f 'g'",
    "slack": "<!channel> |x> `y` <http://evil.example|ok>",
    "formula": "=cmd|' /C calc'!A0",
}
HOSTILE_TEXT = {
    "summary": f"<b>sum</b>\nBcc: mallory@evil.example {TURN}gnp <!here>",
    "description": f"first\nsecond <script>alert(2)</script> {{{{ .Labels }}}} <!channel> {TURN}",
    "runbook_url": "javascript:alert(1)",
    "dashboard_url": "https://x.example/|<!channel>",
    "tags": "<i>,b",
}
MANY = 60


@dataclass(frozen=True, slots=True)
class Sent:
    """What came of groups of alerts, each group told apart by its service."""

    tried: Bench
    server: RunningServer

    def mails(self, service: str) -> list[Mail]:
        return [m for m in self.tried.mail.mails if f"service: {service}\n" in m.part("text/plain")]

    def slack(self, service: str) -> list[dict[str, Any]]:
        found = [body["attachments"][0] for body in self.tried.http.bodies("/slack")]
        return [attachment for attachment in found if attachment["fields"][1]["value"] == service]

    def incidents(self, service: str) -> list[dict[str, Any]]:
        found = self.tried.http.bodies("/pagerduty")
        return [body for body in found if body["payload"]["component"] == service]


@pytest.fixture(scope="module")
def sent(generation: Generation, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sent]:
    """Everything one Alertmanager sent of five groups, by three channels."""
    folder = tmp_path_factory.mktemp("notifications")
    with bench(folder) as tried:
        channels: dict[str, dict[str, Any]] = {
            "email": {
                "recipients": ["ops@acme.example"],
                "smtp_server": "127.0.0.1",
                "smtp_port": tried.mail.port,
                "use_tls": False,
                "from_email": "alerts@acme.example",
            },
            "slack": {"webhook_url": tried.secret(f"{tried.http.url}/slack"), "mention_channel": True},
            "pagerduty": {
                "integration_key": tried.secret("key"),
                "extra": {"url": f"{tried.http.url}/pagerduty"},
            },
        }
        deliveries = {kind: delivery(generation, kind, {"type": kind, **channels[kind]}) for kind in KINDS}
        with run(generation, deliveries, folder) as server:
            found = Sent(tried, server)
            for kind in KINDS:
                send(server, *_alerts(kind))
            wait_until(lambda: _all(found))
            for kind in KINDS:
                send(server, alert(kind, {"service": "over"}, resolved=True))
                send(server, alert(kind, {"service": "mixed"}, resolved=True))
            wait_until(lambda: _told_of_the_end(found))
            yield found


def _alerts(kind: str) -> Iterator[dict[str, Any]]:
    yield alert(kind, {"service": "plain"})
    yield alert(kind, {"service": "over"})
    yield alert(kind, {"service": "mixed"})
    yield alert(kind, {"service": "mixed", "instance": "two"})
    yield from (
        alert(kind, {"service": "many", "instance": f"machine-{number:02}"}) for number in range(MANY)
    )
    hostile = alert(kind, HOSTILE)
    yield hostile | {"annotations": HOSTILE_TEXT, "generatorURL": 'http://p.example/graph?a=<b>"'}


def _all(found: Sent) -> bool:
    """Whether everything has come of the first alerts, the long group whole."""
    mails, slack, incidents = found.mails("many"), found.slack("many"), found.incidents("many")
    return (
        all(
            len(_first(found, service)) == len(KINDS)
            for service in ("plain", "over", "mixed", "many", HOSTILE["service"])
        )
        and bool(mails and slack and incidents)  # what has come since these were asked for counts next time
        and f"FIRING:{MANY}" in mails[-1].message["Subject"]
        and f"FIRING:{MANY}" in slack[-1]["title"]
        and f"({MANY} alerts)" in incidents[-1]["payload"]["summary"]
    )


def _told_of_the_end(found: Sent) -> bool:
    """Whether each channel has told of the group that is over, and of the alert that is in the other."""
    over, mixed = found.mails("over")[-1].message["Subject"], found.mails("mixed")[-1].part("text/plain")
    return (
        "RESOLVED" in over
        and "RESOLVED" in mixed
        and "RESOLVED" in found.slack("over")[-1]["title"]
        and "*Resolved*" in found.slack("mixed")[-1]["text"]
        and found.incidents("over")[-1]["event_action"] == "resolve"
        and str(found.incidents("mixed")[-1]["payload"]["custom_details"]["num_resolved"]) == "1"
    )


def _first(found: Sent, service: str) -> dict[str, Any]:
    """The first message about a service, by each channel that has sent one."""
    escaped = service.replace("<", "&lt;").replace(">", "&gt;")
    messages: dict[str, list[Any]] = {
        "email": [*found.mails(service)],
        "slack": [*found.slack(escaped)],
        "pagerduty": [*found.incidents(service)],
    }
    return {kind: sent[0] for kind, sent in messages.items() if sent}


def _hostile(found: Sent) -> dict[str, Any]:
    return _first(found, HOSTILE["service"])


def _page(mail: Mail) -> Page:
    return Page(mail.part("text/html"))


def _filter(link: str) -> dict[str, str]:
    """The labels that an address of Alertmanager's pages filters by, read as its pages read it."""
    braces = unquote(link.partition("?filter=")[2])
    assert braces[0] == "{"
    assert braces[-1] == "}"
    found = re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"(?:,|$)', braces[1:-1])
    escapes = {"n": "\n", '"': '"', "\\": "\\"}
    return {name: re.sub(r"\\(.)", lambda m: escapes[m[1]], value) for name, value in found}


def test_mail(sent: Sent) -> None:
    mail = sent.mails("plain")[0]
    page = _page(mail)
    assert mail.message["Subject"] == "[FIRING:1] high: High error rate on checkout"
    assert mail.message.get_content_type() == "multipart/alternative"
    assert ("h1", "High error rate on checkout") in page.cells
    assert dict(page.rows()) == alert("email", {"service": "plain"})["labels"]
    for text in ("1 firing · high", "Error rate exceeds 5%", "Firing since 20", "Tags: checkout-flow · web"):
        assert text in page.text
    assert page.link("Runbook") == "https://runbooks.acme.example/checkout/errors"
    assert page.link("Dashboard") == "https://grafana.acme.example/d/mg-service-checkout"
    assert page.link("Graph") == "http://prometheus.acme.example/graph?g0.expr=up+%3D%3D+0&g0.tab=1"
    assert page.link("Silence").startswith(f"{EXTERNAL_URL}/#/silences/new?")
    assert page.link("Alertmanager").startswith(f"{EXTERNAL_URL}/#/alerts?")


def test_mail_is_self_contained(sent: Sent) -> None:
    page = _page(sent.mails("plain")[0])
    assert not {tag for tag, _ in page.elements} & {"img", "link", "script", "iframe", "object", "base"}
    assert ("meta", {"name": "color-scheme", "content": "light dark"}) in page.elements
    styled = [attributes for tag, attributes in page.elements if tag in ("td", "th", "a", "h1", "div")]
    assert all("style" in attributes for attributes in styled)
    assert "url(" not in str(page.elements)


def test_plain_text(sent: Sent) -> None:
    text = sent.mails("plain")[0].part("text/plain")
    first, _, rest = text.partition("\n")
    assert first == "[FIRING:1] high: High error rate on checkout"
    for line in (
        "Error rate exceeds 5%",
        "  instance: one",
        "  Runbook: https://runbooks.acme.example/checkout/errors",
        "  Graph: http://prometheus.acme.example/graph?g0.expr=up+%3D%3D+0&g0.tab=1",
        "Tags: checkout-flow, web",
    ):
        assert f"{line}\n" in rest
    assert re.search(rf"^Silence: {re.escape(EXTERNAL_URL)}/#/silences/new\?filter=\S+$", rest, re.MULTILINE)


def test_mail_of_some_over(sent: Sent) -> None:
    mail = sent.mails("mixed")[-1]
    page = _page(mail)
    assert mail.message["Subject"].startswith("[FIRING:1] high")
    assert "1 firing, 1 resolved" in page.text
    assert ("instance", "two") in page.rows()
    assert ("instance", "one") in page.rows()
    assert len([text for text, _ in page.links if text == "Silence"]) == 1
    assert re.search(r"Resolved 20\S+ \S+ UTC, after \d+m\d+s", page.text)
    assert re.search(r"^RESOLVED 20\S+ \S+ UTC, after \d+m\d+s$", mail.part("text/plain"), re.MULTILINE)


def test_mail_of_all_over(sent: Sent) -> None:
    mail = sent.mails("over")[-1]
    page = _page(mail)
    assert mail.message["Subject"] == "[RESOLVED] high: High error rate on checkout"
    assert page.link("Silence") == ""
    assert "#067647" in mail.part("text/html")
    assert "Silence" not in mail.part("text/plain")


def test_long_groups_are_cut(sent: Sent) -> None:
    page = _page(sent.mails("many")[-1])
    assert f"The first 25 of {MANY} firing alerts." in page.text
    assert len([name for name, _ in page.rows() if name == "instance"]) == 25
    assert f"The first 50 of {MANY} firing alerts." in sent.mails("many")[-1].part("text/plain")
    slack = sent.slack("many")[-1]["text"]
    assert f"_the first 20 of {MANY}_" in slack
    assert slack.count("`instance=") == 20


def test_hostile_mail(sent: Sent) -> None:
    mail: Mail = _hostile(sent)["email"]
    page = _page(mail)
    tags = {
        "html",
        "head",
        "meta",
        "title",
        "style",
        "body",
        "table",
        "tr",
        "td",
        "th",
        "div",
        "h1",
        "span",
        "a",
    }
    assert {tag for tag, _ in page.elements} == tags
    assert not [name for _, attributes in page.elements for name in attributes if name.startswith("on")]
    assert all(
        href.startswith((EXTERNAL_URL, "http://p.example/", "https://x.example/")) for _, href in page.links
    )
    assert page.link("Runbook") == ""
    labels = alert("email", HOSTILE)["labels"]
    assert dict(page.rows()) == {name: value.replace(TURN, "") for name, value in labels.items()}
    assert mail.message["Subject"] == "[FIRING:1] high: <b>sum</b> Bcc: mallory@evil.example gnp <!here>"
    assert mail.message["Bcc"] is None
    assert mail.recipients == ("ops@acme.example",)
    text = mail.part("text/plain")
    assert TURN not in text
    assert "javascript:" not in text
    assert "second <script>alert(2)</script> {{ .Labels }} <!channel>" in text


def test_hostile_slack(sent: Sent) -> None:
    message = _hostile(sent)["slack"]
    assert message["pretext"] == "<!channel>"
    shown = [message["title"], message["text"], message["fallback"], message["footer"]]
    shown += [field["value"] for field in message["fields"]]
    for text in shown:
        assert TURN not in text
        for reference in re.findall(r"<([^>]*)", text):
            assert reference.startswith((f"{EXTERNAL_URL}/#/silences/new?filter=%7B", "!date^")), reference


def test_hostile_pagerduty(sent: Sent) -> None:
    incident = _hostile(sent)["pagerduty"]
    assert incident["payload"]["summary"] == "<b>sum</b> Bcc: mallory@evil.example gnp <!here>"
    assert [link["text"] for link in incident["links"]] == ["Silence"]
    assert TURN not in str(incident)


@pytest.mark.parametrize("labels", [{"service": "plain"}, HOSTILE], ids=["plain", "hostile"])
def test_silences_match_what_they_are_offered_for(sent: Sent, labels: dict[str, str]) -> None:
    """The links that offer a silence name exactly the alert's labels, and its own API finds it by them."""
    messages = _first(sent, labels["service"])
    text = messages["email"].part("text/plain")
    links = {
        "email": [
            _page(messages["email"]).link("Silence"),
            re.findall(r"^Silence: (.*)$", text, re.MULTILINE)[0],
        ],
        "slack": [re.findall(r"<([^>|]*)\|Silence>", messages["slack"]["text"])[0]],
        "pagerduty": [link["href"] for link in messages["pagerduty"]["links"] if link["text"] == "Silence"],
    }
    for kind in KINDS:
        expected = alert(kind, labels)["labels"]
        for link in links[kind]:
            assert _filter(link) == expected
            assert link.isascii()
        matchers = re.findall(r'\w+="(?:[^"\\]|\\.)*"', unquote(links[kind][0].partition("?filter=")[2]))
        assert len(matchers) == len(expected)
        answer = requests.get(f"{sent.server.url}/api/v2/alerts", params={"filter": matchers}, timeout=60)
        assert [found["labels"] for found in answer.json()] == [expected]


def test_slack(sent: Sent) -> None:
    message = sent.slack("plain")[0]
    assert message["title"] == "[FIRING:1] high: High error rate on checkout"
    assert message["title_link"].startswith(f"{EXTERNAL_URL}/#/alerts?")
    assert message["color"] == "#c4320a"
    values = {field["title"]: field["value"] for field in message["fields"]}
    starts = values.pop("Starts")
    assert values == {"Severity": "high", "Service": "plain", "Team": "payments", "Environment": "prod"}
    assert re.fullmatch(r"<!date\^\d+\^\{date_short_pretty\} \{time_secs\}\|20\S+ \S+ UTC>", starts)
    lines = message["text"].splitlines()
    assert lines[0] == "Error rate exceeds 5%"
    links = dict(reversed(found) for found in re.findall(r"<([^|>]*)\|(\w+)>", lines[-1]))
    assert list(links) == ["Runbook", "Dashboard", "Graph", "Silence"]
    assert links["Graph"] == "http://prometheus.acme.example/graph?g0.expr=up+%3D%3D+0&amp;g0.tab=1"
    assert message["footer"] == "checkout-flow · web"


def test_slack_when_over(sent: Sent) -> None:
    message = sent.slack("over")[-1]
    assert message["title"].startswith("[RESOLVED] high: ")
    assert message["color"] == "#067647"
    assert not message.get("pretext")
    assert "|Silence>" not in message["text"]


def test_pagerduty(sent: Sent) -> None:
    first = sent.incidents("plain")[0]
    assert first["event_action"] == "trigger"
    assert first["payload"]["summary"] == "High error rate on checkout"
    assert first["payload"]["source"] == "one"
    assert "instance = one\n" in first["payload"]["custom_details"]["firing"]
    assert sent.incidents("mixed")[0]["payload"]["summary"].startswith("High error rate on checkout")
    opened, closed = sent.incidents("over")[0], sent.incidents("over")[-1]
    assert closed["event_action"] == "resolve"
    assert closed["dedup_key"] == opened["dedup_key"]
