"""Whatever a spec holds, checking it ends in diagnostics: never in a traceback, and never in silence."""

import copy
import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitorgen.cli.pipeline import compile_all
from monitorgen.cli.rendering import rendered
from monitorgen.model.diagnostic import has_errors
from monitorgen.review.codes import CODES
from monitorgen.review.diagnostics import FORMATS
from monitorgen.source.tree import load_text
from tests.support.checkout import TOP
from tests.support.command_line import monitorgen
from tests.support.core_yaml import load_core

# Each key of the language at least where it matters; small, since it is checked in a hundred ways.
SPEC = """
organization: acme
environment: prod
compatible_with: {prometheus: ["2.42", "3.5"], alertmanager: "0.28"}
defaults:
  scrape_interval: 30s
  labels: {region: eu}
  channels: {email: {smtp_server: smtp.acme.example, from_email: a@acme.example}}
  checks: {http: {timeout: 5s}}
severities: [low, high]
teams: {ops: {notify: {high: [mail, hook], default: [hook]}, group_by: [alertname]}}
channels:
  mail: {type: email, recipients: [b@acme.example], headers: {X-Team: ops}}
  hook: {type: webhook, url: "http://127.0.0.1:9/", basic_auth: {username: a, password: {file: /p}}}
profiles:
  node: {alerts: {down: {condition: {type: absence, metric: up, window: 5m}, severity: low, description: a}}}
environments: {staging: {services: {shop: {alerts: {full: null}}}}}
routing: {default: [mail], group_wait: 10s}
servers: {prometheus: {remote_write: [{url: "http://127.0.0.1:9/", write_relabel: [{target_label: a}]}]}}
clouds:
  aws:
    account_id: "123456789012"
    regions: [eu-west-1]
    trusted_principals: ["arn:aws:iam::123456789012:root"]
emit: {terraform: false}
suppress: [{code: MG0324, at: services.shop.checks.name, reason: known, until: 2030-01-01}]
services:
  shop:
    team: ops
    use: [node]
    scrape:
      api: {static: ["a:1"], params: {m: [x]}, extra: {body_size_limit: 1MB}, relabel: [{target_label: a}]}
      vms: {ec2: {region: eu-west-1, tags: {a: b}}, tls: {ca_file: /ca}}
    checks:
      home: {type: http, url: "https://shop/", expected_status: [200], alert: {severity: high, for: 2m}}
      name: {type: dns, server: 10.0.0.1, query_name: shop}
      pings: {type: ping, host: gw, packet_count: 3, alert: {severity: low}}
    recordings: {"a:b:c": {expr: "sum(x)", labels: {d: e}}}
    alerts:
      full:
        condition:
          {type: threshold, metric: q_size, where: {a: [b]}, aggregate: max, by: [a], operator: "<", value: 1}
        severity: high
        description: "{{ $value }} of ${service}"
        channels: [hook]
        tags: [a]
        panel: {title: Q, extra: {interval: 1m}}
      slow:
        condition: {type: trend, metric: q, direction: increasing, window: 1h, by: 5}
        severity: low
        description: a
      raw:
        condition: {type: promql, expr: "x > 1", examples: [{series: {x: 0+1x9}, at: 5m, fires: true}]}
        severity: low
        description: a
"""

NASTY: tuple[Any, ...] = (
    *("", " ", "x y", "${x}", "{{", "a\nb", "\x00", "\u2028", "../x", "%", "5 minutes", "-5m", "0s", "292y"),
    *("1e400", "NaN", "off", "~", "http://[", "[::1]:99999", "=~(", "rate(x[5m", "a" * 3000, "name", "ü😀"),
    *(None, True, 0, -1, 1.5, 10**30, [], {}, [None], [[]], ["a", "a"], [{"name": "x"}, {"name": "x"}]),
    *({"x": None}, {"": ""}, {"type": ["x"]}, {"type": "x"}, {"file": ["x"]}, {"env": "X"}, {"a.b": {}}),
)
KNOWN = {code.id for code in CODES}


def check(text: str) -> None:
    """Checks and, when nothing is wrong, builds a spec; what it must never do fails the test."""
    for one in compile_all(load_text(text)):
        assert one.failed() == has_errors(one.diagnostics), "failed without saying why"
        for found in one.diagnostics:
            assert found.code in KNOWN
            assert found.message.strip()
            assert found.span is not None
        for show in FORMATS.values():
            assert show(one.diagnostics, one.sources, {}, True) or not one.diagnostics
        if not one.failed():
            paths = [path for path, _ in rendered(one)]
            assert len(set(paths)) == len(paths)


