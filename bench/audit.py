"""`python -m bench.audit`: appending to the audit log, beside bare loops, in one run.

A bare loop does the least that a hash chain in a table can: canonical JSON, one hash a record, three columns,
one flushed commit for each hundred. These machines are shared: quote the ratios, and compare within one run.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from itertools import count
from pathlib import Path
from statistics import median

from bench.audit_runs import BATCH
from tests.support.postgres import find_postgres, run_postgres

__all__: list[str] = []

# What the log is to reach of the bare loop beside it: 60,000 of 110,000 records a second with SQLite, and
# 40,000 of 86,000 with PostgreSQL.
GOALS = {"SQLite": 60 / 110, "PostgreSQL": 40 / 86}


def main() -> None:
    """Runs all of it; how many records and rounds can be chosen."""
    options = argparse.ArgumentParser(prog="python -m bench.audit", description=__doc__)
    options.add_argument("--records", type=int, default=200_000, help="records of each run")
    options.add_argument("--runs", type=int, default=3, help="runs of each; medians are shown")
    options.add_argument("--long", type=int, default=1_000_000, help="records of the run that shows memory")
    options.add_argument("--folder", type=Path, help="where to work: on the disk that is to be measured")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="monitorgen-bench-", dir=chosen.folder) as made:
        folder = Path(made)
        places = count()

        def sqlite() -> str:
            return f"sqlite:///{folder / f'{next(places)}.db'}"

        _compare("SQLite", "bare_sqlite", sqlite, chosen.records, chosen.runs)
        found = _run("ours", sqlite(), chosen.long)
        print(
            f"  {chosen.long} records: {found['rate']:,.0f} a second, memory {found['early']:.0f} MB after a "
            f"tenth and {found['late']:.0f} MB at the end\n"
        )
    if (postgres := find_postgres()) is None:
        print("PostgreSQL: not here; scripts/servers brings it")
        return
    with run_postgres(postgres, durable=True) as cluster:
        _compare("PostgreSQL", "bare_postgres", cluster.database, chosen.records, chosen.runs)


def _compare(kind: str, bare: str, place: Callable[[], str], records: int, runs: int) -> None:
    found: dict[str, list[float]] = {"ours": [], "sealed": [], bare: []}
    for _ in range(runs):
        for name, rates in found.items():
            rates.append(_run(name, place(), records)["rate"])
    rate = {name: median(rates) for name, rates in found.items()}
    print(f"{kind}: {records} records in batches of {BATCH}, median of {runs} runs")
    print(f"  bare loop                 {rate[bare]:9,.0f} records a second")
    print(f"  the log                   {rate['ours']:9,.0f}")
    print(f"  the log, with checkpoints {rate['sealed']:9,.0f}")
    print(f"  the log / bare loop: {rate['ours'] / rate[bare]:.2f} (goal {GOALS[kind]:.2f})")


def _run(name: str, url: str, records: int) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "-m", "bench.audit_runs", name, url, str(records)],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    measured: dict[str, float] = json.loads(done.stdout)
    return measured


if __name__ == "__main__":
    main()
