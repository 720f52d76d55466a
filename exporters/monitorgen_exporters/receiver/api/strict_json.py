"""Bodies of requests: JSON that means one thing only."""

import json
from typing import Any

from starlette.requests import Request

from monitorgen_exporters.receiver.api.problems import Problem

__all__ = ["StrictRequest"]


class StrictRequest(Request):
    """A request whose JSON has no name twice, of which readers take different ones, and no NaN."""

    _read: Any = ...

    async def json(self) -> Any:
        """The body; raises Problem."""
        if self._read is ...:
            try:
                self._read = json.loads(
                    (await self.body()).decode(), object_pairs_hook=_once, parse_constant=_no_number
                )
            except (ValueError, RecursionError) as problem:
                raise Problem(400, f"The body cannot be read as JSON: {_said(problem)}.") from None
        return self._read


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name stands twice in an object")
    return found


def _no_number(_: str) -> Any:
    raise ValueError("NaN and Infinity are no numbers of JSON")


def _said(problem: Exception) -> str:
    if isinstance(problem, RecursionError):
        return "lists and objects lie too deep in each other"
    if isinstance(problem, UnicodeDecodeError):
        return "it is not UTF-8"
    return str(problem)
