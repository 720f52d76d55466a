"""Dashboards say what they should, in PromQL every server reads, and every link in them leads somewhere."""

from pathlib import Path
from typing import Any

import promql_parser
import pytest

from monitorgen.lower.panels import (
    AlertPanel,
    CheckPanel,
    RecordingPanel,
    ServiceLine,
    overview,
    overview_uid,
    service_dashboard,
)
from monitorgen.model.panels import Dashboard, Graph
from monitorgen.outputs.yaml_text import emit
from tests.support.servers import Generation

ERRORS = AlertPanel(
    name="high_error_rate",
    severity="critical",
    expr='error_rate{service="checkout"} > 0.05',
    description="Error rate exceeds 5%",
    graph=Graph('error_rate{service="checkout"}', 0.05, "above", "ratio"),
    runbook="https://runbooks.acme.example/checkout/high_error_rate",
)
ODD = AlertPanel("odd", "low", 'sum(rate(x{path=~"/a$"}[5m])) > 3 # odd', "Odd", title="Something odd")
HEALTH = CheckPanel("health", "http", "https://checkout.acme.example/healthz")

CHECKOUT = service_dashboard(
    "checkout",
    team="payments",
    description="Takes the money",
    alerts=(ERRORS, ODD),
    checks=(HEALTH,),
    jobs=("checkout-api",),
    links=(("Code", "https://git.acme.example/checkout"),),
)
SERVICES = (ServiceLine("ledger", "books"), ServiceLine("checkout", "payments", "Takes the money"))
ALL = overview(SERVICES, organization="acme")


def outline(dashboard: Dashboard) -> str:
    """Rows and panels, one a line, each with its queries."""
    lines = []
    for row in dashboard.rows:
        lines.append(f"# {row.title}")
        for panel in row.panels:
            lines.append(f"{panel.title} ({panel.kind}, {panel.width})")
            lines += [f"    {query.expr}" for query in panel.queries]
    return "\n".join(lines)


def test_a_service_shows_alerts_checks_targets_and_each_expression() -> None:
    assert (
        outline(CHECKOUT)
        == """\
# Now
About (text, 24)
Firing alerts (stat, 8)
    count(ALERTS{alertstate="firing", service="checkout"}) or vector(0)
Checks down (stat, 8)
    count(probe_success{service="checkout"}) - sum(probe_success{service="checkout"})
Targets down (stat, 8)
    count(up{service="checkout", check=""}) - sum(up{service="checkout", check=""})
Pending and firing alerts (table, 24)
    ALERTS{service="checkout"}
# Checks
Checks (states, 12)
    probe_success{service="checkout"}
Time the checks take (timeseries, 12)
    probe_duration_seconds{service="checkout"}
# Targets
Share of targets that are up (timeseries, 12)
    avg by (job) (up{service="checkout", check=""})
Targets that are down (table, 12)
    up{service="checkout", check=""} == 0
# Alerts
high_error_rate (timeseries, 12)
    error_rate{service="checkout"}
Something odd (timeseries, 12)
    sum(rate(x{path=~"/a$"}[5m])) > 3 # odd"""
    )


def test_the_overview_shows_what_fires_what_is_down_and_every_service() -> None:
    assert (
        outline(ALL)
        == """\
# Now
Firing alerts (stat, 8)
    count(ALERTS{alertstate="firing"}) or vector(0)
Checks down (stat, 8)
    count(probe_success{service!=""}) - sum(probe_success{service!=""})
Targets down (stat, 8)
    count(up{service!="", check=""}) - sum(up{service!="", check=""})
Firing alerts by severity (timeseries, 8)
    count by (severity) (ALERTS{alertstate="firing"})
Firing alerts by team (timeseries, 8)
    count by (team) (ALERTS{alertstate="firing"})
Firing alerts by service (timeseries, 8)
    count by (service) (ALERTS{alertstate="firing"})
Firing alerts (table, 24)
    ALERTS{alertstate="firing"}
Checks that fail (table, 12)
    probe_success{service!=""} == 0
Targets that are down (table, 12)
    up{service!="", check=""} == 0
# Services
books (links, 8)
payments (links, 8)"""
    )


def test_an_alert_is_drawn_with_its_threshold_unit_and_runbook() -> None:
    (panel, raw) = CHECKOUT.rows[-1].panels
    assert (panel.threshold, panel.side, panel.unit) == (0.05, "above", "ratio")
    assert [(link.title, link.url) for link in panel.links] == [("Runbook", ERRORS.runbook)]
    assert panel.description == "Error rate exceeds 5%\n\nSeverity: critical."
    assert (raw.threshold, raw.links) == (None, ())
    assert "the alert's own expression" in raw.description


def test_rows_with_nothing_to_show_are_left_out() -> None:
    bare = service_dashboard("bare", team="payments")
    assert [row.title for row in bare.rows] == ["Now"]
    assert "down" not in outline(bare)


