"""Scrape jobs, and the probes and modules of the checks."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from monitorgen.model import names
from monitorgen.model.duration import format_duration
from monitorgen.model.scraping import Probe, ProbeJob, ProbeModule, ScrapeJob
from monitorgen.plan.values import Plan, PlannedJob
from monitorgen.spec.service import Scrape
from monitorgen.vocabulary.discovery.base import DiscoveryContext

__all__ = ["probe_jobs", "scrape_jobs"]


def scrape_jobs(plan: Plan, aws_role: str) -> tuple[ScrapeJob, ...]:
    """Every scrape job of the plan, by service and name; AWS is discovered with `aws_role`, if any."""
    return tuple(
        _scrape_job(service.name, job, aws_role) for service in plan.services for job in service.jobs
    )


def _scrape_job(service: str, job: PlannedJob, aws_role: str) -> ScrapeJob:
    scrape = job.scrape
    return ScrapeJob(
        name=job.job,
        interval=job.interval,
        timeout=job.timeout,
        metrics_path=scrape.path,
        scheme=scrape.scheme,
        discoveries=scrape.targets(DiscoveryContext(service, job.name, aws_role)),
        labels=job.labels,
        settings=_settings(scrape),
        relabel=tuple(step.config() for step in scrape.relabel),
        metric_relabel=tuple(step.config() for step in scrape.metric_relabel),
        origin=job.path,
        extra=scrape.extra,
    )


def _settings(scrape: Scrape) -> dict[str, Any]:
    settings: dict[str, Any] = {}
    if scrape.honor_labels:
        settings["honor_labels"] = True
    if scrape.params:
        settings["params"] = {key: list(values) for key, values in sorted(scrape.params.items())}
    if scrape.sample_limit is not None:
        settings["sample_limit"] = scrape.sample_limit
    return settings | scrape.client_settings()


def probe_jobs(plan: Plan) -> tuple[tuple[ProbeJob, ...], tuple[ProbeModule, ...]]:
    """One job for all checks that share interval and timeout, and every blackbox module they need."""
    modules: dict[str, ProbeModule] = {}
    files: Mapping[tuple[float, float], dict[str, list[Probe]]] = defaultdict(dict)
    for service in plan.services:
        for planned in service.checks:
            target, prober, body = planned.check.probing()
            content = {"prober": prober, **body}
            name = names.probe_module(planned.check.type, content)
            if modules.setdefault(name, ProbeModule(name, content)).body != content:
                # Two that begin alike: the whole hash tells them apart.
                name = names.probe_module(planned.check.type, content, 64)
                modules[name] = ProbeModule(name, content)
            interval, timeout = planned.interval, planned.timeout
            job = names.check_job(format_duration(interval), format_duration(timeout))
            file = names.probe_file(job, service.name)
            probes = files[(interval, timeout)].setdefault(file, [])
            probes.append(Probe(target, name, planned.labels, planned.path))
    jobs = tuple(
        ProbeJob(
            names.check_job(format_duration(interval), format_duration(timeout)),
            interval,
            timeout,
            tuple((file, tuple(probes)) for file, probes in sorted(by_file.items())),
        )
        for (interval, timeout), by_file in sorted(files.items())
    )
    return jobs, tuple(module for _, module in sorted(modules.items()))
