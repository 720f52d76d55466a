"""Witnesses of what a spec says besides its services and its people."""

from tests.fields.seen import Seen
from tests.fields.witness import Observe, Witness, annotation, built, codes, job, label, receiver, rule

__all__ = ["WITNESSES"]

_OVERVIEW = "grafana/dashboards/overview.json"
_ALERT = "services.checkout.alerts.errors"


def _global(key: str) -> Observe:
    return lambda seen: seen.prometheus["global"].get(key)


def _alertmanagers(key: str) -> Observe:
    return lambda seen: seen.prometheus["alerting"]["alertmanagers"][0].get(key)


def _targets(key: str) -> Observe:
    return lambda seen: job("static_configs")(seen)[0]["labels"].get(key)


def _files(folder: str) -> Observe:
    """Whether the tree has anything below `folder`."""
    return lambda seen: any(path.startswith(folder) for path in seen.files)


def _sends_resolved(seen: Seen) -> bool:
    (chat,) = (r for r in seen.alertmanager["receivers"] if r["name"] == "chat")
    return bool(chat["webhook_configs"][0]["send_resolved"])


def _links(seen: Seen) -> dict[str, str]:
    return {link["title"]: link["url"] for link in seen.json(_OVERVIEW).get("links", ())}


def _says(path: str, text: str) -> Observe:
    return lambda seen: text in seen.files.get(path, "")


def _blackbox(seen: Seen) -> str:
    steps = job("relabel_configs", name="checks-30s-10s")(seen)
    (address,) = (step["replacement"] for step in steps if step.get("target_label") == "__address__")
    return str(address)


def _versions(server: str) -> Observe:
    return lambda seen: seen.compatible_with.get(server)


_DEFAULTS = (
    Witness("defaults.scrape_interval", "20s", _global("scrape_interval"), "30s", "20s"),
    Witness("defaults.scrape_interval", "20s", job("scrape_interval"), "30s", "20s"),
    Witness("defaults.scrape_timeout", "5s", _global("scrape_timeout"), "10s", "5s"),
    Witness("defaults.scrape_timeout", "5s", job("scrape_timeout"), "10s", "5s"),
    Witness("defaults.evaluation_interval", "20s", _global("evaluation_interval"), "30s", "20s"),
    Witness("defaults.evaluation_interval", "20s", rule("interval"), 30, 20),
    Witness("defaults.labels", {"region": "here"}, label("region"), None, "here"),
    Witness("defaults.labels", {"region": "here"}, _targets("region"), None, "here"),
    Witness("defaults.external_labels", {"a": "b"}, _global("external_labels"), None, {"a": "b"}),
    Witness(
        "defaults.runbook",
        "https://a.example/${service}",
        annotation("runbook_url"),
        None,
        "https://a.example/checkout",
    ),
    Witness("defaults.for", "2m", rule("duration"), 0, 120),
    Witness("defaults.channels", {"webhook": {"send_resolved": False}}, _sends_resolved, True, False),
    Witness(
        "defaults.checks",
        {"http": {"interval": "1m"}},
        job("scrape_interval", name="checks-1m-10s"),
        None,
        "1m",
    ),
)

_SERVERS = (
    Witness(
        "servers.prometheus.address",
        "prometheus:9090",
        _says("grafana/provisioning/datasources/monitorgen.yaml", "http://prometheus:9090"),
        False,
        True,
    ),
    Witness("servers.prometheus.url", "https://p.example", _links, {}, {"Prometheus": "https://p.example"}),
    Witness(
        "servers.prometheus.extra",
        {"global": {"scrape_timeout": "7s"}},
        _global("scrape_timeout"),
        "10s",
        "7s",
    ),
    Witness(
        "servers.alertmanager.addresses",
        ["127.0.0.1:9", "127.0.0.1:10"],
        lambda seen: _alertmanagers("static_configs")(seen)[0]["targets"],
        ["127.0.0.1:9"],
        ["127.0.0.1:9", "127.0.0.1:10"],
    ),
    Witness("servers.alertmanager.scheme", "https", _alertmanagers("scheme"), "http", "https"),
    Witness("servers.alertmanager.path_prefix", "/am", _alertmanagers("path_prefix"), None, "/am"),
    Witness(
        "servers.alertmanager.url", "https://a.example", _links, {}, {"Alertmanager": "https://a.example"}
    ),
    Witness("servers.blackbox_exporter.address", "127.0.0.1:7", _blackbox, "127.0.0.1:9115", "127.0.0.1:7"),
    Witness(
        "servers.grafana.url",
        "https://g.example",
        lambda seen: str(annotation("dashboard_url")(seen)).startswith("https://g.example/d/"),
        False,
        True,
    ),
    Witness("servers.grafana.datasource", "mimir", _says(_OVERVIEW, '"mimir"'), False, True),
)

_ACCOUNT = {
    "clouds.aws": {
        "account_id": "123456789012",
        "regions": ["eu-west-1"],
        "trusted_principals": ["arn:aws:iam::123456789012:role/prometheus"],
    },
    "services.checkout.scrape.vms": {"ec2": {"region": "eu-west-1"}},
}


