"""promtool's unit tests as text, and that they can fail."""

from dataclasses import replace
from pathlib import Path

import yaml

from monitorgen.model.rule_tests import AlertTest, Expectation, InputSeries, RuleTestFile, Untested
from monitorgen.model.rules import AlertingRule, RuleFile, RuleGroup
from monitorgen.outputs import rule_tests, rules
from tests.support.servers import Generation
from tests.support.stacks import stack

RULE = AlertingRule(
    "busy", "jobs > 5", 60.0, 0.0, {"service": "a.b"}, {"description": "{{ $value }} jobs"}, ()
)
TEST = AlertTest(
    {"alertname": "busy", "service": "a.b"},
    15.0,
    (InputSeries('jobs{queue="on"}', "5+0x3 6+0x8"),),
    (Expectation(90.0, False, "it has not lasted long enough"), Expectation(120.0, True, "it has")),
    (),
)
FILE = RuleTestFile("tests/payments/checkout.test.yml", "rules/payments/checkout.yml", 30.0, (TEST,))
UNTESTED = Untested("raw", FILE.rule_file, "no idea")


def test_a_test_file_asks_whether_alerts_fire() -> None:
    ((path, text),) = rule_tests.OUTPUT.render(stack(rule_tests=(FILE,)))
    asked = 'group(ALERTS{alertname="busy", service="a.b", alertstate="firing"})'
    assert path == "prometheus/tests/payments/checkout.test.yml"
    assert yaml.safe_load(text) == {
        "rule_files": ["../../rules/payments/checkout.yml"],
        "evaluation_interval": "30s",
        "tests": [
            {
                "name": "busy",
                "interval": "15s",
                "input_series": [{"series": 'jobs{queue="on"}', "values": "5+0x3 6+0x8"}],
                "promql_expr_test": [
                    {"expr": asked, "eval_time": "1m30s", "exp_samples": []},
                    {"expr": asked, "eval_time": "2m", "exp_samples": [{"labels": "{}", "value": 1}]},
                ],
            }
        ],
    }


def test_alerts_without_a_test_are_listed_with_their_reason() -> None:
    ((path, text),) = rule_tests.OUTPUT.render(
        stack(rule_tests=(replace(FILE, tests=()),), untested=(UNTESTED,))
    )
    assert path == "prometheus/tests/untested.yml"
    assert yaml.safe_load(text) == {
        "untested": [{"alert": "raw", "rule_file": FILE.rule_file, "reason": "no idea"}]
    }


def passes(generation: Generation, folder: Path, test: AlertTest) -> bool:
    rule_file = RuleFile(FILE.rule_file, (RuleGroup("a", 30.0, (RULE,)),))
    given = stack(rule_files=(rule_file,), rule_tests=(replace(FILE, tests=(test,)),))
    for output in (rules.OUTPUT, rule_tests.OUTPUT):
        for path, text in output.render(given):
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text)
    return generation.promtool("test", "rules", folder / "prometheus" / FILE.path).returncode == 0


def test_promtool_agrees_and_disagrees(generation: Generation, tmp_path: Path) -> None:
    assert passes(generation, tmp_path, TEST)
    for number, expected in enumerate(TEST.expectations):
        wrong = list(TEST.expectations)
        wrong[number] = replace(expected, fires=not expected.fires)
        assert not passes(generation, tmp_path, replace(TEST, expectations=tuple(wrong)))
    assert not passes(generation, tmp_path, replace(TEST, labels={**TEST.labels, "service": "aXb"}))
