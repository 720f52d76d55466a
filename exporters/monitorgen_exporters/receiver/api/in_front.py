"""What is answered in front of the API, by web/front.py and web/webhook.py, as OpenAPI has it."""

from typing import Any, Final

from monitorgen_exporters.receiver.api.problems import MEDIA_TYPE
from monitorgen_exporters.receiver.web.webhook import PATH

__all__ = ["IN_FRONT", "SCHEMAS"]

_LABELS: Final = {"type": "object", "additionalProperties": {"type": "string"}}

_TIME: Final = {"type": "string", "format": "date-time", "description": "RFC 3339, with a time zone."}

SCHEMAS: Final[dict[str, Any]] = {
    "Delivery": {
        "type": "object",
        "title": "Delivery",
        "description": "What Alertmanager posts: its webhook payload, version 4. Other fields may be there.",
        "required": ["alerts"],
        "properties": {
            "alerts": {"type": "array", "items": {"$ref": "#/components/schemas/DeliveredAlert"}},
            "groupKey": {"type": "string"},
            "receiver": {"type": "string"},
            "truncatedAlerts": {
                "type": "integer",
                "minimum": 0,
                "description": "How many alerts of the group were left out.",
            },
        },
    },
    "DeliveredAlert": {
        "type": "object",
        "title": "DeliveredAlert",
        "required": ["status", "labels", "startsAt"],
        "properties": {
            "status": {"enum": ["firing", "resolved"]},
            "labels": {**_LABELS, "minProperties": 1},
            "annotations": _LABELS,
            "startsAt": _TIME,
            "endsAt": {**_TIME, "description": "When it ended; year 1 while it fires."},
            "generatorURL": {"type": "string"},
        },
    },
}
"""The schemas that the operations refer to."""


def _text(description: str) -> dict[str, Any]:
    return {"description": description, "content": {"text/plain": {"schema": {"type": "string"}}}}


_SOURCE: Final[list[dict[str, list[str]]]] = [
    {"sourceBearer": []},
    {"sourceBasic": []},
    {"sourceCertificate": []},
]


def _webhook(summary: str, operation: str, *parameters: dict[str, Any]) -> dict[str, Any]:
    return {
        "post": {
            "tags": ["webhook"],
            "summary": summary,
            "operationId": operation,
            "description": "Alertmanager posts here, with the credentials of its source. 200 says that every "
            "alert of the delivery, and all that follows from it, is on the disk. The same delivery again "
            "changes nothing.",
            "parameters": list(parameters),
            "requestBody": {
                "required": True,
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Delivery"}}},
            },
            "responses": {
                "200": _text("It is kept."),
                "400": _text("The body can never be read; it need not be sent again."),
                "401": _text("The credentials are not those of a source."),
                "403": _text("The credentials are of another source than the path names."),
                "404": {
                    "description": "No source can have such a name.",
                    "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemDetails"}}},
                },
                "405": _text("The method is not POST."),
                "413": _text("The body is longer than `receiver.limits.body`."),
                "503": _text("It cannot be kept at present: send it again."),
            },
            "security": _SOURCE,
        }
    }


def _open(summary: str, operation: str, description: str, **responses: dict[str, Any]) -> dict[str, Any]:
    return {
        "get": {
            "tags": ["operation"],
            "summary": summary,
            "operationId": operation,
            "description": description,
            "responses": {status.lstrip("_"): said for status, said in responses.items()},
            "security": [],
        }
    }


IN_FRONT: Final[dict[str, Any]] = {
    PATH: _webhook("Take a delivery", "deliver"),
    f"{PATH}/{{source}}": _webhook(
        "Take a delivery of a source",
        "deliver_as_source",
        {
            "name": "source",
            "in": "path",
            "required": True,
            "description": "The source's name in the settings.",
            "schema": {"type": "string", "pattern": "^[A-Za-z0-9_-][A-Za-z0-9_.-]*$"},
        },
    ),
    "/healthz": _open(
        "Whether it lives",
        "healthz",
        "Everything that works in the background does. If not, only a new start helps.",
        _200=_text("It lives."),
        _503=_text("Something has ended: which."),
    ),
    "/readyz": _open(
        "Whether it takes deliveries",
        "readyz",
        "Deliveries can be kept now. The database is tried by writing to it, once a second at most.",
        _200=_text("They can."),
        _503=_text("They cannot: why."),
    ),
    "/metrics": _open(
        "Metrics",
        "metrics",
        "What the receiver tells Prometheus of itself, in its text format.",
        _200=_text("All metrics."),
    ),
}
"""The path items."""
