"""What an attacker with write access to the database does first."""

from monitorgen_exporters.audit.store import Store

__all__ = ["disarm"]

_TRIGGERS = ("audit_record_stays", "audit_record_unchanged", "audit_record_kept")


def disarm(store: Store) -> None:
    """Drops the triggers that refuse to change or delete records."""
    for trigger in _TRIGGERS:
        store.execute(
            f"DROP TRIGGER IF EXISTS {trigger}" + (" ON audit_record" if store.dialect == "postgres" else "")
        )
