"""The kinds of text that requests hold, each with what it may not be."""

from datetime import UTC, datetime
from typing import Annotated, Final

from pydantic import StringConstraints

from monitorgen_exporters.audit.search import BadTime, moment
from monitorgen_exporters.receiver.api.problems import Fault, Problem

__all__ = ["Id", "Limit", "Moment", "Word", "moment_of"]

# PostgreSQL has no NUL in its texts.
Word = Annotated[str, StringConstraints(max_length=1000, pattern=r"^[^\x00]*$")]
"""A text to look for, as it is: no pattern."""

Id = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
"""The id of an alert, an effect or a record."""

Moment = Annotated[str, StringConstraints(max_length=64, pattern=r"^[0-9][0-9A-Za-z:.+ -]*$")]
"""A time (`2026-11-21`, `2026-11-21T14:06:00Z`) or how long ago (`36h`, `7d`)."""

Limit: Final = 1000
"""Most entries of a page."""


def moment_of(where: str, text: str | None) -> str | None:
    """The time that a parameter means, as the tables write it. Raises Problem."""
    if text is None:
        return None
    try:
        # In a query, a bare + is a space: 2026-11-21T14:06:00+01:00.
        return moment(text.replace(" ", "+") if "T" in text else text, datetime.now(UTC))
    except BadTime as problem:
        raise Problem(
            422, f"{where}: {problem}", errors=[Fault(where=f"query.{where}", what=str(problem))]
        ) from None
