"""A spec of any size: services with five alerts and two checks each, as a platform team would have them."""

from pathlib import Path

__all__ = ["write_mixin", "write_spec"]

_HEAD = """\
organization: bench
environment: prod
defaults: {{labels: {{region: eu-west-1}}, runbook: "https://runbooks.example/${{service}}/${{alert}}"}}
channels:
  mail: {{type: email, smtp_server: smtp.example, from_email: mon@example, recipients: [ops@example]}}
  chat: {{type: slack, webhook_url: {{file: /run/secrets/slack}}, channel: "#ops"}}
  pager: {{type: pagerduty, integration_key: {{file: /run/secrets/pagerduty}}}}
teams:
"""

_TEAM = "  team{0:03}: {{notify: {{critical: [pager, chat], default: [chat]}}}}\n"

_SERVICE = """\
  service{0:05}:
    team: team{1:03}
    description: The service number {0} of the benchmark
    scrape:
      api: {{static: ["service{0}-1:9102", "service{0}-2:9102"], interval: 15s}}
    checks:
      health:
        type: http
        url: https://service{0}.example/healthz
        expected_status: 200
        alert: {{severity: critical}}
      database: {{type: tcp, host: "db{0}", port: 5432, alert: {{severity: high}}}}
    alerts:
      high_error_rate:
        condition: {{type: threshold, metric: error_rate, operator: above, value: {2}%}}
        for: 5m
        severity: critical
        description: "{{{{ $value | humanizePercentage }}}} of the requests fail"
      slow_requests:
        condition:
          type: threshold
          metric: request_duration_seconds_p99
          operator: above
          value: {3}ms
          function: avg
          window: 10m
        severity: high
        description: Requests are slow
      queue_growing:
        condition: {{type: trend, metric: queue_length, direction: increasing, window: 30m, by: {3}}}
        severity: medium
        description: More comes in than goes out
      no_heartbeat:
        condition: {{type: absence, metric: heartbeat, window: 5m}}
        severity: high
        description: The worker is silent
      busy_workers:
        condition:
          type: threshold
          metric: worker_busy_seconds_total
          function: rate
          window: 5m
          aggregate: sum
          by: [instance]
          operator: at_least
          value: 0.{2}
        for: 10m
        severity: low
        description: The workers of {{{{ $labels.instance }}}} have no air left
"""


def write_spec(folder: Path, services: int, *, per_file: int = 50, dashboards: bool = True) -> int:
    """Writes a spec of that many services into `folder`, fifty to a file; returns its size in bytes."""
    (folder / "services").mkdir(parents=True)
    teams = max(1, services // 50)
    head = _HEAD.format() + "".join(_TEAM.format(number) for number in range(teams))
    if not dashboards:
        head += "emit: {grafana: false}\n"
    (folder / "bench.yaml").write_text(head)
    size = len(head)
    for start in range(0, services, per_file):
        text = "services:\n" + "".join(
            _SERVICE.format(number, number % teams, 1 + number % 9, 100 + number % 900)
            for number in range(start, min(start + per_file, services))
        )
        (folder / "services" / f"{start:05}.yaml").write_text(text)
        size += len(text)
    return size


_MIXIN = """\
emit: {{prometheus: false, rule_tests: false, alertmanager: false, blackbox: false, terraform: false}}
profiles:
  plain:
    dashboard: {{enabled: false, reason: the mixin draws none for these}}
    alerts:
{0}  drawn:
    alerts:
{1}services:
{2}"""

_DRAWN = """\
      panel_{0}:
        condition:
          type: threshold
          metric: metric_{0}_total
          function: rate
          window: 5m
          aggregate: sum
          by: [instance]
          operator: above
          value: {0}
        for: 5m
        severity: low
        description: Metric {0} is too high
"""


def write_mixin(folder: Path, *, plain: int, drawn: int, alerts: int) -> None:
    """What `mixin.jsonnet` makes: `plain` services of five alerts, `drawn` ones of `alerts` with dashboards.

    What all services share stands once, in a profile, as it does in a function of that program.
    """
    shared = _SERVICE.split("    alerts:\n")[1].format(0, 0, 5, 500)
    panels = "".join(_DRAWN.format(number) for number in range(1, alerts + 1))
    services = "".join(
        f"  service{number:05}: {{team: team{number % 40:03}, use: [{_kind(number, plain)}]}}\n"
        for number in range(plain + drawn)
    )
    folder.mkdir(parents=True)
    text = _HEAD.format() + "".join(_TEAM.format(number) for number in range(40))
    (folder / "mixin.yaml").write_text(text + _MIXIN.format(shared, panels, services))


def _kind(number: int, plain: int) -> str:
    return "plain" if number < plain else "drawn"
