"""The servers of both generations start, are what they are taken for, and end with the block."""

from pathlib import Path

import pytest
import requests

from tests.support.processes import ServerFailedError
from tests.support.servers import Generation, run_alertmanager, run_blackbox, run_prometheus
from tests.support.sinks import smtp_sink
from tests.support.waiting import wait_until

ALERTMANAGER = "route: {receiver: nobody}\nreceivers: [{name: nobody}]\n"


def written(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def test_prometheus(generation: Generation, tmp_path: Path) -> None:
    config = written(tmp_path / "prometheus.yml", "global: {scrape_interval: 17s}\n")
    with run_prometheus(generation, config, storage=tmp_path) as server:
        about = server.get("/api/v1/status/buildinfo").json()["data"]
        assert about["version"] == generation.versions["prometheus"]
        assert "scrape_interval: 17s" in server.get("/api/v1/status/config").json()["data"]["yaml"]

        written(config, "global: {scrape_interval: 19s}\n")
        server.reload()
        assert "scrape_interval: 19s" in server.get("/api/v1/status/config").json()["data"]["yaml"]
    with pytest.raises(requests.ConnectionError):
        server.get("/-/ready")


def test_alertmanager(generation: Generation, tmp_path: Path) -> None:
    config = written(tmp_path / "alertmanager.yml", ALERTMANAGER)
    with run_alertmanager(generation, config, storage=tmp_path) as server:
        status = server.get("/api/v2/status").json()
        assert status["versionInfo"]["version"] == generation.versions["alertmanager"]
        assert status["cluster"]["status"] == "disabled"


def test_blackbox_exporter(generation: Generation, tmp_path: Path) -> None:
    config = written(tmp_path / "blackbox.yml", "modules: {up: {prober: http, timeout: 5s}}\n")
    with run_blackbox(generation, config, storage=tmp_path) as server:
        version = generation.versions["blackbox_exporter"]
        assert f'version="{version}"' in server.get("/metrics").text
        probe = server.get("/probe", module="up", target=f"{server.url}/metrics").text
        assert "\nprobe_success 1\n" in probe


def test_promtool(generation: Generation, tmp_path: Path) -> None:
    rules = written(tmp_path / "rules.yml", "groups: [{name: g, rules: [{record: 'a:b', expr: 'sum('}]}]\n")
    refused = generation.promtool("check", "rules", rules)
    assert refused.returncode == 1
    assert "unclosed left parenthesis" in refused.stderr


def test_amtool(generation: Generation, tmp_path: Path) -> None:
    assert generation.amtool("check-config", written(tmp_path / "a.yml", ALERTMANAGER)).returncode == 0
    refused = generation.amtool("check-config", written(tmp_path / "b.yml", "route: {receiver: nobody}\n"))
    assert refused.returncode == 1


def test_amtool_has_the_default_templates(generation: Generation, tmp_path: Path) -> None:
    written(tmp_path / "ours.tmpl", '{{ define "ours" }}{{ template "__subject" . }}{{ end }}')
    config = written(tmp_path / "alertmanager.yml", ALERTMANAGER + "templates: [ours.tmpl]\n")
    checked = generation.amtool("check-config", config)
    assert checked.returncode == 0, checked.stderr


def test_alertmanager_has_the_default_templates(generation: Generation, tmp_path: Path) -> None:
    with smtp_sink() as sink:
        email = f"{{smarthost: '{sink.host}:{sink.port}', from: am@acme.example, to: ops@acme.example"
        config = written(
            tmp_path / "alertmanager.yml",
            "route: {receiver: ops, group_wait: 0s}\n"
            f"receivers: [{{name: ops, email_configs: [{email}, require_tls: false}}]}}]\n",
        )
        with run_alertmanager(generation, config, storage=tmp_path) as server:
            alerts = [{"labels": {"alertname": "Down", "service": "checkout"}}]
            requests.post(f"{server.url}/api/v2/alerts", json=alerts, timeout=60).raise_for_status()
            wait_until(lambda: sink.mails)
    (mail,) = sink.mails
    assert str(mail.message["Subject"]).startswith("[FIRING:1]")
    assert "checkout" in mail.part("text/html")


def test_blackbox_config_check(generation: Generation, tmp_path: Path) -> None:
    config = written(tmp_path / "blackbox.yml", "modules: {up: {prober: http, timeouts: 5s}}\n")
    refused = generation.blackbox_exporter("--config.check", f"--config.file={config}")
    assert refused.returncode == 1


def test_a_server_that_refuses_its_configuration(generation: Generation, tmp_path: Path) -> None:
    config = written(tmp_path / "alertmanager.yml", "route: {receiver: nobody}\n")
    with (
        pytest.raises(ServerFailedError, match="undefined receiver"),
        run_alertmanager(generation, config, storage=tmp_path),
    ):
        pass


def test_the_log_is_shown_when_the_block_fails(
    generation: Generation, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = written(tmp_path / "alertmanager.yml", ALERTMANAGER)
    with (
        pytest.raises(AssertionError, match="last value"),
        run_alertmanager(generation, config, storage=tmp_path) as server,
    ):
        wait_until(lambda: server.get("/api/v2/alerts").json(), timeout=0.1)
    assert "Starting Alertmanager" in capsys.readouterr().err
