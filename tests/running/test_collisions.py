"""A rule that names its service over series of several: we warn, and the real Prometheus gives it up."""

from pathlib import Path
from typing import Any

import pytest

from monitorgen.cli.pipeline import compile_spec, read
from monitorgen.cli.rendering import rendered
from tests.support.servers import Generation, run_prometheus
from tests.support.stack_runner import free_addresses
from tests.support.waiting import wait_until

_SPEC = """
organization: acme
channels: {hook: {type: webhook, url: "http://127.0.0.1:9/"}}
teams: {ops: {notify: {default: [hook]}}}
defaults: {scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s}
servers: {prometheus: {address: "ADDRESS"}}
services:
  one:
    team: ops
    scrape: {self: {static: ["ADDRESS"], relabel: [{target_label: kind, replacement: a}]}}
    recordings: {service:up:sum: {expr: 'EXPR', labels: {kind: all}}}
  two:
    team: ops
    scrape: {self: {static: ["ADDRESS"], relabel: [{target_label: kind, replacement: b}]}}
"""


@pytest.mark.parametrize(
    ("expr", "warned"),
    [
        ("sum by (service) (up)", True),
        ('sum by (service) (up{service="one"})', False),
        ('sum by (service) (up{service=~"one"})', False),
        ('sum by (service) (up{job="one-self"})', False),
        ("count by (kind) (up)", True),
        ('count by (kind) (up{kind="b"})', False),
        ("count by (job) (up)", False),
    ],
)
def test_what_we_warn_of_is_what_prometheus_gives_up(
    generation: Generation, tmp_path: Path, expr: str, warned: bool
) -> None:
    address = free_addresses().prometheus
    (tmp_path / "spec.yaml").write_text(_SPEC.replace("ADDRESS", address).replace("EXPR", expr))
    compiled = compile_spec(read([tmp_path / "spec.yaml"]))
    assert [found.code for found in compiled.diagnostics] == (["MG0503"] if warned else [])
    tree = tmp_path / "build"
    for path, content in rendered(compiled):
        (tree / path).parent.mkdir(parents=True, exist_ok=True)
        (tree / path).write_bytes(content)
    config = tree / "prometheus" / "prometheus.yml"
    with run_prometheus(generation, config, storage=tmp_path / "data", address=address) as server:

        def both_are_up() -> bool:
            found = server.get("/api/v1/query", query="count(up == 1)").json()["data"]["result"]
            return bool(found) and found[0]["value"][1] == "2"

        def group() -> dict[str, Any]:
            (found,) = server.get("/api/v1/rules").json()["data"]["groups"]
            assert isinstance(found, dict)
            return found

        wait_until(both_are_up)
        before = group()["lastEvaluation"]
        # The evaluation under way may have begun before both were up; the next one has not.
        wait_until(lambda: group()["lastEvaluation"] != before)
        before = group()["lastEvaluation"]
        wait_until(lambda: group()["lastEvaluation"] != before)
        (rule,) = group()["rules"]
    assert rule["health"] == ("err" if warned else "ok")
    assert ("same labelset" in rule.get("lastError", "")) == warned
