"""Erasure of personal values: value and salt go, the commitment stays, and a record says so."""

from collections.abc import Iterable, Mapping, Sequence

from monitorgen_exporters.audit.canonical import Json, canonical
from monitorgen_exporters.audit.declared import RECORD_ERASED, Erased
from monitorgen_exporters.audit.entry import new_entry
from monitorgen_exporters.audit.log import AuditLog
from monitorgen_exporters.audit.retention import in_the_tree
from monitorgen_exporters.audit.store import Store

__all__ = ["Values", "erase", "values_equal_to", "values_of_records"]

Values = Mapping[str, tuple[str, ...]]
"""Fields with personal values by the id of their record."""

_BATCH = 500


def values_of_records(store: Store, ids: Iterable[str], fields: Sequence[str] = ()) -> Values:
    """What is kept of these records: of these fields, or of all."""
    found: dict[str, tuple[str, ...]] = {}
    for id_ in ids:
        rows = store.query("SELECT field FROM audit_personal WHERE id = ? ORDER BY field", [id_])
        if kept := tuple(field for (field,) in rows if not fields or field in fields):
            found[id_] = kept
    return found


def values_equal_to(store: Store, field: str, value: Json) -> Values:
    """Every record whose personal field `field` holds `value`."""
    rows = store.query(
        "SELECT id FROM audit_personal WHERE field = ? AND value = ? ORDER BY id", [field, canonical(value)]
    )
    return {id_: (field,) for (id_,) in rows}


def erase(log: AuditLog, store: Store, values: Values, *, reason: str, operator: str) -> int:
    """Records that these values are erased, and erases them; how many. `store` is a second way to the log.

    The record goes first: killed in between, the same call erases what is left. One without values has the
    database let go of what was deleted already. Afterwards nobody can open the commitments or guess what they
    hold, and no hash of the log has changed.
    """
    ids = log.declare(
        new_entry(
            type=RECORD_ERASED,
            actor=operator,
            subject=f"record:{id_}",
            data=Erased(id_, tuple(fields), reason).data(),
        )
        for id_, fields in values.items()
    )
    for id_ in ids:
        in_the_tree(store, id_)
    pairs = [(id_, field) for id_, fields in values.items() for field in fields]
    for begin in range(0, len(pairs), _BATCH):
        with store.transaction():
            for pair in pairs[begin : begin + _BATCH]:
                store.execute("DELETE FROM audit_personal WHERE id = ? AND field = ?", pair)
    _forget(store)
    return len(pairs)


def _forget(store: Store) -> None:
    """Has the database let go of the deleted bytes, as far as it can while others read."""
    if store.dialect == "sqlite":
        store.query("PRAGMA wal_checkpoint(TRUNCATE)")
    else:
        store.execute("VACUUM audit_personal")
