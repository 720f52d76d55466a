"""prometheus.yml and the target files of probes: what is written, and what both generations make of it."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from monitorgen.model.rules import RecordingRule, RuleFile, RuleGroup
from monitorgen.model.scraping import Probe, ProbeJob, ProbeModule, ScrapeJob, ServiceDiscovery
from monitorgen.model.stack import RemoteWrite, Servers, Stack
from monitorgen.outputs import blackbox, rules
from monitorgen.outputs.prometheus import OUTPUT
from tests.support.servers import Generation, run_blackbox, run_prometheus
from tests.support.sinks import webhook_sink
from tests.support.stacks import SERVERS, stack
from tests.support.waiting import wait_until

STATIC = ServiceDiscovery("static_configs", {"targets": ["api-1:9102"]})
NAMED = ServiceDiscovery(
    "dns_sd_configs",
    {"names": ["_a._tcp.acme.example"]},
    ({"source_labels": ["__meta_dns_name"], "target_label": "dns_name"},),
)
JOB = ScrapeJob(
    "checkout-api", 15.0, 10.0, "/metrics", "http", (STATIC,), {"service": "checkout"}, {}, (), (), ()
)
CHECKS = ProbeJob(
    "checks-30s-10s",
    30.0,
    10.0,
    (
        (
            "targets/checks-30s-10s/checkout.json",
            (
                Probe("http://a/", "http-1", {"service": "checkout", "check": "health"}, ()),
                Probe("10.0.0.1", "ping-1", {"service": "checkout", "check": "gateway"}, ()),
            ),
        ),
        ("targets/checks-30s-10s/ledger.json", (Probe("http://b/", "http-1", {}, ()),)),
    ),
)
RULES = RuleFile("rules/payments/checkout.yml", (RuleGroup("a", 30.0, (RecordingRule("a:b", "1", {}, ()),)),))


def files(given: Stack) -> dict[str, str]:
    return dict(OUTPUT.render(given))


def config(**parts: Any) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(files(stack(**parts))["prometheus/prometheus.yml"])
    return loaded


def scraped(job: ScrapeJob) -> dict[str, Any]:
    (found,) = config(jobs=(job,))["scrape_configs"]
    assert isinstance(found, dict)
    return found


def servers(**fields: Any) -> Servers:
    return replace(SERVERS, **fields)


def test_an_empty_stack_is_a_bare_server() -> None:
    assert config(servers=servers(alertmanager_addresses=())) == {
        "global": {"scrape_interval": "30s", "scrape_timeout": "10s", "evaluation_interval": "30s"}
    }


def test_what_holds_for_the_whole_server() -> None:
    written = config(
        scrape_interval=15.0,
        scrape_timeout=5.0,
        evaluation_interval=60.0,
        external_labels={"cluster": "eu1"},
        rule_folders=("rules/payments", "rules/search"),
        servers=servers(
            alertmanager_addresses=("am-1:9093", "am-2:9093"),
            alertmanager_scheme="https",
            alertmanager_path_prefix="/am",
            remote_write=(RemoteWrite({"url": "http://long-term/"}),),
        ),
    )
    assert written == {
        "global": {
            "scrape_interval": "15s",
            "scrape_timeout": "5s",
            "evaluation_interval": "1m",
            "external_labels": {"cluster": "eu1"},
        },
        "alerting": {
            "alertmanagers": [
                {
                    "scheme": "https",
                    "path_prefix": "/am",
                    "static_configs": [{"targets": ["am-1:9093", "am-2:9093"]}],
                }
            ]
        },
        "rule_files": ["rules/payments/*.yml", "rules/search/*.yml"],
        "remote_write": [{"url": "http://long-term/"}],
    }


def test_a_job_with_nothing_special_says_nothing_special() -> None:
    assert scraped(JOB) == {
        "job_name": "checkout-api",
        "scrape_interval": "15s",
        "scrape_timeout": "10s",
        "static_configs": [{"targets": ["api-1:9102"], "labels": {"service": "checkout"}}],
    }


def test_labels_are_relabelled_onto_what_is_discovered() -> None:
    both = scraped(
        replace(JOB, discoveries=(STATIC, NAMED, NAMED), labels={"service": "checkout", "cost": "$5"})
    )
    assert both["static_configs"] == [{"targets": ["api-1:9102"]}]
    assert len(both["dns_sd_configs"]) == 2
    assert both["relabel_configs"] == [
        {"source_labels": ["__meta_dns_name"], "target_label": "dns_name"},
        {"target_label": "service", "replacement": "checkout"},
        {"target_label": "cost", "replacement": "$$5"},
    ]


def test_steps_of_the_spec_come_after_ours() -> None:
    own = {"target_label": "zone", "replacement": "a"}
    drop = {"source_labels": ["__name__"], "regex": "go_.*", "action": "drop"}
    found = scraped(replace(JOB, discoveries=(NAMED,), relabel=(own,), metric_relabel=(drop,)))
    assert found["relabel_configs"][-1] == own
    assert found["metric_relabel_configs"] == [drop]


def test_extras_are_merged_into_jobs_and_the_whole() -> None:
    job = replace(
        JOB, settings={"honor_labels": True}, extra={"honor_labels": False, "body_size_limit": "1MB"}
    )
    extra = {
        "global": {"query_log_file": "q.log"},
        "scrape_configs": [{"job_name": "by-hand", "static_configs": []}],
        "storage": {"tsdb": {"out_of_order_time_window": "5m"}},
    }
    written = config(jobs=(job,), servers=servers(prometheus_extra=extra))
    assert written["global"]["query_log_file"] == "q.log"
    assert written["global"]["scrape_interval"] == "30s"
    assert [j["job_name"] for j in written["scrape_configs"]] == ["checkout-api", "by-hand"]
    assert written["scrape_configs"][0]["honor_labels"] is False
    assert written["scrape_configs"][0]["body_size_limit"] == "1MB"
    assert written["storage"] == extra["storage"]


def test_probes_are_target_files_and_one_job_for_all_of_a_timing() -> None:
    tree = files(stack(probe_jobs=(CHECKS,)))
    (job,) = config(probe_jobs=(CHECKS,))["scrape_configs"]
    assert job["file_sd_configs"] == [{"files": ["targets/checks-30s-10s/*.json"]}]
    assert (job["scrape_interval"], job["scrape_timeout"], job["metrics_path"]) == ("30s", "10s", "/probe")
    assert json.loads(tree["prometheus/targets/checks-30s-10s/checkout.json"]) == [
        {
            "targets": ["http://a/"],
            "labels": {"__param_module": "http-1", "service": "checkout", "check": "health"},
        },
        {
            "targets": ["10.0.0.1"],
            "labels": {"__param_module": "ping-1", "service": "checkout", "check": "gateway"},
        },
    ]
    assert set(tree) == {"prometheus/prometheus.yml", *(f"prometheus/{path}" for path, _ in CHECKS.files)}


def test_both_generations_accept_all_of_it(generation: Generation, tmp_path: Path) -> None:
    given = stack(
        jobs=(JOB, replace(JOB, name="checkout-names", discoveries=(NAMED,))),
        probe_jobs=(CHECKS,),
        rule_folders=("rules/payments",),
        rule_files=(RULES,),
        external_labels={"cluster": "on", "zone": "1e3"},
        servers=servers(remote_write=(RemoteWrite({"url": "http://long-term/"}),)),
    )
    tree = files(given) | dict(rules.OUTPUT.render(given))
    for path, text in tree.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    checked = generation.promtool("check", "config", tmp_path / "prometheus" / "prometheus.yml")
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "1 rules found" in checked.stdout


def test_a_probe_reaches_its_target_with_its_module_and_labels(
    generation: Generation, tmp_path: Path
) -> None:
    with webhook_sink() as sink:
        probe = Probe(sink.url, "post-1", {"service": "checkout", "check": "health"}, ())
        job = ProbeJob("checks-1s-1s", 1.0, 1.0, (("targets/checks-1s-1s/a.json", (probe,)),))
        modules = (ProbeModule("post-1", {"prober": "http", "http": {"method": "POST"}}),)
        for path, text in blackbox.OUTPUT.render(stack(probe_modules=modules)):
            (tmp_path / path).parent.mkdir(parents=True)
            (tmp_path / path).write_text(text)
        blackbox_config = tmp_path / "blackbox" / "blackbox.yml"
        with run_blackbox(generation, blackbox_config, storage=tmp_path / "run") as prober:
            address = prober.url.removeprefix("http://")
            wired = servers(blackbox_address=address, alertmanager_addresses=())
            for path, text in files(stack(probe_jobs=(job,), servers=wired)).items():
                (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
                (tmp_path / path).write_text(text)
            server_config = tmp_path / "prometheus" / "prometheus.yml"
            with run_prometheus(generation, server_config, storage=tmp_path / "run") as prometheus:
                found: list[Any] = []

                def succeeded() -> bool:
                    answer = prometheus.get("/api/v1/query", query="probe_success == 1").json()
                    found[:] = answer["data"]["result"]
                    return bool(found)

                wait_until(succeeded)
    (series,) = found
    assert series["metric"] == {
        "__name__": "probe_success",
        "job": "checks-1s-1s",
        "instance": sink.url,
        "service": "checkout",
        "check": "health",
    }
    assert series["value"][1] == "1"
    assert sink.posted


@pytest.mark.parametrize("interval", ["1s", "30s", "1m"])
def test_rendering_twice_gives_the_same_bytes(interval: str) -> None:
    given = stack(jobs=(JOB,), probe_jobs=(replace(CHECKS, name=f"checks-{interval}-10s"),))
    assert files(given) == files(given)
