"""A rule that names its service over series of several: we warn, and the real Prometheus gives it up."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from monitorgen.cli.pipeline import Compiled, compile_spec, read
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
    recordings: RECORDINGS
  two:
    team: ops
    scrape: {self: {static: ["ADDRESS"], relabel: [{target_label: kind, replacement: b}]}}
"""

_WARNED: Final = {
    "sum by (service) (up)": True,
    'sum by (service) (up{service="one"})': False,
    'sum by (service) (up{service=~"one"})': False,
    'sum by (service) (up{job="one-self"})': False,
    "count by (kind) (up)": True,
    'count by (kind) (up{kind="b"})': False,
    "count by (job) (up)": False,
}
_RECORDS: Final = {f"service:up:sum{number}": expr for number, expr in enumerate(_WARNED)}


def _compiled(folder: Path, address: str, records: Iterable[str]) -> Compiled:
    recordings = {name: {"expr": _RECORDS[name], "labels": {"kind": "all"}} for name in records}
    text = _SPEC.replace("ADDRESS", address).replace("RECORDINGS", json.dumps(recordings))
    (folder / "spec.yaml").write_text(text)
    return compile_spec(read([folder / "spec.yaml"]))


def test_what_we_warn_of_is_what_prometheus_gives_up(generation: Generation, tmp_path: Path) -> None:
    address = free_addresses().prometheus
    for name, expr in _RECORDS.items():
        diagnostics = _compiled(tmp_path, address, [name]).diagnostics
        assert [found.code for found in diagnostics] == (["MG0503"] if _WARNED[expr] else []), expr
    tree = tmp_path / "build"
    # A rule that is given up is no matter to the others of its group.
    for path, content in rendered(_compiled(tmp_path, address, _RECORDS)):
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
        rules = group()["rules"]
    assert [rule["name"] for rule in rules] == list(_RECORDS)
    given_up = {_RECORDS[rule["name"]]: rule["health"] for rule in rules}
    assert given_up == {expr: "err" if warned else "ok" for expr, warned in _WARNED.items()}
    told = {_RECORDS[rule["name"]]: "same labelset" in rule.get("lastError", "") for rule in rules}
    assert told == _WARNED
