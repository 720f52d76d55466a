"""The checks a spec can make. A new one is a module here and a line in `CHECKS`."""

from typing import TypeAlias

from monitorgen.model.diagnostic import Code
from monitorgen.vocabulary.access import CODES as ACCESS_CODES
from monitorgen.vocabulary.base import one_of
from monitorgen.vocabulary.checks.base import Check
from monitorgen.vocabulary.checks.dns import Dns
from monitorgen.vocabulary.checks.http import Http
from monitorgen.vocabulary.checks.ping import Ping
from monitorgen.vocabulary.checks.tcp import Tcp

__all__ = ["CHECKS", "CODES", "AnyCheck", "Check"]

CHECKS: tuple[type[Check], ...] = (Http, Tcp, Ping, Dns)

AnyCheck: TypeAlias = one_of(CHECKS)  # type: ignore[valid-type]

CODES: tuple[Code, ...] = ACCESS_CODES
