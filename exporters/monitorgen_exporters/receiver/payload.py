"""What Alertmanager posts (webhook payload, version 4), read strictly where it matters and freely elsewhere.

Source: `notify/webhook/webhook.go` and `template/template.go` of Alertmanager 0.25 to 0.34. Fields that are
not used here may come, go or change their type; labels, times and states may not.
"""

from datetime import UTC, datetime
from functools import lru_cache
from typing import Annotated, Final, Literal

import msgspec

__all__ = ["Alert", "BadPayload", "Payload", "column_text", "moment", "parse"]


class BadPayload(ValueError):  # noqa: N818 (says what the payload is)
    """The body can never be read, whoever sends it again; the text says why."""


class Alert(msgspec.Struct, gc=False):
    """One alert of a group, as it stood when the notification was made."""

    status: Literal["firing", "resolved"]
    labels: dict[str, str]
    starts_at: str = msgspec.field(name="startsAt")
    """As sent; `moment` makes it comparable."""
    ends_at: str = msgspec.field(name="endsAt", default="0001-01-01T00:00:00Z")
    """Year 1 while it fires."""
    annotations: dict[str, str] = {}
    generator_url: str = msgspec.field(name="generatorURL", default="")


class Payload(msgspec.Struct, gc=False):
    """One POST: a snapshot of a group of alerts."""

    alerts: list[Alert]
    group_key: str = msgspec.field(name="groupKey", default="")
    receiver: str = ""
    truncated: Annotated[int, msgspec.Meta(ge=0, le=(1 << 63) - 1)] = msgspec.field(
        name="truncatedAlerts", default=0
    )
    """How many alerts of the group were left out, by `max_alerts`."""


_FIRST: Final = "0001-01-01T00:00:00.000000Z"
_LAST: Final = "9999-12-31T23:59:59.999999Z"

_decode = msgspec.json.Decoder(Payload, strict=True).decode


def parse(body: bytes) -> Payload:
    """The delivery in a body; raises BadPayload for what can never be one."""
    try:
        delivery = _decode(body)
    except msgspec.ValidationError as problem:
        raise BadPayload(f"no Alertmanager payload: {problem}") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as problem:
        raise BadPayload(f"no JSON: {problem}") from None
    except RecursionError:
        raise BadPayload("lists and objects lie too deep in each other") from None
    for alert in delivery.alerts:
        try:
            moment(alert.starts_at)
            moment(alert.ends_at)
        except ValueError:
            raise BadPayload("startsAt and endsAt are times of RFC 3339") from None
        if not alert.labels:
            raise BadPayload("an alert has labels")
    return delivery


def column_text(value: str) -> str:
    """`value` as a column takes it: PostgreSQL has no NUL in its texts."""
    return value.replace("\0", "\ufffd")


@lru_cache(maxsize=8192)
def moment(text: str) -> str:
    """A time of RFC 3339 in UTC with microseconds, so that such texts sort as times; raises ValueError.

    Alertmanager takes the year 0, and years that its zone puts beyond 1 to 9999: those are the first and the
    last moment there are here. One alert with such a time is not to keep the rest of its group out.
    """
    if len(text) > 64:
        raise ValueError("too long for a time")
    before_all = text.startswith("0000-")
    found = datetime.fromisoformat(f"0004{text[4:]}" if before_all else text)
    if found.tzinfo is None:
        raise ValueError("no time zone")
    if before_all:
        return _FIRST
    try:
        return found.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"
    except OverflowError:
        return _FIRST if found.year == 1 else _LAST
