"""Every expression a user wrote, checked where it stands."""

from collections.abc import Iterator

from monitorgen.model.diagnostic import Diagnostic
from monitorgen.model.rules import Path
from monitorgen.model.span import Span
from monitorgen.plan.values import Plan, PlannedService
from monitorgen.promql.checks import Context, check
from monitorgen.source.node import Scalar
from monitorgen.spec.validate import Spec

__all__ = ["faulty_expressions"]


def faulty_expressions(plan: Plan, spec: Spec) -> Iterator[Diagnostic]:
    """The diagnostics of all PromQL in alerts and recordings, pointing into the expressions."""
    for service in plan.services:
        for path, text, is_alert in _expressions(service):
            scalar = spec.scalar(path)
            if scalar is not None:
                context = Context(
                    prometheus=plan.compatible_with.prometheus,
                    scrape_interval=min((job.interval for job in service.jobs), default=None),
                    alert=is_alert,
                )
                yield from check(text, _Locate(scalar), context)


def _expressions(service: PlannedService) -> Iterator[tuple[Path, str, bool]]:
    for alert in service.alerts:
        field = alert.condition.expression_field()
        if field and alert.condition_path:
            yield (*alert.condition_path, field), getattr(alert.condition, field), True
    for recording in service.recordings:
        yield (*recording.path, "expr"), recording.expr, False


class _Locate:
    """Maps offsets in an expression to the file; recordings are stripped, which only cuts the end off."""

    def __init__(self, scalar: Scalar) -> None:
        self._scalar = scalar

    def __call__(self, start: int, end: int) -> Span:
        return self._scalar.span_at(start, end)