def test_recorded_series_are_drawn_for_their_service_alone() -> None:
    recorded = service_dashboard(
        "checkout", team="payments", recordings=(RecordingPanel("a:b:c", "What is left"),)
    )
    (panel,) = recorded.rows[-1].panels
    assert (panel.title, panel.description) == ("a:b:c", "What is left")
    assert [query.expr for query in panel.queries] == ['a:b:c{service="checkout"}']


def test_the_overview_links_to_the_servers_people_can_reach() -> None:
    whole = overview((), organization="acme", links=(("Prometheus", "https://prometheus.acme.example"),))
    assert [(link.title, link.url) for link in whole.links] == [
        ("Prometheus", "https://prometheus.acme.example")
    ]


def test_every_link_between_dashboards_leads_to_one_that_is_built() -> None:
    built = [service_dashboard(s.name, team=s.team, environment="prod") for s in SERVICES]
    whole = overview(SERVICES, organization="acme", environment="prod")
    uids = {dashboard.uid for dashboard in (*built, whole)}
    links = [
        link
        for dashboard in (*built, whole)
        for link in (
            *dashboard.links,
            *(p_link for row in dashboard.rows for p in row.panels for p_link in p.links),
        )
    ]
    assert len(links) == 4
    assert {link.uid for link in links} == uids


def test_a_click_on_a_service_finds_its_dashboard_by_tag() -> None:
    tags = {column.tag for row in ALL.rows for panel in row.panels for column in panel.columns if column.tag}
    assert tags == {"service:"}
    assert "service:checkout" in CHECKOUT.tags


def test_identities_rest_on_names_alone() -> None:
    changed = service_dashboard("checkout", team="ledger", description="Else", alerts=(ODD,))
    assert changed.uid == CHECKOUT.uid
    assert [p.key for p in changed.rows[-1].panels] == [CHECKOUT.rows[-1].panels[1].key] == ["alert/odd"]
    named = {
        service_dashboard(name, team="t", environment=e).uid for name in ("a", "b") for e in ("", "prod")
    }
    assert len(named) == 4
    assert overview_uid("prod") != overview_uid()
    assert all(8 <= len(uid) <= 40 for uid in {*named, overview_uid("x" * 100)})


@pytest.fixture(scope="module")
def expressions() -> list[str]:
    """Every expression of the dashboards, some about a service whose name needs care."""
    hostile = service_dashboard('a"b\\c', team="t", checks=(HEALTH,), jobs=("j",), alerts=(ERRORS, ODD))
    return [
        query.expr
        for dashboard in (CHECKOUT, ALL, hostile)
        for row in dashboard.rows
        for panel in row.panels
        for query in panel.queries
    ]


def test_every_expression_parses(expressions: list[str]) -> None:
    assert len(expressions) > 25
    for expr in expressions:
        promql_parser.parse(expr)


def test_every_expression_is_accepted_by_promtool(
    expressions: list[str], generation: Generation, tmp_path: Path
) -> None:
    rules = [{"record": f"panel:number:{number}", "expr": expr} for number, expr in enumerate(expressions)]
    (tmp_path / "rules.yml").write_text(emit({"groups": [{"name": "panels", "rules": rules}]}))
    result = generation.promtool("check", "rules", tmp_path / "rules.yml")
    assert result.returncode == 0, result.stderr
    assert f"{len(expressions)} rules found" in result.stdout


HEALTHY = {'probe_success{service="checkout",check="a"}': 1, 'up{service="checkout",instance="x"}': 1}
BROKEN = HEALTHY | {
    'probe_success{service="checkout",check="b"}': 0,
    'up{service="checkout",instance="y"}': 0,
    'up{service="checkout",instance="z"}': 0,
    'up{service="checkout",check="b"}': 0,
    'ALERTS{service="checkout",alertstate="firing",alertname="e"}': 1,
    'ALERTS{service="checkout",alertstate="pending",alertname="p"}': 1,
    'ALERTS{service="other",alertstate="firing",alertname="e"}': 1,
}


@pytest.mark.parametrize(
    ("series", "counts"),
    [(HEALTHY, [0, 0, 0]), (BROKEN, [1, 1, 2]), ({}, [0, None, None])],
    ids=["healthy", "broken", "blind"],
)
def test_counts_are_right_and_a_blind_server_shows_no_healthy_zero(
    series: dict[str, int], counts: list[int | None], generation: Generation, tmp_path: Path
) -> None:
    stats = [panel for panel in CHECKOUT.rows[0].panels if panel.kind == "stat"]
    expected = [
        {
            "expr": panel.queries[0].expr,
            "eval_time": "1m",
            "exp_samples": [] if count is None else [{"labels": "{}", "value": count}],
        }
        for panel, count in zip(stats, counts, strict=True)
    ]
    inputs = [{"series": name, "values": f"{value}x5"} for name, value in series.items()]
    test: dict[str, Any] = {"interval": "30s", "input_series": inputs, "promql_expr_test": expected}
    (tmp_path / "test.yml").write_text(emit({"tests": [test]}))
    result = generation.promtool("test", "rules", tmp_path / "test.yml")
    assert result.returncode == 0, result.stdout + result.stderr
