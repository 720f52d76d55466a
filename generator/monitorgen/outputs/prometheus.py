"""`prometheus/prometheus.yml`, and the target files of the jobs that probe through blackbox_exporter."""

from pathlib import PurePosixPath
from typing import Any

from monitorgen.model.duration import format_duration
from monitorgen.model.merging import merged
from monitorgen.model.names import PROMETHEUS_DIR
from monitorgen.model.scraping import ProbeJob, ScrapeJob
from monitorgen.model.stack import Stack
from monitorgen.outputs import json_text, yaml_text
from monitorgen.outputs.base import Output, Rendered

__all__ = ["OUTPUT"]


def _render(stack: Stack) -> Rendered:
    yield f"{PROMETHEUS_DIR}/prometheus.yml", yaml_text.emit(_config(stack))
    for job in stack.probe_jobs:
        for path, probes in job.files:
            targets = [
                {"targets": [probe.target], "labels": {"__param_module": probe.module, **probe.labels}}
                for probe in probes
            ]
            yield f"{PROMETHEUS_DIR}/{path}", json_text.emit(targets)


def _config(stack: Stack) -> dict[str, Any]:
    servers = stack.servers
    whole: dict[str, Any] = {
        "global": {
            "scrape_interval": format_duration(stack.scrape_interval),
            "scrape_timeout": format_duration(stack.scrape_timeout),
            "evaluation_interval": format_duration(stack.evaluation_interval),
        }
    }
    if stack.external_labels:
        whole["global"]["external_labels"] = stack.external_labels
    if servers.alertmanager_addresses:
        whole["alerting"] = {"alertmanagers": [_alertmanagers(stack)]}
    if stack.rule_folders:
        # Prometheus refuses a `*` in any but the last part of a path.
        whole["rule_files"] = [f"{folder}/*.yml" for folder in stack.rule_folders]
    jobs = [_scrape_job(job) for job in stack.jobs]
    jobs += [_probe_job(job, servers.blackbox_address) for job in stack.probe_jobs]
    if jobs:
        whole["scrape_configs"] = jobs
    if servers.remote_write:
        whole["remote_write"] = [target.config for target in servers.remote_write]
    return merged(whole, servers.prometheus_extra)


def _alertmanagers(stack: Stack) -> dict[str, Any]:
    servers = stack.servers
    found: dict[str, Any] = {}
    if servers.alertmanager_scheme != "http":
        found["scheme"] = servers.alertmanager_scheme
    if servers.alertmanager_path_prefix:
        found["path_prefix"] = servers.alertmanager_path_prefix
    return found | {"static_configs": [{"targets": list(servers.alertmanager_addresses)}]}


def _scrape_job(job: ScrapeJob) -> dict[str, Any]:
    config: dict[str, Any] = {
        "job_name": job.name,
        "scrape_interval": format_duration(job.interval),
        "scrape_timeout": format_duration(job.timeout),
    }
    if job.metrics_path != "/metrics":
        config["metrics_path"] = job.metrics_path
    if job.scheme != "http":
        config["scheme"] = job.scheme
    config |= job.settings
    relabel: list[dict[str, Any]] = []
    # Static targets take their labels with them; what a discovery finds is given them by relabelling.
    static = all(block.key == "static_configs" for block in job.discoveries)
    for block in job.discoveries:
        entry = {**block.config, "labels": job.labels} if static and job.labels else block.config
        config.setdefault(block.key, []).append(entry)
        relabel += [step for step in block.relabel if step not in relabel]
    if not static:
        relabel += [_fixed(name, value) for name, value in job.labels.items()]
    if relabel or job.relabel:
        config["relabel_configs"] = [*relabel, *job.relabel]
    if job.metric_relabel:
        config["metric_relabel_configs"] = list(job.metric_relabel)
    return merged(config, job.extra)


def _fixed(label: str, value: str) -> dict[str, Any]:
    return {"target_label": label, "replacement": value.replace("$", "$$")}


def _probe_job(job: ProbeJob, blackbox: str) -> dict[str, Any]:
    folders = sorted({str(PurePosixPath(path).parent) for path, _ in job.files})
    return {
        "job_name": job.name,
        "scrape_interval": format_duration(job.interval),
        "scrape_timeout": format_duration(job.timeout),
        "metrics_path": "/probe",
        "file_sd_configs": [{"files": [f"{folder}/*.json" for folder in folders]}],
        # The target files name the module, in the label `__param_module`.
        "relabel_configs": [
            {"source_labels": ["__address__"], "target_label": "__param_target"},
            {"source_labels": ["__param_target"], "target_label": "instance"},
            {"target_label": "__address__", "replacement": blackbox},
        ],
    }


OUTPUT = Output("prometheus", "Prometheus configuration and probe targets", _render)
