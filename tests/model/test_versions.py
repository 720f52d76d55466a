"""Versions, and what the tables say of functions, syntax and fields, held against the real servers."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitorgen.model.versions import FIELDS, FUNCTIONS, SYNTAX, Since, Version, VersionRange, field_since
from tests.promql import asking
from tests.support.many_files import refusals
from tests.support.servers import Generation


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("2.42", Version(2, 42)),
        ("3.5.3", Version(3, 5, 3)),
        ("v0.25.0", Version(0, 25)),
        (" 3.10 ", Version(3, 10)),
    ],
)
def test_parse(text: str, version: Version) -> None:
    assert Version.parse(text) == version


@pytest.mark.parametrize(
    "text", ["", "3", "3.", "3.x", "3.5.3.1", "3.5-rc.0", "-1.2", "٣.٥", "9999999.1", "latest"]
)
def test_what_is_no_version(text: str) -> None:
    assert Version.parse(text) is None


@given(st.integers(0, 999), st.integers(0, 999), st.integers(0, 999))
def test_a_version_is_read_back_as_it_is_shown(major: int, minor: int, patch: int) -> None:
    assert Version.parse(str(Version(major, minor, patch))) == Version(major, minor, patch)


def test_order_is_by_number() -> None:
    assert Version(2, 9) < Version(2, 42) < Version(2, 42, 1) < Version(3, 0)


def test_ranges_are_shown() -> None:
    assert str(VersionRange(Version(2, 42), Version(3, 5))) == "2.42 to 3.5"
    assert str(VersionRange(Version(3, 5), Version(3, 5))) == "3.5"


def test_since_and_until() -> None:
    since = Since(Version(2, 49), Version(3, 9), flag="new", stable=Version(3, 2))
    known = {text: since.known_to(Version(*text)) for text in ((2, 48), (2, 49), (3, 8), (3, 9))}
    assert list(known.values()) == [False, True, True, False]
    flagged = [since.flagged_in(Version(*v)) for v in ((2, 48), (2, 49), (3, 1), (3, 2), (3, 9))]
    assert flagged == [False, True, True, False, False]
    assert since.lacking(VersionRange(Version(2, 42), Version(3, 9))) == (Version(2, 42), Version(3, 9))
    assert since.lacking(VersionRange(Version(2, 42), Version(2, 42))) == (Version(2, 42),)
    assert since.flagged(VersionRange(Version(2, 49), Version(3, 5))) == (Version(2, 49),)


def test_a_field_nobody_lists_is_known_to_all() -> None:
    assert field_since("prometheus", "scrape_configs.job_name") == Since()
    assert field_since("alertmanager", "receivers.webhook_configs.timeout").since == Version(0, 28)
    with pytest.raises(KeyError):
        field_since("promethius", "scrape_configs.job_name")


def version_of(generation: Generation, server: str) -> Version:
    numbers = re.match(r"[\d.]+", generation.versions[server])
    version = Version.parse(numbers[0]) if numbers else None
    assert version is not None
    return version


def said_of_functions(generation: Generation, folder: Path) -> dict[str, str]:
    """For each function: unknown, flagged or known, as this promtool has it."""
    calls = {name: f"{name}(1, x)" if name.startswith("limit") else f"{name}()" for name in FUNCTIONS}
    told = {}
    for name, answer in zip(calls, asking.refusals(generation, calls.values(), folder), strict=True):
        if "unknown function" in answer or 'unexpected "("' in answer:
            told[name] = "unknown"
        elif "not enabled" in answer or "is experimental" in answer:
            told[name] = "flagged"
        else:
            told[name] = "known"
            assert not answer or "argument(s) in call to" in answer, (name, answer)
    return told


def test_promtool_knows_the_functions_the_table_says(generation: Generation, tmp_path: Path) -> None:
    version = version_of(generation, "promtool")
    expected = {
        name: "flagged" if since.flagged_in(version) else "known" if since.known_to(version) else "unknown"
        for name, since in FUNCTIONS.items()
    }
    assert said_of_functions(generation, tmp_path) == expected


WRITTEN = {
    "a digit separator": "x > 1_000",
    "a number as a duration": "x offset 300",
    "a duration as a number": "x > 5m",
    "a quoted name": '{"a.b"}',
    "a fill modifier": "x + fill (0) y",
}


def test_promtool_reads_the_syntax_the_table_says(generation: Generation, tmp_path: Path) -> None:
    version = version_of(generation, "promtool")
    expected = {name: since.known_to(version) for name, since in SYNTAX.items()}
    answers = asking.refusals(generation, [WRITTEN[name] for name in SYNTAX], tmp_path)
    assert {name: not answer for name, answer in zip(SYNTAX, answers, strict=True)} == expected


# One configuration that uses each field. Only this makes a claim of the table count.
HEADERS = {"X-Scope": {"values": ["a"]}}
EMAIL = {"to": "a@shop.example", "from": "b@shop.example", "smarthost": "mail:25"}
SLACK = {"channel": "#a"}
URL = {"url": "http://127.0.0.1:9"}
CEL = "body.status == 'ok'"
PEM = (Path(__file__).parents[1] / "checks/certificates/client.pem").read_text()
SCRAPING: dict[str, Any] = {
    "always_scrape_classic_histograms": True,
    "basic_auth.username_file": {"username_file": "/u"},
    "convert_classic_histograms_to_nhcb": True,
    "enable_compression": False,
    "fallback_scrape_protocol": "PrometheusText0.0.4",
    "http_headers": HEADERS,
    "http_sd_configs.http_headers": [{**URL, "http_headers": HEADERS}],
    "keep_dropped_targets": 5,
    "metric_name_escaping_scheme": "underscores",
    "metric_name_validation_scheme": "utf8",
    "native_histogram_bucket_limit": 5,
    "native_histogram_min_bucket_factor": 1.1,
    "no_proxy": "localhost",
    "proxy_from_environment": True,
    "scrape_classic_histograms": True,
    "scrape_failure_log_file": "/tmp/failures.log",  # noqa: S108 - only named, never written
    "scrape_protocols": ["OpenMetricsText1.0.0"],
    "tls_config.ca": {"ca": PEM},
    "tls_config.cert": {"cert": PEM, "key": PEM},
    "tls_config.key": {"cert": PEM, "key": PEM},
    "track_timestamps_staleness": True,
}
GLOBAL: dict[str, Any] = {
    "always_scrape_classic_histograms": True,
    "convert_classic_histograms_to_nhcb": True,
    "label_name_length_limit": 5,
    "label_value_length_limit": 5,
    "metric_name_escaping_scheme": "underscores",
    "metric_name_validation_scheme": "utf8",
    "scrape_failure_log_file": "failures.log",
    "body_size_limit": "1MB",
    "keep_dropped_targets": 5,
    "label_limit": 5,
    "rule_query_offset": "1m",
    "sample_limit": 5,
    "scrape_protocols": ["OpenMetricsText1.0.0"],
    "target_limit": 5,
}
REMOTE: dict[str, Any] = {
    "http_headers": HEADERS,
    "protobuf_message": "io.prometheus.write.v2.Request",
    "queue_config.sample_age_limit": {"sample_age_limit": "1h"},
    "round_robin_dns": True,
    "sigv4.external_id": {"region": "eu-west-1", "role_arn": "arn:aws:iam::1:role/a", "external_id": "e"},
    "sigv4.use_fips_sts_endpoint": {"region": "eu-west-1", "use_fips_sts_endpoint": True},
}
NOTIFYING: list[tuple[str, dict[str, Any], str, Any]] = [
    ("discord_configs", {}, "webhook_url_file", "/u"),
    ("email_configs", EMAIL, "auth_secret_file", "/s"),
    ("email_configs", EMAIL, "force_implicit_tls", True),
    ("email_configs", EMAIL, "threading", {"enabled": True, "thread_by_date": "daily"}),
    ("msteams_configs", {}, "webhook_url_file", "/u"),
    ("pagerduty_configs", {"routing_key_file": "/k"}, "timeout", "5s"),
    ("pushover_configs", {"user_key": "u"}, "token_file", "/t"),
    ("pushover_configs", {"token": "t"}, "user_key_file", "/u"),
    ("slack_configs", SLACK, "app_token", "t"),
    ("slack_configs", SLACK, "app_token_file", "/t"),
    ("slack_configs", SLACK | {"app_token": "t"}, "app_url", URL["url"]),
    ("slack_configs", SLACK | {"api_url": "https://slack.com/api/chat.postMessage"}, "update_message", True),
    ("slack_configs", SLACK | {"api_url_file": "/u"}, "message_text", "m"),
    ("slack_configs", SLACK | {"api_url_file": "/u"}, "timeout", "5s"),
    ("telegram_configs", {"chat_id": 5}, "bot_token_file", "/t"),
    ("telegram_configs", {"chat_id": 5, "bot_token": "t"}, "message_thread_id", 6),
    ("webhook_configs", URL, "http_config.http_headers", {"http_headers": HEADERS}),
    ("webhook_configs", URL, "http_config.proxy_from_environment", {"proxy_from_environment": True}),
    ("webhook_configs", URL, "http_config.basic_auth.username_file", {"basic_auth": {"username_file": "/u"}}),
    ("webhook_configs", URL, "http_config.no_proxy", {"proxy_url": URL["url"], "no_proxy": "a"}),
    ("webhook_configs", URL, "http_config.tls_config.ca", {"tls_config": {"ca": PEM}}),
    *(
        ("webhook_configs", URL, f"http_config.tls_config.{key}", {"tls_config": {"cert": PEM, "key": PEM}})
        for key in ("cert", "key")
    ),
    ("webhook_configs", URL, "payload", {"a": "b"}),
    ("webhook_configs", URL, "timeout", "5s"),
    ("webhook_configs", {}, "url_file", "/u"),
    ("wechat_configs", {"corp_id": "c"}, "api_secret_file", "/s"),
]
PLAIN = {
    "jira_api_url": URL["url"],
    "mattermost_webhook_url": URL["url"],
    "mattermost_webhook_url_file": "/u",
    "rocketchat_api_url": URL["url"],
    "rocketchat_token": "t",
    "rocketchat_token_file": "/t",
    "rocketchat_token_id": "i",
    "rocketchat_token_id_file": "/i",
    "slack_app_token": "t",
    "slack_app_url": URL["url"],
    "smtp_auth_secret_file": "/s",
    "telegram_bot_token": "t",
    "telegram_bot_token_file": "/t",
    "wechat_api_secret_file": "/s",
}
"""Fields of Alertmanager's `global` that hold a text and need nothing beside them."""

