"""Every code of every check, for `explain`, the documentation and SARIF. New CODES get a line here."""

from monitorgen import plan, promql
from monitorgen.model.diagnostic import Code
from monitorgen.outputs import tree
from monitorgen.proofs import (
    collisions,
    delivery,
    extras,
    grouping,
    lost_scope,
    ownership,
    suppressions,
    terraform,
)
from monitorgen.source import codes as source
from monitorgen.spec import prepare, validate
from monitorgen.vocabulary import registry

__all__ = ["CODES"]

CODES: tuple[Code, ...] = tuple(
    sorted(
        (
            *source.CODES,
            *prepare.CODES,
            *validate.CODES,
            *registry.CODES,
            *plan.CODES,
            *promql.CODES,
            *collisions.CODES,
            *delivery.CODES,
            *extras.CODES,
            *grouping.CODES,
            *lost_scope.CODES,
            *ownership.CODES,
            *suppressions.CODES,
            *terraform.CODES,
            *tree.CODES,
        ),
        key=lambda code: code.id,
    )
)
