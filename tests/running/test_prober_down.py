"""While blackbox_exporter is down nobody looks at the services: the checks' own alerts say so."""

from pathlib import Path

from tests.running.shop import shop
from tests.support.servers import Generation, run_blackbox
from tests.support.sinks import WebhookSink, webhook_sink
from tests.support.stack_runner import build, free_addresses, run_stack
from tests.support.waiting import wait_until

_SPEC = """
organization: acme
defaults: {{scrape_interval: 1s, evaluation_interval: 1s}}
servers:
  prometheus: {{address: "{addresses.prometheus}"}}
  alertmanager: {{addresses: ["{addresses.alertmanager}"]}}
  blackbox_exporter: {{address: "{addresses.blackbox_exporter}"}}
routing: {{group_wait: 1s, group_interval: 1s, repeat_interval: 1h}}
channels: {{hook: {{type: webhook, url: {sink.url}/hook}}}}
teams: {{ops: {{notify: {{default: [hook]}}}}}}
services:
  checkout:
    team: ops
    checks:
      health: {{type: http, url: "http://{shop}/healthz", interval: 3s, timeout: 3s,
                alert: {{severity: critical, for: 4s}}}}
      shard:  {{type: tcp, host: 127.0.0.1, port: {port}, interval: 2s, timeout: 2s, labels: {{part: one}},
                alert: {{severity: critical, for: 4s}}}}
"""


def _states(sink: WebhookSink, alert: str) -> list[str]:
    said = [body for body in sink.bodies() if body["groupLabels"]["alertname"] == alert]
    return [body["status"] for body in said]


def test_checks_that_cannot_be_made_are_told(generation: Generation, tmp_path: Path) -> None:
    alerts = ("health_check_failed", "shard_check_failed")
    addresses, spec, tree = free_addresses(), tmp_path / "spec.yaml", tmp_path / "build"
    with webhook_sink() as sink, shop() as served:
        port = served.address.rpartition(":")[2]
        spec.write_text(_SPEC.format(addresses=addresses, sink=sink, shop=served.address, port=port))
        build(spec, tree)
        begun = "count(probe_success == 1) == 2"
        with run_stack(generation, tree, addresses, tmp_path / "storage", begun=begun) as stack:
            probed = stack.wait_for("probe_success == 1", 2)
            labels = {one["metric"]["check"]: one["metric"] for one in probed}
            wait_until(lambda: not stack.query("ALERTS"))

            stack.blackbox_exporter.stop()
            wait_until(lambda: all(_states(sink, alert) == ["firing"] for alert in alerts))
            assert stack.query("probe_success") == []
            for body in sink.bodies():
                (fired,) = body["alerts"]
                of_series = labels[fired["labels"]["check"]]
                assert of_series.items() - fired["labels"].items() == {("__name__", "probe_success")}

            # It comes back to a shop that is not well meanwhile: to people it is the same alert.
            served.healthy = False
            blackbox = tree / "blackbox/blackbox.yml"
            address = addresses.blackbox_exporter
            with run_blackbox(generation, blackbox, storage=tmp_path / "again", address=address):
                wait_until(lambda: _states(sink, "shard_check_failed") == ["firing", "resolved"])
                wait_until(lambda: stack.query("probe_success == 0"))
                assert _states(sink, "health_check_failed") == ["firing"]
                served.healthy = True
                wait_until(lambda: _states(sink, "health_check_failed") == ["firing", "resolved"])
