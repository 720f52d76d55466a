"""Fields that an `extra:` undoes, and things of one name, with a server that refuses them."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from monitorgen.cli.pipeline import compile_spec
from monitorgen.model.diagnostic import Diagnostic
from monitorgen.source.tree import load_text
from tests.proofs.test_extras import UNTOLD, compiled
from tests.support.servers import Generation


def warnings(place: str, text: str) -> list[str]:
    return [d.hint for d in compiled(place, text).diagnostics if d.code == "MG0515"]


@pytest.mark.parametrize(
    ("place", "text", "word"),
    [
        ("scrape", "scrape_interval: 1m", "`interval:`"),
        ("scrape", "metrics_path: /m", "`path:`"),
        ("scrape", "job_name: mine", "the job's key"),
        ("hook", "send_resolved: false", "`send_resolved:`"),
        ("hook", "url: http://a", "`url:`"),
        ("chat", "username: me", "`username:`"),
        ("post", "require_tls: false", "`use_tls:`"),
        ("pager", "group: me", "`group:`"),
        ("team", "receiver: 'chat,pager,post'", "`notify.default:`"),
        ("routing", "group_wait: 1m", "`group_wait:`"),
        ("alertmanager", "route: {repeat_interval: 1h}", "`repeat_interval:`"),
        ("write", "url: http://a", "`url:`"),
    ],
)
def test_a_field_that_is_undone(place: str, text: str, word: str) -> None:
    (hint,) = warnings(place, text)
    assert word in hint


@pytest.mark.parametrize(
    ("place", "text"),
    [
        ("scrape", "scrape_interval: 30s"),
        ("scrape", "label_limit: 5, follow_redirects: false"),
        ("chat", "title: mine, callback_id: a"),
        ("team", "group_wait: 1m, matchers: [a=b]"),
        ("hook", "http_config: {follow_redirects: true}"),
    ],
)
def test_what_no_field_says(place: str, text: str) -> None:
    assert warnings(place, text) == []


SPEC = """
organization: acme
teams: {payments: {notify: {default: [mail]}}}
channels: {mail: {type: webhook, url: "http://127.0.0.1:9/hook"}}
services: {checkout: {team: payments, scrape: {api: {static: ["127.0.0.1:9"]}}}}
servers: {prometheus: {remote_write: [FIRST, SECOND]}}
"""
URL = "url: 'http://127.0.0.1:9/w'"


def found(first: str, second: str) -> list[Diagnostic]:
    text = SPEC.replace("FIRST", f"{{{first}}}").replace("SECOND", f"{{{second}}}")
    return [d for d in compile_spec(load_text(text)).diagnostics if d.code not in UNTOLD]


def starts(generation: Generation, targets: list[dict[str, Any]], folder: Path) -> bool:
    """Whether a Prometheus does not end by itself with an error; it is given a config that it refuses."""
    file = folder / "prometheus.yml"
    file.write_text(json.dumps({"remote_write": targets}))
    ended = subprocess.run(
        [
            generation.bin / "prometheus",
            f"--config.file={file}",
            f"--storage.tsdb.path={folder / 'data'}",
            "--web.listen-address=127.0.0.1:0",
        ],
        capture_output=True,
        timeout=300,
        check=False,
    )
    return ended.returncode == 0


def test_two_targets_of_one_name(generation: Generation, tmp_path: Path) -> None:
    (one,) = found(f"{URL}, name: a", "url: 'http://127.0.0.1:9/x', name: a")
    assert one.code == "MG0319"
    assert one.span is not None
    assert one.span.line == 6
    assert found(f"{URL}, name: a", f"{URL}, name: b") == []
    named = [{"url": f"http://127.0.0.1:9/{path}", "name": "a"} for path in "wx"]
    assert not starts(generation, named, tmp_path)


def test_one_target_twice(generation: Generation, tmp_path: Path) -> None:
    (one,) = found(URL, URL)
    assert one.code == "MG0319"
    assert found(URL, "url: 'http://127.0.0.1:9/x'") == []
    assert not starts(generation, [{"url": "http://127.0.0.1:9/w"}] * 2, tmp_path)
