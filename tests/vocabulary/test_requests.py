"""Addresses, headers and names to ask for: what we refuse, the real servers refuse or cannot use."""

import json
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pytest
import requests
from pydantic import TypeAdapter, ValidationError

from monitorgen.vocabulary.checks import AnyCheck
from monitorgen.vocabulary.fields import AbsoluteUrl
from monitorgen.vocabulary.headers import Headers, PrometheusHeaders
from tests.discovery.metrics_server import metrics_server
from tests.fields.remote_write_sink import Written, written_to
from tests.fields.test_remote_write import FORGOTTEN
from tests.support.many_files import refusals
from tests.support.servers import Generation, run_blackbox, run_prometheus
from tests.support.waiting import wait_until

URLS = (
    *("http://a", "https://a.example/x", "http://a:9/", "http://[::1]:9/", "http://a?x=1", "http://a#x"),
    *("http://a/%20", "http://a/?q=%zz", "http://a/#%41", "http://ü/ü", "http://a/{x}|", "http://$a/$b"),
    *("http://[fe80::1%25eth0]/", "http://a_b-c.d/?x=[{]}|^`", "http://10.0.0.1:65535/"),
)
BROKEN = (
    *("http://a/%zz", "http://a/%2", "http://a/#%zz", "http://a:abc/", "http://[::1/", "http://[::1]x/"),
    *("http://a b/", "http://a{b/", "http://a|b/", "http://a\\b/", "http://a%41/", "http://a/\x7f"),
)
"""No URLs to Go."""

UNUSABLE = ("http://a:99999/", "http://a:0/", "http://a:/", "http://", "http:///x", "http://[a]/", "a:9", "")
"""URLs to Go, or to some servers, with which nothing can be reached."""

_URL: TypeAdapter[str] = TypeAdapter(AbsoluteUrl)
_CHECK: TypeAdapter[Any] = TypeAdapter(AnyCheck)


def taken(adapter: TypeAdapter[Any], value: object) -> bool:
    try:
        adapter.validate_python(value)
    except ValidationError:
        return False
    return True


def files(configs: Iterable[object], folder: Path) -> list[Path]:
    """Files in `folder`, one for each configuration."""
    paths = []
    for number, config in enumerate(configs):
        paths.append(folder / f"{number}.yml")
        paths[-1].write_text(json.dumps(config))
    return paths


def by_prometheus(generation: Generation, urls: Sequence[str], folder: Path) -> list[str]:
    """Those that Prometheus takes."""
    asked = files([{"remote_write": [{"url": url}]} for url in urls], folder)
    said = refusals(generation, "promtool", "check", "config", files=asked)
    return [url for url, refusal in zip(urls, said, strict=True) if not refusal]


def by_alertmanager(generation: Generation, urls: Sequence[str], folder: Path) -> list[str]:
    """Those that Alertmanager takes."""
    route = {"route": {"receiver": "r"}}
    receivers = ({"name": "r", "webhook_configs": [{"url": url}]} for url in urls)
    asked = files([{**route, "receivers": [receiver]} for receiver in receivers], folder)
    said = refusals(generation, "amtool", "check-config", files=asked)
    return [url for url, refusal in zip(urls, said, strict=True) if not refusal]


@pytest.mark.parametrize("url", URLS)
def test_a_url_we_take(url: str) -> None:
    assert taken(_URL, url)


def test_the_servers_take_them(generation: Generation, tmp_path: Path) -> None:
    assert by_prometheus(generation, URLS, tmp_path) == list(URLS)
    assert by_alertmanager(generation, URLS, tmp_path) == list(URLS)


@pytest.mark.parametrize("url", BROKEN)
def test_a_url_we_refuse(url: str) -> None:
    assert not taken(_URL, url)


def test_the_servers_refuse_them(generation: Generation, tmp_path: Path) -> None:
    assert by_prometheus(generation, BROKEN, tmp_path) == []
    assert by_alertmanager(generation, BROKEN, tmp_path) == []


