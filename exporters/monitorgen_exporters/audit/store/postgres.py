"""A log in a PostgreSQL database, in the schema that the connection's search_path names first."""

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from typing import Any, Self
from urllib.parse import urlsplit

import psycopg
from psycopg import errors as sql

from monitorgen_exporters.audit.inherited import keep_from_children, release
from monitorgen_exporters.audit.store import errors
from monitorgen_exporters.audit.store.base import Row
from monitorgen_exporters.audit.store.tables import TABLES, Table

__all__ = ["PostgresStore"]

# A lock is known by two numbers: this one says what for, the other is the log's own.
_SEQUENCER = 0x6D67_6174
_WAIT = "30s"  # for a lock another session holds


class PostgresStore:
    """`Store` over one connection; with `readonly`, one whose transactions cannot write."""

    dialect = "postgres"

    def __init__(self, url: str, *, readonly: bool) -> None:
        self.url = url
        self.place = without_password(url)
        self._sequencer = False
        try:
            self._connection: psycopg.Connection[Row] = psycopg.connect(
                url,
                autocommit=True,
                connect_timeout=10,
                application_name="monitorgen audit",
                # A server that went away without a word is noticed within a minute.
                keepalives_idle=20,
                keepalives_interval=10,
                keepalives_count=3,
            )
        except psycopg.OperationalError as problem:
            raise errors.Gone(f"No connection to {self.place}: {_said(problem)}.") from problem
        except (psycopg.Error, ValueError):
            # What libpq says of such a URL quotes it, password and all.
            raise errors.StoreError(
                "This is no URL that PostgreSQL understands: write postgresql://USER@HOST:PORT/DATABASE."
            ) from None
        self._socket: int | None = keep_from_children(self._connection.fileno())
        try:
            self._set_up(readonly)
        except BaseException:
            self.close()
            raise

    def _set_up(self, readonly: bool) -> None:
        ((encoding, commit),) = self.query(
            "SELECT current_setting('server_encoding'), current_setting('synchronous_commit')"
        )
        if encoding != "UTF8":
            raise errors.Refused(
                f"The database {self.place} has the encoding {encoding}: an audit log needs one made with "
                "ENCODING 'UTF8'."
            )
        # `off` acknowledges before anything is on a disk, `local` before the standbys that must have it do.
        if commit in ("off", "local"):
            self.execute("SET synchronous_commit = on")
        self.execute(f"SET lock_timeout = '{_WAIT}'")
        if readonly:
            self.execute("SET default_transaction_read_only = on")

    def query(self, sql: str, parameters: Sequence[object] = ()) -> list[Row]:
        try:
            with self._connection.cursor(binary=True) as cursor:
                return cursor.execute(_placeholders(sql), parameters).fetchall()
        except psycopg.Error as problem:
            raise self._error(problem) from problem

    def execute(self, sql: str, parameters: Sequence[object] = ()) -> int:
        try:
            with self._connection.cursor() as cursor:
                return cursor.execute(_placeholders(sql), parameters).rowcount
        except psycopg.Error as problem:
            raise self._error(problem) from problem

    def insert(self, table: str | Table, rows: Iterable[Sequence[object]]) -> None:
        try:
            to = TABLES[table] if isinstance(table, str) else table
            with self._connection.cursor() as cursor, cursor.copy(_copying(to)) as copy:
                copy.set_types(list(to.columns.values()))
                for row in rows:
                    copy.write_row(row)
        except psycopg.Error as problem:
            raise self._error(problem) from problem

    @contextmanager
    def transaction(self) -> Iterator[None]:
        with self._within("BEGIN"):
            yield

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        with self._within("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"):
            yield

    @contextmanager
    def _within(self, begin: str) -> Iterator[None]:
        self.execute(begin)
        try:
            yield
            self.execute("COMMIT")
        except BaseException:
            with suppress(psycopg.Error):  # without a connection there is nothing left to roll back
                self._connection.rollback()
            raise

    def try_sequencer(self) -> bool:
        # The lock is the session's, and so are the transactions: whoever loses one has lost the other.
        if not self._sequencer:
            ((self._sequencer,),) = self.query(
                "SELECT pg_try_advisory_lock(?, hashtext('audit_state'::regclass::oid::text))", [_SEQUENCER]
            )
        return self._sequencer

    def close(self) -> None:
        if self._sequencer:
            # The server lets go of a session's locks some time after the session has closed.
            with suppress(psycopg.Error):
                self._connection.execute("SELECT pg_advisory_unlock_all()")
        if self._socket is not None:
            release(self._socket)
            self._socket = None
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *problem: object) -> None:
        self.close()

    def _error(self, problem: psycopg.Error) -> errors.StoreError:
        said = f"PostgreSQL says: {_said(problem)}."
        match problem:
            case sql.UniqueViolation():
                return errors.Duplicate(f"{self.place}: {_said(problem)}")
            case sql.DiskFull() | sql.ConfigurationLimitExceeded():
                return errors.Full(
                    f"There is no room left for {self.place}: free some, then try again. {said}"
                )
            case sql.OutOfMemory():
                return errors.NoMemory(
                    f"The server of {self.place} has no memory left for this, whatever room its disk has: "
                    f"free some or allow it more, then try again. {said}"
                )
            case (
                sql.LockNotAvailable()
                | sql.QueryCanceled()
                | sql.DeadlockDetected()
                | sql.SerializationFailure()
            ):
                return errors.Locked(f"Another session holds {self.place} and did not finish in time. {said}")
            case sql.InsufficientPrivilege() | sql.ReadOnlySqlTransaction():
                return errors.Refused(f"{self.place} may not be written by this account. {said}")
            case sql.UndefinedTable() if (missing := _NO_TABLE.search(str(problem))) is not None:
                return errors.no_table(self.place, missing[0], "a database")
            case sql.DataCorrupted() | sql.IndexCorrupted():
                return errors.Damaged(f"{self.place} is broken. {said}")
        # Classes of SQLSTATE: connection, operator intervention, system error (of the disk, say).
        if (problem.sqlstate or "")[:2] in ("08", "57", "58") or self._connection.closed:
            return errors.Gone(f"The connection to {self.place} is gone. {said}")
        return errors.StoreError(f"{self.place}: {said}")


_NO_TABLE = re.compile(r"\baudit_\w+")  # what stands around it is in the server's language


def without_password(url: str) -> str:
    """`url` as it may be shown: without password and without parameters, where one could stand, too."""
    try:
        parts = urlsplit(url)
        user = f"{parts.username}@" if parts.username else ""
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return "the database of that URL"
    return f"{parts.scheme}://{user}{parts.hostname or ''}{port}{parts.path}"


def _said(problem: BaseException) -> str:
    lines = str(problem).strip().splitlines() or [type(problem).__name__]
    return lines[0].rstrip(".")


@cache
def _placeholders(sql: str) -> Any:
    return sql.replace("%", "%%").replace("?", "%s").encode()


@cache
def _copying(table: Table) -> Any:
    return f"COPY {table.name} ({', '.join(table.columns)}) FROM STDIN (FORMAT BINARY)".encode()
