"""Rule files: what is written reads back as it was meant, by people's tools and by both generations."""

from pathlib import Path
from typing import Any

import yaml

from monitorgen.model.rules import AlertingRule, RecordingRule, RuleFile, RuleGroup
from monitorgen.outputs.rules import OUTPUT
from tests.support.nasty_strings import NASTY_STRINGS
from tests.support.servers import Generation, run_prometheus
from tests.support.stacks import stack

PLAIN = AlertingRule("up_gone", "up == 0", 0.0, 0.0, {}, {}, ())
FULL = AlertingRule(
    "errors",
    'sum(rate(http_requests_total{code=~"5.."}[5m])) > 0.05',
    300.0,
    600.0,
    {"severity": "critical"},
    {"description": "Error rate is {{ $value }}.\nLook at the logs."},
    (),
)
RECORDING = RecordingRule("job:up:sum", "sum by (job) (up)", {"service": "checkout"}, ())


def rendered(*groups: RuleGroup) -> str:
    ((path, text),) = OUTPUT.render(stack(rule_files=(RuleFile("rules/payments/checkout.yml", groups),)))
    assert path == "prometheus/rules/payments/checkout.yml"
    return text


def test_a_rule_says_what_it_is_given_and_no_more() -> None:
    groups = yaml.safe_load(
        rendered(RuleGroup("recordings", 60.0, (RECORDING,)), RuleGroup("alerts", 30.0, (PLAIN, FULL)))
    )["groups"]
    assert groups == [
        {
            "name": "recordings",
            "interval": "1m",
            "rules": [
                {"record": "job:up:sum", "expr": "sum by (job) (up)", "labels": {"service": "checkout"}}
            ],
        },
        {
            "name": "alerts",
            "interval": "30s",
            "rules": [
                {"alert": "up_gone", "expr": "up == 0"},
                {
                    "alert": "errors",
                    "expr": FULL.expr,
                    "for": "5m",
                    "keep_firing_for": "10m",
                    "labels": FULL.labels,
                    "annotations": FULL.annotations,
                },
            ],
        },
    ]


def test_no_rules_no_files() -> None:
    assert dict(OUTPUT.render(stack())) == {}


def test_any_text_arrives_in_a_real_prometheus(generation: Generation, tmp_path: Path) -> None:
    texts = [text for text in NASTY_STRINGS if "\0" not in text and "{{" not in text]
    rules = tuple(
        AlertingRule(f"a{number}", "up == 0 # on", 0.0, 0.0, {"text": text}, {"text": text}, ())
        for number, text in enumerate(texts)
    )
    (tmp_path / "rules.yml").write_text(rendered(RuleGroup("nasty", 3600.0, rules)), newline="")
    (tmp_path / "prometheus.yml").write_text("rule_files: [rules.yml]\n")
    with run_prometheus(generation, tmp_path / "prometheus.yml", storage=tmp_path / "run") as server:
        (group,) = server.get("/api/v1/rules").json()["data"]["groups"]
    found: list[dict[str, Any]] = group["rules"]
    # An empty label is no label.
    assert [rule["labels"].get("text", "") for rule in found] == texts
    assert [rule["annotations"]["text"] for rule in found] == texts
    assert {rule["query"] for rule in found} == {"up == 0"}
