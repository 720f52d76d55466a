"""Where a log is kept: `open_store(url)` opens one that is there, `create_store(url, origin)` makes one."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from monitorgen_exporters.audit.store import errors
from monitorgen_exporters.audit.store.base import Row, Store
from monitorgen_exporters.audit.store.errors import StoreError
from monitorgen_exporters.audit.store.tables import MIGRATIONS, VERSION, statements
from monitorgen_exporters.audit.tree import FIRST_CHAIN, Frontier

__all__ = ["Row", "Store", "StoreError", "create_store", "migrate", "open_store"]


def open_store(url: str, *, readonly: bool = False) -> Store:
    """The store of the log at `url`, with tables of this program's version.

    `url` is a path, `sqlite:///PATH` (four slashes before an absolute one) or `postgresql://...`. A store
    that was opened `readonly` cannot change anything. Raises an error of `errors.py`.
    """
    store = _connect(url, readonly=readonly, create=False)
    try:
        migrate(store, readonly=readonly)
    except BaseException:
        store.close()
        raise
    return store


def create_store(url: str, origin: str, begin: Callable[[Store], None] | None = None) -> Store:
    """The store of a new log called `origin`; raises AlreadyThere when there is a log at `url`.

    It is empty but for what `begin` writes: that is within the transaction that makes the log.
    """
    store = _connect(url, readonly=False, create=True)
    try:
        with store.transaction():
            for statement in statements(store.dialect):
                store.execute(statement)
            store.execute(
                "INSERT INTO audit_state (one, version, origin, size, frontier, chain, first_body) "
                "VALUES (1, ?, ?, 0, ?, ?, 0)",
                (VERSION, origin, Frontier().to_bytes(), FIRST_CHAIN),
            )
            if begin is not None:
                begin(store)
    except BaseException as problem:
        there = _has_log(store)
        store.close()
        if there and isinstance(problem, StoreError):
            raise errors.AlreadyThere(f"{store.place} holds an audit log already.") from problem
        raise
    return store


def migrate(
    store: Store,
    *,
    readonly: bool = False,
    newest: int = VERSION,
    migrations: Mapping[int, Sequence[str]] = MIGRATIONS,
) -> None:
    """Brings the tables to version `newest`; raises TooNew when they are beyond that, NotALog without any."""
    if _version(store) == newest:
        return
    if readonly:
        raise (
            errors.Refused(
                f"{store.place} was written by an earlier version of monitorgen: open it for writing once, "
                "which brings its tables up to date."
            )
            if _version(store) < newest
            else _too_new(store)
        )
    with store.transaction():
        version = _version(store)  # another process may have been quicker
        if version > newest:
            raise _too_new(store)
        for step in range(version + 1, newest + 1):
            for statement in migrations[step]:
                store.execute(statement)
        store.execute("UPDATE audit_state SET version = ?", [newest])


def _too_new(store: Store) -> errors.TooNew:
    return errors.TooNew(
        f"{store.place} was written by a later version of monitorgen (tables of version {_version(store)}, "
        f"this program knows {VERSION}): use that version, or a later one."
    )


def _version(store: Store) -> int:
    try:
        rows = store.query("SELECT version FROM audit_state")
    except errors.NotALog:
        try:
            store.query("SELECT 1 FROM audit_record LIMIT 1")
        except StoreError:
            pass
        else:
            raise errors.table_missing(store.place, "audit_state") from None
        raise
    if not rows:
        raise errors.Damaged(f"{store.place}: the table audit_state is empty; it holds one row in every log.")
    version = rows[0][0]
    if type(version) is not int:
        raise errors.Damaged(
            f"{store.place}: the table audit_state has no version of the tables, but {version!r}."
        )
    return version


def _has_log(store: Store) -> bool:
    try:
        _version(store)
    except StoreError:
        return False
    return True


def _connect(url: str, *, readonly: bool, create: bool) -> Store:
    scheme, separator, rest = url.partition("://")
    if separator and scheme in ("postgresql", "postgres"):
        try:
            from monitorgen_exporters.audit.store.postgres import PostgresStore
        except ModuleNotFoundError as problem:
            raise errors.StoreError(
                "A log in PostgreSQL needs the package psycopg: pip install 'monitorgen[audit,postgres]'."
            ) from problem
        return PostgresStore(url, readonly=readonly)
    from monitorgen_exporters.audit.store.sqlite import SQLiteStore

    if not separator:
        return SQLiteStore(Path(url), readonly=readonly, create=create)
    if scheme == "sqlite" and rest.startswith("/") and rest != "/":
        return SQLiteStore(Path(rest[1:]), readonly=readonly, create=create)
    raise errors.StoreError(
        f"{scheme}://... is not the place of an audit log: write a path, sqlite:///PATH or postgresql://HOST/NAME."
    )
