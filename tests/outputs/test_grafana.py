"""The Grafana output: a tree Grafana takes up, panels as they should look, and identities that last."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import yaml
from grafana_foundation_sdk.models.dashboard import Dashboard as GrafanaDashboard

from monitorgen.model.panels import Column, Dashboard, Link, Panel, Query, Row
from monitorgen.model.stack import Stack
from monitorgen.outputs.grafana import OUTPUT, dashboard_path
from monitorgen.outputs.json_text import emit
from tests.support.stacks import SERVERS, stack

GRAPH = Panel(
    "Errors",
    "timeseries",
    (Query('error_rate{service="checkout"}'),),
    description="Too many",
    unit="ratio",
    threshold=0.05,
    side="above",
    links=(Link("Runbook", url="https://runbooks.acme.example/errors"),),
    key="alert/errors",
)


def dashboard(*panels: Panel, **fields: Any) -> Dashboard:
    given = {
        "uid": "mg-service-checkout-000000",
        "title": "checkout",
        "folder": "payments",
        "file": "checkout",
    }
    return Dashboard(rows=(Row("Now", panels),), **given | fields)


def built(*panels: Panel, **fields: Any) -> dict[str, Any]:
    """The one dashboard of a stack, as JSON."""
    model = dashboard(*panels, **fields)
    text: dict[str, Any] = json.loads(tree(stack(dashboards=(model,)))[dashboard_path(model)])
    return text


def tree(given: Stack) -> dict[str, str]:
    return dict(OUTPUT.render(given))


def shown(panel: Panel) -> dict[str, Any]:
    """One panel, as JSON."""
    found: dict[str, Any] = built(panel)["panels"][1]
    return found


def test_the_tree() -> None:
    files = tree(stack(dashboards=(dashboard(), dashboard(folder="", file="overview"))))
    assert list(files) == [
        "grafana/README.md",
        "grafana/provisioning/dashboards/monitorgen.yaml",
        "grafana/provisioning/datasources/monitorgen.yaml",
        "grafana/dashboards/payments/checkout.json",
        "grafana/dashboards/overview.json",
    ]


def test_no_dashboards_no_files() -> None:
    assert tree(stack()) == {}


def test_the_same_stack_gives_the_same_bytes() -> None:
    given = stack(dashboards=(dashboard(GRAPH),))
    assert tree(given) == tree(given)


def test_a_graph_in_full() -> None:
    source = {"type": "prometheus", "uid": "prometheus"}
    panel = shown(GRAPH)
    assert panel.pop("options")["tooltip"] == {"mode": "multi", "sort": "desc"}
    assert panel == {
        "type": "timeseries",
        "id": panel["id"],
        "title": "Errors",
        "description": "Too many",
        "datasource": source,
        "gridPos": {"h": 8, "w": 12, "x": 0, "y": 1},
        "targets": [
            {
                "expr": 'error_rate{service="checkout"}',
                "refId": "A",
                "instant": False,
                "range": True,
                "editorMode": "code",
                "format": "time_series",
                "legendFormat": "__auto",
                "datasource": source,
            }
        ],
        "links": [
            {
                "title": "Runbook",
                "type": "link",
                "icon": "external link",
                "tooltip": "",
                "tags": [],
                "asDropdown": False,
                "targetBlank": True,
                "includeVars": False,
                "keepTime": False,
                "url": "https://runbooks.acme.example/errors",
            }
        ],
        "fieldConfig": {
            "defaults": {
                "unit": "percentunit",
                "color": {"mode": "palette-classic"},
                "thresholds": {
                    "mode": "absolute",
                    "steps": [{"value": None, "color": "transparent"}, {"value": 0.05, "color": "red"}],
                },
                "custom": {
                    "drawStyle": "line",
                    "lineWidth": 1,
                    "fillOpacity": 10,
                    "showPoints": "auto",
                    "spanNulls": False,
                    "thresholdsStyle": {"mode": "line+area"},
                    "axisSoftMin": 0.0,
                    "axisSoftMax": 0.055,
                },
            },
            "overrides": [],
        },
    }


@pytest.mark.parametrize(
    ("side", "colours", "style"),
    [
        ("above", ["transparent", "red"], "line+area"),
        ("below", ["red", "transparent"], "line+area"),
        ("", ["transparent", "red"], "dashed"),
    ],
)
def test_the_bad_side_of_a_threshold_is_the_red_one(side: Any, colours: list[str], style: str) -> None:
    defaults = shown(replace(GRAPH, side=side))["fieldConfig"]["defaults"]
    assert [step["color"] for step in defaults["thresholds"]["steps"]] == colours
    assert defaults["custom"]["thresholdsStyle"] == {"mode": style}


@pytest.mark.parametrize(("threshold", "low", "high"), [(10.0, 0, 11), (-10.0, -11, 0), (0.0, 0, 0)])
def test_the_axis_reaches_the_threshold(threshold: float, low: float, high: float) -> None:
    custom = shown(replace(GRAPH, threshold=threshold))["fieldConfig"]["defaults"]["custom"]
    assert (custom["axisSoftMin"], custom["axisSoftMax"]) == (low, high)


def test_without_a_threshold_nothing_is_drawn_across() -> None:
    defaults = shown(replace(GRAPH, threshold=None))["fieldConfig"]["defaults"]
    assert "thresholds" not in defaults
    assert "thresholdsStyle" not in defaults["custom"]


@pytest.mark.parametrize(
    ("unit", "grafanas"),
    [
        ("percent", "percent"),
        ("ratio", "percentunit"),
        ("seconds", "s"),
        ("milliseconds", "ms"),
        ("bytes", "bytes"),
        ("per_second", "cps"),
        ("count", "short"),
        ("", None),
    ],
)
def test_units(unit: str, grafanas: str | None) -> None:
    assert shown(replace(GRAPH, unit=unit))["fieldConfig"]["defaults"].get("unit") == grafanas


def test_a_stat_turns_red_at_its_threshold() -> None:
    panel = shown(Panel("Down", "stat", (Query("x", instant=True),), threshold=1, side="above"))
    assert panel["targets"][0]["instant"] is True
    steps = panel["fieldConfig"]["defaults"]["thresholds"]["steps"]
    assert steps == [{"value": None, "color": "green"}, {"value": 1, "color": "red"}]


def test_states_have_names_and_colours() -> None:
    panel = shown(Panel("Up", "states", (Query("x"),), mappings=(("1", "up", "green"), ("0", "down", "red"))))
    assert panel["type"] == "state-timeline"
    (mapping,) = panel["fieldConfig"]["defaults"]["mappings"]
    assert mapping["options"]["0"] == {"text": "down", "color": "red", "index": 1}


def test_a_table_shows_its_columns_in_order_and_links_them() -> None:
    columns = (Column("service", "Service", tag="service:"), Column("job", "Job"))
    panel = shown(Panel("Down", "table", (Query("up", instant=True),), columns=columns))
    assert panel["targets"][0]["format"] == "table"
    keep, order = (step["options"] for step in panel["transformations"])
    assert keep == {"include": {"names": ["service", "job"]}}
    assert order["indexByName"] == {"service": 0, "job": 1}
    assert order["renameByName"] == {"service": "Service", "job": "Job"}
    (override,) = panel["fieldConfig"]["overrides"]
    assert override["matcher"] == {"id": "byName", "options": "Service"}
    assert override["properties"][0]["value"][0]["url"] == "/dashboards?tag=service:${__value.raw}"


def test_a_list_of_links() -> None:
    links = (Link("checkout", uid="mg-1", text="a *b*"), Link("Wiki", url="https://w.example/a_(b)"))
    panel = shown(Panel("payments", "links", links=links))
    assert panel["options"]["content"] == (
        "- [checkout](d/mg-1) - a &#42;b&#42;\n- [Wiki](https://w.example/a_(b%29)"
    )
    assert "links" not in panel


def test_links_of_a_dashboard_lead_to_a_uid_or_an_address() -> None:
    links = built(links=(Link("All", uid="mg-overview"), Link("Code", url="https://git.acme.example/x")))[
        "links"
    ]
    assert [(link["url"], link["keepTime"], link["targetBlank"]) for link in links] == [
        ("/d/mg-overview", True, False),
        ("https://git.acme.example/x", False, True),
    ]


def test_extra_is_merged_into_a_panel_to_any_depth() -> None:
    extra = {
        "fieldConfig": {"defaults": {"unit": "reqps", "custom": {"lineWidth": 3}}},
        "links": [],
        "new": 1,
    }
    plain, panel = shown(GRAPH), shown(replace(GRAPH, extra=extra))
    assert panel["fieldConfig"]["defaults"]["unit"] == "reqps"
    assert panel["fieldConfig"]["defaults"]["custom"]["lineWidth"] == 3
    assert panel["fieldConfig"]["defaults"]["custom"]["drawStyle"] == "line"
    assert (panel["links"], panel["new"]) == ([], 1)
    assert panel["targets"] == plain["targets"]


def test_panels_flow_from_left_to_right() -> None:
    sizes = [(12, 8), (12, 4), (8, 3), (8, 5), (12, 2), (24, 4)]
    panels = [Panel(str(i), "text", text="x", width=w, height=h) for i, (w, h) in enumerate(sizes)]
    grid = [panel["gridPos"] for panel in built(*panels)["panels"][1:]]
    assert [(g["x"], g["y"]) for g in grid] == [(0, 1), (12, 1), (0, 9), (8, 9), (0, 14), (0, 16)]


def test_a_panel_keeps_its_number_whatever_stands_beside_it() -> None:
    def numbers(*panels: Panel) -> dict[str, int]:
        return {panel["title"]: panel["id"] for panel in built(*panels)["panels"]}

    other = Panel("Other", "text", text="x")
    alone, among = numbers(GRAPH), numbers(other, GRAPH)
    assert alone["Errors"] == among["Errors"] == shown(replace(GRAPH, title="Renamed"))["id"]
    twins = [panel["id"] for panel in built(other, other, other)["panels"]]
    assert len(set(twins)) == 4
    assert all(0 < number < 2**31 for number in twins)


def test_many_queries_have_letters_of_their_own() -> None:
    panel = shown(replace(GRAPH, queries=tuple(Query(f"x{i}") for i in range(30))))
    assert [target["refId"] for target in panel["targets"]][-5:] == ["Z", "AA", "AB", "AC", "AD"]


def test_grafanas_own_model_knows_everything_we_write() -> None:
    states = Panel("Up", "states", (Query("x"),), mappings=(("1", "up", "green"),))
    table = Panel("Down", "table", (Query("up"),), columns=(Column("job", "Job", "job:"),))
    stat = Panel("Count", "stat", (Query("x"),), threshold=1, side="above")
    text = Panel("About", "text", text="# x")
    given = built(GRAPH, states, table, stat, text, links=(Link("All", uid="mg-overview"),))
    assert lost(given, json.loads(emit(GrafanaDashboard.from_json(given)))) == []


def lost(given: Any, read: Any, place: str = "") -> list[str]:
    """Where something of `given` is missing from `read`, which may have more (the model's own defaults)."""
    if isinstance(given, dict) and isinstance(read, dict):
        return [found for key in given for found in lost(given[key], read.get(key), f"{place}.{key}")]
    if isinstance(given, list) and isinstance(read, list) and len(given) == len(read):
        pairs = enumerate(zip(given, read, strict=True))
        return [found for i, (one, other) in pairs for found in lost(one, other, f"{place}.{i}")]
    return [] if given == read else [place]


def test_nothing_in_a_dashboard_is_read_as_a_variable() -> None:
    trap = "${__user.login} $__interval [[__range]]"
    panel = replace(GRAPH, title=trap, description=trap, queries=(Query(f'x{{a="{trap}"}}'),))
    panel = replace(panel, links=(Link(trap, url=f"https://x.example/{trap}"),))
    lists = Panel(trap, "links", links=panel.links), Panel(trap, "text", text=trap)
    given = built(panel, *lists, title=trap, links=panel.links)
    assert not [text for text in strings(given) if "$__" in text or "${__" in text or "[[__" in text]


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from strings(item)


def test_data_sources() -> None:
    servers = replace(
        SERVERS,
        prometheus_address="prom$HOME:9090",
        alertmanager_addresses=("am-1:9093", "am-2:9093"),
        alertmanager_scheme="https",
        alertmanager_path_prefix="/alerts/",
        grafana_datasource="metrics",
    )
    given = stack(dashboards=(dashboard(GRAPH),), servers=servers, environment="prod", scrape_interval=15.0)
    files = tree(given)
    prometheus, alertmanager = yaml.safe_load(files["grafana/provisioning/datasources/monitorgen.yaml"])[
        "datasources"
    ]
    assert prometheus == {
        "name": "Prometheus (acme/prod)",
        "uid": "metrics",
        "type": "prometheus",
        "access": "proxy",
        "url": "http://prom$$HOME:9090",
        "jsonData": {"httpMethod": "POST", "timeInterval": "15s", "alertmanagerUid": alertmanager["uid"]},
    }
    assert (alertmanager["type"], alertmanager["url"]) == ("alertmanager", "https://am-1:9093/alerts")
    panel = json.loads(files["grafana/dashboards/payments/checkout.json"])["panels"][1]
    assert panel["datasource"]["uid"] == panel["targets"][0]["datasource"]["uid"] == "metrics"


def test_without_alertmanager_there_is_one_data_source() -> None:
    files = tree(stack(dashboards=(dashboard(),), servers=replace(SERVERS, alertmanager_addresses=())))
    (prometheus,) = yaml.safe_load(files["grafana/provisioning/datasources/monitorgen.yaml"])["datasources"]
    assert "alertmanagerUid" not in prometheus["jsonData"]


def test_the_provider_reads_the_folder_the_readme_mounts() -> None:
    files = tree(stack(dashboards=(dashboard(),)))
    (provider,) = yaml.safe_load(files["grafana/provisioning/dashboards/monitorgen.yaml"])["providers"]
    assert provider["options"]["foldersFromFilesStructure"] is True
    assert f"dashboards:{provider['options']['path']}:ro" in files["grafana/README.md"]


def test_the_sdk_is_imported_only_when_there_is_something_to_draw() -> None:
    program = (
        "import sys; from tests.support.stacks import EMPTY; from monitorgen.outputs.grafana import OUTPUT;"
        "assert list(OUTPUT.render(EMPTY)) == []; print('grafana_foundation_sdk' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
