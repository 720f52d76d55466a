"""The scalars that only checks have."""

import re
from typing import Annotated

from pydantic import AfterValidator, WithJsonSchema

from monitorgen.model.duration import format_duration
from monitorgen.vocabulary.fields import (
    BAD_DURATION,
    BAD_SCALAR,
    SOME_TIME_PATTERN,
    Duration,
    Integer,
    Text,
    invalid,
)

__all__ = ["TIMEOUT_OFFSET", "Attempts", "Host", "ProbeTimeout", "Status", "host_port"]

TIMEOUT_OFFSET = 0.5
"""Seconds that blackbox_exporter takes off the timeout it is given, to answer before Prometheus gives up (its
flag `--timeout-offset`). With nothing left it fails every probe at once."""

_HOST = re.compile(
    r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,252}"
    r"|[0-9A-Fa-f.]*:[0-9A-Fa-f:.]*(?:%[A-Za-z0-9_.-]+)?"  # IPv6
)
_MOST_ATTEMPTS = 20


def _host(value: str) -> str:
    if _HOST.fullmatch(value):
        return value
    raise invalid(
        BAD_SCALAR,
        f"`{value}` is not a host",
        "write a name or an address alone, such as ledger-db or 10.0.0.1: no scheme, no port, no path",
    )


def _timeout(value: float) -> float:
    if value > TIMEOUT_OFFSET:
        return value
    raise invalid(
        BAD_DURATION,
        f"a timeout of {format_duration(value)} leaves blackbox_exporter no time at all",
        "it keeps half a second for itself: give at least 1s",
    )


def _status(value: int) -> int:
    if 100 <= value <= 599:
        return value
    raise invalid(BAD_SCALAR, f"{value} is not an HTTP status", "they go from 100 to 599")


def _attempts(value: int) -> int:
    if 1 <= value <= _MOST_ATTEMPTS:
        return value
    raise invalid(BAD_SCALAR, f"{value} is not a number of packets", f"send 1 to {_MOST_ATTEMPTS}")


def host_port(host: str, port: int) -> str:
    """`host:port`, with an IPv6 address in brackets."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


Host = Annotated[
    Text,
    AfterValidator(_host),
    WithJsonSchema({"type": "string", "pattern": f"^(?:{_HOST.pattern})$"}),
]
"""A host name or an address, without a port."""

ProbeTimeout = Annotated[
    Duration,
    AfterValidator(_timeout),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer", "minimum": 1},
                {"type": "string", "pattern": SOME_TIME_PATTERN},
            ]
        }
    ),
]
"""How long one probe may take, in seconds."""

Status = Annotated[
    Integer,
    AfterValidator(_status),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer", "minimum": 100, "maximum": 599},
                {"type": "string", "pattern": r"^\s*\+?[1-5][0-9][0-9]\s*$"},
            ]
        }
    ),
]
"""An HTTP status code."""

Attempts = Annotated[
    Integer,
    AfterValidator(_attempts),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer", "minimum": 1, "maximum": _MOST_ATTEMPTS},
                {"type": "string", "pattern": r"^\s*\+?(0*[1-9]|0*1[0-9]|0*20)\s*$"},
            ]
        }
    ),
]
"""How many probes make one result."""
