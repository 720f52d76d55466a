"""Shorthand for tests about API keys: who makes them, and what the audit log says of it."""

from datetime import datetime
from typing import Final

from monitorgen.vocabulary.receiver_access import BUILT_IN_ROLES, PERMISSIONS
from monitorgen_exporters.audit.record import Record, decode
from monitorgen_exporters.receiver.access.keys import NewKey, create
from monitorgen_exporters.receiver.access.principal import Principal
from monitorgen_exporters.receiver.database import Database

__all__ = ["ADMIN", "ROLES", "recorded", "with_key"]

ROLES: Final = {**BUILT_IN_ROLES, "auditor": ("audit", "reports")}
ADMIN: Final = Principal("root", "user:root", frozenset(PERMISSIONS))


def with_key(
    database: Database,
    name: str = "grafana",
    *,
    roles: tuple[str, ...] = ("viewer",),
    tenant: str | None = None,
    expires: datetime | None = None,
    by: Principal = ADMIN,
) -> NewKey:
    """A key that was just made, and committed."""
    with database.write() as work:
        return create(work, by, name=name, roles=roles, known=ROLES, tenant=tenant, expires=expires)


def recorded(database: Database) -> list[Record]:
    """All that the audit log has, without what the log says of itself."""
    with database.read() as store:
        bodies = [row[0] for row in store.query("SELECT body FROM audit_record ORDER BY pos")]
        bodies += [row[0] for row in store.query("SELECT body FROM audit_intake ORDER BY seq")]
    records = [decode(bytes(body)) for body in bodies]
    return [record for record in records if record.category != "log"]
