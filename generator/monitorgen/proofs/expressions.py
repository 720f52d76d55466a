"""Every expression a user wrote, checked where it stands."""

from collections.abc import Iterator
from dataclasses import replace

from monitorgen.model.diagnostic import Diagnostic, Related
from monitorgen.model.rules import Path
from monitorgen.model.span import Span
from monitorgen.plan.values import Plan, PlannedService
from monitorgen.promql.checks import Context, availability, check
from monitorgen.promql.checks.windows import SHORT_WINDOW
from monitorgen.source.node import Scalar, get
from monitorgen.spec.validate import Spec

__all__ = ["faulty_expressions"]

_VERSIONS = frozenset(code.id for code in availability.CODES)


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
                for found in check(text, _Locate(scalar), context):
                    yield _with_cause(found, service, spec)


def _with_cause(found: Diagnostic, service: PlannedService, spec: Spec) -> Diagnostic:
    """The diagnostic with the other place that it rests on, where the spec says it."""
    if found.code in _VERSIONS:
        paths: list[Path] = [("compatible_with", "prometheus")]
        message = "the versions to build for are said here"
    elif found.code == SHORT_WINDOW.id:
        fastest = min(service.jobs, key=lambda job: job.interval)
        paths = [(*fastest.path, "interval"), ("defaults", "scrape_interval")]
        message = "how often it is scraped is said here"
    else:
        return found
    said = next((path for path in paths if get(spec.tree, *path) is not None), None)
    return found if said is None else replace(found, related=(Related(message, spec.span(said, "key")),))


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
