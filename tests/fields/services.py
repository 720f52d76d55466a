"""Witnesses of what a service may say: alerts, recordings, checks' alerts, scrape jobs, dashboards."""

from typing import Any

from tests.checks.services import CERTIFICATES
from tests.fields.seen import Seen
from tests.fields.witness import Observe, Witness, annotation, built, codes, job, label, receiver, rule

__all__ = ["WITNESSES"]

_SERVICE = "services.checkout"
_ALERT = f"{_SERVICE}.alerts.errors"
_CHECK = f"{_SERVICE}.checks.health"
_RECORDING = f"{_SERVICE}.recordings.service:errors:ratio"
_SCRAPE = f"{_SERVICE}.scrape.api"
_DASHBOARD = "grafana/dashboards/payments/checkout.json"
_PROBES = "prometheus/targets/checks-30s-10s/checkout.json"
_CHECK_ALERT = "health_check_failed"
_RECORDED = "service:errors:ratio"
_WHY = "being rebuilt"
_NO_REASON = "MG0314"


def _off(path: str, observed: Observe, before: Any, warned: str = "") -> tuple[Witness, Witness]:
    """Witnesses of `enabled` and of `reason`; `warned` is what switching it off brings with it."""
    both = " ".join(code for code in (warned, _NO_REASON) if code)
    return (
        Witness(f"{path}.enabled", False, observed, before, None, {f"{path}.reason": _WHY}),
        Witness(f"{path}.reason", _WHY, codes, both, warned, {f"{path}.enabled": False}),
    )


def _panel(title: str, key: str) -> Observe:
    """A key of the panel `title` on the service's dashboard; None when there is no such panel."""

    def look(seen: Seen) -> Any:
        panels = seen.json(_DASHBOARD)["panels"]
        return next((panel.get(key) for panel in panels if panel["title"] == title), None)

    return look


def _dashboard_links(seen: Seen) -> list[str]:
    return [link["title"] for link in seen.json(_DASHBOARD)["links"]]


_ALERTS = (
    Witness(
        f"{_ALERT}.condition",
        {"type": "absence", "metric": "heartbeat", "window": "5m"},
        rule("query"),
        'error_rate{service="checkout"} > 5',
        'absent_over_time(heartbeat{service="checkout"}[5m])',
    ),
    Witness(f"{_ALERT}.severity", "critical", label("severity"), "high", "critical"),
    Witness(f"{_ALERT}.severity", "critical", receiver(), "chat", "pager"),
    Witness(f"{_ALERT}.description", "Else", annotation("description"), "Too many errors", "Else"),
    Witness(f"{_ALERT}.for", "5m", rule("duration"), 0, 300),
    Witness(f"{_ALERT}.cooldown", "10m", rule("keepFiringFor"), 0, 600),
    Witness(f"{_ALERT}.channels", ["spare"], receiver(), "chat", "spare"),
    Witness(f"{_ALERT}.channels", ["spare", "chat"], label("notify"), None, "chat,spare"),
    Witness(f"{_ALERT}.add_channels", ["spare"], receiver(), "chat", "chat,spare"),
    Witness(f"{_ALERT}.summary", "${alert}!", annotation("summary"), "errors on checkout", "errors!"),
    Witness(
        f"{_ALERT}.runbook",
        "https://a.example/${team}",
        annotation("runbook_url"),
        None,
        "https://a.example/payments",
    ),
    Witness(f"{_ALERT}.tags", ["web", "money"], annotation("tags"), None, "web, money"),
    Witness(f"{_ALERT}.labels", {"flow": "orders"}, label("flow"), None, "orders"),
    Witness(f"{_ALERT}.annotations", {"at": "{{ $value }}"}, annotation("at"), None, "{{ $value }}"),
    Witness(f"{_ALERT}.panel.title", "Errors!", _panel("Errors!", "type"), None, "timeseries"),
    Witness(f"{_ALERT}.panel.extra", {"transparent": True}, _panel("errors", "transparent"), None, True),
    *_off(_ALERT, rule("query"), 'error_rate{service="checkout"} > 5'),
)

