"""Targets as a real Prometheus finds them: by itself, in files, in inventories, by name, and in AWS."""

import json
import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs

import pytest

from monitorgen.model.stack import Stack
from tests.checks.name_server import name_server
from tests.checks.services import CERTIFICATES, PASSWORD, TOKEN, USER
from tests.discovery.building import Prometheus, Target, built, running, written
from tests.discovery.metrics_server import metrics_server
from tests.support.loopback import own_host
from tests.support.processes import run_server
from tests.support.servers import Generation
from tests.support.waiting import wait_until


def labels_by_job(targets: Sequence[Target]) -> dict[str, list[dict[str, str]]]:
    found: dict[str, list[dict[str, str]]] = {}
    for target in targets:
        found.setdefault(target.job, []).append(target.labels)
    return found


def jobs(folder: Path, **scrape: dict[str, Any]) -> Stack:
    """A stack whose jobs are never in a hurry: what is found matters, not what is scraped."""
    timing = {"interval": "1h", "timeout": "1s"}
    return built(folder, {"scrape": {name: {**fields, **timing} for name, fields in scrape.items()}})


def test_addresses_and_files(generation: Generation, tmp_path: Path) -> None:
    (tmp_path / "one.json").write_text('[{"targets": ["127.0.0.1:2"], "labels": {"zone": "a"}}]')
    (tmp_path / "two.yml").write_text("- targets: ['127.0.0.1:3']\n")
    stack = jobs(
        tmp_path,
        static={"static": ["127.0.0.1:1", "[::1]:1"]},
        files={"file": {"files": [str(tmp_path / "*.json"), str(tmp_path / "two.yml")]}},
        one={"file": {"files": [str(tmp_path / "one.json")], "refresh_interval": "1s"}},
    )
    own = {"service": "checkout"}
    with running(generation, stack, tmp_path) as prometheus:
        assert labels_by_job(prometheus.wait_for(5, scraped=False)) == {
            "checkout-static": [{"instance": "127.0.0.1:1", **own}, {"instance": "[::1]:1", **own}],
            "checkout-files": [
                {"instance": "127.0.0.1:2", "zone": "a", **own},
                {"instance": "127.0.0.1:3", **own},
            ],
            "checkout-one": [{"instance": "127.0.0.1:2", "zone": "a", **own}],
        }


def test_inventories(generation: Generation, tmp_path: Path) -> None:
    (tmp_path / "password").write_text(PASSWORD)
    (tmp_path / "token").write_text(TOKEN)
    user = {"username": USER, "password": {"file": str(tmp_path / "password")}}
    token = {"file": str(tmp_path / "token")}
    trust = {"ca_file": str(CERTIFICATES / "server.pem"), "server_name": "checkout.test"}
    refreshes: list[str] = []
    with metrics_server(refreshes=refreshes) as plain, metrics_server(tls=True) as secure:
        at, safely = f"http://127.0.0.1:{plain}", f"https://127.0.0.1:{secure}"
        inventories: dict[str, dict[str, Any]] = {
            "open": {"url": f"{at}/metrics"},
            "missing": {"url": f"{at}/nowhere"},
            "hourly": {"url": f"{at}/metrics", "refresh_interval": "1h"},
            "user": {"url": f"{at}/basic", "basic_auth": user},
            "no-user": {"url": f"{at}/basic"},
            "token": {"url": f"{at}/token", "bearer_token": token},
            "no-token": {"url": f"{at}/token"},
            "trusted": {"url": f"{safely}/metrics", "tls": trust},
            "untrusted": {"url": f"{safely}/metrics"},
        }
        stack = jobs(tmp_path, **{name: {"http": fields} for name, fields in inventories.items()})
        with running(generation, stack, tmp_path) as prometheus:
            targets = prometheus.wait_for(5, scraped=False)
    assert labels_by_job(targets) == {
        f"checkout-{name}": [{"instance": "127.0.0.1:9", "zone": "a", "service": "checkout"}]
        for name in ("open", "hourly", "user", "token", "trusted")
    }
    assert {"60", "3600"} <= {refresh.split(".")[0] for refresh in refreshes}


RECORDS = {
    "_metrics._tcp.shop.test": [
        ("_metrics._tcp.shop.test", "SRV", "0 0 9102 one.shop.test"),
        ("_metrics._tcp.shop.test", "SRV", "0 0 9103 two.shop.test"),
    ],
    "web.shop.test": [("web.shop.test", "A", "192.0.2.1"), ("web.shop.test", "A", "192.0.2.2")],
    "six.shop.test": [("six.shop.test", "AAAA", "2001:db8::1")],
    "shop.test": [("shop.test", "MX", "10 mail.shop.test")],
}


@contextmanager
def with_name_server(generation: Generation, stack: Stack, folder: Path, host: str) -> Iterator[Prometheus]:
    """A Prometheus whose only name server is `host`: it gets a mount of its own over /etc/resolv.conf."""
    (folder / "resolv.conf").write_text(f"nameserver {host}\n")
    config = written(stack, folder)
    mount = f'mount --bind {folder / "resolv.conf"} /etc/resolv.conf && exec "$@"'
    with run_server(
        lambda address: [
            *("unshare", "--mount", "sh", "-c", mount, "prometheus", generation.bin / "prometheus"),
            *(f"--config.file={config}", f"--storage.tsdb.path={folder / 'data'}"),
            f"--web.listen-address={address}",
        ],
        log_path=folder / "prometheus.log",
        ready="/-/ready",
    ) as server:
        yield Prometheus(server)


