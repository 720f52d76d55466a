"""`receiver/`, and the copy that a real Alertmanager posts to the receiver."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml

from monitorgen.cli.pipeline import compile_spec, read
from monitorgen.outputs.receiver import OUTPUT
from monitorgen.vocabulary.secrets import SecretEnv, SecretFile
from monitorgen_exporters.receiver.config import ConfigError, Settings, load_settings
from scripts.documentation.examples import compiled
from tests.support.servers import Generation, run_alertmanager
from tests.support.sinks import Posted, webhook_sink
from tests.support.stacks import EMPTY
from tests.support.waiting import wait_until

FULL = """
environment: prod
severities: [low, off, high]
audit: {log: postgresql://audit@db/audit, key: {env: AUDIT_KEY}, retention: {keep: 7y}}
receiver:
  listen: 0.0.0.0:9393
  url: https://alerts.acme.example/
  behind_tls_proxy: true
  jwt: {issuer: "https://login.acme.example", audience: alerts, jwks_file: /etc/jwks.json}
  sources:
    eu1:
      token: {file: /run/eu1}
      tenant: shop
      default: true
      alertmanager: {urls: ["http://am:9093"], every: 90s}
    us1: {username: u, password: {env: US1}}
  roles: {nobody: [], viewer: [read]}
  users: {"ann@acme.example": {roles: [viewer, responder]}}
  acknowledgement: {timeout: 1h30m, notify: [hook, gone], severities: ["off"]}
  notifications:
    hook: {url: {file: /run/hook}, secret: {env: HMAC}, events: []}
    gone: {url: "http://127.0.0.1:9", enabled: false, reason: moved}
  actions:
    mend:
      command: [/bin/mend, "--unit=${unit}"]
      parameters: {unit: {label: service, pattern: "[a-z]{1,9}"}}
      match: {team: payments}
      on: timed_out
      environment: {EMPTY: "", LANG: C}
      memory: 1GiB
    gone: {command: [/bin/gone], match: {team: payments}, enabled: false, reason: too early}
  unknown_notify: [gone, hook]
"""


def built(text: str) -> dict[str, str]:
    example = compiled(text)
    assert example.faults() == []
    return example.files[0]


def read_back(tmp_path: Path, text: str) -> Settings:
    path = tmp_path / "receiver.yml"
    path.write_text(built(text)["receiver/receiver.yml"])
    return load_settings(path)


def test_without_a_receiver_there_is_no_file() -> None:
    assert list(OUTPUT.render(EMPTY)) == []


def test_all_that_the_spec_says_arrives(tmp_path: Path) -> None:
    read_ = read_back(tmp_path, FULL)
    assert (read_.organization, read_.environment) == ("acme", "prod")
    assert list(read_.severities) == ["low", "off", "high"]
    assert read_.public_url == "https://alerts.acme.example"
    assert (read_.default_source, sorted(read_.sources)) == ("eu1", ["eu1", "us1"])
    eu1, us1 = read_.sources["eu1"], read_.sources["us1"]
    assert (eu1.token, eu1.tenant, us1.username, us1.password) == (
        SecretFile("/run/eu1"),
        "shop",
        "u",
        SecretEnv("US1"),
    )
    assert eu1.alertmanager is not None
    assert (eu1.alertmanager.every, eu1.alertmanager.silence) == (90, True)
    assert read_.all_roles["nobody"] == frozenset()
    assert read_.all_roles["viewer"] == frozenset({"read"})
    assert "acknowledge" in read_.all_roles["responder"]
    assert read_.users["ann@acme.example"].roles == ["viewer", "responder"]
    acknowledgement = read_.acknowledgement
    assert (acknowledgement.timeout, acknowledgement.reminders) == (5400, 3)
    assert acknowledgement.severities == ["off"]
    hook = read_.notifications["hook"]
    assert (hook.url, hook.secret, hook.events) == (SecretFile("/run/hook"), SecretEnv("HMAC"), [])
    mend = read_.actions["mend"]
    assert mend.command == ["/bin/mend", "--unit=${unit}"]
    assert mend.match == {"team": ["payments"]}
    assert (mend.on, mend.memory, mend.environment) == ("timed_out", 1 << 30, {"EMPTY": "", "LANG": "C"})
    assert read_.limits.body == 32 << 20
    assert read_.audit.log == "postgresql://audit@db/audit"
    assert read_.audit.origin_prefix == "acme/audit/monitoring-prod/"
    assert list(read_.audit.severities) == ["low", "off", "high"]
    assert read_.audit.retention is not None


def test_what_is_switched_off_is_left_out_wherever_it_is_named(tmp_path: Path) -> None:
    read_ = read_back(tmp_path, FULL)
    assert list(read_.notifications) == ["hook"]
    assert list(read_.actions) == ["mend"]
    assert (read_.acknowledgement.notify, read_.unknown_notify) == (["hook"], ["hook"])


LEAST: dict[str, Any] = {
    "organization": "acme",
    "audit": {"log": "audit.db", "key": {"file": "k"}},
    "sources": {"eu1": {"token": {"file": "t"}}},
}


def test_the_least_there_can_be(tmp_path: Path) -> None:
    path = tmp_path / "receiver.yml"
    path.write_text(yaml.safe_dump(LEAST))
    read_ = load_settings(path)
    assert (read_.listen, read_.public_url) == ("127.0.0.1:9393", "http://127.0.0.1:9393")
    assert read_.audit.origin_prefix == "acme/audit/monitoring/"
    assert read_.default_source == "eu1"


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"listen": "0.0.0.0:9393"}, "listen: others reach"),
        ({"sources": {"eu1": {}}}, "sources.eu1: the source has no credentials"),
        ({"sources": {"eu1": {"token": "hunter2"}}}, "a secret must not be written"),
        ({"unknown_notify": ["lead"]}, "unknown_notify.0: there is no notification `lead`"),
        ({"audit": {"log": "audit.db"}}, "audit.key: Field required"),
        ({"audti": {}}, "audti: Extra inputs"),
        ({"actions": {"a": {"command": ["/bin/a", "${b}"], "match": {"team": "x"}}}}, "no parameter `b`"),
    ],
)
def test_what_the_compiler_would_refuse_the_runtime_refuses(
    tmp_path: Path, said: dict[str, Any], why: str
) -> None:
    path = tmp_path / "receiver.yml"
    path.write_text(yaml.safe_dump(LEAST | said))
    with pytest.raises(ConfigError) as caught:
        load_settings(path)
    assert why in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_every_alert_is_in_the_list(tmp_path: Path) -> None:
    spec = tmp_path / "spec"
    (spec / "services").mkdir(parents=True)
    (spec / "main.yaml").write_text(
        """organization: acme
teams: {payments: {notify: {default: [mail]}}}
channels: {mail: {type: webhook, url: "http://127.0.0.1:9/"}}
audit: {log: a/audit.db, key: {file: k}}
receiver: {sources: {eu1: {token: {file: t}}}}
"""
    )
    (spec / "services" / "shop.yaml").write_text(
        """services:
  shop:
    team: payments
    runbook: https://wiki.acme.example/${alert}
    checks:
      home: {type: http, url: "http://127.0.0.1:9/", alert: {severity: low}}
    alerts:
      slow: {condition: {type: threshold, metric: m, operator: above, value: 1}, for: 5m, severity: high,
             description: Slow}
"""
    )
    one = compile_spec(read([spec]))
    assert one.stack is not None
    text = dict(OUTPUT.render(one.stack))["receiver/rules.json"]
    rules = {rule["alertname"]: rule for rule in json.loads(text)["rules"]}
    assert sorted(rules) == ["home_check_failed", "slow"]
    assert rules["slow"] == {
        "alertname": "slow",
        "service": "shop",
        "team": "payments",
        "severity": "high",
        "for": "5m",
        "summary": "slow on shop",
        "description": "Slow",
        "runbook": "https://wiki.acme.example/slow",
        "dashboard": "",
        "file": "services/shop.yaml",
        "line": 8,
    }
    assert rules["home_check_failed"]["line"] == 6


@pytest.mark.parametrize(
    ("credentials", "header"),
    [
        ("token: {file: FILE}", "Bearer hunter2"),
        ("username: am, password: {file: FILE}", "Basic YW06aHVudGVyMg=="),
    ],
)
def test_alertmanager_posts_a_copy_and_the_end(
    credentials: str, header: str, generation: Generation, tmp_path: Path
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("hunter2")
    with webhook_sink() as people, webhook_sink() as ours:
        files = built(
            f"""
channels: {{mail: {{type: webhook, url: "{people.url}/people"}}}}
audit: {{log: audit/audit.db, key: {{file: k}}}}
receiver: {{url: "{ours.url}", sources: {{eu1: {{{credentials.replace("FILE", str(secret))}}}}}}}
"""
        )
        for name, text in files.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(text)
        config = tmp_path / "alertmanager" / "alertmanager.yml"
        config.write_text(config.read_text().replace("group_interval: 30s", "group_interval: 1s"))
        with run_alertmanager(generation, config, storage=tmp_path) as server:
            _fire(server.url)
            # People wait out a longer `group_wait`; that they are told, too, amtool says elsewhere.
            wait_until(lambda: ours.posted)
            _fire(server.url, ended=True)
            wait_until(lambda: "resolved" in [post.body["status"] for post in ours.posted])
    first: Posted = ours.posted[0]
    assert first.path == "/api/v1/webhook/eu1"
    assert first.headers["authorization"] == header
    assert (first.body["receiver"], first.body["status"]) == ("monitorgen", "firing")
    assert first.body["alerts"][0]["labels"]["alertname"] == "errors"
    assert first.body["truncatedAlerts"] == 0


def _fire(url: str, *, ended: bool = False) -> None:
    now = datetime.now(UTC)
    labels = {"alertname": "errors", "service": "checkout", "team": "payments", "severity": "high"}
    alert = {"labels": labels, "startsAt": (now - timedelta(minutes=1)).isoformat()}
    if ended:
        alert["endsAt"] = (now - timedelta(seconds=1)).isoformat()
    requests.post(f"{url}/api/v2/alerts", json=[alert], timeout=60).raise_for_status()
