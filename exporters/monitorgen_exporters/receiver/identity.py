"""What makes two alerts the same, and two deliveries.

An incident is what an alert is a firing of: tenant, source and our own hash of the labels. Alertmanager's
fingerprint would not do: it has neither tenant nor cluster in it, and makes another alert of every escalation
stage. The tenant comes from the credential; what a label says of one changes nothing.
"""

from collections.abc import Iterable, Mapping
from hashlib import sha256

import orjson

__all__ = ["STAGE", "delivery_key", "incident_of", "without_stage"]

STAGE = "escalation_stage"
"""The label by which the compiler's rules tell the stages of an escalation apart."""


def without_stage(labels: Mapping[str, str]) -> dict[str, str]:
    """The labels that all stages of an alert share."""
    return {name: value for name, value in labels.items() if name != STAGE}


def incident_of(tenant: str, source: str, labels: Mapping[str, str]) -> str:
    """32 hex digits for an alert of a source; `labels` are those `without_stage`."""
    return sha256(orjson.dumps([tenant, source, labels], option=orjson.OPT_SORT_KEYS)).hexdigest()[:32]


def delivery_key(
    tenant: str, source: str, group_key: str, receiver: str, alerts: Iterable[tuple[str, str, str, str, str]]
) -> str:
    """32 hex digits for a snapshot: the same for each copy, from whichever peer and in whatever order.

    `alerts` are incident, stage, state and both times of each.
    """
    return sha256(orjson.dumps([tenant, source, group_key, receiver, sorted(alerts)])).hexdigest()[:32]
