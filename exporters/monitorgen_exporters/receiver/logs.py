"""What the receiver writes to standard error: lines for people, or one JSON object a line for machines."""

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Literal

__all__ = ["LogFormat", "start_logging"]

LogFormat = Literal["text", "json"]


def start_logging(form: LogFormat) -> None:
    """Has everything from INFO on written to standard error, in this form."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Json() if form == "json" else logging.Formatter(_TEXT))
    logging.basicConfig(handlers=[handler], level=logging.INFO, force=True)
    # It says what we say ourselves, and each request.
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)


_TEXT = "%(asctime)s %(levelname)s %(message)s"


class _Json(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        said: dict[str, object] = {
            "ts": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="microseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            said["exception"] = self.formatException(record.exc_info)
        return json.dumps(said)