ALERTING: dict[str, Any] = {
    "alert_relabel_configs": [{"action": "labeldrop", "regex": "replica"}],
    "sigv4": {"region": "eu-west-1"},
}


def receiver(kind: str, fields: dict[str, Any], **settings: Any) -> dict[str, Any]:
    return {"global": settings, "route": {"receiver": "r"}, "receivers": [{"name": "r", kind: [fields]}]}


def scraping(field: str) -> dict[str, Any]:
    job: dict[str, Any] = {"job_name": "j", field.split(".")[0]: SCRAPING[field]}
    if field == "no_proxy":
        job["proxy_url"] = "http://127.0.0.1:9"
    return {"scrape_configs": [job]}


def probe(prober: str, **fields: Any) -> dict[str, Any]:
    return {"modules": {"m": {"prober": prober, prober: fields}}}


USES: dict[str, dict[str, dict[str, Any]]] = {
    "prometheus": {
        "otlp": {"otlp": {"promote_resource_attributes": ["a"]}},
        "runtime": {"runtime": {"gogc": 50}},
        "scrape_config_files": {"scrape_config_files": ["none/*.yml"]},
        "groups.labels": {"groups": [{"name": "g", "labels": {"a": "b"}, "rules": []}]},
        "groups.query_offset": {"groups": [{"name": "g", "query_offset": "1m", "rules": []}]},
        **{f"scrape_configs.{f}": scraping(f) for f in SCRAPING},
        **{f"global.{f}": {"global": {f: value}} for f, value in GLOBAL.items()},
        **{f"remote_write.{f}": {"remote_write": [{**URL, f.split(".")[0]: v}]} for f, v in REMOTE.items()},
        **{
            f"alerting.alertmanagers.{f}": {"alerting": {"alertmanagers": [{f: v}]}}
            for f, v in ALERTING.items()
        },
    },
    "alertmanager": {
        "global.slack_app_token_file": receiver("slack_configs", SLACK, slack_app_token_file="/t"),  # noqa: S106
        "global.smtp_force_implicit_tls": receiver("email_configs", EMAIL, smtp_force_implicit_tls=True),
        **{
            f"global.{name}": receiver("webhook_configs", URL, **{name: value})
            for name, value in PLAIN.items()
        },
        "event_recorder": {**receiver("webhook_configs", URL), "event_recorder": {}},
        "tracing": {**receiver("webhook_configs", URL), "tracing": {"endpoint": "127.0.0.1:9"}},
        "global.smtp_tls_config": receiver(
            "email_configs", EMAIL, smtp_tls_config={"insecure_skip_verify": True}
        ),
        "inhibit_rules.name": {
            **receiver("webhook_configs", URL),
            "inhibit_rules": [{"name": "n", "source_matchers": ["a=b"], "target_matchers": ["c=d"]}],
        },
        "receivers.incidentio_configs": receiver(
            "incidentio_configs", URL | {"alert_source_token_file": "/t"}
        ),
        "receivers.jira_configs": receiver(
            "jira_configs", {"api_url": URL["url"], "project": "p", "issue_type": "t"}
        ),
        "receivers.mattermost_configs": receiver("mattermost_configs", {"webhook_url_file": "/u"}),
        "receivers.msteams_configs": receiver("msteams_configs", {"webhook_url": URL["url"]}),
        "receivers.msteamsv2_configs": receiver("msteamsv2_configs", {"webhook_url": URL["url"]}),
        "receivers.rocketchat_configs": receiver(
            "rocketchat_configs", {"token_id_file": "/i", "token_file": "/t"}
        ),
        **{
            f"receivers.{kind}.{f}": receiver(kind, given | {f.split(".")[0]: v})
            for kind, given, f, v in NOTIFYING
        },
    },
    "blackbox_exporter": {
        "modules.http.body_file": probe("http", body_file="/etc/hostname"),
        "modules.http.enable_http3": probe("http", enable_http3=True, enable_http2=False),
        "modules.http.fail_if_body_json_matches_cel": probe("http", fail_if_body_json_matches_cel=CEL),
        "modules.http.fail_if_body_json_not_matches_cel": probe(
            "http", fail_if_body_json_not_matches_cel=CEL
        ),
        "modules.http.http_headers": probe("http", http_headers=HEADERS),
        "modules.http.no_proxy": probe("http", proxy_url=URL["url"], no_proxy="localhost"),
        "modules.http.proxy_from_environment": probe("http", proxy_from_environment=True),
        "modules.tcp.query_response.labels": probe(
            "tcp", query_response=[{"expect": "(.*)", "labels": [{"name": "a", "value": "$1"}]}]
        ),
    },
}


