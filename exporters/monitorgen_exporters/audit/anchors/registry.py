"""The kinds of anchors. A new one is a module beside this and a line here."""

from collections.abc import Callable, Iterable
from typing import Final

from monitorgen.vocabulary.audit import AuditAnchors
from monitorgen_exporters.audit.anchors import alertmanager, git, prometheus, s3, witness
from monitorgen_exporters.audit.anchors.planning import Planned

__all__ = ["KINDS", "planned_anchors"]

KINDS: Final[tuple[Callable[[AuditAnchors], Iterable[Planned]], ...]] = (
    prometheus.planned,
    git.planned,
    s3.planned,
    alertmanager.planned,
    witness.planned,
)


def planned_anchors(settings: AuditAnchors) -> tuple[Planned, ...]:
    """Every anchor that is fed by the outbox and read by the verifier; names are unique.

    The names are `prometheus` (where it says how to read it back), `git`, `s3`, `alertmanager`, and
    `witness:NAME`. Nothing is opened and nothing is asked.
    """
    return tuple(one for kind in KINDS for one in kind(settings))
