"""How fast a log is verified and a record proven, beside the bare limit in the same run.

`python -m bench.audit_verify`. The bare limit reads the same rows and does the least that a verification can
do: SHA-256 of each body, with and without parsing and writing it again. These machines are shared: quote the
ratios, and the processor time, which other work on the machine lengthens less.
"""

import argparse
import os
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from statistics import median

import orjson

from monitorgen_exporters.audit.checkpoint import Checkpoint
from monitorgen_exporters.audit.entry import Entry, new_entry
from monitorgen_exporters.audit.note import SigningKey, sign_note
from monitorgen_exporters.audit.proving import prove
from monitorgen_exporters.audit.sequencer import Sequencer
from monitorgen_exporters.audit.stamps import now
from monitorgen_exporters.audit.store import create_store, open_store
from monitorgen_exporters.audit.trust import Trust, TrustedKey
from monitorgen_exporters.audit.verify.options import Options
from monitorgen_exporters.audit.verify.verifier import verify

__all__ = ["main"]

_ORIGIN = "bench.example/audit/main/1"
_EVERY = 1000  # records between two checkpoints


def main() -> None:
    """Makes a log, verifies it, and prints records a second with the share of the bare limit."""
    options = argparse.ArgumentParser(prog="python -m bench.audit_verify", description=__doc__)
    options.add_argument("--records", type=int, default=1_000_000, help="size of the log")
    options.add_argument("--runs", type=int, default=3, help="runs of each; medians are shown")
    options.add_argument("--folder", type=Path, help="where the log is made; it takes a gigabyte")
    options.add_argument("--one", choices=_ONE, help=argparse.SUPPRESS)
    options.add_argument("--log", help=argparse.SUPPRESS)
    chosen = options.parse_args()
    if chosen.one:
        _ONE[chosen.one](chosen.log)
        return
    with tempfile.TemporaryDirectory(prefix="monitorgen-bench-", dir=chosen.folder) as folder:
        url = f"sqlite:///{folder}/log.db"
        began = time.perf_counter()
        length = _make(url, chosen.records)
        took = time.perf_counter() - began
        print(f"{chosen.records:,} records of {length} bytes, a checkpoint each {_EVERY:,}, in {took:.0f} s")
        _compare(url, chosen.records, chosen.runs)
        _memory(url)
        _proofs(url, chosen.records)


def _make(url: str, records: int) -> int:
    """Fills a log; the length of a record."""
    key = SigningKey(_ORIGIN, bytes(32))
    create_store(url, _ORIGIN).close()
    length = 0
    with open_store(url) as store:
        store.execute("PRAGMA synchronous = OFF")
        assert store.try_sequencer()
        sequencer = Sequencer(store)
        for start in range(0, records, _EVERY):
            entries = [_entry(number) for number in range(start, min(start + _EVERY, records))]
            length = len(entries[0].body)
            sequencer.append(entries)
            frontier = sequencer.tip.frontier
            made = Checkpoint(_ORIGIN, frontier.size, frontier.root())
            note = sign_note(made.text, key)
            store.insert("audit_checkpoint", [(made.origin, made.size, made.root, note, now())])
    return length


def _entry(number: int) -> Entry:
    return new_entry(
        type="alert.firing",
        actor="system:receiver",
        subject="alert:HighErrorRate",
        data={
            "fingerprint": f"{number:016x}",
            "incident": f"incident-{number // 20}",
            "severity": "critical",
            "status": "firing",
            "labels": {"alertname": "HighErrorRate", "service": "checkout", "instance": "10.0.0.1:9102"},
            "value": "0.0512",
        },
    )


def _bare(url: str, body: Callable[[bytes], object]) -> None:
    connection = sqlite3.connect(f"file:{url.removeprefix('sqlite:///')}?mode=ro", uri=True)
    for _, text in connection.execute("SELECT pos, body FROM audit_record ORDER BY pos"):
        body(text)


def _bare_hashes(url: str) -> None:
    _bare(url, lambda text: sha256(b"\x00" + text).digest())


def _bare_full(url: str) -> None:
    def one(text: bytes) -> None:
        sha256(b"\x00" + text).digest()
        if orjson.dumps(orjson.loads(text), option=orjson.OPT_SORT_KEYS) != text:
            raise SystemExit("not canonical")

    _bare(url, one)


def _verify(url: str, hashes_only: bool = False, processes: int | None = None) -> None:
    trust = Trust(_ORIGIN, (TrustedKey(SigningKey(_ORIGIN, bytes(32)).verifier),))
    report = verify(url, trust, options=Options(hashes_only=hashes_only, processes=processes))
    if report.findings:
        raise SystemExit(f"not intact: {list(report.findings)}")


_ONE: dict[str, Callable[[str], None]] = {
    "bare, hashes": _bare_hashes,
    "bare, parsed and written again": _bare_full,
    "verify, hashes only": lambda url: _verify(url, hashes_only=True),
    "verify, in full": _verify,
    "verify, in full, one process": lambda url: _verify(url, processes=1),
}
_GOALS = {
    "verify, hashes only": ("bare, hashes", 600_000),
    "verify, in full": ("bare, parsed and written again", 300_000),
}


def _compare(url: str, records: int, runs: int) -> None:
    found: dict[str, list[float]] = {name: [] for name in _ONE}
    spent: dict[str, list[float]] = {name: [] for name in _ONE}
    for _ in range(runs):
        for name, one in _ONE.items():
            began, used = time.perf_counter(), _processor_time()
            one(url)
            found[name].append(time.perf_counter() - began)
            spent[name].append(_processor_time() - used)
    rates = {name: records / median(times) for name, times in found.items()}
    for name, rate in rates.items():
        goal = _GOALS.get(name)
        beside = f"{rate / rates[goal[0]]:5.2f} of `{goal[0]}` (goal {goal[1]:,}/s)" if goal else ""
        each = median(spent[name]) / records * 1e6
        print(f"  {name:34}{rate:>10,.0f} records/s  {each:5.2f} us of processor time each  {beside}")
    print(f"  on {len(os.sched_getaffinity(0))} processors")


def _processor_time() -> float:
    """Seconds that this process and those it has waited for have used."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def _memory(url: str) -> None:
    """Peak memory of a whole verification: of the process that merges, and of the largest that reads."""
    command = [sys.executable, "-m", "bench.audit_verify", "--one", "verify, in full", "--log", url]
    subprocess.run(command, check=True)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"  peak memory of the largest process {peak:.0f} MB")


def _proofs(url: str, records: int) -> None:
    times = []
    with open_store(url, readonly=True) as store:
        for number in range(200):
            began = time.perf_counter()
            prove(store, str(number * 7919 % records))
            times.append(time.perf_counter() - began)
    times.sort()
    print(
        f"  proof of one record: median {times[100] * 1000:.2f} ms, 99 % in {times[197] * 1000:.2f} ms "
        "(goal 10 ms)"
    )


if __name__ == "__main__":
    main()
