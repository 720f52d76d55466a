"""Scrape jobs, and the probes and modules of checks."""

from pathlib import Path

import pytest

from monitorgen.model import names
from monitorgen.model.scraping import ProbeJob, ScrapeJob
from monitorgen.model.stack import Stack
from tests.lower.compiling import lowered

HEAD = "teams: {shop: {notify: {default: [chat, pager, mail, spare]}}}\n"
PAGE = "type: http, url: 'http://127.0.0.1:9/', alert: {severity: high}"


def shop(rest: str, name: str = "checkout") -> str:
    return f"  {name}:\n    team: shop\n{rest}"


def of_services(*services: str, defaults: str = "") -> str:
    return HEAD + (f"defaults: {{{defaults}}}\n" if defaults else "") + "services:\n" + "".join(services)


def only_job(stack: Stack) -> ScrapeJob:
    (job,) = stack.jobs
    return job


def contents(job: ProbeJob) -> dict[str, list[str]]:
    """The checks in each target file."""
    return {file: [probe.labels["check"] for probe in probes] for file, probes in job.files}


def test_a_job_is_named_and_labelled_by_service_and_by_what_is_nearest(tmp_path: Path) -> None:
    scrape = "    scrape: {api: {static: ['127.0.0.1:9'], labels: {c: job}}}\n"
    own = "    labels: {b: service, c: service}\n" + scrape
    job = only_job(lowered(of_services(shop(own), defaults="labels: {a: all, b: all, c: all}"), tmp_path))
    assert job.name == "checkout-api"
    assert job.labels == {"service": "checkout", "a": "all", "b": "service", "c": "job"}
    assert job.origin == ("services", "checkout", "scrape", "api")


def test_jobs_come_by_service_and_name(tmp_path: Path) -> None:
    scrape = "    scrape: {b: {static: ['127.0.0.1:9']}, a: {static: ['127.0.0.1:9']}}\n"
    stack = lowered(of_services(shop(scrape, "z"), shop(scrape, "y")), tmp_path)
    assert [job.name for job in stack.jobs] == ["y-a", "y-b", "z-a", "z-b"]


def test_a_timeout_nobody_gave_fits_into_the_interval(tmp_path: Path) -> None:
    scrape = "    scrape: {a: {static: ['127.0.0.1:9'], interval: 4s}, b: {static: ['127.0.0.1:9']}}\n"
    stack = lowered(of_services(shop(scrape)), tmp_path)
    assert [(job.interval, job.timeout) for job in stack.jobs] == [(4, 4), (30, 10)]
    assert (stack.scrape_interval, stack.scrape_timeout) == (30, 10)
    hasty = lowered(of_services(shop(scrape), defaults="scrape_interval: 5s"), tmp_path)
    assert [(job.interval, job.timeout) for job in hasty.jobs] == [(4, 4), (5, 5)]
    assert (hasty.scrape_interval, hasty.scrape_timeout) == (5, 5)


def test_discovery_in_aws_takes_the_role_of_the_spec(tmp_path: Path) -> None:
    scrape = "    scrape: {vms: {ec2: {region: eu-west-1}}}\n"
    cloud = (
        "clouds: {aws: {account_id: '123456789012', regions: [eu-west-1],"
        " trusted_principals: ['arn:aws:iam::123456789012:root']}}\n"
    )
    (found,) = only_job(lowered(cloud + of_services(shop(scrape)), tmp_path)).discoveries
    assert found.config["role_arn"] == "arn:aws:iam::123456789012:role/monitorgen-discovery"
    (bare,) = only_job(lowered(of_services(shop(scrape)), tmp_path)).discoveries
    assert "role_arn" not in bare.config


def test_checks_of_one_rhythm_share_a_job_with_a_file_for_each_service(tmp_path: Path) -> None:
    checks = f"    checks: {{b: {{{PAGE}}}, a: {{{PAGE}}}, hasty: {{{PAGE}, interval: 10s, timeout: 5s}}}}\n"
    stack = lowered(of_services(shop(checks, "z"), shop(checks, "y")), tmp_path)
    assert [(job.name, job.interval, job.timeout) for job in stack.probe_jobs] == [
        ("checks-10s-5s", 10, 5),
        ("checks-30s-10s", 30, 10),
    ]
    hasty, usual = map(contents, stack.probe_jobs)
    assert hasty == {f"targets/checks-10s-5s/{name}.json": ["hasty"] for name in "yz"}
    assert usual == {f"targets/checks-30s-10s/{name}.json": ["a", "b"] for name in "yz"}


def test_checks_that_ask_for_the_same_share_a_module(tmp_path: Path) -> None:
    checks = (
        f"    checks: {{a: {{{PAGE}}}, b: {{{PAGE}, timeout: 3s}}, c: {{{PAGE}, expected_status: 204}},"
        " d: {type: tcp, host: 127.0.0.1, port: 9, alert: {severity: high}}}\n"
    )
    stack = lowered(of_services(shop(checks)), tmp_path)
    probes = [probe for job in stack.probe_jobs for _, found in job.files for probe in found]
    module = {probe.labels["check"]: probe.module for probe in probes}
    assert module["a"] == module["b"]
    assert len({*module.values()}) == 3
    assert [one.name for one in stack.probe_modules] == sorted({*module.values()})
    assert {one.body["prober"] for one in stack.probe_modules} == {"http", "tcp"}


def test_probes_carry_service_check_and_own_labels(tmp_path: Path) -> None:
    checks = f"    labels: {{tier: front}}\n    checks: {{a: {{{PAGE}, labels: {{page: home}}}}}}\n"
    ((_, (probe,)),) = lowered(of_services(shop(checks)), tmp_path).probe_jobs[0].files
    assert probe.target == "http://127.0.0.1:9/"
    assert probe.labels == {"service": "checkout", "tier": "front", "check": "a", "page": "home"}
    assert probe.origin == ("services", "checkout", "checks", "a")


def test_several_attempts_are_probes_within_one_interval(tmp_path: Path) -> None:
    checks = "    checks: {a: {type: ping, host: 127.0.0.1, packet_count: 3, alert: {severity: high}}}\n"
    (job,) = lowered(of_services(shop(checks)), tmp_path).probe_jobs
    assert (job.interval, job.timeout) == (10, 10)


def test_modules_whose_hashes_begin_alike_stay_two(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = names.digest
    monkeypatch.setattr(
        names, "digest", lambda value, length=8: whole(value, length) if length > 8 else "same"
    )
    checks = {"a": "http://a/", "b": "http://b/", "c": "http://c/"}
    said = [f"{name}: {{type: http, url: '{url}', alert: {{severity: low}}" for name, url in checks.items()]
    text = f"{said[0]}}}, {said[1]}, method: HEAD}}, {said[2]}, method: HEAD}}"
    stack = lowered(
        f"""
teams: {{ops: {{notify: {{default: [chat]}}}}}}
services: {{y: {{team: ops, checks: {{{text}}}}}}}
""",
        tmp_path,
    )
    (job,) = stack.probe_jobs
    ((_, probes),) = job.files
    bodies = {module.name: module.body for module in stack.probe_modules}
    assert [bodies[probe.module]["http"].get("method") for probe in probes] == [None, "HEAD", "HEAD"]
    assert len(bodies) == 2
