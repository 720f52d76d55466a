"""Whatever stands in an `extra:` is judged; nothing of it is a traceback."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from monitorgen.cli.pipeline import compile_spec
from monitorgen.model.keys.alertmanager import ALERTMANAGER, RECEIVERS, ROUTE
from monitorgen.model.keys.grafana import PANEL
from monitorgen.model.keys.prometheus import PROMETHEUS, REMOTE_WRITE, SCRAPE
from monitorgen.model.keys.shapes import ListOf, MapOf, Shape, Table
from monitorgen.source.tree import load_text
from tests.proofs.test_extras import PLACES, with_extra

TABLES: dict[str, Table] = {
    "scrape": SCRAPE,
    "hook": RECEIVERS["webhook_configs"],
    "chat": RECEIVERS["slack_configs"],
    "post": RECEIVERS["email_configs"],
    "pager": RECEIVERS["pagerduty_configs"],
    "team": ROUTE,
    "routing": ROUTE,
    "alertmanager": ALERTMANAGER,
    "prometheus": PROMETHEUS,
    "write": REMOTE_WRITE,
}
SCALARS = st.sampled_from(
    ["", "a", "...", "0", "5m", "=~(", "a=b", "a=~(", "$1", "ü", 0, -1, 5, 1.5, True, None]
)
JUNK = st.recursive(
    SCALARS, lambda below: st.lists(below, max_size=2) | st.dictionaries(st.just("a"), below), max_leaves=4
)


def values(shape: Shape, depth: int = 4) -> st.SearchStrategy[Any]:
    """What fits the shape somehow, with junk in some places."""
    if depth == 0:
        return JUNK
    if isinstance(shape, ListOf):
        return st.lists(values(shape.item, depth - 1), max_size=3) | JUNK
    if isinstance(shape, MapOf):
        return st.dictionaries(st.sampled_from(["a", "service"]), values(shape.item, depth - 1)) | JUNK
    if isinstance(shape, Table):
        key = st.sampled_from(sorted(shape.keys))
        pair = key.flatmap(lambda key: st.tuples(st.just(key), values(shape.keys[key], depth - 1)))
        return st.lists(pair, max_size=4).map(dict) | JUNK
    return JUNK


EXTRAS = st.sampled_from(PLACES).flatmap(lambda place: st.tuples(st.just(place), values(TABLES[place])))


@settings(max_examples=400)
@given(EXTRAS)
def test_it_is_judged(extra: tuple[str, Any]) -> None:
    place, value = extra
    text = json.dumps(value, ensure_ascii=False)
    inner = text[1:-1] if isinstance(value, dict) else f"a: {text}"
    found = compile_spec(load_text(with_extra(place, inner)))
    assert found.diagnostics is not None
    assert all(d.message and d.span is not None for d in found.diagnostics)


PANELS = """
organization: acme
teams: {payments: {notify: {default: [mail]}}}
channels: {mail: {type: webhook, url: "http://127.0.0.1:9/hook"}}
services:
  checkout:
    team: payments
    alerts:
      errors:
        condition: {type: threshold, metric: error_rate, operator: above, value: 0.05}
        severity: critical
        description: Too many errors
        panel: {extra: EXTRA}
"""


@given(values(PANEL))
def test_a_panel_is_judged(value: Any) -> None:
    whole = value if isinstance(value, dict) else {"title": value}
    found = compile_spec(load_text(PANELS.replace("EXTRA", json.dumps(whole, ensure_ascii=False))))
    assert {d.code for d in found.diagnostics} <= {"MG0510", "MG0512"}
