"""Grafana: a dashboard for every service and one over all, and the files by which Grafana takes them up.

`grafana/README.md`, which goes into the tree, tells an operator where to mount what.
"""

from collections.abc import Sequence
from importlib import import_module
from typing import Any

from monitorgen.model.duration import format_duration
from monitorgen.model.names import GRAFANA_DIR, dashboard_uid, slug
from monitorgen.model.panels import Dashboard
from monitorgen.model.stack import Servers, Stack
from monitorgen.outputs.base import Each, Output, Rendered
from monitorgen.outputs.grafana_text import provisioned
from monitorgen.outputs.json_text import emit as emit_json
from monitorgen.outputs.yaml_text import emit as emit_yaml
from monitorgen.resources import data_dir

__all__ = ["OUTPUT", "dashboard_path"]

_VERBATIM = ("README.md", "provisioning/dashboards/monitorgen.yaml")
"""Files of the package's own `grafana` folder that go into the tree as they are."""


def dashboard_path(dashboard: Dashboard) -> str:
    """Where in the tree a dashboard stands; its folder's name is what Grafana shows as the folder."""
    folder = f"{slug(dashboard.folder)}/" if dashboard.folder else ""
    return f"{GRAFANA_DIR}/dashboards/{folder}{slug(dashboard.file)}.json"


def _provisioning(stack: Stack) -> Rendered:
    if not stack.dashboards:
        return
    for name in _VERBATIM:
        yield f"{GRAFANA_DIR}/{name}", (data_dir("grafana") / name).read_text(encoding="utf-8")
    yield f"{GRAFANA_DIR}/provisioning/datasources/monitorgen.yaml", emit_yaml(_datasources(stack))


def _dashboards(stack: Stack) -> Sequence[Dashboard]:
    if stack.dashboards:
        import_module("monitorgen.outputs.grafana_panels")  # before helpers are forked, who need it too
    return stack.dashboards


def _dashboard(stack: Stack, dashboard: Dashboard) -> Rendered:
    # Here and not above: it imports the SDK, which a build without dashboards need not wait for.
    from monitorgen.outputs.grafana_panels import build

    yield dashboard_path(dashboard), emit_json(build(dashboard, stack.servers.grafana_datasource))


def _datasources(stack: Stack) -> dict[str, Any]:
    """Grafana's data source provisioning: this stack's Prometheus, and its Alertmanager for silences."""
    servers = stack.servers
    where = "/".join(part for part in (stack.organization, stack.environment) if part)
    alertmanager = dashboard_uid("alertmanager", servers.grafana_datasource)
    sources = [
        {
            "name": provisioned(f"Prometheus ({where})"),
            "uid": servers.grafana_datasource,
            "type": "prometheus",
            "access": "proxy",
            "url": provisioned(f"http://{servers.prometheus_address}"),
            "jsonData": {
                "httpMethod": "POST",
                "timeInterval": format_duration(stack.scrape_interval),
                **({"alertmanagerUid": alertmanager} if servers.alertmanager_addresses else {}),
            },
        }
    ]
    if servers.alertmanager_addresses:
        sources.append(
            {
                "name": provisioned(f"Alertmanager ({where})"),
                "uid": alertmanager,
                "type": "alertmanager",
                "access": "proxy",
                "url": provisioned(_alertmanager_url(servers)),
                "jsonData": {"implementation": "prometheus"},
            }
        )
    return {"apiVersion": 1, "datasources": sources}


def _alertmanager_url(servers: Servers) -> str:
    path = servers.alertmanager_path_prefix.strip("/")
    host = f"{servers.alertmanager_scheme}://{servers.alertmanager_addresses[0]}"
    return f"{host}/{path}" if path else host


OUTPUT = Output(
    "grafana", "Grafana dashboards and provisioning", _provisioning, Each(_dashboards, _dashboard)
)
