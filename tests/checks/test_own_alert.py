"""The alert a check raises for itself passes the unit test written for it, and nothing like it does."""

from pathlib import Path

import pytest

from monitorgen.cli.rendering import rendered
from tests.lower.compiling import compiled
from tests.support.servers import Generation

_SPEC = """
teams: {ops: {notify: {default: [chat]}}}
defaults: {evaluation_interval: 15s}
services:
  shop:
    team: ops
    checks:
      front: {type: http, url: "http://127.0.0.1:9/", interval: 20s, alert: {severity: high, cooldown: 2m}}
      gate: {type: ping, host: gate, packet_count: 3, interval: 1m, alert: {severity: low, for: 0s}}
      slow: {type: tcp, host: db, port: 1, interval: 5m, alert: {severity: low}}
"""
_RULES, _TESTS = "prometheus/rules/ops/shop.yml", "prometheus/tests/ops/shop.test.yml"


def _passes(generation: Generation, folder: Path, old: str = "", new: str = "") -> bool:
    done = compiled(_SPEC, folder)
    assert not done.failed(), done.diagnostics
    for path, content in rendered(done):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    rules = (folder / _RULES).read_text()
    assert old in rules
    (folder / _RULES).write_text(rules.replace(old, new, 1))
    checked = generation.promtool("check", "rules", str(folder / _RULES))
    assert checked.returncode == 0, checked.stderr
    return generation.promtool("test", "rules", str(folder / _TESTS)).returncode == 0


def test_it_passes_its_test(generation: Generation, tmp_path: Path) -> None:
    assert _passes(generation, tmp_path)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (' or up{service="shop", check="front"} < 1', ""),
        ('probe_success{service="shop", check="front"} < 1 or ', ""),
        ('up{service="shop", check="front"} < 1', 'up{check="front"} < 1'),
        ('up{service="shop", check="front"} < 1', 'up{service="shop"} < 1'),
        ('probe_success{service="shop", check="front"} < 1', 'probe_success{service="shop"} < 1'),
        ("} < 1 or up", "} < 1 and up"),
        (' or max_over_time(up{service="shop", check="gate"}[1m]) < 1', ""),
        ("max_over_time(probe_success", "min_over_time(probe_success"),
    ],
)
def test_another_rule_fails_it(generation: Generation, tmp_path: Path, old: str, new: str) -> None:
    assert not _passes(generation, tmp_path, old, new)
