"""The whole plan, lowered: what the outputs are rendered from."""

from collections.abc import Mapping
from functools import partial
from types import MappingProxyType

from monitorgen.lower.audit import audit_settings
from monitorgen.lower.clouds import accounts, aws_role_arn
from monitorgen.lower.dashboards import dashboards
from monitorgen.lower.jobs import probe_jobs, scrape_jobs
from monitorgen.lower.receiver import receiver_rules, receiver_settings
from monitorgen.lower.routes import routing_tree
from monitorgen.lower.rules import lower_service, rule_file, rule_folder, rule_test_file, untested_alerts
from monitorgen.model.diagnostic import Diagnostic
from monitorgen.model.lazy import Lazy
from monitorgen.model.merging import merged
from monitorgen.model.rules import Path
from monitorgen.model.stack import RemoteWrite, Servers, Stack
from monitorgen.plan.values import Plan
from monitorgen.spec import sections
from monitorgen.spec.validate import Spec
from monitorgen.vocabulary.problem import Problem

__all__ = ["lower"]

_AS_SHOWN: Mapping[str, str] = MappingProxyType({})


def lower(plan: Plan, spec: Spec, files: Mapping[str, str] = _AS_SHOWN) -> tuple[Stack, list[Diagnostic]]:
    """The stack, and a diagnostic for everything a kind cannot mean or an output cannot express.

    `files` are the paths of the spec's files within the spec, by those in its spans.
    """
    found: list[Diagnostic] = []
    services = [lower_service(service) for service in plan.services]
    for service in services:
        for alert in service.alerts:
            for problem in alert.meaning.problems:
                found.append(_placed(spec, alert.planned.condition_path, problem))
    routing, problems = routing_tree(plan)
    found += [_placed(spec, path, problem) for path, problem in problems]
    jobs, modules = probe_jobs(plan)
    clouds = accounts(plan.clouds)
    aws_role = aws_role_arn(plan.clouds.aws) if plan.clouds.aws is not None else ""
    ruled = [s for s in services if s.alerts or s.planned.recordings]
    tested = [s for s in plan.services if s.alerts] if plan.emit.rules and plan.emit.rule_tests else []
    stack = Stack(
        organization=plan.organization,
        environment=plan.environment,
        compatible_with=plan.compatible_with,
        scrape_interval=plan.scrape_interval,
        scrape_timeout=plan.scrape_timeout,
        evaluation_interval=plan.evaluation_interval,
        external_labels=plan.external_labels,
        servers=_servers(plan.servers),
        jobs=scrape_jobs(plan, aws_role),
        probe_jobs=jobs,
        probe_modules=modules,
        rule_folders=tuple(sorted({rule_folder(s.planned) for s in ruled})),
        rule_files=Lazy([partial(rule_file, s) for s in ruled]),
        rule_tests=Lazy([partial(rule_test_file, s) for s in tested]),
        untested=tuple(alert for s in tested for alert in untested_alerts(s)),
        routing=routing,
        dashboards=dashboards(plan, services) if plan.emit.grafana else (),
        clouds=clouds,
        audit=audit_settings(plan),
        receiver=receiver_settings(plan),
        receiver_rules=receiver_rules(plan, spec, files) if plan.receiver is not None else (),
    )
    return stack, found


def _placed(spec: Spec, path: Path, problem: Problem) -> Diagnostic:
    span = spec.span((*path, problem.field)) if problem.field else spec.span(path, "key")
    return problem.code.at(span, problem.message, hint=problem.hint)


def _servers(given: sections.Servers) -> Servers:
    prometheus, alertmanager = given.prometheus, given.alertmanager
    return Servers(
        alertmanager_addresses=tuple(alertmanager.addresses),
        alertmanager_scheme=alertmanager.scheme,
        alertmanager_path_prefix=alertmanager.path_prefix,
        blackbox_address=given.blackbox_exporter.address,
        prometheus_address=prometheus.address,
        grafana_datasource=given.grafana.datasource,
        remote_write=tuple(_remote_write(target) for target in prometheus.remote_write),
        prometheus_extra=prometheus.extra,
    )


def _remote_write(target: sections.RemoteWriteTarget) -> RemoteWrite:
    config: dict[str, object] = {"url": target.url}
    if target.name is not None:
        config["name"] = target.name
    if target.headers:
        config["headers"] = dict(sorted(target.headers.items()))
    config |= target.client_settings()
    if target.write_relabel:
        config["write_relabel_configs"] = [step.config() for step in target.write_relabel]
    return RemoteWrite(merged(config, target.extra))
