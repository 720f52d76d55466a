"""What makes two alerts the same, and two deliveries.

An incident is what an alert is a firing of: tenant, source and our own hash of the labels. Alertmanager's
fingerprint would not do: it has neither tenant nor cluster in it, and makes another alert of every escalation
stage. The tenant comes from the credential; what a label says of one changes nothing.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from hashlib import sha256

import orjson

__all__ = ["STAGE", "delivery_key", "incident_of", "without_stage"]

STAGE = "escalation_stage"
"""The label by which the compiler's rules tell the stages of an escalation apart."""


def without_stage(labels: Mapping[str, str]) -> dict[str, str]:
    """The labels that all stages of an alert share."""
    return {name: value for name, value in labels.items() if name != STAGE}


def incident_of(tenant: str, source: str, labels: Mapping[str, str]) -> str:
    """32 hex digits for an alert of a source; `labels` are those `without_stage`.

    The first 8 are those of its name, so that the alerts of one rule, which come together, stand together in
    an index, and a delivery changes few pages of it.
    """
    made = sha256(orjson.dumps([tenant, source, labels], option=orjson.OPT_SORT_KEYS)).hexdigest()
    return _name_part(tenant, source, labels.get("alertname", "")) + made[:24]


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
