"""What of the audit log there is for somebody."""

from collections.abc import Sequence

from monitorgen_exporters.audit.search import Found, Query, find, one
from monitorgen_exporters.audit.store import Store

__all__ = ["find_record", "newest_note", "of_tenant"]


def of_tenant(tenant: str | None) -> tuple[str, Sequence[object]]:
    """The condition on records that are there for a tenant, those about its alerts; None: all are."""
    if tenant is None:
        return "1 = 1", ()
    return "incident IN (SELECT id FROM receiver_episode WHERE tenant = ?)", (tenant,)


def find_record(store: Store, tenant: str | None, id: str) -> Found | None:
    """The record with this id or at this position, if it is there for `tenant`. Raises StoreError."""
    found = one(store, id)
    if found is None or tenant is None:
        return found
    term, values = of_tenant(tenant)
    asked = find(store, Query(), limit=1, also=(f"pos = ? AND {term}", (found.position, *values)))
    return next(asked, None)


def newest_note(store: Store) -> bytes | None:
    """The newest signed checkpoint; None before the first. Raises StoreError."""
    rows = store.query(
        "SELECT note FROM audit_checkpoint WHERE origin = (SELECT origin FROM audit_state) "
        "ORDER BY size DESC LIMIT 1"
    )
    return bytes(rows[0][0]) if rows else None
