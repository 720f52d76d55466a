"""What makes two alerts the same, and two deliveries.

An incident is what an alert is a firing of: tenant, source and our own hash of the labels. Alertmanager's
fingerprint would not do: it has neither tenant nor cluster in it, and makes another alert of every escalation
stage. The tenant comes from the credential; what a label says of one changes nothing.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from hashlib import sha256

import orjson

__all__ = ["STAGE", "delivery_key", "incident_of", "labels_text", "without_stage"]

STAGE = "escalation_stage"
"""The label by which the compiler's rules tell the stages of an escalation apart."""


def without_stage(labels: Mapping[str, str]) -> dict[str, str]:
    """The labels that all stages of an alert share."""
    return {name: value for name, value in labels.items() if name != STAGE}


def labels_text(labels: Mapping[str, str]) -> bytes:
    """Labels as JSON: one text for the same labels in whatever order."""
    return orjson.dumps(labels, option=orjson.OPT_SORT_KEYS)


def incident_of(tenant: str, source: str, labels: Mapping[str, str], text: bytes | None = None) -> str:
    """32 hex digits for an alert of a source, of labels `without_stage`, whose `labels_text` is `text`.

    The first 8 are those of its name, so that the alerts of one rule, which come together, stand together in
    an index, and a delivery changes few pages of it.
    """
    # The JSON of a list of these three.
    whole = b"%b,%b]" % (_of_source(tenant, source), labels_text(labels) if text is None else text)
    return _name_part(tenant, source, labels.get("alertname", "")) + sha256(whole).hexdigest()[:24]


@lru_cache(maxsize=256)
def _of_source(tenant: str, source: str) -> bytes:
    return orjson.dumps([tenant, source])[:-1]


@lru_cache(maxsize=4096)
def _name_part(tenant: str, source: str, name: str) -> str:
    return sha256(orjson.dumps([tenant, source, name])).hexdigest()[:8]


def delivery_key(
    tenant: str, source: str, group_key: str, receiver: str, alerts: Iterable[tuple[str, str, str, str, str]]
) -> str:
    """32 hex digits for a snapshot: the same for each copy, from whichever peer and in whatever order.

    `alerts` are incident, stage, state and both times of each.
    """
    return sha256(orjson.dumps([tenant, source, group_key, receiver, sorted(alerts)])).hexdigest()[:32]
