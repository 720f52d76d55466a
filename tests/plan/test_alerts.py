"""What an alert carries and whom it tells, decided once."""

from monitorgen.cli.pipeline import compile_spec
from monitorgen.plan.values import Plan, PlannedAlert
from monitorgen.source.tree import load_text

SPEC = """
organization: acme
environment: prod
defaults: {{labels: {{region: eu, tier: back}}, for: 1m, runbook: "https://r.example/${{service}}/${{alert}}"}}
channels:
  hook: {{type: webhook, url: "http://127.0.0.1:9/"}}
  pager: {{type: webhook, url: "http://127.0.0.1:8/"}}
  off: {{type: webhook, url: "http://127.0.0.1:7/", enabled: false, reason: not yet}}
teams: {{ops: {{notify: {{critical: [pager, hook], default: [hook, off]}}}}}}
services:
  shop:
    team: ops
    labels: {{tier: front}}
    checks:
      pings: {{type: ping, host: gw, packet_count: 3, interval: 30s, alert: {{severity: critical}}}}
    alerts:
      full:
        condition: {{type: threshold, metric: q, operator: above, value: 1}}
        severity: low
        description: "${{service}} of ${{organization}}: {{{{ $value }}}}"
        {more}
"""


def plan(more: str = "") -> Plan:
    done = compile_spec(load_text(SPEC.format(more=more)))
    assert done.diagnostics == ()
    assert done.plan is not None
    return done.plan


def alert(name: str = "full", more: str = "") -> PlannedAlert:
    (service,) = plan(more).services
    return next(one for one in service.alerts if one.name == name)


def test_labels_are_fixed_and_those_nearer_win() -> None:
    assert alert(more="labels: {zone: a, region: us}").labels == {
        "severity": "low",
        "team": "ops",
        "service": "shop",
        "environment": "prod",
        "region": "us",
        "tier": "front",
        "zone": "a",
    }


def test_texts_are_filled_and_templates_left_alone() -> None:
    found = alert(more="tags: [a, b]").annotations
    assert found["summary"] == "full on shop"
    assert found["description"] == "shop of acme: {{ $value }}"
    assert found["runbook_url"] == "https://r.example/shop/full"
    assert found["tags"] == "a, b"
    assert (
        alert(more='runbook: "https://own.example/${team}"').annotations["runbook_url"]
        == "https://own.example/ops"
    )


def test_for_comes_from_the_defaults() -> None:
    assert alert().for_ == 60
    assert alert(more="for: 0s").for_ == 0


def test_an_alert_says_whom_it_tells_or_its_team_does() -> None:
    assert alert().channels is None
    assert alert(more="channels: [pager]").channels == ("pager",)
    assert alert(more="add_channels: [pager]").channels == ("hook", "pager")
    assert alert(more="add_channels: [pager]").labels["notify"] == "hook,pager"
    assert "notify" not in alert().labels


def test_a_channel_that_is_switched_off_is_left_out_of_every_policy() -> None:
    team = plan().teams["ops"]
    assert team.channels("critical") == ("hook", "pager")
    assert team.channels("low") == team.channels("unknown") == ("hook",)


def test_a_check_raises_its_own_alert() -> None:
    found = alert("pings_check_failed")
    assert found.labels["check"] == "pings"
    assert found.labels["severity"] == "critical"
    assert found.condition_path == ()
    assert found.for_ == 60  # two rounds of three probes, ten seconds apart
    (service,) = plan().services
    assert service.checks[0].interval == 10


def test_what_is_switched_off_is_not_planned() -> None:
    (service,) = plan("enabled: false\n        reason: being rebuilt").services
    assert [one.name for one in service.alerts] == ["pings_check_failed"]
