"""`python -m bench.receiver_people`: what people wait for, with many alerts stored.

100,000 alerts are stored, 10,000 of them open, and all of those time out unacknowledged at the same moment,
and are told to an HTTP server. Then lists, histories and acknowledgements are asked for, one after the other.
Goals: each below 200 ms, and 99 of 100 timeouts carried out within a second. These machines are shared: look
at several runs.
"""

import argparse
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import orjson
import requests

from monitorgen_exporters.receiver.applying import apply
from monitorgen_exporters.receiver.config import load_settings
from monitorgen_exporters.receiver.post import read_post
from monitorgen_exporters.receiver.service import open_database
from tests.support.receiver import PROGRAM, run_receiver, write_settings

__all__: list[str] = []

_GROUP = 1000  # alerts of one delivery
_WAIT = 30.0  # seconds from the filling to the timeouts


def main() -> None:
    """Runs all of it; how much can be chosen."""
    options = argparse.ArgumentParser(prog="python -m bench.receiver_people", description=__doc__)
    options.add_argument("--stored", type=int, default=100_000, help="alerts in the database")
    options.add_argument("--open", type=int, default=10_000, help="of which are open")
    options.add_argument("--asked", type=int, default=200, help="requests of each kind")
    options.add_argument("--folder", type=Path, help="where to work: on the disk that is to be measured")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="monitorgen-bench-", dir=chosen.folder) as made, _sink() as sink:
        settings = write_settings(
            Path(made),
            acknowledgement={"timeout": f"{_WAIT:g}s", "notify": ["sink"]},
            notifications={
                "sink": {"url": sink, "events": [], "throttle": {"per": "1s", "at_most": 100_000}}
            },
            limits={"requests_per_minute": 1_000_000},
        )
        due = _fill(settings, chosen.stored, chosen.open)
        key = subprocess.run(
            [*PROGRAM, "receiver", "keys", "create", "bench", "--role", "admin", "--config", settings],
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        ).stdout.strip()
        with run_receiver(settings) as server:
            session = requests.Session()
            session.headers["Authorization"] = f"Bearer {key}"
            _lateness(session, server.url, due, chosen.open)
            _people(session, server.url, chosen.asked)


@contextmanager
def _sink() -> Iterator[str]:
    """The URL of a server that takes whatever is posted."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def _fill(settings: Path, stored: int, still_open: int) -> float:
    """Fills the database; the time at which the last of those that are open times out."""
    database = open_database(load_settings(settings), background=False)
    try:
        for start in range(0, stored, _GROUP):
            numbers = range(start, min(start + _GROUP, stored))
            firing = start >= stored - still_open
            for status in ("firing",) if firing else ("firing", "resolved"):
                with database.write() as work:
                    apply(work, [read_post("eu1", "", _body(numbers, status))])
        return time.time() + _WAIT
    finally:
        database.close()


def _body(numbers: range, status: str) -> bytes:
    began = datetime.now(UTC) - timedelta(hours=1)
    ended = began + timedelta(minutes=5) if status == "resolved" else datetime(1, 1, 1, tzinfo=UTC)
    return orjson.dumps(
        {
            "groupKey": f"{numbers[0]} {status}",
            "receiver": "monitorgen",
            "alerts": [
                {
                    "status": status,
                    "labels": {
                        "alertname": f"Alert{number % 50}",
                        "service": f"service-{number % 200}",
                        "team": f"team-{number % 10}",
                        "severity": ("critical", "high", "low")[number % 3],
                        "instance": f"host-{number}:9100",
                    },
                    "annotations": {"summary": "Something is not as it should be on this instance " * 4},
                    "startsAt": "2026-11-21T10:00:00Z",
                    "endsAt": ended.isoformat(),
                }
                for number in numbers
            ],
        }
    )


def _lateness(session: requests.Session, url: str, due: float, count: int) -> None:
    fired: dict[str, float] = {}
    while fired.get("count", 0) < count and time.time() < due + 120:
        time.sleep(1)
        fired = _histogram(session.get(f"{url}/metrics").text, "monitorgen_receiver_timer_lateness_seconds")
    total = fired.pop("count", 0)
    within = [
        bound
        for bound, below in sorted(fired.items(), key=lambda each: float(each[0]))
        if below >= 0.99 * total
    ]
    print(f"{total:,.0f} timeouts due within moments: 99 of 100 carried out within {within[0]} s (goal 1 s)")


def _histogram(text: str, name: str) -> dict[str, float]:
    found = {}
    for line in text.splitlines():
        if line.startswith(f"{name}_bucket{{le="):
            found[line.split('"')[1]] = float(line.rpartition(" ")[2])
        elif line.startswith(f"{name}_count"):
            found["count"] = float(line.rpartition(" ")[2])
    return found


def _people(session: requests.Session, url: str, asked: int) -> None:
    asking = {"limit": str(asked), "status": "firing"}
    some = session.get(f"{url}/api/v1/alerts", params=asking).json()["alerts"]
    ids = [alert["id"] for alert in some]

    def listed(**query: str) -> requests.Response:
        return session.get(f"{url}/api/v1/alerts", params={"limit": "100", **query})

    kinds: dict[str, Callable[[int], requests.Response]] = {
        "list, newest first": lambda _: listed(),
        "list, open": lambda _: listed(status="firing"),
        "list, by service": lambda n: listed(service=f"service-{n % 200}"),
        "list, by label": lambda n: listed(label=f"instance=host-{n}:9100"),
        "one alert's history": lambda n: session.get(f"{url}/api/v1/alerts/{ids[n % len(ids)]}/history"),
        "acknowledge": lambda n: session.post(
            f"{url}/api/v1/alerts/{ids[n % len(ids)]}/acknowledge", json={"why": "bench"}
        ),
    }
    for name, ask in kinds.items():
        times = []
        for number in range(asked):
            began = time.perf_counter()
            answer = ask(number)
            times.append((time.perf_counter() - began) * 1000)
            if not answer.ok:
                raise SystemExit(f"{name}: {answer.status_code} {answer.text[:300]}")
        times.sort()
        most = times[len(times) * 99 // 100]
        print(f"  {name:22} median {times[len(times) // 2]:6.1f} ms   99 % {most:6.1f} ms")


if __name__ == "__main__":
    main()
