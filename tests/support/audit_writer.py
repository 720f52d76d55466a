"""A process that appends to an audit log until it is killed, and prints each id once it is acknowledged.

    python -m tests.support.audit_writer URL FOLDER NAME THREADS

It signs checkpoints with the key and the guard in FOLDER, often. On its standard input, `end` and a newline
have it close the log and exit.
"""

import faulthandler
import os
import sys
import threading
import traceback
from pathlib import Path

from monitorgen_exporters.audit.guard import Guard
from monitorgen_exporters.audit.issuing import Signer
from monitorgen_exporters.audit.log import AuditLog
from monitorgen_exporters.audit.note import SigningKey
from monitorgen_exporters.audit.record import new_record

__all__ = ["signer"]


def signer(folder: Path) -> Signer:
    """Who signs for the tests in this folder: its key is made when it is asked for first."""
    key = folder / "key"
    if not key.exists():
        key.write_text(SigningKey.generate("example.org/audit/test").secret())
    return Signer((SigningKey.parse(key.read_text()),), Guard(folder / "guard"), ("anchor",), 0.2, 40)


def write(log: AuditLog, name: str, thread: int, ending: threading.Event) -> None:
    """Appends, one at a time and several at once, and tells of each; a failure ends the process."""
    try:
        _write(log, name, thread, ending)
    except Exception:
        traceback.print_exc()
        os._exit(1)


def _write(log: AuditLog, name: str, thread: int, ending: threading.Event) -> None:
    turn = 0
    while not ending.is_set():
        turn += 1
        about = {"thread": thread, "turn": turn}
        if turn % 3:
            ids = [log.append(type="test.one", actor=f"writer:{name}", subject=f"turn:{turn}", data=about)]
        else:
            batch = [new_record("test.many", f"writer:{name}", f"turn:{turn}", about) for _ in range(7)]
            ids = log.append_many(batch)
        # One write each, shorter than a pipe's buffer: a kill leaves no half of a line.
        os.write(sys.stdout.fileno(), "".join(f"{id}\n" for id in ids).encode())


def main(url: str, folder: Path, name: str, threads: int) -> None:
    """Runs the writers until standard input says to end."""
    faulthandler.enable()
    ending = threading.Event()
    with AuditLog.open(url, signer=signer(folder)) as log:
        writers = [
            threading.Thread(target=write, args=(log, name, thread, ending)) for thread in range(threads)
        ]
        for writer in writers:
            writer.start()
        sys.stdin.readline()
        ending.set()
        for writer in writers:
            writer.join()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), sys.argv[3], int(sys.argv[4]))
