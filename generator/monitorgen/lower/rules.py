"""Alerts and recordings become rule files, and each alert its unit test."""

import posixpath
from collections.abc import Iterator

from monitorgen.lower.rule_tests import alert_test, example_test
from monitorgen.model import names
from monitorgen.model.frozen import frozen
from monitorgen.model.rule_tests import AlertTest, RuleTestFile, Untested
from monitorgen.model.rules import AlertingRule, RecordingRule, RuleFile, RuleGroup
from monitorgen.plan.values import PlannedAlert, PlannedService
from monitorgen.promql.pieces import render
from monitorgen.vocabulary.conditions.base import Evidence, Meaning

__all__ = [
    "GROUP_SIZE",
    "LoweredAlert",
    "LoweredService",
    "lower_service",
    "rule_file",
    "rule_folder",
    "rule_test_file",
    "untested_alerts",
]

GROUP_SIZE = 20
"""Rules of a group run one after the other, so a long group delays its last rule."""


@frozen
class LoweredAlert:
    """An alert with the meaning of its condition."""

    planned: PlannedAlert
    meaning: Meaning

    @property
    def expr(self) -> str:
        """The text of its expression, made when somebody writes it."""
        return render(self.meaning.expr)


@frozen
class LoweredService:
    """A service whose conditions have been given their meaning."""

    planned: PlannedService
    alerts: tuple[LoweredAlert, ...]


def lower_service(service: PlannedService) -> LoweredService:
    """The meaning of every condition of a service."""
    return LoweredService(
        service,
        tuple([LoweredAlert(alert, alert.condition.meaning(alert.scope)) for alert in service.alerts]),
    )


def rule_file(lowered: LoweredService) -> RuleFile:
    """The service's rules: recordings first, then the alerts that may rest on them."""
    service = lowered.planned
    recordings = [RecordingRule(r.record, r.expr, r.labels, r.path) for r in service.recordings]
    alerts = [_alerting_rule(alert) for alert in lowered.alerts]
    groups = (
        *_groups(f"{service.name}.recordings", service.evaluation_interval, recordings),
        *_groups(service.name, service.evaluation_interval, alerts),
    )
    return RuleFile(_path(service), groups)


def rule_test_file(service: PlannedService) -> RuleTestFile:
    """The unit tests of the service's alerts."""
    tests: list[AlertTest] = []
    for alert in service.alerts:
        evidence = alert.condition.evidence(alert.scope)
        tests += _tests(alert, evidence, service.evaluation_interval)
    rules = _path(service)
    return RuleTestFile(names.test_file(rules), rules, service.evaluation_interval, tuple(tests))


def untested_alerts(service: PlannedService) -> Iterator[Untested]:
    """The service's alerts that have no unit test, each with the reason."""
    for alert in service.alerts:
        if why := alert.condition.why_untested():
            yield Untested(alert.name, _path(service), why)


def rule_folder(service: PlannedService) -> str:
    """Where the service's rule file is, relative to the Prometheus folder."""
    return posixpath.dirname(_path(service))


def _path(service: PlannedService) -> str:
    return names.rule_file(service.team, service.name)


def _groups(
    name: str, interval: float, rules: list[RecordingRule] | list[AlertingRule]
) -> Iterator[RuleGroup]:
    for start in range(0, len(rules), GROUP_SIZE):
        number = start // GROUP_SIZE + 1
        label = name if number == 1 else f"{name}.{number}"
        yield RuleGroup(label, interval, tuple(rules[start : start + GROUP_SIZE]))


def _alerting_rule(alert: LoweredAlert) -> AlertingRule:
    planned = alert.planned
    return AlertingRule(
        planned.name,
        alert.expr,
        planned.for_,
        planned.cooldown,
        planned.labels,
        planned.annotations,
        planned.path,
    )


def _tests(alert: PlannedAlert, evidence: Evidence, evaluation_interval: float) -> Iterator[AlertTest]:
    labels = {"alertname": alert.name, **alert.labels}
    if evidence.behaviour is not None:
        yield alert_test(
            labels,
            evidence.behaviour,
            for_=alert.for_,
            keep=alert.cooldown,
            interval=alert.scope.interval,
            evaluation_interval=evaluation_interval,
            origin=alert.path,
        )
    for example in evidence.examples:
        yield example_test(labels, example, interval=evaluation_interval, origin=alert.path)
