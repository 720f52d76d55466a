"""Conditions on their way to promtool: the rule file and the test file that a real build would hold."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from monitorgen.lower.rule_tests import alert_test, example_test
from monitorgen.model import names
from monitorgen.model.rule_tests import AlertTest, RuleTestFile
from monitorgen.model.rules import AlertingRule, RuleFile, RuleGroup
from monitorgen.outputs import rule_tests, rules
from monitorgen.promql.pieces import Matcher, render
from monitorgen.proofs.promtool import Promtool
from monitorgen.vocabulary.conditions import AnyCondition
from monitorgen.vocabulary.conditions.base import Condition, Scope
from tests.support.servers import Generation
from tests.support.stacks import stack

__all__ = ["CHECKOUT", "Case", "condition", "failures", "written"]

CHECKOUT = Scope((Matcher("service", "=", "checkout"),), {"service": "checkout"}, 30.0)

_AT_ONCE = 20
"""How many test files one call of promtool judges: for hundreds it takes minutes and gigabytes."""

_CONDITIONS: TypeAdapter[Condition] = TypeAdapter(AnyCondition)


def condition(**fields: Any) -> Condition:
    """A condition, from the fields a spec would give."""
    return _CONDITIONS.validate_python(fields)


@dataclass(frozen=True, slots=True)
class Case:
    """One alert: its condition and timing, in seconds."""

    name: str
    condition: Mapping[str, Any]
    for_: float = 0.0
    keep: float = 0.0
    interval: float = 30.0
    evaluation_interval: float = 30.0

    @property
    def rule_path(self) -> str:
        """Where its rule file goes."""
        return names.rule_file("payments", self.name)

    def files(self) -> tuple[RuleFile, RuleTestFile]:
        """Its rule file and the tests for it."""
        scope = Scope(CHECKOUT.matchers, CHECKOUT.labels, self.interval)
        meant = condition(**self.condition)
        meaning, evidence = meant.meaning(scope), meant.evidence(scope)
        labels = {"severity": "high", "service": "checkout"}
        rule = AlertingRule(self.name, render(meaning.expr), self.for_, self.keep, labels, {}, ())
        fixed = {"alertname": self.name, **labels}
        tests: list[AlertTest] = []
        if evidence.behaviour is not None:
            tests.append(
                alert_test(
                    fixed,
                    evidence.behaviour,
                    for_=self.for_,
                    keep=self.keep,
                    interval=self.interval,
                    evaluation_interval=self.evaluation_interval,
                    origin=(),
                )
            )
        tests += [example_test(fixed, example, self.interval, ()) for example in evidence.examples]
        path = self.rule_path
        return (
            RuleFile(path, (RuleGroup(self.name, self.evaluation_interval, (rule,)),)),
            RuleTestFile(names.test_file(path), path, self.evaluation_interval, tuple(tests)),
        )


def written(cases: Iterable[Case], folder: Path) -> list[str]:
    """Writes every case's two files below `folder`; the paths of the test files."""
    made = [case.files() for case in cases]
    built = stack(rule_files=tuple(r for r, _ in made), rule_tests=tuple(t for _, t in made))
    paths = []
    for output in (rules.OUTPUT, rule_tests.OUTPUT):
        for path, text in output.render(built):
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text)
            paths.append(path)
    return paths[len(made) :]


def failures(generation: Generation, folder: Path, tests: list[str]) -> dict[str, str]:
    """What promtool says of each of the test files that does not pass, by path."""
    promtool = Promtool(generation.bin / "promtool")
    found = {}
    for start in range(0, len(tests), _AT_ONCE):
        files = [folder / path for path in tests[start : start + _AT_ONCE]]
        for finding in promtool.test_rules(files).findings:
            found[finding.file.removeprefix(f"{folder}/")] = finding.message
    return found
