"""`alertmanager.yml`: the routes and receivers, and beside it the templates its notifications are made of."""

from collections.abc import Iterator, Mapping
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
    extra = {
        key: value for key, value in routing.extra.items() if key != "route" or not isinstance(value, Mapping)
    }
    ours = {
        # A redirect would turn a POST into a GET without a body, whose answer would count as delivered.
        "global": {"http_config": {"follow_redirects": False}},
        "templates": [f"{_TEMPLATES}/*.tmpl"],
        "receivers": [_receiver(receiver) for receiver in routing.receivers],
    }
    body = merged(ours, extra)
    receivers = {"receivers": body.pop("receivers")}
    return "".join(
        (emit(body), "route:\n", *(f"  {line}" for line in _route(routing.whole())), emit(receivers))
    )


def _receiver(receiver: Receiver) -> dict[str, Any]:
    integrations: dict[str, list[dict[str, Any]]] = {}
    for integration in receiver.integrations:
        integrations.setdefault(integration.kind, []).append(integration.config)
    return {"name": receiver.name, **integrations}


def _route(route: Route) -> Iterator[str]:
    """The lines of a route's mapping. Put together by hand, for the comment before each child."""
    body = _body(route)
    further = body.pop("routes") if isinstance(body.get("routes"), list) else []
    yield from emit(body).splitlines(keepends=True)
    if route.routes or further:
        yield "routes:\n"
    for child in route.routes:
        yield f"  # {_comment(child)}\n"
        lead = "  - "
        for line in _route(child):
            yield f"{lead}{line}"
            lead = "    "
    if further:
        yield from (f"  {line}" for line in emit(further).splitlines(keepends=True))


def _body(route: Route) -> dict[str, Any]:
    """Everything of a route but its own children; `routes` are those that its `extra` brings."""
    body: dict[str, Any] = {"receiver": route.receiver}
    if route.match:
        body["matchers"] = [matcher(label, value) for label, value in route.match]
    if route.group_by is not None:
        body["group_by"] = list(route.group_by)
    for name in ("group_wait", "group_interval", "repeat_interval"):
        if (seconds := getattr(route, name)) is not None:
            body[name] = format_duration(seconds)
    if route.goes_on:
        body["continue"] = True
    return merged(body, route.extra)


def _comment(route: Route) -> str:
    """Where the route comes from, in words, on one line and of characters that YAML takes unescaped."""
    origin = ".".join(route.origin)
    text = f"{route.comment} ({origin})" if route.comment else origin
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


OUTPUT = Output("alertmanager", "Alertmanager's configuration and its notification templates", _render)
