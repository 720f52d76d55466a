"""A child that was forked keeps nothing of a log that its parent has open, and cannot write to it."""

import subprocess
import sys
from pathlib import Path

import pytest

from monitorgen_exporters.audit.log import AuditLog
from monitorgen_exporters.audit.store.errors import AlreadyThere
from tests.support.checkout import TOP
from tests.support.waiting import wait_until
from tests.support.whole_log import check_whole

ORIGIN = "example.org/audit/test/1"
_PARENT = """
import os, sys
from monitorgen_exporters.audit.log import AuditLog
from monitorgen_exporters.audit.store import StoreError

log = AuditLog.open(sys.argv[1], background=False)
assert log.status().sequencing
said, ready = os.pipe()
if os.fork():
    os.read(said, 1)
    if sys.argv[2] == "appends":
        log.append(type="of.parent", actor="a:b", subject="a:b")
        log.close()
    os._exit(0)
try:
    log.append(type="of.child", actor="a:b", subject="a:b")
except StoreError as problem:
    print(problem, flush=True)
log.close()
os.write(ready, b".")
sys.stdin.read()
os._exit(0)
"""


def parent(url: str, does: str) -> subprocess.Popen[str]:
    """Has a child fork, waits until the parent is gone; the child lives until its input ends."""
    made = subprocess.Popen(
        [sys.executable, "-c", _PARENT, url, does],
        cwd=TOP,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert made.wait(120) == 0
    return made


def test_a_child_does_not_keep_the_lock_of_a_parent_that_died(log_url: str) -> None:
    AuditLog.create(log_url, origin=ORIGIN).close()
    with parent(log_url, "dies") as child, AuditLog.open(log_url, background=False) as log:
        assert child.stdout is not None
        assert "a child opens it anew" in child.stdout.readline()

        def elected() -> bool:
            log.tend()
            return log.status().sequencing

        wait_until(elected)
        assert child.stdin is not None
        child.stdin.close()
    assert len(check_whole(log_url)) == 1


def test_a_parent_goes_on_after_a_child_was_forked(log_url: str) -> None:
    AuditLog.create(log_url, origin=ORIGIN).close()
    with parent(log_url, "appends") as child:
        assert child.stdin is not None
        child.stdin.close()
    assert len(check_whole(log_url)) == 2


def test_to_make_a_log_where_one_is_open_takes_no_lock_from_it(sqlite_url: str) -> None:
    """fcntl's locks are of the process: to open and close SQLite's file once more would end them."""
    path = sqlite_url.removeprefix("sqlite:///")
    with AuditLog.create(sqlite_url, origin=ORIGIN, background=False) as log:
        with pytest.raises(AlreadyThere):
            AuditLog.create(sqlite_url, origin=ORIGIN)
        # Whoever believes to be the last one removes the write-ahead log, in use or not.
        reader = (
            "import sqlite3, sys; sqlite3.connect(sys.argv[1]).execute('SELECT * FROM audit_state').close()"
        )
        subprocess.run([sys.executable, "-c", reader, path], check=True)
        assert Path(f"{path}-wal").exists()
        log.append(type="a.b", actor="a:b", subject="a:b")
    assert len(check_whole(sqlite_url)) == 2
