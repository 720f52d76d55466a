"""A delivery read: everything of it that can be worked out before the database is asked."""

import zlib
from collections.abc import Mapping

import msgspec
import orjson

from monitorgen_exporters.receiver.identity import (
    STAGE,
    delivery_key,
    incident_of,
    labels_text,
    without_stage,
)
from monitorgen_exporters.receiver.payload import Alert, column_text, moment, parse

__all__ = ["Kept", "Post", "Seen", "kept_of", "read_post"]


class Kept(msgspec.Struct, gc=False):
    """What an episode keeps of the alert it begins with, as columns: texts without NUL, which no text of
    PostgreSQL may have."""

    starts_at: str
    alertname: str
    service: str
    team: str
    severity: str
    environment: str
    labels: str
    """JSON, without the stage."""
    annotations: str
    """JSON."""
    generator_url: str


class Seen(msgspec.Struct, gc=False):
    """An alert of a delivery, and what it is a firing of."""

    alert: Alert
    labels: dict[str, str]
    """Without the stage."""
    stage: str
    """`''` for the alert itself."""
    incident: str
    kept: Kept


class Post(msgspec.Struct, gc=False):
    """A delivery, and whose it is by the credential it came with."""

    source: str
    tenant: str
    key: str
    """Which snapshot of its group it is."""
    group_key: str
    truncated: int
    alerts: list[Seen]
    body: bytes
    """The body, compressed."""


def read_post(source: str, tenant: str, body: bytes) -> Post:
    """The delivery in a body; raises BadPayload for what can never be one."""
    delivery = parse(body)
    alerts = [_seen(tenant, source, alert) for alert in delivery.alerts]
    keys = (
        (seen.incident, seen.stage, seen.alert.status, seen.alert.starts_at, seen.alert.ends_at)
        for seen in alerts
    )
    return Post(
        source,
        tenant,
        delivery_key(tenant, source, delivery.group_key, delivery.receiver, keys),
        column_text(delivery.group_key),
        delivery.truncated,
        alerts,
        zlib.compress(body, 1),
    )


def _seen(tenant: str, source: str, alert: Alert) -> Seen:
    labels = alert.labels
    stage = labels.get(STAGE, "")
    if stage:
        labels = without_stage(labels)
    text = labels_text(labels)
    incident = incident_of(tenant, source, labels, text)
    return Seen(alert, labels, stage, incident, kept_of(labels, alert, text))


def kept_of(labels: Mapping[str, str], alert: Alert, written: bytes | None = None) -> Kept:
    """What is kept of an alert; `labels` are those `without_stage`, and `written` is their `labels_text`."""
    text = (labels_text(labels) if written is None else written).decode()
    shown = {name: column_text(value) for name, value in labels.items()} if r"\u0000" in text else labels
    label = shown.get
    return Kept(
        moment(alert.starts_at),
        label("alertname", ""),
        label("service", ""),
        label("team", ""),
        label("severity", ""),
        label("environment", ""),
        text,
        orjson.dumps(alert.annotations, option=orjson.OPT_SORT_KEYS).decode(),
        column_text(alert.generator_url),
    )