@pytest.mark.parametrize("url", UNUSABLE)
def test_a_url_that_reaches_nothing(url: str) -> None:
    assert not taken(_URL, url)


def test_a_password_in_a_broken_url_is_not_shown() -> None:
    with pytest.raises(ValidationError) as caught:
        _URL.validate_python("http://ops:hunter2@a:99999/")
    (error,) = caught.value.errors(include_input=False)
    assert "hunter2" not in str(error)


@pytest.mark.parametrize("headers", [{"X Y": "z"}, {"": "z"}, {"X:": "z"}, {"X": "a\nY: b"}, {"X": "\x01"}])
def test_a_header_that_http_does_not_allow(headers: dict[str, str]) -> None:
    assert not taken(TypeAdapter(Headers), headers)
    assert not taken(TypeAdapter(PrometheusHeaders), headers)
    assert taken(TypeAdapter(Headers), {"X-Scope_1": "a\tb ü"})


def test_no_probe_with_such_a_header_succeeds(generation: Generation, tmp_path: Path) -> None:
    headers = {"good": {"X-Y": "z"}, "name": {"X Y": "z"}, "value": {"X-Y": "a\nb"}}
    config = tmp_path / "blackbox.yml"
    modules = {name: {"prober": "http", "http": {"headers": sent}} for name, sent in headers.items()}
    for module in modules.values():
        module["http"]["preferred_ip_protocol"] = "ip4"  # type: ignore[index]
    config.write_text(json.dumps({"modules": modules}))
    with metrics_server() as port, run_blackbox(generation, config, storage=tmp_path / "s") as server:
        succeeded = {
            name: "probe_success 1"
            in requests.get(
                f"{server.url}/probe",
                params={"target": f"http://127.0.0.1:{port}/metrics", "module": name},
                timeout=60,
            ).text
            for name in headers
        }
    assert succeeded == {"good": True, "name": False, "value": False}


def test_nothing_is_written_with_such_a_header(generation: Generation, tmp_path: Path) -> None:
    if ("headers", generation.versions["prometheus"]) in FORGOTTEN:
        pytest.skip("this build of Prometheus forgets headers of remote_write")
    found: dict[str, list[Written]] = {}
    with written_to(found) as sink:
        sent: dict[str, dict[str, str]] = {"good": {}, "name": {"X Y": "z"}}
        config: dict[str, Any] = {
            "global": {"scrape_interval": "1s", "scrape_timeout": "1s"},
            "scrape_configs": [{"job_name": "j", "static_configs": [{"targets": ["127.0.0.1:9"]}]}],
            "remote_write": [{"url": f"{sink}/{name}", "headers": more} for name, more in sent.items()],
        }
        file = tmp_path / "prometheus.yml"
        file.write_text(json.dumps(config))
        lost = re.compile(r'_samples_(?:retried|failed)_total{[^}]*url="[^"]*/name"} [1-9]')
        arguments = ("--storage.remote.flush-deadline=1s",)  # one never gets anything, even when it ends
        with run_prometheus(generation, file, storage=tmp_path / "s", arguments=arguments) as prometheus:
            wait_until(lambda: "good" in found and lost.search(prometheus.get("/metrics").text))
    assert set(found) == {"good"}


@pytest.mark.parametrize(("name", "fits"), [("", False), ("shop.acme.example", True), (".", True)])
def test_the_name_a_dns_check_asks_for(name: str, fits: bool, generation: Generation, tmp_path: Path) -> None:
    file = tmp_path / "blackbox.yml"
    file.write_text(json.dumps({"modules": {"m": {"prober": "dns", "dns": {"query_name": name}}}}))
    said = generation.blackbox_exporter("--config.check", f"--config.file={file}")
    assert (said.returncode == 0) == fits
    assert taken(_CHECK, {"type": "dns", "server": "10.0.0.53", "query_name": name}) == fits
    assert not taken(_CHECK, {"type": "dns", "server": "10.0.0.53", "query_name": "a b"})