def _paths(node: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    below = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return ([path] if path else []) + [found for key, one in below for found in _paths(one, (*path, key))]


def _changed(spec: dict[str, Any], path: tuple[str | int, ...], value: Any) -> dict[str, Any]:
    changed = copy.deepcopy(spec)
    parent: Any = changed
    for step in path[:-1]:
        parent = parent[step]
    parent[path[-1]] = value
    return changed


(BASE,) = load_core(SPEC)
PATHS = _paths(BASE)


def test_the_base_is_good() -> None:
    check(SPEC)
    compiled = compile_all(load_text(SPEC))
    assert [d.message for one in compiled for d in one.diagnostics] == []


@pytest.mark.parametrize("value", [None, [], {}, "x"], ids=str)
def test_the_same_in_every_place(value: Any) -> None:
    for path in PATHS:
        check(json.dumps(_changed(BASE, path, value)))


@settings(deadline=None, max_examples=150)
@given(st.lists(st.tuples(st.sampled_from(PATHS), st.sampled_from(NASTY)), min_size=1, max_size=4))
def test_nasty_values_in_any_places(changes: list[tuple[tuple[str | int, ...], Any]]) -> None:
    spec = BASE
    # The deepest first, so that no place is gone before its turn.
    for path, value in sorted(changes, key=lambda change: -len(change[0])):
        spec = _changed(spec, path, value)
    check(json.dumps(spec, ensure_ascii=False))


@settings(deadline=None, max_examples=100)
@given(st.sampled_from(PATHS), st.sampled_from([value for value in NASTY if isinstance(value, str)]))
def test_nasty_names(path: tuple[str | int, ...], name: str) -> None:
    changed = copy.deepcopy(BASE)
    parent: Any = changed
    for step in path[:-1]:
        parent = parent[step]
    if isinstance(parent, dict):
        parent[name] = parent.pop(path[-1])
    check(json.dumps(changed, ensure_ascii=False))


@cache
def texts() -> list[str]:
    """The texts to tamper with: examples, and specs that are wrong already."""
    files = [*sorted((TOP / "tests/bad").iterdir()), *sorted((TOP / "examples/acme/spec").rglob("*.yaml"))]
    return [path.read_text() for path in files if path.stat().st_size < 20_000]


BITS = (
    *(":", "- ", "{", "}", "[", "]", '"', "'", "|\n", ">\n", "&a ", "*a", "#", "\n", "  ", "\t", "!x ", "? "),
    *("<<: ", ",", "---\n", "...\n", "%", "@", "`", "~", "é", "\u2028", "\r", "&a {<<: *a}", "\ufeff"),
)


@st.composite
def tampered(draw: st.DrawFn) -> str:
    """A text with lines removed, repeated, shifted or taken from another, and signs put in."""
    lines = draw(st.sampled_from(texts())).split("\n")
    for _ in range(draw(st.integers(1, 5))):
        at = draw(st.integers(0, len(lines) - 1))
        match draw(st.sampled_from(["remove", "repeat", "indent", "outdent", "take", "sign", "sign"])):
            case "remove" if len(lines) > 1:
                del lines[at]
            case "repeat":
                lines.insert(draw(st.integers(0, len(lines))), lines[at])
            case "indent":
                lines[at] = "  " + lines[at]
            case "outdent":
                lines[at] = lines[at][2:]
            case "take":
                other = draw(st.sampled_from(texts())).split("\n")
                lines[at] = draw(st.sampled_from(other))
            case _:
                column = draw(st.integers(0, len(lines[at])))
                lines[at] = lines[at][:column] + draw(st.sampled_from(BITS)) + lines[at][column:]
    return "\n".join(lines)


@settings(deadline=None, max_examples=300)
@given(tampered())
def test_tampered_text(text: str) -> None:
    check(text)


@settings(deadline=None, max_examples=100)
@given(st.text(max_size=200))
def test_any_text(text: str) -> None:
    check(text)


@pytest.mark.parametrize("name", ["spec.yaml", "spec"])
def test_any_bytes(name: str, tmp_path: Path) -> None:
    """Through the command line, where files are read as they are."""
    path = tmp_path / name if name == "spec.yaml" else tmp_path / name / "a.yaml"
    path.parent.mkdir(exist_ok=True)
    for data in (
        b"\xff\xfe",
        b"\x00" * 10,
        b"a: \xe9\n",
        b"{" * 200,
        b"a: &a [*a]",
        b"\xef\xbb\xbfa: b",
        b"%TAG",
    ):
        path.write_bytes(data)
        result = monitorgen("check", tmp_path / name)
        assert result.exit_code == 1
        assert "error MG" in result.stderr
