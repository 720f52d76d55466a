"""Relabelling that takes series out of their service, or alerts out of their routes.

Only what is certain is said: a step that sets `service` to what a target says of itself may well be meant.
What is sent elsewhere (`write_relabel`) may lose whatever it likes.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from monitorgen.model.diagnostic import Code, Diagnostic, Severity
from monitorgen.model.names import ENVIRONMENT, NOTIFY, SERVICE, SEVERITY, TEAM
from monitorgen.model.rules import Path
from monitorgen.plan.values import Plan
from monitorgen.proofs.built_tree import as_list, as_map
from monitorgen.spec.validate import Spec
from monitorgen.vocabulary.fields import example
from monitorgen.vocabulary.re2 import matches

__all__ = ["CODES", "lost_scope"]

_SCRAPE = "    scrape: {{api: {{static: ['127.0.0.1:9100'], {}}}}}\n    alerts:\n"


def _scraped(text: str) -> str:
    return example("").replace("    alerts:\n", _SCRAPE.format(text))


LOST = Code(
    "MG0516",
    "a relabelling step that takes away what the rest rests on",
    "Conditions look only at series that carry their service's name in `service`, Prometheus scrapes by "
    "labels such as `__address__`, and routes are chosen by an alert's labels. A step that removes one of "
    "them, or sets it to something else, makes alerts silent without a word.",
    severity=Severity.WARNING,
    bad=_scraped("metric_relabel: [{action: labeldrop, regex: 'service|version'}]"),
    good=_scraped("metric_relabel: [{action: labeldrop, regex: version}]"),
)
CODES = (LOST,)

_TARGET: Final = (
    *(SERVICE, "__address__", "__scheme__", "__metrics_path__", "__scrape_interval__", "__scrape_timeout__"),
)
_SAMPLE: Final = (SERVICE, "__name__")
_ALERT: Final = ("alertname", TEAM, SEVERITY, SERVICE, ENVIRONMENT, NOTIFY)
_COPIES: Final = frozenset({"replace", "lowercase", "uppercase", "hashmod"})


def lost_scope(plan: Plan, spec: Spec) -> Iterator[Diagnostic]:
    """A warning for every step that is sure to remove or change a label something rests on."""
    for service in plan.services:
        own = {SERVICE: service.name}
        for job in service.jobs:
            scrape, extra = job.scrape, job.scrape.extra
            if not (scrape.relabel or scrape.metric_relabel or extra):
                continue
            for needed, key, steps in (
                (_TARGET, "relabel", scrape.relabel),
                (_SAMPLE, "metric_relabel", scrape.metric_relabel),
            ):
                given = [step.config() for step in steps]
                yield from _lost(given, needed, own, (*job.path, key), spec)
                emitted = f"{key}_configs"
                yield from _lost(
                    as_list(extra.get(emitted)), needed, own, (*job.path, "extra", emitted), spec
                )
    alerting = as_map(plan.servers.prometheus.extra.get("alerting"))
    path: Path = ("servers", "prometheus", "extra", "alerting")
    steps = as_list(alerting.get("alert_relabel_configs"))
    yield from _lost(steps, _ALERT, {}, (*path, "alert_relabel_configs"), spec)


def _lost(
    steps: Iterable[Any], needed: tuple[str, ...], own: Mapping[str, str], path: Path, spec: Spec
) -> Iterator[Diagnostic]:
    for index, step in enumerate(map(as_map, steps)):
        for label in needed:
            if what := _harm(step, label, own):
                yield LOST.at(
                    spec.span((*path, str(index))),
                    f"this step {what} `{label}`",
                    hint=_hint(step, label, needed),
                )
                break


def _harm(step: Mapping[str, Any], label: str, own: Mapping[str, str]) -> str:
    """What the step surely does to the label, in a word; empty when nothing is sure."""
    action, regex = str(step.get("action", "replace")).lower(), str(step.get("regex", "(.*)"))
    if action == "labeldrop":
        return "removes" if matches(regex, label) else ""
    if action == "labelkeep":
        return "removes" if matches(regex, label) is False else ""
    if action not in _COPIES or step.get("target_label") != label or label.startswith("__"):
        return ""
    value = str(step.get("replacement", "$1"))
    if action == "replace" and ("$" in value or value == own.get(label)):
        # What a target says of itself may be the service's name, as what a gateway hands on.
        copied = "$" in value and not step.get("source_labels")
        return "empties" if copied and value == "$1" else ""
    return "changes"


def _hint(step: Mapping[str, Any], label: str, needed: tuple[str, ...]) -> str:
    if step.get("action") == "labelkeep":
        return f"let its regex match {', '.join(f'`{name}`' for name in needed)} too"
    return f"leave `{label}` as it is"