_RECORDINGS = (
    Witness(
        f"{_RECORDING}.expr",
        "vector(1)",
        rule("query", _RECORDED),
        'sum(errors{service="checkout"})',
        "vector(1)",
    ),
    Witness(f"{_RECORDING}.labels", {"by": "hand"}, label("by", _RECORDED), None, "hand"),
    Witness(
        f"{_RECORDING}.description", "All of them", _panel(_RECORDED, "description"), None, "All of them"
    ),
    *_off(_RECORDING, rule("query", _RECORDED), 'sum(errors{service="checkout"})'),
)

_CHECKS = (
    Witness(f"{_CHECK}.alert.severity", "critical", label("severity", _CHECK_ALERT), "high", "critical"),
    Witness(f"{_CHECK}.alert.for", "5m", rule("duration", _CHECK_ALERT), 60, 300),
    Witness(
        f"{_CHECK}.alert.description",
        "Down!",
        annotation("description", _CHECK_ALERT),
        "The http check health of checkout fails or cannot be made: http://127.0.0.1:9/",
        "Down!",
    ),
    Witness(
        f"{_CHECK}.alert.runbook",
        "https://a.example",
        annotation("runbook_url", _CHECK_ALERT),
        None,
        "https://a.example",
    ),
    Witness(f"{_CHECK}.alert.channels", ["spare"], receiver(_CHECK_ALERT), "chat", "spare"),
    Witness(f"{_CHECK}.alert.add_channels", ["spare"], receiver(_CHECK_ALERT), "chat", "chat,spare"),
    Witness(f"{_CHECK}.alert.cooldown", "10m", rule("keepFiringFor", _CHECK_ALERT), 0, 600),
    Witness(f"{_CHECK}.alert.tags", ["web"], annotation("tags", _CHECK_ALERT), None, "web"),
    Witness(f"{_CHECK}.interval", "60s", job("scrape_interval", name="checks-1m-10s"), None, "1m"),
    Witness(f"{_CHECK}.interval", "60s", rule("duration", _CHECK_ALERT), 60, 120),
    Witness(f"{_CHECK}.timeout", "3s", job("scrape_timeout", name="checks-30s-3s"), None, "3s"),
    Witness(f"{_CHECK}.labels", {"page": "home"}, built(_PROBES, 0, "labels", "page"), None, "home"),
    Witness(
        f"{_CHECK}.alert",
        {"severity": "high"},
        codes,
        "MG0324",
        "",
        {_CHECK: {"type": "http", "url": "http://127.0.0.1:9/"}},
    ),
    *_off(_CHECK, built(_PROBES, 0, "targets", 0), "http://127.0.0.1:9/"),
)

_SECRET = {"file": "/run/secrets/one"}
_USER = {f"{_SCRAPE}.basic_auth": {"username": "ops", "password": _SECRET}}
_PEM = str(CERTIFICATES / "client.pem")
_SAME_PEM = str(CERTIFICATES / ".." / "certificates" / "client.pem")
_CLIENT = {f"{_SCRAPE}.tls": {"cert_file": _PEM, "key_file": _PEM}}
_STEPS = [{"source_labels": ["a"], "target_label": "b"}]
_STEP = f"{_SCRAPE}.metric_relabel.0"


def _step(field: str, value: Any, before: Any, **fields: Any) -> "Witness":
    """A field of the one relabelling step of samples that has `fields`, as Prometheus has it."""
    seen = lambda seen: job("metric_relabel_configs")(seen)[0].get(field)  # noqa: E731
    return Witness(f"{_STEP}.{field}", value, seen, before, value, {f"{_SCRAPE}.metric_relabel": [fields]})


def _steps(key: str) -> Observe:
    """The labels that the last relabelling steps of the job set."""
    return lambda seen: [step["target_label"] for step in job(key)(seen) or ()]


def _targets(seen: Seen) -> list[str]:
    return [address for block in job("static_configs")(seen) for address in block["targets"]]


def _target_label(name: str) -> Observe:
    return lambda seen: job("static_configs")(seen)[0]["labels"].get(name)


