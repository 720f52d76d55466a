"""`python -m bench.load URL POSTS CONNECTIONS FIRST`: posts as fast as a webhook answers.

Every post is a new group of 20 alerts of one rule, 18 KB. Prints JSON: posts a second, and milliseconds to
the answer (the median, and what 99 of 100 stay below).
"""

import asyncio
import json
import sys
import time
from itertools import count
from urllib.parse import urlsplit

__all__ = ["ALERTS", "RULES", "body"]

ALERTS = 20
RULES = 200
"""How many rules the alerts are of; a post has those of one."""

_MARK = b"@@@@@@@@"
_RULE = b"###"


def body(number: int) -> bytes:
    """The body of a post: alerts that no other number has."""
    return _BODY.replace(_MARK, b"%08d" % number).replace(_RULE, b"%03d" % (number % RULES))


def _alert(number: int) -> dict[str, object]:
    return {
        "status": "firing",
        "labels": {
            "alertname": f"HighLatency{_RULE.decode()}",
            "service": "checkout",
            "team": "payments",
            "severity": "critical",
            "environment": "prod",
            "job": "checkout-api",
            "instance": f"checkout-{_MARK.decode()}-{number}.eu-west-1.compute.internal:9102",
        },
        "annotations": {
            "summary": "The 99th percentile of checkout's latency is above its objective",
            "description": "Latency is 1.24 s where 0.50 s are allowed, in three zones of three. " * 4,
            "runbook_url": "https://runbooks.example.org/checkout/HighLatency",
        },
        "startsAt": "2026-11-21T10:00:00.123Z",
        "endsAt": "0001-01-01T00:00:00Z",
        "generatorURL": "http://prometheus.example.org/graph?g0.expr=latency%3Ap99+%3E+0.5&g0.tab=1",
        "fingerprint": f"{number:016x}",
    }


_BODY = json.dumps(
    {
        "version": "4",
        "groupKey": f'{{}}:{{group="{_MARK.decode()}"}}',
        "truncatedAlerts": 0,
        "status": "firing",
        "receiver": "monitorgen",
        "groupLabels": {"alertname": "HighLatency"},
        "commonLabels": {"alertname": "HighLatency", "service": "checkout"},
        "commonAnnotations": {},
        "externalURL": "http://alertmanager.example.org",
        "alerts": [_alert(number) for number in range(ALERTS)],
    }
).encode()


async def _connection(
    host: str, port: int, head: bytes, numbers: "count[int]", last: int, times: list[float]
) -> None:
    reader, writer = await asyncio.open_connection(host, port)
    while (number := next(numbers)) < last:
        began = time.perf_counter()
        writer.write(head + body(number))
        answer = await reader.readuntil(b"\r\n\r\n")
        if b" 200 " not in answer[:20]:
            raise SystemExit(f"answered {answer[:200]!r}")
        lines = answer.lower().split(b"\r\n")
        length = next((line for line in lines if line.startswith(b"content-length:")), b":0")
        await reader.readexactly(int(length.partition(b":")[2]))
        times.append(time.perf_counter() - began)
    writer.close()


async def _main(url: str, posts: int, connections: int, first: int) -> None:
    place = urlsplit(url)
    head = (
        f"POST {place.path} HTTP/1.1\r\nHost: {place.netloc}\r\nContent-Type: application/json\r\n"
        f"Authorization: Bearer bench\r\nContent-Length: {len(_BODY)}\r\n\r\n"
    ).encode()
    times: list[float] = []
    numbers = count(first)
    began = time.perf_counter()
    await asyncio.gather(
        *(
            _connection(place.hostname or "", place.port or 80, head, numbers, first + posts, times)
            for _ in range(connections)
        )
    )
    seconds = time.perf_counter() - began
    times.sort()
    print(
        json.dumps(
            {
                "rate": len(times) / seconds,
                "p50": times[len(times) // 2] * 1000,
                "p99": times[len(times) * 99 // 100] * 1000,
            }
        )
    )


if __name__ == "__main__":
    asyncio.run(_main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])))
