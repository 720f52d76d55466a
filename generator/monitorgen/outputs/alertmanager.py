"""`alertmanager.yml`: the routes and receivers, and beside it the templates its notifications are made of."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from monitorgen.model.duration import format_duration
from monitorgen.model.merging import merged
from monitorgen.model.names import ALERTMANAGER_DIR
from monitorgen.model.routing import Receiver, Route, RoutingTree
from monitorgen.model.stack import Stack
from monitorgen.outputs.base import Output, Rendered
from monitorgen.outputs.yaml_text import emit
from monitorgen.resources import data_dir

__all__ = ["OUTPUT", "matcher"]

_TEMPLATES = "templates"


def matcher(label: str, value: str) -> str:
    """The equality matcher `label="value"`, which the old and the new parser of Alertmanager read alike.

    Only these three escapes mean the same to both (pkg/labels/parse.go, matcher/parse/parse.go).
    """
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'{label}="{escaped}"'


def _render(stack: Stack) -> Rendered:
    yield f"{ALERTMANAGER_DIR}/alertmanager.yml", _config(stack.routing)
    for template in sorted((data_dir("templates") / "notifications").glob("*.tmpl")):
        yield f"{ALERTMANAGER_DIR}/{_TEMPLATES}/{template.name}", template.read_text("utf-8")


def _config(routing: RoutingTree) -> str:
    """The whole file. What `extra` says is laid over it, and added to the lists that are ours."""
    extra = dict(routing.extra)
    templates = [f"{_TEMPLATES}/*.tmpl", *_listed(extra.pop("templates", None))]
    receivers = [*map(_receiver, routing.receivers), *_listed(extra.pop("receivers", None))]
    root = routing.root
    if isinstance(extra.get("route"), Mapping):
        root = replace(root, extra=merged(extra.pop("route"), root.extra))
    # A redirect would turn a POST into a GET without a body, and the answer to that would count as delivered.
    ours = {"global": {"http_config": {"follow_redirects": False}}, "templates": templates}
    route = (f"  {line}" for line in _route(root))
    return "".join((emit(merged(ours, extra)), "route:\n", *route, emit({"receivers": receivers})))


def _listed(value: Any) -> list[Any]:
    """What an `extra` adds to a list; what is no list is added as it is, for Alertmanager to refuse."""
    return list(value) if isinstance(value, list | tuple) else [] if value is None else [value]


def _receiver(receiver: Receiver) -> dict[str, Any]:
    integrations: dict[str, list[dict[str, Any]]] = {}
    for integration in receiver.integrations:
        integrations.setdefault(integration.kind, []).append(integration.config)
    return {"name": receiver.name, **integrations}


def _route(route: Route) -> Iterator[str]:
    """The lines of a route's mapping. Written by hand to put a comment before each route."""
    body, routes = _body(route)
    yield from emit(body).splitlines(keepends=True)
    if route.routes or routes:
        yield "routes:\n"
    for child in route.routes:
        yield f"  # {_comment(child)}\n"
        lead = "  - "
        for line in _route(child):
            yield f"{lead}{line}"
            lead = "    "
    if routes:
        yield from (f"  {line}" for line in emit(routes).splitlines(keepends=True))


def _body(route: Route) -> tuple[dict[str, Any], list[Any]]:
    """Everything of a route but its children, and the further children its `extra` names."""
    extra = dict(route.extra)
    routes = _listed(extra.pop("routes", None))
    matchers = [
        *(matcher(label, value) for label, value in route.match),
        *_listed(extra.pop("matchers", None)),
    ]
    body: dict[str, Any] = {"receiver": route.receiver}
    if matchers:
        body["matchers"] = matchers
    if route.group_by is not None:
        body["group_by"] = list(route.group_by)
    for name in ("group_wait", "group_interval", "repeat_interval"):
        if (seconds := getattr(route, name)) is not None:
            body[name] = format_duration(seconds)
    return merged(body, extra), routes


def _comment(route: Route) -> str:
    """Where the route comes from, in words, on one line."""
    origin = ".".join(route.origin)
    text = f"{route.comment} ({origin})" if route.comment else origin
    return re.sub(r"[^\S ]+|[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff]+", " ", text)


OUTPUT = Output("alertmanager", "Alertmanager's configuration and its notification templates", _render)
