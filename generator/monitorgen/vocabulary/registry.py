"""The codes of the whole vocabulary, gathered from its parts."""

from monitorgen.model.diagnostic import Code
from monitorgen.vocabulary import (
    audit,
    channels,
    checks,
    conditions,
    discovery,
    fields,
    quantity,
    receiver_faults,
    relabel,
    secrets,
)

__all__ = ["CODES"]

CODES: tuple[Code, ...] = (
    *fields.CODES,
    *quantity.CODES,
    *relabel.CODES,
    *secrets.CODES,
    *conditions.CODES,
    *channels.CODES,
    *checks.CODES,
    *discovery.CODES,
    *audit.CODES,
    *receiver_faults.CODES,
)
