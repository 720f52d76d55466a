"""For every field of every channel: what a real Alertmanager does with it, and what it does without."""

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.channels.trials import CERTIFICATE, Bench, Evidence

__all__ = ["ELSEWHERE", "WITNESSES", "Witness", "channels", "known_to"]

Observed = Callable[[Evidence], Any]
Value = Any | Callable[[Bench], Any]


@dataclass(frozen=True, slots=True)
class Witness:
    """A `value` for field `of` a kind, what to look at, and what is seen `before` and `after` it is set.

    `given` are further fields of both channels. `since` is the first Alertmanager that knows the field, in
    an older one it changes nothing.
    """

    kind: str
    of: str
    value: Value
    observed: Observed
    before: Any
    after: Any
    given: Mapping[str, Value] = field(default_factory=dict)
    label: str = ""
    since: str = ""

    @property
    def name(self) -> str:
        """What the witness is called, in the two channels' names too."""
        return f"{self.kind}-{self.of}{'-' * bool(self.label)}{self.label}"


ELSEWHERE = {
    "type": "chooses the kind",
    "enabled": "the policies that name the channel leave it out",
    "reason": "goes with `enabled`",
}
"""Fields that change nothing in the channel's own integration, and what they do."""

_REQUIRED: dict[str, dict[str, Value]] = {
    "email": {
        "recipients": ["ops@acme.example"],
        "smtp_server": "127.0.0.1",
        "smtp_port": lambda bench: bench.mail.port,
        "use_tls": False,
        "from_email": "alerts@acme.example",
    },
    "slack": {"webhook_url": lambda bench: bench.secret(bench.http.url + "/slack")},
    "pagerduty": {
        "integration_key": lambda bench: bench.secret("key-one"),
        "extra": lambda bench: {"url": bench.http.url + "/pagerduty"},
    },
    "webhook": {"url": lambda bench: bench.http.url + "/hook"},
}


def channels(bench: Bench) -> dict[str, dict[str, Any]]:
    """Two channels for every witness: `NAME-before` and `NAME-after`."""
    found = {}
    for witness in WITNESSES:
        before = {"type": witness.kind, **_REQUIRED[witness.kind], **witness.given}
        for name, channel in (("before", before), ("after", before | {witness.of: witness.value})):
            found[f"{witness.name}-{name}"] = {
                key: value(bench) if callable(value) else value for key, value in channel.items()
            }
    return found


def _arrived(evidence: Evidence) -> bool:
    return evidence.arrived


def _slack(part: str) -> Observed:
    return lambda evidence: evidence.body.get(part)


def _attachment(part: str) -> Observed:
    return lambda evidence: evidence.body["attachments"][0].get(part)


def _payload(part: str) -> Observed:
    return lambda evidence: evidence.body["payload"].get(part)


def _links(evidence: Evidence) -> list[str]:
    return [link["text"] for link in evidence.body["links"]]


def _header(name: str) -> Observed:
    return lambda evidence: evidence.posts[0].headers.get(name)


def _credentials(bench: Bench) -> dict[str, str]:
    return {"credentials_file": bench.secret("secret")["file"]}


_LOGIN: dict[str, Value] = {"smtp_port": lambda bench: bench.login_mail.port}
_RIGHT: dict[str, Value] = {
    **_LOGIN,
    "username": "ops",
    "password": lambda bench: bench.secret("right", end=""),
}
_UNCHECKED = {"tls_config": {"insecure_skip_verify": True}}
_BASIC = "Basic " + base64.b64encode(b"ops:secret").decode()
_OWN_SUBJECT = "{{ .CommonLabels.service }}: {{ len .Alerts }}"