_SCRAPES = (
    Witness(f"{_SCRAPE}.static", ["127.0.0.1:10"], _targets, ["127.0.0.1:9"], ["127.0.0.1:10"]),
    Witness(f"{_SCRAPE}.interval", "15s", job("scrape_interval"), "30s", "15s"),
    Witness(f"{_SCRAPE}.timeout", "3s", job("scrape_timeout"), "10s", "3s"),
    Witness(f"{_SCRAPE}.path", "/m", job("metrics_path"), "/metrics", "/m"),
    Witness(f"{_SCRAPE}.scheme", "https", job("scheme"), "http", "https"),
    Witness(f"{_SCRAPE}.params", {"a": "b"}, job("params"), None, {"a": ["b"]}),
    Witness(f"{_SCRAPE}.labels", {"rack": "r1"}, _target_label("rack"), None, "r1"),
    Witness(f"{_SCRAPE}.honor_labels", True, job("honor_labels"), None, True),
    Witness(f"{_SCRAPE}.sample_limit", 9, job("sample_limit"), None, 9),
    Witness(f"{_SCRAPE}.basic_auth.username", "eve", job("basic_auth", "username"), "ops", "eve", _USER),
    Witness(
        f"{_SCRAPE}.basic_auth.password",
        {"file": "/p"},
        job("basic_auth", "password_file"),
        "/run/secrets/one",
        "/p",
        _USER,
    ),
    Witness(
        f"{_SCRAPE}.bearer_token", _SECRET, job("authorization", "credentials_file"), None, "/run/secrets/one"
    ),
    Witness(f"{_SCRAPE}.tls.ca_file", _PEM, job("tls_config", "ca_file"), None, _PEM),
    *(
        Witness(f"{_SCRAPE}.tls.{key}", _SAME_PEM, job("tls_config", key), _PEM, _SAME_PEM, _CLIENT)
        for key in ("cert_file", "key_file")
    ),
    Witness(f"{_SCRAPE}.tls.server_name", "a.example", job("tls_config", "server_name"), None, "a.example"),
    Witness(
        f"{_SCRAPE}.tls.insecure_skip_verify", True, job("tls_config", "insecure_skip_verify"), None, True
    ),
    Witness(f"{_SCRAPE}.relabel", _STEPS, _steps("relabel_configs"), [], ["b"]),
    Witness(f"{_SCRAPE}.metric_relabel", _STEPS, _steps("metric_relabel_configs"), [], ["b"]),
    _step("source_labels", ["b", "c"], ["a"], source_labels=["a"], target_label="d"),
    _step("separator", "-", ";", source_labels=["a", "b"], target_label="d"),
    _step("target_label", "e", "d", source_labels=["a"], target_label="d"),
    _step("regex", "b", "a", action="labeldrop", regex="a"),
    _step("modulus", 5, 4, action="hashmod", source_labels=["a"], target_label="d", modulus=4),
    _step("replacement", "c", "$1", source_labels=["a"], target_label="d"),
    _step("action", "labelkeep", "labeldrop", action="labeldrop", regex="a"),
    Witness(f"{_SCRAPE}.extra", {"label_limit": 7}, job("label_limit"), None, 7),
    *_off(_SCRAPE, job("job_name"), "checkout-api"),
)

_PROFILES = {
    "profiles.web": {"labels": {"kind": "web"}},
    "profiles.batch": {"labels": {"runs": "nightly"}},
    f"{_SERVICE}.use": ["web"],
    "services.ledger.use": ["batch"],
}
_OF_SERVICE = (
    Witness(f"{_SERVICE}.team", "platform", label("team"), "payments", "platform"),
    Witness(f"{_SERVICE}.team", "platform", receiver(), "chat", "other"),
    Witness(
        f"{_SERVICE}.description", "Takes orders", built(_DASHBOARD, "description"), None, "Takes orders"
    ),
    Witness(
        f"{_SERVICE}.runbook",
        "https://a.example/${alert}",
        annotation("runbook_url"),
        None,
        "https://a.example/errors",
    ),
    Witness(f"{_SERVICE}.labels", {"tier": "front"}, label("tier"), None, "front"),
    Witness(f"{_SERVICE}.evaluation_interval", "1m", rule("interval"), 30, 60),
    Witness(f"{_SERVICE}.use", ["web", "batch"], label("runs"), None, "nightly", _PROFILES),
    Witness(
        f"{_SERVICE}.dashboard.links",
        {"Code": "https://git.example"},
        _dashboard_links,
        ["All services"],
        ["All services", "Code"],
    ),
    *_off(f"{_SERVICE}.dashboard", built(_DASHBOARD, "tags", 0), "monitorgen"),
    *_off(_SERVICE, rule("query"), 'error_rate{service="checkout"} > 5'),
)

WITNESSES = (*_ALERTS, *_RECORDINGS, *_CHECKS, *_SCRAPES, *_OF_SERVICE)
