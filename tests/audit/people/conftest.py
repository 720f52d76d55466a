"""A log with settings, as an operator has one: key, guard, trust file, and audit.yml."""

from pathlib import Path

import pytest

from monitorgen_exporters.audit.note import SigningKey
from tests.audit.people.logs import Place


@pytest.fixture
def place(log_url: str, tmp_path: Path) -> Place:
    """Settings for a log that is not there yet; on both databases."""
    return _place(log_url, tmp_path)


@pytest.fixture
def sqlite_place(sqlite_url: str, tmp_path: Path) -> Place:
    """The same on SQLite alone."""
    return _place(sqlite_url, tmp_path)


def _place(url: str, folder: Path) -> Place:
    key = SigningKey.generate("acme/audit/monitoring")
    (folder / "audit.key").write_text(key.secret() + "\n")
    (folder / "audit.key").chmod(0o600)
    made = Place(url, folder, key)
    made.write()
    return made
