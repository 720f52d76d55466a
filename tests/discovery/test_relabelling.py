"""The labels that targets end up with, by the relabelling of a real Prometheus.

What clouds and clusters would report is written into a target file, `__meta_` labels and all: to the
relabelling it makes no difference who found a target.
"""

import json
from pathlib import Path
from typing import Any

from monitorgen.model.scraping import ScrapeJob, ServiceDiscovery
from tests.discovery.building import running
from tests.discovery.variants import BASES, blocks
from tests.support.servers import Generation
from tests.support.stacks import stack

Labels = dict[str, str]

POD = {
    "__meta_kubernetes_namespace": "shop",
    "__meta_kubernetes_pod_name": "checkout-5d4f",
    "__meta_kubernetes_pod_node_name": "node-1",
    "__meta_kubernetes_pod_phase": "Running",
    "__meta_kubernetes_pod_container_name": "app",
    "__meta_kubernetes_pod_container_init": "false",
    "__meta_kubernetes_pod_container_port_name": "metrics",
}
AS_POD = {
    "namespace": "shop",
    "pod": "checkout-5d4f",
    "container": "app",
    "node": "node-1",
    "instance": "checkout-5d4f:9102",
}
BEHIND = {
    **POD,
    "__meta_kubernetes_service_name": "web",
    "__meta_kubernetes_endpoint_port_name": "metrics",
    "__meta_kubernetes_endpointslice_port_name": "metrics",
}
GCE_ZONE = "https://www.googleapis.com/compute/v1/projects/acme/zones/europe-west1-b"
AZURE = {
    "__meta_azure_machine_id": "/subscriptions/0/machines/web-1",
    "__meta_azure_machine_name": "web-1",
    "__meta_azure_machine_resource_group": "shop",
    "__meta_azure_machine_location": "westeurope",
    "__meta_azure_machine_tag_the_service": "checkout.eu",
}
NODE = {"__meta_kubernetes_node_name": "node-1"}
SERVICE = {
    "__meta_kubernetes_namespace": "shop",
    "__meta_kubernetes_service_name": "web",
    "__meta_kubernetes_service_port_name": "metrics",
}

KEPT: dict[str, tuple[str, dict[str, Any], Labels, Labels]] = {
    "dns": ("dns", {}, {"__meta_dns_name": "checkout.test"}, {"dns_name": "checkout.test"}),
    "ec2": (
        "ec2",
        {},
        {
            "__meta_ec2_instance_id": "i-0abc",
            "__meta_ec2_tag_Name": "web",
            "__meta_ec2_availability_zone": "eu-west-1a",
        },
        {"instance": "i-0abc", "instance_name": "web", "availability_zone": "eu-west-1a"},
    ),
    "ec2, without a name": ("ec2", {}, {"__meta_ec2_instance_id": "i-0abc"}, {"instance": "i-0abc"}),
    "azure": (
        "azure",
        {"tags": {"the service": "checkout.eu"}},
        AZURE,
        {"instance": "web-1", "resource_group": "shop", "region": "westeurope"},
    ),
    "gce": (
        "gce",
        {},
        {"__meta_gce_instance_name": "web-1", "__meta_gce_zone": GCE_ZONE},
        {"instance": "web-1", "zone": "europe-west1-b"},
    ),
    "consul": (
        "consul",
        {},
        {
            "__meta_consul_node": "db-1",
            "__meta_consul_service_port": "9102",
            "__meta_consul_dc": "dc1",
        },
        {"instance": "db-1:9102", "datacenter": "dc1"},
    ),
    "pod": ("kubernetes", {}, POD, AS_POD),
    "pod, by the name of a port": ("kubernetes", {"port": "metrics"}, POD, AS_POD),
    "pod, by the number of a port": ("kubernetes", {"port": "9102"}, POD, AS_POD),
    "endpoints": (
        "kubernetes",
        {"role": "endpoints", "port": "metrics"},
        BEHIND,
        AS_POD | {"kubernetes_service": "web"},
    ),
    "endpoint slice": (
        "kubernetes",
        {"role": "endpointslice", "port": "metrics"},
        BEHIND,
        AS_POD | {"kubernetes_service": "web"},
    ),
    "service": (
        "kubernetes",
        {"role": "service", "port": "metrics"},
        SERVICE,
        {"namespace": "shop", "kubernetes_service": "web"},
    ),
    "node": ("kubernetes", {"role": "node"}, NODE, {"node": "node-1", "instance": "node-1"}),
}
DROPPED: dict[str, tuple[str, dict[str, Any], Labels]] = {
    "another tag": ("azure", {"tags": {"the service": "checkoutXeu"}}, AZURE),
    "no tag": ("azure", {"tags": {"other": "checkout"}}, AZURE),
    "a pod that has ended": ("kubernetes", {}, {**POD, "__meta_kubernetes_pod_phase": "Succeeded"}),
    "an init container": ("kubernetes", {}, {**POD, "__meta_kubernetes_pod_container_init": "true"}),
    "another port": ("kubernetes", {"port": "web"}, POD),
    "another number": ("kubernetes", {"port": "102"}, POD),
    "the port of another service": ("kubernetes", {"role": "service", "port": "web"}, SERVICE),
}
STRAY = "203.0.113.9:9102"
"""A target of another discovery of the same job."""


