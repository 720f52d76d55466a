"""Our walk down a route tree, against both generations of Alertmanager: hand-made trees, and made-up ones."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from monitorgen.cli.pipeline import compile_spec, read
from monitorgen.model.routing import Route, RoutingTree
from monitorgen.model.stack import Stack
from monitorgen.outputs import alertmanager
from monitorgen.proofs.amtool import Amtool
from monitorgen.proofs.route_tree import RouteNode, Undecided, of_model, read_route, walk
from tests.support.routers import Router
from tests.support.servers import Generation
from tests.support.stacks import stack

Labels = Mapping[str, str]

ALERTS: tuple[Labels, ...] = (
    {},
    {"a": "x"},
    {"a": "y", "b": "x"},
    {"a": "xy", "b": ""},
    {"a": 'q"uo\\te', "b": "line\nbreak"},
    {"a": "x y, z={}", "b": "ü"},
    {"b": "x", "c": "1"},
)

MATCHERS = (
    'a="x"',
    "a=x",
    ' a = "x" ',
    'a!="x"',
    'a=~"x|y"',
    'a!~"x.*"',
    'b=""',
    'b!=""',
    'a=~"x?y?"',
    'c=~"[0-9]+"',
    '{a="x"}',
    '{a="y", b="x"}',
    'a="y",b="x"',
    'a="q\\"uo\\\\te"',
    'b="line\\nbreak"',
    'a="x y, z={}"',
    'b="ü"',
    "a=~x|y",
)


def receivers(root: RouteNode, labels: Labels) -> str:
    paths = walk(root, labels)
    assert not isinstance(paths, Undecided)
    return ",".join(path[-1].receiver for path in paths)


def written(route: dict[str, Any]) -> str:
    """An Alertmanager configuration with this route, and every receiver it names."""
    names = sorted(set(_names(route)))
    content = {"route": route, "receivers": [{"name": name} for name in names]}
    return yaml.safe_dump(content, allow_unicode=True)


def _names(route: dict[str, Any]) -> list[str]:
    own = [route["receiver"]] if "receiver" in route else []
    return own + [name for below in route.get("routes", []) for name in _names(below)]


@pytest.mark.parametrize("matcher", MATCHERS)
def test_matchers_mean_what_they_mean_to_alertmanager(matcher: str, router: Router) -> None:
    route = {"receiver": "root", "routes": [{"receiver": "it", "matchers": [matcher]}]}
    root = read_route(route)
    assert root.routes[0].unread == ()
    ours = [receivers(root, labels) for labels in ALERTS]
    assert ours == router.receivers(written(route), ALERTS)
    assert set(ours) == {"root", "it"}


OLD_WAYS: list[dict[str, Any]] = [
    {"receiver": "both", "match": {"a": "y"}, "match_re": {"b": "x|z"}},
    {"receiver": "one", "match_re": {"a": "x.*"}, "matchers": ['b!="ü"']},
]


def test_the_old_ways_of_matching(router: Router) -> None:
    route = {"receiver": "root", "routes": OLD_WAYS}
    root = read_route(route)
    ours = [receivers(root, labels) for labels in ALERTS]
    assert ours == router.receivers(written(route), ALERTS)
    assert {"root", "both", "one"} == set(ours)


def test_matchers_mean_the_same_to_amtool(generation: Generation, tmp_path: Path) -> None:
    new_ways = [{"receiver": f"it{number}", "matchers": [one]} for number, one in enumerate(MATCHERS)]
    # Each route is looked at, whatever the others take.
    flat = {"receiver": "root", "routes": [{**one, "continue": True} for one in (*new_ways, *OLD_WAYS)]}
    inner = {"receiver": "two", "matchers": ['b="x"']}
    outer = {"receiver": "one", "matchers": ['a=~"x|y"'], "routes": [inner]}
    deep = {"receiver": "root", "routes": [outer, {"receiver": "three", "matchers": ['b="x"']}]}
    config = tmp_path / "alertmanager.yml"
    amtool = Amtool(generation.bin / "amtool")
    for route in (flat, deep):
        config.write_text(written(route))
        ours = [receivers(read_route(route), labels) for labels in ALERTS]
        assert ours == [amtool.receivers(config, labels) for labels in ALERTS]
    assert set(ours) == {"root", "one", "two", "three"}


def test_what_we_cannot_read_is_undecided() -> None:
    for matchers in (['a="b"c'], ["no matcher"], ['a=~"(?i)x{99}{99}"']):
        root = read_route({"receiver": "root", "routes": [{"receiver": "it", "matchers": matchers}]})
        assert isinstance(walk(root, {"a": "x"}), Undecided), matchers
    # What another matcher rules out needs no decision.
    sure = {"receiver": "it", "matchers": ["no matcher", 'a="y"']}
    assert receivers(read_route({"receiver": "root", "routes": [sure]}), {"a": "x"}) == "root"


matchers = st.builds(
    "{}{}{}".format,
    st.sampled_from(["a", "b"]),
    st.sampled_from(["=", "!=", "=~", "!~"]),
    st.sampled_from(['"x"', '"y"', '"x|y"', '""', '".*"', '"x.*"']),
)


def routes(children: st.SearchStrategy[dict[str, Any]] | None) -> st.SearchStrategy[dict[str, Any]]:
    optional: dict[str, st.SearchStrategy[Any]] = {
        "receiver": st.sampled_from(["one", "two", "three"]),
        "matchers": st.lists(matchers, max_size=2),
        "continue": st.booleans(),
    }
    if children is not None:
        optional["routes"] = st.lists(children, max_size=3)
    return st.fixed_dictionaries({}, optional=optional)


trees = st.recursive(routes(None), lambda below: routes(below), max_leaves=8)


@settings(max_examples=40, deadline=None)
@given(children=st.lists(trees, max_size=3))
def test_any_tree_is_walked_as_alertmanager_walks_it(children: list[dict[str, Any]], router: Router) -> None:
    route = {"receiver": "root", "routes": children}
    root = read_route(route)
    some = ALERTS[:4]
    assert [receivers(root, labels) for labels in some] == router.receivers(written(route), some)


MODEL = Route(
    "root",
    (),
    ("routing", "default"),
    group_by=("alertname",),
    group_wait=30.0,
    routes=(
        Route("own", (("notify", 'a,"b"'),), ("services", "s", "alerts", "x")),
        Route(
            "team",
            (("team", "ops"),),
            ("teams", "ops", "notify", "default"),
            repeat_interval=7200.0,
            routes=(Route("critical", (("severity", "critical"),), ("teams", "ops", "notify", "critical")),),
            extra={
                "matchers": ['zone!="away"'],
                "group_wait": "1m",
                "routes": [{"receiver": "night", "matchers": ['hour=~"2."'], "continue": True}],
            },
        ),
    ),
    extra={"routes": [{"receiver": "last", "match": {"team": "ops"}}]},
)
ROUTING = RoutingTree(MODEL, (), {"route": {"group_interval": "9m"}})


def test_the_tree_of_the_model_is_the_tree_that_is_written() -> None:
    full: Stack = stack(routing=ROUTING)
    text = dict(alertmanager.OUTPUT.render(full))["alertmanager/alertmanager.yml"]
    content = yaml.load(text, Loader=yaml.CBaseLoader)  # noqa: S506 (makes text only)
    assert _without_origins(of_model(ROUTING)) == read_route(content["route"])
    team = of_model(ROUTING).routes[1]
    assert (team.origin, team.settings) == (
        ("teams", "ops", "notify", "default"),
        {"group_wait": "1m", "repeat_interval": "2h"},
    )
    assert of_model(ROUTING).settings["group_interval"] == "9m"


def _without_origins(node: RouteNode) -> RouteNode:
    return replace(node, origin=(), routes=tuple(map(_without_origins, node.routes)))


def test_what_extra_does_to_a_route_decides_who_is_told(tmp_path: Path) -> None:
    spec = """
organization: acme
channels: {mail: {type: webhook, url: "http://127.0.0.1:9/hook"}}
teams: {payments: {notify: {default: [mail]}, extra: {matchers: ['severity="SEVERITY"']}}}
services:
  checkout:
    team: payments
    alerts:
      errors:
        condition: {type: threshold, metric: error_rate, operator: above, value: 0.05}
        severity: critical
        description: Too many errors
"""
    for severity, codes in (("critical", []), ("low", ["MG0501"])):
        path = tmp_path / "spec.yaml"
        path.write_text(spec.replace("SEVERITY", severity))
        assert [found.code for found in compile_spec(read([path])).diagnostics] == codes
