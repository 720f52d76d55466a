"""What a channel refuses, with which code, and what it leaves out for an older Alertmanager."""

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from monitorgen.model.compatibility import DEFAULT
from monitorgen.model.versions import Version, VersionRange
from monitorgen.vocabulary.channels import AnyChannel
from monitorgen.vocabulary.channels.base import ChannelContext, Delivery
from tests.channels.trials import SEVERITIES

_CHANNEL: TypeAdapter[Any] = TypeAdapter(AnyChannel)
_FILE = {"file": "/run/secrets/one"}
_MAIL = {
    "type": "email",
    "smtp_server": "mail",
    "from_email": "a@acme.example",
    "recipients": ["b@acme.example"],
}
_HOOK = {"type": "webhook", "url": "http://127.0.0.1/hook"}
_PAGER = {"type": "pagerduty", "integration_key": _FILE}
_SLACK = {"type": "slack", "webhook_url": _FILE}
_NEWEST = VersionRange(Version(0, 33), Version(0, 33))


def codes(channel: dict[str, Any]) -> list[str]:
    """The codes a channel is refused with when it is read."""
    with pytest.raises(ValidationError) as caught:
        _CHANNEL.validate_python(channel)
    return [error["type"] for error in caught.value.errors()]


def delivery(channel: dict[str, Any], versions: VersionRange = DEFAULT.alertmanager) -> Delivery:
    found: Delivery = _CHANNEL.validate_python(channel).delivery(ChannelContext("ops", SEVERITIES, versions))
    return found


def problems(channel: dict[str, Any], versions: VersionRange = DEFAULT.alertmanager) -> list[tuple[str, str]]:
    return [(problem.code.id, problem.field) for problem in delivery(channel, versions).problems]


@pytest.mark.parametrize(
    ("channel", "code"),
    [
        (_MAIL | {"recipients": ["ops"]}, "MG0622"),
        (_MAIL | {"recipients": ["a@b.example, c@d.example"]}, "MG0622"),
        (_MAIL | {"recipients": ["a@b.example\nBcc: c@d.example"]}, "MG0622"),
        (_MAIL | {"from_email": "Ops <ops>"}, "MG0622"),
        (_MAIL | {"password": "hunter2"}, "MG0210"),
        (_MAIL | {"password": {"env": "SMTP"}}, "MG0211"),
        (_MAIL | {"smtp_port": 0}, "MG0204"),
        (_MAIL | {"recipients": []}, "too_short"),
        (_MAIL | {"subject": "{{ .Status "}, "MG0625"),
        (_SLACK | {"webhook_url": "https://hooks.slack.example/T0/B0/x"}, "MG0210"),
        (_SLACK | {"channel": "{{ if }}{{ end }}{{ end }}"}, "MG0625"),
        (_SLACK | {"icon_url": "icon.png"}, "MG0204"),
        (_PAGER | {"integration_key": "0123456789"}, "MG0210"),
        (_PAGER | {"severity_mapping": {"high": "urgent"}}, "literal_error"),
        (_PAGER | {"links": {"Wiki": "{{ nothing"}}, "MG0625"),
        (_HOOK | {"method": "PUT"}, "MG0626"),
        (_HOOK | {"method": "post"}, "MG0626"),
        (_HOOK | {"headers": {"Authorization": "Bearer x"}}, "MG0627"),
        (_HOOK | {"headers": {"content-type": "application/json"}}, "MG0627"),
        (_HOOK | {"headers": {"X Y": "z"}}, "MG0627"),
        (_HOOK | {"headers": {"X-Y": "a\nX-Z: b"}}, "MG0627"),
        (_HOOK | {"url": "http://127.0.0.1/{{.Receiver}}"}, "MG0628"),
        (_HOOK | {"url": "https://ops:secret@hooks.acme.example/"}, "MG0210"),
        (_HOOK | {"url": "hooks.acme.example"}, "MG0204"),
        (_HOOK | {"bearer_token": _FILE, "basic_auth": {"username": "a", "password": _FILE}}, "MG0220"),
        (_HOOK | {"max_alerts": 5}, "extra_forbidden"),
    ],
)
def test_refused_when_read(channel: dict[str, Any], code: str) -> None:
    assert codes(channel) == [code]


@pytest.mark.parametrize(
    ("channel", "expected"),
    [
        (_MAIL, []),
        ({"type": "email", "recipients": ["a@b.example"]}, [("MG0621", ""), ("MG0621", "")]),
        (
            {
                "type": "email",
                "recipients": ["a@b.example"],
                "extra": {"smarthost": "mail:25", "from": "a@b.example"},
            },
            [],
        ),
        (_MAIL | {"username": "ops"}, [("MG0621", "username")]),
        (_MAIL | {"password": _FILE}, [("MG0621", "password")]),
        (_MAIL | {"headers": {"X-A": "1", "x-a": "2"}}, [("MG0623", "headers")]),
        (_MAIL | {"headers": {"subject": "1"}}, [("MG0623", "headers")]),
        (_PAGER | {"severity_mapping": {"hgih": "error"}}, [("MG0624", "severity_mapping")]),
        (_HOOK | {"timeout": "10s", "headers": {"X-A": "1"}}, [("MG0620", "headers"), ("MG0620", "timeout")]),
        (_HOOK | {"url": _FILE}, [("MG0629", "url")]),
        (_HOOK | {"headers": {"X-Api-Key": "abc"}}, [("MG0210", "headers"), ("MG0620", "headers")]),
    ],
)
def test_problems(channel: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    assert problems(channel) == expected


def test_the_newest_alone_leaves_nothing_out() -> None:
    channel = _HOOK | {"url": _FILE, "timeout": "10s", "headers": {"X-A": "1", "X-Token": _FILE}}
    assert problems(channel, _NEWEST) == []
    (integration,) = delivery(channel, _NEWEST).integrations
    assert integration.config == {
        "send_resolved": True,
        "url_file": "/run/secrets/one",
        "timeout": "10s",
        "http_config": {
            "follow_redirects": False,
            "http_headers": {"X-A": {"values": ["1"]}, "X-Token": {"files": ["/run/secrets/one"]}},
        },
    }


def test_a_secret_is_in_no_message() -> None:
    with pytest.raises(ValidationError) as caught:
        _CHANNEL.validate_python(_HOOK | {"url": "https://ops:hunter2@hooks.acme.example/"})
    assert "hunter2" not in str(caught.value.errors(include_input=False))
    for problem in delivery(_HOOK | {"headers": {"X-Token": "hunter2"}}).problems:
        assert "hunter2" not in problem.message + problem.hint


@pytest.mark.parametrize(
    ("severities", "levels"),
    [
        (SEVERITIES, ["info", "info", "warning", "error", "critical"]),
        (("page",), ["critical"]),
        (("ticket", "page"), ["error", "critical"]),
        (("info", "warning", "critical"), ["info", "warning", "critical"]),
        (("error",), ["error"]),
    ],
)
def test_severities_of_pagerduty(severities: tuple[str, ...], levels: list[str]) -> None:
    """The severity is a template; what it gives on a real server is witnessed with the fields."""
    channel = _CHANNEL.validate_python(_PAGER)
    (integration,) = channel.delivery(ChannelContext("ops", severities, _NEWEST)).integrations
    template = integration.config["severity"]
    for severity, level in zip(severities, levels, strict=True):
        before, quoted, after = template.partition(f'"{severity}"')
        assert (after.partition("}}")[2].partition("{{")[0] if quoted else "error") == level, before