def job(name: str, folder: Path, key: str, fields: dict[str, Any], meta: Labels) -> ScrapeJob:
    file = folder / f"{name.replace(' ', '-')}.json"
    found = [{"targets": ["192.0.2.1:9102"], "labels": meta}, {"targets": [STRAY], "labels": {}}]
    file.write_text(json.dumps(found))
    (block,) = blocks(key, {**BASES[key], **fields})
    as_file = ServiceDiscovery("file_sd_configs", {"files": [str(file)]}, block.relabel)
    own = {"service": "checkout"}
    return ScrapeJob(name, 3600.0, 1.0, "/metrics", "http", (as_file,), own, {}, (), (), ())


def test_targets_get_their_labels_and_others_are_left_alone(generation: Generation, tmp_path: Path) -> None:
    jobs = [job(name, tmp_path, key, fields, meta) for name, (key, fields, meta, _) in KEPT.items()]
    jobs += [job(name, tmp_path, *case) for name, case in DROPPED.items()]
    stray = {"service": "checkout", "instance": STRAY}
    expected = {
        name: [{"service": "checkout", "instance": "192.0.2.1:9102"} | labels, stray]
        for name, (*_, labels) in KEPT.items()
    } | {name: [stray] for name in DROPPED}
    count = sum(map(len, expected.values()))
    with running(generation, stack(jobs=tuple(jobs)), tmp_path) as prometheus:
        targets = prometheus.wait_for(count, scraped=False)
    found: dict[str, list[Labels]] = {name: [] for name in expected}
    for target in targets:
        found[target.job].append(target.labels)
    for labels in found.values():
        labels.sort(key=lambda one: one["instance"] == STRAY)
    assert found == expected


def test_a_port_moves_the_scrape_of_a_node(generation: Generation, tmp_path: Path) -> None:
    nodes = job("nodes", tmp_path, "kubernetes", {"role": "node", "port": "9100"}, NODE)
    with running(generation, stack(jobs=(nodes,)), tmp_path) as prometheus:
        urls = {target.url for target in prometheus.wait_for(2, scraped=False)}
    assert urls == {"http://192.0.2.1:9100/metrics", f"http://{STRAY}/metrics"}


def test_labels_of_the_job_win_over_what_was_found(generation: Generation, tmp_path: Path) -> None:
    (block,) = blocks("gce", BASES["gce"])
    file = tmp_path / "found.json"
    meta = {"__meta_gce_instance_name": "web-1", "__meta_gce_zone": GCE_ZONE}
    file.write_text(json.dumps([{"targets": ["192.0.2.1:80"], "labels": meta}]))
    as_file = ServiceDiscovery("file_sd_configs", {"files": [str(file)]}, block.relabel)
    own = {"service": "checkout", "zone": "west, ${1} $x"}
    one = ScrapeJob("vms", 3600.0, 1.0, "/metrics", "http", (as_file,), own, {}, (), (), ())
    with running(generation, stack(jobs=(one,)), tmp_path) as prometheus:
        (target,) = prometheus.wait_for(1, scraped=False)
    assert target.labels == {"instance": "web-1", "service": "checkout", "zone": "west, ${1} $x"}
