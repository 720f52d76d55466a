"""Structured alerts that group by a label which their rule sets: told at the field that names the groups."""

from pathlib import Path

import pytest

from tests.lower.compiling import compiled

SPEC = """
teams: {{shop: {{notify: {{default: [chat, pager, mail, spare]}}}}}}
services:
  checkout:
    team: shop
    scrape: {{api: {{static: ["127.0.0.1:9"]}}}}
    alerts:
      a: {{condition: {{metric: m, {0}}}, severity: high, description: d}}
"""
THRESHOLD = "type: threshold, operator: above, value: 1"
TREND = "type: trend, direction: increasing, window: 30m, by: 5"


@pytest.mark.parametrize(
    ("condition", "at"),
    [
        (f"{THRESHOLD}, scope: global, aggregate: sum, by: [instance, team]", "[instance, team]"),
        (f"{TREND}, scope: global, aggregate: sum, group_by: [service]", "[service]"),
        (f"{TREND}, aggregate: sum, group_by: [severity]", "[severity]"),
        (f"{THRESHOLD}, aggregate: sum, by: [service]", ""),
        (f"{THRESHOLD}, scope: global, aggregate: sum, by: [instance]", ""),
        (f"{THRESHOLD}, scope: global, where: {{team: shop}}, aggregate: sum, by: [team]", ""),
        (f"{THRESHOLD}, scope: global, aggregate: sum", ""),
    ],
)
def test_groups_that_a_rule_calls_alike(condition: str, at: str, tmp_path: Path) -> None:
    found = compiled(SPEC.format(condition), tmp_path)
    assert [d.code for d in found.diagnostics] == (["MG0503"] if at else [])
    for diagnostic in found.diagnostics:
        span = diagnostic.span
        assert span is not None
        line = found.sources[span.file].line(span.line)
        assert line[span.column - 1 : span.end_column - 1] == at