_SHARED = tuple(
    Witness(kind, "send_resolved", False, Evidence.says_resolved, True, False)
    for kind in ("email", "slack", "pagerduty", "webhook")
)
_EMAIL = (
    Witness(
        "email",
        "recipients",
        ["a@acme.example", "Bee <b@acme.example>"],
        lambda e: (e.mail.recipients, e.mail.message["To"]),
        (("ops@acme.example",), "ops@acme.example"),
        (("a@acme.example", "b@acme.example"), "a@acme.example, Bee <b@acme.example>"),
    ),
    Witness("email", "smtp_server", "127.0.0.2", _arrived, True, False),
    Witness("email", "smtp_port", lambda bench: bench.login_mail.port, _arrived, True, False),
    Witness("email", "use_tls", True, _arrived, True, False),
    Witness(
        "email",
        "use_tls",
        True,
        lambda e: e.arrived and e.mail.encrypted,
        False,
        True,
        {"smtp_port": lambda bench: bench.tls_mail.port, "extra": _UNCHECKED},
        label="offered",
    ),
    Witness("email", "username", "nobody", _arrived, True, False, _RIGHT),
    Witness("email", "password", lambda bench: bench.secret("wrong"), _arrived, True, False, _RIGHT),
    Witness(
        "email",
        "from_email",
        "Acme Alerts <other@acme.example>",
        lambda e: (e.mail.sender, e.mail.message["From"]),
        ("alerts@acme.example", "alerts@acme.example"),
        ("other@acme.example", "Acme Alerts <other@acme.example>"),
    ),
    Witness(
        "email",
        "subject",
        _OWN_SUBJECT,
        lambda e: e.mail.message["Subject"],
        "[FIRING:1] high: High error rate on checkout",
        "checkout: 1",
    ),
    Witness(
        "email",
        "headers",
        {"X-Team": "{{ .CommonLabels.team }}", "Reply-To": "oncall@acme.example"},
        lambda e: (e.mail.message["X-Team"], e.mail.message["Reply-To"]),
        (None, None),
        ("payments", "oncall@acme.example"),
    ),
    Witness(
        "email",
        "extra",
        {"headers": {"X-Extra": "yes"}},
        lambda e: (e.mail.message["X-Extra"], e.mail.message["Subject"]),
        (None, "[FIRING:1] high: High error rate on checkout"),
        ("yes", "[FIRING:1] high: High error rate on checkout"),
    ),
)
_SLACK = (
    Witness(
        "slack",
        "webhook_url",
        lambda bench: bench.secret(bench.http.url + "/another"),
        lambda e: e.posts[0].path,
        "/slack",
        "/another",
    ),
    Witness("slack", "channel", "#{{ .CommonLabels.team }}", _slack("channel"), None, "#payments"),
    Witness("slack", "username", "monitorgen", _slack("username"), "Alertmanager", "monitorgen"),
    Witness("slack", "icon_emoji", ":fire:", _slack("icon_emoji"), None, ":fire:"),
    Witness(
        "slack", "icon_url", "https://a.example/i.png", _slack("icon_url"), None, "https://a.example/i.png"
    ),
    Witness("slack", "mention_channel", True, _attachment("pretext"), None, "<!channel>"),
    Witness("slack", "extra", {"callback_id": "mine"}, _attachment("callback_id"), "", "mine"),
)
_PAGERDUTY = (
    Witness(
        "pagerduty",
        "integration_key",
        lambda bench: bench.secret("key-two"),
        lambda e: e.body["routing_key"],
        "key-one",
        "key-two",
    ),
    Witness("pagerduty", "severity_mapping", {"high": "warning"}, _payload("severity"), "error", "warning"),
    Witness(
        "pagerduty",
        "class",
        "{{ .CommonLabels.alertname }}",
        _payload("class"),
        None,
        "pagerduty-class-after",
    ),
    Witness("pagerduty", "component", "ledger", _payload("component"), "checkout", "ledger"),
    Witness("pagerduty", "group", "retail", _payload("group"), "payments", "retail"),
    Witness(
        "pagerduty",
        "links",
        {"Wiki": "https://wiki.acme.example/{{ .CommonLabels.service }}"},
        _links,
        ["Runbook", "Dashboard", "Graph", "Silence"],
        ["Runbook", "Dashboard", "Graph", "Silence", "Wiki"],
    ),
    Witness(
        "pagerduty",
        "extra",
        lambda bench: {"url": bench.http.url + "/pagerduty", "client": "acme"},
        lambda e: e.body["client"],
        "Alertmanager",
        "acme",
    ),
)
_WEBHOOK = (
    Witness("webhook", "url", lambda bench: bench.http.url + "/x", lambda e: e.posts[0].path, "/hook", "/x"),
    Witness(
        "webhook",
        "url",
        lambda bench: bench.secret(bench.http.url + "/file"),
        lambda e: e.posts[0].path,
        "/hook",
        "/file",
        label="file",
        since="0.28",
    ),
    Witness(
        "webhook",
        "headers",
        lambda bench: {"X-Source": "acme", "X-Api-Key": bench.secret("k")},
        lambda e: (e.posts[0].headers.get("x-source"), e.posts[0].headers.get("x-api-key")),
        (None, None),
        ("acme", "k"),
        since="0.28",
    ),
    Witness(
        "webhook", "bearer_token", lambda bench: bench.secret("t"), _header("authorization"), None, "Bearer t"
    ),
    Witness(
        "webhook",
        "basic_auth",
        lambda bench: {"username": "ops", "password": bench.secret("secret")},
        _header("authorization"),
        None,
        _BASIC,
    ),
    Witness(
        "webhook",
        "tls",
        {"ca_file": str(CERTIFICATE)},
        lambda e: e.arrived,
        False,
        True,
        {"url": lambda bench: bench.https.url + "/tls"},
    ),
    Witness(
        "webhook",
        "extra",
        lambda bench: {"http_config": {"authorization": {"type": "Key", **_credentials(bench)}}},
        _header("authorization"),
        None,
        "Key secret",
    ),
)

WITNESSES = (*_SHARED, *_EMAIL, *_SLACK, *_PAGERDUTY, *_WEBHOOK)


def known_to(witness: Witness, version: str) -> bool:
    """Whether an Alertmanager of this version knows the field."""
    return not witness.since or _numbers(version) >= _numbers(witness.since)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in version.split("."))