def _module(key: str) -> Observe:
    return built("terraform/main.tf.json", "module", "aws", key)


def _discovery_role(seen: Seen) -> str:
    return str(job("ec2_sd_configs", name="checkout-vms")(seen)[0].get("role_arn"))


_CLOUDS = (
    Witness("clouds.aws", _ACCOUNT["clouds.aws"], _files("terraform/"), False, True),
    Witness(
        "clouds.aws.account_id",
        "210987654321",
        _discovery_role,
        "arn:aws:iam::123456789012:role/monitorgen-discovery",
        "arn:aws:iam::210987654321:role/monitorgen-discovery",
        _ACCOUNT,
    ),
    Witness(
        "clouds.aws.regions",
        ["eu-west-1", "eu-west-2"],
        _module("regions"),
        ["eu-west-1"],
        ["eu-west-1", "eu-west-2"],
        _ACCOUNT,
    ),
    Witness(
        "clouds.aws.role_name",
        "reader",
        _discovery_role,
        "arn:aws:iam::123456789012:role/monitorgen-discovery",
        "arn:aws:iam::123456789012:role/reader",
        _ACCOUNT,
    ),
    Witness(
        "clouds.aws.role_name", "reader", _module("role_name"), "monitorgen-discovery", "reader", _ACCOUNT
    ),
    Witness(
        "clouds.aws.trusted_principals",
        ["arn:aws:iam::123456789012:root"],
        _module("trusted_principals"),
        ["arn:aws:iam::123456789012:role/prometheus"],
        ["arn:aws:iam::123456789012:root"],
        _ACCOUNT,
    ),
    Witness("clouds.aws.cloudwatch", False, _module("cloudwatch"), True, False, _ACCOUNT),
    Witness("clouds.aws.tags", {"owner": "ops"}, _module("tags"), {}, {"owner": "ops"}, _ACCOUNT),
)

_EMIT = tuple(
    Witness(f"emit.{name}", False, _files(path), True, False, given)
    for name, path, given in (
        ("prometheus", "prometheus/prometheus.yml", {}),
        ("rules", "prometheus/rules/", {}),
        ("rule_tests", "prometheus/tests/", {}),
        ("alertmanager", "alertmanager/", {}),
        ("blackbox", "blackbox/", {}),
        ("grafana", "grafana/", {}),
        ("terraform", "terraform/", _ACCOUNT),
    )
)

_HOLT_WINTERS = {
    f"{_ALERT}.condition": {"type": "promql", "expr": "holt_winters(a[5m], 0.5, 0.5) > 1", "untested": "odd"}
}
_VERSIONS = (
    Witness("compatible_with.prometheus", ["2.42", "2.55"], codes, "MG0403", "", _HOLT_WINTERS),
    Witness("compatible_with.alertmanager", "0.33", codes, "MG0620", "", {"channels.chat.timeout": "9s"}),
    Witness(
        "compatible_with.blackbox_exporter",
        "0.28",
        _versions("blackbox_exporter"),
        ("0.23", "0.28"),
        ("0.28", "0.28"),
    ),
    Witness("compatible_with.grafana", "11.6", _versions("grafana"), ("10.4", "11.6"), ("11.6", "11.6")),
)

_IDLE = {"channels.idle": {"type": "webhook", "url": "http://127.0.0.1:9/"}}
_SUPPRESSED = {"code": "MG0323", "at": "channels.idle", "reason": "used from next week on"}


def _suppress(key: str, wrong: str, right: str, before: str) -> Witness:
    given = {**_IDLE, "suppress": [{**_SUPPRESSED, key: wrong}]}
    return Witness(f"suppress.0.{key}", right, codes, before, "", given)


_SUPPRESS = (
    _suppress("code", "MG0324", "MG0323", "MG0323 MG0330"),
    _suppress("at", "channels.chat", "channels.idle", "MG0323 MG0330"),
    _suppress("reason", "", "used from next week on", "MG0323 MG0330"),
    _suppress("until", "2030-06-14", "2030-06-15", "MG0323 MG0330"),
)

_OTHERS = (
    Witness(
        "organization", "umbrella", built(_OVERVIEW, "title"), "acme: all services", "umbrella: all services"
    ),
    Witness("environment", "prod", label("environment"), None, "prod"),
    Witness("environment", "prod", _global("external_labels"), None, {"environment": "prod"}),
    Witness(
        "profiles.web",
        {"alerts": {"errors": {"for": "9m"}}},
        rule("duration"),
        60,
        540,
        {
            "profiles.web": {"alerts": {"errors": {"for": "1m"}}},
            "services.checkout.use": ["web"],
        },
    ),
    Witness(
        "environments.prod",
        {"services": {"checkout": {"alerts": {"errors": {"severity": "critical"}}}}},
        receiver(),
        "chat",
        "pager",
        {"environment": "prod"},
    ),
)

WITNESSES = (
    *_DEFAULTS,
    *_SERVERS,
    *_CLOUDS,
    *_EMIT,
    *_VERSIONS,
    *_SUPPRESS,
    *_OTHERS,
)
