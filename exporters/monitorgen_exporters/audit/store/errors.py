"""What can go wrong with the place a log is kept in, each with a message for the person who runs it.

StoreError
    NotFound       there is no file at that place
    NotALog        there is a database, and no audit log in it
    AlreadyThere   a log was to be made where one is
    TooNew         a later version of monitorgen wrote the log
    Locked         another process holds the database, or is the sequencer
    Full           the disk or the quota is used up
    NoMemory       the database server has no memory left for what it was asked
    Gone           the connection, the server or the file went away; what was under way may have been kept
    Refused        the account may not do this, or the place is read-only
    Damaged        the database itself says that it is broken
      TableMissing   a table that every log has is gone, and others are there
    Duplicate      a row with this key is there already
    Conflict       somebody else has written where this process alone should
"""

__all__ = [
    "OF_THE_PLACE",
    "AlreadyThere",
    "Conflict",
    "Damaged",
    "Duplicate",
    "Full",
    "Gone",
    "Locked",
    "NoMemory",
    "NotALog",
    "NotFound",
    "Refused",
    "StoreError",
    "TableMissing",
    "TooNew",
    "no_table",
    "table_missing",
]


class StoreError(OSError):
    """The store could not do what it was asked; the text says what, where and how to mend it."""


class NotFound(StoreError):  # noqa: N818 - the tree above reads as prose
    """There is no file at that place."""


class NotALog(StoreError):  # noqa: N818
    """There is a database, and no audit log in it."""


class AlreadyThere(StoreError):  # noqa: N818
    """A log was to be made where there is one."""


class TooNew(StoreError):  # noqa: N818
    """A later version of monitorgen wrote the log."""


class Locked(StoreError):  # noqa: N818
    """Another process holds the database, and did not let go in time; trying again may help."""


class Full(StoreError):  # noqa: N818
    """The disk or the quota is used up. Nothing of the transaction was kept."""


class NoMemory(StoreError):  # noqa: N818
    """The database server has no memory left for what it was asked. Nothing of the transaction was kept."""


class Gone(StoreError):  # noqa: N818
    """The connection, the server or the file went away. What was being committed may have been kept."""


class Refused(StoreError):  # noqa: N818
    """The account may not do this, or the place is read-only."""


class Damaged(StoreError):  # noqa: N818
    """The database itself says that it is broken, which no writer of ours can have done."""


class TableMissing(Damaged):
    """A table that every log has is gone, and others are there: somebody removed it."""


class Duplicate(StoreError):  # noqa: N818
    """A row with this key is there already. Nothing of the transaction was kept."""


class Conflict(StoreError):  # noqa: N818
    """Somebody else has written where this process alone should. Nothing of the transaction was kept."""


OF_THE_PLACE = (NotFound, NotALog, TooNew, Locked, Full, NoMemory, Gone, Refused, Damaged, Conflict)
"""What hinders every row alike. Other errors may be about the row that was to be written."""


def no_table(place: str, table: str, kind: str) -> StoreError:
    """The error for a table that is not there; `kind` is what the place is.

    Without `audit_state`, by which a log is opened, there is mostly no log at all.
    """
    if table == "audit_state":
        return NotALog(f"{place} is {kind} without an audit log in it.")
    return table_missing(place, table)


def table_missing(place: str, table: str) -> TableMissing:
    """The error for a table that a log has lost."""
    return TableMissing(
        f"{place}: the table {table} is missing, which every audit log has: somebody removed it. Keep a copy "
        "as evidence, then restore the database from a backup."
    )
