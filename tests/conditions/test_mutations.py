"""A rule that is not what the condition means does not pass the test written for the condition."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from monitorgen.model.names import PROMETHEUS_DIR
from tests.conditions.proofs import Case, failures, written
from tests.support.servers import Generation

Change = Callable[[dict[str, Any]], object]

THRESHOLD = {"type": "threshold", "metric": "jobs", "operator": "above", "value": "5"}
RATE = {**THRESHOLD, "function": "rate", "window": "5m", "where": {"code": "=~5.."}}
BASES = {
    "threshold": Case("threshold", {**THRESHOLD, "where": {"zone": "!=b"}}, 600, 600),
    "at most": Case("at_most", {**THRESHOLD, "operator": "at_most"}, 600, 600),
    "min": Case("min", {**THRESHOLD, "function": "min", "window": "5m"}, 600, 600),
    "rate": Case("rate", RATE, 600, 600),
    "sum of rates": Case("sum_of_rates", {**RATE, "aggregate": "sum"}, 600, 600, 15, 30),
    "trend": Case(
        "trend",
        {"type": "trend", "metric": "queue", "direction": "increasing", "by": "100", "window": "30m"},
        600,
        600,
    ),
    "rate of a month": Case("rate_of_a_month", {**RATE, "window": "30d"}, 2 * 86_400, 2 * 86_400),
    "absence": Case("absence", {"type": "absence", "metric": "beat", "window": "10m"}, 600, 600),
}


def expr(pattern: str, replacement: str) -> Change:
    """A change of the expression that must change something."""

    def change(rule: dict[str, Any]) -> None:
        rule["expr"], count = re.subn(pattern, replacement, rule["expr"], count=1)
        assert count, f"{pattern} is not in {rule['expr']}"

    return change


def timing(key: str, value: str | None) -> Change:
    return lambda rule: rule.pop(key) if value is None else rule.update({key: value})


TIMING: dict[str, Change] = {
    f"{key} {value}": timing(key, value)
    for key in ("for", "keep_firing_for")
    for value in (None, "5m", "15m")
}
NO_SERVICE = {"another service": expr(r'service="checkout"', 'service=~".+"')}
CHANGES: dict[str, dict[str, Change]] = {
    "threshold": {
        "at least": expr(">", ">="),
        "below": expr(">", "<"),
        "higher": expr("> 5", "> 5.1"),
        "lower": expr("> 5", "> 4.9"),
        "no zone": expr(r', zone!="b"', ""),
        "another metric": expr("jobs", "tasks"),
    },
    "at most": {"below": expr("<=", "<"), "higher": expr("<= 5", "<= 5.1"), "lower": expr("<= 5", "<= 4.9")},
    "min": {
        "max": expr("min_over_time", "max_over_time"),
        "at least": expr(">", ">="),
        "longer window": expr("5m", "10m"),
    },
    "rate": {
        "increase": expr("rate", "increase"),
        "higher": expr("> 5", "> 5.1"),
        "lower": expr("> 5", "> 4.9"),
        "below": expr(">", "<"),
        "any code": expr(r'code=~"5.."', 'code!=""'),
        "longer window": expr("5m", "15m"),
    },
    "rate of a month": {
        "increase": expr("rate", "increase"),
        "higher": expr("> 5", "> 5.1"),
        "lower": expr("> 5", "> 4.9"),
        "any code": expr(r'code=~"5.."', 'code!=""'),
        "longer window": expr("30d", "60d"),
    },
    "sum of rates": {"higher": expr("> 5", "> 5.1"), "longer window": expr("5m", "15m")},
    "trend": {
        "falling": expr("> 100", "< -100"),
        "more": expr("> 100", "> 103"),
        "less": expr("> 100", "> 97"),
        "not by window": expr(r"\* 1800", "* 900"),
        "longer window": expr("30m", "2h"),
    },
    "absence": {
        "longer": expr("10m", "12m"),
        "shorter": expr("10m", "8m"),
        "presence": expr("absent", "present"),
    },
}


@pytest.mark.parametrize("base", BASES)
def test_the_unchanged_rule_passes_and_no_changed_one(
    generation: Generation, tmp_path: Path, base: str
) -> None:
    case = BASES[base]
    (unchanged,) = written([case], tmp_path)
    changed: dict[str, str] = {}
    rules: list[Path] = []
    for what, change in (CHANGES[base] | TIMING | NO_SERVICE).items():
        folder = tmp_path / str(len(rules))
        (test,) = written([case], folder)
        file = folder / PROMETHEUS_DIR / case.rule_path
        loaded = yaml.safe_load(file.read_text())
        change(loaded["groups"][0]["rules"][0])
        file.write_text(yaml.safe_dump(loaded))
        changed[f"{folder.name}/{test}"] = what
        rules.append(file)
    checked = generation.promtool("check", "rules", *rules)
    assert checked.returncode == 0, checked.stderr
    failing = failures(generation, tmp_path, [unchanged, *changed])
    assert unchanged not in failing
    assert [what for test, what in changed.items() if test not in failing] == []
    assert len(failing) == len(changed)
