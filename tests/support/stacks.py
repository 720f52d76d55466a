"""Stacks for tests of outputs: everything a stack must have, and nothing in it."""

from dataclasses import replace
from typing import Any

from monitorgen.model.compatibility import DEFAULT
from monitorgen.model.routing import Receiver, Route, RoutingTree
from monitorgen.model.stack import Servers, Stack

__all__ = ["EMPTY", "SERVERS", "stack"]

SERVERS = Servers(
    alertmanager_addresses=("127.0.0.1:9093",),
    alertmanager_scheme="http",
    alertmanager_path_prefix="",
    blackbox_address="127.0.0.1:9115",
    prometheus_address="127.0.0.1:9090",
    grafana_datasource="prometheus",
)
EMPTY = Stack(
    organization="acme",
    environment="",
    compatible_with=DEFAULT,
    scrape_interval=30.0,
    scrape_timeout=10.0,
    evaluation_interval=30.0,
    external_labels={},
    servers=SERVERS,
    jobs=(),
    probe_jobs=(),
    probe_modules=(),
    rule_folders=(),
    rule_files=(),
    rule_tests=(),
    untested=(),
    routing=RoutingTree(Route("nobody", (), ()), (Receiver("nobody", (), ()),)),
    dashboards=(),
    clouds=(),
)


def stack(**parts: Any) -> Stack:
    """The empty stack with these parts of it filled."""
    return replace(EMPTY, **parts)