def told(generation: Generation, server: str, folder: Path) -> dict[str, str]:
    """What the server has against the use of each of its fields; empty when it takes it."""
    files: dict[str, Path] = {}
    for index, (field, content) in enumerate(USES[server].items()):
        files[field] = folder / f"{index}.yml"
        files[field].write_text(json.dumps(content))
    if server == "alertmanager":
        return dict(
            zip(files, refusals(generation, "amtool", "check-config", files=[*files.values()]), strict=True)
        )
    if server == "blackbox_exporter":
        alone = {
            field: generation.blackbox_exporter("--config.check", f"--config.file={file}")
            for field, file in files.items()
        }
        return {f: one.stdout + one.stderr if one.returncode else "" for f, one in alone.items()}
    answers: dict[str, str] = {}
    for kind in ("rules", "config"):
        some = {f: file for f, file in files.items() if ("groups" in USES[server][f]) == (kind == "rules")}
        said = refusals(generation, "promtool", "check", kind, files=[*some.values()])
        answers.update(zip(some, said, strict=True))
    return answers


def test_every_field_of_the_tables_has_a_use() -> None:
    assert {server: set(uses) for server, uses in USES.items()} == {s: set(f) for s, f in FIELDS.items()}


@pytest.mark.parametrize("server", FIELDS)
def test_the_server_knows_the_fields_when_the_table_says(
    server: str, generation: Generation, tmp_path: Path
) -> None:
    version = version_of(generation, server)
    answers = told(generation, server, tmp_path)
    for field, since in FIELDS[server].items():
        answer = answers[field]
        if since.known_to(version):
            assert answer == "", field
        else:
            unknown = field.rpartition(".")[2]
            parent = field.split(".")[1] if field.startswith("receivers") else unknown
            assert f"field {unknown} not found" in answer or f"field {parent} not found" in answer, field
