"""A receiver's database, with its audit log, on SQLite and on PostgreSQL."""

from collections.abc import Iterator

import pytest

from monitorgen_exporters.audit.filters import Filters
from monitorgen_exporters.audit.log import AuditLog
from monitorgen_exporters.receiver.database import Database
from monitorgen_exporters.receiver.work import Recorder


@pytest.fixture
def url(log_url: str) -> str:
    """A place without a log in it."""
    return log_url


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    """An empty database of a receiver; nothing follows from its events."""
    log = AuditLog.create(url, origin="acme/audit/test/1", background=False)
    database = Database(log, url, Recorder(Filters()), lambda *_: None)
    yield database
    database.close()
