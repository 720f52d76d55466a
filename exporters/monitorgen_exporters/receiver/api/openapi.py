"""The description of the whole HTTP interface: what FastAPI knows, and what every operation has in common."""

from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from monitorgen_exporters.receiver.api.in_front import IN_FRONT, SCHEMAS
from monitorgen_exporters.receiver.api.permissions import PERMISSIONS
from monitorgen_exporters.receiver.api.problems import MEDIA_TYPE, ProblemDetails

__all__ = ["DESCRIPTION", "TAGS", "describe"]

DESCRIPTION: Final = """\
What Alertmanager has sent, what became of it, and what people have done about it.

Requests show an API key (`monitorgen receiver keys create`) or a JSON Web Token as
`Authorization: Bearer ...`. Which permission an operation takes stands in its description. A credential of
one tenant sees that tenant's alerts, and everything else is answered 404, as if it were not there.

Lists come a page at a time: `next` of a page is `after` for the one behind it. Times are RFC 3339 in UTC.
Where a parameter is a time, it may also say how long ago: `36h`, `7d`. Errors are problem details (RFC 9457),
whose `detail` is for people.
"""

TAGS: Final = [
    {"name": "alerts", "description": "Alerts as they stand, and what people do with them."},
    {"name": "history", "description": "What happened, event by event."},
    {
        "name": "stream",
        "description": "What changes, as it changes; by WebSocket at `/api/v1/stream/ws`, too.",
    },
    {"name": "silences", "description": "Silences in Alertmanager."},
    {"name": "effects", "description": "Notifications and commands, and how far each has come."},
    {"name": "reports", "description": "How alerts were dealt with over a period."},
    {"name": "audit", "description": "The audit log and its proofs."},
    {"name": "keys", "description": "API keys."},
    {"name": "receiver", "description": "The receiver itself."},
    {"name": "webhook", "description": "Where Alertmanager posts."},
    {"name": "operation", "description": "For those who run the receiver; nobody is asked who they are."},
]

_PROBLEMS: Final = {
    "400": "The body cannot be read as JSON.",
    "401": "The credential is missing, or not valid here.",
    "403": "The credential may not do this.",
    "404": "There is no such thing, as far as the credential may know.",
    "409": "It cannot be done as things stand; `detail` says why.",
    "412": "The alert has changed since the version that `If-Match` names.",
    "413": "The body is longer than 1 MiB.",
    "422": "A parameter or the body is not as it has to be.",
    "429": "The credential has made all the requests of its minute.",
    "503": "The database, or what credentials are checked with, cannot be reached.",
}
_IF_NONE_MATCH: Final = {
    "name": "If-None-Match",
    "in": "header",
    "required": False,
    "description": "The ETag of an answer: 304 while it would be the same.",
    "schema": {"type": "string"},
}
_IF_MATCH: Final = {
    "name": "If-Match",
    "in": "header",
    "required": False,
    "description": "The ETag of the alert as it was seen: 412, and nothing done, if it has changed since.",
    "schema": {"type": "string"},
}
_TAGGED: Final = ("/alerts", "/alerts/{id}", "/alerts/{id}/history", "/history", "/effects", "/effects/{id}")


def describe(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document of the whole receiver."""
    found = get_openapi(
        title=app.title,
        version=app.version,
        description=DESCRIPTION,
        routes=app.routes,
        tags=TAGS,
    )
    components = found.setdefault("components", {})
    components["schemas"] = {
        **components.get("schemas", {}),
        **SCHEMAS,
        **_schemas_of(ProblemDetails),
    }
    for unused in ("HTTPValidationError", "ValidationError"):
        components["schemas"].pop(unused, None)
    components["securitySchemes"] = {
        "bearer": {"type": "http", "scheme": "bearer", "description": "An API key or a JSON Web Token."},
        "sourceBearer": {"type": "http", "scheme": "bearer", "description": "The token of a source."},
        "sourceBasic": {"type": "http", "scheme": "basic", "description": "User and password of a source."},
        "sourceCertificate": {"type": "mutualTLS", "description": "The client certificate of a source."},
    }
    for path, item in found["paths"].items():
        for method, operation in item.items():
            _complete(path, method.upper(), operation)
    found["paths"].update(IN_FRONT)
    return found


def _schemas_of(model: type[ProblemDetails]) -> dict[str, Any]:
    schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
    return {**schema.pop("$defs", {}), model.__name__: schema}


def _complete(path: str, method: str, operation: dict[str, Any]) -> None:
    if (name := f"{method} {path}") not in PERMISSIONS:
        return
    permission = PERMISSIONS[name]
    operation["security"] = [{"bearer": []}]
    operation["x-permission"] = permission
    needed = "Takes any credential." if permission is None else f"Takes the permission `{permission}`."
    operation["description"] = f"{operation.get('description', '')}\n\n{needed}".strip()
    short = path.removeprefix("/api/v1")
    parameters = operation.setdefault("parameters", [])
    if method == "GET" and short in _TAGGED:
        parameters.append(_IF_NONE_MATCH)
        operation["responses"]["304"] = {"description": "It is as it was."}
    changes_alert = method == "POST" and short.startswith("/alerts/")
    if changes_alert:
        parameters.append(_IF_MATCH)
    for status in _statuses(path, method, operation, changes_alert):
        operation["responses"][status] = {
            "description": _PROBLEMS[status],
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemDetails"}}},
        }


def _statuses(path: str, method: str, operation: dict[str, Any], changes_alert: bool) -> list[str]:
    found = ["401", "429", "503"]
    if PERMISSIONS[f"{method} {path}"] is not None:
        found.append("403")
    if "{" in path or path.endswith(("/silences", "/checkpoint")):
        found.append("404")
    if operation["parameters"] or "requestBody" in operation:
        found.append("422")
    if method != "GET" or path.endswith("/proof"):
        found.append("409")
    if "requestBody" in operation:
        found += ["400", "413"]
    if changes_alert:
        found.append("412")
    return sorted(found)