def can_mount() -> bool:
    tried = ["unshare", "--mount", "mount", "--bind", "/etc/hosts", "/etc/resolv.conf"]
    try:
        return os.geteuid() == 0 and subprocess.run(tried, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


def test_names(generation: Generation, tmp_path: Path) -> None:
    if not can_mount():
        pytest.skip("a name server for Prometheus alone takes root and mount namespaces")
    stack = jobs(
        tmp_path,
        srv={"dns": {"names": ["_metrics._tcp.shop.test"]}},
        a={"dns": {"names": ["web.shop.test", "six.shop.test"], "type": "A", "port": "9100"}},
        aaaa={"dns": {"names": ["six.shop.test"], "type": "AAAA", "port": "9100"}},
        mx={"dns": {"names": ["shop.test"], "type": "MX", "port": "25"}},
    )
    host = own_host()
    with (
        name_server(RECORDS, host=host, port=53),
        with_name_server(generation, stack, tmp_path, host) as prometheus,
    ):
        targets = prometheus.wait_for(6, scraped=False)
    found = {
        job: [(labels["instance"], labels["dns_name"]) for labels in every]
        for job, every in labels_by_job(targets).items()
    }
    assert found == {
        "checkout-srv": [
            ("one.shop.test:9102", "_metrics._tcp.shop.test"),
            ("two.shop.test:9103", "_metrics._tcp.shop.test"),
        ],
        "checkout-a": [("192.0.2.1:9100", "web.shop.test"), ("192.0.2.2:9100", "web.shop.test")],
        "checkout-aaaa": [("[2001:db8::1]:9100", "six.shop.test")],
        "checkout-mx": [("mail.shop.test:25", "shop.test")],
    }


INSTANCES = """\
<DescribeInstancesResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><reservationSet><item>
<reservationId>r-1</reservationId><ownerId>123456789012</ownerId><instancesSet><item>
<instanceId>i-0abc</instanceId><imageId>ami-1</imageId><instanceType>t3.micro</instanceType>
<architecture>x86_64</architecture><privateDnsName>ip-192-0-2-7.ec2.internal</privateDnsName>
<privateIpAddress>192.0.2.7</privateIpAddress>
<instanceState><code>16</code><name>running</name></instanceState>
<placement><availabilityZone>eu-west-1a</availabilityZone></placement>
<tagSet><item><key>Name</key><value>web</value></item></tagSet>
</item></instancesSet></item></reservationSet></DescribeInstancesResponse>
"""


@contextmanager
def ec2(asked: list[dict[str, str]]) -> Iterator[str]:
    """The URL of an EC2 with one instance; `asked` collects the parameters of what it is asked for."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            form = self.rfile.read(int(self.headers["Content-Length"])).decode()
            asked.append({name: values[0] for name, values in parse_qs(form).items()})
            body = INSTANCES.encode() if "Action=DescribeInstances" in form else b"<empty/>"
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def test_ec2(generation: Generation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "nobody")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "nothing")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    asked: list[dict[str, str]] = []
    with ec2(asked) as endpoint:
        fields = {
            "region": "eu-west-1",
            "port": "9100",
            "tags": {"service": "checkout", "tier": ["api", "web"]},
            "filters": {"vpc-id": "vpc-1"},
            "endpoint": endpoint,
        }
        with running(generation, jobs(tmp_path, vms={"ec2": fields}), tmp_path) as prometheus:
            (target,) = prometheus.wait_for(1, scraped=False)
    assert target.url == "http://192.0.2.7:9100/metrics"
    assert target.labels == {
        "instance": "i-0abc",
        "instance_name": "web",
        "availability_zone": "eu-west-1a",
        "service": "checkout",
    }
    (question,) = (one for one in asked if one["Action"] == "DescribeInstances")
    filters = {
        question[f"Filter.{number}.Name"]: [
            value for name, value in sorted(question.items()) if name.startswith(f"Filter.{number}.Value.")
        ]
        for number in range(1, 5)
    }
    assert filters == {
        "instance-state-name": ["running"],
        "tag:service": ["checkout"],
        "tag:tier": ["api", "web"],
        "vpc-id": ["vpc-1"],
    }


def test_a_ping_is_scraped_once_for_each_packet(generation: Generation, tmp_path: Path) -> None:
    def ping(**fields: str) -> dict[str, Any]:
        return {"type": "ping", "host": "127.0.0.1", "interval": "6s", "timeout": "1s", **fields}

    stack = built(tmp_path, {"checks": {"one": ping(), "three": ping(packet_count="3")}})
    with running(generation, stack, tmp_path) as prometheus:
        targets = prometheus.wait_for(2, scraped=False)
    assert {target.labels["check"]: target.interval for target in targets} == {"one": "6s", "three": "2s"}


def test_targets_follow_a_file(generation: Generation, tmp_path: Path) -> None:
    file = tmp_path / "found.json"
    file.write_text("[]")
    with running(generation, jobs(tmp_path, files={"file": {"files": [str(file)]}}), tmp_path) as prometheus:
        assert prometheus.targets() == []
        new = tmp_path / "found.new"
        new.write_text(json.dumps([{"targets": ["127.0.0.1:1"], "labels": {}}]))
        new.rename(file)
        wait_until(prometheus.targets)
