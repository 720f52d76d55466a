"""The stack as a whole: what goes into it, and what is said of what cannot."""

from pathlib import Path

from tests.lower.compiling import compiled, lowered

SPEC = """
teams: {shop: {notify: {default: [chat, pager, mail, spare]}}}
services:
  checkout:
    team: shop
    alerts:
      a:
        condition: {type: threshold, metric: m, operator: above, value: 1}
        severity: high
        description: d
"""


def test_outputs_switched_off_are_not_even_made(tmp_path: Path) -> None:
    whole = lowered(SPEC, tmp_path)
    assert whole.rule_tests
    assert len(whole.dashboards) == 2
    bare = lowered(SPEC + "emit: {grafana: false, rule_tests: false}\n", tmp_path)
    assert (len(bare.rule_tests), len(bare.dashboards)) == (0, 0)


def test_a_service_without_a_dashboard_is_not_on_the_overview_either(tmp_path: Path) -> None:
    off = SPEC + "    dashboard: {enabled: false, reason: drawn by hand}\n"
    (overview,) = lowered(off, tmp_path).dashboards
    assert "checkout" not in {link.title for r in overview.rows for p in r.panels for link in p.links}


def test_what_remote_write_adds_is_merged_not_replaced(tmp_path: Path) -> None:
    target = "{url: 'http://127.0.0.1:9/', tls: {server_name: a}, extra: {tls_config: {min_version: TLS13}}}"
    stack = lowered(SPEC + f"servers: {{prometheus: {{remote_write: [{target}]}}}}\n", tmp_path)
    (written,) = stack.servers.remote_write
    assert written.config["tls_config"] == {"server_name": "a", "min_version": "TLS13"}


def test_the_environment_is_a_label_of_alerts_and_an_external_label(tmp_path: Path) -> None:
    stack = lowered("environment: prod\n" + SPEC, tmp_path)
    assert stack.external_labels == {"environment": "prod"}
    ((group,),) = (file.groups for file in stack.rule_files)
    assert group.rules[0].labels["environment"] == "prod"
    said = "environment: prod\ndefaults: {external_labels: {environment: eu-prod, a: b}}\n"
    assert lowered(said + SPEC, tmp_path).external_labels == {"a": "b", "environment": "eu-prod"}


def test_what_a_condition_cannot_mean_is_said_at_its_field(tmp_path: Path) -> None:
    found = compiled(SPEC.replace("value: 1}", "value: 1, window: 5m}"), tmp_path)
    (problem,) = found.diagnostics
    assert problem.code == "MG0207"
    assert problem.span is not None
    line = found.sources[problem.span.file].text.splitlines()[problem.span.line - 1]
    assert line[problem.span.column - 1 :].startswith("5m")
