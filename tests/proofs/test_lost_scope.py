"""Relabelling that takes away what conditions, scrapes and routes rest on."""

import pytest

from monitorgen.cli.pipeline import compile_spec
from monitorgen.source.tree import load_text

SPEC = """
organization: acme
teams: {payments: {notify: {default: [mail]}}}
channels: {mail: {type: webhook, url: "http://127.0.0.1:9/hook"}}
services:
  checkout:
    team: payments
    scrape: {api: {static: ["127.0.0.1:9"], JOB}}
servers: {prometheus: {SERVER}}
"""


def warned(job: str = "", server: str = "") -> list[str]:
    """The messages of the warnings about the scrape job, or the Prometheus, with these fields."""
    text = SPEC.replace(", JOB", f", {job}" if job else "").replace("{SERVER}", f"{{{server}}}")
    found = compile_spec(load_text(text)).diagnostics
    assert {d.code for d in found} <= {"MG0516"}, [d.message for d in found]
    return [d.message for d in found]


@pytest.mark.parametrize(
    ("step", "what"),
    [
        ("{action: labeldrop, regex: service}", "removes `service`"),
        ("{action: labeldrop, regex: 's.*|version'}", "removes `service`"),
        ("{action: labeldrop, regex: '__name__'}", "removes `__name__`"),
        ("{action: labelkeep, regex: 'instance|job'}", "removes `service`"),
        ("{action: labelkeep, regex: 'service|job'}", "removes `__name__`"),
        ("{target_label: service, replacement: ledger}", "changes `service`"),
        ("{target_label: service, replacement: ''}", "changes `service`"),
        ("{target_label: service}", "empties `service`"),
        ("{action: uppercase, source_labels: [service], target_label: service}", "changes `service`"),
        ("{action: hashmod, source_labels: [a], target_label: service, modulus: 4}", "changes `service`"),
    ],
)
def test_a_step_on_samples(step: str, what: str) -> None:
    assert warned(f"metric_relabel: [{step}]") == [f"this step {what}"]
    assert warned(f"extra: {{metric_relabel_configs: [{step}]}}") == [f"this step {what}"]


@pytest.mark.parametrize(
    "step",
    [
        "{action: labeldrop, regex: version}",
        "{action: labeldrop, regex: 'servic'}",
        "{action: labelkeep, regex: '__name__|service|instance'}",
        "{target_label: service, replacement: checkout}",
        "{source_labels: [exported_service], regex: (.+), target_label: service}",
        "{target_label: job, replacement: other}",
        "{target_label: team, replacement: other}",
        "{action: drop, source_labels: [service], regex: checkout}",
        "{source_labels: [__name__], regex: 'old_(.*)', target_label: __name__, replacement: 'new_$1'}",
    ],
)
def test_a_step_that_may_be_meant(step: str) -> None:
    assert warned(f"metric_relabel: [{step}]") == []


@pytest.mark.parametrize(
    ("step", "what"),
    [
        ("{action: labeldrop, regex: '__.*'}", "removes `__address__`"),
        ("{action: labeldrop, regex: '__meta_.*'}", ""),
        ("{action: labelkeep, regex: 'service|__address__'}", "removes `__scheme__`"),
        ("{action: labelkeep, regex: 'service|__.*'}", ""),
        ("{target_label: __address__, replacement: '127.0.0.1:9'}", ""),
    ],
)
def test_a_step_on_targets(step: str, what: str) -> None:
    assert warned(f"relabel: [{step}]") == ([f"this step {what}"] if what else [])


@pytest.mark.parametrize(
    ("step", "what"),
    [
        ("{action: labeldrop, regex: 'replica|team'}", "removes `team`"),
        ("{target_label: severity, replacement: low}", "changes `severity`"),
        ("{action: labeldrop, regex: replica}", ""),
    ],
)
def test_a_step_on_alerts(step: str, what: str) -> None:
    found = warned(server=f"extra: {{alerting: {{alert_relabel_configs: [{step}]}}}}")
    assert found == ([f"this step {what}"] if what else [])


def test_what_is_sent_elsewhere_may_lose_anything() -> None:
    steps = "[{action: labeldrop, regex: '.*'}]"
    assert warned(server=f"remote_write: [{{url: 'http://a', write_relabel: {steps}}}]") == []
