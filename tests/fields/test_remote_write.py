"""Every field of a remote write target: a server is written to otherwise when it changes."""

import re
from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.checks.services import CERTIFICATES, tls_server_context
from tests.fields.remote_write_sink import Written, written_to
from tests.fields.witness import with_all
from tests.support.processes import RunningServer
from tests.support.servers import Generation, run_prometheus
from tests.support.stack_runner import build
from tests.support.waiting import wait_until

PLAIN = "without"
"""The target that has nothing but a URL; the others have one thing more."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What came to the servers, by target, and the Prometheus it came from."""

    by_target: dict[str, list[Written]]
    prometheus: RunningServer


Observe = Callable[[Taken, str], Any]


def header(name: str) -> Observe:
    return lambda taken, target: taken.by_target[target][0].headers.get(name)


def arrived(taken: Taken, target: str) -> bool:
    return target in taken.by_target


def metrics(taken: Taken, target: str) -> set[str]:
    return set().union(*(written.metrics for written in taken.by_target[target]))


def batch(taken: Taken, target: str) -> bool:
    return any(len(written.series) > 1 for written in taken.by_target[target])


def known_as(taken: Taken, target: str) -> bool:
    return f'remote_name="{target}"' in taken.prometheus.get("/metrics").text


CLIENT = {key: str(CERTIFICATES / "client.pem") for key in ("cert_file", "key_file")}
TRUST = {"ca_file": str(CERTIFICATES / "server.pem"), "server_name": "checkout.test"}
ALL = {
    "up",
    "scrape_duration_seconds",
    "scrape_samples_post_metric_relabeling",
    "scrape_samples_scraped",
    "scrape_series_added",
}
BASIC = "Basic " + b64encode(b"ops:open sesame").decode()
ONLY_UP = [{"source_labels": ["__name__"], "regex": "up", "action": "keep"}]

# What a target has, how it shows, and what is seen of the plain one and of this one.
FIELDS: dict[str, tuple[dict[str, Any], Observe, Any, Any]] = {
    "url": ({}, arrived, True, True),
    "name": ({"name": "name"}, known_as, False, True),
    "headers": ({"headers": {"X-Tenant": "acme"}}, header("x-tenant"), None, "acme"),
    "basic_auth": ({"basic_auth": {"username": "ops"}}, header("authorization"), None, BASIC),
    "bearer_token": ({"bearer_token": {}}, header("authorization"), None, "Bearer open sesame"),
    "write_relabel": ({"write_relabel": ONLY_UP}, metrics, ALL, {"up"}),
    "extra": ({"extra": {"queue_config": {"max_samples_per_send": 1}}}, batch, True, False),
    "tls": ({"tls": {**TRUST, **CLIENT}}, arrived, True, True),
}
FORGOTTEN = {("headers", "2.42.0+ds")}
"""What Debian's build of a version does not do: https://github.com/prometheus/prometheus/issues/13030"""
UNTRUSTED = {"stranger": {"tls": TRUST}, "distrusted": {"tls": CLIENT}}
"""Targets that speak TLS as `tls` does, but not with everything it takes."""


@pytest.fixture(scope="module")
def taken(generation: Generation, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Taken]:
    folder: Path = tmp_path_factory.mktemp("remote_write")
    secret = folder / "secret"
    secret.write_text("open sesame")
    found: dict[str, list[Written]] = {}
    with written_to(found) as plain, written_to(found, tls_server_context(clients=True)) as secure:
        targets = []
        for name, fields in {
            PLAIN: {},
            **{key: given[0] for key, given in FIELDS.items()},
            **UNTRUSTED,
        }.items():
            target = {"url": f"{secure if 'tls' in fields else plain}/{name}", **fields}
            if "basic_auth" in target:
                target["basic_auth"] = {**target["basic_auth"], "password": {"file": str(secret)}}
            if "bearer_token" in target:
                target["bearer_token"] = {"file": str(secret)}
            targets.append(target)
        spec, tree = folder / "spec.yaml", folder / "tree"
        given = {"servers.prometheus.remote_write": targets, "services.checkout.scrape.api.interval": "1s"}
        spec.write_text(yaml.safe_dump(with_all(given)))
        build(spec, tree)
        config = tree / "prometheus/prometheus.yml"
        arguments = ("--storage.remote.flush-deadline=1s",)  # some take nothing, even when it ends
        with run_prometheus(
            generation, config, storage=folder / "storage", arguments=arguments
        ) as prometheus:
            wait_until(lambda: {PLAIN, *FIELDS} <= set(found))
            yield Taken(found, prometheus)


@pytest.mark.parametrize("field", FIELDS)
def test_field(field: str, taken: Taken, generation: Generation) -> None:
    if (field, generation.versions["prometheus"]) in FORGOTTEN:
        pytest.skip(f"this build of Prometheus forgets {field} of remote_write")
    _, observe, before, after = FIELDS[field]
    assert (observe(taken, PLAIN), observe(taken, field)) == (before, after)


@pytest.mark.parametrize("target", UNTRUSTED)
def test_without_the_right_certificates_nothing_is_written(target: str, taken: Taken) -> None:
    retried = re.compile(rf'_samples_retried_total{{[^}}]*url="[^"]*/{target}"}} [1-9]')
    wait_until(lambda: retried.search(taken.prometheus.get("/metrics").text))
    assert target not in taken.by_target
