"""What counts as tested, and where the reasons for the rest come from."""

from pathlib import Path

import pytest
import yaml

from monitorgen.proofs.built_tree import BuiltTree
from monitorgen.proofs.coverage import UNTESTED, Coverage, coverage
from monitorgen.proofs.rule_files import BuiltAlert
from monitorgen.proofs.rule_tests import RuleTest, Watch, rule_tests_in

RULES = "prometheus/rules/a/b.yml"
LOW = BuiltAlert("odd", {"severity": "low", "team": "a"}, RULES)
HIGH = BuiltAlert("odd", {"severity": "high", "team": "a"}, RULES)
ELSEWHERE = BuiltAlert("odd", {"severity": "low", "team": "a"}, "prometheus/rules/a/c.yml")


def about(*watches: Watch, rules: tuple[str, ...] = (RULES,)) -> RuleTest:
    return RuleTest("prometheus/tests/a/b.test.yml", 0, "odd", rules, watches)


def watch(fires: bool, **labels: str) -> Watch:
    return Watch(tuple({"alertname": "odd", **labels}.items()), fires)


def untested(tree: BuiltTree, *tests: RuleTest) -> list[str]:
    return [one.untested for one in coverage(tree, (LOW, HIGH, ELSEWHERE), tests).alerts]


@pytest.fixture
def tree(tmp_path: Path) -> BuiltTree:
    """A tree that gives a reason for one alert."""
    path = tmp_path / UNTESTED
    path.parent.mkdir(parents=True)
    entry = {"alert": "odd", "rule_file": "rules/a/c.yml", "reason": "it is new"}
    path.write_text(yaml.safe_dump({"untested": [entry]}))
    return BuiltTree(tmp_path, (UNTESTED,))


NONE = "no test in the tree, and no reason given"
NEVER = "its tests never expect it to fire"


def test_a_test_is_about_the_alerts_that_have_all_its_labels(tree: BuiltTree) -> None:
    assert untested(tree) == [NONE, NONE, "it is new"]
    assert untested(tree, about(watch(True, severity="low"))) == ["", NONE, "it is new"]
    assert untested(tree, about(watch(True))) == ["", "", "it is new"]
    assert untested(tree, about(watch(True, alertstate="firing", team="a"))) == ["", "", "it is new"]
    assert untested(tree, about(watch(True, team="b"))) == [NONE, NONE, "it is new"]
    assert untested(tree, about(watch(True), rules=(RULES, ELSEWHERE.file))) == ["", "", ""]


def test_an_alert_never_expected_to_fire_is_not_tested(tree: BuiltTree) -> None:
    assert untested(tree, about(watch(False))) == [NEVER, NEVER, "it is new"]
    quiet, loud = watch(False), watch(True, severity="high")
    assert untested(tree, about(quiet, loud)) == [NEVER, "", "it is new"]
    assert untested(tree, about(quiet), about(loud)) == [NEVER, "", "it is new"]


def test_pending_is_not_firing(tree: BuiltTree) -> None:
    assert untested(tree, about(watch(True, alertstate="pending")))[:2] == [NONE, NONE]


def test_percentages() -> None:
    empty = BuiltTree(Path("/nowhere"), ())
    found = coverage(empty, (LOW, HIGH, ELSEWHERE), (about(watch(True)),))
    assert found.tested == 2
    assert found.percent == pytest.approx(66.67, abs=0.01)
    assert Coverage(()).percent == 100.0


FILE = """
rule_files: [../../rules/a/b.yml]
tests:
  - name: first
    promql_expr_test:
      - {expr: 'group(ALERTS{alertname="odd", severity="low", team!="x"})', exp_samples: [{labels: "{}"}]}
      - {expr: 'up == 0 or ALERTS{alertname="even"}', exp_samples: []}
      - {expr: 'up <'}
  - alert_rule_test:
      - {alertname: odd, exp_alerts: [{}]}
      - {alertname: even}
  - nothing
"""


def test_tests_as_they_stand_in_a_file(tmp_path: Path) -> None:
    file = "prometheus/tests/a/b.test.yml"
    (tmp_path / file).parent.mkdir(parents=True)
    (tmp_path / file).write_text(FILE)
    first, second, third = rule_tests_in(BuiltTree(tmp_path, (file,)), file)
    assert first == RuleTest(
        file,
        0,
        "first",
        (RULES,),
        (
            Watch((("alertname", "odd"), ("severity", "low")), True),
            Watch((("alertname", "even"),), False),
        ),
    )
    assert second.watches == (
        Watch((("alertname", "odd"),), True),
        Watch((("alertname", "even"),), False),
    )
    assert (third.index, third.watches) == (2, ())
