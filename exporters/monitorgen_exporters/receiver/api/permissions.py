"""What each operation takes: the one place that says so."""

from collections.abc import Mapping
from typing import Final

from monitorgen.vocabulary.receiver_access import Permission

__all__ = ["PERMISSIONS", "permission_of"]

PERMISSIONS: Final[Mapping[str, Permission | None]] = {
    "GET /api/v1/whoami": None,
    "GET /api/v1/status": "read",
    "GET /api/v1/alerts": "read",
    "GET /api/v1/alerts/{id}": "read",
    "GET /api/v1/alerts/{id}/history": "read",
    "POST /api/v1/alerts/{id}/acknowledge": "acknowledge",
    "POST /api/v1/alerts/{id}/unacknowledge": "acknowledge",
    "POST /api/v1/alerts/{id}/suppress": "suppress",
    "POST /api/v1/alerts/{id}/unsuppress": "suppress",
    "POST /api/v1/alerts/{id}/resolve": "resolve",
    "POST /api/v1/alerts/{id}/assign": "assign",
    "POST /api/v1/alerts/{id}/comment": "comment",
    "GET /api/v1/history": "read",
    "GET /api/v1/rules": "read",
    "GET /api/v1/silences": "read",
    "POST /api/v1/silences": "silence",
    "DELETE /api/v1/silences/{source}/{id}": "silence",
    "GET /api/v1/effects": "read",
    "GET /api/v1/effects/{id}": "read",
    "POST /api/v1/effects/{id}/retry": "effects",
    "POST /api/v1/effects/{id}/cancel": "effects",
    "GET /api/v1/reports/{by}": "reports",
    "GET /api/v1/audit/records": "audit",
    "GET /api/v1/audit/records/{id}": "audit",
    "GET /api/v1/audit/records/{id}/proof": "audit",
    "GET /api/v1/audit/checkpoint": "audit",
    "GET /api/v1/tenants": "read",
    "GET /api/v1/keys": "admin",
    "POST /api/v1/keys": "admin",
    "POST /api/v1/keys/{id}/rotate": "admin",
    "POST /api/v1/keys/{id}/revoke": "admin",
    "GET /api/v1/stream": "read",
    "GET /api/v1/stream/ws": "read",
}
"""The permission for each method and path; None for what everybody may who has a good credential."""


def permission_of(method: str, path: str) -> Permission | None:
    """The permission that an operation takes; raises KeyError for one that the table does not have."""
    return PERMISSIONS[f"{method} {path}"]
